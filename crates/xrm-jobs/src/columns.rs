//! The columns of a job, a row each: what the platform's table calls them, and how stores keep them.

use crate::description::JobDescription;
use crate::job::SystemJob;
use crate::progress::Progress;
use crate::revision::Revision;
use crate::status::StateCode;

/// Hands every column to the macro that is named, which makes its own type of them: the
/// [`AsyncOperation`](crate::AsyncOperation) of the Web API, or the records of the SQL stores.
///
/// A row reads: the field and its type; the column in the Web API; the [part](JobParts) of the job
/// that has the field; the column in a store's table and the type that is stored there. So
///
/// ```text
/// created_on: DateTime<Utc> = "createdon", description createdon: i64;
/// ```
///
/// is `description.created_on`, the member `createdon` of the Web API's JSON, and the column
/// `createdon` of microseconds. `computed` fields follow from the others. The order of the rows is
/// that of the JSON; statements name their columns, so the order of a table does not matter.
///
/// A new column is a row here, a field with its default in the part of the job, and a migration of
/// each store.
macro_rules! job_columns {
    ($receiver:ident) => {
        $receiver! {
            /// The id.
            id: Uuid = "asyncoperationid", description asyncoperationid: Uuid;
            /// The name that is shown.
            name: String = "name", description name: String;
            /// The kind of job.
            operation_type: OperationType = "operationtype", description operationtype: i32;
            /// The state.
            state: StateCode = "statecode", computed statecode: i32;
            /// The status.
            status: StatusCode = "statuscode", progress statuscode: i32;
            /// The message that is posted, such as `Update`.
            message_name: String = "messagename", description messagename: String;
            /// The logical name of the table.
            primary_entity_type: String = "primaryentitytype", description primaryentitytype: String;
            /// The record that the operation was about.
            regarding_object_id: Uuid = "_regardingobjectid_value", description regardingobjectid: Option<Uuid>;
            /// The correlation of the operation that caused the post.
            correlation_id: Uuid = "correlationid", description correlationid: Uuid;
            /// The request that caused the post.
            request_id: Uuid = "requestid", description requestid: Option<Uuid>;
            /// The step on whose behalf the job posts.
            owning_extension_id: Uuid = "_owningextensionid_value", description owningextensionid: Option<Uuid>;
            /// How deep in the chain of operations the post was caused.
            depth: i32 = "depth", description depth: i32;
            /// The time at which the job was created.
            created_on: DateTime<Utc> = "createdon", description createdon: i64;
            /// The time of the last change.
            modified_on: DateTime<Utc> = "modifiedon", progress modifiedon: i64;
            /// The time at which the first attempt began.
            started_on: DateTime<Utc> = "startedon", progress startedon: Option<i64>;
            /// The time at which the job was completed.
            completed_on: DateTime<Utc> = "completedon", progress completedon: Option<i64>;
            /// The time from `startedon` to `completedon`, in seconds with two decimals. The
            /// platform does not document the unit. Written, and ignored when read.
            execution_time_span: f64 = "executiontimespan", computed;
            /// The time at which a waiting job is due.
            postpone_until: DateTime<Utc> = "postponeuntil", progress postponeuntil: Option<i64>;
            /// The number of attempts begun; in the platform's own rows, the number of retries.
            retry_count: u32 = "retrycount", progress retrycount: i64;
            /// The platform's error code of the last failure.
            error_code: ErrorCode = "errorcode", progress errorcode: Option<i32>;
            /// The technical line about the last failure.
            message: String = "message", progress message: Option<String>;
            /// The text for the user about the last failure.
            friendly_message: String = "friendlymessage", progress friendlymessage: Option<String>;
            /// The worker that made the last attempt.
            host_id: String = "hostid", progress hostid: Option<String>;

            /// The name of the service endpoint that is posted to.
            endpoint: String = "xrm_endpoint", description endpoint: String;
            /// The id by which listeners know the message.
            message_id: Uuid = "xrm_messageid", description messageid: Uuid;
            /// The `OperationId` of the execution context that is posted.
            operation_id: Uuid = "xrm_operationid", description operationid: Uuid;
            /// The partition key of the message.
            partition_key: String = "xrm_partitionkey", description partitionkey: Option<String>;
            /// The cause that stopped the last attempt, or that suspends the job.
            cause: Cause = "xrm_cause", progress cause: Option<String>;
            /// The end of the lease of the worker whose attempt is under way.
            lease_until: DateTime<Utc> = "xrm_leaseuntil", progress leaseuntil: Option<i64>;
            /// The attempts and their results: a list of objects with `number`, `host_id`,
            /// `started_on`, `ended_on`, `cause` and `message`.
            attempts: AttemptHistory = "xrm_attempts", progress attempts: String;
            /// Whether the job is deleted when it succeeds.
            auto_delete: bool = "xrm_autodelete", description autodelete: bool;
            /// How often the store has changed the job.
            revision: Revision = "xrm_revision", computed revision: i64;
        }
    };
}
// A macro that is imported by its path, and not by the order of modules.
pub(crate) use job_columns;

/// A job in the parts that its columns belong to.
pub(crate) struct JobParts {
    pub(crate) description: JobDescription,
    pub(crate) progress: Progress,
    pub(crate) computed: Computed,
}

/// What follows from the rest of a job, and has columns all the same.
#[derive(Clone, Copy)]
pub(crate) struct Computed {
    pub(crate) state: StateCode,
    pub(crate) execution_time_span: Option<f64>,
    pub(crate) revision: Revision,
}

impl From<&SystemJob> for JobParts {
    fn from(job: &SystemJob) -> Self {
        Self {
            description: job.description().clone(),
            progress: job.progress().clone(),
            computed: job.into(),
        }
    }
}

impl From<&SystemJob> for Computed {
    fn from(job: &SystemJob) -> Self {
        Self {
            state: job.status().state(),
            execution_time_span: time_span(job.progress()),
            revision: job.revision(),
        }
    }
}

fn time_span(progress: &Progress) -> Option<f64> {
    let span = progress.completed_on? - progress.started_on?;
    Some((span.as_seconds_f64() * 100.0).round() / 100.0)
}
