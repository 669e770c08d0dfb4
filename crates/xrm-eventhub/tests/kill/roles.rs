//! What the processes do that are killed.

use std::io::Write;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use uuid::Uuid;
use xrm_eventhub::jobs::{Error as JobError, RetryOptions};
use xrm_eventhub::{
    Client, Error, Host, JobStore, Publisher, PublisherBuilder, RemoteExecutionContext,
    RetryPolicy, RetrySchedule, WorkerOptions, system_host,
};

use crate::Result;
use crate::store::{self, VARIABLE};

/// What the processes are told the event hub by.
pub(crate) const CONNECTION: &str = "KILL_CONNECTION";

/// How many contexts are enqueued together.
const GROUP: u32 = 5;

/// Enqueues the contexts from a number on, up to each number that is said to it, and says how far it
/// has come once the store has them. With patience, it repeats what the store refuses.
pub(crate) async fn publish(from: u32, patient: bool) -> Result<()> {
    let store = store::open(&std::env::var(VARIABLE)?).await?;
    let mut next = from;
    let mut goals = BufReader::new(tokio::io::stdin()).lines();
    while let Some(goal) = goals.next_line().await? {
        let goal: u32 = goal.parse()?;
        while next < goal {
            let group = next..goal.min(next + GROUP);
            while let Err(error) = enqueue(&store, group.clone()).await {
                if !patient {
                    return Err(error);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            next = group.end;
            let mut out = std::io::stdout().lock();
            writeln!(out, "{next}")?;
            out.flush()?;
        }
    }
    Ok(())
}

/// Enqueues some contexts.
///
/// The id of a job is its context's number, so that a process which was killed before it could say
/// what it had done does it again without doing it twice. They go one by one after a kill: some of
/// a group may be in the store that was cut differently then.
async fn enqueue(store: &Arc<dyn JobStore>, group: Range<u32>) -> Result<()> {
    let contexts: Vec<_> = group.clone().map(context).collect();
    match publisher(store, group.clone())?.enqueue_many(&contexts).await {
        Err(Error::Jobs(JobError::AlreadyExists { .. })) => {}
        enqueued => {
            enqueued?;
            return Ok(());
        }
    }
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
    Ok(builder(Arc::clone(store))?.host(numbered(numbers)).build()?)
}

/// A publisher that prepares the job of one number and stores nothing.
pub(crate) fn preparer(number: u32) -> Result<Publisher> {
    let connection = std::env::var(CONNECTION)?.parse()?;
    Ok(Publisher::builder(connection).host(numbered(number..number + 1)).build()?)
}

/// A host whose ids are made of these numbers.
pub(crate) fn numbered(numbers: Range<u32>) -> Host {
    let numbers = Mutex::new(numbers);
    let id = move || {
        let number = numbers.lock().expect("nothing panics with it").next();
        u128::from(number.unwrap_or_default()) << 96
    };
    system_host().with_randomness(id)
}

/// Works until it is killed.
pub(crate) async fn work() -> Result<()> {
    let store = store::open(&std::env::var(VARIABLE)?).await?;
    let publisher = builder(store)?.build()?;
    publisher.run_until(std::future::pending()).await?;
    Ok(())
}

fn builder(store: Arc<dyn JobStore>) -> Result<PublisherBuilder> {
    let connection = std::env::var(CONNECTION)?.parse()?;
    let transient = RetryOptions::default()
        .first_delay(Duration::from_millis(50))
        .max_delay(Duration::from_millis(500))
        .max_attempts(1000);
    let options = WorkerOptions::default()
        .lease(Duration::from_secs(2))
        .poll_interval(Duration::from_millis(50))
        .jobs(64);
    Ok(Publisher::builder(connection)
        .transport(Client::builder().try_timeout(Duration::from_secs(1)).build()?)
        .job_store(store)
        .retry_policy(RetryPolicy {
            transient: RetrySchedule::new(transient)?,
            ..RetryPolicy::default()
        })
        .worker_options(options))
}

pub(crate) fn context(number: u32) -> RemoteExecutionContext {
    RemoteExecutionContext {
        message_name: Some("Update".to_owned()),
        primary_entity_name: Some("account".to_owned()),
        primary_entity_id: Uuid::from_u128(number.into()),
        ..RemoteExecutionContext::default()
    }
}
