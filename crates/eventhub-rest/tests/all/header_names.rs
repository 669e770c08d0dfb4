//! Application properties with the names of headers, against a local hub, whose own list of
//! headers that are no properties must not go beyond that of the sender.

use eventhub_local::LocalEventHub;
use eventhub_rest::{Client, Event, Hub, Verdict};

use crate::at;

const NAMES: &str = "accept accept-charset accept-encoding accept-language accept-ranges age allow \
    authorization brokerproperties cache-control connection content-disposition content-encoding \
    content-language content-length content-location content-range content-type cookie date dnt \
    etag expect expires forwarded from host http2-settings if-match keep-alive last-modified link \
    location max-forwards origin pragma proxy-authorization proxy-connection range referer \
    retry-after sec-fetch-mode server te trailer transfer-encoding upgrade user-agent vary via \
    x-forwarded-for x-forwarded-host x-forwarded-proto x-ms-retrypolicy kind";

#[tokio::test]
async fn no_property_is_lost_for_its_name() {
    let builder = LocalEventHub::builder().hub("orders", 1);
    let local = builder.serve(([127, 0, 0, 1], 0)).await.unwrap();
    let connection = local.connection_string("orders").unwrap();
    let hub = Hub::try_from(&connection).unwrap();
    let token = connection.signer().unwrap().sign(hub.resource(), at(4_102_444_800));
    let client = Client::new().unwrap();
    for (sequence, name) in NAMES.split_ascii_whitespace().enumerate() {
        let event = Event::new("{}", "application/json").unwrap();
        let event = event.with_application_property(name, "sale").unwrap();
        assert_eq!(client.send(&hub, &event, &token).await, Verdict::Accepted, "{name}");
        let events = local.events("orders").unwrap();
        let properties: Vec<_> = events[sequence].properties.keys().collect();
        assert_eq!(properties, [name], "in the form of {:?}", event.form());
    }
}
