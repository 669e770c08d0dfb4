//! What is sent, and when a job is tried again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use azure_sas::{KeyRotation, Renewal, Resource, SharedAccessKey, SharedAccessSignature, Signer};
use eventhub_rest::{Refusal, RetryAfter, Verdict};
use http::StatusCode;
use xrm_eventhub::body::{self, EncodeOptions, Fixed, MessageFormat};
use xrm_eventhub::context::{DateTime, Generation};
use xrm_eventhub::{
    ConnectionString, Entity, RemoteExecutionContext, RetryOptions, RetryPolicy, RetrySchedule,
    SystemJob, TraceContext,
};

use crate::fixture::{
    KEY, NOW, Script, Standing, at, builder, captured, connection, evidence, friendly, host,
    publish, refused, refused_with, standing,
};

#[tokio::test]
async fn the_body_is_what_the_format_writes_and_properties_tell_which_attempt_it_is() {
    let context = captured("014.json");
    for format in [MessageFormat::Json, MessageFormat::Xml] {
        let script = Script::new([Verdict::Accepted]);
        let publisher =
            builder(connection()).message_format(format).transport(script.clone()).build().unwrap();
        publisher.publish_context(&context).await.unwrap();
        let (event, _) = &script.sent()[0];
        assert_eq!(event.body(), &body::encode(&context, format).unwrap());
        assert_eq!(event.content_type(), format.content_type());
        let properties = event.properties();
        let properties: Vec<_> = properties
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        let trace: TraceContext = properties[0].1.parse().unwrap();
        assert_eq!(
            (properties[0].0, trace.trace_id()),
            ("traceparent", context.correlation_id.as_u128())
        );
        assert_eq!(
            properties[1..],
            [("xrm-message-id", "81234567-89ab-4def-8123-456789ab4def"), ("xrm-attempt", "1")]
        );
        assert_eq!(event.partition_key(), None);
        assert!(!event.service_retry(), "the job is what retries");
    }
}

#[tokio::test]
async fn a_body_is_written_in_the_zone_of_the_publisher() {
    let mut context = captured("005.json");
    context.operation_created_on = DateTime::unspecified(639_031_680_000_000_000).unwrap();
    let options = EncodeOptions::new(MessageFormat::Json).zone(Fixed(120));
    let script = Script::new([Verdict::Accepted]);
    let builder = builder(connection()).encode_options(options.clone());
    let publisher = builder.transport(script.clone()).build().unwrap();
    publisher.publish_context(&context).await.unwrap();

    let mut expected = Vec::new();
    body::encode_with(&context, &options, &mut expected).unwrap();
    assert_eq!(script.sent()[0].0.body(), &expected);
    assert_ne!(expected, body::encode(&context, MessageFormat::Json).unwrap());
}

#[tokio::test]
async fn a_body_has_the_members_of_the_generation_of_the_publisher() {
    let context = captured("005.json");
    let options = EncodeOptions::new(MessageFormat::Json).generation(Generation::V5_0);
    let script = Script::new([Verdict::Accepted]);
    let builder = builder(connection()).encode_options(options.clone());
    let publisher = builder.transport(script.clone()).build().unwrap();
    publisher.publish_context(&context).await.unwrap();

    let mut expected = Vec::new();
    body::encode_with(&context, &options, &mut expected).unwrap();
    assert_eq!(script.sent()[0].0.body(), &expected);
    assert_ne!(expected, body::encode(&context, MessageFormat::Json).unwrap());
}

