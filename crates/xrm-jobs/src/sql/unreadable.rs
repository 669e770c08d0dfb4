//! Rows that can't be read, and the jobs that are set aside for them.
//!
//! A damaged row, or one that was changed by hand, must not stop the others. It is shown as a job
//! that is Failed with the cause [`UnreadableRow`](Cause::UnreadableRow): what can be read of it is
//! as it was, and its message has all columns as they were. A store that can be written replaces the
//! row by that job as soon as it meets it.
//!
//! A row with a status that this version does not know is shown in the same way and left alone: it
//! may be a later version's, whose workers know what to do with it.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::record::JobRecord;
use super::stored::StoredAs;
use crate::cause::Cause;
use crate::columns::{JobParts, job_columns};
use crate::description::JobDescription;
use crate::diagnosis::Diagnosis;
use crate::error::Error;
use crate::job::SystemJob;
use crate::progress::Progress;
use crate::revision::Revision;
use crate::status::StatusCode;

/// The columns of a row by their names, as JSON: numbers, texts, ids and nulls.
pub(crate) type RawRow = Map<String, Value>;

/// A row that can't be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unreadable {
    /// The job that takes its place.
    pub(crate) job: SystemJob,
    /// Whether the row may be a later version's, and is left alone.
    pub(crate) is_left_alone: bool,
    /// Whether the endpoint or the partition key was lost, so that the next job of the key can't be
    /// found by it.
    pub(crate) is_key_lost: bool,
}

/// A job, or the row that should be one.
pub(crate) type Loaded = Result<SystemJob, Box<Unreadable>>;

/// The job in a row. `raw` makes the columns of a row that can't be read.
pub(crate) fn load(
    record: Result<JobRecord, String>,
    sequence: i64,
    raw: impl FnOnce() -> RawRow,
) -> Loaded {
    let job = record.and_then(|it| SystemJob::try_from(it).map_err(|error| reason(&error)));
    job.map_err(|reason| Box::new(Unreadable::new(&raw(), sequence, &reason)))
}

impl Unreadable {
    fn new(raw: &RawRow, sequence: i64, reason: &str) -> Self {
        let id = read(raw, "asyncoperationid").unwrap_or_else(|| substitute_id(sequence));
        let status: Option<i32> = read(raw, "statuscode");
        let has = |column: &str| raw.get(column).is_some_and(|it| !it.is_null());
        let job = set_aside(raw, id, reason);
        let is_key_lost = has("partitionkey")
            && (read::<String>(raw, "endpoint").is_none()
                || read::<String>(raw, "partitionkey").is_none());
        let is_left_alone = status.is_some_and(|it| StatusCode::try_from(it).is_err());
        Self { job, is_left_alone, is_key_lost }
    }
}

/// The id of a job whose own can't be read: the same each time, and nobody else's.
fn substitute_id(sequence: i64) -> Uuid {
    Uuid::from_u64_pair(u64::MAX, sequence.cast_unsigned())
}

