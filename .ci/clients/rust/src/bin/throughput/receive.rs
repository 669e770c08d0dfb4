//! fe2o3-amqp as a client: one connection, a receiver for each partition.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use fe2o3_amqp::types::messaging::Body;
use serde_amqp::lazy::LazyValue;
use tokio::task::JoinSet;
use xrm_clients::Error;
use xrm_clients::amqp::Hub;
use xrm_clients::scenario::Start;

/// As many as Microsoft's clients ask for.
const CREDIT: u32 = 300;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "a benchmark is there to read the clock")]
pub(crate) async fn run(connection: &str, events: u64) -> Result<(), Error> {
    let mut hub = Hub::connect(&connection.parse()?).await?;
    let received = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for partition in ["0", "1", "2", "3"] {
        let mut receiver = hub.receiver(partition, &Start::Earliest, None, CREDIT).await?;
        let received = Arc::clone(&received);
        tasks.spawn(async move {
            let mut first = None;
            loop {
                receiver.recv::<Body<LazyValue>>().await?;
                let first = *first.get_or_insert_with(Instant::now);
                if received.fetch_add(1, Ordering::Relaxed) + 1 >= events {
                    return Ok::<_, Error>((first, Instant::now()));
                }
            }
        });
    }
    // All have begun at about the same time.
    let (first, last) = tasks.join_next().await.ok_or("there is no partition")???;
    println!("{}", (last - first).as_secs_f64());
    Ok(())
}
