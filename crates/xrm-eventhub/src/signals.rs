//! Spans and logs of `tracing`, and metrics of `metrics`. None holds a secret, a body or a property.
//!
//! Spans follow OpenTelemetry's [messaging conventions][spans], where the system is `eventhubs`.
//!
//! [spans]: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use eventhub_rest::{Attempt, Hub, Verdict};
use metrics::{Key, Label, Level, Metadata, counter, gauge, with_recorder};
use tracing::{Instrument, field, info_span};
use xrm_jobs::runner::{Backlog, Observer, Queue};
use xrm_jobs::{Outcome, Retention, StatusCode, SystemJob};

/// Requests sent, by endpoint.
const REQUESTS: &str = "xrm_eventhub_requests_total";
/// Seconds from sending a request to its answer, by endpoint.
const REQUEST_SECONDS: &str = "xrm_eventhub_request_duration_seconds";
/// Attempts that ended, by endpoint, outcome and, where it failed, cause.
const OUTCOMES: &str = "xrm_eventhub_outcomes_total";
/// Jobs that are not completed, by endpoint and status.
const BACKLOG: &str = "xrm_eventhub_backlog_jobs";
/// Seconds since the oldest job that is not completed was created, by endpoint.
const OLDEST_SECONDS: &str = "xrm_eventhub_oldest_job_age_seconds";
/// Completed jobs that were deleted because they are kept no longer, by status.
const EXPIRED: &str = "xrm_eventhub_expired_jobs_total";

/// Reports what the runner observes, and the requests of a publisher.
#[derive(Clone, Debug)]
pub(crate) struct Signals(Arc<Keys>);

/// The metrics of each request. A recorder is asked for them by their keys each time, because an
/// application may install it after the first request; the keys themselves are made once.
#[derive(Debug)]
struct Keys {
    requests: Key,
    request_seconds: Key,
    succeeded: Key,
}

/// How recorders that filter metrics see ours.
const METADATA: Metadata<'static> =
    Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

impl Signals {
    /// The signals of an endpoint.
    pub(crate) fn new(endpoint: &str) -> Self {
        // The endpoint is the only label: a recorder keeps a series for each value it ever saw.
        let labels = || vec![Label::new("endpoint", endpoint.to_owned())];
        Self(Arc::new(Keys {
            requests: Key::from_parts(REQUESTS, labels()),
            request_seconds: Key::from_parts(REQUEST_SECONDS, labels()),
            succeeded: outcomes(endpoint, "succeeded", String::new()),
        }))
    }

    /// Awaits an attempt that sends so many events, within a span and a measurement.
    pub(crate) async fn observe_request(
        &self,
        hub: &Hub,
        queue: &Queue,
        events: usize,
        attempt: Attempt<'_>,
    ) -> Verdict {
        let (endpoint, name) = (queue.endpoint(), hub.name());
        let span = info_span!(
            "send",
            otel.name = format!("send {name}"),
            otel.kind = "producer",
            messaging.system = "eventhubs",
            messaging.operation.name = "send",
            messaging.operation.type = "send",
            messaging.destination.name = name,
            messaging.batch.message_count = events,
            server.address = hub.endpoint().host(),
            xrm.endpoint = endpoint,
            error.type = field::Empty,
        );
        // By the host's clock, which tests set. One that is put back while a request is under way
        // gives a duration of zero.
        let started = queue.host().now();
        let verdict = attempt.instrument(span.clone()).await;
        let seconds = (queue.host().now() - started).to_std().unwrap_or_default().as_secs_f64();
        let Keys { requests, request_seconds, .. } = &*self.0;
        with_recorder(|it| {
            it.register_counter(requests, &METADATA).increment(1);
            it.register_histogram(request_seconds, &METADATA).record(seconds);
        });
        if let Some(error_type) = error_type(&verdict) {
            span.record("error.type", error_type);
        }
        verdict
    }
}

/// The key of the attempts of an endpoint that ended like this.
fn outcomes(endpoint: &str, outcome: &'static str, cause: String) -> Key {
    let endpoint = Label::new("endpoint", endpoint.to_owned());
    let labels = vec![endpoint, Label::new("outcome", outcome), Label::new("cause", cause)];
    Key::from_parts(OUTCOMES, labels)
}

impl Observer for Signals {
    fn attempt_ended(&self, endpoint: &str, outcome: &Outcome) {
        let count = |key: &Key| {
            with_recorder(|it| it.register_counter(key, &METADATA).increment(1));
        };
        let name = match outcome {
            Outcome::Succeeded => return count(&self.0.succeeded),
            Outcome::Waiting(..) => "waiting",
            Outcome::Suspended(_) => "suspended",
            Outcome::Failed(_) => "failed",
            Outcome::Canceled(_) => "canceled",
        };
        let cause = outcome.diagnosis().map_or(String::new(), |it| it.cause.id().to_owned());
        count(&outcomes(endpoint, name, cause));
    }

    fn backlog_counted(&self, endpoint: &str, backlog: &Backlog) {
        for (status, count) in &backlog.jobs {
            let labels = [("endpoint", endpoint.to_owned()), ("status", status.label().to_owned())];
            gauge!(BACKLOG, &labels).set(*count as f64);
        }
        let oldest = gauge!(OLDEST_SECONDS, "endpoint" => endpoint.to_owned());
        oldest.set(backlog.oldest_seconds);
    }

    fn worker_began(&self, endpoint: &str, retention: Retention) {
        // A store that deletes nothing by age may forget jobs by another rule.
        if retention != Retention::default() {
            tracing::info!(endpoint, "a worker has begun, and keeps {retention}");
        }
    }

    fn jobs_expired(&self, _: &str, status: StatusCode, count: u64) {
        counter!(EXPIRED, "status" => status.label()).increment(count);
    }

    fn store_failed(&self, what: &'static str, error: &xrm_jobs::Error) {
        // The error's own text leaves its source out, and that is where a database gives its
        // reason.
        let source = error.source().map(ToString::to_string);
        tracing::warn!(error = %error, source, "{what}");
    }

    fn store_damaged(&self, lasts: Duration, error: &xrm_jobs::Error) {
        let source = error.source().map(ToString::to_string);
        let seconds = lasts.as_secs();
        tracing::warn!(error = %error, source, "the store has been damaged for {seconds} s");
    }

    fn leases_shortened(&self, endpoint: &str, jobs: &[SystemJob]) {
        let hosts: BTreeSet<_> =
            jobs.iter().filter_map(|it| it.progress().host_id.as_deref()).collect();
        let hosts = hosts.into_iter().collect::<Vec<_>>().join(", ");
        let count = jobs.len();
        tracing::warn!(
            "{count} leases on jobs of {endpoint} ended much too late and were shortened; check the \
             clock of {hosts}"
        );
    }

    fn clock_jumped(&self, by: TimeDelta) {
        let seconds = by.num_seconds();
        tracing::warn!("the clock of this machine jumped by {seconds} s, or the machine slept");
    }
}

/// `error.type`: the status, or what failed where there was no answer.
fn error_type(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Accepted => None,
        Verdict::Refused(refusal) => Some(refusal.status().as_str().to_owned()),
        Verdict::NoAnswer(no_answer) => Some(format!("{:?}", no_answer.kind)),
    }
}
