//! From a job to its row and back.

use super::AsyncOperation;
use crate::columns::JobParts;
use crate::description::JobDescription;
use crate::error::Error;
use crate::job::SystemJob;
use crate::other_columns::OtherColumns;
use crate::progress::Progress;
use crate::status::{StateCode, StatusCode};

impl From<&SystemJob> for AsyncOperation {
    fn from(job: &SystemJob) -> Self {
        let mut row = Self::from_parts(job.into());
        // A job has an empty text where the platform has null.
        for text in [&mut row.message_name, &mut row.primary_entity_type, &mut row.endpoint] {
            text.take_if(|it| it.is_empty());
        }
        row
    }
}

impl TryFrom<AsyncOperation> for SystemJob {
    type Error = Error;

    /// The job that a row shows.
    ///
    /// # Errors
    ///
    /// [`Error::MissingColumn`] without the columns that a job needs, [`Error::StatusOutsideState`]
    /// when the status is not one of the state's, [`Error::Inconsistent`] when no moves could have
    /// led to a row of our own.
    fn try_from(row: AsyncOperation) -> Result<Self, Error> {
        let state = required(row.state, "statecode")?;
        let status = required(row.status, "statuscode")?;
        StatusCode::from_pair(state.number(), status.number())?;
        let id = required(row.id, "asyncoperationid")?;
        let created_on = required(row.created_on, "createdon")?;
        let is_platforms = row.message_id.is_none();

        // What a row does not have is as in a new job.
        let new = Self::new(JobDescription::new(id, "", created_on));
        let mut parts = JobParts::from(&new);
        parts.progress.modified_on = row.completed_on.unwrap_or(created_on);
        row.fill(&mut parts);
        if is_platforms {
            reconcile(&mut parts.progress);
            let token = parts.computed.dependency_token.take();
            parts.description.partition_key = parts.description.partition_key.or(token);
        }
        let others = Some(parts.other).filter(|it| *it != OtherColumns::default());
        parts.description.other_columns = others.map(Box::new);
        Self::restore(parts.description, parts.progress, parts.computed.revision)
    }
}

fn required<T>(value: Option<T>, column: &'static str) -> Result<T, Error> {
    value.ok_or(Error::MissingColumn { column })
}

/// Changes what the platform wrote to what our moves could have made of it.
fn reconcile(progress: &mut Progress) {
    let state = progress.status.state();
    let modified_on = progress.modified_on;
    progress.completed_on =
        state.is_completed().then(|| progress.completed_on.unwrap_or(modified_on));
    progress.postpone_until = progress.postpone_until.filter(|_| progress.may_be_postponed());
    // The platform shows no leases. A lease that has run out keeps no worker from the job.
    progress.lease_until = (state == StateCode::Locked).then_some(modified_on);
    // The platform counts retries where we count attempts, so its 0 may be our 1.
    let was_attempted = progress.started_on.is_some() || progress.needs_an_attempt();
    progress.retry_count = progress.retry_count.max(u32::from(was_attempted));
    if progress.retry_count > 0 {
        progress.started_on.get_or_insert(modified_on);
    }
}
