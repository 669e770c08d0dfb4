//! What is told to `tracing` and to `metrics`. A process of its own, for `tracing` remembers for all
//! threads whether anybody listens to a span.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use eventhub_local::{Fault, LocalEventHub};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tokio::runtime::Builder;
use tokio::time::Instant;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use uuid::Uuid;
use xrm_context::{Entity, RemoteExecutionContext};
use xrm_eventhub::{Host, Publisher, RetryOptions, RetryPolicy, RetrySchedule, StatusCode};

/// Takes what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What was told while a publisher published and worked: the log, and the metrics as lines.
struct Told {
    log: String,
    metrics: BTreeMap<String, DebugValue>,
    secrets: Vec<String>,
}

fn context() -> RemoteExecutionContext {
    RemoteExecutionContext {
        message_name: Some("Update".to_owned()),
        primary_entity_id: Uuid::from_u128(7),
        input_parameters: [("Target", Entity::new("account").with("name", "Contoso Ltd."))].into(),
        ..Default::default()
    }
}

/// One context is published, one is enqueued and fails twice before it is sent, and one of a
/// publisher with a wrong key is refused.
async fn publish_and_work() -> Vec<String> {
    let local = LocalEventHub::builder().hub("accounts", 1).serve(([127, 0, 0, 1], 0)).await;
    let local = local.expect("a port is free");
    let connection = local.connection_string("accounts").expect("a hub of it");
    let key = connection.key().expect("it holds a key").reveal().to_owned();
    let wrong = connection.to_secret_string().replace(&key, "d3Jvbmc=");
    let quick = RetryOptions::default()
        .first_delay(Duration::from_millis(20))
        .max_delay(Duration::from_millis(20));
    let publisher = Publisher::builder(connection)
        .retry_policy(RetryPolicy {
            transient: RetrySchedule::new(quick).expect("a schedule"),
            ..RetryPolicy::default()
        })
        .build()
        .expect("it has all it needs");

    publisher.publish_context(&context()).await.expect("a map");
    local.set_fault("accounts", Some(Fault::ResetAfterReading)).expect("a hub of it");
    let job = publisher.enqueue_context(&context()).await.expect("a map");
    let until = async |status| {
        while publisher.job_store().get(job.id()).await.expect("a map").status() != status {
            tokio::task::yield_now().await;
        }
    };
    let mend = async {
        until(StatusCode::Waiting).await;
        local.set_fault("accounts", None).expect("a hub of it");
        until(StatusCode::Succeeded).await;
    };
    let report = publisher.run_until(mend).await.expect("a map");
    assert_eq!(report.succeeded, 1, "{report:?}");
    // A worker counts the backlog soon after it begins. Nothing is sent any more, so the clock may
    // be tokio's, which moves on when nothing else is left to do.
    tokio::time::pause();
    publisher.run_until(tokio::time::sleep(Duration::from_secs(1))).await.expect("a map");
    tokio::time::resume();

    let refused = Publisher::builder(wrong.parse().expect("a connection string"));
    refused.build().expect("it has all it needs").publish_context(&context()).await.expect("a map");
    let fresh = connection_token(&local, &key);
    vec![key, "d3Jvbmc=".to_owned(), "Contoso Ltd.".to_owned(), fresh, "sig=".to_owned()]
}

/// A token as the publisher makes one, of which no part may be told.
fn connection_token(local: &LocalEventHub, key: &str) -> String {
    let signer = local.connection_string("accounts").expect("a hub of it").signer();
    let hub = azure_sas::Resource::new(format!("{}/accounts", local.origin())).expect("a URI");
    let token = signer.expect("it holds a key").sign(&hub, DateTime::UNIX_EPOCH);
    assert!(!token.authorization().contains(key));
    token.authorization().to_owned()
}

impl Log {
    /// A subscriber that writes everything into this log.
    fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + use<> {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(self.clone())
            .finish()
    }

    fn text(&self) -> String {
        let log = self.0.lock().expect("no test panics with it").clone();
        String::from_utf8(log).expect("text")
    }
}

