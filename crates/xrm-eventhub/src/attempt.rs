//! Attempts: from payloads to requests, and from their verdicts to outcomes.

use std::future::ready;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use azure_sas::{Token, TokenError};
use chrono::{DateTime, Utc};
use eventhub_rest::{
    Batch, BatchBuilder, Error, Event, NoAnswerKind, PropertyValue, RefusalKind, Verdict,
};
use uuid::Uuid;
use xrm_jobs::runner::{Begun, Ended, Performer, Queue, Task};
use xrm_jobs::{Diagnosis, Failure, Outcome, Payload, SystemJob};

use crate::diagnosis::{self, Facts};
use crate::message::property;
use crate::publisher::Inner;

impl Performer for Inner {
    fn queue(&self) -> &Queue {
        &self.queue
    }

    fn tasks(&self, begun: Vec<Begun>) -> Vec<Task<'_>> {
        let mut tasks = Vec::new();
        // A single event is sent as itself, whatever a batch has room for.
        let batch_limit = self.batch_limit.filter(|_| begun.len() > 1);
        let mut open = batch_limit.map(OpenRequest::new);
        for begun in begun {
            match (event(&begun.job, &begun.payload), &mut open) {
                // All events of a batch have one partition key, and messages in order are attempted
                // one after another: those with a key would hardly ever meet.
                (Ok(event), Some(open)) if event.partition_key().is_none() => {
                    tasks.extend(open.add(begun, event).map(|full| self.task(full)));
                }
                (Ok(event), _) => {
                    tasks.push(self.task(Request { events: vec![(begun, event)], batch: None }));
                }
                (Err(error), _) => tasks.push(not_sendable(begun.job, &error)),
            }
        }
        tasks.extend(open.and_then(|mut it| it.close()).map(|it| self.task(it)));
        tasks
    }
}

/// The task of a job whose message can't be sent.
fn not_sendable(job: SystemJob, error: &Error) -> Task<'static> {
    let outcome = Outcome::Failed(diagnosis::not_sendable(error));
    Task::new(vec![job.clone()], ready(vec![Ended { job, outcome }]))
}

/// Events that are sent together, as one batch, or else one by one.
struct Request {
    events: Vec<(Begun, Event)>,
    batch: Option<Batch>,
}

/// A request that takes more events.
struct OpenRequest {
    events: Vec<(Begun, Event)>,
    /// Holds the same events, but nothing as long as there is only one.
    batch: BatchBuilder,
}

impl OpenRequest {
    fn new(limit: usize) -> Self {
        Self { events: Vec::new(), batch: BatchBuilder::new(limit) }
    }

    /// Adds an event, and returns the request that is full without it.
    fn add(&mut self, begun: Begun, event: Event) -> Option<Request> {
        let full = if self.fits(&event) { None } else { self.close() };
        self.events.push((begun, event));
        full
    }

    /// Whether the event can be sent together with the others. Asks the batch for its room by
    /// putting the event in.
    fn fits(&mut self, event: &Event) -> bool {
        match self.events.as_slice() {
            // Escaping a body as a member of a batch costs as much as encoding it, and an event
            // that stays alone is sent as it is. So the first is put in with the second.
            [] => true,
            [(_, first)] => self.batch.try_add(first).is_ok() && self.batch.try_add(event).is_ok(),
            _ => self.batch.try_add(event).is_ok(),
        }
    }

    /// What there is, as one request. A batch of one is sent as an event, with its content type.
    fn close(&mut self) -> Option<Request> {
        let (events, batch) = (mem::take(&mut self.events), self.batch.take());
        let batch = batch.filter(|_| events.len() > 1);
        (!events.is_empty()).then_some(Request { events, batch })
    }
}

