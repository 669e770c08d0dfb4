//! Events that are dropped because of their age.

use std::fs;
use std::time::Duration;

use eventhub_local::{EventCounts, LocalEventHub};
use tokio::time::sleep;

use crate::client::{KEY, KEY_NAME, LOOPBACK, NOW, TestClock, builder, post_with, sign};

/// Waits until a hub has dropped so many events.
async fn dropped(local: &LocalEventHub, hub: &str, count: u64) -> EventCounts {
    loop {
        let counts = local.event_counts(hub).expect("there is the hub");
        if counts.dropped == count {
            return counts;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

async fn send(local: &LocalEventHub, path: &str) {
    let authorization = sign(&KEY, KEY_NAME, &format!("{}{path}", local.origin()), NOW + 100_000);
    let answer = post_with(local, path, &format!("Authorization: {authorization}"), b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
}

#[tokio::test]
async fn old_events_are_dropped_from_memory_and_from_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new(NOW);
    let new = || {
        let clock = clock.clone();
        let age = Duration::from_secs(1);
        builder().clock(move || clock.now()).retention(age).data(folder.path())
    };
    let local = new().serve(LOOPBACK).await.unwrap();
    send(&local, "/tiny/messages").await;
    send(&local, "/tiny/messages").await;
    clock.set(NOW + 1);
    let counts = dropped(&local, "tiny", 2).await;
    assert_eq!((counts.arrived, counts.held), (2, 0));
    send(&local, "/tiny/messages").await;
    assert_eq!(local.events("tiny").unwrap()[0].sequence, 2);
    local.shutdown().await;

    // It grew too old while no local hub was there.
    clock.set(NOW + 100);
    let local = new().serve(LOOPBACK).await.unwrap();
    let counts = local.event_counts("tiny").unwrap();
    assert_eq!((counts.arrived, counts.held, counts.dropped), (3, 0, 3));
    let files = fs::read_dir(folder.path().join("hubs/2")).unwrap();
    let length: u64 = files.map(|it| it.unwrap().metadata().unwrap().len()).sum();
    assert!(length < 200, "nothing of the events is left in {length} bytes");
    send(&local, "/tiny/messages").await;
    assert_eq!(local.events("tiny").unwrap()[0].sequence, 3);
}

#[tokio::test]
async fn a_hub_that_is_not_full_does_not_say_that_it_is() {
    let clock = TestClock::new(NOW);
    let now = clock.clone();
    let full = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&full);
    let local = builder()
        .clock(move || now.now())
        .retention(Duration::from_secs(1))
        .max_events_per_partition(1)
        .on_first_drop(move |_| {
            seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        })
        .serve(LOOPBACK)
        .await
        .unwrap();
    let count = || full.load(std::sync::atomic::Ordering::SeqCst);
    send(&local, "/tiny/messages").await;
    clock.set(NOW + 10);
    dropped(&local, "tiny", 1).await;
    assert_eq!(count(), 0);
    send(&local, "/tiny/messages").await;
    send(&local, "/tiny/messages").await;
    assert_eq!(count(), 1, "an event that expired does not hide that the hub is full");
}
