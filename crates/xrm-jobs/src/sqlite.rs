//! A store in a file of SQLite.

mod connection;
mod error;
mod identity;
mod jobs;
mod options;
mod repair;
mod thread;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use event_listener::Event;
use rusqlite::{Connection, Transaction};
use uuid::Uuid;

pub use self::options::{SqliteDurability, SqliteOptions};
pub use self::repair::Salvaged;

use self::error::{is_corrupt, read_only};
use self::identity::FileIdentity;
use self::jobs::{ClaimedRow, Jobs, NewRow, Update};
use self::thread::{DatabaseThread, Wakes};
use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::Payload;
use crate::query::JobQuery;
use crate::retention::Retention;
use crate::revision::Revision;
use crate::sql::{JobRecord, ProgressRecord, RowChange};
use crate::status::StatusCode;
use crate::store::{BoxFuture, Claim, ClaimedJob, Expiry, JobStore, LeaseRenewal, NewJob};
use crate::store_error::{StoreError, StoreErrorKind};

/// Keeps jobs in a file of SQLite.
///
/// Two threads of the store's own do the work, so it needs no runtime and blocks no caller's
/// thread. One writes: what comes in while it commits is committed together next, so many callers
/// wait for few commits. The other reads meanwhile, and sees what was committed before the call.
///
/// Any number of processes of one machine may use the same file; a network file system does not
/// lock it reliably. [`changed`](JobStore::changed) reports the changes of this store alone. Times
/// are kept to the microsecond.
///
/// # Closing
///
/// A change runs even if its future is dropped after it was polled. [`close`](JobStore::close) waits
/// for the changes that are under way, writes them to the disk and closes the file. A store that is
/// dropped without it does the same in the background: what was reported as done is kept, but a
/// process that exits at once may lose what was not, and leaves the log (`-wal`) beside the file,
/// which the next store to open it reads.
///
/// ```
/// # pollster::block_on(async {
/// use chrono::DateTime;
/// use uuid::Uuid;
/// use xrm_jobs::{JobDescription, JobStore, NewJob, Payload, SqliteJobStore, SystemJob};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("jobs.db");
/// let id = Uuid::from_u128(1);
/// let job = SystemJob::new(JobDescription::new(id, "Update of account", DateTime::UNIX_EPOCH));
/// let store = SqliteJobStore::open(&path).await?;
/// store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
/// store.close().await?;
///
/// let store = SqliteJobStore::open(&path).await?;
/// assert_eq!(store.get(id).await?.description().name, "Update of account");
/// # Ok::<(), xrm_jobs::Error>(())
/// # }).unwrap();
/// ```
pub struct SqliteJobStore {
    path: PathBuf,
    identity: FileIdentity,
    options: SqliteOptions,
    commits: Arc<AtomicU64>,
    changes: Arc<Event>,
    reader: DatabaseThread,
    /// None if the store is read-only.
    writer: Option<DatabaseThread>,
}

