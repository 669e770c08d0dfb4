use crate::client::{KEY, KEY_NAME, NOW, ask, builder, detail, get, local, post, post_with, sign};

const TAKEN: &str = "HTTP/1.1 201 Created";

fn revocation(name: &str) -> String {
    format!(
        "<entry xmlns=\"http://www.w3.org/2005/Atom\"><content type=\"application/xml\">\
         <RevokedPublisherDescription \
         xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\" \
         xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <Name>{name}</Name></RevokedPublisherDescription></content></entry>",
    )
}

#[tokio::test]
async fn a_publishers_name_is_kept_and_is_its_partition_key() {
    let local = local().await;
    let answer = post(&local, "/accounts/publishers/7/messages", "", b"x").await;
    assert_eq!(answer.status_line, TAKEN);
    let key = "BrokerProperties: {\"PartitionKey\":\"7\"}";
    let answer = post(&local, "/accounts/publishers/7/messages", key, b"x").await;
    assert_eq!(answer.status_line, TAKEN);
    for event in local.events("accounts").unwrap() {
        // The fixture of partition keys has key 7 in partition 1 of 4.
        assert_eq!((event.partition.as_str(), event.publisher.as_deref()), ("1", Some("7")));
        assert_eq!(event.partition_key.as_deref(), Some("7"));
    }
    let answer = get(&local, "/$local/hubs/accounts/events?from=1").await;
    assert_eq!(
        answer.body,
        concat!(
            r#"{"partition":"1","sequence":1,"offset":"33","#,
            r#""enqueued_time":"2026-01-05T08:00:00.000Z","content_type":null,"#,
            r#""partition_key":"7","publisher":"7","properties":{},"body_base64":"eA=="}"#,
            "\n",
        ),
    );
}

#[tokio::test]
async fn a_publisher_sends_batches_too() {
    let local = local().await;
    let batch = format!("Content-Type: {}", eventhub_local::BATCH_CONTENT_TYPE);
    let body = br#"[{"Body":"a"},{"Body":"b","BrokerProperties":{"PartitionKey":"till"}}]"#;
    let answer = post(&local, "/accounts/publishers/till/messages", &batch, body).await;
    assert_eq!(answer.status_line, TAKEN);
    let events = local.events("accounts").unwrap();
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|it| it.publisher.as_deref() == Some("till")));
    assert_eq!(events[0].partition, events[1].partition);
}

