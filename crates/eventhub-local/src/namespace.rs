//! What the endpoint is made of, apart from its socket.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use http::header::HOST;
use http::request::Parts;
use uuid::Uuid;

use crate::authorization::Policy;
use crate::hub::Hub;
use crate::refusal::{Occasion, Refusal};
use crate::submission::Rules;

/// Where the endpoint takes the time from.
pub(crate) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// A namespace with its hubs and its policy.
pub(crate) struct Namespace {
    pub(crate) policy: Policy,
    /// By name in lower case: the service minds no case in names.
    pub(crate) hubs: BTreeMap<String, Arc<Hub>>,
    pub(crate) clock: Clock,
    pub(crate) max_body_bytes: usize,
    pub(crate) mixed_keys: bool,
    pub(crate) requests: AtomicU64,
}

impl Namespace {
    pub(crate) fn hub(&self, name: &str) -> Option<&Arc<Hub>> {
        self.hubs.get(&name.to_ascii_lowercase())
    }

    /// Notes the facts of a request to a hub.
    pub(crate) fn occasion(&self, hub: &str, parts: &Parts) -> Occasion {
        let now = (self.clock)();
        let request = self.requests.fetch_add(1, Ordering::Relaxed);
        Occasion {
            host: host(parts).to_owned(),
            path: parts.uri.path().to_owned(),
            hub: hub.to_owned(),
            now,
            tracking_id: Uuid::from_u64_pair(now.timestamp_millis().cast_unsigned(), request),
        }
    }

    /// The hub that a request is for, if its token opens it.
    pub(crate) fn admit(&self, parts: &Parts, occasion: &Occasion) -> Result<&Hub, Refusal> {
        // Before 1970 every token is still good.
        let now = u64::try_from(occasion.now.timestamp()).unwrap_or(0);
        self.policy.authorize(&parts.headers, &occasion.host, &occasion.path, now)?;
        self.hub(&occasion.hub).map(AsRef::as_ref).ok_or(Refusal::NoHub)
    }

    pub(crate) fn rules(&self, hub: &Hub) -> Rules {
        Rules { partitions: hub.partitions, mixed_keys: self.mixed_keys }
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespace")
            .field("policy", &self.policy.name)
            .field("hubs", &self.hubs.keys())
            .finish_non_exhaustive()
    }
}

/// The host that a request names: in its target, as proxies are asked, or in its `Host`.
pub(crate) fn host(parts: &Parts) -> &str {
    let in_target = parts.uri.authority().map(|it| it.as_str());
    let in_header = || parts.headers.get(HOST).and_then(|it| it.to_str().ok());
    in_target.or_else(in_header).unwrap_or_default()
}
