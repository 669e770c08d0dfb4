//! What the tests publish, and where to.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use azure_sas::Token;
use chrono::{DateTime, Utc};
use eventhub_rest::{Attempt, Event, Hub, NoAnswer, NoAnswerKind, Refusal, Transport, Verdict};
use http::StatusCode;
use uuid::Uuid;
use xrm_context::raw::RawJson;
use xrm_context::{Raw, RemoteExecutionContext, Value};
use xrm_eventhub::body::{self, MessageFormat};
use xrm_eventhub::{ConnectionString, Host, Publisher, PublisherBuilder, SystemJob};

/// 2026-01-05T08:00:00Z, the time of the publisher in these tests.
pub(crate) const NOW: i64 = 1_767_600_000;

pub(crate) const KEY: &str = "dGhlIGtleSBvZiB0aGUgdGVzdHMgb2YgdGhpcyBjcnQ=";

/// What the publisher takes for random: without jitter, for its halves are equal.
pub(crate) const RANDOM: u128 = 0x8123_4567_89AB_4DEF_8123_4567_89AB_4DEF;

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a time that chrono knows")
}

/// A body that a server sent, all of whose types are known.
pub(crate) fn captured(name: &str) -> RemoteExecutionContext {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/captured").join(name);
    let body = fs::read(path).expect("the fixture is part of the checkout");
    body::decode(&body, MessageFormat::Json).expect("a server wrote it")
}

/// A context that can be written as JSON alone.
pub(crate) fn only_json() -> RemoteExecutionContext {
    let json = RawJson {
        text: r#"{"__type":"Riddle:http:\/\/example.com","Answer":42}"#.to_owned(),
        type_hint: Some("Riddle:http://example.com".to_owned()),
    };
    let mut context = captured("005.json");
    context.input_parameters = [("Riddle", Value::Raw(Box::new(Raw::Json(json))))].into();
    context
}

pub(crate) fn connection() -> ConnectionString {
    format!(
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=send;\
         SharedAccessKey={KEY};EntityPath=accounts"
    )
    .parse()
    .expect("a connection string")
}

/// A process whose clock stands still at [`NOW`].
pub(crate) fn host() -> Host {
    Host::new("tests", || at(NOW), || RANDOM)
}

/// A publisher whose clock stands still at [`NOW`].
pub(crate) fn builder(connection: ConnectionString) -> PublisherBuilder {
    Publisher::builder(connection).host(host())
}

/// Answers with verdicts in turn, and remembers what it was given.
#[derive(Clone, Default)]
pub(crate) struct Script {
    verdicts: Arc<Mutex<VecDeque<Verdict>>>,
    sent: Arc<Mutex<Vec<(Event, Token)>>>,
}

impl Script {
    pub(crate) fn new(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let verdicts = Arc::new(Mutex::new(verdicts.into_iter().collect()));
        Self { verdicts, sent: Arc::default() }
    }

    pub(crate) fn sent(&self) -> Vec<(Event, Token)> {
        self.sent.lock().expect("no test panics with it").clone()
    }
}

impl Transport for Script {
    fn send<'a>(&'a self, _: &'a Hub, event: &'a Event, token: &'a Token) -> Attempt<'a> {
        self.sent.lock().expect("no test panics with it").push((event.clone(), token.clone()));
        let verdict = self
            .verdicts
            .lock()
            .expect("no test panics with it")
            .pop_front()
            .expect("one verdict per attempt");
        Box::pin(async { verdict })
    }
}

pub(crate) fn refused(status: u16) -> Verdict {
    Verdict::Refused(Refusal::new(StatusCode::from_u16(status).expect("a status")))
}

pub(crate) fn refused_with(status: u16, reason: &str) -> Verdict {
    let status = StatusCode::from_u16(status).expect("a status");
    eventhub_rest::verdict(status, reason.as_bytes(), &http::HeaderMap::new(), b"")
}

pub(crate) fn no_answer(kind: NoAnswerKind) -> Verdict {
    Verdict::NoAnswer(NoAnswer::new(kind, ""))
}

/// Publishes a context once, with this verdict.
pub(crate) async fn publish(verdict: Verdict) -> SystemJob {
    let publisher = builder(connection())
        .transport(Script::new([verdict]))
        .build()
        .expect("it has all it needs");
    publisher.publish_context(&captured("005.json")).await.expect("the store has no such job yet")
}

/// `(statecode, statuscode)`, the cause's id, and in how many seconds the next attempt is due.
pub(crate) type Standing<'a> = ((i32, i32), Option<&'a str>, Option<i64>);

pub(crate) fn standing(job: &SystemJob) -> Standing<'_> {
    let status = job.status();
    let due = job.progress().postpone_until.map(|due| (due - at(NOW)).num_seconds());
    (
        (status.state().number(), status.number()),
        job.progress().cause.as_ref().map(|it| it.id()),
        due,
    )
}

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// The value of a fact in the technical line of a failed job.
pub(crate) fn evidence(job: &SystemJob, key: &str) -> Option<String> {
    let message = job.progress().message.as_deref()?;
    let (_, facts) = message.split_once(": ")?;
    let mut facts = facts.split("; ").filter_map(|fact| fact.split_once('='));
    facts.find(|(name, _)| *name == key).map(|(_, value)| value.to_owned())
}

pub(crate) fn friendly(job: &SystemJob) -> &str {
    job.progress().friendly_message.as_deref().expect("the job has not succeeded")
}
