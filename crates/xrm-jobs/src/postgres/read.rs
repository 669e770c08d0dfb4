//! Reading jobs, and deleting them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use futures_util::future::{join_all, join3, join4, join5};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::PostgresJobStore;
use super::columns::{self, ids};
use super::error::{ServerError, repeat_rolled_back};
use super::partition_keys::PartitionKeys;
use super::transaction::Transaction;
use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::Payload;
use crate::query::{JobQuery, Position};
use crate::sql::{ColumnArray, Filter, JobRecord, Value, ceil_to_micros, clamp_micros, parts};
use crate::status::StatusCode;
use crate::store::Expiry;

impl PostgresJobStore {
    pub(super) async fn job(&self, id: Uuid) -> Result<SystemJob, ServerError> {
        let rows = self.rows(&self.statements.job, &[&id]).await?;
        columns::shown_job(rows.first().ok_or(Error::Missing { id })?)
    }

    pub(super) async fn stored_payload(&self, id: Uuid) -> Result<Option<Payload>, ServerError> {
        let rows = self.rows(&self.statements.payload, &[&id]).await?;
        let stored = columns::payload(rows.first().ok_or(Error::Missing { id })?, 0, id)?;
        Ok(stored.map(Some).or_else(|loss| loss.or_none(id))?)
    }

    pub(super) async fn next_due_on(
        &self,
        endpoint: &str,
    ) -> Result<Option<DateTime<Utc>>, ServerError> {
        let rows = self.rows(&self.statements.next_due, &[&endpoint]).await?;
        let micros: Option<i64> = rows.first().map(|row| row.try_get(0)).transpose()?.flatten();
        Ok(micros.map(clamp_micros))
    }

    /// The jobs that a query asks for. Rows among them that can't be read are set aside first, so that
    /// what looks for uncompleted jobs does not find them for ever.
    pub(super) async fn find(&self, query: &JobQuery) -> Result<Vec<SystemJob>, ServerError> {
        let (found, unreadable) = self.find_loaded(query).await?;
        // If they can't be set aside, they are shown as they will be.
        if unreadable.is_empty() || self.set_aside(&unreadable).await.is_err() {
            return Ok(found);
        }
        Ok(self.find_loaded(query).await?.0)
    }

