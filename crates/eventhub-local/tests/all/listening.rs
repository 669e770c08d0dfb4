use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventhub_local::Error;
use tokio::time::timeout;

use crate::client::{LOOPBACK, builder, local, post};

#[tokio::test]
async fn a_listener_reads_what_was_there_and_what_comes() {
    let local = local().await;
    post(&local, "/accounts/messages", "", b"before").await;
    let mut listener = local.listen("accounts").unwrap();
    assert_eq!(listener.next_event().await.unwrap().body, "before");

    let waiting = tokio::spawn(async move {
        let event = listener.next_event().await;
        (listener, event)
    });
    post(&local, "/accounts/messages", "", b"after").await;
    let (mut listener, event) = timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
    assert_eq!(event.unwrap().body, "after");

    drop(local);
    assert_eq!(listener.next_event().await, None);
}

#[tokio::test]
async fn a_listener_reads_to_the_end_after_the_local_hub_is_gone() {
    let local = local().await;
    let mut listener = local.listen("accounts").unwrap();
    post(&local, "/accounts/messages", "", b"last").await;
    local.shutdown().await;
    assert_eq!(listener.next_event().await.unwrap().body, "last");
    assert_eq!(listener.next_event().await, None);
}

#[tokio::test]
async fn many_events_can_be_waited_for() {
    let local = local().await;
    let (events, ()) = tokio::join!(local.wait_for("accounts", 3), async {
        for _ in 0..3 {
            post(&local, "/accounts/messages", "", b"x").await;
        }
    });
    assert_eq!(events.unwrap().len(), 3);
    let error = local.wait_for("nowhere", 0).await.unwrap_err();
    assert!(matches!(error, Error::UnknownHub { .. }));
}

#[tokio::test]
async fn the_oldest_events_of_a_full_partition_are_dropped() {
    let local = builder().max_events_per_partition(2).serve(LOOPBACK).await.unwrap();
    let mut listener = local.listen("accounts").unwrap();
    for (partition, body) in [("0", "a"), ("1", "b"), ("0", "c"), ("0", "d")] {
        let path = format!("/accounts/partitions/{partition}/messages");
        post(&local, &path, "", body.as_bytes()).await;
    }
    let held: Vec<_> = local
        .wait_for("accounts", 4)
        .await
        .unwrap()
        .into_iter()
        .map(|it| (it.body, it.sequence))
        .collect();
    assert_eq!(held, [("b".into(), 0), ("c".into(), 1), ("d".into(), 2)]);
    assert_eq!(listener.next_event().await.unwrap().body, "b");
}

#[tokio::test]
async fn dropped_events_are_counted_and_the_first_is_reported() {
    let reported = Arc::new(Mutex::new(Vec::new()));
    let report = Arc::clone(&reported);
    let local = builder()
        .max_events_per_partition(1)
        .on_first_drop(move |hub| report.lock().unwrap().push(hub.to_owned()))
        .serve(LOOPBACK)
        .await
        .unwrap();
    let counts = || {
        let counts = local.event_counts("tiny").unwrap();
        (counts.arrived, counts.held, counts.dropped)
    };
    post(&local, "/tiny/messages", "", b"x").await;
    assert_eq!((counts(), reported.lock().unwrap().len()), ((1, 1, 0), 0));
    for _ in 0..2 {
        post(&local, "/tiny/messages", "", b"x").await;
    }
    assert_eq!((counts(), reported.lock().unwrap().clone()), ((3, 1, 2), vec!["tiny".to_owned()]));
}

#[tokio::test]
async fn the_oldest_events_of_a_full_hub_are_dropped_but_never_the_latest() {
    let local = builder().max_bytes_per_hub(4096).serve(LOOPBACK).await.unwrap();
    let held = || {
        let events = local.events("accounts").unwrap();
        events.iter().map(|it| (it.partition.clone(), it.body.len())).collect::<Vec<_>>()
    };
    for length in [1000, 2000, 1] {
        post(&local, "/accounts/messages", "", &vec![b'x'; length]).await;
    }
    assert_eq!(held(), [("1".to_owned(), 2000), ("2".to_owned(), 1)]);
    post(&local, "/tiny/messages", "", b"x").await;
    assert_eq!(held().len(), 2, "another hub has its own bytes");
    post(&local, "/accounts/messages", "", &[b'x'; 8000]).await;
    assert_eq!(held(), [("3".to_owned(), 8000)]);
    post(&local, "/accounts/messages", "", b"x").await;
    assert_eq!(held(), [("0".to_owned(), 1)], "and what is gone is no longer counted");
    post(&local, "/accounts/messages", "", &[b'x'; 3000]).await;
    assert_eq!(held(), [("0".to_owned(), 1), ("1".to_owned(), 3000)]);
}
