//! Attempts: what jobs under way send, and what becomes of it.

use std::time::Duration;

use azure_sas::Token;
use chrono::{DateTime, Utc};
use eventhub_rest::{Batch, BatchBuilder, Event, NoAnswerKind, Verdict};
use uuid::Uuid;
use xrm_context::RemoteExecutionContext;
use xrm_jobs::{BoxFuture, Diagnosis, Failure, NewJob, Outcome, SystemJob};

use crate::diagnosis::{self, Facts};
use crate::event::event;
use crate::publisher::Publisher;
use crate::signals;
use xrm_jobs::runner::Performer;
use xrm_jobs::runner::{Begun, Ended, Prepared, Queue};

/// What is sent in one request.
#[derive(Debug)]
pub(crate) enum Request {
    /// One event.
    Event(Box<Begun>, Box<Event>),
    /// Several events.
    Batch(Vec<(Begun, Event)>, Batch),
    /// Nothing, for it can't be.
    Unsendable(Box<SystemJob>, Diagnosis),
}

impl Request {
    /// The requests that carry the messages of these jobs, in their order: batches up to `limit`
    /// bytes of those that have no partition key, if there is a limit.
    fn of(jobs: Vec<Begun>, limit: Option<usize>) -> Vec<Self> {
        let mut requests = Vec::new();
        let mut open = limit.map(OpenBatch::new);
        for begun in jobs {
            let event = match event(&begun.job, &begun.payload) {
                Ok(event) => event,
                Err(error) => {
                    let diagnosis = diagnosis::not_sendable(&error);
                    requests.push(Self::Unsendable(Box::new(begun.job), diagnosis));
                    continue;
                }
            };
            match &mut open {
                Some(open) if event.partition_key().is_none() => {
                    requests.extend(open.add(begun, event));
                }
                _ => requests.push(Self::Event(Box::new(begun), Box::new(event))),
            }
        }
        requests.extend(open.and_then(|mut it| it.close()));
        requests
    }

    /// The jobs whose messages it carries.
    fn into_jobs(self) -> Vec<SystemJob> {
        match self {
            Self::Event(begun, _) => vec![begun.job],
            Self::Batch(jobs, _) => jobs.into_iter().map(|(begun, _)| begun.job).collect(),
            Self::Unsendable(job, _) => vec![*job],
        }
    }
}

/// A batch that takes more events.
struct OpenBatch {
    events: Vec<(Begun, Event)>,
    builder: BatchBuilder,
}

impl OpenBatch {
    fn new(limit: usize) -> Self {
        Self { events: Vec::new(), builder: BatchBuilder::new(limit) }
    }

    /// Adds an event, and gives what is to be sent before it: the batch that is full or, where none
    /// can hold it, the event itself.
    fn add(&mut self, begun: Begun, event: Event) -> Vec<Request> {
        let mut ready = Vec::new();
        if self.builder.try_add(&event).is_err() {
            ready.extend(self.close());
            if self.builder.try_add(&event).is_err() {
                ready.push(Request::Event(Box::new(begun), Box::new(event)));
                return ready;
            }
        }
        self.events.push((begun, event));
        ready
    }

    /// What there is, as one request; a batch of one is sent as an event, with its content type.
    fn close(&mut self) -> Option<Request> {
        let batch = self.builder.take()?;
        let mut events = std::mem::take(&mut self.events);
        if events.len() > 1 {
            return Some(Request::Batch(events, batch));
        }
        let (begun, event) = events.pop()?;
        Some(Request::Event(Box::new(begun), Box::new(event)))
    }
}

/// A publisher that performs its jobs.
pub(crate) struct Posts<'a>(pub(crate) &'a Publisher);

impl Performer for Posts<'_> {
    type Task = Request;

    fn queue(&self) -> &Queue {
        &self.0.queue
    }

    fn tasks(&self, begun: Vec<Begun>) -> Vec<Request> {
        Request::of(begun, self.0.batch_limit)
    }

    fn jobs(request: Request) -> Vec<SystemJob> {
        request.into_jobs()
    }

    fn perform(&self, request: Request) -> BoxFuture<'_, Vec<Ended>> {
        Box::pin(self.0.send(request))
    }
}

