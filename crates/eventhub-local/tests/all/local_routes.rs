use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{LOOPBACK, builder, exchange, get, local, post};
use eventhub_local::LocalEventHub;

#[tokio::test]
async fn hubs_are_listed() {
    let local = local().await;
    post(&local, "/accounts/messages", "", b"x").await;
    let answer = get(&local, "/$local/hubs").await;
    assert_eq!(answer.status_line, "HTTP/1.1 200 OK");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.body,
        concat!(
            r#"[{"name":"accounts","partitions":4,"events":1,"arrived":1,"dropped":0},"#,
            r#"{"name":"tiny","partitions":1,"events":0,"arrived":0,"dropped":0}]"#,
        ),
    );
}

#[tokio::test]
async fn events_are_lines_of_json() {
    let local = local().await;
    let headers = "Content-Type: application/json\r\nAlert: Strong Wind\r\nPriority: 3";
    post(&local, "/accounts/messages", headers, b"{}").await;
    post(&local, "/accounts/messages", "BrokerProperties: {\"PartitionKey\":\"7\"}", b"").await;
    let answer = get(&local, "/$local/hubs/accounts/events").await;
    assert_eq!(answer.status_line, "HTTP/1.1 200 OK");
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(
        answer.body,
        concat!(
            r#"{"partition":"0","sequence":0,"offset":"0","enqueued_time":"2026-01-05T08:00:00.000Z","#,
            r#""content_type":"application/json","partition_key":null,"#,
            r#""properties":{"alert":"Strong Wind","priority":3},"body_base64":"e30="}"#,
            "\n",
            r#"{"partition":"1","sequence":0,"offset":"0","enqueued_time":"2026-01-05T08:00:00.000Z","#,
            r#""content_type":null,"partition_key":"7","properties":{},"body_base64":""}"#,
            "\n",
        ),
    );
}

#[tokio::test]
async fn a_listener_elsewhere_asks_for_what_it_has_not_seen() {
    let local = local().await;
    for number in 0..8 {
        post(&local, "/accounts/messages", "", format!("{number}").as_bytes()).await;
    }
    for (query, count) in
        [("", 8), ("?from=1", 4), ("?from=1&partition=3", 1), ("?partition=3", 2), ("?from=2", 0)]
    {
        let answer = get(&local, &format!("/$local/hubs/accounts/events{query}")).await;
        assert_eq!(answer.body.lines().count(), count, "{query}");
    }
    let answer = get(&local, "/$local/hubs/accounts/events?from=x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
    let answer = get(&local, "/$local/hubs/accounts/events?follow=x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
    let answer = get(&local, "/$local/hubs/nowhere/events").await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
}

#[tokio::test]
async fn a_web_page_whose_name_points_here_gets_nothing() {
    let local = local().await;
    for path in ["/$local/hubs", "/$local/hubs/accounts/events"] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: evil.example:{}", local.address().port());
        let answer = exchange(local.address(), &head, b"").await;
        assert_eq!(answer.status_line, "HTTP/1.1 403 Forbidden");
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost:{}", local.address().port());
        assert_eq!(exchange(local.address(), &head, b"").await.status_line, "HTTP/1.1 200 OK");
    }
}

#[tokio::test]
async fn events_are_read_from_the_hub_as_the_client_takes_them() {
    const EVENTS: usize = 200;

    let local = builder().max_events_per_partition(EVENTS).serve(LOOPBACK).await.unwrap();
    let post_many = async |body: &[u8]| {
        for _ in 0..EVENTS {
            post(&local, "/tiny/messages", "", body).await;
        }
    };
    // 27 MB of lines, which is more than sockets hold.
    post_many(&[b'x'; 100_000]).await;
    let mut slow = request(&local, "/$local/hubs/tiny/events").await;
    slow.read_u8().await.unwrap();

    // Senders go on, and what they push out of the hub is not kept for the reader.
    post_many(b"x").await;
    assert_eq!(local.event_counts("tiny").unwrap().dropped, EVENTS as u64);
    let mut rest = String::new();
    slow.read_to_string(&mut rest).await.unwrap();
    let lines = rest.matches("\"sequence\"").count();
    assert!((1..EVENTS).contains(&lines), "{lines} events were read");
}

#[tokio::test]
async fn the_answer_has_the_counts() {
    let local = builder().max_events_per_partition(2).serve(LOOPBACK).await.unwrap();
    for _ in 0..5 {
        post(&local, "/tiny/messages", "", b"x").await;
    }
    let answer = get(&local, "/$local/hubs/tiny/events").await;
    assert_eq!(answer.header("local-events-arrived"), Some("5"));
    assert_eq!(answer.header("local-events-dropped"), Some("3"));
    let hubs = get(&local, "/$local/hubs").await.body;
    assert!(hubs.contains(r#""events":2,"arrived":5,"dropped":3"#), "{hubs}");
}

#[tokio::test]
async fn an_answer_that_follows_goes_on_with_what_arrives() {
    let local = local().await;
    post(&local, "/tiny/messages", "", b"before").await;
    let stream = request(&local, "/$local/hubs/tiny/events?follow=true").await;
    let mut lines = BufReader::new(stream).lines();
    assert!(next_event(&mut lines).await.contains(r#""sequence":0"#));
    post(&local, "/tiny/messages", "", b"after").await;
    assert!(next_event(&mut lines).await.contains(r#""sequence":1"#));
}

async fn request(local: &LocalEventHub, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(local.address()).await.expect("the local hub listens");
    let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", local.address());
    let close = if path.contains("follow") { "\r\n" } else { "Connection: close\r\n\r\n" };
    let head = format!("{head}{close}");
    stream.write_all(head.as_bytes()).await.expect("the local hub reads");
    stream
}

async fn next_event(lines: &mut Lines<BufReader<TcpStream>>) -> String {
    loop {
        let line = timeout(Duration::from_secs(5), lines.next_line()).await.expect("a line comes");
        let line = line.expect("the local hub answers").expect("the answer goes on");
        if line.starts_with('{') {
            return line;
        }
    }
}
