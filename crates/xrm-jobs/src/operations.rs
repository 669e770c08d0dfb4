//! What people do to many jobs: to those with given ids, or to all that a query asks for.
//!
//! Each operation reads the store page by page, decides for each job by the [model's own
//! moves](crate::Move), writes in groups, and reports its progress after each group. It holds no
//! lock: if somebody else changed a job meanwhile, the job is read again and decided on again. When
//! an operation ends with an error, what it reported is done, and it can be started again.
//!
//! ```
//! use chrono::DateTime;
//! use uuid::Uuid;
//! use xrm_jobs::operations::{BulkChange, Selection, change};
//! use xrm_jobs::{JobDescription, JobQuery, JobStore, MemoryJobStore, NewJob, Payload, SystemJob};
//!
//! # pollster::block_on(async {
//! let (store, now) = (MemoryJobStore::new(), DateTime::UNIX_EPOCH);
//! let job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "accounts", now));
//! store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
//!
//! let all = Selection::from(JobQuery::default());
//! let report = change(&store, &all, BulkChange::Cancel, now, |_| ()).await?;
//! assert_eq!(report.changed, 1);
//! # Ok::<(), xrm_jobs::Error>(())
//! # }).unwrap();
//! ```

mod batch;
mod change;
mod check;
mod export;
mod export_line;
mod failures;
mod import;
mod job_pages;
mod message_pattern;
mod purge;
mod report;
mod resend;
mod retry;
mod selection;

pub use crate::error::ImportReason;
pub use crate::retention::Retention;
pub use change::{BulkChange, change};
pub use check::{Checked, check};
pub use export::{Exported, export};
pub use failures::{FailureGroup, failure_groups};
pub use import::{ImportOptions, Imported, import};
pub use job_pages::JobPages;
pub use message_pattern::message_pattern;
pub use purge::{Purged, purge};
pub use report::Report;
pub use retry::retry;
pub use selection::Selection;
