//! System jobs: the record of one post, from the moment it is accepted to the moment it has
//! succeeded, failed or been canceled.
//!
//! Dataverse performs every post to Azure as a system job, a row of its `asyncoperation` table that
//! an administrator can watch, cancel, pause, resume and postpone. This crate is that job as a
//! value: the platform's [statuses](StatusCode), the one table of [legal moves](Move), the
//! [retry schedule](RetrySchedule), the [diagnosis](Diagnosis) a failed job shows, and the
//! [contract of a job store](JobStore).
//!
//! ```
//! use chrono::{TimeDelta, Utc, TimeZone};
//! use uuid::Uuid;
//! use xrm_jobs::{Cause, Diagnosis, JobDescription, Move, RetrySchedule, StatusCode, SystemJob};
//!
//! let created = Utc.with_ymd_and_hms(2026, 1, 5, 8, 0, 0).unwrap();
//! let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "Update of account", created));
//! assert_eq!(job.status(), StatusCode::WaitingForResources);
//!
//! // The first attempt finds the service busy: the job waits for its next one.
//! let lease = TimeDelta::seconds(90);
//! job.begin("host-1", created + lease, created)?;
//! let schedule = RetrySchedule::default();
//! let delay = schedule.delay(job.progress().retry_count, 0);
//! let diagnosis = Diagnosis::new(Cause::Throttled).with_evidence("status", "503");
//! job.wait_until(created + delay, &diagnosis, created)?;
//! assert_eq!(job.status().label(), "Waiting");
//!
//! // The second succeeds, and a completed job never changes again.
//! let later = created + TimeDelta::minutes(1);
//! job.begin("host-1", later + lease, later)?;
//! job.succeed(later)?;
//! assert_eq!(job.status().number(), 30);
//! assert!(Move::ALL.iter().all(|it| it.target(job.status()).is_none()));
//! # Ok::<(), xrm_jobs::Error>(())
//! ```
//!
//! # Where to go next
//!
//! - [`SystemJob`] for what a job carries and the moves that change it.
//! - [`RetryPolicy`] for when a waiting job is retried, and when that ends.
//! - [`Cause`] for everything that can stop a post, and what to check about it.
//! - `SqliteJobStore`, by the feature `sqlite`, to keep jobs in a file; `PostgresJobStore`, by the
//!   feature `postgres`, to share them between machines.
//! - [`AsyncOperation`] for a job as the platform's Web API shows it.
//! - [`operations`] to change, retry, delete, export and import many jobs at once.
//! - `runner`, by the feature of that name, to make the attempts of jobs.
//! - [`JobStore`] to keep jobs, [`MemoryJobStore`] to keep them in this process, and the
//!   `conformance` feature to test a store of your own.
//!
//! # What is deliberately absent
//!
//! No clock, no randomness and, without the feature of a store, no I/O: times and random numbers
//! are arguments, and the code that makes an attempt records its outcome in the job. No message
//! format: a [`Payload`] is bytes and a content type. No translation of HTTP responses to a
//! [`Cause`]: that needs facts which only the sender has.

mod async_operation;
mod attempt;
mod cause;
mod columns;
#[cfg(feature = "conformance")]
pub mod conformance;
mod description;
mod diagnosis;
mod error;
mod error_code;
mod job;
mod memory;
mod moves;
pub mod operations;
mod options;
mod other_columns;
mod outcome;
mod payload;
#[cfg(feature = "postgres")]
mod postgres;
mod progress;
mod query;
mod retention;
mod revision;
#[cfg(feature = "runner")]
pub mod runner;
mod schedule;
mod simulation;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod status;
mod store;
mod store_error;

/// The version of rusqlite whose transactions [`SqliteJobStore::insert_in`] takes.
#[cfg(feature = "sqlite")]
pub use rusqlite;
/// The version of tokio-postgres whose transactions [`PostgresJobStore::insert_in`] takes.
#[cfg(feature = "postgres")]
pub use tokio_postgres;

#[cfg(feature = "postgres")]
pub use crate::postgres::{PostgresClock, PostgresJobStore, PostgresOptions};
#[cfg(feature = "sqlite")]
pub use crate::sqlite::{Salvaged, SqliteDurability, SqliteJobStore, SqliteOptions};
pub use crate::{
    async_operation::AsyncOperation,
    attempt::{Attempt, AttemptHistory},
    cause::{Cause, Check, FailureClass, Side, UnrecognizedCause},
    description::{JobDescription, OperationType},
    diagnosis::{Diagnosis, Evidence, Fact},
    error::Error,
    error_code::ErrorCode,
    job::SystemJob,
    memory::MemoryJobStore,
    moves::Move,
    other_columns::OtherColumns,
    outcome::{Failure, Outcome},
    payload::{Payload, PayloadCompression, PayloadRetention},
    progress::Progress,
    query::{JobQuery, Position},
    retention::Retention,
    revision::Revision,
    schedule::{PlannedRetry, RetryOptions, RetryPolicy, RetrySchedule},
    status::{StateCode, StatusCode},
    store::{BoxFuture, Claim, ClaimedJob, Expiry, JobStore, LeaseRenewal, NewJob, PayloadLoss},
    store_error::{StoreError, StoreErrorKind},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
