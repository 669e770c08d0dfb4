//! What holds for every answer.

use eventhub_rest::{Verdict, verdict};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use tokio::runtime::Builder;
use xrm_context::RemoteExecutionContext;
use xrm_eventhub::{StateCode, SystemJob};

use crate::fixture::{NOW, RANDOM, Script, at, builder, captured, connection, host};

fn answer() -> impl Strategy<Value = Verdict> {
    let reason = prop_oneof![
        any::<Vec<u8>>(),
        "(SubCode=[0-9]{0,12}|ExpiredToken|'Send'|sig=|server busy|TrackingId:)[ -~]{0,40}"
            .prop_map(String::into_bytes),
    ];
    let wait = prop_oneof![any::<u64>(), 0..100_000_u64];
    let body = any::<Vec<u8>>();
    (100..1000_u16, reason, wait, body).prop_map(|(status, reason, wait, body)| {
        let status = StatusCode::from_u16(status).expect("statuses have three digits");
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        verdict(status, &reason, &headers, &body)
    })
}

fn publish(verdict: Verdict, token_lifetime: u64, random: u128) -> SystemJob {
    let publisher = builder(connection())
        .token_lifetime(std::time::Duration::from_secs(token_lifetime))
        .host(host().with_randomness(move || random))
        .transport(Script::new([verdict]))
        .build()
        .expect("it has all it needs");
    let context = RemoteExecutionContext {
        operation_created_on: captured("005.json").operation_created_on,
        ..Default::default()
    };
    let runtime = Builder::new_current_thread().build().expect("it needs nothing");
    runtime.block_on(publisher.publish_context(&context)).expect("an answer is no error")
}

proptest! {
    #[test]
    fn an_answer_completes_the_job_or_dates_its_next_attempt(
        answer in answer(),
        token_lifetime in 1..=u64::MAX,
        random: u128,
    ) {
        let job = publish(answer.clone(), token_lifetime, random);
        let progress = job.progress();
        match job.status().state() {
            StateCode::Completed => prop_assert_eq!(progress.completed_on, Some(at(NOW))),
            StateCode::Suspended => {
                let until = progress.postpone_until.expect("it waits for a time");
                prop_assert!(at(NOW + 8) <= until && until <= at(NOW + 24 * 60 * 60));
            }
            state => prop_assert!(false, "{state} after {answer}"),
        }
        prop_assert_eq!(progress.cause.is_none(), answer.is_accepted());
    }

    #[test]
    fn what_a_job_says_is_printable_and_holds_no_signature(answer in answer()) {
        let progress = publish(answer, 3600, RANDOM).progress().clone();
        let message = progress.message.unwrap_or_default();
        prop_assert!(!message.contains(char::is_control) && !message.contains("sig="), "{message}");
        let friendly = progress.friendly_message.unwrap_or_default();
        prop_assert!(!friendly.contains(|c: char| c.is_control() && c != '\n'), "{friendly}");
    }
}
