//! The job: what it says, and when it is recorded.

use std::sync::Arc;

use azure_sas::Token;
use eventhub_rest::{Attempt, Event, Hub, NoAnswerKind, Transport, Verdict};
use xrm_context::RemoteExecutionContext;
use xrm_eventhub::body::MessageFormat;
use xrm_eventhub::jobs::{Error as JobError, JobQuery};
use xrm_eventhub::{Error, JobStore, MemoryJobStore, StatusCode, SystemJob};

use crate::fixture::{
    NOW, RANDOM, Script, at, builder, captured, connection, evidence, friendly, id, no_answer,
    only_json, standing,
};

#[tokio::test]
async fn a_job_tells_what_it_posts() {
    let context = captured("005.json");
    let publisher =
        builder(connection()).transport(Script::new([Verdict::Accepted])).build().unwrap();
    let job = publisher.publish_context(&context).await.unwrap();
    let it = job.description();

    assert_eq!(it.id, id(RANDOM), "these random bits have a UUID's version and variant already");
    assert_eq!(it.name, "accounts: Create of albxrm_alltypes");
    assert_eq!(it.operation_type.0, 1);
    assert_eq!(it.message_name, "Create");
    assert_eq!(it.primary_entity_type, "albxrm_alltypes");
    assert_eq!(it.correlation_id, context.correlation_id);
    assert_eq!(it.request_id, context.request_id);
    assert_eq!(it.operation_id, context.operation_id);
    assert_eq!(it.owning_extension_id, Some(context.owning_extension.as_ref().unwrap().id));
    assert_eq!(it.depth, 1);
    assert_eq!(it.created_on, at(NOW));
    assert_eq!(it.endpoint, "accounts");
    assert_eq!(it.regarding_object_id, Some(context.primary_entity_id));
    assert_eq!((it.message_id, it.partition_key.as_deref()), (it.id, None));

    let progress = job.progress();
    assert_eq!(progress.host_id.as_deref(), Some("tests"));
    assert_eq!(progress.retry_count, 1);
    assert_eq!((progress.started_on, progress.completed_on), (Some(at(NOW)), Some(at(NOW))));
}

#[tokio::test]
async fn the_registration_can_be_named() {
    let publisher = builder(connection())
        .endpoint("Contoso endpoint")
        .step_id(id(8))
        .transport(Script::new([Verdict::Accepted]))
        .build()
        .unwrap();
    let job = publisher.publish_context(&captured("005.json")).await.unwrap();
    assert_eq!(job.description().name, "Contoso endpoint: Create of albxrm_alltypes");
    assert_eq!(job.description().owning_extension_id, Some(id(8)));
}

#[tokio::test]
async fn a_synchronous_context_brings_its_steps_name() {
    let publisher =
        builder(connection()).transport(Script::new([Verdict::Accepted])).build().unwrap();
    let job = publisher.publish_context(&captured("014.json")).await.unwrap();
    assert_eq!(job.description().name, "Agent_Update: Create of msdyn_agentstatus");
}

#[tokio::test]
async fn a_context_that_the_format_cannot_carry_fails_unsent() {
    let script = Script::new([]);
    let publisher = builder(connection())
        .message_format(MessageFormat::Xml)
        .transport(script.clone())
        .build()
        .unwrap();
    let job = publisher.publish_context(&only_json()).await.unwrap();
    assert_eq!(standing(&job), ((3, 31), Some("not_encodable"), None));
    assert!(script.sent().is_empty());
    assert!(evidence(&job, "reason").unwrap().contains("Riddle"), "{job:?}");
    assert_eq!(evidence(&job, "format").unwrap(), "XML");
    assert!(friendly(&job).contains("Riddle"), "{}", friendly(&job));

    let stored = publisher.job_store().get(job.id()).await.unwrap();
    assert_eq!(stored, job);
    let payload = publisher.job_store().payload(job.id()).await.unwrap().unwrap();
    assert!(payload.body().is_empty());
}

type Meddle = fn(&mut SystemJob) -> Result<(), JobError>;

/// Looks into the store while the message is on its way.
struct Spy {
    store: Arc<MemoryJobStore>,
    meddle: Meddle,
    verdict: Verdict,
}

impl Transport for Spy {
    fn send<'a>(&'a self, _: &'a Hub, event: &'a Event, _: &'a Token) -> Attempt<'a> {
        Box::pin(async move {
            let jobs = self.store.query(JobQuery::default()).await.expect("a map");
            assert_eq!(jobs.len(), 1);
            let job = &jobs[0];
            assert_eq!(job.status(), StatusCode::InProgress);
            let payload = self.store.payload(job.id()).await.expect("a map");
            assert_eq!(payload.expect("the job is not completed").body()[..], event.body()[..]);
            let mut job = job.clone();
            (self.meddle)(&mut job).expect("a legal move");
            let updated = self.store.update(vec![job]).await.expect("a map");
            assert!(updated[0].is_ok(), "nobody else changes it");
            self.verdict.clone()
        })
    }
}

async fn meddled_with(meddle: Meddle, verdict: Verdict) -> SystemJob {
    let store = Arc::new(MemoryJobStore::new());
    let spy = Spy { store: Arc::clone(&store), meddle, verdict };
    let publisher =
        builder(connection()).job_store(store).transport(spy).build().expect("it has all it needs");
    publisher.publish_context(&captured("005.json")).await.expect("the store has no such job yet")
}

#[tokio::test]
async fn the_job_is_in_the_store_before_anything_is_sent() {
    let job = meddled_with(|_| Ok(()), Verdict::Accepted).await;
    assert_eq!(job.status(), StatusCode::Succeeded);
}

#[tokio::test]
async fn a_wish_that_came_meanwhile_is_honoured() {
    let late = || no_answer(NoAnswerKind::Timeout);
    let cases: [(Meddle, Verdict, StatusCode); 4] = [
        (|job| job.cancel(at(NOW)), late(), StatusCode::Canceled),
        (|job| job.cancel(at(NOW)), Verdict::Accepted, StatusCode::Succeeded),
        (|job| job.pause(at(NOW)), late(), StatusCode::Waiting),
        (|job| job.pause(at(NOW)), Verdict::Accepted, StatusCode::Succeeded),
    ];
    for (meddle, verdict, status) in cases {
        let job = meddled_with(meddle, verdict.clone()).await;
        assert_eq!(job.status(), status, "{verdict}");
        assert_eq!(job.due_on(), None, "it was paused, or it is completed");
    }
}

#[tokio::test]
async fn without_a_record_nothing_is_sent() {
    let script = Script::new([Verdict::Accepted]);
    let publisher = builder(connection()).transport(script.clone()).build().unwrap();
    let context = RemoteExecutionContext {
        operation_created_on: captured("005.json").operation_created_on,
        ..Default::default()
    };
    publisher.publish_context(&context).await.unwrap();
    // The randomness repeats, and so does the job's id.
    let error = publisher.publish_context(&context).await.unwrap_err();
    assert!(matches!(error, Error::Jobs(JobError::AlreadyExists { .. })), "{error:?}");
    assert_eq!(script.sent().len(), 1);
}

#[test]
fn publishing_fits_any_runtime() {
    fn is_send<T: Send>(_: &T) {}
    fn is_sync<T: Sync>(_: &T) {}
    let publisher = builder(connection()).transport(Script::new([])).build().unwrap();
    is_sync(&publisher);
    is_send(&publisher);
    is_send(&publisher.publish_context(&RemoteExecutionContext::default()));
}
