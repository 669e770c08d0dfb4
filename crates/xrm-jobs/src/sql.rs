//! Jobs as rows, for the stores that keep them in an SQL database.
//!
//! A job is a row of the table `asyncoperation`, with the platform's names for what the platform
//! has too. Its message is a row of the table `payload`, so that a change of the job does not write
//! the message again. No rule about jobs is told in SQL a second time: a store reads a row, lets
//! the [job](crate::SystemJob) decide, and writes down what became of it.

mod filter;
mod payload;
mod record;
mod time;

pub(crate) use filter::{Filter, Value};
pub(crate) use payload::{Compression, PayloadRecord};
pub(crate) use record::{DescriptionRecord, JobRecord, ProgressRecord};
pub(crate) use time::floor_to_micros;
#[cfg(feature = "postgres")]
pub(crate) use time::from_micros;
