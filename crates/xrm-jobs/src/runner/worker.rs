//! The worker: runs the jobs of a queue as they become due.
//!
//! It is one task, which waits for several activities at the same time: a poll of the store,
//! attempts and the recording of their outcomes, the renewal of leases, a count of the backlog. The
//! activities only borrow the queue. What one of them found is handed to the worker when it has
//! [finished](Finished), and the worker alone decides what is started next. So nothing is locked.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{
    Instant, Interval, MissedTickBehavior, interval, sleep, sleep_until, timeout_at,
};
use uuid::Uuid;

use crate::cause::Cause;
use crate::diagnosis::Diagnosis;
use crate::error::Error;
use crate::job::SystemJob;
use crate::outcome::Outcome;
use crate::runner::attempt::observe;
use crate::runner::backlog::count_backlog;
use crate::runner::damage::{Damage, is_damage, is_final};
use crate::runner::lease::shorten_leases;
use crate::runner::performer::{Begun, Ended, Performer, Task};
use crate::runner::queue::Queue;
use crate::runner::record::record;
use crate::runner::retention::delete_expired;
use crate::runner::suspension::{
    Suspension, find_suspended, is_accepted, is_refused, probe, resume_all,
};
use crate::store::{BoxFuture, Claim, ClaimedJob, LeaseRenewal, PayloadLoss};

/// The shortest time between two activities of one kind.
const SHORTEST: Duration = Duration::from_millis(10);

/// A time that no process reaches.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A difference between the host's clock and the time that passed, from which on the clock counts as
/// set: more than the corrections that keep a clock right.
const JUMP: TimeDelta = TimeDelta::seconds(10);

/// After how many polls the worker asks again whether jobs are suspended, as long as it does not
/// know that they are. A store may have to read all waiting jobs to answer that.
const POLLS_PER_CHECK: u32 = 10;

/// What a worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerReport {
    /// Attempts that delivered their message.
    pub succeeded: u64,
    /// Attempts that are followed by another one.
    pub waiting: u64,
    /// Attempts whose credentials were refused, so that the job is suspended.
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

/// Runs the jobs of a performer's queue until `shutdown` ends.
///
/// # Errors
///
/// [`Error::Store`] if the storage fails when the worker reads it for the first time. Later
/// failures are reported to the [observer](crate::runner::Observer) and waited out, except damage:
/// the worker ends if it lasts for the [limit](field@crate::runner::WorkerOptions::damage_limit), and at
/// once if the file of the store was removed or replaced.
pub async fn run_until<P: Performer>(
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

/// An activity of the worker that has finished.
enum Finished {
    Poll(Result<Polled, Error>),
    /// Attempts, and the recording of their outcomes.
    Attempts(Recorded),
    Renewal,
    Count,
    Expiry,
}

/// What a poll of the store found.
struct Polled {
    claimed: Vec<ClaimedJob>,
    /// Whether the store was asked for suspended jobs.
    is_checked: bool,
    /// Whether jobs are suspended because the endpoint refuses the credentials.
    is_suspended: bool,
    /// In how long the next job is due.
    next_due: Option<Duration>,
}

/// Jobs whose attempts are over and recorded.
struct Recorded {
    ids: Vec<Uuid>,
    outcomes: Vec<Outcome>,
}

struct Worker<'a, P: Performer> {
    performer: &'a P,
    queue: &'a Queue,
    activities: FuturesUnordered<BoxFuture<'a, Finished>>,
    /// Tasks that wait for one of those under way to end.
    tasks: Vec<Task<'a>>,
    /// How many tasks are under way.
    requests: usize,
    /// The jobs of all these tasks.
    jobs: HashSet<Uuid>,
    is_polling: bool,
    /// Whether something changed in the store since the last poll began.
    is_changed: bool,
    is_renewing: bool,
    is_counting: bool,
    is_expiring: bool,
    /// Whether nothing is begun any more.
    is_ending: bool,
    /// When to poll next, unless something happens before.
    next_poll: Instant,
    /// When to ask next whether jobs are suspended, while it is not known that they are.
    next_check: Instant,
    suspension: Option<Suspension>,
    /// The damage of the store, while it is met and no job is found.
    damage: Option<Damage>,
    /// Why the worker ends by itself.
    failure: Option<Error>,
    /// A moment, and the time of the host then.
    clock: (Instant, DateTime<Utc>),
    report: WorkerReport,
}

