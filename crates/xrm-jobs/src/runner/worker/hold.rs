//! Holding the jobs of an endpoint back while it refuses the credentials.
//!
//! What is held back is in the store: jobs that wait to be resumed, with a cause of the
//! authorization class. A worker that finds one holds the others back too, and lets them all go when
//! one of them is accepted. A job that is Ready and has such a cause was resumed, by a worker's
//! probe or by somebody who knows better; so it is tried.

use crate::operations::JobPages;
use crate::{
    Cause, ClaimedJob, Diagnosis, Error, FailureClass, JobQuery, RetrySchedule, StatusCode,
    SystemJob,
};
use chrono::{DateTime, TimeDelta, Utc};

use crate::runner::queue::Queue;

/// Among how many jobs one that is held back is looked for; those before it were postponed.
const FEW: usize = 50;

/// How many jobs are changed in one go.
const PAGE: usize = 500;

/// What a worker knows of a refusal.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    /// How many jobs were tried and refused.
    probes: u32,
    /// When to try one.
    next_probe: DateTime<Utc>,
    /// Whether one is being tried.
    is_probing: bool,
}

impl Hold {
    /// A refusal that this worker has not met itself.
    pub(super) fn to_be_probed(now: DateTime<Utc>) -> Self {
        Self { probes: 0, next_probe: now, is_probing: false }
    }

    /// The same after a look for work that claimed a job or did not.
    pub(super) fn looked(self, is_probing: bool) -> Self {
        Self { is_probing: self.is_probing || is_probing, ..self }
    }

    /// The same after another refusal: one of the probe counts, those of attempts that were under
    /// way with it do not.
    pub(super) fn refused(
        hold: Option<Self>,
        schedule: &RetrySchedule,
        random: u64,
        now: DateTime<Utc>,
    ) -> Self {
        let probes = match hold {
            None => 1,
            Some(hold) if hold.is_probing => hold.probes.saturating_add(1),
            Some(hold) => return hold,
        };
        let delay = TimeDelta::from_std(schedule.delay(probes, random)).unwrap_or(TimeDelta::MAX);
        let next_probe = now.checked_add_signed(delay).unwrap_or(DateTime::<Utc>::MAX_UTC);
        Self { probes, next_probe, is_probing: false }
    }

    /// The same after a probe that told nothing.
    pub(super) fn undecided(self, schedule: &RetrySchedule, now: DateTime<Utc>) -> Self {
        let probes = self.probes.saturating_sub(1);
        Self::refused(Some(Self { probes, ..self }), schedule, 0, now)
    }
}

/// The causes of jobs that are held back.
fn refusals() -> impl Iterator<Item = Cause> {
    Cause::ALL.iter().copied().filter(|it| it.class() == FailureClass::Authorization)
}

fn was_refused(job: &SystemJob) -> bool {
    job.progress().cause.is_some_and(|it| it.class() == FailureClass::Authorization)
}

/// Whether a job that waits does so until it is resumed. One that somebody postponed has its time.
fn is_held(job: &SystemJob) -> bool {
    job.progress().postpone_until.is_none()
}

impl Queue {
    /// Sees to the jobs of an endpoint that refuses the credentials, and claims one that may be
    /// tried.
    pub(super) async fn look_at_held(
        &self,
        oldest: &SystemJob,
        hold: &Hold,
        now: DateTime<Utc>,
    ) -> Result<Vec<ClaimedJob>, Error> {
        self.give_up_too_old(now).await?;
        let was_resumed = self.hold_back(&held_back(oldest), now).await?;
        if hold.is_probing || !(was_resumed || hold.next_probe <= now) {
            return Ok(Vec::new());
        }
        if !was_resumed {
            self.change(vec![oldest.clone()], |job| job.resume(now)).await?;
        }
        self.job_store.claim(self.claim(1)).await
    }