impl SqliteJobStore {
    /// Opens the store in this file, and creates the file if it does not exist.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], whose [kind](Error::store_error) says why the file can't be used.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        SqliteOptions::new().open(path).await
    }

    /// Opens the store in this file, which must exist, for reading alone: changes are refused as
    /// [read-only](crate::StoreErrorKind::ReadOnly).
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_read_only(path: impl AsRef<Path>) -> Result<Self, Error> {
        SqliteOptions::new().open_read_only(path).await
    }

    /// The number of transactions that this store has committed. Changes that are made at the same
    /// time share one.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Stores jobs in a transaction of the application, so that they exist if its own changes do, and
    /// returns them at their first revision. The transaction is of a connection to the store's file,
    /// in which the application has tables too; an application with a file of its own opens the store
    /// [beside them](SqliteOptions::beside_other_tables).
    ///
    /// Workers find the jobs when they next poll after the commit, or when [`wake`](Self::wake) is
    /// called. SQLite has one writer at a time: while the transaction is open, workers wait for it, up
    /// to their [busy timeout](SqliteOptions::busy_timeout). It should be immediate, because SQLite
    /// refuses to let one write that has read what others changed since.
    ///
    /// ```no_run
    /// # fn example(
    /// #     store: xrm_jobs::SqliteJobStore,
    /// #     mut connection: xrm_jobs::rusqlite::Connection,
    /// #     job: xrm_jobs::NewJob,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// use xrm_jobs::rusqlite::TransactionBehavior;
    ///
    /// let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    /// transaction.execute("UPDATE account SET name = 'Contoso' WHERE id = 1", [])?;
    /// store.insert_in(&transaction, [job])?;
    /// transaction.commit()?;
    /// store.wake();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::AlreadyExists`] for an id that the store has or that is given twice; nothing is stored
    /// then, and the transaction can go on. [`Error::Store`] if the transaction is of another file, or
    /// the storage fails.
    pub fn insert_in(
        &self,
        transaction: &Transaction<'_>,
        jobs: impl IntoIterator<Item = impl Into<NewJob>>,
    ) -> Result<Vec<SystemJob>, Error> {
        if !connection::is_of(transaction, &self.path) {
            let message = "the transaction is of another file than the store";
            return Err(StoreError::new(StoreErrorKind::Options, message).into());
        }
        let (rows, inserted) = self.rows_of(jobs.into_iter().map(Into::into));
        Jobs::new(transaction).insert(&rows)?;
        Ok(inserted)
    }

    /// Wakes the workers of this process: to be called after the commit of a transaction that
    /// [enqueued](Self::insert_in) jobs. Without it, they find the jobs when they next poll.
    pub fn wake(&self) {
        self.changes.notify(usize::MAX);
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&Jobs<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.reader.run(Wakes::Nobody, on_jobs(work)).await
    }

    async fn write<T: Send + 'static>(
        &self,
        wakes: Wakes,
        work: impl Fn(&Jobs<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let writer = self.writer.as_ref().ok_or_else(read_only)?;
        self.identity.check()?;
        writer.run(wakes, on_jobs(work)).await
    }

    /// New jobs at their first revision, as rows and as such.
    fn rows_of(&self, jobs: impl Iterator<Item = NewJob>) -> (Vec<NewRow>, Vec<SystemJob>) {
        let at_first = jobs.map(|mut new| {
            new.job = new.job.at_revision(Revision(1));
            (self.row_of(&new), new.job)
        });
        at_first.unzip()
    }

    /// Claims jobs of a damaged file one by one, each in a transaction of its own, and leaves those out
    /// that can't be read or written. `damage` is the error of claiming them together, and is returned
    /// if none is left.
    async fn claim_each(&self, claim: Claim, damage: Error) -> Result<Vec<ClaimedRow>, Error> {
        let retention = self.options.payloads.retention;
        let claim = Arc::new(claim);
        let wanted = Arc::clone(&claim);
        let due = self.read(move |jobs| jobs.due_sequences(&wanted)).await.unwrap_or_default();
        let mut claimed = Vec::new();
        for sequence in due {
            if claimed.len() == claim.limit {
                break;
            }
            let claim = Arc::clone(&claim);
            let one = move |jobs: &Jobs<'_>| jobs.claim_one(sequence, &claim, retention);
            match self.write(Wakes::Nobody, one).await {
                Ok(one) => claimed.extend(one),
                Err(error) if is_corrupt(&error) => {}
                Err(error) => return Err(error),
            }
        }
        if claimed.is_empty() { Err(damage) } else { Ok(claimed) }
    }

    fn row_of(&self, new: &NewJob) -> NewRow {
        let job = &new.job;
        NewRow {
            id: job.id(),
            record: (!job.is_deleted_when_stored()).then(|| JobRecord::from(job)),
            payload: self.options.payloads.record(new),
        }
    }

    fn update_to(&self, job: &SystemJob, expected: Revision) -> Update {
        Update {
            id: job.id(),
            expected,
            progress: ProgressRecord::from(job),
            change: RowChange::to(job, self.options.payloads.retention),
        }
    }
}

