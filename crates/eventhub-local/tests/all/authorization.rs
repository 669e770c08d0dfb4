use azure_sas::SharedAccessKey;

use crate::client::{KEY, KEY_NAME, LOOPBACK, NOW, TestClock, builder, local, post_with, sign};

const PATH: &str = "/accounts/messages";
const TAKEN: &str = "HTTP/1.1 201 Created";

async fn check_header(authorization: &str, status_line: &str) {
    let local = local().await;
    let answer = post_with(&local, PATH, authorization, b"{}").await;
    assert_eq!(answer.status_line, status_line, "{authorization}");
    assert_eq!((answer.header("content-length"), answer.body.as_str()), (Some("0"), ""));
    assert_eq!(answer.header("content-type"), None);
    assert!(local.events("accounts").expect("it is there").is_empty());
}

/// Sends a token of this key, name and expiry for this URI, the origin written as `{}`.
async fn send(key: &SharedAccessKey, name: &str, uri: &str, expires: i64) -> String {
    let local = local().await;
    let uri = uri.replace("{}", &local.origin());
    let header = format!("Authorization: {}", sign(key, name, &uri, expires));
    post_with(&local, PATH, &header, b"{}").await.status_line
}

#[tokio::test]
async fn a_missing_token_is_told() {
    check_header("", "HTTP/1.1 401 MissingToken: The authorization header was not found.").await;
}

#[tokio::test]
async fn a_malformed_token_is_told() {
    let expected = "HTTP/1.1 401 MalformedToken: The credentials contained in the authorization \
                    header are not in the WRAP format.";
    for value in [
        "",
        "x",
        "Basic eDp5",
        "SharedAccessSignature",
        "SharedAccessSignature sr=a&sig=b&se=c&skn=d",
        "\"SharedAccessSignature sr=audience&sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3D&se=1578099723&skn=key\"",
        "SharedAccessSignature sr=a&sig=\u{e9}&se=1&skn=d",
    ] {
        check_header(&format!("Authorization: {value}"), expected).await;
    }
}

#[tokio::test]
async fn an_entra_token_is_not_accepted() {
    check_header("Authorization: Bearer eyJ0", "HTTP/1.1 401 SubCode=40100: Unauthorized").await;
}

#[tokio::test]
async fn a_wrong_key_and_a_wrong_policy_can_not_be_told_apart() {
    let expected = "HTTP/1.1 401 SubCode=40103: Invalid authorization token signature";
    let other = SharedAccessKey::new("another key").unwrap();
    assert_eq!(send(&other, KEY_NAME, "{}/accounts", NOW + 600).await, expected);
    assert_eq!(send(&KEY, "listen", "{}/accounts", NOW + 600).await, expected);
    assert_eq!(send(&KEY, KEY_NAME, "{}/accounts", NOW + 600).await, TAKEN);
}

#[tokio::test]
async fn an_expired_token_is_told_from_the_second_of_its_expiry() {
    for expires in [NOW, NOW - 1, 0] {
        let status_line = send(&KEY, KEY_NAME, "{}/accounts", expires).await;
        let start = "HTTP/1.1 401 ExpiredToken: The token is expired. TrackingId:";
        assert!(status_line.starts_with(start), "{status_line}");
        assert!(status_line.ends_with(":EventHub:accounts, Timestamp:2026-01-05T08:00:00"));
    }
    assert_eq!(send(&KEY, KEY_NAME, "{}/accounts", NOW + 1).await, TAKEN);
}

#[tokio::test]
async fn a_token_opens_what_it_was_signed_for_and_what_is_below() {
    for uri in [
        "{}/accounts/messages",
        "{}/accounts",
        "{}/accounts/",
        "{}/ACCOUNTS",
        "{}/",
        "{}",
        "sb://127.0.0.1/accounts",
        "amqps://127.0.0.1:5671/accounts",
        "127.0.0.1",
    ] {
        assert_eq!(send(&KEY, KEY_NAME, uri, NOW + 600).await, TAKEN, "{uri}");
    }
    for uri in ["{}/tiny", "{}/account", "{}/accounts/partitions/0", "sb://example.com/accounts"] {
        let status_line = send(&KEY, KEY_NAME, uri, NOW + 600).await;
        let start = "HTTP/1.1 401 SubCode=40100: Unauthorized : Unauthorized access for 'Send' \
                     operation on endpoint 'sb://127.0.0.1:";
        assert!(status_line.starts_with(start), "{uri}: {status_line}");
        assert!(status_line.contains("/accounts/messages'. Tracking Id: "), "{status_line}");
    }
}

#[tokio::test]
async fn time_is_the_local_hubs_own() {
    let clock = TestClock::new(NOW);
    let clock_of_hub = clock.clone();
    let local = builder().clock(move || clock_of_hub.now()).serve(LOOPBACK).await.unwrap();
    let token = sign(&KEY, KEY_NAME, &local.origin(), NOW + 60);
    let header = format!("Authorization: {token}");

    let answer = post_with(&local, PATH, &header, b"{}").await;
    assert_eq!(answer.status_line, TAKEN);
    assert_eq!(answer.header("date"), Some("Mon, 05 Jan 2026 08:00:00 GMT"));

    clock.set(NOW + 3600);
    let answer = post_with(&local, PATH, &header, b"{}").await;
    assert!(answer.status_line.contains("ExpiredToken"), "{answer:?}");
    assert_eq!(answer.header("date"), Some("Mon, 05 Jan 2026 09:00:00 GMT"));
}

#[tokio::test]
async fn a_refused_request_with_a_large_body_is_answered_all_the_same() {
    let local = local().await;
    let answer = post_with(&local, PATH, "", &vec![b'x'; 8 << 20]).await;
    assert!(answer.status_line.starts_with("HTTP/1.1 401 MissingToken"), "{answer:?}");
}

#[tokio::test]
async fn a_refused_request_that_waits_to_be_asked_is_not_asked_for_its_body() {
    let local = local().await;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\nExpect: 100-continue",
        local.address(),
    );
    let answer = crate::client::exchange(local.address(), &head, b"").await;
    assert!(answer.status_line.starts_with("HTTP/1.1 401 MissingToken"), "{answer:?}");
}

#[tokio::test]
async fn a_token_may_be_signed_for_the_query_too_and_words_have_any_case() {
    let local = local().await;
    for (path, signed) in [
        ("/accounts/messages?api-version=2014-01", "/accounts/messages?api-version=2014-01"),
        ("/accounts/Messages", "/accounts"),
        ("/ACCOUNTS/Partitions/0/Messages/", "/accounts/partitions/0"),
    ] {
        let authorization = sign(&KEY, KEY_NAME, &format!("{}{signed}", local.origin()), NOW + 60);
        let header = format!("Authorization: {authorization}");
        let answer = post_with(&local, path, &header, b"x").await;
        assert_eq!(answer.status_line, "HTTP/1.1 201 Created", "{path}");
    }
}

#[tokio::test]
async fn an_expiry_with_a_fraction_is_malformed() {
    let local = local().await;
    let whole = sign(&KEY, KEY_NAME, &local.origin(), NOW + 60);
    let expiry = format!("se={}", NOW + 60);
    assert!(whole.contains(&expiry), "{whole}");
    let header = format!("Authorization: {}", whole.replace(&expiry, &format!("{expiry}.5")));
    let answer = post_with(&local, PATH, &header, b"{}").await;
    assert!(answer.status_line.starts_with("HTTP/1.1 401 MalformedToken"), "{answer:?}");
}
