//! What becomes of messages that are large.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventhub_rest::{Event, PropertyValue, Verdict};
use xrm_eventhub::body::{EncodeOptions, Removable, SizeRule, Zone, decode, encode, encode_with};
use xrm_eventhub::{Entity, MessageFormat, RemoteExecutionContext, SizePolicy, SystemJob};

use crate::fixture::{Script, builder, connection, evidence, friendly, only_json, standing};

const KB: usize = 1024;

/// A context with a large record in its input and in its output.
fn context(input: usize, output: usize) -> RemoteExecutionContext {
    let record = |size| Entity::new("account").with("description", "x".repeat(size));
    RemoteExecutionContext {
        message_name: Some("Update".into()),
        input_parameters: [("Target", record(input))].into(),
        output_parameters: [("BusinessEntity", record(output))].into(),
        ..Default::default()
    }
}

/// Publishes a context and gives its job, and what was sent of it.
async fn publish(
    context: &RemoteExecutionContext,
    policy: impl Into<SizePolicy>,
) -> (SystemJob, Option<Event>) {
    let script = Script::new([Verdict::Accepted]);
    // The sizes are those of the contexts as they are.
    let builder = builder(connection()).identify_contexts(false).size_policy(policy);
    let publisher = builder.transport(script.clone()).build();
    let publisher = publisher.expect("it has all it needs");
    let job = publisher.publish_context(context).await.expect("the store has no such job yet");
    let sent = script.sent().into_iter().next();
    (job, sent.map(|(event, _)| event))
}

/// The mark of a message that lost something, as a consumer reads it: the name has its case.
fn mark(event: &Event) -> Option<PropertyValue> {
    let mut properties = event.application_properties();
    properties.find(|(name, _)| *name == "MessageMaxSizeExceeded").map(|(_, value)| value)
}

#[tokio::test]
async fn a_large_message_loses_what_the_platform_removes_and_is_marked() {
    let context = context(200 * KB, 10);
    let (job, event) = publish(&context, SizePolicy::default()).await;
    let event = event.unwrap();
    assert_eq!(job.status().number(), 30);
    assert_eq!(mark(&event), Some(true.into()));
    let read = decode(event.body(), MessageFormat::Json).unwrap();
    assert!(read.input_parameters.is_empty());
    assert_eq!(read.output_parameters, context.output_parameters);
}

#[tokio::test]
async fn a_message_within_the_limit_is_left_alone() {
    let context = context(100 * KB, 10);
    let (_, event) = publish(&context, SizePolicy::Platform).await;
    let event = event.unwrap();
    assert_eq!(event.body()[..], encode(&context, MessageFormat::Json).unwrap()[..]);
    assert_eq!(mark(&event), None);
}

#[tokio::test]
async fn a_message_that_is_too_large_still_is_not_sent() {
    let (job, event) = publish(&context(10, 200 * KB), SizePolicy::Platform).await;
    assert!(event.is_none());
    assert_eq!(standing(&job), ((3, 31), Some("body_too_large"), None));
    let code = job.progress().error_code.map(|code| code.0 as u32);
    assert_eq!(code, Some(0x8005_0208));
    assert_eq!(evidence(&job, "limit_bytes"), Some((192 * KB).to_string()));
    assert_eq!(evidence(&job, "removed").as_deref(), Some("InputParameters"));
    assert!(friendly(&job).contains("without InputParameters"), "{}", friendly(&job));
}

#[tokio::test]
async fn without_a_policy_the_hub_decides() {
    let context = context(200 * KB, 200 * KB);
    let (_, event) = publish(&context, SizePolicy::Off).await;
    let event = event.unwrap();
    assert_eq!(event.body()[..], encode(&context, MessageFormat::Json).unwrap()[..]);
    assert_eq!(mark(&event), None);
}

#[tokio::test]
async fn a_rule_of_ones_own_holds() {
    let rule = SizeRule::new(4 * KB).removing(&[Removable::PreEntityImages]);
    let (job, event) = publish(&context(5 * KB, 10), rule).await;
    assert!(event.is_none());
    assert_eq!(evidence(&job, "removed").as_deref(), Some(""));
    let (_, event) = publish(&context(5 * KB, 10), SizeRule::new(4 * KB)).await;
    assert_eq!(event.as_ref().and_then(mark), Some(true.into()));
}

#[tokio::test]
async fn what_can_not_be_written_is_no_question_of_size() {
    let script = Script::default();
    let publisher = builder(connection())
        .message_format(MessageFormat::Xml)
        .transport(script.clone())
        .build()
        .unwrap();
    let job = publisher.publish_context(&only_json()).await.unwrap();
    assert_eq!(standing(&job), ((3, 31), Some("not_encodable"), None));
    assert!(script.sent().is_empty());
}

/// A time zone that counts how often it is asked: once for each time that the date is encoded.
#[derive(Clone, Debug, Default)]
struct CountingZone(Arc<AtomicUsize>);

impl Zone for CountingZone {
    fn offset_at_instant(&self, _: i64) -> i16 {
        self.0.fetch_add(1, Ordering::Relaxed);
        0
    }

    fn offset_at_wall(&self, ticks: i64) -> i16 {
        self.offset_at_instant(ticks)
    }
}

#[tokio::test]
async fn a_context_is_encoded_once() {
    let zone = CountingZone::default();
    let options = EncodeOptions::new(MessageFormat::Json).zone(zone.clone());
    let context = RemoteExecutionContext {
        operation_created_on: "2026-01-05T08:00:00".parse().unwrap(),
        ..Default::default()
    };
    encode_with(&context, &options, &mut Vec::new()).unwrap();
    let once = zone.0.swap(0, Ordering::Relaxed);
    assert!(once > 0, "a date of unspecified kind is one of the zone");

    let publisher = builder(connection()).encode_options(options);
    let publisher = publisher.transport(Script::new([Verdict::Accepted])).build().unwrap();
    publisher.publish_context(&context).await.unwrap();
    assert_eq!(zone.0.load(Ordering::Relaxed), once);
}
