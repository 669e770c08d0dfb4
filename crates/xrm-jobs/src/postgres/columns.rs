//! Rows of PostgreSQL, one by one when they are read and as arrays when they are written.

use std::collections::HashSet;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use super::error::ServerError;
use super::transaction::Transaction;
use crate::job::SystemJob;
use crate::payload::Payload;
use crate::sql::{
    ColumnArray, DescriptionRecord, JobRecord, Loaded, PayloadRecord, ProgressRecord, RawRow,
    clamp_micros, load,
};
use crate::store::PayloadLoss;

/// How many columns a job has.
const JOB_COLUMNS: usize = DescriptionRecord::COLUMNS.len() + ProgressRecord::COLUMNS.len();

/// The job in a row that begins with its columns, or the row if it can't be read.
pub(super) fn job(row: &Row) -> Result<Loaded, ServerError> {
    // Read once more, because loading takes the record.
    let raw = || record(row).map_or_else(|_| RawRow::new(), |it| it.to_json());
    // The server keeps the types of columns, so the id can always be read, and no number is needed.
    Ok(load(Ok(record(row)?), 0, raw))
}

fn record(row: &Row) -> Result<JobRecord, tokio_postgres::Error> {
    let description = DescriptionRecord::from_postgres(row, 0)?;
    let progress = ProgressRecord::from_postgres(row, DescriptionRecord::COLUMNS.len())?;
    Ok(JobRecord { description, progress })
}

/// The job in a row as it is shown.
pub(super) fn shown_job(row: &Row) -> Result<SystemJob, ServerError> {
    Ok(job(row)?.unwrap_or_else(|row| row.job))
}

/// The sequence of a job in a row that has it behind the columns of the job and of its message.
pub(super) fn sequence_after_payload(row: &Row) -> Result<i64, ServerError> {
    Ok(row.try_get(JOB_COLUMNS + PayloadRecord::COLUMNS.len())?)
}

/// The server's time in a row of a claim, which has it behind the sequence.
pub(super) fn time_after_sequence(row: &Row) -> Result<DateTime<Utc>, ServerError> {
    Ok(clamp_micros(row.try_get(JOB_COLUMNS + PayloadRecord::COLUMNS.len() + 1)?))
}

/// The server's time in a row that has it behind the columns of a job.
pub(super) fn time_after_job(row: &Row) -> Result<DateTime<Utc>, ServerError> {
    Ok(clamp_micros(row.try_get(JOB_COLUMNS)?))
}

/// The message in a row that has its columns behind those of a job.
pub(super) fn payload_after_job(
    row: &Row,
    id: Uuid,
) -> Result<Result<Payload, PayloadLoss>, ServerError> {
    payload(row, JOB_COLUMNS, id)
}

/// The message of the job with this id in the columns from `first` on, or why there is none.
pub(super) fn payload(
    row: &Row,
    first: usize,
    id: Uuid,
) -> Result<Result<Payload, PayloadLoss>, ServerError> {
    // A left join gives nulls where there is no message; the column itself is never null.
    let Some(contenttype) = row.try_get(first)? else { return Ok(Err(PayloadLoss::NotKept)) };
    let body: &[u8] = row.try_get(first + 5)?;
    let record = PayloadRecord {
        contenttype,
        properties: row.try_get(first + 1)?,
        encoding: row.try_get(first + 2)?,
        length: row.try_get(first + 3)?,
        checksum: row.try_get(first + 4)?,
        body: Bytes::copy_from_slice(body),
    };
    Ok(record.load(id))
}

/// Jobs as arrays.
pub(super) fn job_columns<'a>(
    jobs: impl Iterator<Item = &'a JobRecord> + Clone,
) -> Vec<ColumnArray<'a>> {
    let mut columns = DescriptionRecord::to_postgres(jobs.clone().map(|it| &it.description));
    columns.extend(ProgressRecord::to_postgres(jobs.map(|it| &it.progress)));
    columns
}

/// Messages as arrays, the ids of their jobs before them.
pub(super) fn payload_columns(payloads: &[(Uuid, PayloadRecord)]) -> Vec<ColumnArray<'_>> {
    fn column<'a, T: ToSql + Send + Sync + 'a>(
        payloads: &'a [(Uuid, PayloadRecord)],
        value: impl Fn(&'a PayloadRecord) -> T,
    ) -> ColumnArray<'a> {
        Box::new(payloads.iter().map(|(_, it)| value(it)).collect::<Vec<_>>())
    }
    vec![
        Box::new(payloads.iter().map(|(id, _)| id).collect::<Vec<_>>()),
        column(payloads, |it| &it.contenttype),
        column(payloads, |it| &it.properties),
        column(payloads, |it| it.encoding),
        column(payloads, |it| it.length),
        column(payloads, |it| &it.checksum),
        column(payloads, |it| &*it.body),
    ]
}

/// The ids that a statement returns.
pub(super) async fn ids(
    transaction: &Transaction,
    statement: &Statement,
    parameters: Vec<ColumnArray<'_>>,
) -> Result<HashSet<Uuid>, ServerError> {
    let rows: Vec<_> = transaction.query_raw(statement, parameters).await?.try_collect().await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}
