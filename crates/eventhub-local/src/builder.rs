//! The settings of a local hub, before it runs.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use std::{fmt, iter};

use azure_sas::SharedAccessKey;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;

use crate::error::Error;
use crate::hub::{Hub, is_hub_name};
use crate::log::Retention;
use crate::machine;
use crate::namespace::{Clock, Hubs, Namespace, OnFirstDrop};
use crate::rule::{AccessRight, AuthorizationRule};
use crate::server::LocalEventHub;
use crate::settings::Settings;
use crate::tier::Tier;

/// The settings of a [`LocalEventHub`], made by [`LocalEventHub::builder`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use azure_sas::SharedAccessKey;
/// use eventhub_local::{AccessRight, AuthorizationRule, LocalEventHub, Tier};
///
/// let key = || SharedAccessKey::new("c2VjcmV0");
/// let till = AuthorizationRule::new("till", [AccessRight::Send], key()?, key()?)?;
/// let local = LocalEventHub::builder()
///     .hub("accounts", 4)
///     .hub("orders", 1)
///     .hub_authorization_rule("orders", till)
///     .tier(Tier::Basic)
///     .clock(|| "2026-01-05T08:00:00Z".parse().expect("a time"))
///     .serve(([127, 0, 0, 1], 0))
///     .await?;
/// assert_eq!(local.connection_string_with("orders", "till")?.key_name(), "till");
/// # Ok(())
/// # }
/// ```
#[must_use]
#[derive(Clone)]
pub struct Builder {
    hubs: Vec<(String, u32)>,
    key_name: String,
    key: Option<SharedAccessKey>,
    secondary_key: Option<SharedAccessKey>,
    rules: Vec<AuthorizationRule>,
    hub_rules: Vec<(String, AuthorizationRule)>,
    clock: Clock,
    tier: Tier,
    max_body_bytes: Option<usize>,
    retention: Retention,
    mixed_keys: bool,
    on_first_drop: OnFirstDrop,
    body_timeout: Duration,
    amqp: Option<SocketAddr>,
    remote: bool,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            hubs: Vec::new(),
            key_name: "RootManageSharedAccessKey".to_owned(),
            key: None,
            secondary_key: None,
            rules: Vec::new(),
            hub_rules: Vec::new(),
            clock: Arc::new(machine::now),
            tier: Tier::default(),
            max_body_bytes: None,
            // Enough for any test, and little enough for a machine that runs several local hubs for
            // days. Bytes are what bounds memory; events bound what a listener has to read.
            retention: Retention { events_per_partition: 10_000, bytes: 256 << 20 },
            mixed_keys: false,
            on_first_drop: Arc::new(|_| {}),
            body_timeout: Duration::from_secs(60),
            amqp: None,
            remote: false,
        }
    }

    /// Adds an event hub with so many partitions, 1 to 1024. At least one is needed.
    pub fn hub(mut self, name: impl Into<String>, partitions: u32) -> Self {
        self.hubs.push((name.into(), partitions));
        self
    }

    /// The name of the shared access policy that [connection
    /// strings](LocalEventHub::connection_string) hold. It may manage every hub, send to it and
    /// listen to it. By default, this is `RootManageSharedAccessKey`, the
    /// name of the one that every namespace has.
    pub fn key_name(mut self, name: impl Into<String>) -> Self {
        self.key_name = name.into();
        self
    }

    /// The primary key of the policy. By default, it is random.
    pub fn key(mut self, key: SharedAccessKey) -> Self {
        self.key = Some(key);
        self
    }

    /// The primary key of the policy, made of random bytes as Azure makes keys: their base64, 44
    /// characters.
    pub fn key_from_bytes(self, random: [u8; 32]) -> Self {
        self.key(machine::key_from_bytes(random))
    }

    /// The secondary key of the policy, which opens as much as the primary one. By default, it is
    /// random.
    pub fn secondary_key(mut self, key: SharedAccessKey) -> Self {
        self.secondary_key = Some(key);
        self
    }

    /// Adds a shared access policy for every hub.
    pub fn authorization_rule(mut self, rule: AuthorizationRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds a shared access policy for one hub.
    pub fn hub_authorization_rule(
        mut self,
        hub: impl Into<String>,
        rule: AuthorizationRule,
    ) -> Self {
        self.hub_rules.push((hub.into(), rule));
        self
    }

    /// The clock by which tokens expire and events are dated. By default, this is the system's.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The pricing tier, whose limits apply to requests. Hubs of this builder may have more
    /// partitions than the tier allows. By default, this is [`Tier::Standard`].
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

    /// The largest body of an event or a batch over REST, and the largest message over AMQP, in bytes.
    /// By default, these are the limits of the [tier](Self::tier).
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = Some(bytes);
        self
    }

    /// The number of events that each partition keeps; beyond it, the oldest is dropped, as the
    /// service does after its retention time. By default, this is 10,000.
    pub fn max_events_per_partition(mut self, events: usize) -> Self {
        self.retention.events_per_partition = events;
        self
    }

    /// The number of bytes that each hub keeps, counting about half a KiB for what comes with each
    /// event; beyond it, the oldest events are dropped, but never the latest. By default, this is
    /// 256 MiB.
    pub fn max_bytes_per_hub(mut self, bytes: usize) -> Self {
        self.retention.bytes = bytes;
        self
    }

    /// Calls a function with the name of a hub when the hub drops its first event because it holds as
    /// much as it may. The function runs while a sender waits for its answer, so it should be quick.
    /// By default, events are dropped silently;
    /// [`event_counts`](LocalEventHub::event_counts) has their number.
    ///
    /// ```
    /// use eventhub_local::LocalEventHub;
    ///
    /// let builder = LocalEventHub::builder()
    ///     .hub("accounts", 4)
    ///     .on_first_drop(|hub| eprintln!("{hub} drops its oldest events"));
    /// # drop(builder);
    /// ```
    pub fn on_first_drop(mut self, call: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.on_first_drop = Arc::new(call);
        self
    }

    /// The time that a client has to send the body of a request, from its head on; after it, the
    /// answer is `408 Request Timeout`. By default, this is 60 seconds.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// Accepts batches whose members name different partition keys, and puts each member into the
    /// partition of its own key. By default, such a batch is refused: over AMQP a batch has one key,
    /// and what the service does with several over REST is not documented.
    pub fn allow_mixed_partition_keys(mut self) -> Self {
        self.mixed_keys = true;
        self
    }

    /// Serves AMQP too, on this address; port 0 finds a free one, which
    /// [`amqp_address`](LocalEventHub::amqp_address) then has. By default, only REST is served.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), eventhub_local::Error> {
    /// use eventhub_local::LocalEventHub;
    ///
    /// let loopback = ([127, 0, 0, 1], 0);
    /// let local = LocalEventHub::builder().hub("accounts", 4).amqp(loopback).serve(loopback).await?;
    /// let for_receivers = local.amqp_connection_string("accounts")?;
    /// assert_eq!(for_receivers.endpoint().port(), local.amqp_address().map(|it| it.port()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn amqp(mut self, address: impl Into<SocketAddr>) -> Self {
        self.amqp = Some(address.into());
        self
    }

    /// Allows addresses that other machines can reach. They still need a token to send, which
    /// travels in plain text, and the `$local` routes stay closed to them. By default, only loopback
    /// addresses are served.
    pub fn allow_remote(mut self) -> Self {
        self.remote = true;
        self
    }

    /// Starts the local hub on an address; port 0 finds a free one. It must be called within a
    /// Tokio runtime, on which the local hub then runs.
    ///
    /// # Errors
    ///
    /// Wrong settings: [`Error::NoHub`], [`Error::HubName`], [`Error::DuplicateHub`],
    /// [`Error::PartitionCount`], [`Error::Retention`], [`Error::Policy`], [`Error::PolicyText`],
    /// [`Error::DuplicateRule`], and [`Error::UnknownHub`] for a policy of a hub that is not added;
    /// a wrong address: [`Error::NotLoopback`], [`Error::Listen`].
    pub async fn serve(self, address: impl Into<SocketAddr>) -> Result<LocalEventHub, Error> {
        let (address, amqp) = (address.into(), self.amqp);
        let remote = [Some(address), amqp].into_iter().flatten().find(|it| !it.ip().is_loopback());
        match remote {
            Some(address) if !self.remote => return Err(Error::NotLoopback { address }),
            _ => {}
        }
        let body_timeout = self.body_timeout;
        let namespace = self.namespace()?;
        let rest = listen(address).await?;
        let amqp = match amqp {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Ok(LocalEventHub::start(namespace, rest, amqp, body_timeout))
    }

    pub(crate) fn namespace(self) -> Result<Namespace, Error> {
        if self.retention.events_per_partition == 0 || self.retention.bytes == 0 {
            return Err(Error::Retention);
        }
        // Random keys by default: a fixed one would end up in configurations that reach Azure.
        let key = self.key.unwrap_or_else(machine::random_key);
        let secondary_key = self.secondary_key.unwrap_or_else(machine::random_key);
        let root =
            AuthorizationRule::new(self.key_name, [AccessRight::Manage], key, secondary_key)?;
        let rules = distinct(iter::once(root).chain(self.rules).collect())?;
        let mut limits = self.tier.limits();
        limits.max_body_bytes = self.max_body_bytes.unwrap_or(limits.max_body_bytes);
        limits.max_message_bytes = self.max_body_bytes.unwrap_or(limits.max_message_bytes);
        // Asked once, so that all hubs of the start were created at the same time.
        let now = (self.clock)();
        Ok(Namespace {
            rules: rules.into(),
            hubs: RwLock::new(hubs(self.hubs, self.hub_rules, self.retention, now)?),
            clock: self.clock,
            limits,
            retention: self.retention,
            mixed_keys: self.mixed_keys,
            on_first_drop: self.on_first_drop,
            requests: AtomicU64::new(0),
        })
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("hubs", &self.hubs)
            .field("key_name", &self.key_name)
            .finish_non_exhaustive()
    }
}

