//! The columns of the platform's table that have no meaning for a worker here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::columns::job_columns;

/// Declares a field for each row of the [table](job_columns) that is marked `other`.
macro_rules! declare_other_columns {
    ($(
        $(#[$_doc:meta])*
        $field:ident: $_type:ty = $column:literal
        $(, description $_described:ident: $_described_type:ty)?
        $(, progress $_changing:ident: $_changing_type:ty)?
        $(, computed $($_computed:ident: $_computed_type:ty)?)?
        $(, other: $other:ty)?;
    )+) => { declare_other_columns! { @ $($( [$field: $other = $column] )?)+ } };
    (@ $([$field:ident: $type:ty = $column:literal])+) => {
        /// The columns of the platform's `asyncoperation` table that have no meaning for a worker here.
        ///
        /// They are kept when a row of the platform's is [read](crate::AsyncOperation), stored with the
        /// job, and written again. An application may set those of its own jobs; every one is `None`
        /// by default.
        ///
        /// ```
        /// use chrono::DateTime;
        /// use uuid::Uuid;
        /// use xrm_jobs::{AsyncOperation, JobDescription, OtherColumns, SystemJob};
        ///
        /// let id = Uuid::from_u128(7);
        /// let mut job = JobDescription::new(id, "accounts", DateTime::UNIX_EPOCH);
        /// let mut columns = OtherColumns::default();
        /// columns.caller_origin = Some("Nightly import".to_owned());
        /// job.other_columns = Some(Box::new(columns));
        ///
        /// let row = AsyncOperation::from(&SystemJob::new(job));
        /// assert_eq!(row.caller_origin.as_deref(), Some("Nightly import"));
        /// ```
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        #[non_exhaustive]
        pub struct OtherColumns {
            $(
                #[doc = concat!("The column `", $column, "`. See [`AsyncOperation::", stringify!($field),
                    "`](crate::AsyncOperation::", stringify!($field), ").")]
                #[serde(rename = $column, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )+
        }
    };
}

job_columns!(declare_other_columns);
