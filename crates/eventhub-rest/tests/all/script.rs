//! A transport that follows a script of verdicts and keeps what it was given.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_sas::Token;
use eventhub_rest::{
    Attempt, Batch, Event, Hub, NoAnswer, NoAnswerKind, Refusal, Transport, Verdict, verdict,
};
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, sleep};

pub(crate) fn refused(status: u16) -> Verdict {
    Verdict::Refused(Refusal::new(StatusCode::from_u16(status).unwrap()))
}

pub(crate) fn lost() -> Verdict {
    Verdict::NoAnswer(NoAnswer::new(NoAnswerKind::ConnectionLost, ""))
}

pub(crate) fn wrong_signature() -> Verdict {
    let reason = b"SubCode=40103: Invalid authorization token signature";
    verdict(StatusCode::UNAUTHORIZED, reason, &HeaderMap::new(), b"")
}

/// An attempt as the transport saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) after: Duration,
    pub(crate) body: String,
    pub(crate) events: usize,
    pub(crate) authorization: String,
}

/// Gives its verdicts in turn, each after a while, and accepts once they are used up.
#[derive(Clone)]
pub(crate) struct Script {
    began: Instant,
    duration: Duration,
    verdicts: Arc<Mutex<VecDeque<Verdict>>>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    under_way: usize,
    most_under_way: usize,
}

impl Script {
    pub(crate) fn new(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let verdicts = Arc::new(Mutex::new(verdicts.into_iter().collect()));
        let state = Arc::default();
        Self { began: Instant::now(), duration: Duration::ZERO, verdicts, state }
    }

    /// The same script, each attempt taking so long.
    pub(crate) fn taking(self, duration: Duration) -> Self {
        Self { duration, ..self }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.body).collect()
    }

    pub(crate) fn most_under_way(&self) -> usize {
        self.state.lock().unwrap().most_under_way
    }

    fn attempt(&self, body: &[u8], events: usize, token: &Token) -> Attempt<'_> {
        let seen = Seen {
            after: self.began.elapsed(),
            body: String::from_utf8_lossy(body).into_owned(),
            events,
            authorization: token.authorization().to_owned(),
        };
        Box::pin(async move {
            let verdict = {
                let mut state = self.state.lock().unwrap();
                state.seen.push(seen);
                state.under_way += 1;
                state.most_under_way = state.most_under_way.max(state.under_way);
                self.verdicts.lock().unwrap().pop_front()
            };
            sleep(self.duration).await;
            self.state.lock().unwrap().under_way -= 1;
            verdict.unwrap_or(Verdict::Accepted)
        })
    }
}

impl Transport for Script {
    fn send<'a>(&'a self, _: &'a Hub, event: &'a Event, token: &'a Token) -> Attempt<'a> {
        self.attempt(event.body(), 1, token)
    }

    fn send_batch<'a>(&'a self, _: &'a Hub, batch: &'a Batch, token: &'a Token) -> Attempt<'a> {
        self.attempt(batch.body(), batch.len(), token)
    }
}
