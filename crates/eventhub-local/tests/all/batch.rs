use eventhub_local::{BATCH_CONTENT_TYPE, PropertyValue};

use crate::client::{LOOPBACK, builder, detail, local, post};

fn content_type() -> String {
    format!("Content-Type: {BATCH_CONTENT_TYPE}")
}

#[tokio::test]
async fn a_batch_is_dissolved_into_its_events() {
    let local = local().await;
    let body = r#"[
        {"Body":"Message1","UserProperties":{"Alert":"Strong Wind","Priority":3,"Load":0.5,"Urgent":true,"Reason":null},
         "BrokerProperties":{"PartitionKey":"7"}},
        {"Body":"AAEC","IsBodyBase64":true,"BrokerProperties":{"PartitionKey":"7"}},
        {"BrokerProperties":{"PartitionKey":"7"},"Unknown":[1]}
    ]"#;
    let headers = format!("{}\r\nIgnored: yes", content_type());
    let answer = post(&local, "/accounts/messages", &headers, body.as_bytes()).await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");

    let events = local.events("accounts").unwrap();
    let bodies: Vec<&[u8]> = events.iter().map(|it| &it.body[..]).collect();
    assert_eq!(bodies, [&b"Message1"[..], &[0, 1, 2], b""]);
    for (event, sequence) in events.iter().zip(0..) {
        assert_eq!((event.partition.as_str(), event.sequence), ("1", sequence));
        assert_eq!(event.partition_key.as_deref(), Some("7"));
        assert_eq!(event.content_type, None);
    }
    let properties = [
        ("Alert", "Strong Wind".into()),
        ("Load", PropertyValue::Double(0.5)),
        ("Priority", PropertyValue::Integer(3)),
        ("Reason", PropertyValue::Null),
        ("Urgent", PropertyValue::Boolean(true)),
    ];
    assert_eq!(events[0].properties, properties.map(|(it, value)| (it.to_owned(), value)).into());
    assert!(events[1].properties.is_empty());
}

#[tokio::test]
async fn a_batch_without_keys_goes_into_one_partition() {
    let local = local().await;
    for _ in 0..2 {
        let body = br#"[{"Body":"a"},{"Body":"b"},{"Body":"c"}]"#;
        let answer = post(&local, "/accounts/messages", &content_type(), body).await;
        assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
    }
    let partitions: Vec<_> =
        local.events("accounts").unwrap().into_iter().map(|it| it.partition).collect();
    assert_eq!(partitions, ["0", "0", "0", "1", "1", "1"]);
}

#[tokio::test]
async fn a_batch_can_be_sent_to_a_partition() {
    let local = local().await;
    let body = br#"[{"Body":"a"},{"Body":"b"}]"#;
    let answer = post(&local, "/accounts/partitions/2/messages", &content_type(), body).await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
    assert!(local.events("accounts").unwrap().iter().all(|it| it.partition == "2"));
}

#[tokio::test]
async fn a_bad_batch_is_told_and_nothing_of_it_is_kept() {
    let local = local().await;
    for (body, reason) in [
        ("", "The batch could not be read: "),
        ("{}", "The batch could not be read: "),
        (r#"[{"Body":{}}]"#, "The batch could not be read: "),
        ("[", "The batch could not be read: "),
        ("[]", "The batch has no events."),
        (
            r#"[{"Body":"a"},{"Body":"?","IsBodyBase64":true}]"#,
            "Event 1 of the batch has a Body that is not base64.",
        ),
        (
            r#"[{"UserProperties":{"a":[]}}]"#,
            "Event 0 of the batch has the property \"a\", which is neither text nor number nor \
             Boolean nor null.",
        ),
        (
            r#"[{"Body":"a","BrokerProperties":{"PartitionKey":"k"}},{"Body":"b"}]"#,
            "The events of a batch must have the same PartitionKey, or none of them any.",
        ),
    ] {
        let answer = post(&local, "/accounts/messages", &content_type(), body.as_bytes()).await;
        assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request", "{body}");
        let detail = detail(&answer, 400);
        assert!(detail.starts_with(reason), "{body}: {detail}");
    }
    assert!(local.events("accounts").unwrap().is_empty());
}

#[tokio::test]
async fn mixed_keys_can_be_allowed() {
    let local = builder().allow_mixed_partition_keys().serve(LOOPBACK).await.unwrap();
    let body = br#"[
        {"BrokerProperties":{"PartitionKey":"7"}},
        {"BrokerProperties":{"PartitionKey":"FWfAT"}},
        {},
        {}
    ]"#;
    let answer = post(&local, "/accounts/messages", &content_type(), body).await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
    let partitions: Vec<_> =
        local.events("accounts").unwrap().into_iter().map(|it| it.partition).collect();
    assert_eq!(partitions, ["1", "3", "0", "1"]);
}

#[tokio::test]
async fn only_the_very_content_type_makes_a_batch() {
    let local = local().await;
    let body = br#"[{"Body":"a"},{"Body":"b"}]"#;
    for content_type in [
        "application/json",
        "application/vnd.microsoft.servicebus.json;charset=utf-8",
        "application/vnd.microsoft.servicebus.json2",
    ] {
        let header = format!("Content-Type: {content_type}");
        let answer = post(&local, "/accounts/messages", &header, body).await;
        assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
        let last = local.events("accounts").unwrap().pop().unwrap();
        assert_eq!(last.body, &body[..]);
        assert_eq!(last.content_type.as_deref(), Some(content_type));
    }
    assert_eq!(local.events("accounts").unwrap().len(), 3);
}
