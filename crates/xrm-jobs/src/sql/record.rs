//! A job as the columns of a row.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::time::{floor_to_micros, from_micros};
use crate::attempt::AttemptHistory;
use crate::description::{JobDescription, OperationType};
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::job::SystemJob;
use crate::progress::Progress;
use crate::status::StatusCode;
use crate::store::Revision;
use crate::store_error::{StoreError, StoreErrorKind};

/// Declares a part of a row: a struct with a field for each column, named as the column is.
macro_rules! record {
    ($(#[$doc:meta])* $record:ident { $($(#[$field_doc:meta])* $column:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) struct $record {
            $($(#[$field_doc])* pub(crate) $column: $type,)+
        }

        impl $record {
            /// The names of the columns, in the order in which they are read and written.
            pub(crate) const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];

            /// Reads the columns, the first of which stands at `first`.
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

            /// PostgreSQL's types of the columns.
            #[cfg(feature = "postgres")]
            pub(crate) const TYPES: &'static [&'static str] =
                &[$(<$type as crate::postgres::ColumnType>::NAME),+];

            /// Reads the columns, the first of which stands at `first`.
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
            ) -> Vec<crate::postgres::Column<'a>> {
                vec![$(Box::new(rows.clone().map(|it| &it.$column).collect::<Vec<_>>())),+]
            }
        }
    };
}

record! {
    /// What never changes.
    DescriptionRecord {
        asyncoperationid: Uuid,
        name: String,
        operationtype: i32,
        endpoint: String,
        messagename: String,
        primaryentitytype: String,
        regardingobjectid: Option<Uuid>,
        correlationid: Uuid,
        requestid: Option<Uuid>,
        operationid: Uuid,
        owningextensionid: Option<Uuid>,
        depth: i32,
        createdon: i64,
        messageid: Uuid,
        partitionkey: Option<String>,
        autodelete: bool,
    }
}

record! {
    /// What an update writes.
    ProgressRecord {
        statecode: i32,
        statuscode: i32,
        modifiedon: i64,
        startedon: Option<i64>,
        completedon: Option<i64>,
        postponeuntil: Option<i64>,
        retrycount: i64,
        errorcode: Option<i32>,
        message: Option<String>,
        friendlymessage: Option<String>,
        hostid: Option<String>,
        cause: Option<String>,
        leaseuntil: Option<i64>,
        /// The history, as JSON.
        attempts: String,
        /// When a worker has to look at the job. What the other columns tell, for an index.
        dueon: Option<i64>,
        /// All 64 bits of the revision.
        revision: i64,
    }
}

/// A job as a row, without what a store adds for itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JobRecord {
    pub(crate) description: DescriptionRecord,
    pub(crate) progress: ProgressRecord,
}

impl From<&SystemJob> for JobRecord {
    fn from(job: &SystemJob) -> Self {
        Self { description: job.description().into(), progress: job.into() }
    }
}

impl From<&JobDescription> for DescriptionRecord {
    fn from(it: &JobDescription) -> Self {
        Self {
            asyncoperationid: it.id,
            name: it.name.clone(),
            operationtype: it.operation_type.0,
            endpoint: it.endpoint.clone(),
            messagename: it.message_name.clone(),
            primaryentitytype: it.primary_entity_type.clone(),
            regardingobjectid: it.regarding_object_id,
            correlationid: it.correlation_id,
            requestid: it.request_id,
            operationid: it.operation_id,
            owningextensionid: it.owning_extension_id,
            depth: it.depth,
            createdon: floor_to_micros(it.created_on),
            messageid: it.message_id,
            partitionkey: it.partition_key.clone(),
            autodelete: it.auto_delete,
        }
    }
}

