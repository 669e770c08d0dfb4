//! The properties of the platform's messages.

use eventhub_rest::{Event, Form, PropertyValue, Verdict};
use xrm_eventhub::{Claims, Entity, RemoteExecutionContext, property};

use crate::fixture::{NOW, Script, at, builder, captured, connection, host, id, refused};

const BASE: &str = "http://schemas.microsoft.com/xrm/2011/Claims/";

/// What is sent of a context.
async fn sent(context: &RemoteExecutionContext, claims: Option<Claims>) -> Event {
    let script = Script::new([Verdict::Accepted]);
    let builder = builder(connection()).transport(script.clone());
    let builder = if let Some(claims) = claims { builder.claims(claims) } else { builder };
    let publisher = builder.build().expect("it has all it needs");
    publisher.publish_context(context).await.expect("the store has no such job yet");
    let (event, _) = script.sent().pop().expect("an attempt is made");
    event
}

/// The properties that the platform has too.
fn properties(event: &Event) -> Vec<(String, PropertyValue)> {
    let ours = [property::TRACEPARENT, property::MESSAGE_ID, property::ATTEMPT];
    event
        .application_properties()
        .filter(|(name, _)| !ours.contains(name))
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

fn claim(name: &str, value: &str) -> (String, PropertyValue) {
    (format!("{BASE}{name}"), value.into())
}

#[tokio::test]
async fn without_claims_a_message_keeps_its_content_type() {
    let event = sent(&captured("005.json"), None).await;
    assert_eq!(event.form(), Form::Headers);
    assert_eq!(properties(&event), []);
}

#[tokio::test]
async fn claims_tell_what_the_context_tells() {
    let context = RemoteExecutionContext {
        user_id: id(1),
        initiating_user_id: id(2),
        initiating_user_agent: Some("till/7".into()),
        primary_entity_name: Some("account".into()),
        message_name: Some("Update".into()),
        ..Default::default()
    };
    let claims = Claims::new().organization("https://contoso.crm.dynamics.com/");
    let event = sent(&context, Some(claims)).await;
    assert_eq!(event.form(), Form::Batch);
    assert_eq!(
        properties(&event),
        [
            claim("Organization", "https://contoso.crm.dynamics.com/"),
            claim("User", "00000000-0000-0000-0000-000000000001"),
            claim("InitiatingUser", "00000000-0000-0000-0000-000000000002"),
            claim("InitiatingUserAgent", "till/7"),
            claim("EntityLogicalName", "account"),
            claim("RequestName", "Update"),
        ]
    );
    assert!(!event.service_retry());
}

#[tokio::test]
async fn what_the_context_does_not_tell_is_no_claim() {
    let context = RemoteExecutionContext {
        primary_entity_name: Some(String::new()),
        message_name: Some("WhoAmI".into()),
        ..Default::default()
    };
    let event = sent(&context, Some(Claims::new())).await;
    assert_eq!(properties(&event), [claim("RequestName", "WhoAmI")]);
    let event = sent(&RemoteExecutionContext::default(), Some(Claims::new())).await;
    assert_eq!((properties(&event), event.form()), (vec![], Form::Headers));
}

#[tokio::test]
async fn beside_claims_the_mark_of_a_trimmed_message_keeps_its_name() {
    let record = Entity::new("account").with("description", "x".repeat(200 * 1024));
    let context = RemoteExecutionContext {
        message_name: Some("Update".into()),
        input_parameters: [("Target", record)].into(),
        ..Default::default()
    };
    let event = sent(&context, Some(Claims::new())).await;
    let mark = ("MessageMaxSizeExceeded".to_owned(), true.into());
    assert_eq!(properties(&event), [mark, claim("RequestName", "Update")]);
}

#[cfg(feature = "worker")]
#[tokio::test(start_paused = true)]
async fn every_attempt_sends_the_same_properties() {
    let record = Entity::new("account").with("description", "x".repeat(200 * 1024));
    let context = RemoteExecutionContext {
        message_name: Some("Update".into()),
        correlation_id: id(3),
        input_parameters: [("Target", record)].into(),
        ..Default::default()
    };
    let script = Script::new([refused(503), Verdict::Accepted]);
    let start = tokio::time::Instant::now();
    let publisher = builder(connection())
        .host(host().with_clock(move || at(NOW) + start.elapsed()))
        .claims(Claims::new())
        .transport(script.clone())
        .build()
        .unwrap();
    publisher.publish_context(&context).await.unwrap();
    publisher.run_until(tokio::time::sleep(std::time::Duration::from_secs(60))).await.unwrap();
    let sent = script.sent();
    let [(first, _), (second, _)] = sent.as_slice() else { unreachable!("two attempts: {sent:?}") };
    assert_eq!(properties(first).len(), 2);
    assert_eq!(properties(first), properties(second));
    let value = |event: &Event, name: &str| {
        event.application_properties().find(|(it, _)| *it == name).map(|(_, value)| value.clone())
    };
    for name in [property::TRACEPARENT, property::MESSAGE_ID] {
        assert!(value(first, name).is_some());
        assert_eq!(value(first, name), value(second, name));
    }
    let attempts = [first, second].map(|it| value(it, property::ATTEMPT));
    assert_eq!(attempts, [Some(1.into()), Some(2.into())]);
}