impl<'a, P: Performer> Worker<'a, P> {
    fn new(performer: &'a P) -> Self {
        let queue = performer.queue();
        Self {
            performer,
            queue,
            activities: FuturesUnordered::new(),
            tasks: Vec::new(),
            requests: 0,
            jobs: HashSet::new(),
            is_polling: false,
            is_changed: false,
            is_renewing: false,
            is_counting: false,
            is_expiring: false,
            is_ending: false,
            next_poll: Instant::now(),
            next_check: Instant::now(),
            suspension: None,
            damage: None,
            failure: None,
            clock: (Instant::now(), queue.host.now()),
            report: WorkerReport::default(),
        }
    }

    async fn run(mut self, shutdown: impl Future<Output = ()>) -> Result<WorkerReport, Error> {
        let options = &self.queue.worker_options;
        // Three renewals to a lease: one may fail, and one may come late.
        let mut heartbeat = every(options.lease / 3);
        let mut census = every(options.backlog_interval.unwrap_or(NEVER));
        let mut expiry = every(options.retention_interval.unwrap_or(NEVER));
        let mut shutdown = pin!(shutdown);
        // The only failure that ends the worker: a store that never answered is rather misconfigured
        // than away, and the application should report it when it starts.
        self.queue.job_store.next_due(&self.queue.endpoint).await?;
        let retention = self.queue.job_store.retention();
        self.queue.observer.worker_began(&self.queue.endpoint, retention);
        // Registered before the poll, so that no change between the two is missed.
        let mut changed = self.queue.job_store.changed();
        while self.failure.is_none() {
            self.watch_clock();
            self.poll_if_due();
            tokio::select! {
                () = &mut shutdown => break,
                Some(finished) = self.activities.next() => self.finish(finished),
                () = &mut changed => {
                    changed = self.queue.job_store.changed();
                    self.is_changed = true;
                    self.next_poll = Instant::now();
                }
                () = sleep_until(self.next_poll), if self.has_room() => {}
                _ = heartbeat.tick() => self.renew_leases(),
                _ = census.tick(), if options.backlog_interval.is_some() => self.count_backlog(),
                _ = expiry.tick(), if options.retention_interval.is_some() => self.delete_expired(),
            }
        }
        self.drain(heartbeat).await;
        self.failure.map_or(Ok(self.report), Err)
    }

    /// Reports a jump of the host's clock.
    fn watch_clock(&mut self) {
        let (then, before) = self.clock;
        let (moment, now) = (Instant::now(), self.queue.host.now());
        self.clock = (moment, now);
        let passed = TimeDelta::from_std(moment - then).unwrap_or(TimeDelta::MAX);
        let jump = (now - before) - passed;
        if jump.abs() > JUMP {
            self.queue.observer.clock_jumped(jump);
        }
    }

    /// Waits for what is under way, and begins nothing.
    async fn drain(&mut self, mut heartbeat: Interval) {
        let deadline = Instant::now() + self.queue.worker_options.shutdown_deadline;
        self.is_ending = true;
        // A poll that is under way may still claim jobs, which are put back with the others.
        while self.is_polling || !self.jobs.is_empty() {
            if !self.is_polling && !self.tasks.is_empty() {
                self.put_back_tasks().await;
                continue;
            }
            tokio::select! {
                finished = timeout_at(deadline, self.activities.next()) => match finished {
                    Ok(Some(finished)) => self.finish(finished),
                    Ok(None) | Err(_) => break,
                },
                _ = heartbeat.tick() => self.renew_leases(),
            }
        }
        // Dropped first: an attempt that goes on could end after its job was given away.
        self.activities.clear();
        self.interrupt().await;
    }

    fn start(&mut self, activity: impl Future<Output = Finished> + Send + 'a) {
        self.activities.push(Box::pin(activity));
    }

    fn finish(&mut self, finished: Finished) {
        match finished {
            Finished::Poll(polled) => self.finish_poll(polled),
            Finished::Attempts(recorded) => self.finish_attempts(recorded),
            Finished::Renewal => self.is_renewing = false,
            Finished::Count => self.is_counting = false,
            Finished::Expiry => self.is_expiring = false,
        }
    }

    /// Whether more jobs can be claimed: a quarter of all, and not each as soon as another one
    /// ends, so that there are several to send together.
    fn has_room(&self) -> bool {
        let most = self.queue.worker_options.jobs.max(1);
        !self.is_polling && self.jobs.len() <= most - most.div_ceil(4)
    }

