use std::io::ErrorKind;
use std::pin::pin;
use std::time::Duration;

use chrono::TimeDelta;
use eventhub_local::{Error, Fault, FaultPlan, LocalEventHub};
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::client::{
    KEY, KEY_NAME, LOOPBACK, NOW, builder, exchange, get, local, post, post_with, sign, token,
};

const PATH: &str = "/$local/hubs/accounts/faults";

/// Sends one event over a connection of its own.
async fn open(local: &LocalEventHub) -> TcpStream {
    let mut stream = TcpStream::connect(local.address()).await.expect("the local hub listens");
    let request = format!(
        "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
         Content-Length: 1\r\nConnection: close\r\n\r\nx",
        local.address(),
        token(local, "/accounts"),
    );
    stream.write_all(request.as_bytes()).await.expect("the local hub reads");
    stream
}

/// Sends one event, and reads until the connection ends.
async fn send(local: &LocalEventHub) -> Result<String, ErrorKind> {
    let mut answer = String::new();
    let mut stream = open(local).await;
    stream.read_to_string(&mut answer).await.map_err(|error| error.kind())?;
    Ok(answer)
}

async fn local_with(fault: Fault) -> LocalEventHub {
    let local = local().await;
    local.set_fault("accounts", Some(fault)).expect("it is there");
    local
}

fn kept(local: &LocalEventHub) -> usize {
    local.events("accounts").expect("it is there").len()
}

#[tokio::test]
async fn a_reset_before_or_after_reading_keeps_nothing() {
    for fault in [Fault::ResetBeforeReading, Fault::ResetAfterReading] {
        let local = local_with(fault).await;
        assert_eq!(send(&local).await, Err(ErrorKind::ConnectionReset), "{fault:?}");
        assert_eq!(kept(&local), 0);
    }
}

