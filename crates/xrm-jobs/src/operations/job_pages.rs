//! Reading many jobs without holding them all.

use crate::error::Error;
use crate::job::SystemJob;
use crate::query::{JobQuery, Position};
use crate::store::JobStore;

/// All jobs that a query asks for, page by page, oldest first.
///
/// ```
/// # pollster::block_on(async {
/// # use chrono::DateTime;
/// # use uuid::Uuid;
/// # use xrm_jobs::*;
/// # let (store, now) = (MemoryJobStore::new(), DateTime::UNIX_EPOCH);
/// # let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "accounts", now));
/// # store.insert(vec![NewJob::new(job, Payload::new("application/json", *b"{}"))]).await?;
/// use xrm_jobs::operations::JobPages;
///
/// let mut pages = JobPages::new(&store, JobQuery::uncompleted().limit(100));
/// while let Some(page) = pages.next().await? {
///     page.iter().for_each(|job| println!("{}", job.description().name));
/// }
/// # Ok::<(), Error>(())
/// # }).unwrap();
/// ```
///
/// The [limit](JobQuery::limit) of the query is that of a page, and a page has
/// [`MAX_JOBS`](Self::MAX_JOBS) at most. A job's position never changes, so each is found once,
/// whatever changes meanwhile.
#[derive(Debug)]
pub struct JobPages<'a> {
    store: &'a dyn JobStore,
    query: JobQuery,
    is_over: bool,
}

impl<'a> JobPages<'a> {
    /// The largest number of jobs in a page: a few megabytes of memory.
    pub const MAX_JOBS: usize = 1000;

    /// The pages from the query's own start on.
    pub fn new(store: &'a dyn JobStore, mut query: JobQuery) -> Self {
        query.limit = query.limit.clamp(1, Self::MAX_JOBS);
        Self { store, query, is_over: false }
    }

    /// The next page; `None` when there are no more.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the storage fails.
    pub async fn next(&mut self) -> Result<Option<Vec<SystemJob>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let page = self.store.query(self.query.clone()).await?;
        // A page that is not full is the last one, which saves a query that finds nothing.
        self.is_over = page.len() < self.query.limit;
        match page.last() {
            Some(last) => self.query.after = Some(Position::from(last)),
            None => return Ok(None),
        }
        Ok(Some(page))
    }
}
