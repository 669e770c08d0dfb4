//! Keeping new jobs.

use std::collections::HashSet;

use futures_util::future::join5;
use uuid::Uuid;

use super::PostgresJobStore;
use super::columns::{Column, job_columns, payload_columns};
use super::error::Failure;
use super::lane::{Lanes, lane};
use super::transaction::Transaction;
use crate::error::Error;
use crate::job::SystemJob;
use crate::sql::{JobRecord, PayloadRecord};
use crate::store::{NewJob, Revision};

impl PostgresJobStore {
    pub(super) async fn insert_jobs(&self, jobs: Vec<NewJob>) -> Result<Vec<SystemJob>, Error> {
        let batch = self.batch(&jobs);
        let ids: HashSet<_> = batch.jobs.iter().map(|it| it.description.asyncoperationid).collect();
        if ids.len() < jobs.len() {
            // The database can't refuse the id of a job that it does not get.
            self.refuse_taken_ids(&jobs).await?;
        }
        while let Err(failure) = self.insert_batch(&batch).await {
            if failure.is_repeated_id() {
                // If none is taken any more, whoever had the id is gone, and there is room.
                self.refuse_taken_ids(&jobs).await?;
            } else if !failure.is_rolled_back() {
                return Err(failure.into());
            }
        }
        if jobs.iter().any(|it| it.job.due_on().is_some()) {
            self.news.tell();
        }
        Ok(jobs.into_iter().map(|it| it.job.at_revision(Revision(1))).collect())
    }

    fn batch(&self, jobs: &[NewJob]) -> Batch {
        let kept = || jobs.iter().filter(|it| !it.job.is_deleted_when_stored());
        let row = |it: &NewJob| JobRecord::from(&it.job.clone().at_revision(Revision(1)));
        let payload = |it: &NewJob| {
            let is_kept = self.options.retention.keeps(it.job.status());
            is_kept
                .then(|| (it.job.id(), PayloadRecord::new(&it.payload, self.options.compression)))
        };
        let mut lanes = HashSet::new();
        let mut follows = |it: &NewJob| {
            let is_completed = it.job.status().state().is_completed();
            !is_completed
                && lane(&it.job).is_some_and(|(endpoint, key)| {
                    !lanes.insert((endpoint.to_owned(), key.to_owned()))
                })
        };
        Batch {
            jobs: kept().map(row).collect(),
            follows: kept().map(&mut follows).collect(),
            payloads: kept().filter_map(payload).collect(),
            lanes: kept().map(|it| &it.job).collect(),
        }
    }

    async fn insert_batch(&self, batch: &Batch) -> Result<(), Failure> {
        if batch.jobs.is_empty() {
            return Ok(());
        }
        let transaction = Transaction::on(self.pool.get().await?);
        let lock_lanes = transaction.prepare_cached(&self.statements.lock_lanes).await?;
        let insert_jobs = transaction.prepare_cached(&self.statements.insert_jobs).await?;
        let insert_payloads = transaction.prepare_cached(&self.statements.insert_payloads).await?;
        let (begun, locked, jobs, payloads, committed) = join5(
            transaction.begin(),
            batch.lanes.execute(&transaction, &lock_lanes),
            transaction.execute_raw(&insert_jobs, batch.job_columns()),
            transaction.execute_raw(&insert_payloads, payload_columns(&batch.payloads)),
            transaction.commit(),
        )
        .await;
        begun.and(locked)?;
        jobs.and(payloads)?;
        committed
    }

    /// Refuses the first id that the store has, or that stands here twice.
    async fn refuse_taken_ids(&self, jobs: &[NewJob]) -> Result<(), Failure> {
        let ids: Vec<_> = jobs.iter().map(|it| it.job.id()).collect();
        let rows = self.rows(&self.statements.taken_ids, &[&ids]).await?;
        let mut taken: HashSet<_> =
            rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        match ids.into_iter().find(|id| !taken.insert(*id)) {
            Some(id) => Err(Error::AlreadyExists { id }.into()),
            None => Ok(()),
        }
    }
}

/// New jobs as rows.
struct Batch {
    jobs: Vec<JobRecord>,
    /// Whether an uncompleted job before this one is in the same lane.
    follows: Vec<bool>,
    payloads: Vec<(Uuid, PayloadRecord)>,
    lanes: Lanes,
}

impl Batch {
    fn job_columns(&self) -> Vec<Column<'_>> {
        let mut columns = job_columns(self.jobs.iter());
        columns.push(Box::new(&self.follows));
        columns
    }
}
