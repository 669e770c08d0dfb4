//! Sending with tokens, retries and bounds. Time is tokio's paused one.

use std::sync::Arc;
use std::time::Duration;

use azure_sas::{
    KeyRotation, ReadyMade, Renewal, Resource, SharedAccessKey, SharedAccessSignature, Signer,
    TokenCredential, TokenError, TokenFuture,
};
use chrono::{DateTime, Utc};
use eventhub_rest::{
    Batch, Event, NoAnswerKind, ResendBudget, ResendPolicy, SendReport, Sender, SenderBuilder,
    StopReason, Verdict,
};
use tokio::time::{Instant, timeout};

use crate::script::{Script, lost, refused, wrong_signature};
use crate::{at, hub, token};

fn credential() -> Arc<dyn TokenCredential> {
    Arc::new(ReadyMade::from(token(hub("sb://h").resource())))
}

fn over(script: &Script, credential: Arc<dyn TokenCredential>) -> SenderBuilder {
    Sender::builder(script.clone(), hub("sb://h"), credential, || at(1_000), || 1 << 63)
}

/// A sender whose waits are half as long as they may be, from one second on.
fn builder(script: &Script) -> SenderBuilder {
    let policy = ResendPolicy::default().base_delay(Duration::from_secs(1));
    over(script, credential()).resend_policy(policy)
}

fn event() -> Event {
    Event::new("a", "text/plain").unwrap()
}

fn check(outcome: &SendReport, stopped: StopReason, attempts: u32, maybe_delivered: u32) {
    assert_eq!(
        (outcome.stopped, outcome.attempts, outcome.maybe_delivered),
        (stopped, attempts, maybe_delivered),
        "{outcome:?}"
    );
}

