//! A job as the columns of a row.

use uuid::Uuid;

use super::stored::StoredAs;
use crate::columns::{Computed, job_columns};
use crate::description::JobDescription;
use crate::error::Error;
use crate::job::SystemJob;
use crate::progress::Progress;
use crate::status::StatusCode;
use crate::store_error::{StoreError, StoreErrorKind};

/// Declares a part of a row: a struct with a field for each column, named as the column is.
macro_rules! record {
    ($(#[$doc:meta])* $record:ident { $($column:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        // A struct and not a list of values: the types of the columns are checked when it is compiled,
        // and a column of many rows is an array of one type.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) struct $record {
            $(pub(crate) $column: $type,)+
        }

        impl $record {
            /// The names of the columns, in the order in which they are read and written.
            pub(crate) const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];

            /// Reads the columns, the first of which is the column `first` of the row.
            #[cfg(feature = "sqlite")]
            pub(crate) fn from_sqlite(
                row: &rusqlite::Row<'_>,
                first: usize,
            ) -> rusqlite::Result<Self> {
                let mut at = first..;
                Ok(Self { $($column: row.get(at.next().unwrap_or(usize::MAX))?,)+ })
            }

            /// The values, in the order of the columns.
            #[cfg(feature = "sqlite")]
            pub(crate) fn to_sqlite(&self) -> Vec<&dyn rusqlite::ToSql> {
                vec![$(&self.$column),+]
            }

            /// The values by the names of their columns.
            #[cfg(any(feature = "postgres", test))]
            pub(crate) fn to_json(&self) -> super::unreadable::RawRow {
                let mut row = super::unreadable::RawRow::new();
                $(row.insert(
                    stringify!($column).to_owned(),
                    super::unreadable::RawValue::to_raw(&self.$column),
                );)+
                row
            }

            /// PostgreSQL's types of the columns.
            #[cfg(feature = "postgres")]
            pub(crate) const TYPES: &'static [&'static str] =
                &[$(<$type as super::postgres_type::PostgresType>::NAME),+];

            /// Reads the columns, the first of which is the column `first` of the row.
            #[cfg(feature = "postgres")]
            pub(crate) fn from_postgres(
                row: &tokio_postgres::Row,
                first: usize,
            ) -> Result<Self, tokio_postgres::Error> {
                let mut at = first..;
                Ok(Self { $($column: row.try_get(at.next().unwrap_or(usize::MAX))?,)+ })
            }

            /// The values of many rows, an array for each column.
            #[cfg(feature = "postgres")]
            pub(crate) fn to_postgres<'a>(
                rows: impl Iterator<Item = &'a Self> + Clone,
            ) -> Vec<super::postgres_type::ColumnArray<'a>> {
                vec![$(Box::new(rows.clone().map(|it| &it.$column).collect::<Vec<_>>())),+]
            }
        }
    };
}

/// Declares both records from the [table](job_columns) of columns, with what stores and loads them.
macro_rules! declare_records {
    ($(
        $(#[$_doc:meta])*
        $field:ident: $type:ty = $_json:literal
        $(, description $described:ident: $described_type:ty)?
        $(, progress $changing:ident: $changing_type:ty)?
        $(, computed $($computed:ident: $computed_type:ty)?)?
        $(, other: $_other:ty)?;
    )+) => {
        record! {
            /// The columns that never change. `othercolumns` is the JSON of those that have no
            /// meaning for a worker.
            DescriptionRecord { $($($described: $described_type,)?)+ othercolumns: Option<String>, }
        }

        record! {
            /// The columns that an update writes. `dueon` follows from the others, for an index.
            ProgressRecord {
                $($($changing: $changing_type,)?)+
                $($($($computed: $computed_type,)?)?)+
                dueon: Option<i64>,
            }
        }

        impl From<&JobDescription> for DescriptionRecord {
            fn from(description: &JobDescription) -> Self {
                Self {
                    $($($described: description.$field.store(),)?)+
                    othercolumns: description.other_columns.store(),
                }
            }
        }

        impl From<&SystemJob> for ProgressRecord {
            fn from(job: &SystemJob) -> Self {
                let (progress, computed) = (job.progress(), Computed::from(job));
                Self {
                    $($($changing: progress.$field.store(),)?)+
                    $($($($computed: computed.$field.store(),)?)?)+
                    dueon: job.due_on().store(),
                }
            }
        }

        impl DescriptionRecord {
            fn load(self) -> Result<JobDescription, Error> {
                let id = self.asyncoperationid;
                // A literal of the whole struct: a field without a row is an error of the compiler.
                Ok(JobDescription {
                    $($($field: StoredAs::load(self.$described, id)?,)?)+
                    other_columns: StoredAs::load(self.othercolumns, id)?,
                })
            }
        }

        impl ProgressRecord {
            fn load(self, id: Uuid) -> Result<Progress, Error> {
                // The state is stored for the indexes. If the two differ, the row was changed by hand.
                StatusCode::from_pair(self.statecode, self.statuscode)?;
                Ok(Progress { $($($field: StoredAs::load(self.$changing, id)?,)?)+ })
            }
        }
    };
}

job_columns!(declare_records);

/// A job as a row, without what a store adds for itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JobRecord {
    pub(crate) description: DescriptionRecord,
    pub(crate) progress: ProgressRecord,
}