fn told() -> Told {
    let log = Log::default();
    let subscriber = log.subscriber();
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = Builder::new_current_thread().enable_all().build();
    let secrets = metrics::with_local_recorder(&recorder, || {
        tracing::subscriber::with_default(subscriber, || {
            runtime.expect("a runtime").block_on(publish_and_work())
        })
    });
    let metrics = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
        let key = key.key();
        let mut labels: Vec<_> =
            key.labels().map(|it| format!("{}={}", it.key(), it.value())).collect();
        labels.sort();
        (format!("{} {}", key.name(), labels.join(" ")), value)
    });
    Told { metrics: metrics.collect(), log: log.text(), secrets }
}

#[test]
fn attempts_are_told_of_and_secrets_are_not() {
    let Told { log, metrics, secrets } = told();
    let spans: Vec<_> = log.lines().filter(|it| it.contains("messaging.system")).collect();
    for field in [
        "otel.name=\"send accounts\"",
        "otel.kind=\"producer\"",
        "messaging.system=\"eventhubs\"",
        "messaging.operation.name=\"send\"",
        "messaging.operation.type=\"send\"",
        "messaging.destination.name=\"accounts\"",
        "messaging.batch.message_count=1",
        "server.address=\"127.0.0.1\"",
    ] {
        assert!(spans.iter().any(|it| it.contains(field)), "{field}: {log}");
    }
    for error_type in ["error.type=\"ConnectionLost\"", "error.type=\"401\""] {
        assert!(spans.iter().any(|it| it.contains(error_type)), "{error_type}: {log}");
    }

    let value = |key: &str| metrics.get(key).unwrap_or_else(|| unreachable!("{key}: {metrics:?}"));
    let outcome = "xrm_eventhub_outcomes_total";
    let succeeded = format!("{outcome} cause= endpoint=accounts outcome=succeeded");
    assert_eq!(*value(&succeeded), DebugValue::Counter(2));
    let refused = format!("{outcome} cause=wrong_key endpoint=accounts outcome=failed");
    assert_eq!(*value(&refused), DebugValue::Counter(1));
    let waiting = format!("{outcome} cause=maybe_delivered endpoint=accounts outcome=waiting");
    assert!(matches!(value(&waiting), DebugValue::Counter(1..)));
    let requests = value("xrm_eventhub_requests_total endpoint=accounts");
    assert!(matches!(requests, DebugValue::Counter(4..)), "{requests:?}");
    let seconds = value("xrm_eventhub_request_duration_seconds endpoint=accounts");
    assert!(matches!(seconds, DebugValue::Histogram(it) if it.len() >= 4), "{seconds:?}");
    let backlog = value("xrm_eventhub_backlog_jobs endpoint=accounts status=Waiting");
    assert_eq!(*backlog, DebugValue::Gauge(0.0.into()));
    value("xrm_eventhub_oldest_job_age_seconds endpoint=accounts");

    let told = format!("{log}\n{metrics:?}");
    for secret in secrets {
        assert!(!told.contains(&secret), "a secret was told");
    }
}

/// Corrections of less than ten seconds keep a clock right, and are no jumps.
#[test]
fn a_jump_of_the_clock_is_logged() {
    let log = Log::default();
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    let work = async {
        let set_by = Arc::new(AtomicI64::new(0));
        let began = Instant::now();
        let clock = {
            let set_by = Arc::clone(&set_by);
            let offset = move || TimeDelta::seconds(set_by.load(Ordering::Relaxed));
            move || DateTime::UNIX_EPOCH + (Instant::now() - began) + offset()
        };
        let connection = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=send;\
            SharedAccessKey=a2V5;EntityPath=accounts;UseDevelopmentEmulator=true";
        let publisher = Publisher::builder(connection.parse().expect("a connection string"))
            .host(Host::new("worker-1", clock, || 42))
            .build()
            .expect("it has all it needs");
        let settings = async {
            for seconds in [0, 9, 3609, 0] {
                set_by.store(seconds, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
        };
        publisher.run_until(settings).await.expect("a map");
    };
    tracing::subscriber::with_default(log.subscriber(), || {
        runtime.expect("a runtime").block_on(work);
    });
    let log = log.text();
    let jumps = log.lines().filter_map(|it| it.split_once("jumped by "));
    let jumps: Vec<_> = jumps.filter_map(|(_, rest)| rest.split(' ').next()).collect();
    assert_eq!(jumps, ["3600", "-3609"], "{log}");
}
