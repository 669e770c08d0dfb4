//! Suspending the jobs of an endpoint while it refuses the credentials.
//!
//! Suspended jobs are a fact of the store and not of a worker: jobs that wait to be resumed, with a
//! cause of the authorization class. A worker that finds one suspends the others too, and resumes
//! all of them when one is accepted. So workers on other machines, and a worker that is started
//! with a better key, find them.
//!
//! A job that is Ready and has such a cause was resumed, by the probe of a worker or by someone who
//! has mended the credentials. It is attempted.

use chrono::{DateTime, TimeDelta, Utc};

use crate::cause::{Cause, FailureClass};
use crate::diagnosis::Diagnosis;
use crate::error::Error;
use crate::job::SystemJob;
use crate::operations::JobPages;
use crate::outcome::Outcome;
use crate::query::JobQuery;
use crate::runner::queue::Queue;
use crate::schedule::RetrySchedule;
use crate::status::StatusCode;
use crate::store::counted;

/// How many waiting jobs are read to find a suspended one. Those before it were postponed by
/// someone, which is rare.
const FEW: usize = 50;

/// How many jobs are changed in one call of the store.
const PAGE: usize = 500;

/// What a worker knows about a refusal of the credentials.
#[derive(Clone, Debug)]
pub(super) struct Suspension {
    /// How many jobs were attempted and refused.
    probes: u32,
    /// When to attempt one.
    next_probe: DateTime<Utc>,
    /// Whether one is being attempted.
    is_probing: bool,
}

impl Suspension {
    /// A refusal that this worker has not met itself.
    pub(super) fn to_be_probed(now: DateTime<Utc>) -> Self {
        Self { probes: 0, next_probe: now, is_probing: false }
    }

    /// The same after a poll that claimed a job or did not.
    pub(super) fn polled(self, is_probing: bool) -> Self {
        Self { is_probing: self.is_probing || is_probing, ..self }
    }

    /// The same after another refusal. That of a probe counts; those of attempts that were under
    /// way at the same time do not, because they say nothing new.
    pub(super) fn refused(
        suspension: Option<Self>,
        schedule: &RetrySchedule,
        random: u64,
        now: DateTime<Utc>,
    ) -> Self {
        let probes = match suspension {
            None => 1,
            Some(it) if it.is_probing => it.probes.saturating_add(1),
            Some(it) => return it,
        };
        let delay = TimeDelta::from_std(schedule.delay(probes, random)).unwrap_or(TimeDelta::MAX);
        let next_probe = now.checked_add_signed(delay).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Self { probes, next_probe, is_probing: false }
    }

    /// The same after a probe that failed for another reason: the next one comes as soon as this
    /// one did.
    pub(super) fn undecided(self, schedule: &RetrySchedule, now: DateTime<Utc>) -> Self {
        // An attempt that was under way when the credentials were refused says nothing about them.
        if !self.is_probing {
            return self;
        }
        // One less, because `refused` counts the probe, and the delay is to stay as it was.
        let probes = self.probes.saturating_sub(1);
        Self::refused(Some(Self { probes, ..self }), schedule, 0, now)
    }

    fn is_due(&self, was_resumed: bool, now: DateTime<Utc>) -> bool {
        !self.is_probing && (was_resumed || self.next_probe <= now)
    }
}

/// Whether the outcome says that the endpoint refuses the credentials.
pub(super) fn is_refused(outcome: &Outcome) -> bool {
    let Outcome::Suspended(diagnosis) = outcome else { return false };
    diagnosis.cause.class() == FailureClass::Authorization
}

/// Whether the outcome says that the endpoint accepts the credentials: it accepted the message, or
/// refused it for the message's own sake.
pub(super) fn is_accepted(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Succeeded => true,
        // A message that the store has lost was not sent, so nobody has accepted anything.
        Outcome::Failed(it) if it.cause == Cause::DamagedPayload => false,
        Outcome::Failed(it) => it.cause.class() == FailureClass::Permanent,
        Outcome::Waiting(..) | Outcome::Suspended(_) | Outcome::Canceled(_) => false,
    }
}

/// One of the suspended jobs: of those with one cause, the oldest.
///
/// A store finds the oldest job with one cause by an index. With several causes, it has to sort all
/// jobs that wait.
pub(super) async fn find_suspended(queue: &Queue) -> Result<Option<SystemJob>, Error> {
    for cause in refusals() {
        let found = queue.job_store.query(waiting(queue, cause, FEW)).await?;
        let suspended = found.into_iter().find(is_suspended);
        if suspended.is_some() {
            return Ok(suspended);
        }
    }
    Ok(None)
}

/// Keeps the jobs of an endpoint suspended, and makes one of them ready when it may be attempted.
/// Returns whether one may be claimed.
pub(super) async fn probe(
    queue: &Queue,
    oldest: &SystemJob,
    suspension: &Suspension,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    // If `oldest` is one of these, resuming it below is a conflict, and the next poll finds another.
    fail_too_old(queue, now).await?;
    // A job that someone resumed is the probe, and no other one is resumed for it.
    let was_resumed = suspend_ready(queue, &suspended_with(oldest), now).await?;
    let is_due = suspension.is_due(was_resumed, now);
    if is_due && !was_resumed {
        // Resumed and then claimed like any job, so that another worker may as well do the probe.
        change(queue, vec![oldest.clone()], |job| job.resume(now)).await?;
    }
    Ok(is_due)
}