    /// Begins to poll the store, if there is room for jobs and it is time.
    fn poll_if_due(&mut self) {
        let now = Instant::now();
        if !self.has_room() || now < self.next_poll {
            return;
        }
        let is_checked = self.suspension.is_some() || now >= self.next_check;
        // One poll at a time: two would claim more jobs than there is room for.
        self.is_polling = true;
        // Set again by a change during the poll, which the poll may not have seen.
        self.is_changed = false;
        let (queue, suspension) = (self.queue, self.suspension.clone());
        let room = queue.worker_options.jobs.max(1).saturating_sub(self.jobs.len());
        self.start(async move { Finished::Poll(poll(queue, room, suspension, is_checked).await) });
    }

    /// Begins what a poll claimed, and decides when to poll again.
    fn finish_poll(&mut self, polled: Result<Polled, Error>) {
        self.is_polling = false;
        let interval = self.queue.worker_options.poll_interval.max(SHORTEST);
        let polled = match polled {
            Ok(polled) => polled,
            Err(error) => {
                self.next_poll = Instant::now() + interval;
                return self.fail_poll(error);
            }
        };
        if !polled.claimed.is_empty() {
            self.damage = None;
        }
        // At once again if there may be more: jobs were claimed, a suspension was met for the first
        // time, which the next poll probes, or the store changed during the poll.
        let is_new = polled.is_suspended && self.suspension.is_none();
        let pause = match polled.claimed.is_empty() && !is_new && !self.is_changed {
            // Never at once for a job that is due: it may be one that this worker can't claim.
            true => interval.min(polled.next_due.unwrap_or(interval)).max(SHORTEST),
            false => Duration::ZERO,
        };
        self.next_poll = Instant::now() + pause;
        if polled.is_checked {
            self.next_check = Instant::now() + interval * POLLS_PER_CHECK;
            self.suspension = match self.suspension.take().filter(|_| polled.is_suspended) {
                Some(suspension) => Some(suspension.polled(!polled.claimed.is_empty())),
                // Suspended before this worker began, which may be the one with a better key.
                None => {
                    polled.is_suspended.then(|| Suspension::to_be_probed(self.queue.host.now()))
                }
            };
        }
        self.begin(polled.claimed);
    }

    /// Reports that a poll failed, and ends the worker if the store is damaged and that for too long.
    fn fail_poll(&mut self, error: Error) {
        let now = Instant::now();
        let observer = &self.queue.observer;
        if is_damage(&error) {
            let damage = self.damage.get_or_insert_with(|| Damage::met(now));
            if damage.is_reported(now) {
                observer.store_damaged(damage.lasts(now), &error);
            }
        } else {
            observer.store_failed("the store could not be polled", &error);
        }
        let limit = self.queue.worker_options.damage_limit;
        if is_final(&error) || self.damage.as_ref().is_some_and(|it| it.is_over(limit, now)) {
            self.failure = Some(error);
        }
    }

    /// Begins the attempts of claimed jobs.
    fn begin(&mut self, claimed: Vec<ClaimedJob>) {
        // Under way from the claim on, and not from their start: their leases have to be renewed.
        self.jobs.extend(claimed.iter().map(|it| it.job.id()));
        let (mut begun, mut failed) = (Vec::with_capacity(claimed.len()), Vec::new());
        for ClaimedJob { job, payload } in claimed {
            let refusal = match &payload {
                Ok(_) => crash_loop(self.queue, &job),
                Err(loss) => Some(lost(*loss)),
            };
            match (payload, refusal) {
                (Ok(payload), None) => begun.push(Begun { job, payload }),
                (_, refusal) => {
                    failed.extend(refusal.map(|it| Ended { job, outcome: Outcome::Failed(it) }));
                }
            }
        }
        self.record_unattempted(failed);
        self.tasks.extend(self.performer.tasks(begun));
        self.start_tasks();
    }

    /// Starts as many of the tasks as may be under way.
    fn start_tasks(&mut self) {
        if self.is_ending {
            return;
        }
        let free = self.queue.worker_options.requests.max(1).saturating_sub(self.requests);
        let (queue, is_suspended) = (self.queue, self.suspension.is_some());
        // Not `self.start`: the drain borrows `self.tasks` while activities are added.
        for Task { jobs, attempt } in self.tasks.drain(..free.min(self.tasks.len())) {
            self.requests += 1;
            self.activities.push(Box::pin(async move {
                let ids = jobs.iter().map(|it| it.id()).collect();
                let ended = attempt.await;
                observe(queue, &ended);
                Finished::Attempts(record_patiently(queue, ids, ended, is_suspended).await)
            }));
        }
    }

