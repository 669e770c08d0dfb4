//! Which jobs to find.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::cause::Cause;
use crate::job::SystemJob;
use crate::status::StatusCode;

/// Which jobs to find: those that match every field that is set.
///
/// ```
/// use xrm_jobs::{JobQuery, StatusCode};
///
/// let failed = JobQuery { statuses: vec![StatusCode::Failed], ..JobQuery::default() };
/// assert_eq!(failed.limit, 1000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobQuery {
    /// In one of these statuses. Empty, the default, means any.
    pub statuses: Vec<StatusCode>,
    /// Of this service endpoint. Of any by default.
    pub endpoint: Option<String>,
    /// Of this step (`owningextensionid`). Of any by default.
    pub owning_extension_id: Option<Uuid>,
    /// Of this correlation (`correlationid`). Of any by default.
    pub correlation_id: Option<Uuid>,
    /// About a record of this table (`primaryentitytype`). About any by default.
    pub primary_entity_type: Option<String>,
    /// About this record (`regardingobjectid`). About any by default.
    pub regarding_object_id: Option<Uuid>,
    /// Of this partition key. Of any or none by default.
    pub partition_key: Option<String>,
    /// Posting this message (`messagename`). Any by default.
    pub message_name: Option<String>,
    /// Stopped or held back by one of these. Empty, the default, means by any or by none.
    pub causes: Vec<Cause>,
    /// Created at this time or later. At any by default.
    pub created_from: Option<DateTime<Utc>>,
    /// Created before this time. At any by default.
    pub created_before: Option<DateTime<Utc>>,
    /// Last changed before this time. At any by default.
    pub modified_before: Option<DateTime<Utc>>,
    /// Those that come after this place in the order of creation and id: the next page.
    pub after: Option<Position>,
    /// How many at most. 1000 by default.
    pub limit: usize,
}

/// A place in the order in which a query finds jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// When the job there was created.
    pub created_on: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

impl Position {
    /// The place of a job.
    pub fn of(job: &SystemJob) -> Self {
        Self { created_on: job.description().created_on, id: job.id() }
    }
}

impl JobQuery {
    /// Whether this query asks for the job.
    pub fn matches(&self, job: &SystemJob) -> bool {
        let (description, progress) = (job.description(), job.progress());
        let is_one_of =
            |causes: &[Cause]| progress.cause.is_some_and(|cause| causes.contains(&cause));
        (self.statuses.is_empty() || self.statuses.contains(&progress.status))
            && is(&self.endpoint, &description.endpoint)
            && self.owning_extension_id.is_none_or(|id| description.owning_extension_id == Some(id))
            && is(&self.correlation_id, &description.correlation_id)
            && is(&self.primary_entity_type, &description.primary_entity_type)
            && self.regarding_object_id.is_none_or(|id| description.regarding_object_id == Some(id))
            && (self.partition_key.is_none() || self.partition_key == description.partition_key)
            && is(&self.message_name, &description.message_name)
            && (self.causes.is_empty() || is_one_of(&self.causes))
            && self.created_from.is_none_or(|time| time <= description.created_on)
            && self.created_before.is_none_or(|time| description.created_on < time)
            && self.modified_before.is_none_or(|time| progress.modified_on < time)
            && self.after.is_none_or(|place| place < Position::of(job))
    }
}

fn is<T: PartialEq>(asked: &Option<T>, found: &T) -> bool {
    asked.as_ref().is_none_or(|asked| asked == found)
}

impl Default for JobQuery {
    fn default() -> Self {
        Self {
            statuses: Vec::new(),
            endpoint: None,
            owning_extension_id: None,
            correlation_id: None,
            primary_entity_type: None,
            regarding_object_id: None,
            partition_key: None,
            message_name: None,
            causes: Vec::new(),
            created_from: None,
            created_before: None,
            modified_before: None,
            after: None,
            limit: 1000,
        }
    }
}
