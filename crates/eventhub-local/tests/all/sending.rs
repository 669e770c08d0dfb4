use std::collections::BTreeMap;
use std::time::Duration;

use eventhub_local::{
    BASIC_MAX_BODY_BYTES, PropertyValue, ReceivedEvent, STANDARD_MAX_BODY_BYTES, Tier,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::client::{LOOPBACK, NOW, at, builder, detail, local, post, read_answer, token};

#[tokio::test]
async fn an_event_is_kept_as_it_was_sent() {
    let local = local().await;
    let headers = "Content-Type: application/json; charset=utf-8\r\n\
                   BrokerProperties: {\"PartitionKey\":\"7\",\"CorrelationId\":\"c\"}\r\n\
                   User-Agent: test\r\nx-ms-retrypolicy: NoRetry\r\nAccept: */*\r\n\
                   Range: bytes=0-1\r\nMax-Forwards: 3\r\nHTTP2-Settings: AAM\r\n\
                   Sec-Fetch-Mode: cors\r\nX-Forwarded-Port: 80\r\n\
                   Alert: Strong Wind\r\nPriority: 3\r\nUrgent: true\r\nQuoted: \"3\"\r\n\
                   List: a\r\nList: b\r\nUmlaut: \u{fc}";
    let answer =
        post(&local, "/accounts/messages?timeout=60&api-version=2014-01", headers, b"\x00{}").await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
    assert_eq!((answer.header("content-length"), answer.body.as_str()), (Some("0"), ""));

    let events = local.events("accounts").unwrap();
    let [ReceivedEvent { partition, sequence, offset, enqueued_time, .. }] = &events[..] else {
        unreachable!("{events:?}");
    };
    // The fixture of partition keys has key 7 in partition 1 of 4.
    assert_eq!((partition.as_str(), *sequence, offset.as_str()), ("1", 0, "0"));
    assert_eq!(*enqueued_time, at(NOW));
    let event = &events[0];
    assert_eq!(event.body, &b"\x00{}"[..]);
    assert_eq!(event.content_type.as_deref(), Some("application/json; charset=utf-8"));
    assert_eq!(event.partition_key.as_deref(), Some("7"));
    let properties: BTreeMap<String, PropertyValue> = [
        ("alert", "Strong Wind".into()),
        ("priority", PropertyValue::Integer(3)),
        ("urgent", PropertyValue::Boolean(true)),
        ("quoted", "3".into()),
        ("list", "a, b".into()),
        ("umlaut", "\u{fc}".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    assert_eq!(event.properties, properties);
}

#[tokio::test]
async fn an_event_may_be_empty_and_without_a_content_type() {
    let local = local().await;
    assert_eq!(
        post(&local, "/accounts/messages", "", b"").await.status_line,
        "HTTP/1.1 201 Created"
    );
    let event = &local.events("accounts").unwrap()[0];
    assert_eq!((event.body.len(), &event.content_type), (0, &None));
    assert!(event.properties.is_empty(), "{event:?}");
}

#[tokio::test]
async fn a_hub_minds_no_case_in_its_name() {
    let local = local().await;
    let answer = post(&local, "/Accounts/messages", "", b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
    assert_eq!(local.events("ACCOUNTS").unwrap().len(), 1);
}

#[tokio::test]
async fn events_without_a_key_take_turns_and_each_partition_counts_for_itself() {
    let local = local().await;
    for number in 0..6 {
        let answer = post(&local, "/accounts/messages", "", format!("{number}").as_bytes()).await;
        assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
    }
    let places: Vec<_> = local
        .events("accounts")
        .unwrap()
        .into_iter()
        .map(|it| (it.body[0], it.partition, it.sequence))
        .collect();
    let expected = [
        (b'0', "0", 0),
        (b'1', "1", 0),
        (b'2', "2", 0),
        (b'3', "3", 0),
        (b'4', "0", 1),
        (b'5', "1", 1),
    ];
    assert_eq!(places, expected.map(|(body, partition, it)| (body, partition.to_owned(), it)));
}

#[tokio::test]
async fn a_partition_can_be_named() {
    let local = local().await;
    for _ in 0..2 {
        let answer = post(&local, "/accounts/partitions/3/messages", "", b"xy").await;
        assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
    }
    let events = local.events("accounts").unwrap();
    assert!(events.iter().all(|it| it.partition == "3"), "{events:?}");
    assert_eq!(events.iter().map(|it| it.sequence).collect::<Vec<_>>(), [0, 1]);
    let offsets: Vec<u64> = events.iter().map(|it| it.offset.parse().unwrap()).collect();
    assert!(offsets.is_sorted_by(|a, b| a < b), "{offsets:?}");
}

#[tokio::test]
async fn a_partition_that_is_not_there_is_told() {
    let local = local().await;
    for id in ["4", "-1", "01", "x", "99999999999999999999"] {
        let answer = post(&local, &format!("/accounts/partitions/{id}/messages"), "", b"x").await;
        assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
        let detail = detail(&answer, 400);
        assert!(detail.contains("It should be between 0 and 3."), "{detail}");
    }
}

#[tokio::test]
async fn a_partition_and_a_key_exclude_each_other() {
    let local = local().await;
    let headers = "BrokerProperties: {\"PartitionKey\":\"k\"}";
    let answer = post(&local, "/accounts/partitions/0/messages", headers, b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
    assert!(detail(&answer, 400).starts_with("An event sent to a partition"));
}

#[tokio::test]
async fn broker_properties_that_are_no_json_object_are_told() {
    let local = local().await;
    for value in ["", "x", "[]x", "{\"PartitionKey\":7}", "\"PartitionKey\""] {
        let headers = format!("BrokerProperties: {value}");
        let answer = post(&local, "/accounts/messages", &headers, b"x").await;
        assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request", "{value}");
        assert!(detail(&answer, 400).starts_with("The BrokerProperties header could not be read"));
    }
    assert!(local.events("accounts").unwrap().is_empty());
}

#[tokio::test]
async fn a_hub_that_is_not_there_is_told_to_who_may_know() {
    let local = local().await;
    let answer = post(&local, "/nowhere/messages", "", b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
    let detail = detail(&answer, 404);
    let start = format!(
        "The messaging entity 'sb://{}/nowhere' could not be found. TrackingId:",
        local.address()
    );
    assert!(detail.starts_with(&start), "{detail}");
    let end = format!(
        "_G0, SystemTracker:{}:EventHub:nowhere, Timestamp:2026-01-05T08:00:00",
        local.address()
    );
    assert!(detail.ends_with(&end), "{detail}");

    let answer = crate::client::post_with(&local, "/nowhere/messages", "", b"x").await;
    assert!(answer.status_line.starts_with("HTTP/1.1 401 MissingToken"), "{answer:?}");
}

#[tokio::test]
async fn what_a_path_holds_is_escaped_in_xml() {
    let local = local().await;
    let path = "/%3Cb%3E%26%00/messages";
    let authorization = format!("Authorization: {}", token(&local, ""));
    let answer = crate::client::post_with(&local, path, &authorization, b"x").await;
    assert!(detail(&answer, 404).contains("/&lt;b&gt;&amp;' could not be found."), "{answer:?}");
}

#[tokio::test]
async fn a_path_that_is_not_served_is_told() {
    let local = local().await;
    for path in ["/", "/accounts/partitions/messages", "/accounts/x", "/$local/x/y"] {
        let answer = post(&local, path, "", b"x").await;
        assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found", "{path}");
    }
    let answer = crate::client::get(&local, "/accounts/messages").await;
    assert_eq!(answer.status_line, "HTTP/1.1 405 Method Not Allowed");
    let answer = post(&local, "/accounts", "", b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 405 Method Not Allowed");
}

#[tokio::test]
async fn a_body_of_the_largest_size_is_taken_and_one_byte_more_is_not() {
    for (builder, limit) in [
        (builder(), STANDARD_MAX_BODY_BYTES),
        (builder().tier(Tier::Basic), BASIC_MAX_BODY_BYTES),
        (builder().tier(Tier::Premium), 1 << 20),
        (builder().max_body_bytes(1000).tier(Tier::Dedicated), 1000),
    ] {
        let local = builder.serve(LOOPBACK).await.unwrap();
        let answer = post(&local, "/accounts/messages", "", &vec![b'x'; limit]).await;
        assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
        let answer = post(&local, "/accounts/messages", "", &vec![b'x'; limit + 1]).await;
        assert_eq!(answer.status_line, "HTTP/1.1 413 Payload Too Large");
        let start = format!(
            "The maximum message size quota for outgoing messages ({limit}) has been exceeded. \
             TrackingId:"
        );
        let detail = detail(&answer, 413);
        assert!(detail.starts_with(&start), "{detail}");
        assert_eq!(local.events("accounts").unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_body_without_a_length_is_taken() {
    let local = local().await;
    let head = format!(
        "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
         Transfer-Encoding: chunked",
        local.address(),
        token(&local, "/accounts"),
    );
    let answer =
        crate::client::exchange(local.address(), &head, b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
    assert_eq!(local.events("accounts").unwrap()[0].body, "abcde");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_kept() {
    let local = local().await;
    let mut stream = TcpStream::connect(local.address()).await.unwrap();
    let head = format!(
        "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
         Content-Length: 10\r\n\r\nabc",
        local.address(),
        token(&local, "/accounts"),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = String::new();
    // Whether an answer comes is up to HTTP; what matters is that nothing is kept.
    let _ = stream.read_to_string(&mut rest).await;
    assert!(local.events("accounts").unwrap().is_empty());
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_is_asked_for_its_body() {
    let local = local().await;
    let mut stream = TcpStream::connect(local.address()).await.unwrap();
    let head = format!(
        "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
         Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        local.address(),
        token(&local, "/accounts"),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(read_answer(&answer).status_line, "HTTP/1.1 201 Created");
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let local = local().await;
    let mut stream = TcpStream::connect(local.address()).await.unwrap();
    let request = |connection: &str| {
        format!(
            "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
             Content-Length: 1\r\nConnection: {connection}\r\n\r\nx",
            local.address(),
            token(&local, "/accounts"),
        )
    };
    let both = request("keep-alive") + &request("close");
    stream.write_all(both.as_bytes()).await.unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    assert_eq!(answers.matches("HTTP/1.1 201 Created\r\n").count(), 2, "{answers}");
    assert_eq!(local.events("accounts").unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_in_time_is_refused() {
    let limit = Duration::from_secs(30);
    let local = builder().body_timeout(limit).serve(LOOPBACK).await.unwrap();
    let started = Instant::now();
    let mut stream = TcpStream::connect(local.address()).await.unwrap();
    let head = format!(
        "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
         Content-Length: 100\r\n\r\nx",
        local.address(),
        token(&local, "/accounts/messages"),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Pieces that come again and again do not extend the time.
    for _ in 0..4 {
        sleep(limit / 6).await;
        stream.write_all(b"x").await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let answer = read_answer(&answer);
    assert_eq!(answer.status_line, "HTTP/1.1 408 Request Timeout");
    assert!(detail(&answer, 408).starts_with("The body of the request did not arrive in time. "));
    assert!((limit..limit * 2).contains(&started.elapsed()), "{:?}", started.elapsed());
    assert_eq!(local.event_counts("accounts").unwrap().arrived, 0);
}

#[tokio::test]
async fn a_client_that_begins_with_http_2_is_told_to_use_http_1_1() {
    let local = local().await;
    let mut stream = TcpStream::connect(local.address()).await.unwrap();
    // The preface, and an empty SETTINGS.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let (settings, goaway) = answer.split_at(9);
    assert_eq!(settings, [0, 0, 0, 4, 0, 0, 0, 0, 0]);
    let (head, rest) = goaway.split_at(9);
    assert_eq!((head[3], usize::from(head[2])), (7, rest.len()), "{goaway:?}");
    assert_eq!(rest[..8], [0, 0, 0, 0, 0, 0, 0, 0xd]);
    assert!(rest.ends_with(b"let the client use it."), "{rest:?}");
}

#[tokio::test]
async fn a_request_may_come_byte_by_byte() {
    let local = local().await;
    // As many letters as possible of the preface of HTTP/2, too.
    for (method, status) in [("POST", "HTTP/1.1 201"), ("PRI", "HTTP/1.1 405")] {
        let head = format!(
            "{method} /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
             Content-Length: 1\r\nConnection: close\r\n\r\nx",
            local.address(),
            token(&local, "/accounts"),
        );
        let mut stream = TcpStream::connect(local.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for byte in head.bytes() {
            stream.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(status), "{answer}");
    }
}

#[tokio::test]
async fn ids_of_messages_are_kept() {
    let local = local().await;
    let ids = "{\"MessageId\":\"m\",\"CorrelationId\":\"c\"}";
    post(&local, "/tiny/messages", &format!("BrokerProperties: {ids}"), b"x").await;
    let batch = format!("[{{\"Body\":\"x\",\"BrokerProperties\":{ids}}},{{\"Body\":\"y\"}}]");
    let headers = format!("Content-Type: {}", eventhub_local::BATCH_CONTENT_TYPE);
    post(&local, "/tiny/messages", &headers, batch.as_bytes()).await;
    let events = local.events("tiny").unwrap();
    let ids = events.iter().map(|it| (it.message_id.as_deref(), it.correlation_id.as_deref()));
    let both = (Some("m"), Some("c"));
    assert_eq!(ids.collect::<Vec<_>>(), [both, both, (None, None)]);
}