#[tokio::test]
async fn a_reset_before_reading_does_not_wait_for_the_body() {
    let local = local_with(Fault::ResetBeforeReading).await;
    let mut stream = TcpStream::connect(local.address()).await.unwrap();
    let head = format!(
        "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\n\r\n",
        local.address(),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let end = timeout(Duration::from_secs(5), stream.read(&mut [0])).await.unwrap();
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_reset_after_keeping_loses_only_the_answer() {
    let local = local_with(Fault::ResetAfterKeeping).await;
    assert_eq!(send(&local).await, Err(ErrorKind::ConnectionReset));
    assert_eq!(kept(&local), 1);
    local.set_fault("accounts", None).unwrap();
    assert!(send(&local).await.unwrap().starts_with("HTTP/1.1 201 Created\r\n"));
    assert_eq!(kept(&local), 2, "sent again, it is there twice");
}

#[tokio::test]
async fn a_fault_that_keeps_checks_the_token_first() {
    let local = local_with(Fault::Truncate(24)).await;
    let head = format!(
        "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nContent-Length: 1\r\n\r\nx",
        local.address(),
    );
    let mut stream = TcpStream::connect(local.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "HTTP/1.1 401 MissingToke");
    assert_eq!(kept(&local), 0);
}

#[tokio::test]
async fn an_answer_can_be_cut_anywhere() {
    let local = local().await;
    let whole = send(&local).await.unwrap();
    for bytes in [0, 1, 12, 30, whole.len() - 1, whole.len(), whole.len() + 9] {
        local.set_fault("accounts", Some(Fault::Truncate(bytes))).unwrap();
        let answer = send(&local).await.unwrap();
        assert_eq!(answer, whole.get(..bytes).unwrap_or(&whole), "{bytes}");
    }
    assert_eq!(kept(&local), 8);
}

/// Time is Tokio's, which passes at once while all wait for it.
#[tokio::test(start_paused = true)]
async fn an_answer_can_trickle() {
    const HOUR: Duration = Duration::from_secs(3600);

    let local = local_with(Fault::Trickle(HOUR)).await;
    let started = Instant::now();
    let answer = send(&local).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    let pauses = u32::try_from(answer.len() - 1).unwrap();
    assert!(started.elapsed() >= HOUR * pauses);
    assert_eq!(kept(&local), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delay_comes_before_the_work() {
    let local = local_with(Fault::Delay(Duration::from_secs(3600))).await;
    let started = Instant::now();
    let mut sent = pin!(send(&local));
    assert!(timeout(Duration::from_secs(3000), &mut sent).await.is_err());
    assert_eq!(kept(&local), 0);
    assert!(sent.await.unwrap().starts_with("HTTP/1.1 201 Created\r\n"));
    assert!(started.elapsed() >= Duration::from_secs(3600));
    assert_eq!(kept(&local), 1);
}

/// Time is Tokio's, which passes at once while all wait for it.
#[tokio::test(start_paused = true)]
async fn a_hang_after_keeping_never_answers() {
    let local = local_with(Fault::HangAfterKeeping).await;
    let mut stream = open(&local).await;
    local.wait_for("accounts", 1).await.unwrap();
    let silent = timeout(Duration::from_secs(3600), stream.read(&mut [0])).await;
    assert!(silent.is_err(), "{silent:?}");
    assert_eq!(kept(&local), 1);
}

#[tokio::test]
async fn a_clock_can_be_wrong() {
    let skewed = |seconds| Fault::ClockSkew(TimeDelta::seconds(seconds));
    let local = local_with(skewed(-900)).await;
    let answer = post(&local, "/accounts/messages", "", b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
    assert_eq!(answer.header("date"), Some("Mon, 05 Jan 2026 07:45:00 GMT"));
    let event = &local.events("accounts").unwrap()[0];
    assert_eq!(event.enqueued_time.timestamp(), NOW - 900);

    // The token is good for ten minutes, and the clock is ahead by eleven.
    local.set_fault("accounts", Some(skewed(660))).unwrap();
    let answer = post(&local, "/accounts/messages", "", b"x").await;
    assert!(answer.status_line.starts_with("HTTP/1.1 401 ExpiredToken: "), "{answer:?}");
    assert_eq!(answer.header("date"), Some("Mon, 05 Jan 2026 08:11:00 GMT"));

    // A clock behind lets a token through that has expired.
    local.set_fault("accounts", Some(skewed(-120))).unwrap();
    let late = sign(&KEY, KEY_NAME, &local.origin(), NOW - 60);
    let answer =
        post_with(&local, "/accounts/messages", &format!("Authorization: {late}"), b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");

    local.set_fault("accounts", Some(Fault::ClockSkew(TimeDelta::MAX))).unwrap();
    let answer = post(&local, "/accounts/messages", "", b"x").await;
    assert_eq!(answer.header("date"), Some("Mon, 05 Jan 2026 08:00:00 GMT"));
}

#[tokio::test]
async fn a_connection_recovers_from_a_trickle() {
    let local = local().await;
    let plan = FaultPlan::new(0).then(Some(Fault::Trickle(Duration::from_millis(1))));
    local.set_fault_plan("accounts", Some(plan)).unwrap();
    let mut stream = TcpStream::connect(local.address()).await.unwrap();
    let request = |connection: &str| {
        format!(
            "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
             Content-Length: 1\r\nConnection: {connection}\r\n\r\nx",
            local.address(),
            token(&local, "/accounts"),
        )
    };
    stream.write_all(request("keep-alive").as_bytes()).await.unwrap();
    let mut answer = String::new();
    while !answer.ends_with("\r\n\r\n") {
        answer.push(char::from(stream.read_u8().await.unwrap()));
    }
    stream.write_all(request("close").as_bytes()).await.unwrap();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer.matches("HTTP/1.1 201 Created\r\n").count(), 2);
}

#[tokio::test]
async fn a_plan_decides_for_each_send_and_faults_are_counted() {
    let local = local().await;
    let plan = FaultPlan::new(0)
        .then(Some(Fault::Status(StatusCode::SERVICE_UNAVAILABLE)))
        .then(None)
        .then(Some(Fault::ResetAfterKeeping));
    local.set_fault_plan("accounts", Some(plan)).unwrap();
    assert!(send(&local).await.unwrap().starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    assert!(send(&local).await.unwrap().starts_with("HTTP/1.1 201 Created\r\n"));
    assert_eq!(send(&local).await, Err(ErrorKind::ConnectionReset));
    assert!(send(&local).await.unwrap().starts_with("HTTP/1.1 201 Created\r\n"));
    assert_eq!((kept(&local), local.fault_count("accounts").unwrap()), (3, 2));
    assert_eq!(local.fault_count("tiny").unwrap(), 0);
    let error = local.set_fault_plan("nowhere", None).unwrap_err();
    assert!(matches!(error, Error::UnknownHub { name } if name == "nowhere"));
}

#[tokio::test]
async fn a_client_can_be_told_when_to_come_back() {
    let local =
        local_with(Fault::RetryAfter(StatusCode::TOO_MANY_REQUESTS, Duration::from_secs(7))).await;
    let answer = post(&local, "/accounts/messages", "", b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 429 Too Many Requests");
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert!(crate::client::detail(&answer, 429).contains("Error code : 50002."), "{answer:?}");
}

/// What a client that sends again until it is told 201 makes of a bad day: nothing is lost, and
/// twice there is what was kept while its answer was lost.
#[tokio::test]
async fn a_bad_day_loses_nothing_and_doubles_what_it_must() {
    const EVENTS: usize = 300;

    let faults = [
        Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
        Fault::ResetBeforeReading,
        Fault::ResetAfterReading,
        Fault::ResetAfterKeeping,
        Fault::Truncate(9),
    ];
    let mut plan = FaultPlan::new(2026);
    for fault in faults {
        plan = plan.rate(0.05, fault).unwrap();
    }
    let local = local().await;
    local.set_fault_plan("accounts", Some(plan.clone())).unwrap();

    let mut failures = 0;
    for _ in 0..EVENTS {
        while !send(&local).await.is_ok_and(|it| it.starts_with("HTTP/1.1 201 Created\r\n")) {
            failures += 1;
        }
    }
    let mut doubles = 0;
    for _ in 0..EVENTS + failures {
        let kept = matches!(plan.draw(), Some(Fault::ResetAfterKeeping | Fault::Truncate(_)));
        doubles += usize::from(kept);
    }
    assert!(doubles > 0);
    assert_eq!(kept(&local), EVENTS + doubles);
    assert_eq!(local.fault_count("accounts").unwrap(), failures as u64);
}

#[tokio::test]
async fn the_same_seed_fails_the_same_sends() {
    let statuses = async |seed| {
        let local = local().await;
        let plan = FaultPlan::new(seed).rate(0.5, Fault::Status(StatusCode::BAD_GATEWAY)).unwrap();
        local.set_fault_plan("accounts", Some(plan)).unwrap();
        let mut statuses = Vec::new();
        for _ in 0..32 {
            statuses.push(post(&local, "/accounts/messages", "", b"x").await.status_line);
        }
        statuses
    };
    let first = statuses(7).await;
    assert_eq!(first, statuses(7).await);
    let failed = first.iter().filter(|it| it.starts_with("HTTP/1.1 502 Bad Gateway")).count();
    assert!((1..32).contains(&failed), "{first:?}");
}

async fn put(local: &LocalEventHub, plan: &str) -> crate::client::Answer {
    let head = format!(
        "PUT {PATH} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}",
        local.address(),
        plan.len(),
    );
    exchange(local.address(), &head, plan.as_bytes()).await
}

#[tokio::test]
async fn a_plan_can_be_set_over_http() {
    let local = local().await;
    assert_eq!(get(&local, PATH).await.body, r#"{"plan":null,"count":0}"#);

    let plan = r#"{"seed":7,"script":[{"kind":"status","status":500},null]}"#;
    let answer = put(&local, plan).await;
    assert_eq!(
        (answer.status_line.as_str(), answer.body.as_str()),
        ("HTTP/1.1 204 No Content", "")
    );
    assert!(send(&local).await.unwrap().starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    let answer = get(&local, PATH).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.body, r#"{"plan":{"rates":[],"script":[null],"seed":7},"count":1}"#);

    let always = r#"{"rates":[{"rate":1,"fault":{"kind":"status","status":408}}]}"#;
    put(&local, always).await;
    assert!(send(&local).await.unwrap().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    let head = format!("DELETE {PATH} HTTP/1.1\r\nHost: {}", local.address());
    let answer = exchange(local.address(), &head, b"").await;
    assert_eq!(answer.status_line, "HTTP/1.1 204 No Content");
    assert!(send(&local).await.unwrap().starts_with("HTTP/1.1 201 Created\r\n"));
}

#[tokio::test]
async fn a_plan_that_is_none_is_told_and_changes_nothing() {
    let local = local().await;
    put(&local, r#"{"script":[null]}"#).await;
    let answer = put(&local, r#"{"script":[{"kind":"explode"}]}"#).await;
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
    let detail = crate::client::detail(&answer, 400);
    assert!(
        detail.starts_with("The plan could not be read: unknown variant `explode`"),
        "{detail}"
    );
    assert_eq!(
        get(&local, PATH).await.body,
        r#"{"plan":{"rates":[],"script":[null],"seed":0},"count":0}"#,
    );
    let answer = get(&local, "/$local/hubs/nowhere/faults").await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
}

#[tokio::test]
async fn nobody_else_sets_a_plan() {
    let local = builder().allow_remote().serve(LOOPBACK).await.unwrap();
    for method in ["GET", "PUT", "DELETE"] {
        let head = format!("{method} {PATH} HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 2");
        let answer = exchange(local.address(), &head, b"{}").await;
        assert_eq!(answer.status_line, "HTTP/1.1 403 Forbidden", "{method}");
    }
}
