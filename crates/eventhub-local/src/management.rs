//! Management over the data plane: hubs, their consumer groups, their revoked publishers.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Query, Request};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::{Method, StatusCode, Uri};
use serde::Deserialize;

use crate::atom::{self, ENTRY_TYPE, Entry, FEED_TYPE};
use crate::authorization::Access;
use crate::body::{discard, read};
use crate::entity::{ConsumerGroup, DEFAULT_GROUP, Entity};
use crate::hub::{Hub, is_hub_name};
use crate::machine;
use crate::namespace::Namespace;
use crate::refusal::{Occasion, Refusal};
use crate::settings::{DEFAULT_PARTITIONS, Description, describe, describe_as, timestamp};
use crate::xml;

/// The longest description that is read.
const MAX_DESCRIPTION_BYTES: usize = 1 << 20;

/// How many shared access policies a hub may have. Documented for a namespace
/// ([Event Hubs quotas and limits](https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)).
const MAX_RULES: usize = 12;

/// The longest name of a consumer group, for receivers over AMQP
/// ([Event Hubs quotas and limits](https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)).
const LONGEST_GROUP_NAME: usize = 50;

/// A request to manage that may do so, read to its end.
pub(crate) struct Manage {
    namespace: Arc<Namespace>,
    occasion: Occasion,
    uri: Uri,
    /// Whether something that exists is to be changed.
    update: bool,
    body: Bytes,
}

impl FromRequest<Arc<Namespace>> for Manage {
    type Rejection = Response;

    async fn from_request(request: Request, namespace: &Arc<Namespace>) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let occasion = namespace.occasion_to_manage(&parts);
        // The rights that the service names in its refusals: EntityRead, EntityWrite, EntityDelete.
        let access = match parts.method {
            Method::PUT => Access::Write,
            Method::DELETE => Access::Delete,
            _ => Access::Read,
        };
        if let Err(refusal) = namespace.authorize(&parts, &occasion, access, &[&occasion.path]) {
            discard(&parts, body).await;
            return Err(refusal.answer(&occasion));
        }
        match read(body, MAX_DESCRIPTION_BYTES).await {
            Ok(body) => Ok(Self {
                namespace: Arc::clone(namespace),
                occasion,
                uri: parts.uri,
                // The page on updating asks for `If-Match: *`; without it, PUT creates.
                update: parts.headers.contains_key(IF_MATCH),
                body,
            }),
            Err(refusal) => Err(refusal.answer(&occasion)),
        }
    }
}

pub(crate) async fn put_hub(Path(name): Path<String>, manage: Manage) -> Response {
    let put = if manage.update { manage.update_hub(&name) } else { manage.create_hub(name) };
    manage.answer(put)
}

pub(crate) async fn get_hub(Path(name): Path<String>, manage: Manage) -> Response {
    let entry = manage.hub(&name).map(|hub| manage.describe(&hub));
    manage.answer(entry.map(|it| manage.entry(StatusCode::OK, &it)))
}

pub(crate) async fn delete_hub(Path(name): Path<String>, manage: Manage) -> Response {
    let removed = manage.namespace.remove(&name).ok_or_else(|| manage.not_found());
    manage.answer(removed.map(|()| StatusCode::OK.into_response()))
}

/// The part of a feed that is wanted.
#[derive(Deserialize)]
pub(crate) struct Paging {
    #[serde(default, rename = "$skip")]
    skip: usize,
    #[serde(default = "all", rename = "$top")]
    top: usize,
}

fn all() -> usize {
    usize::MAX
}

impl Paging {
    fn apply(&self, entries: impl Iterator<Item = Entry>) -> Vec<Entry> {
        entries.skip(self.skip).take(self.top).collect()
    }
}

pub(crate) async fn list_hubs(manage: Manage) -> Response {
    let feed = manage.paging().map(|paging| {
        let hubs = manage.namespace.hubs();
        let entries = paging.apply(hubs.values().map(|it| manage.describe(it)));
        manage.feed("EventHubs", (&manage.origin(), ".."), &entries)
    });
    manage.answer(feed)
}

pub(crate) async fn put_group(
    Path((hub, name)): Path<(String, String)>,
    manage: Manage,
) -> Response {
    let put = manage.hub(&hub).and_then(|hub| manage.put_group(&hub, name));
    manage.answer(put)
}

pub(crate) async fn get_group(
    Path((hub, name)): Path<(String, String)>,
    manage: Manage,
) -> Response {
    let entry = manage.hub(&hub).and_then(|hub| {
        let entity = hub.entity();
        entity.group(&name).map(describe_group).ok_or_else(|| manage.not_found())
    });
    manage.answer(entry.map(|it| manage.entry(StatusCode::OK, &it)))
}

