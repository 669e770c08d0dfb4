use std::time::Duration;

use eventhub_local::{Error, Fault};
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::client::{detail, local, post, post_with, token};

#[tokio::test]
async fn a_status_is_answered_until_it_is_cleared() {
    let local = local().await;
    let throttled = "The request was terminated because the entity is being throttled. Error code \
                     : 50002. Please wait 4 seconds and try again. TrackingId:";
    for (code, line, text) in [
        (408, "HTTP/1.1 408 Request Timeout", "Request Timeout TrackingId:"),
        (429, "HTTP/1.1 429 Too Many Requests", throttled),
        (500, "HTTP/1.1 500 Internal Server Error", "Internal Server Error TrackingId:"),
        (503, "HTTP/1.1 503 Service Unavailable", throttled),
    ] {
        let fault = Fault::Status(StatusCode::from_u16(code).unwrap());
        local.set_fault("accounts", Some(fault)).unwrap();
        let answer = post(&local, "/accounts/messages", "", b"x").await;
        assert_eq!(answer.status_line, line);
        assert!(detail(&answer, code).starts_with(text), "{answer:?}");
        assert_eq!(answer.header("retry-after"), None);
    }
    assert!(local.events("accounts").unwrap().is_empty());

    let answer = post(&local, "/tiny/messages", "", b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created", "another hub has no fault");

    local.set_fault("accounts", None).unwrap();
    let answer = post(&local, "/accounts/messages", "", b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
}

#[tokio::test]
async fn a_fault_comes_before_the_token() {
    let local = local().await;
    local.set_fault("accounts", Some(Fault::Status(StatusCode::UNAUTHORIZED))).unwrap();
    let answer = post_with(&local, "/accounts/messages", "", b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 401 SubCode=40100: Unauthorized");
    assert_eq!(answer.body, "");
}

/// Time is Tokio's, which passes at once while all wait for it.
#[tokio::test(start_paused = true)]
async fn a_hub_that_hangs_takes_a_request_and_never_answers() {
    let local = local().await;
    local.set_fault("accounts", Some(Fault::Hang)).unwrap();
    let mut stream = TcpStream::connect(local.address()).await.unwrap();
    let request = format!(
        "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
         Content-Length: 1\r\n\r\nx",
        local.address(),
        token(&local, "/accounts"),
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    while local.fault_count("accounts").unwrap() == 0 {
        yield_now().await;
    }
    let mut byte = [0];
    let silent = timeout(Duration::from_secs(3600), stream.read(&mut byte)).await;
    assert!(silent.is_err(), "{silent:?}");
    assert!(local.events("accounts").unwrap().is_empty());

    // Shutting down does not wait for it, and ends its connection without an answer.
    timeout(Duration::from_secs(5), local.shutdown()).await.unwrap();
    let end = timeout(Duration::from_secs(5), stream.read(&mut byte)).await.unwrap();
    assert!(!matches!(end, Ok(1..)), "{end:?}");
}

#[tokio::test]
async fn a_hub_that_is_not_there_has_no_fault() {
    let error = local().await.set_fault("nowhere", None).unwrap_err();
    assert!(matches!(error, Error::UnknownHub { name } if name == "nowhere"));
}
