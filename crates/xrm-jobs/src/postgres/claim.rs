//! Giving due jobs to workers.

use futures_util::future::join;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use super::PostgresJobStore;
use super::columns::{self, Column};
use super::error::Failure;
use super::transaction::Transaction;
use crate::error::Error;
use crate::job::SystemJob;
use crate::sql::{ProgressRecord, floor_to_micros};
use crate::store::{Claim, ClaimedJob, LeaseRenewal};

impl PostgresJobStore {
    pub(super) async fn claim_jobs(&self, claim: Claim) -> Result<Vec<ClaimedJob>, Error> {
        if claim.limit == 0 {
            return Ok(Vec::new());
        }
        let taken = loop {
            match self.take_due_jobs(&claim).await {
                Err(failure) if failure.is_rolled_back() => {}
                taken => break taken?,
            }
        };
        // A job that was called off or paused under a worker that is gone may let another one of
        // its lane go on, so it is changed as updates are: its lane is locked before it is. What
        // fails here, or somebody else does first, the next claim meets again.
        if !taken.unbegun.is_empty() {
            let _ = self.update_jobs(taken.unbegun).await;
        }
        Ok(taken.begun)
    }

    async fn take_due_jobs(&self, claim: &Claim) -> Result<Taken, Failure> {
        let transaction = Transaction::on(self.pool.get().await?);
        let claim_jobs = transaction.prepare_cached(&self.statements.claim_jobs).await?;
        let begin_jobs = transaction.prepare_cached(&self.statements.begin_jobs).await?;
        let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
        let now = floor_to_micros(claim.now);
        let (begun, due) = join(
            transaction.begin(),
            transaction.query(&claim_jobs, &[&claim.endpoint, &now, &limit]),
        )
        .await;
        begun?;
        let taken = Taken::of(&due?, claim)?;
        let (written, committed) =
            join(taken.write(&transaction, &begin_jobs), transaction.commit()).await;
        written.and(committed)?;
        Ok(taken)
    }

    pub(super) async fn renew_leases(&self, renewal: LeaseRenewal) -> Result<Vec<Uuid>, Error> {
        loop {
            match self.try_to_renew(&renewal).await {
                Err(failure) if failure.is_rolled_back() => {}
                held => return Ok(held?),
            }
        }
    }

    async fn try_to_renew(&self, renewal: &LeaseRenewal) -> Result<Vec<Uuid>, Failure> {
        let transaction = Transaction::on(self.pool.get().await?);
        let lock_leases = transaction.prepare_cached(&self.statements.lock_leases).await?;
        let renew_leases = transaction.prepare_cached(&self.statements.renew_leases).await?;
        let (begun, locked) =
            join(transaction.begin(), transaction.query(&lock_leases, &[&renewal.ids])).await;
        begun?;
        let (mut ids, mut leases, mut due) = (Vec::new(), Vec::new(), Vec::new());
        for row in locked? {
            let mut job = columns::job(&row)?;
            if job.renew(&renewal.host_id, renewal.lease_until).is_ok() {
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

/// What a worker got.
struct Taken {
    /// Jobs in progress.
    begun: Vec<ClaimedJob>,
    /// The sequence of each.
    sequences: Vec<i64>,
    /// Jobs that were abandoned, and have nothing to begin. They are not written yet.
    unbegun: Vec<SystemJob>,
}

impl Taken {
    fn of(due: &[Row], claim: &Claim) -> Result<Self, Failure> {
        let mut taken = Self { begun: Vec::new(), sequences: Vec::new(), unbegun: Vec::new() };
        for row in due {
            let mut job = columns::job(row)?;
            if claim.take(&mut job)? {
                let revision = job.revision().next();
                // Without a message that is damaged the job comes to its end; with an error it
                // would be claimed again and again.
                let payload = columns::payload_after_job(row).ok().flatten();
                taken.begun.push(ClaimedJob { job: job.at_revision(revision), payload });
                taken.sequences.push(columns::sequence_after_payload(row)?);
            } else {
                taken.unbegun.push(job);
            }
        }
        Ok(taken)
    }

    async fn write(
        &self,
        transaction: &Transaction,
        begin_jobs: &Statement,
    ) -> Result<(), Failure> {
        if self.begun.is_empty() {
            return Ok(());
        }
        // The rows are locked, so their revisions are those that were read.
        let progress: Vec<_> = self.begun.iter().map(|it| ProgressRecord::from(&it.job)).collect();
        let mut parameters: Vec<Column<'_>> = vec![Box::new(&self.sequences)];
        parameters.extend(ProgressRecord::to_postgres(progress.iter()));
        transaction.execute_raw(begin_jobs, parameters).await?;
        Ok(())
    }
}