impl Publisher {
    /// Sends a request, and tells what each of its jobs comes to.
    async fn send(&self, request: Request) -> Vec<Ended> {
        match request {
            Request::Event(begun, event) => vec![self.send_event(*begun, &event).await],
            Request::Batch(jobs, batch) => self.send_batch(jobs, &batch).await,
            Request::Unsendable(job, diagnosis) => {
                vec![Ended { job: *job, outcome: Outcome::Failed(diagnosis) }]
            }
        }
    }

    async fn send_event(&self, begun: Begun, event: &Event) -> Ended {
        let token = self.credentials.token_at(self.queue.now());
        let attempt = self.transport.send(&self.hub, event, &token);
        let verdict = signals::of_attempt(self, 1, attempt).await;
        self.ended(begun, &verdict, &token)
    }

    /// Sends a batch; where the service has something against the batch as such, its events one by
    /// one.
    async fn send_batch(&self, jobs: Vec<(Begun, Event)>, batch: &Batch) -> Vec<Ended> {
        let token = self.credentials.token_at(self.queue.now());
        let attempt = self.transport.send_batch(&self.hub, batch, &token);
        let verdict = signals::of_attempt(self, jobs.len(), attempt).await;
        if !is_about_the_batch(&verdict) {
            return jobs.into_iter().map(|(it, _)| self.ended(it, &verdict, &token)).collect();
        }
        let mut ended = Vec::with_capacity(jobs.len());
        for (begun, event) in jobs {
            ended.push(self.send_event(begun, &event).await);
        }
        ended
    }

    /// What the verdict means for a job.
    fn ended(&self, begun: Begun, verdict: &Verdict, token: &Token) -> Ended {
        let (job, now) = (begun.job, self.queue.now());
        let outcome = match self.failure(&job, begun.payload.body().len(), verdict, token) {
            None => Outcome::Succeeded,
            Some(failure) => {
                let outcome = self.queue.retry_policy.outcome(&job, failure, now);
                self.queue.that_can_be_resumed(outcome)
            }
        };
        signals::outcome(&self.queue.endpoint, &outcome);
        Ended { job, outcome }
    }

    /// What the verdict says against the attempt, if it does.
    fn failure(
        &self,
        job: &SystemJob,
        body_bytes: usize,
        verdict: &Verdict,
        token: &Token,
    ) -> Option<Failure> {
        let now = self.queue.now();
        let facts = Facts {
            hub: &self.hub,
            key_name: self.credentials.key_name(),
            token_expires: token.expires(),
            body_bytes,
            attempt: job.progress().retry_count,
            now,
        };
        let diagnosis = diagnosis::of(verdict, &facts)?;
        let minimum_wait = minimum_wait(verdict, now);
        Some(Failure { diagnosis, minimum_wait, random: self.queue.random() })
    }

    /// Posts a context once, as a message by this id, without a job of its own.
    pub(crate) async fn post(
        &self,
        context: &RemoteExecutionContext,
        id: Uuid,
    ) -> Result<(), Failure> {
        let never = |diagnosis| Failure { diagnosis, minimum_wait: Duration::ZERO, random: 0 };
        let Prepared { new: NewJob { job, payload, .. }, refusal } =
            self.prepare_as(&self.step, context, id, self.queue.now());
        refusal.map_or(Ok(()), |diagnosis| Err(never(diagnosis)))?;
        let event =
            event(&job, &payload).map_err(|error| never(diagnosis::not_sendable(&error)))?;
        let token = self.credentials.token_at(self.queue.now());
        let attempt = self.transport.send(&self.hub, &event, &token);
        let verdict = signals::of_attempt(self, 1, attempt).await;
        self.failure(&job, payload.body().len(), &verdict, &token).map_or(Ok(()), Err)
    }
}

/// Whether its events may fare better one by one: no batch was looked at, or the service can't make
/// sense of it, or it is too large.
fn is_about_the_batch(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Accepted => false,
        Verdict::Refused(refusal) => refusal.may_succeed_in_parts(),
        Verdict::NoAnswer(no_answer) => no_answer.kind == NoAnswerKind::Unsupported,
    }
}

/// How long the service asks to be left alone.
fn minimum_wait(verdict: &Verdict, now: DateTime<Utc>) -> Duration {
    match verdict {
        Verdict::Refused(refusal) => refusal.minimum_wait(now),
        Verdict::Accepted | Verdict::NoAnswer(_) => Duration::ZERO,
    }
}
