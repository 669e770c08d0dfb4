//! The processes that are disturbed.

use std::io::Write;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::sleep;
use uuid::Uuid;
use xrm_eventhub::jobs::{Error as JobError, RetryOptions};
use xrm_eventhub::{
    Client, Error, JobStore, MessageOrder, Publisher, PublisherBuilder, RemoteExecutionContext,
    RetryPolicy, RetrySchedule, WorkerOptions, system_host,
};

use crate::Result;
use crate::place::{self, VARIABLE};

/// The environment variable in which the processes find the event hub.
pub(crate) const CONNECTION: &str = "CHAOS_CONNECTION";

/// For how long a claimed job belongs to its worker.
pub(crate) const LEASE: Duration = Duration::from_secs(2);

/// How many contexts are enqueued together.
const GROUP: u32 = 10;

/// The pause after a failure of the store.
const PAUSE: Duration = Duration::from_millis(50);

/// For how long a disk is full.
const FULL: Duration = Duration::from_secs(2);

/// Enqueues the contexts from a number on, up to each number that is said to it, and says how far it
/// has come once the store has them.
pub(crate) async fn publish(from: u32) -> Result<()> {
    let store = open().await;
    let mut next = from;
    let mut goals = BufReader::new(tokio::io::stdin()).lines();
    while let Some(goal) = goals.next_line().await? {
        let goal: u32 = goal.parse()?;
        while next < goal {
            let group = next..goal.min(next + GROUP);
            // A store that fails is tried until it has them: as an application would do it.
            while enqueue(&store, group.clone()).await.is_err() {
                sleep(PAUSE).await;
            }
            next = group.end;
            let mut out = std::io::stdout().lock();
            writeln!(out, "{next}")?;
            out.flush()?;
        }
    }
    Ok(())
}

/// Enqueues some contexts. The id of a job is its context's number, so that what was done before a
/// kill is not done twice.
async fn enqueue(store: &Arc<dyn JobStore>, group: Range<u32>) -> Result<()> {
    let contexts: Vec<_> = group.clone().map(context).collect();
    match publisher(store, group.clone())?.enqueue_many(&contexts).await {
        Err(Error::Jobs(JobError::AlreadyExists { .. })) => {}
        enqueued => {
            enqueued?;
            return Ok(());
        }
    }
    // Some of a group may be in the store that was cut differently then.
    for number in group {
        match publisher(store, number..number + 1)?.enqueue_context(&context(number)).await {
            Err(Error::Jobs(JobError::AlreadyExists { .. })) => {}
            enqueued => drop(enqueued?),
        }
    }
    Ok(())
}

/// A publisher whose jobs have these ids in turn.
fn publisher(store: &Arc<dyn JobStore>, numbers: Range<u32>) -> Result<Publisher> {
    let numbers = Mutex::new(numbers);
    let id = move || {
        let number = numbers.lock().expect("nothing panics with it").next();
        u128::from(number.unwrap_or_default()) << 96
    };
    Ok(builder(Arc::clone(store))?.host(system_host().with_randomness(id)).build()?)
}

/// Works until it is killed.
pub(crate) async fn work(ahead: i64, hangs: bool, full: bool) -> Result<()> {
    let ahead = TimeDelta::seconds(ahead);
    let right = system_host();
    let host = right.clone().with_clock(move || right.now() + ahead);
    if full && let Ok(Some(store)) = place::open_full(&std::env::var(VARIABLE)?).await {
        let publisher = builder(store)?.host(host.clone()).build()?;
        // It may well end with the error, which is what a disk that is full comes to.
        let _ = publisher.run_until(sleep(FULL)).await;
    }
    let store = open().await;
    let timeout = Duration::from_secs(if hangs { 3600 } else { 1 });
    loop {
        let mut builder = builder(Arc::clone(&store))?.host(host.clone());
        if hangs {
            // Until it is killed.
            builder = builder.transport(
                Client::builder().try_timeout(timeout).connect_timeout(timeout).build()?,
            );
        }
        // A worker that finds the store away when it begins ends with the error, and its service
        // manager starts it again.
        let _ = builder.build()?.run_until(std::future::pending()).await;
        sleep(PAUSE).await;
    }
}

/// The store, once it answers.
async fn open() -> Arc<dyn JobStore> {
    let address = std::env::var(VARIABLE).unwrap_or_default();
    loop {
        match place::open(&address).await {
            Ok(store) => return store,
            Err(_) => sleep(PAUSE).await,
        }
    }
}

fn builder(store: Arc<dyn JobStore>) -> Result<PublisherBuilder> {
    let connection = std::env::var(CONNECTION)?.parse()?;
    let transient = RetryOptions::default()
        .first_delay(Duration::from_millis(50))
        .max_delay(Duration::from_millis(500))
        .max_attempts(100_000);
    let options =
        WorkerOptions::default().lease(LEASE).poll_interval(Duration::from_millis(50)).jobs(64);
    Ok(Publisher::builder(connection)
        .transport(Client::builder().try_timeout(Duration::from_secs(1)).build()?)
        .job_store(store)
        .message_order(MessageOrder::PerRecord)
        .retry_policy(RetryPolicy {
            transient: RetrySchedule::new(transient)?,
            ..RetryPolicy::default()
        })
        .worker_options(options))
}

/// The context of a number. Two that follow each other are about one record, and so in order.
fn context(number: u32) -> RemoteExecutionContext {
    RemoteExecutionContext {
        message_name: Some("Update".to_owned()),
        primary_entity_name: Some("account".to_owned()),
        primary_entity_id: Uuid::from_u128(u128::from(number / 2) + 1),
        organization_name: Some(text(number)),
        ..RemoteExecutionContext::default()
    }
}

/// A text in the body by which a wrong body is recognized.
pub(crate) fn text(number: u32) -> String {
    format!("context-{number}-of-the-chaos")
}
