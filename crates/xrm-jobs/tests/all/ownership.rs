//! Every short history of two workers, a person and a clock: no two workers own one job.

use std::future::Future;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use xrm_jobs::{
    Cause, Claim, Diagnosis, JobDescription, JobStore, LeaseRenewal, MemoryJobStore, NewJob,
    Payload, StatusCode, SystemJob,
};

const LEASE: i64 = 10;

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// A worker asks for work.
    Claim(usize),
    /// A worker tells that it is alive.
    Renew(usize),
    /// A worker records that its attempt delivered the message.
    Succeed(usize),
    /// A worker records that its attempt failed in a way that passes.
    Fail(usize),
    /// Somebody calls the job off.
    Cancel,
    /// Most of a lease passes.
    Pass,
}

const EVENTS: [Event; 10] = [
    Event::Claim(0),
    Event::Claim(1),
    Event::Renew(0),
    Event::Renew(1),
    Event::Succeed(0),
    Event::Succeed(1),
    Event::Fail(0),
    Event::Fail(1),
    Event::Cancel,
    Event::Pass,
];

/// Longer histories show nothing new: a job is claimed, lost, taken over and given back in six.
const LENGTH: u32 = 5;

fn ready<F: Future>(future: F) -> F::Output {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a map in memory never waits"),
    }
}

/// A store with one job, and what each worker believes to hold.
struct World {
    store: MemoryJobStore,
    now: DateTime<Utc>,
    believed: [Option<SystemJob>; 2],
    outcomes: u32,
}

impl World {
    fn new() -> Self {
        let store = MemoryJobStore::new();
        let description = JobDescription::new(id(), "job", DateTime::UNIX_EPOCH);
        let new = NewJob::new(SystemJob::new(description), Payload::new("text/plain", *b"x"));
        ready(store.insert(vec![new])).expect("the store is empty");
        Self { store, now: DateTime::UNIX_EPOCH, believed: [None, None], outcomes: 0 }
    }

    fn job(&self) -> SystemJob {
        ready(self.store.get(id())).expect("the job is stored")
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Claim(worker) => {
                let claim = Claim {
                    host_id: format!("host-{worker}"),
                    endpoint: String::new(),
                    limit: 1,
                    lease: Duration::from_secs(LEASE.unsigned_abs()),
                    now: self.now,
                };
                if let Some(claimed) = ready(self.store.claim(claim)).expect("a map").pop() {
                    self.believed[worker] = Some(claimed.job);
                }
            }
            Event::Renew(worker) => self.renew(worker),
            Event::Succeed(worker) => self.end(worker, SystemJob::succeed),
            Event::Fail(worker) => self.end(worker, |job, now| {
                job.wait_until(now, &Diagnosis::new(Cause::Throttled), now)
            }),
            Event::Cancel => {
                let mut job = self.job();
                if job.cancel(self.now).is_ok() {
                    ready(self.store.update(vec![job])).expect("a map").remove(0).expect("as read");
                }
            }
            Event::Pass => self.now += TimeDelta::seconds(LEASE * 2 / 3),
        }
    }

    fn renew(&mut self, worker: usize) {
        let Some(job) = &mut self.believed[worker] else { return };
        let (host_id, lease_until) =
            (format!("host-{worker}"), self.now + TimeDelta::seconds(LEASE));
        let renewal = LeaseRenewal {
            host_id: host_id.clone(),
            ids: vec![id()],
            lease: Duration::ZERO,
            now: lease_until,
        };
        match ready(self.store.renew(renewal)).expect("a map").is_empty() {
            true => self.believed[worker] = None,
            false => job.renew(&host_id, lease_until).expect("it believes to hold the job"),
        }
    }

    /// A worker records the end of its attempt, again where somebody had a wish meanwhile.
    fn end(
        &mut self,
        worker: usize,
        end: impl Fn(&mut SystemJob, DateTime<Utc>) -> Result<(), xrm_jobs::Error>,
    ) {
        let Some(mut job) = self.believed[worker].take() else { return };
        let attempt = job.progress().retry_count;
        for _ in 0..2 {
            end(&mut job, self.now).expect("an attempt is under way");
            match ready(self.store.update(vec![job])).expect("a map").remove(0) {
                Ok(_) => {
                    self.outcomes += 1;
                    return;
                }
                Err(error) => assert!(error.is_conflict(), "{error}"),
            }
            job = self.job();
            let is_ours = job.is_held_by(&format!("host-{worker}"));
            if !is_ours || job.progress().retry_count != attempt {
                return;
            }
        }
    }

    fn check(&self, history: &[Event]) {
        let owners = self
            .believed
            .iter()
            .flatten()
            .filter(|job| job.progress().lease_until.is_some_and(|until| until > self.now));
        assert!(owners.count() <= 1, "two workers own the job after {history:?}");

        let (job, progress) = (self.job(), self.job().progress().clone());
        assert!(self.outcomes <= progress.retry_count, "an attempt ended twice after {history:?}");
        let (state, status) = (job.status().state(), job.status());
        let pair = StatusCode::from_pair(state.number(), status.number());
        assert_eq!(pair.expect("a legal pair"), status);
        let again = SystemJob::restore(job.description().clone(), progress, job.revision());
        assert_eq!(again.expect("moves have led here"), job, "{history:?}");
    }
}

fn id() -> Uuid {
    Uuid::from_u128(1)
}

#[test]
fn two_workers_never_own_one_job() {
    let count = EVENTS.len().pow(LENGTH);
    let mut takeovers = 0;
    for number in 0..count {
        let mut world = World::new();
        let mut rest = number;
        let mut history = Vec::new();
        for _ in 0..LENGTH {
            let event = EVENTS[rest % EVENTS.len()];
            rest /= EVENTS.len();
            history.push(event);
            world.happen(event);
            world.check(&history);
        }
        let attempts = world.job().progress().attempts.attempts().to_vec();
        takeovers += usize::from(attempts.iter().any(|it| it.cause == Some(Cause::WorkerLost)));
    }
    println!("{count} histories, {takeovers} with a takeover");
    assert!(takeovers > 100, "the histories are long enough to lose a worker");
}
