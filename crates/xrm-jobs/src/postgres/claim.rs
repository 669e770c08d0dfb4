//! Giving due jobs to workers.

use futures_util::future::join;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use super::PostgresJobStore;
use super::columns;
use super::error::{ServerError, repeat_rolled_back};
use super::transaction::Transaction;
use crate::error::Error;
use crate::job::SystemJob;
use crate::sql::{ColumnArray, ProgressRecord, floor_to_micros};
use crate::store::{Claim, ClaimedJob, JobStore as _, LeaseRenewal, lease_until};

impl PostgresJobStore {
    pub(super) async fn claim_jobs(&self, claim: Claim) -> Result<Vec<ClaimedJob>, Error> {
        if claim.limit == 0 {
            return Ok(Vec::new());
        }
        let rows = repeat_rolled_back(|| self.try_to_claim(&claim)).await?;
        // A job that was canceled or paused while its worker was gone may let the next one of its
        // partition key go on. It is changed as updates are, because they lock the key before the
        // row; a claim has locked the row already. If that fails, or another process is faster, the
        // next claim finds the job again.
        if !rows.unbegun.is_empty() {
            let _ = self.update_jobs(rows.unbegun).await;
        }
        if !rows.unreadable.is_empty() {
            let _ = self.set_aside(&rows.unreadable).await;
        }
        Ok(rows.begun)
    }

    async fn try_to_claim(&self, claim: &Claim) -> Result<ClaimedRows, ServerError> {
        let transaction = Transaction::new(self.pool.get().await?);
        // Prepared before the transaction begins: a connection that does not have them yet asks the
        // server, and would hold its locks meanwhile.
        let claim_jobs = transaction.prepare_cached(&self.statements.claim_jobs).await?;
        let begin_jobs = transaction.prepare_cached(&self.statements.begin_jobs).await?;
        let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
        // Null for the server's time.
        let now = (!self.has_clock()).then(|| floor_to_micros(claim.now));
        let (begun, due) = join(
            transaction.begin(),
            transaction.query(&claim_jobs, &[&claim.endpoint, &now, &limit]),
        )
        .await;
        begun?;
        // The rules decide here and not in SQL, so a claim takes two round trips.
        let due = due?;
        let claim = match due.first().filter(|_| self.has_clock()) {
            Some(row) => &Claim { now: columns::time_after_sequence(row)?, ..claim.clone() },
            None => claim,
        };
        let rows = ClaimedRows::new(&due, claim)?;
        let (written, committed) =
            join(rows.write(&transaction, &begin_jobs), transaction.commit()).await;
        written.and(committed)?;
        Ok(rows)
    }

    pub(super) async fn renew_leases(&self, renewal: LeaseRenewal) -> Result<Vec<Uuid>, Error> {
        repeat_rolled_back(|| self.try_to_renew(&renewal)).await
    }

    async fn try_to_renew(&self, renewal: &LeaseRenewal) -> Result<Vec<Uuid>, ServerError> {
        // Locked and read first: whether a worker still holds a job is decided by the rule, and a
        // worker that takes the job over meanwhile waits.
        let transaction = Transaction::new(self.pool.get().await?);
        let lock_leases = transaction.prepare_cached(&self.statements.lock_leases).await?;
        let renew_leases = transaction.prepare_cached(&self.statements.renew_leases).await?;
        let (begun, locked) =
            join(transaction.begin(), transaction.query(&lock_leases, &[&renewal.ids])).await;
        begun?;
        let (mut ids, mut leases, mut due) = (Vec::new(), Vec::new(), Vec::new());
        for row in locked? {
            let Ok(mut job) = columns::job(&row)? else { continue };
            let lease_until = match self.has_clock() {
                true => lease_until(columns::time_after_job(&row)?, renewal.lease),
                false => renewal.lease_until(),
            };
            if job.renew(&renewal.host_id, lease_until).is_ok() {
                ids.push(job.id());
                leases.push(job.progress().lease_until.map(floor_to_micros));
                due.push(job.due_on().map(floor_to_micros));
            }
        }
        let (renewed, committed) =
            join(transaction.execute(&renew_leases, &[&ids, &leases, &due]), transaction.commit())
                .await;
        renewed?;
        committed?;
        Ok(ids)
    }
}

/// The rows of a claim, which are locked.
struct ClaimedRows {
    /// Jobs in progress.
    begun: Vec<ClaimedJob>,
    /// The sequence of each.
    sequences: Vec<i64>,
    /// Jobs that were abandoned and are not to be begun. They are not written yet.
    unbegun: Vec<SystemJob>,
    /// Jobs to be set aside for rows that can't be read.
    unreadable: Vec<SystemJob>,
}

impl ClaimedRows {
    fn new(due: &[Row], claim: &Claim) -> Result<Self, ServerError> {
        let mut rows = Self {
            begun: Vec::new(),
            sequences: Vec::new(),
            unbegun: Vec::new(),
            unreadable: Vec::new(),
        };
        for row in due {
            let mut job = match columns::job(row)? {
                Ok(job) => job,
                Err(row) => {
                    rows.unreadable.push(row.job);
                    continue;
                }
            };
            if claim.take(&mut job)? {
                let revision = job.revision().next();
                let payload = columns::payload_after_job(row, job.id())?;
                rows.begun.push(ClaimedJob { job: job.at_revision(revision), payload });
                rows.sequences.push(columns::sequence_after_payload(row)?);
            } else {
                rows.unbegun.push(job);
            }
        }
        Ok(rows)
    }

    async fn write(
        &self,
        transaction: &Transaction,
        begin_jobs: &Statement,
    ) -> Result<(), ServerError> {
        if self.begun.is_empty() {
            return Ok(());
        }
        // The rows are locked, so their revisions are those that were read.
        let progress: Vec<_> = self.begun.iter().map(|it| ProgressRecord::from(&it.job)).collect();
        let mut parameters: Vec<ColumnArray<'_>> = vec![Box::new(&self.sequences)];
        parameters.extend(ProgressRecord::to_postgres(progress.iter()));
        transaction.execute_raw(begin_jobs, parameters).await?;
        Ok(())
    }
}
