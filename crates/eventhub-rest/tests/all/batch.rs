//! Filling batches and writing them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventhub_rest::{Batch, BatchBuilder, Error, Event, PropertyValue, batch_request};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{hub, token};

fn event(body: &str) -> Event {
    Event::new(body.to_owned(), "application/json").unwrap()
}

fn keyed(body: &str, key: &str) -> Event {
    event(body).with_partition_key(key).unwrap()
}

fn text(batch: &Batch) -> &str {
    str::from_utf8(batch.body()).unwrap()
}

#[test]
fn a_member_has_what_its_event_has() {
    for (event, member) in [
        (event("a"), r#"{"Body":"a"}"#),
        (event(""), r#"{"Body":""}"#),
        (event("\"\\\u{e9}\n\u{0}"), "{\"Body\":\"\\\"\\\\\u{e9}\\n\\u0000\"}"),
        (Event::new(vec![0, 255], "a/b").unwrap(), r#"{"Body":"AP8=","IsBodyBase64":true}"#),
        (event("a").with_base64_body(), r#"{"Body":"YQ==","IsBodyBase64":true}"#),
        (
            keyed("a", "till \u{e9}"),
            "{\"Body\":\"a\",\"BrokerProperties\":{\"PartitionKey\":\"till \u{e9}\"}}",
        ),
        (
            event("a")
                .with_property("Kind", "sale")
                .unwrap()
                .with_property("total", "12")
                .unwrap()
                .with_quoted_property("till", "7")
                .unwrap(),
            r#"{"Body":"a","UserProperties":{"kind":"sale","total":12,"till":"7"}}"#,
        ),
        (
            event("a")
                .with_application_property("http://h/a b", "\u{e9}\n")
                .unwrap()
                .with_application_property("Whole", -7)
                .unwrap()
                .with_application_property("Part", 0.1)
                .unwrap()
                .with_application_property("Yes", true)
                .unwrap()
                .with_application_property("None", PropertyValue::Null)
                .unwrap()
                .with_application_property("Text", "12")
                .unwrap(),
            "{\"Body\":\"a\",\"UserProperties\":{\"http://h/a b\":\"\u{e9}\\n\",\"Whole\":-7,\
             \"Part\":0.1,\"Yes\":true,\"None\":null,\"Text\":\"12\"}}",
        ),
    ] {
        assert_eq!(text(&Batch::from_event(&event)), format!("[{member}]"));
    }
}

#[test]
fn what_a_header_means_is_what_reads_back_as_it_was_written() {
    for (header, value) in [
        ("true", json!(true)),
        ("True", json!("True")),
        ("0", json!(0)),
        ("-12", json!(-12)),
        ("007", json!("007")),
        ("+1", json!("+1")),
        ("9223372036854775808", json!("9223372036854775808")),
        ("1.50", json!(1.5)),
        ("-0.5", json!(-0.5)),
        ("1e5", json!("1e5")),
        ("1.", json!("1.")),
        (".5", json!(".5")),
        ("", json!("")),
        ("NaN", json!("NaN")),
    ] {
        let batch = Batch::from_event(&event("").with_property("p", header).unwrap());
        let read: Value = serde_json::from_slice(batch.body()).unwrap();
        assert_eq!(read[0]["UserProperties"]["p"], value, "{header}");
    }
}

#[test]
fn a_batch_is_posted_by_its_content_type() {
    let hub = hub("sb://contoso.servicebus.windows.net");
    let mut builder = BatchBuilder::new(Batch::BASIC_LIMIT);
    builder.try_add(&event("1").with_property("kind", "a").unwrap()).unwrap();
    builder.try_add(&event("2")).unwrap();
    let batch = builder.take().unwrap();
    let token = token(hub.resource());
    let request = batch_request(&hub, &batch, &token);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), hub.messages());
    assert_eq!(
        &request.body()[..],
        br#"[{"Body":"1","UserProperties":{"kind":"a"}},{"Body":"2"}]"#
    );
    let mut names: Vec<_> = request.headers().keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["authorization", "content-type"]);
    assert_eq!(request.headers()["content-type"], "application/vnd.microsoft.servicebus.json");
    assert_eq!(request.headers()["authorization"], token.authorization());
}

#[test]
fn one_event_that_forbids_the_services_retry_forbids_it_for_the_batch() {
    let hub = hub("sb://h");
    let mut builder = BatchBuilder::new(Batch::BASIC_LIMIT);
    builder.try_add(&event("1")).unwrap();
    builder.try_add(&event("2").without_service_retry()).unwrap();
    builder.try_add(&event("3")).unwrap();
    let batch = builder.take().unwrap();
    assert!(!batch.service_retry());
    let request = batch_request(&hub, &batch, &token(hub.resource()));
    assert_eq!(request.headers()["x-ms-retrypolicy"], "NoRetry");
    builder.try_add(&event("1")).unwrap();
    assert!(builder.take().unwrap().service_retry(), "the next batch begins anew");
}

#[test]
fn a_batch_is_full_by_the_byte() {
    let one = Batch::from_event(&event("a")).body().len();
    let two = 2 * one - 1;
    let mut builder = BatchBuilder::new(two);
    assert_eq!((builder.size(), builder.limit(), builder.is_empty()), (0, two, true));
    builder.try_add(&event("a")).unwrap();
    assert_eq!(builder.size(), one);
    builder.try_add(&event("b")).unwrap();
    assert_eq!((builder.size(), builder.len()), (two, 2));
    assert!(matches!(builder.try_add(&event("")), Err(Error::BatchFull)));
    assert_eq!((builder.size(), builder.len()), (two, 2));
    let batch = builder.take().unwrap();
    assert_eq!((batch.body().len(), batch.len()), (two, 2));
    assert!(builder.take().is_none() && builder.is_empty());

    let mut builder = BatchBuilder::new(two - 1);
    builder.try_add(&event("a")).unwrap();
    assert!(matches!(builder.try_add(&event("b")), Err(Error::BatchFull)));
    builder.try_add(&event("")).unwrap();
}

#[test]
fn an_event_that_no_batch_holds_is_told_from_one_for_the_next() {
    let one = Batch::from_event(&event("aaaa")).body().len();
    for filled in [false, true] {
        let mut builder = BatchBuilder::new(one - 1);
        if filled {
            builder.try_add(&event("a")).unwrap();
        }
        let error = builder.try_add(&event("aaaa")).unwrap_err();
        let Error::EventTooLarge { size, limit } = error else { panic!("{error}") };
        assert_eq!((size, limit), (one, one - 1));
        assert_eq!(builder.len(), usize::from(filled));
    }
}

#[test]
fn a_batch_has_one_partition_key() {
    let mut builder = BatchBuilder::new(Batch::BASIC_LIMIT);
    builder.try_add(&keyed("1", "a")).unwrap();
    builder.try_add(&keyed("2", "a")).unwrap();
    for other in [keyed("3", "b"), event("3")] {
        assert!(matches!(builder.try_add(&other), Err(Error::PartitionKeyDiffers)));
    }
    assert_eq!(builder.partition_key(), Some("a"));
    let batch = builder.take().unwrap();
    assert_eq!((batch.partition_key(), batch.len()), (Some("a"), 2));
    builder.try_add(&event("1")).unwrap();
    assert!(matches!(builder.try_add(&keyed("2", "a")), Err(Error::PartitionKeyDiffers)));
}

#[test]
fn debug_shows_no_text() {
    let event = keyed("confidential", "confidential")
        .with_application_property("kind", "confidential")
        .unwrap();
    let mut builder = BatchBuilder::new(Batch::STANDARD_LIMIT);
    builder.try_add(&event).unwrap();
    let shown = format!("{builder:?} {:?} {event:?}", builder.take().unwrap());
    assert!(!shown.contains("confidential"), "{shown}");
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        events in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 0..40), any::<String>(), any::<f64>(), any::<i64>(), any::<bool>()),
            1..8,
        ),
        key in prop::option::of("\\PC{1,20}"),
        limit in 100..2_000usize,
    ) {
        let mut builder = BatchBuilder::new(limit);
        let mut expected = Vec::new();
        for (body, text, double, integer, base64) in events {
            let event = Event::new(body.clone(), "a/b").unwrap();
            let event = event.with_application_property("Text", text.clone()).unwrap();
            let event = event.with_application_property("Whole", integer).unwrap();
            let finite = event.clone().with_application_property("Part", double);
            prop_assert_eq!(finite.is_ok(), double.is_finite());
            let event = finite.unwrap_or(event);
            let event = if base64 { event.with_base64_body() } else { event };
            let event = match &key {
                Some(key) => event.with_partition_key(key).unwrap(),
                None => event,
            };
            let before = builder.size();
            if builder.try_add(&event).is_ok() {
                prop_assert!(builder.size() > before && builder.size() <= limit);
                expected.push((body, text, integer));
            } else {
                prop_assert_eq!(builder.size(), before);
            }
        }
        let size = builder.size();
        let Some(batch) = builder.take() else { return Ok(()) };
        prop_assert_eq!((batch.body().len(), batch.len()), (size, expected.len()));
        let read: Vec<Value> = serde_json::from_slice(batch.body()).unwrap();
        for (member, (body, text, integer)) in read.iter().zip(expected) {
            let sent = member["Body"].as_str().unwrap();
            let sent = match member.get("IsBodyBase64") {
                Some(_) => STANDARD.decode(sent).unwrap(),
                None => sent.as_bytes().to_vec(),
            };
            prop_assert_eq!(sent, body);
            prop_assert_eq!(member["UserProperties"]["Text"].as_str(), Some(&*text));
            prop_assert_eq!(member["UserProperties"]["Whole"].as_i64(), Some(integer));
            let sent_key = member.get("BrokerProperties").map(|it| it["PartitionKey"].as_str().unwrap());
            prop_assert_eq!(sent_key, key.as_deref());
        }
    }
}