    /// The jobs that a query asks for, and those of them that stand for a row to be set aside.
    async fn find_loaded(
        &self,
        query: &JobQuery,
    ) -> Result<(Vec<SystemJob>, Vec<SystemJob>), ServerError> {
        let searches = parts(query).into_iter().map(|part| {
            let mut filter = Filter::new(&part, '$');
            let clause = filter.clause();
            let limit = Value::Integer(i64::try_from(query.limit).unwrap_or(i64::MAX));
            let limit = filter.parameter(limit);
            let sql = format!(
                "{} {clause} {} ORDER BY createdon, asyncoperationid LIMIT {limit}",
                self.statements.jobs,
                only_open(&part),
            );
            (sql, filter)
        });
        let rows = self.search(searches.collect()).await?;
        let (mut found, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in &rows {
            found.push(columns::job(row)?.unwrap_or_else(|row| {
                unreadable.extend((!row.is_left_alone).then(|| row.job.clone()));
                row.job
            }));
        }
        found.sort_by_key(|it| Position::from(it));
        found.truncate(query.limit);
        Ok((found, unreadable))
    }

    /// Replaces rows that can't be read by the jobs that are set aside for them, at their next
    /// revisions, unless they were changed meanwhile.
    pub(super) async fn set_aside(&self, jobs: &[SystemJob]) -> Result<(), ServerError> {
        let keys: PartitionKeys = jobs.iter().collect();
        let next = |it: &SystemJob| JobRecord::from(&it.clone().at_revision(it.revision().next()));
        let records: Vec<_> = jobs.iter().map(next).collect();
        let expected: Vec<_> = jobs.iter().map(|it| it.revision().0.cast_signed()).collect();
        let mut parameters: Vec<ColumnArray<'_>> = vec![Box::new(&expected)];
        parameters.extend(columns::job_columns(records.iter()));

        let transaction = Transaction::new(self.pool.get().await?);
        let lock_keys = transaction.prepare_cached(&self.statements.lock_keys).await?;
        let replace = transaction.prepare_cached(&self.statements.replace_jobs).await?;
        let unblock_keys = transaction.prepare_cached(&self.statements.unblock_keys).await?;
        let (begun, locked, replaced, unblocked, committed) = join5(
            transaction.begin(),
            keys.execute(&transaction, &lock_keys),
            transaction.execute_raw(&replace, parameters),
            keys.execute(&transaction, &unblock_keys),
            transaction.commit(),
        )
        .await;
        begun.and(locked)?;
        replaced?;
        unblocked.and(committed)
    }

    pub(super) async fn count_jobs(
        &self,
        query: &JobQuery,
    ) -> Result<BTreeMap<StatusCode, u64>, ServerError> {
        let filter = Filter::new(query, '$');
        let (counts, grouped) = &self.statements.counts;
        let sql = format!("{counts} {} {} {grouped}", filter.clause(), only_open(query));
        let rows = self.search(vec![(sql, filter)]).await?;
        let count = |row: &Row| -> Result<_, ServerError> {
            let count: i64 = row.try_get(2)?;
            Ok((status_of_row(row.try_get(0)?, row.try_get(1)?), count.cast_unsigned()))
        };
        let mut by_status = BTreeMap::new();
        for counted in rows.iter().map(count) {
            let (status, count): (_, u64) = counted?;
            *by_status.entry(status).or_default() += count;
        }
        Ok(by_status)
    }

    pub(super) async fn delete_jobs(
        &self,
        ids: Vec<Uuid>,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        repeat_rolled_back(|| self.try_to_delete(&ids)).await
    }

    async fn try_to_delete(&self, asked: &[Uuid]) -> Result<Vec<Result<(), Error>>, ServerError> {
        let transaction = Transaction::new(self.pool.get().await?);
        let statuses = transaction.prepare_cached(&self.statements.statuses).await?;
        let delete = transaction.prepare_cached(&self.statements.delete_completed).await?;
        let (begun, found, deleted, committed) = join4(
            transaction.begin(),
            transaction.query(&statuses, &[&asked]),
            ids(&transaction, &delete, vec![Box::new(asked)]),
            transaction.commit(),
        )
        .await;
        begun?;
        // Found and not deleted is not completed. An id that is given twice is deleted once, so its
        // entry goes with the first answer.
        let mut found = found?.iter().map(status).collect::<Result<HashMap<_, _>, _>>()?;
        let deleted = deleted?;
        committed?;
        let answers = asked.iter().map(|&id| match found.remove(&id) {
            Some(_) if deleted.contains(&id) => Ok(()),
            Some(status) if !status.state().is_completed() => {
                found.insert(id, status);
                Err(Error::NotCompleted { id, status })
            }
            _ => Err(Error::Missing { id }),
        });
        Ok(answers.collect())
    }

    pub(super) async fn expire_jobs(&self, expiry: Expiry) -> Result<u64, Error> {
        repeat_rolled_back(|| self.try_to_expire(&expiry)).await
    }

    async fn try_to_expire(&self, expiry: &Expiry) -> Result<u64, ServerError> {
        let client = self.pool.get().await?;
        let expire = client.prepare_cached(&self.statements.expire).await?;
        let before = ceil_to_micros(expiry.completed_before);
        let limit = i64::try_from(expiry.limit).unwrap_or(i64::MAX);
        Ok(client.execute(&expire, &[&expiry.status.number(), &before, &limit]).await?)
    }

    /// The rows of one of the store's own statements.
    pub(super) async fn rows(
        &self,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, ServerError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(statement).await?;
        Ok(client.query(&statement, parameters).await?)
    }

    /// The rows that searches find, all of them in one snapshot.
    async fn search(&self, searches: Vec<(String, Filter)>) -> Result<Vec<Row>, ServerError> {
        // Not cached: the text depends on the query, and there are more of them than a cache holds.
        let transaction = Transaction::new(self.pool.get().await?);
        let mut statements = Vec::new();
        for (sql, _) in &searches {
            statements.push(transaction.prepare(sql).await?);
        }
        let asked = statements.iter().zip(&searches).map(|(statement, (_, filter))| {
            let values: Vec<_> = filter.values().iter().map(Value::as_postgres).collect();
            let transaction = &transaction;
            async move { transaction.query(statement, &values).await }
        });
        let (begun, found, committed) =
            join3(transaction.begin_search(), join_all(asked), transaction.commit()).await;
        begun?;
        let found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
        committed?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// The condition of the index `asyncoperation_lane`, which the server uses only for queries that
/// imply it; that no status is completed does not say so to the server.
fn only_open(query: &JobQuery) -> &'static str {
    let asks_for_open = query.statuses.iter().all(|it| !it.state().is_completed());
    if asks_for_open && !query.statuses.is_empty() { "AND statecode <> 3" } else { "" }
}

fn status(row: &Row) -> Result<(Uuid, StatusCode), ServerError> {
    Ok((row.try_get(0)?, status_of_row(row.try_get(1)?, row.try_get(2)?)))
}

/// The status of a row. One whose numbers make none can't be read, and is shown as Failed.
fn status_of_row(statecode: i32, statuscode: i32) -> StatusCode {
    StatusCode::from_pair(statecode, statuscode).unwrap_or(StatusCode::Failed)
}
