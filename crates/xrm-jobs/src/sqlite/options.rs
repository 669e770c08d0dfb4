//! How a store in a file is opened.

use std::time::Duration;

use crate::payload::{PayloadCompression, PayloadRetention};
use crate::retention::Retention;
use crate::sql::PayloadOptions;

/// How a [`SqliteJobStore`](crate::SqliteJobStore) is opened.
///
/// ```no_run
/// # async fn example() -> Result<(), xrm_jobs::Error> {
/// use std::time::Duration;
/// use xrm_jobs::{PayloadCompression, PayloadRetention, SqliteOptions};
///
/// let store = SqliteOptions::new()
///     .payload_compression(PayloadCompression::Zlib)
///     .payload_retention(PayloadRetention::Always)
///     .busy_timeout(Duration::from_secs(30))
///     .open("jobs.db")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteOptions {
    pub(super) payloads: PayloadOptions,
    pub(super) durability: SqliteDurability,
    pub(super) busy_timeout: Duration,
    pub(super) max_size: Option<u64>,
    pub(super) retention: Retention,
    pub(super) beside_other_tables: bool,
}

/// The failures that a change survives once a [`SqliteJobStore`](crate::SqliteJobStore) has reported
/// it as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SqliteDurability {
    /// A loss of power too: each commit waits until the disk has it (`synchronous=FULL`).
    #[default]
    PowerLoss,
    /// The end of the process, however sudden. A loss of power may undo the last changes, the
    /// oldest of which were made since the last checkpoint; what is left is consistent
    /// (`synchronous=NORMAL`). A job that was undone is never posted, and one whose success was
    /// undone is posted again.
    ProcessCrash,
}

impl SqliteOptions {
    /// The options of [`SqliteJobStore::open`](crate::SqliteJobStore::open).
    #[must_use]
    pub fn new() -> Self {
        Self {
            payloads: PayloadOptions::default(),
            durability: SqliteDurability::default(),
            busy_timeout: Duration::from_secs(5),
            max_size: None,
            retention: Retention::standard(),
            beside_other_tables: false,
        }
    }

    /// How long messages are kept. [Until their jobs have
    /// succeeded](PayloadRetention::UntilSucceeded) by default.
    #[must_use]
    pub fn payload_retention(mut self, retention: PayloadRetention) -> Self {
        self.payloads.retention = retention;
        self
    }

    /// The form in which messages are stored. [Not compressed](PayloadCompression::None) by default.
    #[must_use]
    pub fn payload_compression(mut self, compression: PayloadCompression) -> Self {
        self.payloads.compression = compression;
        self
    }

    /// How long completed jobs are kept, in the whole file. The workers of the store delete older
    /// ones, in small steps. [Succeeded jobs for 30 days and Canceled ones for
    /// 60](Retention::standard) by default; `Retention::default()` keeps all for ever.
    ///
    /// The space of deleted jobs is used again; the file does not shrink (SQLite's `VACUUM` would
    /// do that).
    #[must_use]
    pub fn retention(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// The failures that changes survive. [A loss of power](SqliteDurability::PowerLoss) by default.
    #[must_use]
    pub fn durability(self, durability: SqliteDurability) -> Self {
        Self { durability, ..self }
    }

    /// How long a change waits for another process that is changing the file, before it is refused
    /// as [busy](crate::StoreErrorKind::Busy). 5 seconds by default.
    #[must_use]
    pub fn busy_timeout(self, timeout: Duration) -> Self {
        Self { busy_timeout: timeout, ..self }
    }

    /// Whether the file may be the application's, which has tables of its own in it. The store then
    /// creates the tables `asyncoperation`, `payload` and `xrm_jobs_version` beside them, leaves the
    /// file's application id and user version to the application, and changes it to a write-ahead log.
    /// False by default: another application's file is refused as
    /// [foreign](crate::StoreErrorKind::ForeignSchema), unless the tables are in it.
    #[must_use]
    pub fn beside_other_tables(self, beside: bool) -> Self {
        Self { beside_other_tables: beside, ..self }
    }

    /// The largest size of the file, in bytes: a change that needs more is refused as
    /// [full](crate::StoreErrorKind::Full). The log beside the file (`-wal`) is not counted, and a
    /// file that is larger already stays so. Limited by the disk alone by default.
    #[must_use]
    pub fn max_size(self, bytes: u64) -> Self {
        Self { max_size: Some(bytes), ..self }
    }
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self::new()
    }
}