pub(crate) async fn delete_group(
    Path((hub, name)): Path<(String, String)>,
    manage: Manage,
) -> Response {
    let removed = manage.hub(&hub).and_then(|hub| manage.delete_group(&hub, &name));
    manage.answer(removed)
}

pub(crate) async fn list_groups(Path(hub): Path<String>, manage: Manage) -> Response {
    let feed = manage.hub(&hub).and_then(|hub| {
        manage.feed_below("ConsumerGroups", hub.entity().groups().map(describe_group))
    });
    manage.answer(feed)
}

pub(crate) async fn revoke(Path((hub, name)): Path<(String, String)>, manage: Manage) -> Response {
    let revoked = manage.hub(&hub).and_then(|hub| manage.revoke(&hub, &name));
    manage.answer(revoked)
}

pub(crate) async fn restore(Path((hub, name)): Path<(String, String)>, manage: Manage) -> Response {
    let restored = manage.hub(&hub).and_then(|hub| match hub.entity().restore(&name) {
        true => Ok(StatusCode::OK.into_response()),
        false => Err(manage.not_found()),
    });
    manage.answer(restored)
}

pub(crate) async fn list_revoked(Path(hub): Path<String>, manage: Manage) -> Response {
    let feed = manage.hub(&hub).and_then(|hub| {
        let entity = hub.entity();
        let entries = entity.revoked().map(|it| describe_revoked(it, manage.occasion.now));
        manage.feed_below("RevokedPublishers", entries)
    });
    manage.answer(feed)
}

impl Manage {
    fn create_hub(&self, name: String) -> Result<Response, Refusal> {
        self.check_name(is_hub_name(&name))?;
        let Description { settings, partitions } = self.description()?;
        let partitions = partitions.unwrap_or(DEFAULT_PARTITIONS);
        let hub = Hub::new(name, partitions, settings, self.namespace.retention, self.occasion.now);
        // Described first: once it is added, another request may change it.
        let entry = self.describe(&hub);
        self.namespace.add(hub)?;
        Ok(self.entry(StatusCode::CREATED, &entry))
    }

    fn update_hub(&self, name: &str) -> Result<Response, Refusal> {
        let hub = self.hub(name)?;
        let Description { settings, partitions } = self.description()?;
        if partitions.is_some_and(|it| it != hub.partitions) {
            return Err(malformed("The PartitionCount of an event hub can't be changed."));
        }
        hub.entity().update(settings, self.occasion.now);
        Ok(self.entry(StatusCode::OK, &self.describe(&hub)))
    }

    fn description(&self) -> Result<Description, Refusal> {
        let limits = &self.namespace.limits;
        let description = atom::description(&self.body, "EventHubDescription")
            .and_then(|it| Description::read(&it, limits, machine::random_key))
            .map_err(|error| unreadable(&error))?;
        if description.settings.rules.len() > MAX_RULES {
            return Err(Refusal::Quota { kind: "AuthorizationRule", limit: MAX_RULES });
        }
        Ok(description)
    }

    fn put_group(&self, hub: &Hub, name: String) -> Result<Response, Refusal> {
        let default = name == DEFAULT_GROUP;
        self.check_name(default || (is_hub_name(&name) && name.len() <= LONGEST_GROUP_NAME))?;
        let description = atom::description(&self.body, "ConsumerGroupDescription")
            .map_err(|error| unreadable(&error))?;
        let metadata = description.text_of("UserMetadata").unwrap_or_default().to_owned();
        let now = self.occasion.now;
        let (status, group) = if self.update {
            let updated = hub.entity().update_group(&name, metadata, now);
            (StatusCode::OK, updated.ok_or_else(|| self.not_found())?)
        } else {
            let group = ConsumerGroup::new(name, metadata, now);
            hub.entity().add_group(group.clone(), self.namespace.limits.max_consumer_groups)?;
            (StatusCode::CREATED, group)
        };
        Ok(self.entry(status, &describe_group(&group)))
    }

    fn delete_group(&self, hub: &Hub, name: &str) -> Result<Response, Refusal> {
        if name.eq_ignore_ascii_case(DEFAULT_GROUP) {
            return Err(malformed("The default consumer group can't be deleted."));
        }
        if hub.entity().remove_group(name) {
            Ok(StatusCode::OK.into_response())
        } else {
            Err(self.not_found())
        }
    }