    /// Records the outcomes of jobs that are not attempted.
    fn record_unattempted(&mut self, ended: Vec<Ended>) {
        if ended.is_empty() {
            return;
        }
        let queue = self.queue;
        self.requests += 1;
        self.start(async move {
            let ids = ended.iter().map(|it| it.job.id()).collect();
            Finished::Attempts(record_patiently(queue, ids, ended, false).await)
        });
    }

    fn finish_attempts(&mut self, recorded: Recorded) {
        // The jobs of the task, whether or not the performer has answered for each.
        self.requests -= 1;
        for id in &recorded.ids {
            self.jobs.remove(id);
        }
        for outcome in &recorded.outcomes {
            self.report.count(outcome);
        }
        self.learn(&recorded.outcomes);
        self.start_tasks();
    }

    /// Learns from outcomes whether the endpoint accepts the credentials.
    fn learn(&mut self, outcomes: &[Outcome]) {
        let Queue { host, retry_policy, .. } = self.queue;
        let schedule = &retry_policy.authorization;
        // A refusal outweighs what was accepted at the same time: keys are replaced once.
        if let Some(refusal) = outcomes.iter().find(|it| is_refused(it)) {
            let (random, now) = (host.jitter(), host.now());
            let suspension = Suspension::refused(self.suspension.take(), schedule, random, now);
            self.suspension = Some(suspension);
            self.suspend_tasks(refusal);
        } else if outcomes.iter().any(is_accepted) {
            // Recording this outcome has resumed the suspended jobs.
            self.suspension = None;
        } else {
            self.suspension = self.suspension.take().map(|it| it.undecided(schedule, host.now()));
        }
    }

    /// Suspends the jobs of tasks that have not started: they would be refused too.
    fn suspend_tasks(&mut self, refusal: &Outcome) {
        let jobs = self.tasks.drain(..).flat_map(|it| it.jobs);
        let suspended = jobs.map(|job| Ended { job, outcome: refusal.clone() }).collect();
        self.record_unattempted(suspended);
    }

    /// Puts the jobs of tasks back that have not started.
    async fn put_back_tasks(&mut self) {
        let jobs = self.tasks.drain(..).flat_map(|it| it.jobs);
        let ids: Vec<_> = jobs.map(|it| it.id()).collect();
        for id in &ids {
            self.jobs.remove(id);
        }
        let diagnosis = Diagnosis::new(Cause::WorkerLost)
            .with_what("The worker had to end before it sent the message.");
        put_back(self.queue, ids, &diagnosis).await;
    }

    /// Leaves the attempts under way to another worker.
    async fn interrupt(&mut self) {
        let ids: Vec<_> = self.jobs.drain().collect();
        let diagnosis = Diagnosis::new(Cause::MaybeDelivered).with_what(
            "The worker had to end before the answer came; the message may have arrived.",
        );
        self.report.interrupted += put_back(self.queue, ids, &diagnosis).await;
    }

    /// Tells the store that this worker is alive. Jobs that it has lost are recorded by the worker
    /// that took them over.
    fn renew_leases(&mut self) {
        if self.is_renewing || self.jobs.is_empty() {
            return;
        }
        self.is_renewing = true;
        let queue = self.queue;
        let renewal = LeaseRenewal {
            host_id: queue.host.id().to_owned(),
            ids: self.jobs.iter().copied().collect(),
            lease: queue.worker_options.lease,
            now: queue.host.now(),
        };
        self.start(async move {
            if let Err(error) = queue.job_store.renew(renewal).await {
                queue.observer.store_failed("the leases could not be renewed", &error);
            }
            Finished::Renewal
        });
    }

    /// Deletes completed jobs that are kept no longer, beside everything else.
    fn delete_expired(&mut self) {
        if self.is_expiring {
            return;
        }
        self.is_expiring = true;
        let queue = self.queue;
        self.start(async move {
            if let Err(error) = delete_expired(queue).await {
                queue.observer.store_failed("completed jobs could not be deleted", &error);
            }
            Finished::Expiry
        });
    }

    fn count_backlog(&mut self) {
        if self.is_counting {
            return;
        }
        self.is_counting = true;
        let queue = self.queue;
        self.start(async move {
            if let Err(error) = count_backlog(queue).await {
                queue.observer.store_failed("the backlog could not be counted", &error);
            }
            Finished::Count
        });
    }
}

