//! A job as a row of the platform's table.

mod column;
mod job;

use chrono::{DateTime, Utc};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::attempt::AttemptHistory;
use crate::cause::Cause;
use crate::description::OperationType;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::status::{StateCode, StatusCode};
use crate::store::Revision;

/// What the Web API appends to a column's name for the text that it shows for the value.
const FORMATTED_VALUE: &str = "@OData.Community.Display.V1.FormattedValue";

/// Declares the row, its writer and its reader from one table: field, type, column.
macro_rules! columns {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $column:literal,)+) => {
        /// A job as a row of the platform's `asyncoperation` table, in the JSON of its Web API.
        ///
        /// What was made to read the platform's table reads these rows: the columns have its names,
        /// numbers and times, every column is written, with null where there is nothing, and
        /// `statecode`, `statuscode` and `operationtype` have their formatted values beside them.
        /// What the platform has no column for is in columns that begin with `xrm_`.
        ///
        /// ```
        /// use chrono::DateTime;
        /// use uuid::Uuid;
        /// use xrm_jobs::{AsyncOperation, JobDescription, SystemJob};
        ///
        /// let id = Uuid::from_u128(7);
        /// let job = SystemJob::new(JobDescription::new(id, "accounts", DateTime::UNIX_EPOCH));
        /// let json = serde_json::to_string(&AsyncOperation::from(&job))?;
        /// assert!(json.contains(r#""statuscode":0"#));
        /// assert!(json.contains(r#""Waiting For Resources""#));
        ///
        /// let row: AsyncOperation = serde_json::from_str(&json)?;
        /// assert_eq!(SystemJob::try_from(row)?, job);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        ///
        /// # Reading
        ///
        /// Columns may be missing or null, and unknown ones are passed over, so a row of the
        /// platform's own can be read, whatever was selected of it. As a
        /// [`SystemJob`](crate::SystemJob) it needs `asyncoperationid`, `statecode`, `statuscode`
        /// and `createdon`.
        ///
        /// A row without `xrm_messageid` is the platform's. It may be in a condition in which no
        /// moves of ours leave a job, for the platform counts retries where
        /// [`retry_count`](crate::Progress::retry_count) counts attempts, keeps times that have
        /// had their meaning, and does not show leases. What is in contradiction is left out or
        /// put right then; in a row of our own it is [`Error::Inconsistent`].
        ///
        /// # Lengths
        ///
        /// The platform's columns end somewhere: `name` after 256 characters, `messagename` after
        /// 160, `message` and `friendlymessage` after 100,000. Nothing is cut here, for the rows
        /// are no input of the platform's.
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(try_from = "Map<String, Value>")]
        #[non_exhaustive]
        pub struct AsyncOperation {
            $($(#[$doc])* pub $field: Option<$type>,)+
        }

        impl AsyncOperation {
            /// Every column, in the order in which they are written.
            pub const COLUMNS: &[&str] = &[$($column),+];

            /// The columns of a JSON object.
            ///
            /// # Errors
            ///
            /// [`Error::Column`] for a value that the column can't have.
            pub fn from_object(object: &Map<String, Value>) -> Result<Self, Error> {
                Ok(Self { $($field: column::read(object, $column)?,)+ })
            }

            fn write<S: SerializeMap>(&self, row: &mut S) -> Result<(), S::Error> {
                $(
                    if let Some(text) = self.formatted_value($column) {
                        row.serialize_entry(&format!("{}{FORMATTED_VALUE}", $column), text)?;
                    }
                    row.serialize_entry($column, &self.$field.as_ref().map(column::write))?;
                )+
                Ok(())
            }
        }
    };
}

columns! {
    /// The id.
    id: Uuid = "asyncoperationid",
    /// The name that is shown.
    name: String = "name",
    /// The kind of job.
    operation_type: OperationType = "operationtype",
    /// The state.
    state: StateCode = "statecode",
    /// The status.
    status: StatusCode = "statuscode",
    /// The message that is posted, such as `Update`.
    message_name: String = "messagename",
    /// The logical name of the table.
    primary_entity_type: String = "primaryentitytype",
    /// The record that the operation was about.
    regarding_object_id: Uuid = "_regardingobjectid_value",
    /// The correlation of the operation that caused the post.
    correlation_id: Uuid = "correlationid",
    /// The request that caused the post.
    request_id: Uuid = "requestid",
    /// The step on whose behalf the job posts.
    owning_extension_id: Uuid = "_owningextensionid_value",
    /// How deep in the chain of operations the post was caused.
    depth: i32 = "depth",
    /// When the job was created.
    created_on: DateTime<Utc> = "createdon",
    /// When the job was last changed.
    modified_on: DateTime<Utc> = "modifiedon",
    /// When the first attempt began.
    started_on: DateTime<Utc> = "startedon",
    /// When the job was completed.
    completed_on: DateTime<Utc> = "completedon",
    /// The time from `startedon` to `completedon`, in seconds with two decimals. The platform does
    /// not say what its unit is. A job does not have it: it is written, and not looked at when read.
    execution_time_span: f64 = "executiontimespan",
    /// When a waiting job is due.
    postpone_until: DateTime<Utc> = "postponeuntil",
    /// How many attempts were begun; in the platform's own rows, how often it was tried again.
    retry_count: u32 = "retrycount",
    /// The platform's error code of the last failure.
    error_code: ErrorCode = "errorcode",
    /// The technical line about the last failure.
    message: String = "message",
    /// The text for the user about the last failure.
    friendly_message: String = "friendlymessage",
    /// Who made the last attempt.
    host_id: String = "hostid",

    /// The name of the service endpoint that is posted to.
    endpoint: String = "xrm_endpoint",
    /// What listeners know the message by.
    message_id: Uuid = "xrm_messageid",
    /// The `OperationId` of the execution context that is posted.
    operation_id: Uuid = "xrm_operationid",
    /// The partition key of the message.
    partition_key: String = "xrm_partitionkey",
    /// What stopped the last attempt, or holds the job back.
    cause: Cause = "xrm_cause",
    /// Until when the worker of the attempt under way has the job to itself.
    lease_until: DateTime<Utc> = "xrm_leaseuntil",
    /// What became of the attempts: a list of objects with `number`, `host_id`, `started_on`,
    /// `ended_on`, `cause` and `message`.
    attempts: AttemptHistory = "xrm_attempts",
    /// Whether the job is deleted when it succeeds.
    auto_delete: bool = "xrm_autodelete",
    /// How often the store has changed the job.
    revision: Revision = "xrm_revision",
}

impl AsyncOperation {
    fn formatted_value(&self, column: &str) -> Option<&'static str> {
        match column {
            "operationtype" => self.operation_type?.label(),
            "statecode" => Some(self.state?.label()),
            "statuscode" => Some(self.status?.label()),
            _ => None,
        }
    }
}

impl TryFrom<Map<String, Value>> for AsyncOperation {
    type Error = Error;

    fn try_from(object: Map<String, Value>) -> Result<Self, Error> {
        Self::from_object(&object)
    }
}

impl Serialize for AsyncOperation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(None)?;
        self.write(&mut row)?;
        row.end()
    }
}
