//! The jobs of a memory store, and the indexes by which it finds work.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::{Payload, PayloadRetention};
use crate::query::{JobQuery, Position};
use crate::revision::Revision;
use crate::status::{StateCode, StatusCode};
use crate::store::{Claim, ClaimedJob, Expiry, LeaseRenewal, NewJob, PayloadLoss};

/// The order in which jobs were stored.
type Sequence = u64;

#[derive(Debug, Default)]
pub(super) struct Jobs {
    retention: PayloadRetention,
    limit: CompletedLimit,
    /// Hashed and not in order: at its limit, the store has 10,000 jobs, and a publisher that posts one
    /// context looks up, replaces and removes jobs six times, each time in a cold part of a tree.
    by_id: HashMap<Uuid, Stored>,
    /// For each endpoint, the jobs that a worker has something to do for. Of each partition key only
    /// the first is in it, because the others wait. An empty agenda is kept: endpoints are few, and
    /// publishing one context after another would make and drop it each time.
    due: BTreeMap<String, Agenda>,
    /// For each endpoint and partition key, the jobs that are not completed.
    by_key: HashMap<(String, String), BTreeMap<Sequence, Uuid>>,
    /// The completed jobs, in the order in which they were completed.
    completed: BTreeMap<Sequence, Uuid>,
    next_sequence: Sequence,
}

/// How many completed jobs are kept.
#[derive(Debug)]
struct CompletedLimit(usize);

impl Default for CompletedLimit {
    fn default() -> Self {
        Self(super::COMPLETED_LIMIT)
    }
}

type Due = (DateTime<Utc>, Sequence, Uuid);

/// The work for an endpoint, in the order in which it is due.
#[derive(Debug, Default)]
struct Agenda {
    /// Jobs that are ready, and so due whatever the time is.
    ready: BTreeSet<Due>,
    /// Jobs that are due when their time comes.
    timed: BTreeSet<Due>,
}

impl Agenda {
    fn jobs_like(&mut self, job: &SystemJob) -> &mut BTreeSet<Due> {
        match job.status().state() {
            StateCode::Ready => &mut self.ready,
            _ => &mut self.timed,
        }
    }

    fn first(&self) -> Option<DateTime<Utc>> {
        let firsts = [self.ready.first(), self.timed.first()];
        firsts.into_iter().flatten().map(|(due_on, _, _)| *due_on).min()
    }

    fn due_at(&self, now: DateTime<Utc>, limit: usize) -> Vec<Uuid> {
        // Each set is in order, so no more of it is needed than the limit.
        let timed = self.timed.range(..=(now, Sequence::MAX, Uuid::max()));
        let mut due: Vec<_> = self.ready.iter().take(limit).chain(timed.take(limit)).collect();
        due.sort_unstable();
        due.into_iter().take(limit).map(|(_, _, id)| *id).collect()
    }
}

#[derive(Debug)]
struct Stored {
    job: SystemJob,
    payload: Option<Payload>,
    sequence: Sequence,
    /// The place among the completed jobs.
    completion: Option<Sequence>,
}

impl Stored {
    fn new(job: SystemJob, payload: Option<Payload>, sequence: Sequence) -> Self {
        Self { job, payload, sequence, completion: None }
    }

    fn key(&self) -> Option<(String, String)> {
        let description = self.job.description();
        let partition_key = description.partition_key.clone()?;
        Some((description.endpoint.clone(), partition_key))
    }
}

impl Jobs {
    pub(super) fn new(retention: PayloadRetention) -> Self {
        Self { retention, ..Self::default() }
    }