fn renewal(key: &str) -> Renewal {
    let signer = Signer::new("send", &SharedAccessKey::new(key).unwrap()).unwrap();
    let resource = Resource::new("sb://h/orders").unwrap();
    Renewal::new(signer, resource, Renewal::LIFETIME, Renewal::MARGIN).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_is_accepted_is_sent_once() {
    let script = Script::new([]);
    let sender = builder(&script).build();
    check(&sender.send(&event()).await, StopReason::Accepted, 1, 0);
    let batch = Batch::from_event(&event());
    check(&sender.send_batch(&batch).await, StopReason::Accepted, 1, 0);
    assert_eq!(script.bodies(), ["a", r#"[{"Body":"a"}]"#]);
}

#[tokio::test(start_paused = true)]
async fn what_fails_for_a_while_is_sent_again_with_growing_waits() {
    let script = Script::new([refused(503), refused(500), lost()]);
    let outcome = builder(&script).build().send(&event()).await;
    assert!(outcome.is_accepted());
    check(&outcome, StopReason::Accepted, 4, 2);
    let times: Vec<_> = script.seen().iter().map(|seen| seen.after.as_millis()).collect();
    assert_eq!(times, [0, 500, 1_500, 3_500]);
}

#[tokio::test(start_paused = true)]
async fn what_can_not_succeed_is_sent_once() {
    let script = Script::new([refused(403)]);
    let outcome = builder(&script).build().send(&event()).await;
    check(&outcome, StopReason::Lasting, 1, 0);
    assert_eq!(outcome.verdict, refused(403));
}

#[tokio::test(start_paused = true)]
async fn attempts_end() {
    let script = Script::new([503, 503, 503, 503, 503].map(refused));
    check(&builder(&script).build().send(&event()).await, StopReason::Attempts, 4, 0);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_cuts_an_attempt_off() {
    let script = Script::new([]).taking(Duration::from_secs(3_600));
    let policy = ResendPolicy::default().deadline(Duration::from_secs(10));
    let began = Instant::now();
    let outcome = builder(&script).resend_policy(policy).build().send(&event()).await;
    check(&outcome, StopReason::Deadline, 1, 1);
    assert!(matches!(&outcome.verdict, Verdict::NoAnswer(it) if it.kind == NoAnswerKind::Timeout));
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_shared() {
    let budget = Arc::new(ResendBudget::new(1, 10));
    let script = Script::new([503, 503, 503].map(refused));
    let first = builder(&script).resend_budget(Arc::clone(&budget)).build();
    let second = builder(&script).resend_budget(budget).build();
    check(&first.send(&event()).await, StopReason::Budget, 2, 0);
    check(&second.send(&event()).await, StopReason::Budget, 1, 0);
    check(&second.send(&event()).await, StopReason::Accepted, 1, 0);
}

#[tokio::test(start_paused = true)]
async fn sends_under_way_are_bounded() {
    let script = Script::new([]).taking(Duration::from_secs(1));
    let sender = builder(&script).max_in_flight(3).build();
    let sends: Vec<_> = (0..10)
        .map(|_| {
            let sender = sender.clone();
            tokio::spawn(async move { sender.send(&event()).await })
        })
        .collect();
    let began = Instant::now();
    for send in sends {
        assert!(send.await.unwrap().is_accepted());
    }
    assert_eq!((script.most_under_way(), began.elapsed().as_secs()), (3, 4));
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_for_a_place_was_never_sent() {
    let script = Script::new([]).taking(Duration::from_secs(60));
    let policy = ResendPolicy::default().deadline(Duration::from_secs(100));
    let sender = builder(&script).resend_policy(policy).max_in_flight(1).build();
    let sends: Vec<_> = (0..3)
        .map(|_| {
            let sender = sender.clone();
            tokio::spawn(async move { sender.send(&event()).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for send in sends {
        outcomes.push(send.await.unwrap());
    }
    check(&outcomes[0], StopReason::Accepted, 1, 0);
    check(&outcomes[1], StopReason::Deadline, 1, 1);
    check(&outcomes[2], StopReason::Deadline, 0, 0);
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_send_that_is_dropped_gives_its_place_back() {
    let script = Script::new([]).taking(Duration::from_secs(60));
    let sender = builder(&script).max_in_flight(1).build();
    let event = event();
    let dropped = timeout(Duration::from_secs(1), sender.send(&event)).await;
    assert!(dropped.is_err());
    assert!(sender.send(&event).await.is_accepted());
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_gives_way_to_the_other_at_once() {
    let keys = Arc::new(KeyRotation::new(renewal("a"), renewal("b")));
    let script = Script::new([wrong_signature()]);
    let sender = over(&script, keys).build();
    let began = Instant::now();
    check(&sender.send(&event()).await, StopReason::Accepted, 2, 0);
    check(&sender.send(&event()).await, StopReason::Accepted, 1, 0);
    assert_eq!(began.elapsed(), Duration::ZERO);
    let signers = script.seen().into_iter().map(|seen| {
        let token: SharedAccessSignature = seen.authorization.parse().unwrap();
        let is_signed_by = |key: &&str| token.is_signed_by(&SharedAccessKey::new(*key).unwrap());
        ["a", "b"].into_iter().find(is_signed_by).unwrap()
    });
    assert_eq!(signers.collect::<Vec<_>>(), ["a", "b", "b"]);
}

#[tokio::test(start_paused = true)]
async fn two_refused_keys_end_the_send() {
    let keys = Arc::new(KeyRotation::new(renewal("a"), renewal("b")));
    let script = Script::new([wrong_signature(), wrong_signature(), wrong_signature()]);
    let sender = over(&script, keys).build();
    check(&sender.send(&event()).await, StopReason::Lasting, 2, 0);
    let single = over(&script, credential()).build();
    check(&single.send(&event()).await, StopReason::Lasting, 1, 0);
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_fails_is_asked_again() {
    struct Down;
    impl TokenCredential for Down {
        fn token(&self, _: DateTime<Utc>) -> TokenFuture<'_> {
            Box::pin(async { Err(TokenError::unavailable("the identity service is down")) })
        }
    }
    let script = Script::new([]);
    let sender = over(&script, Arc::new(Down)).build();
    let outcome = sender.send(&event()).await;
    check(&outcome, StopReason::Attempts, 4, 0);
    assert_eq!(
        outcome.verdict.to_string(),
        "no answer: there was no token to send with (the identity service is down)"
    );
    assert!(script.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn debug_shows_no_token() {
    let sender = builder(&Script::new([])).build();
    let shown = format!("{sender:?} {:?}", builder(&Script::new([])));
    assert!(!shown.contains("sig="), "{shown}");
}