#[tokio::test]
async fn a_body_has_the_escapes_and_the_numbers_that_the_publisher_is_told() {
    let json = EncodeOptions::new(MessageFormat::Json);
    let told = [
        (json.clone(), r"two\u000alines", "972.17275299999994"),
        (json.clone().short_control_escapes(), r"two\nlines", "972.17275299999994"),
        (json.shortest_numbers(), r"two\u000alines", "972.172753"),
    ];
    let record = Entity::new("account").with("name", "two\nlines").with("score", 972.172753);
    let context = RemoteExecutionContext {
        input_parameters: [("Target", record)].into(),
        ..Default::default()
    };
    for (options, text, number) in told {
        let script = Script::new([Verdict::Accepted]);
        let builder = builder(connection()).encode_options(options);
        let publisher = builder.transport(script.clone()).build().unwrap();
        publisher.publish_context(&context).await.unwrap();
        let body = String::from_utf8(script.sent()[0].0.body().to_vec()).unwrap();
        assert!(body.contains(text), "{body} without {text}");
        assert!(body.contains(&format!(":{number}")), "{body} without {number}");
    }
}

#[tokio::test]
async fn a_token_is_signed_for_the_hub_and_its_lifetime() {
    let script = Script::new([Verdict::Accepted]);
    let publisher = builder(connection())
        .token_lifetime(Duration::from_secs(600))
        .transport(script.clone())
        .build()
        .unwrap();
    publisher.publish_context(&captured("005.json")).await.unwrap();
    let (_, token) = &script.sent()[0];
    let signature: SharedAccessSignature = token.authorization().parse().unwrap();
    assert!(signature.is_signed_by(&SharedAccessKey::new(KEY).unwrap()));
    assert!(signature.covers("contoso.servicebus.windows.net", "/accounts/messages"));
    assert!(!signature.covers("contoso.servicebus.windows.net", "/orders/messages"));
    assert_eq!((signature.key_name(), token.expires()), ("send", at(NOW + 600)));
}

#[tokio::test]
async fn a_ready_made_token_is_sent_as_it_is() {
    let hub = Resource::new("https://contoso.servicebus.windows.net/accounts").unwrap();
    let token = connection().signer().unwrap().sign(&hub, at(NOW));
    let connection: ConnectionString = format!(
        "Endpoint=sb://contoso.servicebus.windows.net/;EntityPath=accounts;SharedAccessSignature={}",
        token.authorization()
    )
    .parse()
    .unwrap();
    let script = Script::new([refused_with(401, "ExpiredToken: The token is expired.")]);
    let publisher = builder(connection).transport(script.clone()).build().unwrap();
    let job = publisher.publish_context(&captured("005.json")).await.unwrap();
    assert_eq!(script.sent()[0].1.authorization(), token.authorization());
    assert_eq!(standing(&job), ((3, 31), Some("expired_token"), None));
    assert!(friendly(&job).starts_with("The access token expired at 2026-01-05T08:00:00Z"));
}

async fn publish_by(policy: RetryPolicy, verdict: Verdict) -> SystemJob {
    let publisher = builder(connection())
        .retry_policy(policy)
        .transport(Script::new([verdict]))
        .build()
        .expect("it has all it needs");
    publisher.publish_context(&captured("005.json")).await.expect("the store has no such job yet")
}

fn transient(options: RetryOptions) -> RetryPolicy {
    let transient = RetrySchedule::new(options).expect("a schedule");
    RetryPolicy { transient, ..RetryPolicy::default() }
}

fn retry_after(retry_after: RetryAfter) -> Verdict {
    Verdict::Refused(Refusal::new(StatusCode::TOO_MANY_REQUESTS).with_retry_after(retry_after))
}