    fn revoke(&self, hub: &Hub, name: &str) -> Result<Response, Refusal> {
        let description = atom::description(&self.body, "RevokedPublisherDescription")
            .map_err(|error| unreadable(&error))?;
        // Names of publishers have a case, unlike those of hubs: they are partition keys.
        if description.text_of("Name") != Some(name) {
            return Err(malformed("The Name of a revoked publisher must be that in its path."));
        }
        if !hub.entity().revoke(name) {
            return Err(Refusal::Conflict);
        }
        Ok(self.entry(StatusCode::CREATED, &describe_revoked(name, self.occasion.now)))
    }

    fn check_name(&self, good: bool) -> Result<(), Refusal> {
        let Occasion { host, path, .. } = &self.occasion;
        if good {
            return Ok(());
        }
        // Captured from Service Bus; the rule is that of Event Hubs.
        Err(malformed(&format!(
            "'sb://{host}{path}' contains character(s) that is not allowed by Service Bus. Entity \
             segments can contain only letters, numbers, periods (.), hyphens (-), and \
             underscores (_).",
        )))
    }

    fn hub(&self, name: &str) -> Result<Arc<Hub>, Refusal> {
        self.namespace.hub(name).ok_or_else(|| self.not_found())
    }

    fn not_found(&self) -> Refusal {
        Refusal::NotFound { path: self.occasion.path.clone() }
    }

    fn describe(&self, hub: &Hub) -> Entry {
        let entity = hub.entity();
        let Entity { settings, created, updated, .. } = &*entity;
        Entry {
            title: hub.name.clone(),
            published: Some(*created),
            updated: *updated,
            author: Some(namespace_name(&self.occasion.host).to_owned()),
            description: describe(settings, hub.partitions, *created, *updated),
        }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.occasion.host)
    }

    /// The address that was asked for.
    fn address(&self) -> String {
        let target = self.uri.path_and_query().map_or("/", |it| it.as_str());
        self.origin() + target
    }

    fn entry(&self, status: StatusCode, entry: &Entry) -> Response {
        (status, [(CONTENT_TYPE, ENTRY_TYPE)], entry.document(&self.address())).into_response()
    }

    fn feed(&self, title: &str, parent: (&str, &str), entries: &[Entry]) -> Response {
        let feed = atom::feed(title, &self.address(), parent, self.occasion.now, entries);
        ([(CONTENT_TYPE, FEED_TYPE)], feed).into_response()
    }

    /// A feed whose entries are found below its own path.
    fn feed_below(
        &self,
        title: &str,
        entries: impl Iterator<Item = Entry>,
    ) -> Result<Response, Refusal> {
        let path = &self.occasion.path;
        let last = path.rsplit('/').next().unwrap_or_default();
        let entries = self.paging()?.apply(entries);
        Ok(self.feed(title, (&(self.origin() + path), last), &entries))
    }

    fn paging(&self) -> Result<Paging, Refusal> {
        let paging = Query::try_from_uri(&self.uri).map(|Query(paging)| paging);
        paging.map_err(|_| malformed("$skip and $top must be numbers."))
    }

    fn answer(&self, result: Result<Response, Refusal>) -> Response {
        result.unwrap_or_else(|refusal| refusal.answer(&self.occasion))
    }
}

fn describe_group(group: &ConsumerGroup) -> Entry {
    let description = describe_as("ConsumerGroupDescription", |xml| {
        xml::text(xml, "CreatedAt", &timestamp(group.created))?;
        xml::text(xml, "UpdatedAt", &timestamp(group.updated))?;
        match group.user_metadata.as_str() {
            "" => Ok(()),
            metadata => xml::text(xml, "UserMetadata", metadata),
        }
    });
    Entry {
        title: group.name.clone(),
        published: Some(group.created),
        updated: group.updated,
        author: None,
        description,
    }
}

fn describe_revoked(publisher: &str, now: DateTime<Utc>) -> Entry {
    Entry {
        title: publisher.to_owned(),
        published: None,
        updated: now,
        author: None,
        description: describe_as("RevokedPublisherDescription", |xml| {
            xml::text(xml, "Name", publisher)
        }),
    }
}

/// The namespace that a host stands for: its first label, or the host if it is an address.
fn namespace_name(host: &str) -> &str {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if is_address { name } else { name.split('.').next().unwrap_or(name) }
}

fn unreadable(error: &str) -> Refusal {
    malformed(&format!("The description could not be read: {error}."))
}

/// A bad request with the sub-code that the service gives those of management.
fn malformed(detail: &str) -> Refusal {
    Refusal::bad_request(format!("SubCode=40000. {detail}"))
}
