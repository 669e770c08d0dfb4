//! What management asks for.

use std::fmt;

use azure_sas::{Endpoint, Token};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use http::{HeaderValue, Method, Request, Uri};
use quick_xml::escape::escape;
use zeroize::Zeroizing;

use crate::hub::Hub;
use crate::manage::consumer_group::ConsumerGroupName;
use crate::manage::hub_settings::HubSettings;
use crate::manage::publisher::PublisherName;
use crate::manage::rule::AuthorizationRule;
use crate::request::authorization;

/// The content type of all requests, with a body or without, as in Microsoft's examples.
const ATOM_ENTRY: HeaderValue =
    HeaderValue::from_static("application/atom+xml;type=entry;charset=utf-8");

/// The seconds that the service may take, and the version of all that is asked for here.
const QUERY: &str = "?timeout=60&api-version=2014-01";

/// The body of a request. It may hold keys, which are wiped from memory with the last of its
/// copies, and which `Debug` does not show.
#[derive(Clone)]
pub struct Body(Bytes);

impl Body {
    fn empty() -> Self {
        Self(Bytes::new())
    }

    fn new(xml: Zeroizing<Vec<u8>>) -> Self {
        Self(Bytes::from_owner(xml))
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Body> for Bytes {
    fn from(body: Body) -> Self {
        body.0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("len", &self.0.len()).finish_non_exhaustive()
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListRange {
    /// How many entries to leave out.
    pub skip: usize,
    /// How many entries to have at most.
    pub top: usize,
}

/// The first hundred, which is how the Azure portal asks.
impl Default for ListRange {
    fn default() -> Self {
        Self { skip: 0, top: 100 }
    }
}

/// Asks to create `hub`. A hub that exists is left as it is, and the answer is 409.
pub fn create_hub_request(hub: &Hub, settings: &HubSettings, token: &Token) -> Request<Body> {
    request(Method::PUT, hub_address(hub), token, hub_entry(settings))
}

/// Asks to give `hub` these settings. All of them: those that are not given go back to the
/// service's defaults.
///
/// Microsoft's range says that only the retention can be changed; its client for .NET changes the
/// authorization rules in this way too.
pub fn update_hub_request(hub: &Hub, settings: &HubSettings, token: &Token) -> Request<Body> {
    let mut request = create_hub_request(hub, settings, token);
    request.headers_mut().insert(IF_MATCH, HeaderValue::from_static("*"));
    request
}

/// Asks for the description of `hub`.
pub fn get_hub_request(hub: &Hub, token: &Token) -> Request<Body> {
    request(Method::GET, hub_address(hub), token, Body::empty())
}

/// Asks to delete `hub` and all that is in it.
pub fn delete_hub_request(hub: &Hub, token: &Token) -> Request<Body> {
    request(Method::DELETE, hub_address(hub), token, Body::empty())
}

/// Asks for the descriptions of the hubs of a namespace.
pub fn list_hubs_request(endpoint: &Endpoint, range: ListRange, token: &Token) -> Request<Body> {
    let address = format!("{}/$Resources/EventHubs", endpoint.origin());
    request(Method::GET, paged(&address, range), token, Body::empty())
}

/// Asks to create a consumer group of `hub`. One that exists is left as it is, and the answer is
/// 409.
pub fn create_consumer_group_request(
    hub: &Hub,
    name: &ConsumerGroupName,
    token: &Token,
) -> Request<Body> {
    let mut xml = Writer::entry("ConsumerGroupDescription");
    xml.close("ConsumerGroupDescription");
    request(Method::PUT, group_address(hub, name), token, xml.finish())
}

/// Asks for the description of a consumer group of `hub`.
pub fn get_consumer_group_request(
    hub: &Hub,
    name: &ConsumerGroupName,
    token: &Token,
) -> Request<Body> {
    request(Method::GET, group_address(hub, name), token, Body::empty())
}

/// Asks to delete a consumer group of `hub`.
pub fn delete_consumer_group_request(
    hub: &Hub,
    name: &ConsumerGroupName,
    token: &Token,
) -> Request<Body> {
    request(Method::DELETE, group_address(hub, name), token, Body::empty())
}

/// Asks for the descriptions of the consumer groups of `hub`.
pub fn list_consumer_groups_request(hub: &Hub, range: ListRange, token: &Token) -> Request<Body> {
    let address = format!("{}/consumergroups", address(hub));
    request(Method::GET, paged(&address, range), token, Body::empty())
}

/// Asks that `hub` take no more events from a publisher. One that is revoked already stays so, and
/// the answer is 409.
pub fn revoke_publisher_request(hub: &Hub, name: &PublisherName, token: &Token) -> Request<Body> {
    let mut xml = Writer::entry("RevokedPublisherDescription");
    xml.element("Name", name.as_str());
    xml.close("RevokedPublisherDescription");
    request(Method::PUT, revoked_address(hub, name), token, xml.finish())
}

/// Asks that `hub` take events again from a publisher that is revoked.
pub fn restore_publisher_request(hub: &Hub, name: &PublisherName, token: &Token) -> Request<Body> {
    request(Method::DELETE, revoked_address(hub, name), token, Body::empty())
}

/// Asks for the publishers that `hub` takes no events from.
pub fn list_revoked_publishers_request(
    hub: &Hub,
    range: ListRange,
    token: &Token,
) -> Request<Body> {
    let address = format!("{}/revokedpublishers", address(hub));
    request(Method::GET, paged(&address, range), token, Body::empty())
}

/// The hub's own address, whatever the target.
fn address(hub: &Hub) -> String {
    format!("{}/{}", hub.endpoint().origin(), hub.name())
}

fn hub_address(hub: &Hub) -> Uri {
    uri(&format!("{}{QUERY}", address(hub)))
}

fn group_address(hub: &Hub, name: &ConsumerGroupName) -> Uri {
    uri(&format!("{}/consumergroups/{name}{QUERY}", address(hub)))
}

fn revoked_address(hub: &Hub, name: &PublisherName) -> Uri {
    uri(&format!("{}/revokedpublishers/{name}{QUERY}", address(hub)))
}

fn paged(address: &str, ListRange { skip, top }: ListRange) -> Uri {
    uri(&format!("{address}{QUERY}&$skip={skip}&$top={top}"))
}

fn uri(text: &str) -> Uri {
    text.parse().expect("a checked host, checked names and a query make a URI")
}

fn request(method: Method, uri: Uri, token: &Token, body: Body) -> Request<Body> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    request.headers_mut().insert(CONTENT_TYPE, ATOM_ENTRY);
    request.headers_mut().insert(AUTHORIZATION, authorization(token));
    request
}

/// The members of an `EventHubDescription` in the one order in which the service takes them.
fn hub_entry(settings: &HubSettings) -> Body {
    let mut xml = Writer::entry("EventHubDescription");
    xml.optional("MessageRetentionInDays", settings.message_retention_in_days);
    if !settings.authorization_rules.is_empty() {
        xml.open("AuthorizationRules");
        settings.authorization_rules.iter().for_each(|rule| xml.rule(rule));
        xml.close("AuthorizationRules");
    }
    xml.optional("Status", settings.status.as_ref());
    xml.optional("UserMetadata", settings.user_metadata.as_ref());
    xml.optional("PartitionCount", settings.partition_count);
    xml.close("EventHubDescription");
    xml.finish()
}

/// Writes an Atom entry around a description. Its buffer is wiped, but a growing one leaves copies
/// behind: it is made large enough for a hub with the 12 rules that it may have.
struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    const CAPACITY: usize = 16 * 1024;

    fn entry(description: &str) -> Self {
        let mut xml = Self(Zeroizing::new(Vec::with_capacity(Self::CAPACITY)));
        xml.raw("<entry xmlns=\"http://www.w3.org/2005/Atom\"><content type=\"application/xml\"><");
        xml.raw(description);
        xml.raw(" xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"");
        xml.raw(" xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\">");
        xml
    }

    fn rule(&mut self, rule: &AuthorizationRule) {
        self.raw("<AuthorizationRule i:type=\"SharedAccessAuthorizationRule\">");
        self.element("ClaimType", "SharedAccessKey");
        self.element("ClaimValue", "None");
        self.open("Rights");
        rule.rights().names().for_each(|right| self.element("AccessRights", right));
        self.close("Rights");
        self.element("KeyName", rule.name());
        for (name, key) in
            [("PrimaryKey", rule.primary_key()), ("SecondaryKey", rule.secondary_key())]
        {
            if let Some(key) = key {
                self.element(name, key.reveal());
            }
        }
        self.close("AuthorizationRule");
    }

    fn optional(&mut self, name: &str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.element(name, &value.to_string());
        }
    }

    fn element(&mut self, name: &str, text: &str) {
        self.open(name);
        self.raw(&escape(text));
        self.close(name);
    }

    fn open(&mut self, name: &str) {
        for part in ["<", name, ">"] {
            self.raw(part);
        }
    }

    fn close(&mut self, name: &str) {
        for part in ["</", name, ">"] {
            self.raw(part);
        }
    }

    fn finish(mut self) -> Body {
        self.raw("</content></entry>");
        Body::new(self.0)
    }

    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }
}