/// What is wrong, in the words of the innermost error.
fn reason(error: &Error) -> String {
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn set_aside(raw: &RawRow, id: Uuid, reason: &str) -> SystemJob {
    let mut parts =
        JobParts::from(&SystemJob::new(JobDescription::new(id, "", Default::default())));
    parts.fill_description(raw, id);
    parts.description.id = id;
    parts.progress = Progress::new(parts.description.created_on);
    parts.fill_progress(raw, id);

    let progress = &mut parts.progress;
    progress.status = StatusCode::Failed;
    progress.completed_on.get_or_insert(progress.modified_on);
    progress.postpone_until = None;
    progress.lease_until = None;
    if progress.started_on.is_none() || progress.retry_count == 0 {
        (progress.started_on, progress.retry_count) = (None, 0);
    }
    let diagnosis = Diagnosis::new(Cause::UnreadableRow).with_evidence("damage", reason);
    // The whole row, which evidence would cut. Semicolons would begin another fact.
    let row = Value::from(raw.clone()).to_string().replace(';', "\\u003b");
    progress.error_code = Some(Cause::UnreadableRow.error_code());
    progress.message = Some(format!("{diagnosis}; row={row}"));
    progress.friendly_message = Some(diagnosis.friendly_message());
    progress.cause = Some(Cause::UnreadableRow);
    let revision =
        read::<i64>(raw, "revision").map_or(Revision(1), |it| Revision(it.cast_unsigned()));
    SystemJob::restore(parts.description, parts.progress, revision)
        .expect("a failed job without times of its own contradicts nothing")
}

/// Declares what fills the parts of a job with the columns that can be read by themselves.
macro_rules! declare_filling {
    ($(
        $(#[$_doc:meta])*
        $field:ident: $type:ty = $_json:literal
        $(, description $described:ident: $described_type:ty)?
        $(, progress $changing:ident: $changing_type:ty)?
        $(, computed $($_computed:ident: $_computed_type:ty)?)?
        $(, other: $_other:ty)?;
    )+) => {
        impl JobParts {
            fn fill_description(&mut self, raw: &RawRow, id: Uuid) {
                $($(
                    let stored = read::<$described_type>(raw, stringify!($described));
                    if let Some(Ok(value)) = stored.map(|it| StoredAs::load(it, id)) {
                        self.description.$field = value;
                    }
                )?)+
            }

            fn fill_progress(&mut self, raw: &RawRow, id: Uuid) {
                $($(
                    let stored = read::<$changing_type>(raw, stringify!($changing));
                    if let Some(Ok(value)) = stored.map(|it| StoredAs::load(it, id)) {
                        self.progress.$field = value;
                    }
                )?)+
            }
        }
    };
}

job_columns!(declare_filling);

/// A value of a column, to JSON and back.
pub(super) trait RawValue: Sized {
    #[cfg(any(feature = "postgres", test))]
    fn to_raw(&self) -> Value;

    fn from_raw(value: &Value) -> Option<Self>;
}

/// The value of a column, if it has the type of the column.
fn read<T: RawValue>(raw: &RawRow, column: &str) -> Option<T> {
    T::from_raw(raw.get(column)?)
}

impl RawValue for bool {
    #[cfg(any(feature = "postgres", test))]
    fn to_raw(&self) -> Value {
        (*self).into()
    }

    fn from_raw(value: &Value) -> Option<Self> {
        // SQLite has numbers in its place.
        value.as_bool().or_else(|| value.as_i64().map(|it| it != 0))
    }
}

impl RawValue for i32 {
    #[cfg(any(feature = "postgres", test))]
    fn to_raw(&self) -> Value {
        (*self).into()
    }

    fn from_raw(value: &Value) -> Option<Self> {
        value.as_i64()?.try_into().ok()
    }
}

impl RawValue for i64 {
    #[cfg(any(feature = "postgres", test))]
    fn to_raw(&self) -> Value {
        (*self).into()
    }

    fn from_raw(value: &Value) -> Option<Self> {
        value.as_i64()
    }
}

impl RawValue for String {
    #[cfg(any(feature = "postgres", test))]
    fn to_raw(&self) -> Value {
        self.as_str().into()
    }

    fn from_raw(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl RawValue for Uuid {
    #[cfg(any(feature = "postgres", test))]
    fn to_raw(&self) -> Value {
        self.to_string().into()
    }

    fn from_raw(value: &Value) -> Option<Self> {
        value.as_str()?.parse().ok()
    }
}

impl<T: RawValue> RawValue for Option<T> {
    #[cfg(any(feature = "postgres", test))]
    fn to_raw(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_raw)
    }

    fn from_raw(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_raw(value).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use serde_json::json;

    use super::*;

    /// A job that waits for its third attempt, as a row.
    fn row() -> RawRow {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let mut description = JobDescription::new(Uuid::from_u128(7), "job", now);
        description.endpoint = "accounts".to_owned();
        description.partition_key = Some("key".to_owned());
        let mut job = SystemJob::new(description);
        for _ in 0..2 {
            job.begin("host-1", now, now).unwrap();
            job.wait_until(now, &Diagnosis::new(Cause::Throttled), now).unwrap();
        }
        JobRecord::from(&job.at_revision(Revision(5))).to_json()
    }

    #[test]
    fn what_can_be_read_is_kept() {
        let mut row = row();
        row.insert("attempts".to_owned(), json!("[{;"));
        let Unreadable { job, is_left_alone, is_key_lost } = Unreadable::new(&row, 3, "no JSON");
        assert_eq!((is_left_alone, is_key_lost), (false, false));
        assert_eq!((job.id(), job.revision()), (Uuid::from_u128(7), Revision(5)));
        assert_eq!(job.description().partition_key.as_deref(), Some("key"));
        let progress = job.progress();
        assert_eq!((progress.status, progress.retry_count), (StatusCode::Failed, 2));
        assert_eq!(progress.cause, Some(Cause::UnreadableRow));
        let message = progress.message.as_deref().unwrap();
        assert!(message.starts_with("unreadable_row: damage=no JSON; row={"), "{message}");
        let (_, shown) = message.split_once("row=").unwrap();
        assert_eq!(serde_json::from_str::<RawRow>(shown).unwrap(), row);
    }

    #[test]
    fn any_row_makes_a_job() {
        let whole = row();
        let values =
            [json!(null), json!(i64::MAX), json!(-1), json!("x"), json!({"base64": "AA=="})];
        for column in whole.keys() {
            for value in &values {
                let mut row = whole.clone();
                row.insert(column.clone(), value.clone());
                let Unreadable { job, is_key_lost, .. } = Unreadable::new(&row, 3, "it is a test");
                // It can be stored, and read then.
                let again = SystemJob::try_from(JobRecord::from(&job)).unwrap();
                assert_eq!(again.status(), StatusCode::Failed, "{column}: {value}");
                let is_key = column == "endpoint" || column == "partitionkey" && !value.is_null();
                assert_eq!(is_key_lost, is_key && !value.is_string(), "{column}: {value}");
            }
        }
        let Unreadable { job, .. } = Unreadable::new(&RawRow::new(), 3, "it is empty");
        assert_eq!(job.id(), substitute_id(3));
    }

    #[test]
    fn a_status_of_a_later_version_is_left_alone() {
        let mut row = row();
        row.insert("statuscode".to_owned(), json!(40));
        assert!(Unreadable::new(&row, 3, "40 is not a status").is_left_alone);
    }
}
