//! The commands of the documentation's page on curl: they are what this crate sends, and the local
//! endpoint answers them as the page says.

mod command;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use azure_sas::{ConnectionString, Endpoint, Resource, SharedAccessKey, Token};
use bytes::Bytes;
use eventhub_local::LocalEventHub;
use eventhub_rest::manage::{
    self, AccessRights, AuthorizationRule, ConsumerGroupName, HubSettings, PublisherName,
};
use eventhub_rest::{BatchBuilder, Event, Hub, PropertyValue, batch_request, send_request};
use http::Request;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use command::{Command, Variables};

use crate::at;

/// 2026-01-05T08:00:00Z, the time of the endpoint in these tests.
const NOW: i64 = 1_767_600_000;

const PRIMARY_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const SECONDARY_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// A section of the page that has a curl command.
struct Section {
    title: String,
    command: String,
    /// The status line.
    answer: String,
    /// What travels, where the page shows it.
    bytes: Option<String>,
}

fn sections() -> Vec<Section> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/rest.md");
    let page = fs::read_to_string(path).expect("the page is part of the checkout");
    let sections: Vec<_> = page.split("\n## ").skip(1).map(section).collect();
    assert_eq!(page.matches("\ncurl ").count(), sections.len(), "one command a section");
    sections
}

fn section(text: &str) -> Section {
    let title = text.lines().next().expect("a section has a title").to_owned();
    let blocks = |start: &str| {
        let block = text.split_once(start).and_then(|(_, rest)| rest.split_once("\n```"));
        block.map(|(block, _)| block.to_owned())
    };
    Section {
        command: blocks("```sh\ncurl ").expect("a section has a command"),
        answer: blocks("```text\n").expect("a section has an answer"),
        bytes: blocks("```http\n"),
        title,
    }
}

async fn local() -> LocalEventHub {
    LocalEventHub::builder()
        .hub("accounts", 1)
        .clock(|| at(NOW))
        .serve(([127, 0, 0, 1], 0))
        .await
        .expect("a free port")
}

fn namespace(local: &LocalEventHub) -> (Endpoint, Token) {
    let connection: ConnectionString = local.connection_string("accounts").expect("a hub of it");
    let signer = connection.signer().expect("it holds a key");
    let endpoint = connection.endpoint().clone();
    let token = signer.sign(&Resource::namespace(&endpoint), at(NOW + 60));
    (endpoint, token)
}

fn variables<'a>(origin: &'a str, token: &'a str) -> Variables<'a> {
    [
        ("ORIGIN", origin),
        ("TOKEN", token),
        ("PRIMARY_KEY", PRIMARY_KEY),
        ("SECONDARY_KEY", SECONDARY_KEY),
    ]
    .into()
}

#[tokio::test]
async fn the_local_endpoint_answers_each_command_as_the_page_says() {
    let local = local().await;
    let (endpoint, token) = namespace(&local);
    let (origin, token) = (endpoint.origin(), token.authorization());
    let mut listener = None;
    for Section { title, command, answer, .. } in sections() {
        let command = Command::read(&command, &variables(&origin, token));
        let status_line = exchange(&command).await;
        assert_eq!(status_line, answer, "{title}");
        if title == "Create an event hub" {
            listener = Some(local.listen("orders").expect("it was created"));
        }
    }
    assert!(local.events("orders").is_err(), "the last command deletes it");

    let mut listener = listener.expect("the first command creates it");
    let mut events = Vec::new();
    while let Some(event) = listener.next_event().await {
        events.push(event);
    }
    events.sort_by_key(|it| it.body.clone());
    let bodies: Vec<&[u8]> = events.iter().map(|it| &it.body[..]).collect();
    let total: &[u8] = br#"{"total":12}"#;
    assert_eq!(
        bodies,
        [&[0, 0xff][..], b"1", b"2", total, total, total, total, total, total, b"{}"]
    );
    let of = |name: &str| events.iter().filter(|it| it.properties.contains_key(name)).count();
    assert_eq!((of("kind"), of("copies")), (2, 1));
    assert_eq!(of("http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName"), 1);
    let keyed = events.iter().filter(|it| it.partition_key.as_deref() == Some("till-7")).count();
    assert_eq!(keyed, 4, "two of a batch, one alone, one of the publisher");
    assert!(events.iter().any(|it| it.publisher.as_deref() == Some("till-7")));
}

#[tokio::test]
async fn each_command_is_what_the_crate_sends() {
    let local = local().await;
    let (endpoint, token) = namespace(&local);
    for Section { title, command, .. } in sections() {
        let command =
            Command::read(&command, &variables(&endpoint.origin(), token.authorization()));
        let expected = comparable(&equivalent(&title, &endpoint, &token));
        assert_eq!(comparable(&command.request()), expected, "{title}");
    }
}

#[test]
fn the_bytes_that_the_page_shows_are_those_of_its_command() {
    let origin = "https://contoso.servicebus.windows.net";
    let token = "SharedAccessSignature sr=...&sig=...&se=...&skn=...";
    let shown: Vec<_> = sections().into_iter().filter(|it| it.bytes.is_some()).collect();
    let [Section { command, bytes: Some(bytes), .. }] = &shown[..] else {
        unreachable!("the page shows those of one command")
    };
    let (head, body) = bytes.split_once("\n\n").expect("a head and a body");
    let expected = format!("{}\r\n\r\n{body}", head.replace('\n', "\r\n"));
    let command = Command::read(command, &variables(origin, token));
    assert_eq!(String::from_utf8(command.bytes()).expect("text"), expected);
}

