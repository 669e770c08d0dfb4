//! What a local hub is made of, apart from its socket.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::error::Error as _;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use azure_sas::SharedAccessSignature;
use chrono::{DateTime, Utc};
use http::header::HOST;
use http::request::Parts;
use uuid::Uuid;

use crate::amqp::message::NewEvent;
use crate::authorization::{hub_of, read_token};
use crate::entity::Entity;
use crate::error::Error;
use crate::hub::{Hub, lock};
use crate::log::Retention;
use crate::refusal::{Occasion, Refusal};
use crate::rule::{Access, AuthorizationRule};
use crate::store::{Folder, HubState, State, TornTail};
use crate::submission::{Destination, Rules};
use crate::tier::Limits;
use crate::tls::Identity;

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
    /// `http`, or `https` if connections are encrypted.
    pub(crate) scheme: &'static str,
    /// The certificate, if it is one that is kept.
    pub(crate) identity: Option<Identity>,
    /// That of hubs yet to be created.
    pub(crate) retention: Retention,
    pub(crate) mixed_keys: bool,
    pub(crate) on_first_drop: OnFirstDrop,
    pub(crate) requests: AtomicU64,
    /// The folder with the files, if there is one. Locked by who changes a hub, from the change until it
    /// is written.
    pub(crate) kept: Option<Mutex<Kept>>,
    /// What was cut off there at the start.
    pub(crate) torn_tails: Vec<TornTail>,
}

/// The folder of a namespace, and the number of the next hub that is created in it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) folder: Folder,
    pub(crate) next_hub: u64,
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
        let Some(kept) = &self.kept else { return self.insert(hub) };
        let mut kept = lock(kept);
        let (name, number) = (hub.name.clone(), kept.next_hub);
        let files = hub.create_files(&kept.folder, number);
        let added = files.map_err(|error| storage(&error)).and_then(|files| {
            self.insert(hub.with_files(number, files))?;
            kept.next_hub += 1;
            self.save(&kept).inspect_err(|_| drop(self.take(&name)))
        });
        added.inspect_err(|_| kept.folder.remove_hub(number))
    }

    fn insert(&self, hub: Hub) -> Result<(), Refusal> {
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
    pub(crate) fn remove(&self, name: &str) -> Result<Option<()>, Refusal> {
        let kept = self.kept.as_ref().map(lock);
        let Some(hub) = self.take(name) else { return Ok(None) };
        if let Some(kept) = kept {
            // First that it is gone, and then its events: there is no hub without its files.
            if let Err(refusal) = self.save(&kept) {
                let mut hubs = self.hubs.write().unwrap_or_else(PoisonError::into_inner);
                hubs.insert(name.to_ascii_lowercase(), hub);
                return Err(refusal);
            }
            kept.folder.remove_hub(hub.number);
        }
        hub.close();
        Ok(Some(()))
    }

    fn take(&self, name: &str) -> Option<Arc<Hub>> {
        let mut hubs = self.hubs.write().unwrap_or_else(PoisonError::into_inner);
        hubs.remove(&name.to_ascii_lowercase())
    }

    /// Changes what management sees of a hub, and writes it; if that fails, nothing is changed.
    pub(crate) fn change<T>(
        &self,
        hub: &Hub,
        change: impl FnOnce(&mut Entity) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let Some(kept) = &self.kept else { return change(&mut hub.entity()) };
        let kept = lock(kept);
        let before = hub.entity().clone();
        let changed = change(&mut hub.entity())?;
        self.save(&kept).inspect_err(|_| *hub.entity() = before)?;
        Ok(changed)
    }

    /// Writes everything at the start.
    pub(crate) fn save_all(&self) -> Result<(), Error> {
        self.kept.as_ref().map_or(Ok(()), |kept| {
            let kept = lock(kept);
            kept.folder.save(&self.state(&kept)).map_err(|error| kept.folder.failed(error))
        })
    }

    fn state(&self, kept: &Kept) -> State {
        let hubs = self.hubs().values().map(|it| HubState::of(it)).collect();
        State::new(kept.next_hub, self.root(), hubs, self.identity.as_ref())
    }

    fn save(&self, kept: &Kept) -> Result<(), Refusal> {
        kept.folder
            .save(&self.state(kept))
            .map_err(|error| Refusal::Storage { reason: error.to_string() })
    }

    /// Drops the events that are older than the retention, of all hubs.
    pub(crate) fn expire(&self) {
        let now = (self.clock)();
        let hubs: Vec<_> = self.hubs().values().cloned().collect();
        hubs.iter().for_each(|it| it.expire(now));
    }

    /// Ends all hubs, and leaves their files to another local hub.
    pub(crate) fn close(&self) {
        let kept = self.kept.as_ref().map(lock);
        for hub in self.hubs().values() {
            hub.close_files();
            hub.close();
        }
        if let Some(mut kept) = kept {
            kept.folder.close();
        }
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
    ) -> Result<(), Refusal> {
        let kept = hub.keep(destination, events, now);
        let drops = kept.map_err(|error| Refusal::Storage { reason: error.to_string() })?;
        if drops {
            (self.on_first_drop)(&hub.name);
        }
        Ok(())
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

fn storage(error: &Error) -> Refusal {
    let reason = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    Refusal::Storage { reason }
}
