//! What a local hub is made of, apart from its socket.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use azure_sas::SharedAccessSignature;
use chrono::{DateTime, Utc};
use http::header::HOST;
use http::request::Parts;
use uuid::Uuid;

use crate::amqp::message::NewEvent;
use crate::authorization::{hub_of, read_token};
use crate::hub::Hub;
use crate::log::Retention;
use crate::refusal::{Occasion, Refusal};
use crate::rule::{Access, AuthorizationRule};
use crate::submission::{Destination, Rules};
use crate::tier::Limits;

/// The clock of the local hub.
pub(crate) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What is done when a hub drops its first event, whose name it gets.
pub(crate) type OnFirstDrop = Arc<dyn Fn(&str) + Send + Sync>;

/// By name in lower case: the service minds no case in names.
pub(crate) type Hubs = BTreeMap<String, Arc<Hub>>;

/// A namespace with its hubs and its rules.
pub(crate) struct Namespace {
    /// The first is the one that connection strings hold.
    pub(crate) rules: Arc<[AuthorizationRule]>,
    pub(crate) hubs: RwLock<Hubs>,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    /// That of hubs yet to be created.
    pub(crate) retention: Retention,
    pub(crate) mixed_keys: bool,
    pub(crate) on_first_drop: OnFirstDrop,
    pub(crate) requests: AtomicU64,
}

impl Namespace {
    pub(crate) fn hub(&self, name: &str) -> Option<Arc<Hub>> {
        self.hubs().get(&name.to_ascii_lowercase()).map(Arc::clone)
    }

    pub(crate) fn hubs(&self) -> RwLockReadGuard<'_, Hubs> {
        self.hubs.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a hub, unless there is one of its name or there are enough.
    pub(crate) fn add(&self, hub: Hub) -> Result<(), Refusal> {
        let mut hubs = self.hubs.write().unwrap_or_else(PoisonError::into_inner);
        let count = hubs.len();
        match hubs.entry(hub.name.to_ascii_lowercase()) {
            Entry::Occupied(_) => Err(Refusal::Conflict),
            Entry::Vacant(_) if count >= self.limits.max_hubs => {
                Err(Refusal::Quota { kind: "EventHub", limit: self.limits.max_hubs })
            }
            Entry::Vacant(entry) => {
                entry.insert(Arc::new(hub));
                Ok(())
            }
        }
    }

    /// Removes a hub and ends those who listen to it, or finds none.
    pub(crate) fn remove(&self, name: &str) -> Option<()> {
        let mut hubs = self.hubs.write().unwrap_or_else(PoisonError::into_inner);
        hubs.remove(&name.to_ascii_lowercase()).map(|hub| hub.close())
    }

    /// The rule that connection strings hold.
    pub(crate) fn root(&self) -> &AuthorizationRule {
        self.rules.first().expect("a namespace is built with its root rule")
    }

    /// Appends events to a hub, all of them or none, and reports the first that it drops.
    pub(crate) fn keep(
        &self,
        hub: &Hub,
        destination: Destination,
        events: Vec<NewEvent>,
        now: DateTime<Utc>,
    ) {
        if hub.keep(destination, events, now) {
            (self.on_first_drop)(&hub.name);
        }
    }

    /// The id of a request. Not random, so that tests can compare whole answers.
    pub(crate) fn tracking_id(&self, now: DateTime<Utc>) -> Uuid {
        let request = self.requests.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u64_pair(now.timestamp_millis().cast_unsigned(), request)
    }

    /// Notes the facts of a request to a hub.
    pub(crate) fn occasion(&self, hub: &str, parts: &Parts) -> Occasion {
        let now = (self.clock)();
        Occasion {
            host: host(parts).to_owned(),
            path: parts.uri.path().to_owned(),
            hub: hub.to_owned(),
            entity: format!("EventHub:{hub}"),
            now,
            tracking_id: self.tracking_id(now),
        }
    }

    /// Notes the facts of a request to manage.
    pub(crate) fn occasion_to_manage(&self, parts: &Parts) -> Occasion {
        let entity = parts.uri.path().trim_start_matches('/').to_owned();
        Occasion { entity, ..self.occasion("", parts) }
    }

    /// Checks that the token of a request opens one of `paths` for an access: the path of the
    /// request, and other ways to write it that a token may be signed for.
    pub(crate) fn authorize(
        &self,
        parts: &Parts,
        occasion: &Occasion,
        access: Access,
        paths: &[&str],
    ) -> Result<(), Refusal> {
        let token = read_token(&parts.headers)?;
        let rule = self.verify(&token, occasion.now)?;
        if !paths.iter().any(|it| token.covers(&occasion.host, it)) {
            return Err(Refusal::OutOfScope(access));
        }
        if !rule.allows(access.right()) {
            return Err(Refusal::MissingRight(access));
        }
        Ok(())
    }

    /// The rule that signed a token which has not expired.
    pub(crate) fn verify(
        &self,
        token: &SharedAccessSignature,
        now: DateTime<Utc>,
    ) -> Result<AuthorizationRule, Refusal> {
        // By the hub that the token names and not the one in the path: a token of one hub's rule
        // used on another is then out of scope, as the service says, and not of an unknown rule.
        let of_hub = hub_of(token).and_then(|it| self.hub(it)).map(|it| it.rules());
        let rules: Vec<_> = of_hub.into_iter().chain([Arc::clone(&self.rules)]).collect();
        // Whether the name or the key is wrong is nobody's business.
        let rule = rules.iter().flat_map(|it| it.iter()).find(|it| it.signed(token));
        let rule = rule.ok_or(Refusal::InvalidSignature)?;
        // After the signature: a client that signed wrongly does not learn that it is also too late.
        if now >= token.expires() {
            return Err(Refusal::ExpiredToken);
        }
        Ok(rule.clone())
    }

    pub(crate) fn rules_of(&self, hub: &Hub) -> Rules {
        Rules { partitions: hub.partitions, mixed_keys: self.mixed_keys }
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespace")
            .field("policy", &self.root().name())
            .field("hubs", &self.hubs().keys())
            .finish_non_exhaustive()
    }
}

/// The host that a request names: in its target, as proxies are asked, or in its `Host`.
pub(crate) fn host(parts: &Parts) -> &str {
    let in_target = parts.uri.authority().map(|it| it.as_str());
    let in_header = || parts.headers.get(HOST).and_then(|it| it.to_str().ok());
    in_target.or_else(in_header).unwrap_or_default()
}
