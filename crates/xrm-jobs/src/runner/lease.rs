//! Leases that a wrong clock has made too long.
//!
//! A worker whose clock is a day ahead claims jobs until tomorrow. If it crashes, they would be In
//! Progress until then. The first worker that sees such a lease shortens it to that of a job which
//! was claimed just now: a worker that is alive renews it before it ends.
//!
//! Where the [store has a clock](crate::JobStore::has_clock) there are no such leases, and a worker
//! whose own clock is wrong must not judge those of others.

use std::time::Duration;

use crate::error::Error;
use crate::job::SystemJob;
use crate::operations::JobPages;
use crate::query::JobQuery;
use crate::runner::queue::Queue;
use crate::runner::suspension::change;
use crate::status::StateCode;
use crate::store::lease_until;

/// A lease that ends later than this many of the worker's own leases from now is too long, unless it
/// ends within [`TRUSTED`]: other workers may have longer leases, and renew them less often.
const LEASES: u32 = 10;

/// Within what time the end of a lease is trusted whatever it is.
const TRUSTED: Duration = Duration::from_secs(60 * 60);

/// How many jobs are read at once.
const PAGE: usize = 500;

/// Shortens the leases of the endpoint's jobs that end too late, and reports them.
pub(super) async fn shorten_leases(queue: &Queue) -> Result<(), Error> {
    if queue.job_store.has_clock() {
        return Ok(());
    }
    let now = queue.host.now();
    let lease = queue.worker_options.lease;
    let latest = lease_until(now, lease.saturating_mul(LEASES).max(TRUSTED));
    let locked = JobQuery::default().statuses(StateCode::Locked.statuses().iter().copied());
    let locked = locked.endpoint(&queue.endpoint).limit(PAGE);
    let mut pages = JobPages::new(&*queue.job_store, locked);
    while let Some(page) = pages.next().await? {
        let ends_too_late =
            |it: &SystemJob| it.progress().lease_until.is_some_and(|until| until > latest);
        let jobs: Vec<_> = page.into_iter().filter(ends_too_late).collect();
        if jobs.is_empty() {
            continue;
        }
        queue.observer.leases_shortened(&queue.endpoint, &jobs);
        change(queue, jobs, |job| {
            job.shorten_lease(lease_until(now, lease));
            Ok(())
        })
        .await?;
    }
    Ok(())
}