#[cfg(any(feature = "postgres", test))]
impl JobRecord {
    /// The values by the names of their columns.
    pub(crate) fn to_json(&self) -> super::unreadable::RawRow {
        let mut row = self.description.to_json();
        row.extend(self.progress.to_json());
        row
    }
}

impl From<&SystemJob> for JobRecord {
    fn from(job: &SystemJob) -> Self {
        Self { description: job.description().into(), progress: job.into() }
    }
}

impl TryFrom<JobRecord> for SystemJob {
    type Error = Error;

    fn try_from(record: JobRecord) -> Result<Self, Error> {
        let id = record.description.asyncoperationid;
        let load = || {
            let revision = StoredAs::load(record.progress.revision, id)?;
            Self::restore(record.description.load()?, record.progress.load(id)?, revision)
        };
        load().map_err(|error| match error {
            Error::Inconsistent { .. } => error,
            // The error itself does not name the job.
            _ => StoreError::new(StoreErrorKind::Corrupt, format!("stored job {id} can't be read"))
                .with_source(error)
                .into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as StdError;
    use std::iter;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;
    use crate::cause::Cause;
    use crate::diagnosis::Diagnosis;
    use crate::revision::Revision;

    fn job() -> SystemJob {
        let now = DateTime::UNIX_EPOCH + TimeDelta::microseconds(1_700_000_000_123_456);
        let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(7), "job", now));
        job.begin("host-1", now + TimeDelta::seconds(60), now).unwrap();
        let diagnosis = Diagnosis::new(Cause::Throttled).with_evidence("status", "503");
        job.wait_until(now + TimeDelta::seconds(5), &diagnosis, now).unwrap();
        job.at_revision(Revision(u64::MAX))
    }

    #[test]
    fn a_job_comes_back_from_its_row() {
        assert_eq!(SystemJob::try_from(JobRecord::from(&job())).unwrap(), job());
    }

    #[test]
    fn the_ends_of_the_calendar_come_back_to_the_microsecond() {
        for time in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let new = SystemJob::new(JobDescription::new(Uuid::nil(), "", time));
            let read = SystemJob::try_from(JobRecord::from(&new)).unwrap();
            let lost = time - read.description().created_on;
            assert!(lost >= TimeDelta::zero() && lost < TimeDelta::microseconds(1), "{lost}");
        }
    }

    #[test]
    fn a_row_that_makes_no_sense_is_refused() {
        type Spoil = fn(&mut JobRecord);
        let spoilt: [(Spoil, &str); 8] = [
            (|it| it.description.createdon = i64::MAX, "outside of the calendar"),
            (|it| it.progress.postponeuntil = Some(i64::MIN), "outside of the calendar"),
            (|it| it.progress.retrycount = -1, "number of attempts"),
            (|it| it.progress.attempts = "[{}]".to_owned(), "history"),
            (|it| it.progress.statecode = 9, "9 is not a state"),
            (|it| it.progress.statuscode = 20, "does not belong to state"),
            (|it| it.progress.cause = Some("Weather".to_owned()), "`Weather` is not a cause"),
            (|it| it.progress.startedon = None, "start time"),
        ];
        for (spoil, reason) in spoilt {
            let mut record = JobRecord::from(&job());
            spoil(&mut record);
            let error = SystemJob::try_from(record).unwrap_err();
            let causes = iter::successors(Some(&error as &dyn StdError), |&it| it.source());
            let text: Vec<_> = causes.map(ToString::to_string).collect();
            let text = text.join(": ");
            assert!(text.contains(reason) && text.contains(&job().id().to_string()), "{text}");
        }
    }
}