impl SqliteOptions {
    /// Opens the store in this file, and creates the file if it does not exist.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], whose [kind](Error::store_error) says why the file can't be used.
    pub async fn open(&self, path: impl AsRef<Path>) -> Result<SqliteJobStore, Error> {
        let (path, options) = (connection::absolute(path.as_ref())?, self.clone());
        let (commits, changes) = (Arc::<AtomicU64>::default(), Arc::<Event>::default());
        let open = connection::opener(connection::writer, &path, self);
        // The writer first, because it creates the tables.
        let writer = DatabaseThread::writer(open, Arc::clone(&commits), Arc::clone(&changes));
        let writer = Some(writer.await?);
        let open = connection::opener(connection::reader, &path, self);
        let reader = DatabaseThread::reader(open).await?;
        let identity = FileIdentity::of(&path);
        Ok(SqliteJobStore { path, identity, options, commits, changes, reader, writer })
    }

    /// Opens the store in this file, which must exist, for reading alone: changes are refused as
    /// [read-only](crate::StoreErrorKind::ReadOnly).
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_read_only(&self, path: impl AsRef<Path>) -> Result<SqliteJobStore, Error> {
        let (path, options) = (connection::absolute(path.as_ref())?, self.clone());
        // Without a writer there is nothing to wait for: tables that are not there are an error.
        let open = connection::opener(connection::read_only, &path, self);
        let reader = DatabaseThread::reader(open).await?;
        let (commits, changes) = (Arc::default(), Arc::default());
        let identity = FileIdentity::of(&path);
        Ok(SqliteJobStore { path, identity, options, commits, changes, reader, writer: None })
    }
}

