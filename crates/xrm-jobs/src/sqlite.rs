//! A store in a file of SQLite.

mod connection;
mod error;
mod jobs;
mod options;
mod worker;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use event_listener::Event;
use rusqlite::Connection;
use uuid::Uuid;

pub use self::options::{SqliteDurability, SqliteOptions};

use self::error::read_only;
use self::jobs::{Fate, Jobs, NewRow, Update};
use self::worker::Worker;
use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::Payload;
use crate::query::JobQuery;
use crate::sql::{JobRecord, PayloadRecord, ProgressRecord};
use crate::status::StatusCode;
use crate::store::{BoxFuture, Claim, ClaimedJob, JobStore, LeaseRenewal, NewJob, Revision};

/// Keeps jobs in a file of SQLite.
///
/// Two threads of the store's own do the work, so it needs no runtime and blocks no caller's
/// thread. One writes: what comes in while it commits is committed together next, so many callers
/// wait for few commits. The other reads meanwhile, and sees what was committed before it is asked.
///
/// Any number of processes of one machine may use the same file; a network's file system is no
/// place for it. Who waits for [changes](JobStore::changed) is told of those of this store.
/// Times are kept to the microsecond.
///
/// What was asked for is done also if its future is dropped after it was polled. Dropping the store
/// waits until that is so, and closes the file.
///
/// ```
/// # use std::pin::pin;
/// # use std::task::{Context, Poll, Waker};
/// # fn block_on<F: Future>(future: F) -> F::Output {
/// #     let mut future = pin!(future);
/// #     loop {
/// #         if let Poll::Ready(it) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
/// #             return it;
/// #         }
/// #         std::thread::yield_now();
/// #     }
/// # }
/// # block_on(async {
/// use chrono::DateTime;
/// use uuid::Uuid;
/// use xrm_jobs::{JobDescription, JobStore, NewJob, Payload, SqliteJobStore, SystemJob};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("jobs.db");
/// let id = Uuid::from_u128(1);
/// let job = SystemJob::new(JobDescription::new(id, "Update of account", DateTime::UNIX_EPOCH));
/// let store = SqliteJobStore::open(&path)?;
/// store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
/// drop(store);
///
/// let store = SqliteJobStore::open(&path)?;
/// assert_eq!(store.get(id).await?.description().name, "Update of account");
/// # Ok::<(), xrm_jobs::Error>(())
/// # }).unwrap();
/// ```
pub struct SqliteJobStore {
    path: PathBuf,
    options: SqliteOptions,
    commits: Arc<AtomicU64>,
    changes: Arc<Event>,
    // Dropped first, so that the writer's connection is the last one and tidies the file up.
    reader: Worker,
    /// None if the store is read-only.
    writer: Option<Worker>,
}

