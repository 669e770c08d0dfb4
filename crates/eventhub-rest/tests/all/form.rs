//! Whether properties travel in headers or in JSON.

use eventhub_rest::{
    Error, Event, Form, HeaderQuoting, InvalidReason, PropertyValue, send_request,
};
use proptest::prelude::*;

use crate::{hub, token};

fn event() -> Event {
    Event::new("{}", "application/json").unwrap()
}

fn form(name: &str, value: impl Into<PropertyValue>, quoting: HeaderQuoting) -> Form {
    let event = event().with_header_quoting(quoting);
    event.with_application_property(name, value).unwrap().form()
}

#[test]
fn a_property_that_a_header_would_change_makes_a_batch() {
    use Form::{Batch, Headers};
    for (name, value, unquoted, quoted) in [
        ("kind", "sale", Headers, Headers),
        ("a.b_c-d!", "sale of 1,2", Headers, Headers),
        ("kind", "", Headers, Headers),
        ("kind", "12", Batch, Headers),
        ("kind", "1e5", Batch, Headers),
        ("kind", "True", Batch, Headers),
        ("kind", "\"a\"", Batch, Headers),
        ("kind", " a", Batch, Headers),
        ("kind", "\u{e9}", Batch, Batch),
        ("kind", "a\r\nhost: b", Batch, Batch),
        ("Kind", "sale", Batch, Batch),
        ("\u{e9}", "sale", Batch, Batch),
        ("a b", "sale", Batch, Batch),
        ("host", "sale", Batch, Batch),
        ("content-type", "sale", Batch, Batch),
        ("x-ms-retrypolicy", "sale", Batch, Batch),
        ("http://schemas.microsoft.com/xrm/2011/Claims/Organization", "a", Batch, Batch),
    ] {
        assert_eq!(form(name, value, HeaderQuoting::Unquoted), unquoted, "{name}: {value}");
        assert_eq!(form(name, value, HeaderQuoting::Quoted), quoted, "{name}: {value}");
    }
    for value in [PropertyValue::Null, 12.into(), 1.5.into(), true.into()] {
        assert_eq!(form("kind", value.clone(), HeaderQuoting::Unquoted), Batch, "{value:?}");
        assert_eq!(form("kind", value.clone(), HeaderQuoting::Quoted), Batch, "{value:?}");
    }
}

#[test]
fn properties_given_as_headers_do_not_weigh_in() {
    let event = event().with_property("Kind", "12").unwrap();
    let event = event.with_quoted_property("till", "7").unwrap();
    assert_eq!(event.form(), Form::Headers);
}

#[test]
fn the_request_has_the_events_form() {
    let hub = hub("sb://h");
    let token = token(hub.resource());
    let event = event().with_property("Total", "12").unwrap();
    let event = event.with_application_property("kind", "sale").unwrap();
    let event = event.with_partition_key("till-7").unwrap();
    let request = send_request(&hub, &event, &token);
    assert_eq!(request.headers()["total"], "12");
    assert_eq!(request.headers()["kind"], "sale");
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(&request.body()[..], b"{}");

    let quoted = event.clone().with_header_quoting(HeaderQuoting::Quoted);
    assert_eq!(send_request(&hub, &quoted, &token).headers()["kind"], "\"sale\"");

    let claim = "http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName";
    let event = event.with_application_property(claim, "account").unwrap();
    let request = send_request(&hub, &event.without_service_retry(), &token);
    let mut names: Vec<_> = request.headers().keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["authorization", "content-type", "x-ms-retrypolicy"]);
    assert_eq!(request.headers()["content-type"], "application/vnd.microsoft.servicebus.json");
    let body = format!(
        "[{{\"Body\":\"{{}}\",\"UserProperties\":{{\"total\":12,\"kind\":\"sale\",\
         \"{claim}\":\"account\"}},\"BrokerProperties\":{{\"PartitionKey\":\"till-7\"}}}}]"
    );
    assert_eq!(str::from_utf8(request.body()).unwrap(), body);
}

#[test]
fn a_name_is_taken_once_in_whatever_case_and_form() {
    let event = event().with_property("Kind", "a").unwrap();
    for name in ["kind", "KIND"] {
        let error = event.clone().with_application_property(name, 1).unwrap_err();
        let Error::PropertyName { name: named, reason } = error else { panic!("{error}") };
        assert_eq!((&*named, reason), (name, InvalidReason::Repeated));
    }
    let event = event.with_application_property("Other", 1).unwrap();
    let error = event.clone().with_property("other", "b").unwrap_err();
    assert!(matches!(error, Error::PropertyName { reason: InvalidReason::Repeated, .. }));
    let names: Vec<_> = event.application_properties().map(|(name, _)| name).collect();
    assert_eq!(names, ["kind", "Other"]);
}

#[test]
fn a_property_has_a_name_and_a_number_that_json_can_write() {
    let error = event().with_application_property("", 1).unwrap_err();
    assert!(matches!(error, Error::PropertyName { reason: InvalidReason::Empty, .. }));
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = event().with_application_property("a", number).unwrap_err();
        assert!(matches!(error, Error::PropertyValue { reason: InvalidReason::NotFinite, .. }));
    }
}

proptest! {
    /// A header carries the value as it is, or the event goes as a batch.
    #[test]
    fn no_property_is_changed(name in "[a-zA-Z\u{e9}:/-]{1,8}", value in any::<String>()) {
        let event = event().with_application_property(&name, value.clone()).unwrap();
        let hub = hub("sb://h");
        let request = send_request(&hub, &event, &token(hub.resource()));
        match event.form() {
            Form::Headers => prop_assert_eq!(request.headers()[&name].to_str().unwrap(), value),
            Form::Batch => {
                let read: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
                prop_assert_eq!(read[0]["UserProperties"][&name].as_str(), Some(&*value));
            }
        }
    }
}
