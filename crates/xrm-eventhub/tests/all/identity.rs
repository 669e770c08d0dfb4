//! Ids that an application left unset.

use std::sync::atomic::{AtomicU64, Ordering};

use eventhub_rest::Verdict;
use uuid::Uuid;
use xrm_context::{DateTime, RemoteExecutionContext};
use xrm_eventhub::body::decode;
use xrm_eventhub::{MessageFormat, Publisher};

use crate::fixture::{NOW, Script, at, builder, captured, connection, host, id};

fn publisher(script: &Script, identifies: Option<bool>) -> Publisher {
    let builder = builder(connection()).transport(script.clone());
    let builder = match identifies {
        Some(identifies) => builder.identify_contexts(identifies),
        None => builder,
    };
    builder.build().expect("it has all it needs")
}

/// What is sent of a context, and the id of its job.
async fn sent(
    context: &RemoteExecutionContext,
    identifies: Option<bool>,
) -> (RemoteExecutionContext, Uuid) {
    let script = Script::new([Verdict::Accepted]);
    let job = publisher(&script, identifies).publish_context(context).await;
    let job = job.expect("the store has no such job yet");
    let (event, _) = &script.sent()[0];
    assert_eq!(job.description().operation_id, job_context(event.body()).operation_id);
    assert_eq!(job.description().correlation_id, job_context(event.body()).correlation_id);
    (job_context(event.body()), job.id())
}

fn job_context(body: &[u8]) -> RemoteExecutionContext {
    decode(body, MessageFormat::Json).expect("it is a body")
}

fn made() -> RemoteExecutionContext {
    RemoteExecutionContext { message_name: Some("Update".to_owned()), ..Default::default() }
}

#[tokio::test]
async fn unset_ids_are_those_of_the_job() {
    let (context, job) = sent(&made(), None).await;
    assert_eq!((context.operation_id, context.correlation_id), (job, job));
    assert_eq!(context.operation_created_on, DateTime::try_from(at(NOW).fixed_offset()).unwrap());
    // Live servers were seen to send none.
    assert_eq!(context.request_id, None);
    assert_eq!(context.message_name.as_deref(), Some("Update"));
}

#[tokio::test]
async fn ids_that_are_set_stay() {
    let correlation_id = id(9);
    let (context, job) = sent(&RemoteExecutionContext { correlation_id, ..made() }, None).await;
    assert_eq!((context.operation_id, context.correlation_id), (job, correlation_id));
    let operation_id = id(8);
    let (context, job) = sent(&RemoteExecutionContext { operation_id, ..made() }, None).await;
    assert_eq!((context.operation_id, context.correlation_id), (operation_id, job));
    let whole = captured("005.json");
    assert_eq!(sent(&whole, None).await.0, whole);
}

#[tokio::test]
async fn a_context_can_be_sent_as_it_is() {
    let context = RemoteExecutionContext {
        operation_created_on: captured("005.json").operation_created_on,
        ..made()
    };
    assert_eq!(sent(&context, Some(false)).await.0, context);
}

#[tokio::test]
async fn each_of_several_has_ids_of_its_own() {
    let script = Script::new([Verdict::Accepted]);
    let ids = AtomicU64::new(1);
    let random = move || u128::from(ids.fetch_add(1, Ordering::Relaxed));
    let builder = builder(connection()).host(host().with_randomness(random));
    let publisher = builder.transport(script).build().expect("it has all it needs");
    let jobs = publisher.enqueue_many(&[made(), made()]).await.unwrap();
    let ids: Vec<_> = jobs.iter().map(|it| it.description().operation_id).collect();
    assert_eq!(ids, [jobs[0].id(), jobs[1].id()]);
    assert_ne!(ids[0], ids[1]);
    let prepared = publisher.prepare(&made());
    assert_eq!(prepared.job.description().operation_id, prepared.job.id());
    assert_eq!(prepared.job.description().created_on, at(NOW));
}
