//! Running jobs: their attempts, the outcomes, and the retries.
//!
//! A [`Performer`] makes the attempts of the jobs of one [`Queue`]. [`insert`] and [`attempt`]
//! store jobs and make their first attempts; [`enqueue`] leaves them to a worker. The worker,
//! `run_until` by the feature `worker`, claims jobs as they become due, on the timers of tokio. A
//! [`Host`] gives them time and randomness, and an [`Observer`] learns what happens.

mod attempt;
#[cfg(feature = "worker")]
mod backlog;
#[cfg(feature = "worker")]
mod damage;
mod host;
#[cfg(feature = "worker")]
mod lease;
mod observer;
mod options;
mod performer;
mod queue;
mod record;
#[cfg(feature = "worker")]
mod retention;
#[cfg(feature = "worker")]
mod suspension;
#[cfg(feature = "worker")]
mod worker;

pub use attempt::attempt;
pub use host::{Clock, Host, Randomness};
pub use observer::{Backlog, Observer};
pub use options::WorkerOptions;
pub use performer::{Begun, Ended, Performer, Task};
pub use queue::{PreparedJob, Queue, enqueue, insert};
pub use record::record;
#[cfg(feature = "worker")]
pub use worker::{WorkerReport, run_until};
