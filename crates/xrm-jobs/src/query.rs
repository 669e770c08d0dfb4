//! Queries for jobs.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::cause::Cause;
use crate::job::SystemJob;
use crate::status::StatusCode;

/// Declares the query, its defaults and its setters from one table: the filters by one value, and
/// those by any of several.
macro_rules! job_query {
    (
        $(#[$doc:meta])* pub struct JobQuery;
        one of { $($(#[$one_doc:meta])* $one:ident: $one_type:ty,)+ }
        any of { $($(#[$any_doc:meta])* $any:ident: $any_type:ty,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct JobQuery {
            $($(#[$one_doc])* pub $one: Option<$one_type>,)+
            $($(#[$any_doc])* pub $any: Vec<$any_type>,)+
            /// The number of jobs to find at most. 1000 by default.
            pub limit: usize,
        }

        impl JobQuery {
            $(
                $(#[$one_doc])*
                #[must_use]
                pub fn $one(self, $one: impl Into<$one_type>) -> Self {
                    Self { $one: Some($one.into()), ..self }
                }
            )+
            $(
                $(#[$any_doc])*
                #[must_use]
                pub fn $any(self, $any: impl IntoIterator<Item = $any_type>) -> Self {
                    Self { $any: $any.into_iter().collect(), ..self }
                }
            )+

            /// The number of jobs to find at most. 1000 by default.
            #[must_use]
            pub fn limit(self, limit: usize) -> Self {
                Self { limit, ..self }
            }
        }

        impl Default for JobQuery {
            fn default() -> Self {
                Self { $($one: None,)+ $($any: Vec::new(),)+ limit: 1000 }
            }
        }
    };
}

job_query! {
    /// Which jobs to find: those that match every field that is set.
    ///
    /// ```
    /// use xrm_jobs::{JobQuery, StatusCode};
    ///
    /// let failed = JobQuery::default().statuses([StatusCode::Failed]).endpoint("accounts");
    /// assert_eq!(failed.limit, 1000);
    /// ```
    pub struct JobQuery;

    one of {
        /// Of this service endpoint.
        endpoint: String,
        /// Of this step (`owningextensionid`).
        owning_extension_id: Uuid,
        /// Of this correlation (`correlationid`).
        correlation_id: Uuid,
        /// About a record of this table (`primaryentitytype`).
        primary_entity_type: String,
        /// About this record (`regardingobjectid`).
        regarding_object_id: Uuid,
        /// With this partition key.
        partition_key: String,
        /// Posting this message (`messagename`).
        message_name: String,
        /// Created at this time or later.
        created_from: DateTime<Utc>,
        /// Created before this time.
        created_before: DateTime<Utc>,
        /// Last changed before this time.
        modified_before: DateTime<Utc>,
        /// After this position in the order of creation and id: the next page.
        after: Position,
    }
    any of {
        /// In one of these statuses; in any if there are none.
        statuses: StatusCode,
        /// Stopped or suspended by one of these causes; by any or none if there are none.
        causes: Cause,
    }
}

/// A position in the order in which a query finds jobs: by creation, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The time at which the job there was created.
    pub created_on: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

impl From<&SystemJob> for Position {
    fn from(job: &SystemJob) -> Self {
        Self { created_on: job.description().created_on, id: job.id() }
    }
}

impl JobQuery {
    /// The jobs that are not completed.
    ///
    /// ```
    /// use xrm_jobs::{JobQuery, StatusCode};
    ///
    /// let open = JobQuery::uncompleted().endpoint("accounts");
    /// assert!(open.statuses.contains(&StatusCode::InProgress));
    /// assert!(!open.statuses.contains(&StatusCode::Succeeded));
    /// ```
    #[must_use]
    pub fn uncompleted() -> Self {
        let statuses = StatusCode::ALL.iter().copied();
        Self::default().statuses(statuses.filter(|it| !it.state().is_completed()))
    }

    /// Whether this query is about jobs in this status, among others.
    pub(crate) fn includes(&self, status: StatusCode) -> bool {
        self.statuses.is_empty() || self.statuses.contains(&status)
    }

    /// Whether this query asks for the job.
    #[must_use]
    pub fn matches(&self, job: &SystemJob) -> bool {
        let (description, progress) = (job.description(), job.progress());
        // `sql::Filter` says the same in SQL; the conformance suite compares the two.
        self.includes(progress.status)
            && (self.causes.is_empty()
                || progress.cause.is_some_and(|it| self.causes.contains(&it)))
            && is(&self.endpoint, Some(&description.endpoint))
            && is(&self.owning_extension_id, description.owning_extension_id.as_ref())
            && is(&self.correlation_id, Some(&description.correlation_id))
            && is(&self.primary_entity_type, Some(&description.primary_entity_type))
            && is(&self.regarding_object_id, description.regarding_object_id.as_ref())
            && is(&self.partition_key, description.partition_key.as_ref())
            && is(&self.message_name, Some(&description.message_name))
            && self.created_from.is_none_or(|time| time <= description.created_on)
            && self.created_before.is_none_or(|time| description.created_on < time)
            && self.modified_before.is_none_or(|time| progress.modified_on < time)
            && self.after.is_none_or(|position| position < Position::from(job))
    }
}

fn is<T: PartialEq>(asked: &Option<T>, found: Option<&T>) -> bool {
    asked.is_none() || asked.as_ref() == found
}