/// What one exchange with the service carries.
#[derive(Clone, Copy)]
enum Carried<'a> {
    Event(&'a Event),
    Batch(&'a Batch),
}

/// The answer to an exchange, with the token that was sent; or there was none to send.
type Answer = Result<(Arc<Token>, Verdict), TokenError>;

impl Inner {
    fn task(&self, request: Request) -> Task<'_> {
        let jobs = request.events.iter().map(|(it, _)| it.job.clone()).collect();
        Task::new(jobs, self.send(request))
    }

    /// Sends a request, and returns the outcome of each of its jobs. If the service refuses a batch
    /// as such, its events are sent one by one.
    async fn send(&self, Request { events, batch }: Request) -> Vec<Ended> {
        if let Some(batch) = &batch {
            let answer = self.exchange(Carried::Batch(batch)).await;
            if !is_about_the_batch(&answer) {
                // The service takes a batch whole or not at all: one answer is that of each event.
                return events.into_iter().map(|(it, _)| self.ended(it, &answer)).collect();
            }
        }
        // One after another, because together they are one of the requests that may be under way.
        let mut ended = Vec::with_capacity(events.len());
        for (begun, event) in events {
            let answer = self.exchange(Carried::Event(&event)).await;
            ended.push(self.ended(begun, &answer));
        }
        ended
    }

    /// Sends the message of a job once. The caller records the result.
    pub(crate) async fn post(&self, job: &SystemJob, payload: &Payload) -> Result<(), Failure> {
        let event =
            event(job, payload).map_err(|error| lasting(diagnosis::not_sendable(&error)))?;
        let answer = self.exchange(Carried::Event(&event)).await;
        self.failure(job, payload, &answer).map_or(Ok(()), Err)
    }

    /// Sends once, and once more if the signature is refused and there is another key.
    async fn exchange(&self, carried: Carried<'_>) -> Answer {
        // The time is read here and not when the job was prepared: a job may wait long for its turn.
        let token = self.credentials.token(self.queue.host().now()).await?;
        let verdict = self.send_with(carried, &token).await;
        // The credential learns of the refusal in any case. A second request is made only if it has
        // another key, and its answer counts: where both keys are refused, this ends.
        if !is_signature_refused(&verdict) || !self.credentials.signature_refused(&token) {
            return Ok((token, verdict));
        }
        let token = self.credentials.token(self.queue.host().now()).await?;
        let verdict = self.send_with(carried, &token).await;
        Ok((token, verdict))
    }

    async fn send_with(&self, carried: Carried<'_>, token: &Token) -> Verdict {
        let (events, attempt) = match carried {
            Carried::Event(event) => (1, self.transport.send(&self.hub, event, token)),
            Carried::Batch(batch) => {
                (batch.len(), self.transport.send_batch(&self.hub, batch, token))
            }
        };
        self.signals.observe_request(&self.hub, &self.queue, events, attempt).await
    }

    fn ended(&self, Begun { job, payload }: Begun, answer: &Answer) -> Ended {
        let outcome = match self.failure(&job, &payload, answer) {
            None => Outcome::Succeeded,
            Some(failure) => self.queue.outcome(&job, failure),
        };
        Ended { job, outcome }
    }

    /// What the answer means for a job, unless it means success.
    fn failure(&self, job: &SystemJob, payload: &Payload, answer: &Answer) -> Option<Failure> {
        if let Ok((_, Verdict::Accepted)) = answer {
            return None;
        }
        // This machine's time after the answer. If a token is refused as expired before its expiry by
        // this clock, one of the two clocks is wrong.
        let now = self.queue.host().now();
        let (diagnosis, minimum_wait) = match answer {
            Err(error) => (diagnosis::no_token(error), Duration::ZERO),
            Ok((token, verdict)) => {
                let facts = Facts {
                    hub: &self.hub,
                    key_name: self.credentials.key_name(),
                    token_expires: token.expires(),
                    body_bytes: payload.body().len(),
                    attempt: job.progress().retry_count,
                    now,
                };
                (diagnosis::of(verdict, &facts)?, minimum_wait(verdict, now))
            }
        };
        Some(Failure { diagnosis, minimum_wait, random: self.queue.host().jitter() })
    }
}

/// A failure that no wait and no chance changes.
pub(crate) fn lasting(diagnosis: Diagnosis) -> Failure {
    Failure { diagnosis, minimum_wait: Duration::ZERO, random: 0 }
}

fn is_signature_refused(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Refused(it) if it.kind() == RefusalKind::InvalidSignature)
}

