//! Looking for work.

use std::time::Duration;

use crate::{Cause, Claim, ClaimedJob, Diagnosis, FailureClass, Outcome, SystemJob};
use tokio::time::Instant;

use super::Worker;
use super::hold::Hold;
use super::step::{SHORTEST, Step};
use crate::runner::performer::Performer;
use crate::runner::queue::{Begun, Ended, Queue};

/// After how many looks for work it is seen to whether jobs are held back, while it is not known that
/// they are. A store may have to go through all jobs that wait to tell it.
const CHECK: u32 = 10;

/// What a look for work found.
pub(super) struct Found {
    claimed: Vec<ClaimedJob>,
    /// Whether it was seen to whether jobs are held back.
    is_checked: bool,
    /// Whether the store holds jobs back because the endpoint refuses the credentials.
    is_held: bool,
    /// In how long the next job is due.
    next_due: Option<Duration>,
}

impl<P: Performer> Worker<'_, P> {
    /// Begins to look for work, if there is room for it and it is time.
    pub(super) fn look_if_due(&mut self) {
        if !self.has_room() || Instant::now() < self.next_look {
            return;
        }
        let is_check_due = self.hold.is_some() || Instant::now() >= self.next_check;
        self.is_looking = true;
        self.is_news = false;
        let (queue, room, hold) = (self.queue, self.room(), self.hold.clone());
        self.steps.push(Box::pin(async move {
            Step::Looked(queue.look(room, hold, is_check_due).await)
        }));
    }

    /// Takes on what was found, and decides when to look again.
    pub(super) fn looked(&mut self, found: Result<Found, crate::Error>) {
        self.is_looking = false;
        let poll = self.queue.worker_options.poll_interval.max(SHORTEST);
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                self.queue.observer.store_failed("the store could not be asked for work", &error);
                self.next_look = Instant::now() + poll;
                return;
            }
        };
        let is_new = found.is_held && self.hold.is_none();
        let pause = match found.claimed.is_empty() && !is_new && !self.is_news {
            true => poll.min(found.next_due.unwrap_or(poll)).max(SHORTEST),
            false => Duration::ZERO,
        };
        self.next_look = Instant::now() + pause;
        if found.is_checked {
            self.next_check = Instant::now() + poll * CHECK;
            self.hold = match self.hold.take().filter(|_| found.is_held) {
                Some(hold) => Some(hold.looked(!found.claimed.is_empty())),
                // Held back before this worker began: perhaps it is the one with a better key.
                None => found.is_held.then(|| Hold::to_be_probed(self.queue.now())),
            };
        }
        self.begin(found.claimed);
    }

    /// Begins what was claimed.
    fn begin(&mut self, claimed: Vec<ClaimedJob>) {
        self.jobs.extend(claimed.iter().map(|it| it.job.id()));
        let mut begun = Vec::with_capacity(claimed.len());
        let mut hopeless = Vec::new();
        for ClaimedJob { job, payload } in claimed {
            match payload.filter(|_| !self.queue.is_deadly(&job)) {
                Some(payload) => begun.push(Begun { job, payload }),
                None => {
                    let outcome = Outcome::Failed(self.queue.hopeless(&job));
                    hopeless.push(Ended { job, outcome });
                }
            }
        }
        self.settle_at_once(hopeless);
        self.tasks.extend(self.performer.tasks(begun));
        self.perform_tasks();
    }
}

impl Queue {
    /// Looks for work: for as many jobs as there is room for or, while the endpoint refuses the
    /// credentials, for one that may be tried.
    async fn look(
        &self,
        room: usize,
        hold: Option<Hold>,
        is_checked: bool,
    ) -> Result<Found, crate::Error> {
        let now = self.now();
        let held = match is_checked {
            true => self.find_held().await?,
            false => None,
        };
        let claimed = match (&held, hold) {
            (None, _) => self.job_store.claim(self.claim(room)).await?,
            (Some(held), Some(hold)) => self.look_at_held(held, &hold, now).await?,
            (Some(_), None) => Vec::new(),
        };
        // What is held back is looked at as often as the store is asked, not when it is due.
        let next_due = match claimed.is_empty() && held.is_none() {
            true => self.job_store.next_due(&self.endpoint).await?,
            false => None,
        };
        let next_due = next_due.map(|due| (due - now).to_std().unwrap_or_default());
        Ok(Found { claimed, is_checked, is_held: held.is_some(), next_due })
    }

    /// The claim of so many jobs.
    pub(super) fn claim(&self, limit: usize) -> Claim {
        Claim {
            host_id: self.host_id.clone(),
            endpoint: self.endpoint.clone(),
            limit,
            lease: self.worker_options.lease,
            now: self.now(),
        }
    }

    /// Whether the job has cost so many workers their life that it is not tried again.
    fn is_deadly(&self, job: &SystemJob) -> bool {
        let progress = job.progress();
        progress.cause == Some(Cause::WorkerLost)
            && progress.retry_count > self.retry_policy.transient.options().max_attempts
    }

    /// Why a job that was claimed is not attempted.
    fn hopeless(&self, job: &SystemJob) -> Diagnosis {
        if self.is_deadly(job) {
            return Diagnosis::new(Cause::WorkerLost)
                .with_evidence("attempt", job.progress().retry_count.to_string());
        }
        Diagnosis::new(Cause::Other).with_what("The store has not kept the job's message.")
    }
}

/// Whether the outcome says that the endpoint refuses the credentials.
pub(super) fn is_refused(outcome: &Outcome) -> bool {
    let Outcome::Suspended(diagnosis) = outcome else { return false };
    diagnosis.cause.class() == FailureClass::Authorization
}

/// Whether the outcome says that the endpoint accepts the credentials: it took the message, or has
/// something against the message itself.
pub(super) fn is_accepted(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Succeeded => true,
        Outcome::Failed(it) => it.cause.class() == FailureClass::Permanent,
        Outcome::Waiting(..) | Outcome::Suspended(_) | Outcome::Canceled(_) => false,
    }
}