/// A timer that does not make up for ticks that it missed, as after a sleep of the machine.
fn every(period: Duration) -> Interval {
    let mut interval = interval(period.max(SHORTEST));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Claims jobs: as many as there is room for or, while the endpoint refuses the credentials, one
/// that may be attempted.
async fn poll(
    queue: &Queue,
    room: usize,
    suspension: Option<Suspension>,
    is_checked: bool,
) -> Result<Polled, Error> {
    let now = queue.host.now();
    let suspended = match is_checked {
        true => {
            shorten_leases(queue).await?;
            find_suspended(queue).await?
        }
        false => None,
    };
    let limit = match (&suspended, &suspension) {
        (None, _) => room,
        (Some(oldest), Some(it)) => usize::from(probe(queue, oldest, it, now).await?),
        // The worker first has to know that jobs are suspended.
        (Some(_), None) => 0,
    };
    let claimed = match limit {
        0 => Vec::new(),
        limit => queue.job_store.claim(claim(queue, limit)).await?,
    };
    // Suspended jobs are not due at any time: the worker asks for them at each poll.
    let next_due = match claimed.is_empty() && suspended.is_none() {
        true => queue.job_store.next_due(&queue.endpoint).await?,
        false => None,
    };
    let next_due = next_due.map(|due| (due - now).to_std().unwrap_or_default());
    Ok(Polled { claimed, is_checked, is_suspended: suspended.is_some(), next_due })
}

fn claim(queue: &Queue, limit: usize) -> Claim {
    Claim {
        host_id: queue.host.id().to_owned(),
        endpoint: queue.endpoint.clone(),
        limit,
        lease: queue.worker_options.lease,
        now: queue.host.now(),
    }
}

/// Why a job is not attempted again whose attempts end with the death of their worker. It may be
/// the job that kills them.
fn crash_loop(queue: &Queue, job: &SystemJob) -> Option<Diagnosis> {
    let progress = job.progress();
    let max_attempts = queue.retry_policy.transient.options().max_attempts;
    let is_deadly =
        progress.cause == Some(Cause::WorkerLost) && progress.retry_count > max_attempts;
    is_deadly.then(|| {
        let attempt = progress.retry_count.to_string();
        Diagnosis::new(Cause::WorkerLost).with_evidence("attempt", attempt)
    })
}

/// Why a job is not attempted whose message the store does not have.
fn lost(loss: PayloadLoss) -> Diagnosis {
    match loss {
        PayloadLoss::NotKept => {
            Diagnosis::new(Cause::Other).with_what("The store has not kept the job's message.")
        }
        PayloadLoss::Damaged(reason) => {
            Diagnosis::new(Cause::DamagedPayload).with_evidence("damage", reason)
        }
    }
}

/// Records the outcomes of attempts. If jobs are suspended and an outcome says that the endpoint
/// accepts the credentials, resumes them.
///
/// If the store fails, this tries again for as long as the jobs belong to this worker. Then another
/// worker takes them over and sends their messages again.
async fn record_patiently(
    queue: &Queue,
    ids: Vec<Uuid>,
    ended: Vec<Ended>,
    is_suspended: bool,
) -> Recorded {
    let deadline = Instant::now() + queue.worker_options.lease;
    // Doubled up to some seconds: a store that restarts is back soon, one that is away for longer
    // is not asked all the time.
    let mut pause = Duration::from_millis(100);
    while let Err(error) = record(queue, &ended).await {
        queue.observer.store_failed("an outcome could not be recorded", &error);
        if Instant::now() >= deadline {
            break;
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
    let outcomes: Vec<_> = ended.into_iter().map(|it| it.outcome).collect();
    if is_suspended
        && outcomes.iter().any(is_accepted)
        && let Err(error) = resume_all(queue).await
    {
        queue.observer.store_failed("jobs that were held back could not be released", &error);
    }
    Recorded { ids, outcomes }
}

/// Makes jobs due at once whose attempt this worker does not see through, and counts them. What
/// cannot be recorded is taken over when its lease is over.
async fn put_back(queue: &Queue, ids: Vec<Uuid>, diagnosis: &Diagnosis) -> u64 {
    let now = queue.host.now();
    let mut ended = Vec::with_capacity(ids.len());
    for id in ids {
        // The job as it is now: someone may have canceled or paused it during the attempt.
        match queue.job_store.get(id).await {
            Ok(job) if job.is_held_by(queue.host.id()) => {
                let outcome = Outcome::Waiting(now, diagnosis.clone());
                ended.push(Ended { job, outcome });
            }
            Ok(_) => {}
            Err(error) => {
                queue.observer.store_failed("a job under way could not be put back", &error);
            }
        }
    }
    match record(queue, &ended).await {
        Ok(recorded) => recorded.len() as u64,
        Err(error) => {
            queue.observer.store_failed("jobs under way could not be put back", &error);
            0
        }
    }
}
