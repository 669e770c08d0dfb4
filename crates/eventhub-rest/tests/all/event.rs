//! Making events.

use eventhub_rest::{Error, Event, InvalidReason};
use proptest::prelude::*;

fn event() -> Event {
    Event::new("{}", "application/json").unwrap()
}

#[test]
fn what_goes_in_comes_out() {
    let event = Event::new(vec![0, 255], "text/xml; charset=utf-8")
        .unwrap()
        .with_property("Kind", "sale of 1,2")
        .unwrap()
        .with_partition_key("till \u{e9}")
        .unwrap();
    assert_eq!(&event.body()[..], [0, 255]);
    assert_eq!(event.content_type(), "text/xml; charset=utf-8");
    assert_eq!(event.properties()["kind"], "sale of 1,2");
    assert_eq!(event.partition_key(), Some("till \u{e9}"));
    assert!(event.service_retry() && !event.clone().without_service_retry().service_retry());
}

#[test]
fn a_content_type_is_a_header_value_and_no_batch() {
    for (content_type, expected) in [
        ("", InvalidReason::Empty),
        ("a\nb", InvalidReason::Character),
        ("a/\u{e9}", InvalidReason::Character),
        (" a/b", InvalidReason::Padding),
        ("application/vnd.microsoft.servicebus.json", InvalidReason::Batch),
        ("Application/Vnd.Microsoft.ServiceBus.Json ; charset=utf-8", InvalidReason::Batch),
    ] {
        let error = Event::new("", content_type).unwrap_err();
        assert!(matches!(error, Error::ContentType(p) if p == expected), "{content_type}: {error}");
    }
}

#[test]
fn a_property_name_is_a_free_header_name() {
    for (name, expected) in [
        ("", InvalidReason::Empty),
        ("a b", InvalidReason::Character),
        ("a:b", InvalidReason::Character),
        ("a\r\nb", InvalidReason::Character),
        ("\u{e9}", InvalidReason::Character),
        ("Host", InvalidReason::Reserved),
        ("authorization", InvalidReason::Reserved),
        ("Content-Length", InvalidReason::Reserved),
        ("content-type", InvalidReason::Reserved),
        ("Transfer-Encoding", InvalidReason::Reserved),
        ("BrokerProperties", InvalidReason::Reserved),
        ("x-ms-retrypolicy", InvalidReason::Reserved),
        ("Proxy-Authorization", InvalidReason::Reserved),
        ("KIND", InvalidReason::Repeated),
    ] {
        let error = event().with_property("Kind", "a").unwrap().with_property(name, "b");
        let Err(Error::PropertyName { name: named, reason }) = error else { panic!("{name}") };
        assert_eq!((&*named, reason), (name, expected));
    }
    for name in ["kind", "TraceParent", "a.b_c-d", "x-kind", "content-kind"] {
        assert_eq!(event().with_property(name, "").unwrap().properties()[name], "");
    }
}

#[test]
fn a_property_value_is_visible_ascii() {
    for (value, expected) in [
        ("a\r\nhost: b", InvalidReason::Character),
        ("a\u{0}", InvalidReason::Character),
        ("\u{e9}", InvalidReason::Character),
        ("\u{7f}", InvalidReason::Character),
        (" a", InvalidReason::Padding),
        ("a\t", InvalidReason::Padding),
    ] {
        let Err(Error::PropertyValue { name, reason }) = event().with_property("Kind", value)
        else {
            panic!("{value:?}")
        };
        assert_eq!((&*name, reason), ("Kind", expected), "{value:?}");
    }
}

#[test]
fn quoting_keeps_what_stands_between() {
    for (value, header) in
        [("12", r#""12""#), (" a ", r#"" a ""#), (r#"say "a\b""#, r#""say \"a\\b\"""#)]
    {
        let event = event().with_quoted_property("Kind", value).unwrap();
        assert_eq!(event.properties()["kind"], header);
    }
}

#[test]
fn a_partition_key_is_short_and_not_empty() {
    assert!(event().with_partition_key(&"\u{e9}".repeat(128)).is_ok());
    for (key, expected) in
        [("", InvalidReason::Empty), (&*"a".repeat(129), InvalidReason::TooLong(128))]
    {
        let error = event().with_partition_key(key).unwrap_err();
        assert!(matches!(error, Error::PartitionKey(reason) if reason == expected), "{error}");
    }
}

#[test]
fn debug_shows_no_text_of_the_event() {
    let event = Event::new("confidential", "text/plain")
        .unwrap()
        .with_property("kind", "confidential")
        .unwrap()
        .with_partition_key("confidential")
        .unwrap();
    let shown = format!("{event:?} {event:#?}");
    assert!(shown.contains("kind") && !shown.contains("confidential"), "{shown}");
    let error = event.with_property("other", "confidential\n").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("confidential"));
}

proptest! {
    #[test]
    fn any_text_makes_a_property_or_an_error(name in any::<String>(), value in any::<String>()) {
        let _ = event().with_property(&name, &value);
        let _ = event().with_quoted_property(&name, &value);
        let _ = Event::new("", &value);
    }

    #[test]
    fn any_partition_key_is_sent_as_ascii_json_that_reads_back(key in "\\PC{1,128}|.{1,128}") {
        let event = event().with_partition_key(&key).unwrap();
        let hub = crate::hub("sb://h");
        let request = eventhub_rest::send_request(&hub, &event, &crate::token(hub.resource()));
        let header = request.headers()["brokerproperties"].to_str().unwrap().to_owned();
        let json: serde_json::Value = serde_json::from_str(&header).unwrap();
        prop_assert_eq!(json, serde_json::json!({ "PartitionKey": key }));
    }
}