    pub(super) fn set_completed_limit(&mut self, limit: usize) {
        self.limit = CompletedLimit(limit);
        self.forget_oldest();
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn insert(&mut self, jobs: Vec<NewJob>) -> Result<Vec<SystemJob>, Error> {
        let mut ids = BTreeSet::new();
        for NewJob { job, .. } in &jobs {
            let id = job.id();
            let is_repeated = jobs.len() > 1 && !ids.insert(id);
            if is_repeated || self.by_id.contains_key(&id) {
                return Err(Error::AlreadyExists { id });
            }
        }
        let inserted = jobs.into_iter().map(|NewJob { job, payload }| {
            let job = job.at_revision(Revision(1));
            if !job.is_deleted_when_stored() {
                let payload = self.retention.keeps(job.status()).then_some(payload);
                let sequence = self.next_sequence();
                self.put(Stored::new(job.clone(), payload, sequence));
            }
            job
        });
        Ok(inserted.collect())
    }

    pub(super) fn get(&self, id: Uuid) -> Result<SystemJob, Error> {
        Ok(self.stored(id)?.job.clone())
    }

    pub(super) fn payload(&self, id: Uuid) -> Result<Option<Payload>, Error> {
        Ok(self.stored(id)?.payload.clone())
    }

    pub(super) fn update(&mut self, job: SystemJob) -> Result<SystemJob, Error> {
        let (id, expected) = (job.id(), job.revision());
        let found = self.stored(id)?.job.revision();
        if found != expected {
            return Err(Error::Conflict { id, expected, found });
        }
        Ok(self.replace(job.at_revision(expected.next())))
    }

    pub(super) fn claim(&mut self, claim: &Claim) -> Result<Vec<ClaimedJob>, Error> {
        let mut claimed = Vec::new();
        // The ids are collected first: a job that completes unblocks another one, which this claim
        // must not find, because it was not due when the claim began.
        let due = self.due.get(&claim.endpoint).map(|it| it.due_at(claim.now, claim.limit));
        for id in due.unwrap_or_default() {
            let mut job = self.get(id)?;
            let is_begun = claim.take(&mut job)?;
            let job = self.replace(job.clone().at_revision(job.revision().next()));
            if is_begun {
                let payload = self.payload(id)?.ok_or(PayloadLoss::NotKept);
                claimed.push(ClaimedJob { job, payload });
            }
        }
        Ok(claimed)
    }

    pub(super) fn renew(&mut self, renewal: &LeaseRenewal) -> Vec<Uuid> {
        let ids: BTreeSet<_> = renewal.ids.iter().copied().collect();
        let held = ids.into_iter().filter(|id| {
            let Ok(mut job) = self.get(*id) else { return false };
            let is_renewed = job.renew(&renewal.host_id, renewal.lease_until()).is_ok();
            if is_renewed {
                self.replace(job);
            }
            is_renewed
        });
        held.collect()
    }

    pub(super) fn next_due(&self, endpoint: &str) -> Option<DateTime<Utc>> {
        self.due.get(endpoint)?.first()
    }

    pub(super) fn query(&self, query: &JobQuery) -> Vec<SystemJob> {
        let mut found: Vec<_> = self.matches(query).collect();
        found.sort_by_key(|it| Position::from(*it));
        found.into_iter().take(query.limit).cloned().collect()
    }

    pub(super) fn count(&self, query: &JobQuery) -> BTreeMap<StatusCode, u64> {
        let mut counts = BTreeMap::new();
        for job in self.matches(query) {
            *counts.entry(job.status()).or_default() += 1;
        }
        counts
    }

    pub(super) fn delete(&mut self, id: Uuid) -> Result<(), Error> {
        let status = self.stored(id)?.job.status();
        if !status.state().is_completed() {
            return Err(Error::NotCompleted { id, status });
        }
        self.forget(id);
        Ok(())
    }

    pub(super) fn expire(&mut self, expiry: &Expiry) -> u64 {
        let completed = self.completed.values().filter_map(|id| self.by_id.get(id));
        let over = completed.map(|it| &it.job).filter(|it| it.status() == expiry.status);
        let is_old = |it: &&SystemJob| {
            it.progress().completed_on.is_some_and(|it| it < expiry.completed_before)
        };
        let ids: Vec<_> = over.filter(is_old).map(SystemJob::id).take(expiry.limit).collect();
        for id in &ids {
            self.forget(*id);
        }
        ids.len() as u64
    }

    fn next_sequence(&mut self) -> Sequence {
        self.next_sequence += 1;
        self.next_sequence
    }

    /// Removes a completed job, which is in no index of work.
    fn forget(&mut self, id: Uuid) {
        if let Some(completion) = self.by_id.remove(&id).and_then(|it| it.completion) {
            self.completed.remove(&completion);
        }
    }

    /// Removes the completed jobs beyond the limit, those that were completed first.
    fn forget_oldest(&mut self) {
        while self.completed.len() > self.limit.0
            && let Some((_, id)) = self.completed.pop_first()
        {
            self.by_id.remove(&id);
        }
    }

    fn stored(&self, id: Uuid) -> Result<&Stored, Error> {
        self.by_id.get(&id).ok_or(Error::Missing { id })
    }

    fn matches<'a>(&'a self, query: &'a JobQuery) -> impl Iterator<Item = &'a SystemJob> {
        self.by_id.values().map(|it| &it.job).filter(|it| query.matches(it))
    }

    /// Replaces a stored job by another version of it.
    fn replace(&mut self, job: SystemJob) -> SystemJob {
        if let Some(before) = self.by_id.remove(&job.id()) {
            // Out of every index first: which of them a job is in depends on its status.
            self.unlist(&before);
            if job.is_deleted_when_stored() {
                self.list_first(before.key());
            } else {
                let payload = before.payload.filter(|_| self.retention.keeps(job.status()));
                self.put(Stored::new(job.clone(), payload, before.sequence));
            }
        }
        job
    }

    fn put(&mut self, mut stored: Stored) {
        let (id, key) = (stored.job.id(), stored.key());
        // Into the jobs of its key before anything is listed: only the first of them is.
        let is_completed = stored.job.status().state().is_completed();
        if is_completed {
            let completion = self.next_sequence();
            self.completed.insert(completion, id);
            stored.completion = Some(completion);
        }
        if let Some(key) = key.clone().filter(|_| !is_completed) {
            self.by_key.entry(key).or_default().insert(stored.sequence, id);
        }
        if key.is_none() {
            list(&mut self.due, &stored);
        }
        self.by_id.insert(id, stored);
        self.list_first(key);
        if is_completed {
            self.forget_oldest();
        }
    }

    /// Takes a job out of the indexes.
    fn unlist(&mut self, stored: &Stored) {
        if let Some(completion) = stored.completion {
            self.completed.remove(&completion);
        }
        let endpoint = &stored.job.description().endpoint;
        if let (Some(due), Some(due_on)) = (self.due.get_mut(endpoint), stored.job.due_on()) {
            due.jobs_like(&stored.job).remove(&(due_on, stored.sequence, stored.job.id()));
        }
        if let Some(key) = stored.key() {
            let others = self.by_key.get_mut(&key);
            if others.is_some_and(|jobs| jobs.remove(&stored.sequence).is_some() && jobs.is_empty())
            {
                self.by_key.remove(&key);
            }
        }
    }

    /// Lists the first job of a partition key, whose turn it is.
    fn list_first(&mut self, key: Option<(String, String)>) {
        let first = key.and_then(|it| self.by_key.get(&it)?.first_key_value().map(|(_, id)| *id));
        if let Some(stored) = first.and_then(|id| self.by_id.get(&id)) {
            list(&mut self.due, stored);
        }
    }
}

/// Puts a job into the agenda of its endpoint.
fn list(due: &mut BTreeMap<String, Agenda>, Stored { job, sequence, .. }: &Stored) {
    // A job that waits to be resumed has no due time, and is in no agenda.
    let Some(due_on) = job.due_on() else { return };
    let (endpoint, entry) = (&job.description().endpoint, (due_on, *sequence, job.id()));
    // Not `entry`, which takes a copy of the name each time.
    match due.get_mut(endpoint) {
        Some(agenda) => agenda.jobs_like(job).insert(entry),
        None => due.entry(endpoint.clone()).or_default().jobs_like(job).insert(entry),
    };
}
