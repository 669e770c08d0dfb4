//! The columns of a job, a row each: what the platform's table calls them, and how stores keep them.

use crate::description::JobDescription;
use crate::job::SystemJob;
use crate::other_columns::OtherColumns;
use crate::progress::Progress;
use crate::revision::Revision;
use crate::status::{StateCode, StatusCode};

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
/// `createdon` of microseconds. `computed` fields follow from the others. `other` columns have no
/// meaning for a worker: a store keeps them together, in one column of JSON, and the row repeats the
/// type. The order of the rows
/// is that of the JSON; statements name their columns, so the order of a table does not matter.
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
            /// The user on whose behalf the step runs.
            owner_id: Uuid = "_ownerid_value", description ownerid: Option<Uuid>;
            /// The business unit of that user.
            owning_business_unit_id: Uuid = "_owningbusinessunit_value", description owningbusinessunit: Option<Uuid>;
            /// The user who started the chain of operations.
            created_by: Uuid = "_createdby_value", description createdby: Option<Uuid>;
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
            /// Whether the job waits until somebody resumes it. Written, and ignored when read.
            is_waiting_for_event: bool = "iswaitingforevent", computed;
            /// The token by which jobs are carried out one after another: the partition key.
            dependency_token: String = "dependencytoken", computed;
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
            /// The origin of the call that caused the job.
            caller_origin: String = "callerorigin", other: String;
            /// The plug-in execution that caused the job.
            parent_plugin_execution_id: Uuid = "parentpluginexecutionid", other: Uuid;
            /// The execution context at the root of the chain of operations.
            root_execution_context: String = "rootexecutioncontext", other: String;
            /// An id for tracing.
            breadcrumb_id: Uuid = "breadcrumbid", other: Uuid;
            /// The time at which the correlation was last changed.
            correlation_updated_time: DateTime<Utc> = "correlationupdatedtime", other: DateTime<Utc>;
            /// The data of the job.
            data: String = "data", other: String;
            /// The file that holds the data.
            data_blob_id: Uuid = "datablobid", other: Uuid;
            /// The order in which the platform received its jobs.
            sequence: i64 = "sequence", other: i64;
            /// The kind of job within its operation type.
            subtype: i32 = "subtype", other: i32;
            /// The workload that the job belongs to.
            workload: i32 = "workload", other: i32;
            /// Whether the platform keeps the job once it has succeeded.
            retain_job_history: bool = "retainjobhistory", other: bool;
            /// How a recurring job recurs, such as `FREQ=DAILY;INTERVAL=1`.
            recurrence_pattern: String = "recurrencepattern", other: String;
            /// The time at which a recurrence starts.
            recurrence_start_time: DateTime<Utc> = "recurrencestarttime", other: DateTime<Utc>;
            /// The time at which the expansion of a recurrence starts.
            expander_start_time: DateTime<Utc> = "expanderstarttime", other: DateTime<Utc>;
            /// The workflow that the job runs.
            workflow_activation_id: Uuid = "_workflowactivationid_value", other: Uuid;
            /// The stage of that workflow.
            workflow_stage_name: String = "workflowstagename", other: String;
            /// The user that owns the job.
            owning_user_id: Uuid = "_owninguser_value", other: Uuid;
            /// The team that owns the job.
            owning_team_id: Uuid = "_owningteam_value", other: Uuid;
            /// The user on whose behalf the job was created.
            created_on_behalf_by: Uuid = "_createdonbehalfby_value", other: Uuid;
            /// The user who last changed the job.
            modified_by: Uuid = "_modifiedby_value", other: Uuid;
            /// The user on whose behalf the job was last changed.
            modified_on_behalf_by: Uuid = "_modifiedonbehalfby_value", other: Uuid;
            /// The version of the rules of time zones.
            time_zone_rule_version_number: i32 = "timezoneruleversionnumber", other: i32;
            /// The time zone that times were entered in.
            utc_conversion_time_zone_code: i32 = "utcconversiontimezonecode", other: i32;

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
    pub(crate) other: OtherColumns,
}

/// What follows from the rest of a job, and has columns all the same.
#[derive(Clone)]
pub(crate) struct Computed {
    pub(crate) state: StateCode,
    pub(crate) execution_time_span: Option<f64>,
    pub(crate) is_waiting_for_event: bool,
    pub(crate) dependency_token: Option<String>,
    pub(crate) revision: Revision,
}

impl From<&SystemJob> for JobParts {
    fn from(job: &SystemJob) -> Self {
        Self {
            description: job.description().clone(),
            progress: job.progress().clone(),
            // "Execution of all operations with the same dependency token is serialized": what a
            // partition key does here.
            computed: Computed {
                dependency_token: job.description().partition_key.clone(),
                ..job.into()
            },
            other: job.description().other_columns.as_deref().cloned().unwrap_or_default(),
        }
    }
}

impl From<&SystemJob> for Computed {
    fn from(job: &SystemJob) -> Self {
        Self {
            state: job.status().state(),
            execution_time_span: time_span(job.progress()),
            // Microsoft's words for the column: "the system job is waiting for an event". That a job
            // which somebody has to resume is meant is inferred.
            is_waiting_for_event: job.status() == StatusCode::Waiting && job.due_on().is_none(),
            // Left to those who show a job: stores compute these columns with each change.
            dependency_token: None,
            revision: job.revision(),
        }
    }
}

fn time_span(progress: &Progress) -> Option<f64> {
    let span = progress.completed_on? - progress.started_on?;
    Some((span.as_seconds_f64() * 100.0).round() / 100.0)
}
