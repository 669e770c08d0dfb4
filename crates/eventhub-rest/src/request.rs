use azure_sas::Token;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Request};

use crate::event::Event;
use crate::hub::Hub;

const BROKER_PROPERTIES: HeaderName = HeaderName::from_static("brokerproperties");
const RETRY_POLICY: HeaderName = HeaderName::from_static("x-ms-retrypolicy");

/// The request that sends one event ([Send event][docs]):
///
/// ```text
/// POST /orders/messages?timeout=60&api-version=2014-01
/// authorization: SharedAccessSignature sr=...&sig=...&se=...&skn=...
/// content-type: application/json
/// kind: sale
/// brokerproperties: {"PartitionKey":"till-7"}
/// ```
///
/// The `Authorization` header is marked sensitive, so that `Debug` and HPACK leave it alone.
/// `Host` and `Content-Length` are left to the HTTP client.
///
/// [docs]: https://learn.microsoft.com/rest/api/eventhub/send-event
pub fn send_request(hub: &Hub, event: &Event, token: &Token) -> Request<Bytes> {
    let mut request = Request::new(event.body().clone());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = hub.messages().clone();
    let headers = request.headers_mut();
    headers.extend(event.properties().clone());
    headers.insert(CONTENT_TYPE, event.content_type().clone());
    headers.insert(AUTHORIZATION, authorization(token));
    if let Some(broker_properties) = event.broker_properties() {
        headers.insert(BROKER_PROPERTIES, broker_properties.clone());
    }
    if !event.service_retry() {
        headers.insert(RETRY_POLICY, HeaderValue::from_static("NoRetry"));
    }
    request
}

fn authorization(token: &Token) -> HeaderValue {
    let mut value =
        HeaderValue::from_str(token.authorization()).expect("a token is visible ASCII and spaces");
    value.set_sensitive(true);
    value
}
