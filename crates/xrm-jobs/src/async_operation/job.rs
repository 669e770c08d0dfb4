//! From a job to its row and back.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::async_operation::AsyncOperation;
use crate::description::{JobDescription, OperationType};
use crate::error::Error;
use crate::job::SystemJob;
use crate::progress::Progress;
use crate::status::{StateCode, StatusCode};

impl From<&SystemJob> for AsyncOperation {
    fn from(job: &SystemJob) -> Self {
        let (description, progress) = (job.description(), job.progress());
        Self {
            id: Some(description.id),
            name: Some(description.name.clone()),
            operation_type: Some(description.operation_type),
            state: Some(progress.status.state()),
            status: Some(progress.status),
            message_name: not_empty(&description.message_name),
            primary_entity_type: not_empty(&description.primary_entity_type),
            regarding_object_id: description.regarding_object_id,
            correlation_id: Some(description.correlation_id),
            request_id: description.request_id,
            owning_extension_id: description.owning_extension_id,
            depth: Some(description.depth),
            created_on: Some(description.created_on),
            modified_on: Some(progress.modified_on),
            started_on: progress.started_on,
            completed_on: progress.completed_on,
            execution_time_span: time_span(progress),
            postpone_until: progress.postpone_until,
            retry_count: Some(progress.retry_count),
            error_code: progress.error_code,
            message: progress.message.clone(),
            friendly_message: progress.friendly_message.clone(),
            host_id: progress.host_id.clone(),
            endpoint: not_empty(&description.endpoint),
            message_id: Some(description.message_id),
            operation_id: Some(description.operation_id),
            partition_key: description.partition_key.clone(),
            cause: progress.cause,
            lease_until: progress.lease_until,
            attempts: Some(progress.attempts.clone()),
            auto_delete: Some(description.auto_delete),
            revision: Some(job.revision()),
        }
    }
}

impl TryFrom<AsyncOperation> for SystemJob {
    type Error = Error;

    /// The job that a row shows.
    ///
    /// # Errors
    ///
    /// [`Error::MissingColumn`] without the columns that a job needs, [`Error::StatusOutsideState`]
    /// when the status is none of the state's, [`Error::Inconsistent`] when no moves could have led
    /// to a row of our own.
    fn try_from(row: AsyncOperation) -> Result<Self, Error> {
        let status = row.status()?;
        let revision = row.revision.unwrap_or_default();
        let is_platforms = row.message_id.is_none();
        let description = row.description()?;
        let mut progress = row.progress(status, description.created_on);
        if is_platforms {
            settle(&mut progress);
        }
        Self::restore(description, progress, revision)
    }
}

impl AsyncOperation {
    fn status(&self) -> Result<StatusCode, Error> {
        let state = self.state.ok_or(Error::MissingColumn { column: "statecode" })?;
        let status = self.status.ok_or(Error::MissingColumn { column: "statuscode" })?;
        StatusCode::from_pair(state.number(), status.number())
    }

    fn description(&self) -> Result<JobDescription, Error> {
        let id = self.id.ok_or(Error::MissingColumn { column: "asyncoperationid" })?;
        let created_on = self.created_on.ok_or(Error::MissingColumn { column: "createdon" })?;
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        Ok(JobDescription {
            id,
            name: text(&self.name),
            operation_type: self.operation_type.unwrap_or(OperationType::SYSTEM_EVENT),
            endpoint: text(&self.endpoint),
            message_name: text(&self.message_name),
            primary_entity_type: text(&self.primary_entity_type),
            regarding_object_id: self.regarding_object_id,
            correlation_id: self.correlation_id.unwrap_or(Uuid::nil()),
            request_id: self.request_id,
            operation_id: self.operation_id.unwrap_or(id),
            owning_extension_id: self.owning_extension_id,
            depth: self.depth.unwrap_or(1),
            created_on,
            message_id: self.message_id.unwrap_or(id),
            partition_key: self.partition_key.clone(),
            auto_delete: self.auto_delete.unwrap_or(false),
        })
    }

    fn progress(self, status: StatusCode, created_on: DateTime<Utc>) -> Progress {
        Progress {
            status,
            modified_on: self.modified_on.or(self.completed_on).unwrap_or(created_on),
            started_on: self.started_on,
            completed_on: self.completed_on,
            postpone_until: self.postpone_until,
            retry_count: self.retry_count.unwrap_or(0),
            error_code: self.error_code,
            message: self.message,
            friendly_message: self.friendly_message,
            host_id: self.host_id,
            cause: self.cause,
            lease_until: self.lease_until,
            attempts: self.attempts.unwrap_or_default(),
        }
    }
}

/// Makes of what the platform wrote, or was asked for, what our moves could have made.
fn settle(progress: &mut Progress) {
    let state = progress.status.state();
    let modified_on = progress.modified_on;
    progress.completed_on =
        state.is_completed().then(|| progress.completed_on.unwrap_or(modified_on));
    progress.postpone_until = progress.postpone_until.filter(|_| progress.may_be_postponed());
    // Nobody knows of a lease on the platform. One that has run out holds nobody back.
    progress.lease_until = (state == StateCode::Locked).then_some(modified_on);
    let was_attempted = progress.started_on.is_some() || progress.needs_an_attempt();
    progress.retry_count = progress.retry_count.max(u32::from(was_attempted));
    if progress.retry_count > 0 {
        progress.started_on.get_or_insert(modified_on);
    }
}

fn not_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn time_span(progress: &Progress) -> Option<f64> {
    let span = progress.completed_on? - progress.started_on?;
    Some((span.as_seconds_f64() * 100.0).round() / 100.0)
}
