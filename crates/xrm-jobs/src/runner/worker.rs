//! The worker: takes the jobs of a queue as they become due, and sees them through.
//!
//! It is one task. What it waits for at the same time are [steps](Step): a look for work, attempts
//! with the recording of their outcomes, the renewal of leases, a count of the backlog. Each ends
//! with what it found, by which the worker decides on the next ones.

mod backlog;
mod hold;
mod look;
mod settle;
mod step;

use std::collections::HashSet;
use std::pin::pin;
use std::sync::atomic::Ordering;

use crate::{BoxFuture, Error, LeaseRenewal, Outcome};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout_at};
use uuid::Uuid;

use crate::runner::performer::Performer;
use crate::runner::queue::Queue;
use hold::Hold;
use step::Step;

/// What a worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerReport {
    /// Attempts that delivered their message.
    pub succeeded: u64,
    /// Attempts that are to be followed by another one.
    pub waiting: u64,
    /// Attempts whose credentials were refused, so that the job is held back.
    pub suspended: u64,
    /// Jobs that were given up.
    pub failed: u64,
    /// Jobs that a plug-in called off.
    pub canceled: u64,
    /// Attempts that had not ended when the worker had to.
    pub interrupted: u64,
}

impl WorkerReport {
    /// What this worker and another one did.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            succeeded: self.succeeded + other.succeeded,
            waiting: self.waiting + other.waiting,
            suspended: self.suspended + other.suspended,
            failed: self.failed + other.failed,
            canceled: self.canceled + other.canceled,
            interrupted: self.interrupted + other.interrupted,
        }
    }

    fn count(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Succeeded => &mut self.succeeded,
            Outcome::Waiting(..) => &mut self.waiting,
            Outcome::Suspended(_) => &mut self.suspended,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::Canceled(_) => &mut self.canceled,
        } += 1;
    }
}

/// Works on the jobs of a performer's queue until `shutdown` ends.
///
/// # Errors
///
/// [`Error::Store`] if the storage fails when the worker looks into it for the first time. Later
/// failures of it are told to the [observer](crate::runner::Observer) and waited out.
pub async fn work<P: Performer>(
    performer: &P,
    shutdown: impl Future<Output = ()>,
) -> Result<WorkerReport, Error> {
    let _running = Running::begin(performer.queue());
    Worker::new(performer).run(shutdown).await
}

/// Counts the worker among those that run, until it is dropped.
struct Running<'a>(&'a Queue);

impl<'a> Running<'a> {
    fn begin(queue: &'a Queue) -> Self {
        queue.workers.fetch_add(1, Ordering::Relaxed);
        Self(queue)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.workers.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Worker<'a, P: Performer> {
    performer: &'a P,
    queue: &'a Queue,
    steps: FuturesUnordered<BoxFuture<'a, Step>>,
    /// Tasks that wait for one of those under way to end.
    tasks: Vec<P::Task>,
    /// How many tasks are under way.
    requests: usize,
    /// The jobs under way.
    jobs: HashSet<Uuid>,
    is_looking: bool,
    /// Whether something changed in the store since the last look began.
    is_news: bool,
    is_renewing: bool,
    is_counting: bool,
    /// Whether nothing is begun any more.
    is_ending: bool,
    /// When to look for work next, unless something happens before.
    next_look: Instant,
    /// When to see next whether jobs are held back, while it is not known that they are.
    next_check: Instant,
    hold: Option<Hold>,
    report: WorkerReport,
}

impl<'a, P: Performer> Worker<'a, P> {
    fn new(performer: &'a P) -> Self {
        Self {
            performer,
            queue: performer.queue(),
            steps: FuturesUnordered::new(),
            tasks: Vec::new(),
            requests: 0,
            jobs: HashSet::new(),
            is_looking: false,
            is_news: false,
            is_renewing: false,
            is_counting: false,
            is_ending: false,
            next_look: Instant::now(),
            next_check: Instant::now(),
            hold: None,
            report: WorkerReport::default(),
        }
    }

    async fn run(mut self, shutdown: impl Future<Output = ()>) -> Result<WorkerReport, Error> {
        let options = &self.queue.worker_options;
        let mut heartbeat = interval((options.lease / 3).max(step::SHORTEST));
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut census =
            interval(options.backlog_interval.unwrap_or(step::NEVER).max(step::SHORTEST));
        census.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut shutdown = pin!(shutdown);
        self.queue.job_store.next_due(&self.queue.endpoint).await?;
        let mut changed = self.queue.job_store.changed();
        loop {
            self.look_if_due();
            tokio::select! {
                () = &mut shutdown => break,
                Some(step) = self.steps.next() => self.take(step),
                () = &mut changed => {
                    changed = self.queue.job_store.changed();
                    self.is_news = true;
                    self.next_look = Instant::now();
                }
                () = sleep_until(self.next_look), if self.has_room() => {}
                _ = heartbeat.tick() => self.renew(),
                _ = census.tick(), if options.backlog_interval.is_some() => self.count_backlog(),
            }
        }
        self.drain(heartbeat).await;
        Ok(self.report)
    }

    /// Waits for what is under way, and begins nothing.
    async fn drain(&mut self, mut heartbeat: tokio::time::Interval) {
        let deadline = Instant::now() + self.queue.worker_options.shutdown_deadline;
        self.is_ending = true;
        // A look that is under way may claim jobs yet, which are put back with the others.
        while self.is_looking || !self.jobs.is_empty() {
            if !self.is_looking && !self.tasks.is_empty() {
                self.put_back_tasks().await;
                continue;
            }
            tokio::select! {
                step = timeout_at(deadline, self.steps.next()) => match step {
                    Ok(Some(step)) => self.take(step),
                    Ok(None) | Err(_) => break,
                },
                _ = heartbeat.tick() => self.renew(),
            }
        }
        self.steps.clear();
        self.interrupt().await;
    }

    /// Takes what a step found.
    fn take(&mut self, step: Step) {
        match step {
            Step::Looked(found) => self.looked(found),
            Step::Settled(settled) => self.settled(settled),
            Step::Renewed => self.is_renewing = false,
            Step::Counted => self.is_counting = false,
        }
    }

    /// Whether more jobs can be taken on. Not at each one that ends, so that there are some to be
    /// sent together.
    fn has_room(&self) -> bool {
        let most = self.queue.worker_options.jobs.max(1);
        !self.is_looking && self.jobs.len() <= most - most.div_ceil(4)
    }

    fn room(&self) -> usize {
        self.queue.worker_options.jobs.max(1).saturating_sub(self.jobs.len())
    }

    /// Tells the store that this worker is alive. What it does not hold any more is recorded by
    /// whoever took it over.
    fn renew(&mut self) {
        if self.is_renewing || self.jobs.is_empty() {
            return;
        }
        self.is_renewing = true;
        let queue = self.queue;
        let renewal = LeaseRenewal {
            host_id: queue.host_id.clone(),
            ids: self.jobs.iter().copied().collect(),
            lease_until: queue.worker_options.lease_until(queue.now()),
        };
        self.steps.push(Box::pin(async move {
            if let Err(error) = queue.job_store.renew(renewal).await {
                queue.observer.store_failed("the leases could not be renewed", &error);
            }
            Step::Renewed
        }));
    }
}