/// Sends the command's bytes, and returns the status line once the whole answer has come.
async fn exchange(command: &Command) -> String {
    let stream = TcpStream::connect(command.authority()).await.expect("the endpoint listens");
    let mut stream = BufReader::new(stream);
    stream.write_all(&command.bytes()).await.expect("the endpoint reads");
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.expect("the endpoint answers");
        match line.strip_suffix("\r\n").expect("a whole line") {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let length = lines.iter().find_map(|it| it.strip_prefix("content-length: "));
    let length = length.expect("the answer is framed by its length").parse().expect("a number");
    stream.read_exact(&mut vec![0; length]).await.expect("the whole body comes");
    lines.swap_remove(0)
}

/// The crate's own request for what a section is about.
fn equivalent(title: &str, endpoint: &Endpoint, token: &Token) -> Request<Bytes> {
    let hub = Hub::new(endpoint.clone(), "orders").expect("a hub");
    let event = || Event::new(r#"{"total":12}"#, "application/json").expect("an event");
    let group = ConsumerGroupName::new("billing").expect("a name");
    let till = PublisherName::new("till-7").expect("a name");
    let page = manage::ListRange::default();
    match title {
        "Create an event hub" => {
            let settings = HubSettings::default()
                .with_message_retention_in_days(1)
                .with_authorization_rule(rule("send", AccessRights::SEND))
                .with_partition_count(4);
            manage::create_hub_request(&hub, &settings, token).map(Bytes::from)
        }
        "Change an event hub" => {
            let settings = HubSettings::default()
                .with_authorization_rule(rule("listen", AccessRights::LISTEN))
                .with_user_metadata("till")
                .expect("plain text");
            manage::update_hub_request(&hub, &settings, token).map(Bytes::from)
        }
        "Describe an event hub" => manage::get_hub_request(&hub, token).map(Bytes::from),
        "List the event hubs" => manage::list_hubs_request(endpoint, page, token).map(Bytes::from),
        "Delete an event hub" => manage::delete_hub_request(&hub, token).map(Bytes::from),
        "Create a consumer group" => {
            manage::create_consumer_group_request(&hub, &group, token).map(Bytes::from)
        }
        "Describe a consumer group" => {
            manage::get_consumer_group_request(&hub, &group, token).map(Bytes::from)
        }
        "List the consumer groups" => {
            manage::list_consumer_groups_request(&hub, page, token).map(Bytes::from)
        }
        "Delete a consumer group" => {
            manage::delete_consumer_group_request(&hub, &group, token).map(Bytes::from)
        }
        "Revoke a publisher" => {
            manage::revoke_publisher_request(&hub, &till, token).map(Bytes::from)
        }
        "List the revoked publishers" => {
            manage::list_revoked_publishers_request(&hub, page, token).map(Bytes::from)
        }
        "Restore a publisher" => {
            manage::restore_publisher_request(&hub, &till, token).map(Bytes::from)
        }
        "Send an event" => send_request(&hub, &event(), token),
        "Send an event with properties" => {
            let event = event().with_property("kind", "sale").expect("a header");
            let event = event.with_partition_key("till-7").expect("a key");
            send_request(&hub, &event, token)
        }
        "Send an event that the service does not retry" => {
            send_request(&hub, &event().without_service_retry(), token)
        }
        "Send an event with a property that is no header" => {
            let name = "http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName";
            let event = Event::new("{}", "application/json").expect("an event");
            let event = event.with_application_property(name, "account").expect("a property");
            send_request(&hub, &event, token)
        }
        "Send a batch" => {
            let sale = event().with_application_property("kind", "sale").expect("a property");
            let sale = sale.with_application_property("copies", PropertyValue::Integer(2));
            let bytes = Event::new(&[0, 0xff][..], "application/octet-stream").expect("an event");
            batch(&hub, &[sale.expect("a property"), bytes], token)
        }
        "Send a batch with a partition key" => {
            let event = |body: &'static str| {
                let event = Event::new(body, "text/plain").expect("an event");
                event.with_partition_key("till-7").expect("a key")
            };
            batch(&hub, &[event("1"), event("2")], token)
        }
        "Send to a partition" => send_request(&hub.partition("2").expect("an id"), &event(), token),
        "Send as a publisher" => {
            send_request(&hub.publisher("till-7").expect("a name"), &event(), token)
        }
        _ => unreachable!("nothing in this crate does {title:?}"),
    }
}

fn rule(name: &str, rights: AccessRights) -> AuthorizationRule {
    let key = |key| SharedAccessKey::new(key).expect("a key");
    AuthorizationRule::new(name, rights, key(PRIMARY_KEY), key(SECONDARY_KEY)).expect("a rule")
}

fn batch(hub: &Hub, events: &[Event], token: &Token) -> Request<Bytes> {
    let mut batch = BatchBuilder::new(1024);
    events.iter().for_each(|it| batch.try_add(it).expect("there is room"));
    batch_request(hub, &batch.take().expect("it is not empty"), token)
}

/// Method, address, headers and body; the names of headers have no case, and white space between
/// the tags of XML says nothing.
fn comparable(request: &Request<Bytes>) -> (String, String, BTreeMap<String, String>, String) {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), value.to_str().expect("ASCII").to_owned())
    };
    let body = String::from_utf8(request.body().to_vec()).expect("text");
    let body = match body.starts_with("<entry") {
        true => body.lines().map(str::trim).collect(),
        false => body,
    };
    let headers = request.headers().iter().map(header).collect();
    (request.method().to_string(), request.uri().to_string(), headers, body)
}