fn hubs(
    named: Vec<(String, u32)>,
    mut rules: Vec<(String, AuthorizationRule)>,
    retention: Retention,
    now: DateTime<Utc>,
) -> Result<Hubs, Error> {
    let mut hubs = Hubs::new();
    for (name, count) in named {
        if !is_hub_name(&name) {
            return Err(Error::HubName { name });
        }
        // The limit of the Dedicated tier; see `Builder::tier`.
        if !(1..=1024).contains(&count) {
            return Err(Error::PartitionCount { hub: name, count });
        }
        let own = rules.extract_if(.., |(hub, _)| hub.eq_ignore_ascii_case(&name));
        let own = distinct(own.map(|(_, rule)| rule).collect())?;
        let hub = Arc::new(Hub::new(name.clone(), count, Settings::of(own), retention, now));
        if hubs.insert(name.to_ascii_lowercase(), hub).is_some() {
            return Err(Error::DuplicateHub { name });
        }
    }
    // What `extract_if` left belongs to no hub.
    match rules.pop() {
        _ if hubs.is_empty() => Err(Error::NoHub),
        Some((name, _)) => Err(Error::UnknownHub { name }),
        None => Ok(hubs),
    }
}

/// The rules, if no two have the same name.
fn distinct(rules: Vec<AuthorizationRule>) -> Result<Vec<AuthorizationRule>, Error> {
    let mut names = BTreeSet::new();
    match rules.iter().find(|it| !names.insert(it.name())) {
        Some(rule) => Err(Error::DuplicateRule { name: rule.name().to_owned() }),
        None => Ok(rules),
    }
}
