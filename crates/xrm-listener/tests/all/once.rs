//! Checkpoints in the transaction of the handler's own changes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use rusqlite::{Connection, TransactionBehavior};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use xrm_listener::{
    Checkpoint, CheckpointStore, Checkpointing, Error, Event, HandlerError, ReceivedEvent, Report,
    SqliteStore, StreamName,
};

use crate::scripted::Scripted;

/// An application's database, beside whose table the store keeps its own.
fn database(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("application.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute("CREATE TABLE effect (number INTEGER NOT NULL)", []).unwrap();
    path
}

/// The application's connection, which waits for those of the store.
fn connect(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(30)).unwrap();
    connection
}

/// Handles an event: one row for each event that was not handled before.
fn handle(
    path: &Path,
    store: &SqliteStore,
    stream: &StreamName,
    event: &Event,
) -> Result<bool, HandlerError> {
    let mut connection = connect(path);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let is_first = store.record_in(&transaction, stream, event)?;
    if is_first {
        let number: i64 = std::str::from_utf8(&event.body)?.parse()?;
        transaction.execute("INSERT INTO effect VALUES (?1)", [number])?;
    }
    transaction.commit()?;
    Ok(is_first)
}

fn effects(path: &Path) -> Vec<i64> {
    let connection = connect(path);
    let mut select = connection.prepare("SELECT number FROM effect ORDER BY rowid").unwrap();
    let rows = select.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Starts a listener whose own checkpoints are rare, as if it crashed before each of them.
fn start(hub: &Scripted, path: &Path, store: &SqliteStore) -> JoinHandle<Result<Report, Error>> {
    let rarely = Checkpointing::new(u64::MAX, Duration::from_secs(3_600));
    let listener = hub
        .listener()
        .store(Arc::new(store.clone()))
        .checkpointing(rarely)
        .interval(Duration::from_millis(20))
        .build()
        .unwrap();
    let (path, store, stream) = (path.to_owned(), store.clone(), listener.stream().clone());
    tokio::spawn(async move {
        let handler = move |event: ReceivedEvent| {
            let handled = handle(&path, &store, &stream, &event).map(drop);
            async { handled }
        };
        listener.run_events_until(std::future::pending(), handler).await
    })
}

#[tokio::test]
async fn an_effect_happens_once_however_often_the_listener_crashes() {
    let folder = TempDir::new().unwrap();
    let path = database(&folder);
    let store = SqliteStore::open(&path).await.unwrap();
    let hub = Scripted::new(1);
    for round in 1..=5 {
        (0..20).for_each(|it| hub.send(0, ((round - 1) * 20 + it).to_string()));
        let running = start(&hub, &path, &store);
        let reached = async {
            while effects(&path).len() < round * 20 {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(60), reached).await.unwrap();
        running.abort();
    }
    assert_eq!(effects(&path), (0..100).collect::<Vec<_>>());
}

fn event(number: i64) -> Event {
    let time = DateTime::UNIX_EPOCH + TimeDelta::seconds(number);
    let mut event = Event::new("0", number, time, number.to_string());
    event.message_id = Some(format!("message-{number}"));
    event
}

#[tokio::test]
async fn an_event_and_a_copy_of_its_message_are_recorded_once() {
    let folder = TempDir::new().unwrap();
    let path = database(&folder);
    let store = SqliteStore::open(&path).await.unwrap();
    let stream = StreamName::new("namespace", "hub", "group");
    let handle = |event: &Event| handle(&path, &store, &stream, event).unwrap();
    assert!(handle(&event(5)));
    assert!(!handle(&event(5)), "the same event");
    assert!(!handle(&event(4)), "an event before it");
    let mut copy = event(6);
    copy.message_id = event(5).message_id;
    assert!(!handle(&copy), "another event with the same message");
    let mut elsewhere = event(0);
    elsewhere.partition = "1".to_owned();
    elsewhere.message_id = event(5).message_id;
    assert!(!handle(&elsewhere), "a copy in another partition");
    let eight_days_later = event(5).enqueued_time + TimeDelta::days(8);
    let mut late = event(7);
    (late.message_id, late.enqueued_time) = (event(5).message_id, eight_days_later);
    assert!(handle(&late), "ids are forgotten after seven days");
    assert_eq!(effects(&path), [5, 7]);
    let checkpoints = store.checkpoints(&stream).await.unwrap();
    let expected = [Checkpoint::new("0", 7, "7"), Checkpoint::new("1", 0, "0")];
    assert_eq!(checkpoints, expected);
}

#[tokio::test]
async fn what_is_rolled_back_was_not_recorded_and_another_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = database(&folder);
    let store = SqliteStore::open(&path).await.unwrap();
    let stream = StreamName::new("namespace", "hub", "group");
    let mut connection = connect(&path);
    let transaction = connection.transaction().unwrap();
    assert!(store.record_in(&transaction, &stream, &event(5)).unwrap());
    transaction.rollback().unwrap();
    assert!(handle(&path, &store, &stream, &event(5)).unwrap());

    let mut other = Connection::open(folder.path().join("other.db")).unwrap();
    let transaction = other.transaction().unwrap();
    let error = store.record_in(&transaction, &stream, &event(6)).unwrap_err();
    assert_eq!(error.to_string(), "the transaction is of another file than the store");
}