/// Resumes all suspended jobs.
pub(super) async fn resume_all(queue: &Queue) -> Result<(), Error> {
    let now = queue.host.now();
    for cause in refusals() {
        // A page begins after the last job of the one before it, so jobs that are resumed meanwhile
        // shift no other one off the pages to come.
        let mut pages = JobPages::new(&*queue.job_store, waiting(queue, cause, PAGE));
        while let Some(page) = pages.next().await? {
            let suspended = page.into_iter().filter(is_suspended).collect();
            change(queue, suspended, |job| job.resume(now)).await?;
        }
    }
    Ok(())
}

/// Fails the jobs that have been suspended for too long.
async fn fail_too_old(queue: &Queue, now: DateTime<Utc>) -> Result<(), Error> {
    let max_age = TimeDelta::from_std(queue.retry_policy.authorization.options().max_age);
    let oldest = max_age.ok().and_then(|age| now.checked_sub_signed(age));
    // A job is no older than its creation. Stores may round times, so the query asks for a second
    // more and the policy decides.
    let created_before = oldest.and_then(|it| it.checked_add_signed(TimeDelta::seconds(1)));
    let Some(created_before) = created_before else { return Ok(()) };
    for cause in refusals() {
        let old = waiting(queue, cause, PAGE).created_before(created_before);
        let mut pages = JobPages::new(&*queue.job_store, old);
        while let Some(page) = pages.next().await? {
            let is_too_old =
                |it: &SystemJob| is_suspended(it) && queue.retry_policy.is_too_old(it, now);
            let too_old = page.into_iter().filter(is_too_old).collect();
            change(queue, too_old, |job| job.give_up(&too_long(job), now)).await?;
        }
    }
    Ok(())
}

/// Suspends the jobs that became ready meanwhile, and returns whether one of the suspended jobs was
/// resumed.
async fn suspend_ready(queue: &Queue, why: &Diagnosis, now: DateTime<Utc>) -> Result<bool, Error> {
    let ready = JobQuery::default().statuses([StatusCode::WaitingForResources]);
    let ready = ready.endpoint(&queue.endpoint).limit(PAGE);
    let mut pages = JobPages::new(&*queue.job_store, ready);
    let mut was_resumed = false;
    while let Some(page) = pages.next().await? {
        let (resumed, new): (Vec<_>, Vec<_>) = page.into_iter().partition(was_refused);
        was_resumed |= !resumed.is_empty();
        change(queue, new, |job| job.hold(why, now)).await?;
    }
    Ok(was_resumed)
}

/// Makes a move of each job. A job that someone else has changed meanwhile is left as it is.
pub(super) async fn change(
    queue: &Queue,
    mut jobs: Vec<SystemJob>,
    change: impl Fn(&mut SystemJob) -> Result<(), Error>,
) -> Result<(), Error> {
    for job in &mut jobs {
        change(job)?;
    }
    let expected = jobs.len();
    for updated in counted(queue.job_store.update(jobs).await?, expected)? {
        match updated {
            Err(error) if error.is_conflict() || matches!(error, Error::Missing { .. }) => {}
            updated => drop(updated?),
        }
    }
    Ok(())
}

/// The causes of suspended jobs.
fn refusals() -> impl Iterator<Item = Cause> {
    Cause::ALL.iter().copied().filter(|it| it.class() == FailureClass::Authorization)
}

/// The jobs that wait and have this cause.
fn waiting(queue: &Queue, cause: Cause, limit: usize) -> JobQuery {
    let waiting = JobQuery::default().statuses([StatusCode::Waiting]).causes([cause]);
    waiting.endpoint(&queue.endpoint).limit(limit)
}

fn was_refused(job: &SystemJob) -> bool {
    job.progress().cause.is_some_and(|it| it.class() == FailureClass::Authorization)
}

/// Whether a job that waits does so until it is resumed. One that someone postponed has its time.
fn is_suspended(job: &SystemJob) -> bool {
    job.progress().postpone_until.is_none()
}

/// Why a job is suspended that was not attempted itself.
fn suspended_with(job: &SystemJob) -> Diagnosis {
    let cause = job.progress().cause.unwrap_or(Cause::Unauthorized);
    Diagnosis::new(cause).with_evidence("held_with", job.id().to_string())
}

/// Why a job has failed that was suspended.
fn too_long(job: &SystemJob) -> Diagnosis {
    suspended_with(job).with_what(
        "The event hub has not accepted the credentials for as long as jobs are held back.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_probes_decide_when_the_next_one_comes() {
        let (schedule, now) = (RetrySchedule::default(), DateTime::UNIX_EPOCH);
        let refused = |suspension| Suspension::refused(suspension, &schedule, 0, now);
        let second = refused(Some(refused(None).polled(true)));
        assert_eq!((second.probes, second.next_probe), (2, now + schedule.delay(2, 0)));

        let by_an_attempt = refused(Some(second.clone())).undecided(&schedule, now);
        assert_eq!(by_an_attempt.probes, 2);
        let by_a_probe = second.polled(true).undecided(&schedule, now);
        assert_eq!((by_a_probe.probes, by_a_probe.is_probing), (2, false));
    }
}
