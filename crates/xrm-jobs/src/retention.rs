//! How long completed jobs are kept.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::job::SystemJob;
use crate::status::StatusCode;
#[cfg(feature = "worker")]
use crate::store::Expiry;

/// How long completed jobs are kept, counted from their completion. `None`, the default, means for
/// ever.
///
/// The platform has a setting of an organization for each: `SucceededSystemJobPersistenceInDays`,
/// `FailedSystemJobPersistenceInDays` and `CanceledSystemJobPersistenceInDays`
/// ([Clean up the AsyncOperation table][clean]).
///
/// [clean]: https://learn.microsoft.com/power-platform/admin/cleanup-asyncoperationbase-table
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// Of jobs that are Succeeded.
    pub succeeded: Option<Duration>,
    /// Of jobs that are Failed.
    pub failed: Option<Duration>,
    /// Of jobs that are Canceled.
    pub canceled: Option<Duration>,
}

const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 60 * 60)
}

impl Retention {
    /// The retention of a store that is opened without another one: Succeeded jobs are kept for 30
    /// days and Canceled jobs for 60, the platform's defaults. Failed jobs, which the platform
    /// deletes after 60 days, are kept: their messages were not delivered, and can be sent again.
    ///
    /// ```
    /// use xrm_jobs::Retention;
    ///
    /// assert_eq!(
    ///     Retention::standard().to_string(),
    ///     "Succeeded jobs for 30 days, Canceled jobs for 60 days, Failed jobs for ever"
    /// );
    /// ```
    #[must_use]
    pub const fn standard() -> Self {
        Self { succeeded: Some(days(30)), failed: None, canceled: Some(days(60)) }
    }

    /// Keeps all completed jobs for so long.
    #[must_use]
    pub const fn for_all(time: Duration) -> Self {
        Self { succeeded: Some(time), failed: Some(time), canceled: Some(time) }
    }

    /// Sets how long jobs that are Succeeded are kept.
    #[must_use]
    pub const fn succeeded(self, time: Duration) -> Self {
        Self { succeeded: Some(time), ..self }
    }

    /// Sets how long jobs that are Failed are kept.
    #[must_use]
    pub const fn failed(self, time: Duration) -> Self {
        Self { failed: Some(time), ..self }
    }

    /// Sets how long jobs that are Canceled are kept.
    #[must_use]
    pub const fn canceled(self, time: Duration) -> Self {
        Self { canceled: Some(time), ..self }
    }

    /// How long jobs in this status are kept.
    #[must_use]
    pub const fn for_status(self, status: StatusCode) -> Option<Duration> {
        match status {
            StatusCode::Succeeded => self.succeeded,
            StatusCode::Failed => self.failed,
            StatusCode::Canceled => self.canceled,
            _ => None,
        }
    }

    /// Whether the job was completed longer ago than it is kept.
    #[must_use]
    pub fn is_over(self, job: &SystemJob, now: DateTime<Utc>) -> bool {
        let completed_on = job.progress().completed_on;
        match (completed_on, self.for_status(job.status())) {
            // A clock that was set back makes no job old.
            (Some(completed_on), Some(kept)) => {
                (now - completed_on).to_std().is_ok_and(|age| age > kept)
            }
            _ => false,
        }
    }

    /// The time before which a job in this status was completed if it is kept no longer. `None` if
    /// such jobs are kept for ever, or for longer than the calendar goes back.
    pub(crate) fn completed_before(
        self,
        status: StatusCode,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        now.checked_sub_signed(TimeDelta::from_std(self.for_status(status)?).ok()?)
    }

    /// What is to be deleted now, so many jobs of each status at a time.
    #[cfg(feature = "worker")]
    pub(crate) fn expiries(self, now: DateTime<Utc>, limit: usize) -> impl Iterator<Item = Expiry> {
        StatusCode::ALL.iter().filter_map(move |&status| {
            let completed_before = self.completed_before(status, now)?;
            Some(Expiry { status, completed_before, limit })
        })
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statuses = [StatusCode::Succeeded, StatusCode::Canceled, StatusCode::Failed];
        for (position, status) in statuses.into_iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{} jobs ", status.label())?;
            match self.for_status(status) {
                None => f.write_str("for ever")?,
                Some(kept) => write_span(f, kept)?,
            }
        }
        Ok(())
    }
}

/// A span in the largest unit of which it is a whole number.
fn write_span(f: &mut fmt::Formatter<'_>, span: Duration) -> fmt::Result {
    const UNITS: [(u64, &str); 4] =
        [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let seconds = span.as_secs();
    let found = UNITS.iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
    let (unit, name) = found.unwrap_or(&UNITS[3]);
    let count = seconds / unit;
    write!(f, "for {count} {name}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_shown_in_their_largest_unit() {
        let check = |seconds, expected: &str| {
            let text = Retention::default().failed(Duration::from_secs(seconds)).to_string();
            assert_eq!(
                text,
                format!("Succeeded jobs for ever, Canceled jobs for ever, Failed jobs {expected}")
            );
        };
        check(0, "for 0 seconds");
        check(1, "for 1 second");
        check(90, "for 90 seconds");
        check(5400, "for 90 minutes");
        check(7200, "for 2 hours");
        check(86_400, "for 1 day");
    }
}
