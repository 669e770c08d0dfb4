//! The jobs that an operation is for.

use uuid::Uuid;

use super::job_pages::JobPages;
use crate::error::Error;
use crate::job::SystemJob;
use crate::query::JobQuery;
use crate::store::JobStore;

/// The jobs that an operation is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selection {
    /// These jobs.
    Ids(Vec<Uuid>),
    /// All jobs that the query asks for, in [pages](JobPages) of its limit.
    All(Box<JobQuery>),
}

impl Selection {
    /// Whether the operation is for this job, as the job is now.
    #[must_use]
    pub fn includes(&self, job: &SystemJob) -> bool {
        match self {
            Self::Ids(ids) => ids.contains(&job.id()),
            Self::All(query) => query.matches(job),
        }
    }

    pub(super) fn groups<'a>(&'a self, store: &'a dyn JobStore) -> Groups<'a> {
        match self {
            Self::Ids(ids) => Groups::Ids { store, ids: ids.chunks(JobPages::MAX_JOBS) },
            Self::All(query) => Groups::Pages(Box::new(JobPages::new(store, (**query).clone()))),
        }
    }
}

impl From<Uuid> for Selection {
    fn from(id: Uuid) -> Self {
        Self::Ids(vec![id])
    }
}

impl From<Vec<Uuid>> for Selection {
    fn from(ids: Vec<Uuid>) -> Self {
        Self::Ids(ids)
    }
}

impl From<JobQuery> for Selection {
    fn from(query: JobQuery) -> Self {
        Self::All(Box::new(query))
    }
}

/// The selected jobs, group by group.
pub(super) enum Groups<'a> {
    Ids { store: &'a dyn JobStore, ids: std::slice::Chunks<'a, Uuid> },
    Pages(Box<JobPages<'a>>),
}

/// Some of the selected jobs, and how many are not in the store.
#[derive(Default)]
pub(super) struct Group {
    pub(super) jobs: Vec<SystemJob>,
    pub(super) gone: u64,
}

impl Groups<'_> {
    pub(super) async fn next(&mut self) -> Result<Option<Group>, Error> {
        match self {
            Self::Ids { store, ids } => match ids.next() {
                Some(ids) => read(*store, ids).await.map(Some),
                None => Ok(None),
            },
            Self::Pages(pages) => {
                Ok(pages.next().await?.map(|jobs| Group { jobs, ..Group::default() }))
            }
        }
    }
}

async fn read(store: &dyn JobStore, ids: &[Uuid]) -> Result<Group, Error> {
    let mut group = Group::default();
    // One by one: a query finds jobs by what they are about, not by a list of ids.
    for id in ids {
        match store.get(*id).await {
            Ok(job) => group.jobs.push(job),
            Err(Error::Missing { .. }) => group.gone += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(group)
}
