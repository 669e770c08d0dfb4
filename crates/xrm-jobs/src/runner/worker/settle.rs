//! Performing tasks, and recording what became of their jobs.

use std::time::Duration;

use crate::{Cause, Diagnosis, Outcome};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Worker;
use super::hold::Hold;
use super::look::{is_accepted, is_refused};
use super::step::Step;
use crate::runner::performer::Performer;
use crate::runner::queue::{Ended, Queue};

/// A task is over, and its outcomes are recorded.
pub(super) struct Settled {
    ids: Vec<Uuid>,
    outcomes: Vec<Outcome>,
}

impl<P: Performer> Worker<'_, P> {
    /// Performs as many of the tasks as may be under way.
    pub(super) fn perform_tasks(&mut self) {
        if self.is_ending {
            return;
        }
        let free = self.queue.worker_options.requests.max(1).saturating_sub(self.requests);
        let (performer, queue, is_held) = (self.performer, self.queue, self.hold.is_some());
        for task in self.tasks.drain(..free.min(self.tasks.len())) {
            self.requests += 1;
            self.steps.push(Box::pin(async move {
                let ended = performer.perform(task).await;
                Step::Settled(queue.settle(ended, is_held).await)
            }));
        }
    }

    pub(super) fn settled(&mut self, settled: Settled) {
        self.requests -= 1;
        for id in settled.ids {
            self.jobs.remove(&id);
        }
        for outcome in &settled.outcomes {
            self.report.count(outcome);
        }
        self.learn(&settled.outcomes);
        self.perform_tasks();
    }

    /// Learns from the outcomes whether the endpoint accepts the credentials.
    fn learn(&mut self, outcomes: &[Outcome]) {
        let (now, schedule) = (self.queue.now(), &self.queue.retry_policy.authorization);
        if let Some(refusal) = outcomes.iter().find(|it| is_refused(it)) {
            let random = (self.queue.randomness)() as u64;
            self.hold = Some(Hold::refused(self.hold.take(), schedule, random, now));
            self.hold_tasks(refusal);
        } else if outcomes.iter().any(is_accepted) {
            // What was held back has been released by the request that was accepted.
            self.hold = None;
        } else {
            self.hold = self.hold.take().map(|it| it.undecided(schedule, now));
        }
    }

    /// Holds back what waits for its turn to be sent, for it would be refused too.
    fn hold_tasks(&mut self, refusal: &Outcome) {
        let jobs = self.tasks.drain(..).flat_map(P::jobs);
        let held = jobs.map(|job| Ended { job, outcome: refusal.clone() }).collect();
        self.settle_at_once(held);
    }

    /// Records what becomes of jobs for which nothing is done.
    pub(super) fn settle_at_once(&mut self, ended: Vec<Ended>) {
        if !ended.is_empty() {
            let queue = self.queue;
            self.requests += 1;
            self.steps
                .push(Box::pin(async move { Step::Settled(queue.settle(ended, false).await) }));
        }
    }

    /// Puts the jobs back that wait for their turn to be sent.
    pub(super) async fn put_back_tasks(&mut self) {
        let ids: Vec<_> = self.tasks.drain(..).flat_map(P::jobs).map(|it| it.id()).collect();
        for id in &ids {
            self.jobs.remove(id);
        }
        let diagnosis = Diagnosis::new(Cause::WorkerLost)
            .with_what("The worker had to end before it sent the message.");
        self.queue.put_back(ids, &diagnosis).await;
    }

    /// Leaves what is under way to another worker.
    pub(super) async fn interrupt(&mut self) {
        let ids: Vec<_> = self.jobs.drain().collect();
        let diagnosis = Diagnosis::new(Cause::MaybeDelivered).with_what(
            "The worker had to end before the answer came; the message may have arrived.",
        );
        self.report.interrupted += self.queue.put_back(ids, &diagnosis).await;
    }
}

impl Queue {
    /// Records what became of jobs and, where the endpoint accepts the credentials that it refused
    /// before, lets the others go.
    ///
    /// What could not be recorded is tried again for as long as the jobs are this worker's; then
    /// another one takes them over, and sends their messages again.
    async fn settle(&self, ended: Vec<Ended>, is_held: bool) -> Settled {
        let deadline = Instant::now() + self.worker_options.lease;
        let mut pause = Duration::from_millis(100);
        while let Err(error) = self.record(ended.clone()).await {
            self.observer.store_failed("an outcome could not be recorded", &error);
            if Instant::now() >= deadline {
                break;
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
        let settled = Settled {
            ids: ended.iter().map(|it| it.job.id()).collect(),
            outcomes: ended.into_iter().map(|it| it.outcome).collect(),
        };
        if is_held
            && settled.outcomes.iter().any(is_accepted)
            && let Err(error) = self.release().await
        {
            self.observer.store_failed("jobs that were held back could not be released", &error);
        }
        settled
    }

    /// Makes jobs due at once whose attempt this worker does not see through, and counts them. What
    /// can't be recorded is taken over when its lease is over.
    async fn put_back(&self, ids: Vec<Uuid>, diagnosis: &Diagnosis) -> u64 {
        let now = self.now();
        let mut ended = Vec::with_capacity(ids.len());
        for id in ids {
            match self.job_store.get(id).await {
                Ok(job) if job.is_held_by(&self.host_id) => {
                    let outcome = Outcome::Waiting(now, diagnosis.clone());
                    ended.push(Ended { job, outcome });
                }
                Ok(_) => {}
                Err(error) => {
                    self.observer.store_failed("a job under way could not be put back", &error);
                }
            }
        }
        match self.record(ended).await {
            Ok(recorded) => recorded.len() as u64,
            Err(error) => {
                self.observer.store_failed("jobs under way could not be put back", &error);
                0
            }
        }
    }
}
