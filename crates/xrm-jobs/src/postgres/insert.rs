//! Inserting jobs.

use std::collections::HashSet;

use futures_util::future::join5;
use tokio_postgres::Row;
use uuid::Uuid;

use super::PostgresJobStore;
use super::columns::{job_columns, payload_columns};
use super::error::ServerError;
use super::partition_keys::{PartitionKeys, partition_key};
use super::transaction::Transaction;
use crate::error::Error;
use crate::job::SystemJob;
use crate::revision::Revision;
use crate::sql::{ColumnArray, JobRecord, PayloadRecord};
use crate::store::NewJob;

impl PostgresJobStore {
    pub(super) async fn insert_jobs(&self, jobs: Vec<NewJob>) -> Result<Vec<SystemJob>, Error> {
        let batch = self.batch(&jobs);
        let ids: HashSet<_> = batch.jobs.iter().map(|it| it.description.asyncoperationid).collect();
        if ids.len() < jobs.len() {
            // A job that is not kept has no row whose id the database could refuse.
            self.refuse_taken_ids(&jobs).await?;
        }
        while let Err(error) = self.insert_batch(&batch).await {
            if error.is_repeated_id() {
                // If no id is taken any more, the other job was deleted meanwhile.
                self.refuse_taken_ids(&jobs).await?;
            } else if !error.is_rolled_back() {
                return Err(error.into());
            }
        }
        if jobs.iter().any(|it| it.job.due_on().is_some()) {
            self.notifier.notify();
        }
        Ok(jobs.into_iter().map(|it| it.job.at_revision(Revision(1))).collect())
    }

    pub(super) fn batch(&self, jobs: &[NewJob]) -> Batch {
        let kept = || jobs.iter().filter(|it| !it.job.is_deleted_when_stored());
        let row = |it: &NewJob| JobRecord::from(&it.job.clone().at_revision(Revision(1)));
        let payload = |it: &NewJob| Some((it.job.id(), self.options.payloads.record(it)?));
        let mut keys = HashSet::new();
        // Completed jobs take no turn, and nothing waits for them.
        let mut follows = |it: &NewJob| {
            let key = partition_key(&it.job).filter(|_| !it.job.status().state().is_completed());
            key.is_some_and(|(endpoint, key)| !keys.insert((endpoint.to_owned(), key.to_owned())))
        };
        Batch {
            jobs: kept().map(row).collect(),
            follows: kept().map(&mut follows).collect(),
            payloads: kept().filter_map(payload).collect(),
            keys: kept().map(|it| &it.job).collect(),
        }
    }

    async fn insert_batch(&self, batch: &Batch) -> Result<(), ServerError> {
        if batch.jobs.is_empty() {
            return Ok(());
        }
        // The keys are locked before the jobs are inserted, so no job of theirs is completed between
        // the statement that looks for them and the commit; nobody would unblock the new job then.
        let transaction = Transaction::new(self.pool.get().await?);
        let lock_keys = transaction.prepare_cached(&self.statements.lock_keys).await?;
        let insert_jobs = transaction.prepare_cached(&self.statements.insert_jobs).await?;
        let insert_payloads = transaction.prepare_cached(&self.statements.insert_payloads).await?;
        let (begun, locked, jobs, payloads, committed) = join5(
            transaction.begin(),
            batch.keys.execute(&transaction, &lock_keys),
            transaction.execute_raw(&insert_jobs, batch.job_columns()),
            transaction.execute_raw(&insert_payloads, payload_columns(&batch.payloads)),
            transaction.commit(),
        )
        .await;
        begun.and(locked)?;
        jobs.and(payloads)?;
        committed
    }

    /// Refuses the first id that the store has, or that is given twice.
    async fn refuse_taken_ids(&self, jobs: &[NewJob]) -> Result<(), ServerError> {
        let ids: Vec<_> = jobs.iter().map(|it| it.job.id()).collect();
        let rows = self.rows(&self.statements.taken_ids, &[&ids]).await?;
        match first_taken(&rows, &ids)? {
            Some(id) => Err(Error::AlreadyExists { id }.into()),
            None => Ok(()),
        }
    }
}

/// The first id that one of the rows has, or that is given twice.
pub(super) fn first_taken(rows: &[Row], ids: &[Uuid]) -> Result<Option<Uuid>, ServerError> {
    let mut taken: HashSet<_> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    Ok(ids.iter().copied().find(|id| !taken.insert(*id)))
}

/// New jobs as rows.
pub(super) struct Batch {
    pub(super) jobs: Vec<JobRecord>,
    /// Whether an uncompleted job before this one has the same partition key.
    follows: Vec<bool>,
    pub(super) payloads: Vec<(Uuid, PayloadRecord)>,
    pub(super) keys: PartitionKeys,
}

impl Batch {
    pub(super) fn job_columns(&self) -> Vec<ColumnArray<'_>> {
        let mut columns = job_columns(self.jobs.iter());
        columns.push(Box::new(&self.follows));
        columns
    }
}
