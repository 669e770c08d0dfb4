//! Scripting verdicts instead of a service.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use azure_sas::Token;
use eventhub_rest::{Attempt, Batch, Event, Hub, NoAnswer, NoAnswerKind, Transport, Verdict};

use crate::{hub, token};

/// Accepts everything and remembers it.
#[derive(Default)]
struct Recorder(Mutex<Vec<(String, Vec<u8>)>>);

impl Transport for Recorder {
    fn send<'a>(&'a self, hub: &'a Hub, event: &'a Event, _: &'a Token) -> Attempt<'a> {
        self.0.lock().unwrap().push((hub.name().to_owned(), event.body().to_vec()));
        Box::pin(async { Verdict::Accepted })
    }
}

#[test]
fn a_transport_is_an_object_and_is_shared() {
    let recorder = Arc::new(Recorder::default());
    let boxed: Box<dyn Transport> = Box::new(Arc::clone(&recorder));
    let transport: Arc<dyn Transport> = Arc::new(boxed);
    let hub = hub("sb://h");
    let event = Event::new("a", "text/plain").unwrap();
    let token = token(hub.resource());
    let mut attempt = transport.send(&hub, &event, &token);
    let poll = attempt.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(poll, Poll::Ready(Verdict::Accepted));
    assert_eq!(*recorder.0.lock().unwrap(), [("orders".to_owned(), b"a".to_vec())]);
}

#[test]
fn a_transport_without_batches_says_so_for_good() {
    let hub = hub("sb://h");
    let batch = Batch::from_event(&Event::new("a", "text/plain").unwrap());
    let token = token(hub.resource());
    let recorder = Arc::new(Recorder::default());
    let mut attempt = Transport::send_batch(&recorder, &hub, &batch, &token);
    let poll = attempt.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(verdict) = poll else { panic!("nothing is waited for") };
    let unsupported = NoAnswer::new(NoAnswerKind::Unsupported, "");
    assert_eq!(verdict, Verdict::NoAnswer(unsupported));
    assert!(!verdict.is_transient() && !verdict.may_be_delivered());
}
