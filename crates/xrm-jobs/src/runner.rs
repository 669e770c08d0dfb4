//! Runs jobs: makes their attempts, records the outcomes, and retries what failed.
//!
//! A [`Performer`] makes the attempts of the jobs of one [`Queue`]. [`attempt`] makes the first
//! attempt of jobs that were just stored. A worker, by the feature `worker`, takes the jobs of the
//! queue as they become due.

mod observer;
mod options;
mod performer;
mod queue;
mod record;
#[cfg(feature = "worker")]
mod worker;

pub use observer::Observer;
pub use options::WorkerOptions;
pub use performer::{Performer, attempt};
pub use queue::{Begun, Clock, Ended, Prepared, Queue, Randomness, Stored};
#[cfg(feature = "worker")]
pub use worker::{WorkerReport, work};
