//! What is put on the wire.

use eventhub_rest::{Event, send_request};
use http::Method;

use crate::{KEY, hub, token};

#[test]
fn an_event_is_posted_with_its_headers() {
    let hub = hub("sb://contoso.servicebus.windows.net/");
    let event = Event::new(r#"{"total":12}"#, "application/json")
        .unwrap()
        .with_property("Kind", "sale")
        .unwrap()
        .with_quoted_property("Till", "7")
        .unwrap()
        .with_partition_key("p\u{e9}\u{1f600}\"1")
        .unwrap()
        .without_service_retry();
    let token = token(hub.resource());
    let request = send_request(&hub, &event, &token);

    assert_eq!(request.method(), Method::POST);
    assert_eq!(
        request.uri(),
        "https://contoso.servicebus.windows.net/orders/messages?timeout=60&api-version=2014-01"
    );
    assert_eq!(&request.body()[..], br#"{"total":12}"#);
    let mut headers: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    assert_eq!(
        headers,
        [
            &format!("authorization: {}", token.authorization()),
            r#"brokerproperties: {"PartitionKey":"p\u00e9\ud83d\ude00\"1"}"#,
            "content-type: application/json",
            "kind: sale",
            r#"till: "7""#,
            "x-ms-retrypolicy: NoRetry",
        ]
    );
}

#[test]
fn a_plain_event_has_no_headers_but_the_two() {
    let hub = hub("sb://h");
    let event = Event::new("", "text/plain").unwrap();
    let request = send_request(&hub, &event, &token(hub.resource()));
    let names: Vec<_> = request.headers().keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["content-type", "authorization"]);
}

#[test]
fn debug_hides_the_token() {
    let hub = hub("sb://h");
    let event = Event::new("", "text/plain").unwrap();
    let token = token(hub.resource());
    let request = send_request(&hub, &event, &token);
    assert!(request.headers()["authorization"].is_sensitive());
    let shown = format!("{request:?} {token:?} {hub:?} {event:?}");
    assert!(!shown.contains("SharedAccessSignature") && !shown.contains(KEY), "{shown}");
}