/// Whether the events may be accepted one by one: the service can't read the batch or finds it too
/// large, or the transport sends none.
fn is_about_the_batch(answer: &Answer) -> bool {
    match answer {
        Ok((_, Verdict::Refused(it))) => it.may_succeed_in_parts(),
        // Nothing was sent, so a second request can't make a duplicate.
        Ok((_, Verdict::NoAnswer(it))) => it.kind == NoAnswerKind::Unsupported,
        Ok((_, Verdict::Accepted)) | Err(_) => false,
    }
}

/// How long the service asks to be left alone.
fn minimum_wait(verdict: &Verdict, now: DateTime<Utc>) -> Duration {
    match verdict {
        Verdict::Refused(refusal) => refusal.minimum_wait(now),
        Verdict::Accepted | Verdict::NoAnswer(_) => Duration::ZERO,
    }
}

/// The message of a job as an event. The service does not retry it: the job does.
fn event(job: &SystemJob, payload: &Payload) -> Result<Event, Error> {
    // Shares the bytes with the payload, which the store may have too.
    let body = payload.body().clone();
    // Otherwise, a transient failure would be retried on both sides, and each retry of the service
    // can make a duplicate that no job shows.
    let mut event = Event::new(body, payload.content_type())?.without_service_retry();
    if let Some(key) = &job.description().partition_key {
        event = event.with_partition_key(key)?;
    }
    // A header can't have a name with a colon, such as the platform's claims have, and loses the case of
    // one in upper case, such as `MessageMaxSizeExceeded`; listeners compare both exactly. All properties
    // travel in JSON then, with their names and types as they are. A batch of one is not used for
    // properties without such a name, because it would take the content type away.
    let changes_in_header = |name: &str| name.contains(|it: char| it == ':' || it.is_uppercase());
    let is_in_json = payload.properties().iter().any(|(name, _)| changes_in_header(name));
    for (name, value) in payload.properties() {
        event = match is_in_json {
            true => event.with_application_property(name, typed(name, value))?,
            false if name == property::TRACEPARENT => {
                event.with_named_property(&property::TRACEPARENT_NAME, value)?
            }
            false => event.with_property(name, value)?,
        };
    }
    let message_id = job.description().message_id.hyphenated();
    event
        .with_named_property(
            &property::MESSAGE_ID_NAME,
            message_id.encode_lower(&mut Uuid::encode_buffer()),
        )?
        .with_named_property(&property::ATTEMPT_NAME, &job.progress().retry_count.to_string())
}

/// The value of a property, which a payload has as text.
fn typed(name: &str, value: &str) -> PropertyValue {
    // As a header, this text becomes a Boolean, and listeners should not see another type because
    // the message has claims as well.
    if name == property::MESSAGE_MAX_SIZE_EXCEEDED { true.into() } else { value.into() }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;
    use xrm_jobs::JobDescription;

    use super::*;

    fn begun(body: &str) -> (Begun, Event) {
        let description = JobDescription::new(Uuid::nil(), "job", DateTime::UNIX_EPOCH);
        let job = SystemJob::new(description);
        let payload = Payload::new("application/json", body.to_owned());
        let event = event(&job, &payload).expect("it can be sent");
        (Begun { job, payload }, event)
    }

    #[test]
    fn an_event_is_escaped_only_beside_another() {
        let mut open = OpenRequest::new(1_000);
        let mut add = |body: &str| {
            let (begun, event) = begun(body);
            let full = open.add(begun, event);
            (full.map(|it| it.events.len()), open.batch.size() > 0)
        };
        assert_eq!(add("{}"), (None, false), "a single event is not escaped");
        assert_eq!(add("{}"), (None, true));
        assert_eq!(add(&"x".repeat(900)), (Some(2), false), "it begins the next request");
        assert_eq!(add(&"x".repeat(2_000)), (Some(1), false), "no batch has room for it");
        assert_eq!(add("{}"), (Some(1), false));
        let last = open.close().expect("there is one");
        assert!(last.batch.is_none(), "a batch of one is an event");
    }
}
