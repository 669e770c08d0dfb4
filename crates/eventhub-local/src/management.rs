//! Management over the data plane: hubs, their consumer groups, their revoked publishers.

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::{Method, StatusCode, Uri};
use serde::Deserialize;

use crate::atom::{self, ENTRY_TYPE, Entry, FEED_TYPE};
use crate::body::{discard, read};
use crate::entity::{ConsumerGroup, DEFAULT_GROUP, Entity, is_group_name};
use crate::hub::{Hub, is_hub_name};
use crate::machine;
use crate::namespace::Namespace;
use crate::refusal::{Occasion, Refusal};
use crate::rule::Access;
use crate::settings::{DEFAULT_PARTITIONS, Description, describe, describe_as, timestamp};
use crate::xml::{self, Element};

/// The longest description that is read.
const MAX_DESCRIPTION_BYTES: usize = 1 << 20;

/// How many shared access policies a hub may have. Documented for a namespace
/// ([Event Hubs quotas and limits](https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)).
const MAX_RULES: usize = 12;

/// A request to manage that may do so, read to its end.
pub(crate) struct Manage {
    namespace: Arc<Namespace>,
    occasion: Occasion,
    uri: Uri,
    /// What the path names: `hub`, and `name` of what belongs to it.
    names: BTreeMap<String, String>,
    /// Whether something that exists is to be changed.
    update: bool,
    body: Bytes,
}

impl FromRequest<Arc<Namespace>> for Manage {
    type Rejection = Response;

    async fn from_request(request: Request, namespace: &Arc<Namespace>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let names = Path::from_request_parts(&mut parts, namespace).await;
        let Path(names) = names.map_err(IntoResponse::into_response)?;
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
                names,
                // The page on updating asks for `If-Match: *`; without it, PUT creates.
                update: parts.headers.contains_key(IF_MATCH),
                body,
            }),
            Err(refusal) => Err(refusal.answer(&occasion)),
        }
    }
}

/// The handler that answers with what `work` makes of a request.
pub(crate) fn handler(
    work: fn(&Manage) -> Result<Response, Refusal>,
) -> impl Fn(Manage) -> Ready<Response> + Clone {
    move |manage| ready(work(&manage).unwrap_or_else(|refusal| refusal.answer(&manage.occasion)))
}

/// The part of a feed that is wanted.
#[derive(Deserialize)]
pub(crate) struct Paging {
    #[serde(default, rename = "$skip")]
    skip: usize,
    #[serde(rename = "$top")]
    top: Option<usize>,
}

impl Paging {
    fn apply(&self, entries: impl Iterator<Item = Entry>) -> Vec<Entry> {
        entries.skip(self.skip).take(self.top.unwrap_or(usize::MAX)).collect()
    }
}

impl Manage {
    pub(crate) fn put_hub(&self) -> Result<Response, Refusal> {
        if self.update { self.update_hub() } else { self.create_hub() }
    }

    fn create_hub(&self) -> Result<Response, Refusal> {
        let name = self.name("hub");
        self.check_name(is_hub_name(name))?;
        let Description { settings, partitions } = self.description()?;
        let partitions = partitions.unwrap_or(DEFAULT_PARTITIONS);
        let retention = self.namespace.retention;
        let hub = Hub::new(name.to_owned(), partitions, settings, retention, self.occasion.now);
        // Described first: once it is added, another request may change it.
        let entry = self.describe(&hub);
        self.namespace.add(hub)?;
        Ok(self.entry(StatusCode::CREATED, &entry))
    }

    fn update_hub(&self) -> Result<Response, Refusal> {
        let hub = self.hub()?;
        let Description { settings, partitions } = self.description()?;
        if partitions.is_some_and(|it| it != hub.partitions) {
            return Err(malformed("The PartitionCount of an event hub can't be changed."));
        }
        let now = self.occasion.now;
        self.namespace.change(&hub, |entity| {
            entity.update(settings, now);
            Ok(())
        })?;
        Ok(self.entry(StatusCode::OK, &self.describe(&hub)))
    }

    pub(crate) fn get_hub(&self) -> Result<Response, Refusal> {
        Ok(self.entry(StatusCode::OK, &self.describe(&*self.hub()?)))
    }

    pub(crate) fn delete_hub(&self) -> Result<Response, Refusal> {
        self.done(self.namespace.remove(self.name("hub"))?)
    }

    pub(crate) fn list_hubs(&self) -> Result<Response, Refusal> {
        let hubs = self.namespace.hubs();
        let entries = self.paging()?.apply(hubs.values().map(|it| self.describe(it)));
        Ok(self.feed("EventHubs", (&self.origin(), ".."), &entries))
    }

