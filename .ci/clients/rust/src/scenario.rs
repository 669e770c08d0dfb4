//! What each client has to do, whatever its interface is.

use std::fmt::Debug;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;

use crate::Error;
use crate::event::{self, Event};

/// Where a receiver starts.
#[derive(Clone, Debug)]
pub enum Start {
    /// With the first event.
    Earliest,
    /// After the event of this offset.
    AfterOffset(String),
    /// After the event of this sequence number.
    AfterSequence(i64),
    /// With the event of this sequence number.
    AtSequence(i64),
    /// After this time.
    AfterTime(DateTime<Utc>),
}

/// A client of Event Hubs. Each method makes a new connection.
#[expect(async_fn_in_trait, reason = "the checks run on one thread")]
pub trait Client {
    /// Its name and version.
    const NAME: &'static str;
    /// What the client's own error says when the key is wrong.
    const WRONG_KEY: &'static str;
    /// What the client's own error says when a receiver with a higher owner level took the partition.
    const DISPLACED: &'static str;

    /// The ids of the hub's partitions, as the hub's properties have them.
    async fn partitions(&self) -> Result<Vec<String>, Error>;
    /// The last sequence number and offset, as the partition's properties have them.
    async fn last(&self, partition: &str) -> Result<(i64, String), Error>;
    /// Receives so many events from a partition.
    async fn receive(
        &self,
        partition: &str,
        start: Start,
        count: usize,
    ) -> Result<Vec<Event>, Error>;
    /// Sends one event, with the properties `Mixed-Case` (`x`) and `number` (7), and a large one to
    /// partition 1.
    async fn send(&self, body: &[u8], large: &[u8]) -> Result<(), Error>;
    /// Sends events in one batch, with a partition key.
    async fn send_batch(&self, key: &str, bodies: &[Vec<u8>]) -> Result<(), Error>;
    /// Asks for the hub's properties with a wrong key, and returns the error that must come.
    async fn wrong_key(&self) -> Result<String, Error>;
    /// Receives from a partition with owner level 1, then with 2, and returns the error of the first.
    async fn displaced(&self, partition: &str) -> Result<String, Error>;
}

/// The events that a check sends.
const SENT: usize = 12;

/// Checks a client against a hub of four partitions that holds the events in a file. It connects so many
/// times more, because clients that lose an early answer do so once in a while.
///
/// # Errors
///
/// The first step that failed, or took longer than 30 seconds.
pub async fn check<C: Client>(client: &C, file: &str, times: usize) -> Result<(), Error> {
    let expected = event::shown(file)?;
    in_time("properties of the hub", async {
        same(&client.partitions().await?, &["0", "1", "2", "3"].map(str::to_owned).to_vec())
    })
    .await?;
    for partition in ["0", "1", "2", "3"] {
        in_time("receiving", receive(client, partition, &expected)).await?;
    }
    for _ in 0..times {
        in_time("another connection", client.receive("0", Start::Earliest, 1)).await?;
    }
    in_time("sending", send(client, &expected)).await?;
    let error = in_time("a wrong key", client.wrong_key()).await?;
    contains(&error, C::WRONG_KEY)?;
    let error = in_time("a higher owner level", client.displaced("0")).await?;
    contains(&error, C::DISPLACED)?;
    println!("{}: {} events received, {SENT} sent", C::NAME, expected.len());
    Ok(())
}

async fn receive<C: Client>(client: &C, partition: &str, all: &[Event]) -> Result<(), Error> {
    let expected: Vec<_> = all.iter().filter(|it| it.partition == partition).cloned().collect();
    let [.., before, last] = &expected[..] else { return Err("too few events".into()) };
    same(&client.last(partition).await?, &(last.sequence, last.offset.clone()))?;
    let hour_ago = all[0].enqueued - TimeDelta::hours(1);
    for start in [Start::Earliest, Start::AfterTime(hour_ago)] {
        let received = client.receive(partition, start, expected.len()).await?;
        for (received, expected) in received.iter().zip(&expected) {
            same(received, expected)?;
        }
        same(&received.len(), &expected.len())?;
    }
    for start in [
        Start::AfterOffset(before.offset.clone()),
        Start::AfterSequence(before.sequence),
        Start::AtSequence(last.sequence),
        Start::AfterTime(last.enqueued - TimeDelta::milliseconds(1)),
    ] {
        let received = client.receive(partition, start.clone(), 1).await?;
        // Several events may have come within the millisecond.
        let is_last = |it: &Event| it.enqueued == last.enqueued;
        let found = match start {
            Start::AfterTime(_) => received.first().is_some_and(is_last),
            _ => received.first() == Some(last),
        };
        if !found {
            return Err(format!("from {start:?}: {received:?}, expected {last:?}").into());
        }
    }
    // A checkpoint that is newer than the log.
    let beyond = Start::AfterOffset("99999999999".to_owned());
    match client.receive(partition, beyond, 1).await {
        Ok(received) => Err(format!("received beyond the end: {received:?}").into()),
        Err(error) => {
            contains(&format!("{error:?}"), "The supplied offset '99999999999' is invalid")
        }
    }
}

async fn send<C: Client>(client: &C, before: &[Event]) -> Result<(), Error> {
    client.send(b"single", &vec![b'x'; 900_000]).await?;
    let bodies: Vec<_> = (0..10).map(|it| it.to_string().into_bytes()).collect();
    client.send_batch("rust", &bodies).await?;
    let mut found = Vec::new();
    for partition in ["0", "1", "2", "3"] {
        let last = before.iter().rfind(|it| it.partition == partition);
        let last = last.ok_or("too few events")?.sequence;
        let (now, _) = client.last(partition).await?;
        let count = usize::try_from(now - last)?;
        if count > 0 {
            found.extend(client.receive(partition, Start::AfterSequence(last), count).await?);
        }
    }
    same(&found.len(), &SENT)?;
    let single = found.iter().find(|it| it.body == b"single").ok_or("the single event is gone")?;
    same(&single.properties.get("Mixed-Case"), &Some(&"x".into()))?;
    same(&single.properties.get("number"), &Some(&7.into()))?;
    let large = found.iter().find(|it| it.body.len() == 900_000);
    same(&large.ok_or("the large event is gone")?.partition, &"1".to_owned())?;
    let keyed = found.iter().filter(|it| it.partition_key.as_deref() == Some("rust"));
    let (keyed, partitions): (Vec<_>, Vec<_>) =
        keyed.map(|it| (it.body.clone(), &it.partition)).unzip();
    same(&keyed, &bodies)?;
    match partitions.windows(2).all(|it| it[0] == it[1]) {
        true => Ok(()),
        false => Err("a batch by key is in several partitions".into()),
    }
}

async fn in_time<T>(what: &str, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match timeout(Duration::from_secs(30), work).await {
        Ok(result) => result.map_err(|error| format!("{what}: {error:?}").into()),
        Err(_) => Err(format!("{what} took longer than 30 seconds").into()),
    }
}

fn same<T: Debug + PartialEq>(found: &T, expected: &T) -> Result<(), Error> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("found {found:?}, expected {expected:?}").into()),
    }
}

fn contains(text: &str, part: &str) -> Result<(), Error> {
    match text.contains(part) {
        true => Ok(()),
        false => Err(format!("expected an error with {part:?}, found {text}").into()),
    }
}
