//! Enqueueing in a transaction of the application.

use futures_util::future::{join, join3, join4};
use tokio_postgres::Transaction;

use super::PostgresJobStore;
use super::columns::payload_columns;
use super::error::ServerError;
use super::insert::first_taken;
use crate::error::Error;
use crate::job::SystemJob;
use crate::revision::Revision;
use crate::store::NewJob;
use crate::store_error::{StoreError, StoreErrorKind};

impl PostgresJobStore {
    /// Stores jobs in a transaction of the application, so that they exist if its own changes do, and
    /// returns them at their first revision. The tables of the store are in the same database, and the
    /// transaction may be of any connection to it.
    ///
    /// Workers find the jobs when they next poll after the commit, or when [`wake`](Self::wake) is
    /// called. The partition keys of the jobs stay locked until the transaction ends, and workers that
    /// complete a job of one wait for it, so it is best called last.
    ///
    /// ```no_run
    /// # async fn example(
    /// #     store: xrm_jobs::PostgresJobStore,
    /// #     mut client: xrm_jobs::tokio_postgres::Client,
    /// #     job: xrm_jobs::NewJob,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let transaction = client.transaction().await?;
    /// transaction.execute("UPDATE account SET name = 'Contoso' WHERE id = 1", &[]).await?;
    /// store.insert_in(&transaction, [job]).await?;
    /// transaction.commit().await?;
    /// store.wake();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] for an id that the store has or that is given twice, and
    /// [`Error::Store`] if the server refuses, or if a job has a partition key and the transaction is
    /// not READ COMMITTED: with the snapshot of an earlier moment nobody would notice that the job
    /// before it has been completed. After an error, the transaction has to be rolled back.
    pub async fn insert_in(
        &self,
        transaction: &Transaction<'_>,
        jobs: impl IntoIterator<Item = impl Into<NewJob>> + Send,
    ) -> Result<Vec<SystemJob>, Error> {
        let jobs: Vec<NewJob> = jobs.into_iter().map(Into::into).collect();
        self.insert_batch_in(transaction, &jobs).await?;
        Ok(jobs.into_iter().map(|it| it.job.at_revision(Revision(1))).collect())
    }

    /// Wakes the workers of this process, and soon those of others: to be called after the commit of a
    /// transaction that [enqueued](Self::insert_in) jobs. Without it, they find the jobs when they next
    /// poll.
    pub fn wake(&self) {
        self.notifier.notify();
    }

    async fn insert_batch_in(
        &self,
        transaction: &Transaction<'_>,
        jobs: &[NewJob],
    ) -> Result<(), ServerError> {
        let batch = self.batch(jobs);
        let ids: Vec<_> = jobs.iter().map(|it| it.job.id()).collect();
        let statements = &self.statements;
        let (taken_ids, lock_keys, insert_jobs, insert_payloads) = join4(
            transaction.prepare(&statements.taken_ids),
            transaction.prepare(&statements.lock_keys),
            transaction.prepare(&statements.insert_jobs),
            transaction.prepare(&statements.insert_payloads),
        )
        .await;
        let (taken, isolation) = join(
            transaction.query(&taken_ids?, &[&ids]),
            transaction.query_one("SELECT current_setting('transaction_isolation')", &[]),
        )
        .await;
        // Asked before anything is written: a refusal of the server says that an id is taken, and not
        // which.
        if let Some(id) = first_taken(&taken?, &ids)? {
            return Err(Error::AlreadyExists { id }.into());
        }
        let isolation: String = isolation?.try_get(0)?;
        if !batch.keys.is_empty() && isolation != "read committed" {
            return Err(needs_read_committed().into());
        }
        if batch.jobs.is_empty() {
            return Ok(());
        }
        let (lock_keys, keys) = (lock_keys?, batch.keys.parameters());
        // Without keys too, which locks nothing.
        let (locked, inserted, kept) = join3(
            transaction.execute(&lock_keys, &keys),
            transaction.execute_raw(&insert_jobs?, batch.job_columns()),
            transaction.execute_raw(&insert_payloads?, payload_columns(&batch.payloads)),
        )
        .await;
        locked?;
        inserted.and(kept)?;
        Ok(())
    }
}

fn needs_read_committed() -> Error {
    let message = "a job with a partition key needs a READ COMMITTED transaction";
    StoreError::new(StoreErrorKind::Other, message).into()
}
