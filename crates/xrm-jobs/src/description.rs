//! The part of a job that never changes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::other_columns::OtherColumns;

/// The part of a job that never changes: what it posts, where, and on whose behalf.
///
/// ```
/// use chrono::DateTime;
/// use uuid::Uuid;
/// use xrm_jobs::JobDescription;
///
/// let id = Uuid::from_u128(7);
/// let mut job = JobDescription::new(id, "Accounts: Update of account", DateTime::UNIX_EPOCH);
/// job.endpoint = "accounts".to_owned();
/// job.message_name = "Update".to_owned();
/// job.primary_entity_type = "account".to_owned();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobDescription {
    /// The id (`asyncoperationid`).
    pub id: Uuid,
    /// The name that is shown (`name`), usually the step's.
    pub name: String,
    /// The kind of job (`operationtype`). System Event by default.
    pub operation_type: OperationType,
    /// The service endpoint that is posted to, by its name: a worker takes the jobs of the
    /// endpoints that it serves. Empty by default.
    pub endpoint: String,
    /// The message that is posted, such as `Update` (`messagename`). Empty by default.
    pub message_name: String,
    /// The logical name of the table (`primaryentitytype`). Empty by default.
    pub primary_entity_type: String,
    /// The record that the operation was about (`regardingobjectid`). None by default.
    pub regarding_object_id: Option<Uuid>,
    /// The correlation of the operation that caused the post (`correlationid`). Nil by default.
    pub correlation_id: Uuid,
    /// The request that caused the post (`requestid`). None by default.
    pub request_id: Option<Uuid>,
    /// The `OperationId` of the execution context that is posted. The platform puts the job's own
    /// id there, and so does the default.
    pub operation_id: Uuid,
    /// The step on whose behalf the job posts (`owningextensionid`). None by default.
    pub owning_extension_id: Option<Uuid>,
    /// The user on whose behalf the step runs (`ownerid`): the `UserId` of the execution context. None by
    /// default. That the platform has this user there is inferred.
    pub owner_id: Option<Uuid>,
    /// The business unit of that user (`owningbusinessunit`): the `BusinessUnitId` of the execution
    /// context. None by default.
    pub owning_business_unit_id: Option<Uuid>,
    /// The user who started the chain of operations (`createdby`): the `InitiatingUserId` of the
    /// execution context. None by default. That the platform has this user there is inferred.
    pub created_by: Option<Uuid>,
    /// How deep in the chain of operations the post was caused (`depth`). 1 by default.
    pub depth: i32,
    /// When the job was created (`createdon`).
    pub created_on: DateTime<Utc>,
    /// The id by which listeners recognize the message, however often it is sent. The job's own id by default;
    /// a job that sends another's message again has that job's.
    pub message_id: Uuid,
    /// The partition key of the message. Jobs of one endpoint with the same key are attempted one
    /// after another, in the order in which they were stored: none is claimed before those stored
    /// before it are completed. None by default, which means no order.
    pub partition_key: Option<String>,
    /// Whether the job is deleted when it succeeds, the step's `asyncautodelete`. False by default.
    pub auto_delete: bool,
    /// The columns of the platform's table that have no meaning for a worker here. None by default.
    pub other_columns: Option<Box<OtherColumns>>,
}

impl JobDescription {
    /// A description with every other field at its default.
    pub fn new(id: Uuid, name: impl Into<String>, created_on: DateTime<Utc>) -> Self {
        Self {
            id,
            name: name.into(),
            operation_type: OperationType::SYSTEM_EVENT,
            endpoint: String::new(),
            message_name: String::new(),
            primary_entity_type: String::new(),
            regarding_object_id: None,
            correlation_id: Uuid::nil(),
            request_id: None,
            operation_id: id,
            owning_extension_id: None,
            owner_id: None,
            owning_business_unit_id: None,
            created_by: None,
            depth: 1,
            created_on,
            message_id: id,
            partition_key: None,
            auto_delete: false,
            other_columns: None,
        }
    }
}

/// The kind of a system job, the platform's `operationtype`. Its list is long and open; posts are
/// of the first kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationType(pub i32);

impl OperationType {
    /// 1, System Event: the work of an asynchronous step.
    pub const SYSTEM_EVENT: Self = Self(1);

    /// The label that the platform shows, of the kind that posts are.
    #[must_use]
    pub const fn label(self) -> Option<&'static str> {
        match self {
            Self::SYSTEM_EVENT => Some("System Event"),
            _ => None,
        }
    }
}
