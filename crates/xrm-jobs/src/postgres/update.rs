//! Updating jobs.

use std::collections::{HashMap, HashSet};

use futures_util::future::{join_all, join3, join5};
use tokio_postgres::Statement;
use uuid::Uuid;

use super::PostgresJobStore;
use super::columns::ids;
use super::error::{ServerError, repeat_rolled_back};
use super::partition_keys::{PartitionKeys, partition_key};
use super::transaction::Transaction;
use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::PayloadRetention;
use crate::revision::Revision;
use crate::sql::{ColumnArray, ProgressRecord, RowChange};

type Answer = Result<SystemJob, Error>;

impl PostgresJobStore {
    pub(super) async fn update_jobs(&self, jobs: Vec<SystemJob>) -> Result<Vec<Answer>, Error> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let answers = repeat_rolled_back(|| self.try_to_update(&jobs)).await?;
        if answers.iter().flatten().any(makes_work) {
            self.notifier.notify();
        }
        Ok(answers)
    }

    async fn try_to_update(&self, jobs: &[SystemJob]) -> Result<Vec<Answer>, ServerError> {
        // Only a completed job lets another one of its key go on.
        let keys: PartitionKeys =
            jobs.iter().filter(|it| it.status().state().is_completed()).collect();
        let retention = self.options.payloads.retention;
        let batches: Vec<_> =
            without_repeats(jobs).map(|jobs| Batch::new(jobs, retention)).collect();

        let transaction = Transaction::new(self.pool.get().await?);
        let lock_keys = transaction.prepare_cached(&self.statements.lock_keys).await?;
        let unblock_keys = transaction.prepare_cached(&self.statements.unblock_keys).await?;
        let statements = BatchStatements {
            lock: transaction.prepare_cached(&self.statements.lock_jobs).await?,
            update: transaction.prepare_cached(&self.statements.update_jobs).await?,
            delete: transaction.prepare_cached(&self.statements.delete_succeeded).await?,
        };
        // The keys are locked before the rows, as an insert does it: with the opposite order, an
        // insert and an update could wait for each other.
        let (begun, locked, results, unblocked, committed) = join5(
            transaction.begin(),
            keys.execute(&transaction, &lock_keys),
            join_all(batches.iter().map(|it| it.execute(&transaction, &statements))),
            keys.execute(&transaction, &unblock_keys),
            transaction.commit(),
        )
        .await;
        begun.and(locked)?;
        let results = results.into_iter().collect::<Result<Vec<_>, _>>()?;
        unblocked.and(committed)?;
        Ok(results.into_iter().flatten().collect())
    }
}

/// The jobs in slices in which no job is twice, because a statement changes a row once. Sent one
/// after another, they do what updates of single jobs would do.
fn without_repeats(mut jobs: &[SystemJob]) -> impl Iterator<Item = &[SystemJob]> {
    std::iter::from_fn(move || {
        let mut ids = HashSet::new();
        let end = jobs.iter().position(|it| !ids.insert(it.id())).unwrap_or(jobs.len());
        let (slice, rest) = jobs.split_at(end);
        jobs = rest;
        (!slice.is_empty()).then_some(slice)
    })
}

/// Updates of different jobs.
struct Batch<'a> {
    jobs: &'a [SystemJob],
    written: Rows,
    /// Whether the message of each written job is dropped.
    drops_payload: Vec<bool>,
    progress: Vec<ProgressRecord>,
    /// Jobs whose steps asked for them to be deleted.
    deleted: Rows,
}

/// Rows to change, as arrays.
#[derive(Default)]
struct Rows {
    ids: Vec<Uuid>,
    expected: Vec<i64>,
}

struct BatchStatements {
    lock: Statement,
    update: Statement,
    delete: Statement,
}

impl<'a> Batch<'a> {
    fn new(jobs: &'a [SystemJob], retention: PayloadRetention) -> Self {
        let (mut written, mut deleted) = (Rows::default(), Rows::default());
        let (mut drops_payload, mut progress) = (Vec::new(), Vec::new());
        for job in jobs {
            match RowChange::to(job, retention) {
                RowChange::Delete => deleted.push(job),
                change => {
                    written.push(job);
                    drops_payload.push(change == RowChange::WriteAndDropPayload);
                    progress.push(ProgressRecord::from(&at_next_revision(job)));
                }
            }
        }
        Self { jobs, written, drops_payload, progress, deleted }
    }

    async fn execute(
        &self,
        transaction: &Transaction,
        statements: &BatchStatements,
    ) -> Result<Vec<Answer>, ServerError> {
        let ids: Vec<_> = self.jobs.iter().map(SystemJob::id).collect();
        let mut columns: Vec<ColumnArray<'_>> = vec![Box::new(&self.drops_payload)];
        columns.extend(ProgressRecord::to_postgres(self.progress.iter()));
        // All rows are locked first, in the order of their ids, and their revisions are read: the
        // statements that follow say which rows they changed, but not why they left out a row.
        let (locked, written, deleted) = join3(
            transaction.query(&statements.lock, &[&ids]),
            self.written.change(transaction, &statements.update, columns),
            self.deleted.change(transaction, &statements.delete, Vec::new()),
        )
        .await;
        let mut revisions: HashMap<Uuid, _> = HashMap::new();
        for row in locked? {
            let revision: i64 = row.try_get(1)?;
            revisions.insert(row.try_get(0)?, Revision(revision.cast_unsigned()));
        }
        let (written, deleted) = (written?, deleted?);
        let answer = |job: &SystemJob| {
            let (id, expected) = (job.id(), job.revision());
            match revisions.get(&id) {
                _ if written.contains(&id) || deleted.contains(&id) => Ok(at_next_revision(job)),
                Some(found) => Err(Error::Conflict { id, expected, found: *found }),
                None => Err(Error::Missing { id }),
            }
        };
        Ok(self.jobs.iter().map(answer).collect())
    }
}

impl Rows {
    fn push(&mut self, job: &SystemJob) {
        self.ids.push(job.id());
        self.expected.push(job.revision().0.cast_signed());
    }

    /// Sends a statement about these rows, if there are any. Returns the ids of those that it
    /// changed.
    async fn change(
        &self,
        transaction: &Transaction,
        statement: &Statement,
        columns: Vec<ColumnArray<'_>>,
    ) -> Result<HashSet<Uuid>, ServerError> {
        if self.ids.is_empty() {
            return Ok(HashSet::new());
        }
        let mut parameters: Vec<ColumnArray<'_>> =
            vec![Box::new(&self.ids), Box::new(&self.expected)];
        parameters.extend(columns);
        ids(transaction, statement, parameters).await
    }
}

fn at_next_revision(job: &SystemJob) -> SystemJob {
    job.clone().at_revision(job.revision().next())
}

/// Whether a worker may have something to do after this change: the job itself, or the next one of
/// its partition key.
fn makes_work(job: &SystemJob) -> bool {
    job.due_on().is_some() || partition_key(job).is_some()
}