#[tokio::test]
async fn the_service_may_ask_for_a_longer_wait() {
    let waiting = |due| ((1, 10), Some("throttled"), Some(due));
    let cases: [(Verdict, Standing<'static>); 6] = [
        (retry_after(RetryAfter::Delay(Duration::from_secs(3))), waiting(10)),
        (retry_after(RetryAfter::Delay(Duration::from_secs(120))), waiting(120)),
        (retry_after(RetryAfter::At(at(NOW + 90))), waiting(90)),
        (retry_after(RetryAfter::At(at(NOW - 90))), waiting(10)),
        (retry_after(RetryAfter::Delay(Duration::from_secs(86_400))), waiting(86_400)),
        // Longer than a job may last: the longest delay of the schedule.
        (retry_after(RetryAfter::Delay(Duration::from_secs(u64::MAX))), waiting(3600)),
    ];
    for (verdict, expected) in cases {
        let job = publish(verdict.clone()).await;
        assert_eq!(standing(&job), expected, "{verdict:?}");
    }
}

#[tokio::test]
async fn a_busy_server_gets_four_seconds_at_least() {
    let options = RetryOptions::default().first_delay(Duration::from_secs(1));
    let busy = refused_with(503, "Error code : 50002");
    for (verdict, due) in [(busy, 4), (refused(500), 1)] {
        let job = publish_by(transient(options.clone()), verdict).await;
        assert_eq!(job.progress().postpone_until, Some(at(NOW + due)));
    }
}

#[tokio::test]
async fn a_second_key_is_tried_in_the_same_attempt() {
    let hub = Resource::new("https://contoso.servicebus.windows.net/accounts").unwrap();
    let renewal = |key: &str| {
        let signer = Signer::new("send", &SharedAccessKey::new(key).unwrap()).unwrap();
        Renewal::new(signer, hub.clone(), Renewal::LIFETIME, Renewal::MARGIN).unwrap()
    };
    let replaced = || refused_with(401, "SubCode=40103: Invalid authorization token signature");
    let script = Script::new([replaced(), Verdict::Accepted, replaced(), replaced()]);
    let numbers = AtomicU64::new(1);
    let numbers = move || u128::from(numbers.fetch_add(1, Ordering::Relaxed)) << 64;
    let publisher = builder(connection())
        .host(host().with_randomness(numbers))
        .credential(KeyRotation::new(renewal("b2xk"), renewal("bmV3")))
        .transport(script.clone())
        .build()
        .unwrap();
    let context = RemoteExecutionContext::default();
    let job = publisher.publish_context(&context).await.unwrap();
    assert_eq!(standing(&job).0, (3, 30));
    assert_eq!(job.progress().retry_count, 1);
    let sent = script.sent();
    let [(first, old), (second, new)] = sent.as_slice() else { panic!("two requests") };
    assert_eq!(first.body(), second.body());
    assert_ne!(old.authorization(), new.authorization());

    let job = publisher.clone().publish_context(&context).await.unwrap();
    assert_eq!(standing(&job).1, Some("wrong_key"), "both keys are refused");
    assert_eq!(script.sent().len(), 4);
}

#[tokio::test]
async fn randomness_shortens_the_wait() {
    let publisher = builder(connection())
        .host(host().with_randomness(|| u128::from(u64::MAX)))
        .transport(Script::new([refused(500)]))
        .build()
        .unwrap();
    let job = publisher.publish_context(&captured("005.json")).await.unwrap();
    assert_eq!(standing(&job).2, Some(8), "a fifth less than ten seconds");
}

#[tokio::test]
async fn the_last_attempt_says_so() {
    let once = transient(RetryOptions::default().max_attempts(1));
    let job = publish_by(once, refused(500)).await;
    assert_eq!(standing(&job), ((3, 31), Some("server_error"), None));
    assert!(friendly(&job).contains("Attempt 1 was the last."), "{}", friendly(&job));
}

#[tokio::test]
async fn an_answer_that_repeats_the_token_is_cut() {
    for echo in [
        "Forbidden header Authorization: SharedAccessSignature sr=x&sig=c2VjcmV0&se=1&skn=send",
        "Forbidden header Authorization: sr=x&amp;SIG=c2VjcmV0",
        "Forbidden header Authorization: sr%3Dx%26sig%3Dc2VjcmV0",
    ] {
        let job = publish(refused_with(403, echo)).await;
        let reason = evidence(&job, "reason").unwrap();
        assert!(reason.starts_with("Forbidden header Authorization: "), "{reason}");
        assert!(reason.ends_with("(redacted)") && !format!("{job:?}").contains("c2VjcmV0"));
    }
}