    /// One of the jobs that are held back: of those with one cause, the oldest.
    ///
    /// A store finds the oldest job with one cause at once, and with several only among all.
    pub(super) async fn find_held(&self) -> Result<Option<SystemJob>, Error> {
        for cause in refusals() {
            let found = self.job_store.query(self.held(cause, FEW)).await?;
            let held = found.into_iter().find(is_held);
            if held.is_some() {
                return Ok(held);
            }
        }
        Ok(None)
    }

    /// Lets the jobs go that were held back.
    pub(super) async fn release(&self) -> Result<(), Error> {
        let now = self.now();
        for cause in refusals() {
            let mut pages = JobPages::new(&*self.job_store, self.held(cause, PAGE));
            while let Some(page) = pages.next().await? {
                let held = page.into_iter().filter(is_held);
                self.change(held.collect(), |job| job.resume(now)).await?;
            }
        }
        Ok(())
    }

    /// The jobs that wait and have this cause.
    fn held(&self, cause: Cause, limit: usize) -> JobQuery {
        JobQuery {
            statuses: vec![StatusCode::Waiting],
            endpoint: Some(self.endpoint.clone()),
            causes: vec![cause],
            limit,
            ..JobQuery::default()
        }
    }

    /// Fails what has been held back for too long.
    async fn give_up_too_old(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let max_age = TimeDelta::from_std(self.retry_policy.authorization.options().max_age);
        let oldest = max_age.ok().and_then(|age| now.checked_sub_signed(age));
        // The policy's rule decides on those around the limit.
        let created_before = oldest.and_then(|it| it.checked_add_signed(TimeDelta::seconds(1)));
        let Some(created_before) = created_before else { return Ok(()) };
        for cause in refusals() {
            let held = self.held(cause, PAGE);
            let old = JobQuery { created_before: Some(created_before), ..held };
            let mut pages = JobPages::new(&*self.job_store, old);
            while let Some(page) = pages.next().await? {
                let is_too_old = |it: &SystemJob| self.retry_policy.is_too_old(it, now);
                let too_old = page.into_iter().filter(|it| is_held(it) && is_too_old(it));
                self.change(too_old.collect(), |job| job.give_up(&too_long(job), now)).await?;
            }
        }
        Ok(())
    }

    /// Holds back what became ready meanwhile, and tells whether one of the jobs that had been held
    /// back was resumed.
    async fn hold_back(&self, why: &Diagnosis, now: DateTime<Utc>) -> Result<bool, Error> {
        let ready = JobQuery {
            statuses: vec![StatusCode::WaitingForResources],
            endpoint: Some(self.endpoint.clone()),
            limit: PAGE,
            ..JobQuery::default()
        };
        let mut pages = JobPages::new(&*self.job_store, ready);
        let mut was_resumed = false;
        while let Some(page) = pages.next().await? {
            let (resumed, new): (Vec<_>, Vec<_>) = page.into_iter().partition(was_refused);
            was_resumed |= !resumed.is_empty();
            self.change(new, |job| job.hold(why, now)).await?;
        }
        Ok(was_resumed)
    }

    /// Makes a move of each job. One that somebody else has changed meanwhile is left as it is.
    async fn change(
        &self,
        mut jobs: Vec<SystemJob>,
        change: impl Fn(&mut SystemJob) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for job in &mut jobs {
            change(job)?;
        }
        for updated in self.job_store.update(jobs).await? {
            match updated {
                Err(error) if error.is_conflict() || matches!(error, Error::Missing { .. }) => {}
                updated => drop(updated?),
            }
        }
        Ok(())
    }
}

/// Why a job is held back that was not attempted itself.
fn held_back(job: &SystemJob) -> Diagnosis {
    let cause = job.progress().cause.unwrap_or(Cause::Unauthorized);
    Diagnosis::new(cause).with_evidence("held_with", job.id().to_string())
}

/// Why a job has failed that was held back.
fn too_long(job: &SystemJob) -> Diagnosis {
    held_back(job).with_what(
        "The event hub has not accepted the credentials for as long as jobs are held back.",
    )
}
