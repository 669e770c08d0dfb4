use azure_sas::Token;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Request};

use crate::batch::Batch;
use crate::event::Event;
use crate::form::BATCH_CONTENT_TYPE;
use crate::hub::Hub;

const BROKER_PROPERTIES: HeaderName = HeaderName::from_static("brokerproperties");

/// Forbids the service to retry by itself, with the value `NoRetry`.
const RETRY_POLICY: HeaderName = HeaderName::from_static("x-ms-retrypolicy");
const NO_RETRY: HeaderValue = HeaderValue::from_static("NoRetry");

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
/// An event whose properties can't be sent in headers goes as a batch of one: see [`Form`].
///
/// The `Authorization` header is marked sensitive, so that `Debug` and HPACK leave it alone.
/// `Host` and `Content-Length` are left to the HTTP client.
///
/// [`Form`]: crate::Form
/// [docs]: https://learn.microsoft.com/rest/api/eventhub/send-event
#[must_use]
pub fn send_request(hub: &Hub, event: &Event, token: &Token) -> Request<Bytes> {
    let Some(properties) = event.headers() else {
        // Not an error: the caller chose the properties and not the form in which they travel.
        return batch_request(hub, &Batch::from_event(event), token);
    };
    let content_type = event.content_type().clone();
    let mut request = post(hub, content_type, event.body().clone(), token);
    let headers = request.headers_mut();
    // They are checked: none of them replaces a header of the exchange.
    headers.extend(properties);
    if !event.service_retry() {
        headers.insert(RETRY_POLICY, NO_RETRY);
    }
    if let Some(broker_properties) = event.broker_properties() {
        headers.insert(BROKER_PROPERTIES, broker_properties.clone());
    }
    request
}

/// The request that sends a batch ([Send batch events][docs]):
///
/// ```text
/// POST /orders/messages?timeout=60&api-version=2014-01
/// authorization: SharedAccessSignature sr=...&sig=...&se=...&skn=...
/// content-type: application/vnd.microsoft.servicebus.json
///
/// [{"Body":"{\"total\":12}"},{"Body":"AP8=","IsBodyBase64":true}]
/// ```
///
/// It is a batch by its content type alone. Properties in headers would be ignored, so there are
/// none.
///
/// [docs]: https://learn.microsoft.com/rest/api/eventhub/send-batch-events
#[must_use]
pub fn batch_request(hub: &Hub, batch: &Batch, token: &Token) -> Request<Bytes> {
    let content_type = HeaderValue::from_static(BATCH_CONTENT_TYPE);
    let mut request = post(hub, content_type, batch.body().clone(), token);
    if !batch.service_retry() {
        request.headers_mut().insert(RETRY_POLICY, NO_RETRY);
    }
    request
}

fn post(hub: &Hub, content_type: HeaderValue, body: Bytes, token: &Token) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = hub.messages().clone();
    request.headers_mut().insert(CONTENT_TYPE, content_type);
    request.headers_mut().insert(AUTHORIZATION, authorization(token));
    request
}

pub(crate) fn authorization(token: &Token) -> HeaderValue {
    let mut value =
        HeaderValue::from_str(token.authorization()).expect("a token is visible ASCII and spaces");
    value.set_sensitive(true);
    value
}