impl From<&SystemJob> for ProgressRecord {
    fn from(job: &SystemJob) -> Self {
        let it = job.progress();
        Self {
            statecode: it.status.state().number(),
            statuscode: it.status.number(),
            modifiedon: floor_to_micros(it.modified_on),
            startedon: it.started_on.map(floor_to_micros),
            completedon: it.completed_on.map(floor_to_micros),
            postponeuntil: it.postpone_until.map(floor_to_micros),
            retrycount: it.retry_count.into(),
            errorcode: it.error_code.map(|code| code.0),
            message: it.message.clone(),
            friendlymessage: it.friendly_message.clone(),
            hostid: it.host_id.clone(),
            cause: it.cause.map(String::from),
            leaseuntil: it.lease_until.map(floor_to_micros),
            attempts: serde_json::to_string(&it.attempts)
                .expect("numbers, times and texts are always JSON"),
            dueon: job.due_on().map(floor_to_micros),
            revision: job.revision().0.cast_signed(),
        }
    }
}

impl TryFrom<JobRecord> for SystemJob {
    type Error = Error;

    fn try_from(record: JobRecord) -> Result<Self, Error> {
        let id = record.description.asyncoperationid;
        let revision = Revision(record.progress.revision.cast_unsigned());
        let restore = || {
            Self::restore(describe(record.description)?, progress(id, record.progress)?, revision)
        };
        restore().map_err(|error| match error {
            Error::Inconsistent { .. } => error,
            _ => damaged(id, error),
        })
    }
}

/// Says which job it is that can't be read, which the error itself does not.
fn damaged(id: Uuid, error: Error) -> Error {
    StoreError::new(StoreErrorKind::Corrupt, format!("stored job {id} can't be read"))
        .with_source(error)
        .into()
}

fn describe(row: DescriptionRecord) -> Result<JobDescription, Error> {
    let id = row.asyncoperationid;
    let mut description = JobDescription::new(id, row.name, from_micros(id, row.createdon)?);
    description.operation_type = OperationType(row.operationtype);
    description.endpoint = row.endpoint;
    description.message_name = row.messagename;
    description.primary_entity_type = row.primaryentitytype;
    description.regarding_object_id = row.regardingobjectid;
    description.correlation_id = row.correlationid;
    description.request_id = row.requestid;
    description.operation_id = row.operationid;
    description.owning_extension_id = row.owningextensionid;
    description.depth = row.depth;
    description.message_id = row.messageid;
    description.partition_key = row.partitionkey;
    description.auto_delete = row.autodelete;
    Ok(description)
}

fn progress(id: Uuid, row: ProgressRecord) -> Result<Progress, Error> {
    let time = |micros: Option<i64>| -> Result<Option<DateTime<Utc>>, Error> {
        micros.map(|it| from_micros(id, it)).transpose()
    };
    let inconsistent = |reason| Error::Inconsistent { id, reason };
    let attempts: AttemptHistory = serde_json::from_str(&row.attempts)
        .map_err(|_| inconsistent("the history of its attempts can't be read"))?;
    Ok(Progress {
        status: StatusCode::from_pair(row.statecode, row.statuscode)?,
        modified_on: from_micros(id, row.modifiedon)?,
        started_on: time(row.startedon)?,
        completed_on: time(row.completedon)?,
        postpone_until: time(row.postponeuntil)?,
        retry_count: u32::try_from(row.retrycount)
            .map_err(|_| inconsistent("its number of attempts is none"))?,
        error_code: row.errorcode.map(ErrorCode),
        message: row.message,
        friendly_message: row.friendlymessage,
        host_id: row.hostid,
        cause: row.cause.map(|id| id.parse()).transpose()?,
        lease_until: time(row.leaseuntil)?,
        attempts,
    })
}

#[cfg(test)]
mod tests {
    use std::error::Error as StdError;
    use std::iter;

    use chrono::TimeDelta;

    use super::*;
    use crate::cause::Cause;
    use crate::diagnosis::Diagnosis;

    fn job() -> SystemJob {
        let now = DateTime::UNIX_EPOCH + TimeDelta::microseconds(1_700_000_000_123_456);
        let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(7), "job", now));
        job.begin("host-1", now + TimeDelta::seconds(60), now).unwrap();
        let diagnosis = Diagnosis::of(Cause::Throttled).with_evidence("status", "503");
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
            (|it| it.progress.statecode = 9, "9 is no state"),
            (|it| it.progress.statuscode = 20, "is none of state"),
            (|it| it.progress.cause = Some("weather".to_owned()), "`weather` is no cause"),
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