#[tokio::test]
async fn a_publisher_has_no_other_partition_key() {
    let local = local().await;
    let key = "BrokerProperties: {\"PartitionKey\":\"8\"}";
    let answer = post(&local, "/accounts/publishers/7/messages", key, b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
    assert!(detail(&answer, 400).starts_with("The PartitionKey of an event sent as a publisher"));
    assert!(local.events("accounts").unwrap().is_empty());
}

#[tokio::test]
async fn a_publishers_token_opens_that_publisher_alone() {
    let local = local().await;
    let send = async |scope: &str, path: &str| {
        let uri = format!("{}{scope}", local.origin());
        let token = sign(&KEY, KEY_NAME, &uri, NOW + 600);
        post_with(&local, path, &format!("Authorization: {token}"), b"x").await.status_line
    };
    let scope = "/accounts/publishers/till-7";
    assert_eq!(send(scope, "/accounts/publishers/till-7/messages").await, TAKEN);
    // In the singular, as the documentation's example has it, either spelling may be signed for.
    assert_eq!(send(scope, "/accounts/publisher/till-7/messages").await, TAKEN);
    assert_eq!(
        send("/accounts/publisher/till-7", "/accounts/publisher/till-7/messages").await,
        TAKEN,
    );
    for path in [
        "/accounts/messages",
        "/accounts/publishers/till-70/messages",
        "/accounts/publisher/till-8/messages",
        "/accounts/partitions/0/messages",
        "/tiny/publishers/till-7/messages",
    ] {
        let status_line = send(scope, path).await;
        assert!(
            status_line.contains("401 SubCode=40100: Unauthorized : "),
            "{path}: {status_line}"
        );
    }
    assert_eq!(local.events("accounts").unwrap().len(), 3);
}

#[tokio::test]
async fn the_singular_opens_no_other_hub() {
    let local =
        builder().hub("publisher", 1).hub("publishers", 1).serve(crate::client::LOOPBACK).await;
    let local = local.unwrap();
    let uri = format!("{}/publishers", local.origin());
    let token = sign(&KEY, KEY_NAME, &uri, NOW + 600);
    let header = format!("Authorization: {token}");
    let answer = post_with(&local, "/publisher/publisher/p/messages", &header, b"x").await;
    assert!(answer.status_line.contains("401 SubCode=40100: Unauthorized : "), "{answer:?}");
}

#[tokio::test]
async fn a_revoked_publisher_does_not_send_until_it_is_restored() {
    let local = local().await;
    let path = "/accounts/revokedpublishers/till-7?timeout=60&api-version=2014-01";
    let answer = ask(&local, "PUT", path, "", &revocation("till-7")).await;
    assert_eq!(answer.status_line, TAKEN);
    assert_eq!(
        answer.header("content-type"),
        Some("application/atom+xml;type=entry;charset=utf-8"),
    );
    let uri = format!(
        "{}/accounts/revokedpublishers/till-7?timeout=60&amp;api-version=2014-01",
        local.origin(),
    );
    assert_eq!(
        answer.body,
        format!(
            "<entry xmlns=\"http://www.w3.org/2005/Atom\"><id>{uri}</id>\
             <title type=\"text\">till-7</title><updated>2026-01-05T08:00:00Z</updated>\
             <link rel=\"self\" href=\"{uri}\"/><content type=\"application/xml\">\
             <RevokedPublisherDescription \
             xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\" \
             xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><Name>till-7</Name>\
             </RevokedPublisherDescription></content></entry>",
        ),
    );
    let answer = ask(&local, "PUT", path, "", &revocation("till-7")).await;
    assert_eq!(answer.status_line, "HTTP/1.1 409 Conflict");
    assert!(detail(&answer, 409).starts_with("SubCode=40900. Conflict. TrackingId:"));

    let answer = post(&local, "/accounts/publishers/till-7/messages", "", b"x").await;
    let start = "HTTP/1.1 401 SubCode=40100: Unauthorized : The publisher 'till-7' is revoked. ";
    assert!(answer.status_line.starts_with(start), "{answer:?}");
    let answer = post(&local, "/accounts/publishers/till-8/messages", "", b"x").await;
    assert_eq!(answer.status_line, TAKEN);

    let answer = ask(&local, "GET", "/accounts/RevokedPublishers", "", "").await;
    assert_eq!(answer.status_line, "HTTP/1.1 200 OK");
    assert_eq!(answer.header("content-type"), Some("application/atom+xml;type=feed;charset=utf-8"));
    assert!(answer.body.contains("<title type=\"text\">RevokedPublishers</title>"), "{answer:?}");
    assert_eq!(answer.body.matches("<Name>till-7</Name>").count(), 1);

    let answer = ask(&local, "DELETE", path, "", "").await;
    assert_eq!((answer.status_line.as_str(), answer.body.as_str()), ("HTTP/1.1 200 OK", ""));
    assert_eq!(answer.header("content-length"), Some("0"));
    let answer = ask(&local, "DELETE", path, "", "").await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
    let answer = post(&local, "/accounts/publishers/till-7/messages", "", b"x").await;
    assert_eq!(answer.status_line, TAKEN);
}

#[tokio::test]
async fn a_revocation_that_is_none_is_told() {
    let local = local().await;
    let path = "/accounts/revokedpublishers/till-7";
    for body in ["", "<a/>", &revocation("till-8")] {
        let answer = ask(&local, "PUT", path, "", body).await;
        assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request", "{body}");
        assert!(detail(&answer, 400).starts_with("SubCode=40000. "), "{answer:?}");
    }
    let nowhere = "/nowhere/revokedpublishers/p";
    let answer = ask(&local, "PUT", nowhere, "", &revocation("p")).await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
}