    fn description(&self) -> Result<Description, Refusal> {
        let limits = &self.namespace.limits;
        let description =
            Description::read(&self.read("EventHubDescription")?, limits, machine::random_key)
                .map_err(|error| unreadable(&error))?;
        if description.settings.rules.len() > MAX_RULES {
            return Err(Refusal::Quota { kind: "AuthorizationRule", limit: MAX_RULES });
        }
        Ok(description)
    }

    pub(crate) fn put_group(&self) -> Result<Response, Refusal> {
        let (hub, name, now) = (self.hub()?, self.name("name"), self.occasion.now);
        self.check_name(is_group_name(name))?;
        let description = self.read("ConsumerGroupDescription")?;
        let metadata = description.text_of("UserMetadata").unwrap_or_default().to_owned();
        let (status, group) = if self.update {
            let updated = self.namespace.change(&hub, |entity| {
                entity.update_group(name, metadata, now).ok_or_else(|| self.not_found())
            })?;
            (StatusCode::OK, updated)
        } else {
            let group = ConsumerGroup::new(name.to_owned(), metadata, now);
            let limit = self.namespace.limits.max_consumer_groups;
            self.namespace.change(&hub, |entity| entity.add_group(group.clone(), limit))?;
            (StatusCode::CREATED, group)
        };
        Ok(self.entry(status, &describe_group(&group)))
    }

    pub(crate) fn get_group(&self) -> Result<Response, Refusal> {
        let hub = self.hub()?;
        let entry = hub.entity().group(self.name("name")).map(describe_group);
        Ok(self.entry(StatusCode::OK, &entry.ok_or_else(|| self.not_found())?))
    }

    pub(crate) fn delete_group(&self) -> Result<Response, Refusal> {
        let (hub, name) = (self.hub()?, self.name("name"));
        if name.eq_ignore_ascii_case(DEFAULT_GROUP) {
            return Err(malformed("The default consumer group can't be deleted."));
        }
        self.remove_from(&hub, |entity| entity.remove_group(name))
    }

    pub(crate) fn list_groups(&self) -> Result<Response, Refusal> {
        self.feed_below("ConsumerGroups", self.hub()?.entity().groups().map(describe_group))
    }

    pub(crate) fn revoke(&self) -> Result<Response, Refusal> {
        let (hub, name) = (self.hub()?, self.name("name"));
        // Names of publishers have a case, unlike those of hubs: they are partition keys.
        if self.read("RevokedPublisherDescription")?.text_of("Name") != Some(name) {
            return Err(malformed("The Name of a revoked publisher must be that in its path."));
        }
        self.namespace.change(&hub, |entity| match entity.revoke(name) {
            true => Ok(()),
            false => Err(Refusal::Conflict),
        })?;
        Ok(self.entry(StatusCode::CREATED, &describe_revoked(name, self.occasion.now)))
    }

    pub(crate) fn restore(&self) -> Result<Response, Refusal> {
        self.remove_from(&*self.hub()?, |entity| entity.restore(self.name("name")))
    }

    /// Removes something from a hub, if it is there.
    fn remove_from(
        &self,
        hub: &Hub,
        remove: impl FnOnce(&mut Entity) -> bool,
    ) -> Result<Response, Refusal> {
        let removed = self
            .namespace
            .change(hub, |entity| remove(entity).then_some(()).ok_or_else(|| self.not_found()));
        self.done(Some(removed?))
    }

    pub(crate) fn list_revoked(&self) -> Result<Response, Refusal> {
        let hub = self.hub()?;
        let entity = hub.entity();
        let entries = entity.revoked().map(|it| describe_revoked(it, self.occasion.now));
        self.feed_below("RevokedPublishers", entries)
    }

    /// The description of this name in the request.
    fn read(&self, name: &str) -> Result<Element, Refusal> {
        atom::description(&self.body, name).map_err(|error| unreadable(&error))
    }

    /// A name in the path; empty where the path has none.
    fn name(&self, parameter: &str) -> &str {
        self.names.get(parameter).map_or("", String::as_str)
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

    fn hub(&self) -> Result<Arc<Hub>, Refusal> {
        self.namespace.hub(self.name("hub")).ok_or_else(|| self.not_found())
    }

    /// 200 and nothing else, if there was something to change.
    fn done(&self, changed: Option<()>) -> Result<Response, Refusal> {
        changed.map(|()| StatusCode::OK.into_response()).ok_or_else(|| self.not_found())
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
        format!("{}://{}", self.namespace.scheme, self.occasion.host)
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
