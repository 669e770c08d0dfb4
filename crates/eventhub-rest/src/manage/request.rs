//! What management asks for.

use std::fmt;
use std::io;

use azure_sas::{Endpoint, Token};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use http::{HeaderValue, Method, Request, Uri};
use quick_xml::Writer;
use quick_xml::events::BytesText;
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

/// The namespaces of Atom, of the description in it, and of the attribute `i:type`.
const ATOM: &str = "http://www.w3.org/2005/Atom";
const SERVICE_BUS: &str = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The body of a request. It may hold keys, which are wiped from memory with the last of its
/// copies, and which `Debug` does not show.
#[derive(Clone)]
pub struct Body(Bytes);

impl Body {
    fn empty() -> Self {
        Self(Bytes::new())
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

/// The part of a list that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListRange {
    pub(crate) skip: usize,
    pub(crate) top: usize,
}

impl ListRange {
    /// The number of entries to leave out. By default, this is 0.
    #[must_use]
    pub fn skip(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// The most entries to return. By default, this is 100, as the Azure portal asks for.
    #[must_use]
    pub fn top(self, top: usize) -> Self {
        Self { top, ..self }
    }
}

/// The first hundred entries.
impl Default for ListRange {
    fn default() -> Self {
        Self { skip: 0, top: 100 }
    }
}

/// Asks to create `hub`. A hub that exists is left as it is, and the answer is 409.
#[must_use]
pub fn create_hub_request(hub: &Hub, settings: &HubSettings, token: &Token) -> Request<Body> {
    request(Method::PUT, hub_address(hub), token, hub_entry(settings))
}

/// Asks to give `hub` these settings. All of them: those that are not given go back to the
/// service's defaults.
///
/// Microsoft's page says that only the retention can be changed; its client for .NET changes the
/// authorization rules in this way too.
#[must_use]
pub fn update_hub_request(hub: &Hub, settings: &HubSettings, token: &Token) -> Request<Body> {
    let mut request = create_hub_request(hub, settings, token);
    // Without it, the service takes the request for one that creates, and answers 409.
    request.headers_mut().insert(IF_MATCH, HeaderValue::from_static("*"));
    request
}

/// Asks for the description of `hub`.
#[must_use]
pub fn get_hub_request(hub: &Hub, token: &Token) -> Request<Body> {
    request(Method::GET, hub_address(hub), token, Body::empty())
}

/// Asks to delete `hub` and all that is in it.
#[must_use]
pub fn delete_hub_request(hub: &Hub, token: &Token) -> Request<Body> {
    request(Method::DELETE, hub_address(hub), token, Body::empty())
}

/// Asks for the descriptions of the hubs of a namespace.
#[must_use]
pub fn list_hubs_request(endpoint: &Endpoint, range: ListRange, token: &Token) -> Request<Body> {
    let address = format!("{}/$Resources/EventHubs", endpoint.origin());
    request(Method::GET, paged(&address, range), token, Body::empty())
}

/// Asks to create a consumer group of `hub`. One that exists is left as it is, and the answer is
/// 409.
#[must_use]
pub fn create_consumer_group_request(
    hub: &Hub,
    name: &ConsumerGroupName,
    token: &Token,
) -> Request<Body> {
    let body = entry("ConsumerGroupDescription", |_| Ok(()));
    request(Method::PUT, group_address(hub, name), token, body)
}

/// Asks for the description of a consumer group of `hub`.
#[must_use]
pub fn get_consumer_group_request(
    hub: &Hub,
    name: &ConsumerGroupName,
    token: &Token,
) -> Request<Body> {
    request(Method::GET, group_address(hub, name), token, Body::empty())
}

/// Asks to delete a consumer group of `hub`.
#[must_use]
pub fn delete_consumer_group_request(
    hub: &Hub,
    name: &ConsumerGroupName,
    token: &Token,
) -> Request<Body> {
    request(Method::DELETE, group_address(hub, name), token, Body::empty())
}

/// Asks for the descriptions of the consumer groups of `hub`.
#[must_use]
pub fn list_consumer_groups_request(hub: &Hub, range: ListRange, token: &Token) -> Request<Body> {
    let address = format!("{}/consumergroups", address(hub));
    request(Method::GET, paged(&address, range), token, Body::empty())
}

/// Asks that `hub` take no more events from a publisher. One that is revoked already stays so, and
/// the answer is 409.
#[must_use]
pub fn revoke_publisher_request(hub: &Hub, name: &PublisherName, token: &Token) -> Request<Body> {
    let body = entry("RevokedPublisherDescription", |xml| write_text(xml, "Name", name.as_str()));
    request(Method::PUT, revoked_address(hub, name), token, body)
}

/// Asks that `hub` take events again from a publisher that is revoked.
#[must_use]
pub fn restore_publisher_request(hub: &Hub, name: &PublisherName, token: &Token) -> Request<Body> {
    request(Method::DELETE, revoked_address(hub, name), token, Body::empty())
}

/// Asks for the publishers that `hub` takes no events from.
#[must_use]
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
    // By hand, because `http`'s builder returns a `Result`, for parts that can't fail here.
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    request.headers_mut().insert(CONTENT_TYPE, ATOM_ENTRY);
    request.headers_mut().insert(AUTHORIZATION, authorization(token));
    request
}

/// The members of an `EventHubDescription` in the one order in which the service takes them.
fn hub_entry(settings: &HubSettings) -> Body {
    entry("EventHubDescription", |xml| {
        write_optional(xml, "MessageRetentionInDays", settings.message_retention_in_days)?;
        let rules = &settings.authorization_rules;
        if !rules.is_empty() {
            let element = xml.create_element("AuthorizationRules");
            element
                .write_inner_content(|xml| rules.iter().try_for_each(|it| write_rule(xml, it)))?;
        }
        write_optional(xml, "Status", settings.status.as_ref())?;
        write_optional(xml, "UserMetadata", settings.user_metadata.as_ref())?;
        write_optional(xml, "PartitionCount", settings.partition_count)
    })
}

type Xml<'a> = Writer<&'a mut Vec<u8>>;

/// An Atom entry around a description with this content. The buffer is wiped when it is dropped,
/// but one that grows leaves copies behind: it is made large enough for a hub with the 12 rules
/// that it may have.
fn entry(description: &str, content: impl FnOnce(&mut Xml<'_>) -> io::Result<()>) -> Body {
    const CAPACITY: usize = 16 * 1024;
    let mut buffer = Zeroizing::new(Vec::with_capacity(CAPACITY));
    // Not indented: white space would become a part of the texts.
    let mut xml = Writer::new(&mut *buffer);
    let entry = xml.create_element("entry").with_attribute(("xmlns", ATOM));
    let written = entry.write_inner_content(|xml| {
        let element = xml.create_element("content").with_attribute(("type", "application/xml"));
        let written = element.write_inner_content(|xml| {
            let namespaces = [("xmlns:i", INSTANCE), ("xmlns", SERVICE_BUS)];
            let element = xml.create_element(description).with_attributes(namespaces);
            element.write_inner_content(content).map(drop)
        });
        written.map(drop)
    });
    written.expect("memory takes all that is written");
    Body(Bytes::from_owner(buffer))
}

fn write_rule(xml: &mut Xml<'_>, rule: &AuthorizationRule) -> io::Result<()> {
    let element = xml.create_element("AuthorizationRule");
    let element = element.with_attribute(("i:type", "SharedAccessAuthorizationRule"));
    let written = element.write_inner_content(|xml| {
        // The two members that every rule has with the same values, in the example of the page on
        // listing.
        write_text(xml, "ClaimType", "SharedAccessKey")?;
        write_text(xml, "ClaimValue", "None")?;
        xml.create_element("Rights").write_inner_content(|xml| {
            rule.rights().names().try_for_each(|right| write_text(xml, "AccessRights", right))
        })?;
        write_text(xml, "KeyName", rule.name())?;
        // As text, not as a number or a status: that would leave a copy of the key behind.
        let keys = [("PrimaryKey", rule.primary_key()), ("SecondaryKey", rule.secondary_key())];
        let mut known = keys.into_iter().filter_map(|(name, key)| Some((name, key?)));
        known.try_for_each(|(name, key)| write_text(xml, name, key.reveal()))
    });
    written.map(drop)
}

fn write_optional(
    xml: &mut Xml<'_>,
    name: &str,
    value: Option<impl fmt::Display>,
) -> io::Result<()> {
    value.map_or(Ok(()), |value| write_text(xml, name, &value.to_string()))
}

fn write_text(xml: &mut Xml<'_>, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(text)).map(drop)
}
