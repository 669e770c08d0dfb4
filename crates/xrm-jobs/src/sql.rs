//! Jobs as rows, for the stores that keep them in an SQL database.
//!
//! A job is a row of the table `asyncoperation`, with the platform's names for what the platform
//! has too. Its message is a row of the table `payload`, so a change of the job does not write the
//! message again. SQL repeats no rule about jobs: a store reads a row, lets the
//! [job](crate::SystemJob) decide, and writes the result.

mod filter;
mod payload;
#[cfg(feature = "postgres")]
mod postgres_type;
mod record;
mod row_change;
mod stored;
mod time;
mod unreadable;

#[cfg(feature = "sqlite")]
pub(crate) use filter::is_about_open_jobs_of_a_key;
pub(crate) use filter::{Filter, Value, parts};
pub(crate) use payload::{PayloadOptions, PayloadRecord};
#[cfg(feature = "postgres")]
pub(crate) use postgres_type::ColumnArray;
pub(crate) use record::{DescriptionRecord, JobRecord, ProgressRecord};
pub(crate) use row_change::RowChange;
pub(crate) use time::{ceil_to_micros, clamp_micros, floor_to_micros};
#[cfg(feature = "sqlite")]
pub(crate) use unreadable::Unreadable;
pub(crate) use unreadable::{Loaded, RawRow, load};
