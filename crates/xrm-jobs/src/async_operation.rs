//! A job as a row of the platform's table.

mod column;
mod job;

use chrono::{DateTime, Utc};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::attempt::AttemptHistory;
use crate::cause::Cause;
use crate::columns::{JobParts, job_columns};
use crate::description::OperationType;
use crate::error::Error;
use crate::error_code::ErrorCode;
use crate::revision::Revision;
use crate::status::{StateCode, StatusCode};

/// What the Web API appends to a column's name for the text that it shows for the value.
const FORMATTED_VALUE: &str = "@OData.Community.Display.V1.FormattedValue";

/// Declares the row, its writer and its reader from the [table](job_columns) of columns.
macro_rules! declare_row {
    ($(
        $(#[$doc:meta])*
        $field:ident: $type:ty = $column:literal, $part:ident $($_stored:ident: $_type:ty)? $(: $_other:ty)?;
    )+) => {
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

            /// The row of a job.
            fn from_parts(parts: JobParts) -> Self {
                // `T` and `Option<T>` both convert into `Option<T>`, so a row need not say which of
                // them the field of the job is.
                Self { $($field: parts.$part.$field.into(),)+ }
            }

            /// Puts the columns that have a value into the parts of a job.
            fn fill(self, parts: &mut JobParts) {
                $(
                    if let Some(value) = self.$field {
                        parts.$part.$field = value.into();
                    }
                )+
            }

            fn write<S: SerializeMap>(&self, row: &mut S) -> Result<(), S::Error> {
                $(
                    if let Some(text) = self.formatted_value($column) {
                        row.serialize_entry(&format!("{}{FORMATTED_VALUE}", $column), text)?;
                    }
                    // By way of a `Value`, which sorts the members of an attempt: exports of earlier
                    // versions have them in that order.
                    row.serialize_entry($column, &self.$field.as_ref().map(|it| json!(it)))?;
                )+
                Ok(())
            }
        }
    };
}

job_columns!(declare_row);

impl AsyncOperation {
    // The Web API sends labels beside the numbers if it is asked for annotations. Programs that show
    // jobs rely on them, so they are always written.
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