fn on_jobs<T>(
    work: impl Fn(&Jobs<'_>) -> Result<T, Error>,
) -> impl Fn(&Connection) -> Result<T, Error> {
    move |connection| work(&Jobs::new(connection))
}

impl JobStore for SqliteJobStore {
    fn is_durable(&self) -> bool {
        true
    }

    fn close(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            // The reader first: the last connection to close removes the log beside the file.
            self.reader.close().await?;
            match &self.writer {
                Some(writer) => writer.close().await,
                None => Ok(()),
            }
        })
    }

    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        Box::pin(async move {
            // Rows are made here and not on the writer's thread, which many callers wait for: with
            // compression this is the larger part of the work.
            let (rows, inserted) = self.rows_of(jobs.into_iter());
            // Woken even if none of the jobs is due: looking in vain costs less than asking here.
            self.write(Wakes::Waiters, move |jobs| jobs.insert(&rows)).await?;
            Ok(inserted)
        })
    }

    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, Error>> {
        Box::pin(self.read(move |jobs| jobs.get(id)))
    }

    fn payload(&self, id: Uuid) -> BoxFuture<'_, Result<Option<Payload>, Error>> {
        Box::pin(async move {
            let stored = self.read(move |jobs| jobs.payload(id)).await?;
            stored.and_then(|it| it.load(id)).map(Some).or_else(|loss| loss.or_none(id))
        })
    }

    fn update(
        &self,
        jobs: Vec<SystemJob>,
    ) -> BoxFuture<'_, Result<Vec<Result<SystemJob, Error>>, Error>> {
        Box::pin(async move {
            let (mut updates, mut updated) = (Vec::new(), Vec::new());
            for job in jobs {
                let expected = job.revision();
                let job = job.at_revision(expected.next());
                updates.push(self.update_to(&job, expected));
                updated.push(job);
            }
            let updates = Arc::new(updates);
            let all = Arc::clone(&updates);
            let answers = self.write(Wakes::Waiters, move |jobs| jobs.update(&all)).await;
            let answers = match answers {
                Err(damage) if is_corrupt(&damage) && updates.len() > 1 => {
                    let mut answers = Vec::with_capacity(updates.len());
                    for number in 0..updates.len() {
                        let one = Arc::clone(&updates);
                        let update = move |jobs: &Jobs<'_>| {
                            jobs.update(one.get(number..=number).unwrap_or_default())
                        };
                        match self.write(Wakes::Waiters, update).await {
                            Ok(answer) => answers.extend(answer),
                            Err(error) => answers.push(Err(error)),
                        }
                    }
                    answers
                }
                answers => answers?,
            };
            Ok(answers.into_iter().zip(updated).map(|(answer, job)| answer.map(|()| job)).collect())
        })
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Vec<ClaimedJob>, Error>> {
        Box::pin(async move {
            let retention = self.options.payloads.retention;
            // Nobody is woken: a claim takes work away, and what it unblocks this worker claims next.
            let asked = claim.clone();
            let claimed =
                self.write(Wakes::Nobody, move |jobs| jobs.claim(&asked, retention)).await;
            let claimed = match claimed {
                // One damaged page must not stop the jobs of all others.
                Err(damage) if is_corrupt(&damage) => self.claim_each(claim, damage).await,
                claimed => claimed,
            }?;
            // The attempt has begun. With an error for a damaged message the worker would not learn
            // of its jobs; without the message the attempt fails, and says why.
            let with_payload = |(job, stored): ClaimedRow| ClaimedJob {
                payload: stored.and_then(|it| it.load(job.id())),
                job,
            };
            Ok(claimed.into_iter().map(with_payload).collect())
        })
    }

    fn renew(&self, renewal: LeaseRenewal) -> BoxFuture<'_, Result<Vec<Uuid>, Error>> {
        Box::pin(self.write(Wakes::Nobody, move |jobs| jobs.renew(&renewal)))
    }

    fn next_due<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Option<DateTime<Utc>>, Error>> {
        let endpoint = endpoint.to_owned();
        Box::pin(self.read(move |jobs| jobs.next_due(&endpoint)))
    }

    fn changed(&self) -> BoxFuture<'static, ()> {
        Box::pin(self.changes.listen())
    }

    fn query(&self, query: JobQuery) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        Box::pin(async move {
            let query = Arc::new(query);
            let find = |query: Arc<JobQuery>| self.read(move |jobs| jobs.query(&query));
            let (found, unreadable) = find(Arc::clone(&query)).await?;
            if unreadable.is_empty() || self.writer.is_none() {
                return Ok(found);
            }
            // Set aside now, so that what looks for uncompleted jobs does not find them for ever. If
            // that fails, they are shown as they will be.
            let set_aside = move |jobs: &Jobs<'_>| jobs.set_aside(&unreadable);
            match self.write(Wakes::Waiters, set_aside).await {
                Ok(()) => Ok(find(query).await?.0),
                Err(_) => Ok(found),
            }
        })
    }

    fn count(&self, query: JobQuery) -> BoxFuture<'_, Result<BTreeMap<StatusCode, u64>, Error>> {
        Box::pin(self.read(move |jobs| jobs.count(&query)))
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>> {
        Box::pin(self.write(Wakes::Waiters, move |jobs| jobs.delete(&ids)))
    }

    fn retention(&self) -> Retention {
        self.options.retention
    }

    fn expire(&self, expiry: Expiry) -> BoxFuture<'_, Result<u64, Error>> {
        // Nobody is woken: no job waits for a completed one.
        Box::pin(self.write(Wakes::Nobody, move |jobs| jobs.expire(&expiry)))
    }
}

impl fmt::Debug for SqliteJobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJobStore")
            .field("path", &self.path)
            .field("options", &self.options)
            .field("is_read_only", &self.writer.is_none())
            .field("commits", &self.commits())
            .finish()
    }
}
