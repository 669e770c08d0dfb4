//! From arguments to jobs.

use chrono::{DateTime, Utc};
use xrm_jobs::operations::Selection;
use xrm_jobs::{JobQuery, StatusCode};

use crate::cli::{Filter, Target, Which};
use crate::error::Error;

impl Filter {
    /// The query for the jobs that have all that was told.
    pub(super) fn query(&self, now: DateTime<Utc>) -> JobQuery {
        JobQuery {
            statuses: self.status.clone(),
            endpoint: self.endpoint.clone(),
            owning_extension_id: self.step,
            primary_entity_type: self.table.clone(),
            message_name: self.message.clone(),
            partition_key: self.partition_key.clone(),
            causes: self.cause.clone(),
            created_from: self.since.map(|it| it.ago(now)),
            created_before: self.before.map(|it| it.ago(now)),
            ..JobQuery::default()
        }
    }
}

impl Which {
    pub(super) fn selection(&self, now: DateTime<Utc>) -> Selection {
        match &self.ids[..] {
            [] => self.filter.query(now).into(),
            ids => ids.to_vec().into(),
        }
    }
}

impl Target {
    /// The jobs to change: of those that are not given by their ids, and with no status told, the
    /// ones in these statuses. Not all jobs unless that was said.
    pub(super) fn selection(
        &self,
        statuses: impl Iterator<Item = StatusCode>,
        now: DateTime<Utc>,
    ) -> Result<Selection, Error> {
        let selection = self.which.selection(now);
        let Selection::All(mut query) = selection else { return Ok(selection) };
        if *query == JobQuery::default() && !self.all {
            return Err(Error::NothingSelected);
        }
        if query.statuses.is_empty() {
            query.statuses = statuses.collect();
        }
        Ok((*query).into())
    }
}