impl SqliteJobStore {
    /// Opens the store in this file, which is made if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], whose [kind](Error::store_error) tells why the file can't be used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        SqliteOptions::new().open(path)
    }

    /// Opens the store in this file, which must be there, for reading alone: what would change it
    /// is refused as [read-only](crate::StoreErrorKind::ReadOnly).
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, Error> {
        SqliteOptions::new().open_read_only(path)
    }

    /// How many transactions this store has committed. Changes that are made at the same time share
    /// one.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    fn open_with(path: &Path, options: &SqliteOptions) -> Result<Self, Error> {
        let path = connection::resolve(path)?;
        // The writer comes first, for it makes the tables.
        let writer = connection::writer(&path, options)?;
        let reader = connection::reader(&path, options)?;
        let (commits, changes) = (Arc::<AtomicU64>::default(), Arc::<Event>::default());
        Ok(Self {
            reader: Worker::reader(reader)?,
            writer: Some(Worker::writer(writer, Arc::clone(&commits), Arc::clone(&changes))?),
            path,
            options: options.clone(),
            commits,
            changes,
        })
    }

    fn open_read_only_with(path: &Path, options: &SqliteOptions) -> Result<Self, Error> {
        let path = connection::resolve(path)?;
        Ok(Self {
            reader: Worker::reader(connection::read_only(&path, options)?)?,
            writer: None,
            path,
            options: options.clone(),
            commits: Arc::default(),
            changes: Arc::default(),
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&Jobs<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.reader.ask(false, on_jobs(work)).await
    }

    async fn write<T: Send + 'static>(
        &self,
        makes_work: bool,
        work: impl Fn(&Jobs<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let writer = self.writer.as_ref().ok_or_else(read_only)?;
        writer.ask(makes_work, on_jobs(work)).await
    }

    fn row_of(&self, new: &NewJob) -> NewRow {
        let job = &new.job;
        let is_stored = !job.is_deleted_when_stored();
        let keeps_payload = is_stored && self.options.retention.keeps(job.status());
        NewRow {
            id: job.id(),
            record: is_stored.then(|| JobRecord::from(job)),
            payload: keeps_payload
                .then(|| PayloadRecord::new(&new.payload, self.options.compression)),
        }
    }

    fn update_to(&self, job: &SystemJob, expected: Revision) -> Update {
        Update {
            id: job.id(),
            expected,
            progress: ProgressRecord::from(job),
            fate: Fate::of(job, self.options.retention),
        }
    }
}

fn on_jobs<T>(
    work: impl Fn(&Jobs<'_>) -> Result<T, Error>,
) -> impl Fn(&Connection) -> Result<T, Error> {
    move |connection| work(&Jobs::of(connection))
}

impl JobStore for SqliteJobStore {
    fn is_durable(&self) -> bool {
        true
    }

    fn insert(&self, jobs: Vec<NewJob>) -> BoxFuture<'_, Result<Vec<SystemJob>, Error>> {
        Box::pin(async move {
            let (mut rows, mut inserted) = (Vec::new(), Vec::new());
            for mut new in jobs {
                new.job = new.job.at_revision(Revision(1));
                rows.push(self.row_of(&new));
                inserted.push(new.job);
            }
            self.write(true, move |jobs| jobs.insert(&rows)).await?;
            Ok(inserted)
        })
    }

    fn get(&self, id: Uuid) -> BoxFuture<'_, Result<SystemJob, Error>> {
        Box::pin(self.read(move |jobs| jobs.get(id)))
    }

    fn payload(&self, id: Uuid) -> BoxFuture<'_, Result<Option<Payload>, Error>> {
        Box::pin(async move {
            let stored = self.read(move |jobs| jobs.payload(id)).await?;
            stored.map(Payload::try_from).transpose()
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
            let answers = self.write(true, move |jobs| jobs.update(&updates)).await?;
            Ok(answers.into_iter().zip(updated).map(|(answer, job)| answer.map(|()| job)).collect())
        })
    }

    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<Vec<ClaimedJob>, Error>> {
        Box::pin(async move {
            let retention = self.options.retention;
            let claimed = self.write(false, move |jobs| jobs.claim(&claim, retention)).await?;
            // The attempt has begun: a message that is damaged is lost to it, and the job goes on
            // without it rather than wait for a worker that never knew of it.
            let with_payload = |(job, stored): (_, Option<PayloadRecord>)| ClaimedJob {
                job,
                payload: stored.and_then(|it| it.try_into().ok()),
            };
            Ok(claimed.into_iter().map(with_payload).collect())
        })
    }

    fn renew(&self, renewal: LeaseRenewal) -> BoxFuture<'_, Result<Vec<Uuid>, Error>> {
        Box::pin(self.write(false, move |jobs| jobs.renew(&renewal)))
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
        Box::pin(self.read(move |jobs| jobs.query(&query)))
    }

    fn count(&self, query: JobQuery) -> BoxFuture<'_, Result<BTreeMap<StatusCode, u64>, Error>> {
        Box::pin(self.read(move |jobs| jobs.count(&query)))
    }

    fn delete(&self, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Result<(), Error>>, Error>> {
        Box::pin(self.write(true, move |jobs| jobs.delete(&ids)))
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
