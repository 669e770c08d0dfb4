//! The settings of a local hub, before it runs.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;
use std::{fmt, iter};

use azure_sas::SharedAccessKey;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpListener;

use crate::error::Error;
use crate::log::Retention;
use crate::machine;
use crate::namespace::{Clock, Namespace, OnFirstDrop};
use crate::rule::{AccessRight, AuthorizationRule};
use crate::server::LocalEventHub;
use crate::starting::{Earlier, Named, Started, distinct};
use crate::tier::Tier;
use crate::tls::{Encryption, Identity, Tls};

/// The name of the policy that every namespace has.
const KEY_NAME: &str = "RootManageSharedAccessKey";

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
    key_name: Option<String>,
    key: Option<SharedAccessKey>,
    secondary_key: Option<SharedAccessKey>,
    rules: Vec<AuthorizationRule>,
    hub_rules: Vec<(String, AuthorizationRule)>,
    groups: Vec<(String, String)>,
    clock: Clock,
    tier: Tier,
    max_body_bytes: Option<usize>,
    retention: Retention,
    retention_age: Option<Duration>,
    mixed_keys: bool,
    on_first_drop: OnFirstDrop,
    body_timeout: Duration,
    amqp: Option<SocketAddr>,
    tls: Option<Tls>,
    data: Option<PathBuf>,
    fsync: bool,
    remote: bool,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            hubs: Vec::new(),
            key_name: None,
            key: None,
            secondary_key: None,
            rules: Vec::new(),
            hub_rules: Vec::new(),
            groups: Vec::new(),
            clock: Arc::new(machine::now),
            tier: Tier::default(),
            max_body_bytes: None,
            // Enough for any test, and little enough for a machine that runs several local hubs for
            // days. Bytes are what bounds memory; events bound what a listener has to read.
            retention: Retention { events_per_partition: 10_000, bytes: 256 << 20, age: None },
            retention_age: None,
            mixed_keys: false,
            on_first_drop: Arc::new(|_| {}),
            body_timeout: Duration::from_secs(60),
            amqp: None,
            tls: None,
            data: None,
            fsync: false,
            remote: false,
        }
    }

    /// Adds an event hub with so many partitions, 1 to 1024. At least one is needed, unless the
    /// [data](Self::data) has one.
    pub fn hub(mut self, name: impl Into<String>, partitions: u32) -> Self {
        self.hubs.push((name.into(), partitions));
        self
    }

    /// The name of the shared access policy that [connection
    /// strings](LocalEventHub::connection_string) hold. It may manage every hub, send to it and
    /// listen to it. By default, this is `RootManageSharedAccessKey`, the
    /// name of the one that every namespace has.
    pub fn key_name(mut self, name: impl Into<String>) -> Self {
        self.key_name = Some(name.into());
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

    /// Adds a consumer group to a hub, beside `$Default`, which every hub has. One that the
    /// [data](Self::data) has already stays as it is.
    ///
    /// ```
    /// use eventhub_local::LocalEventHub;
    ///
    /// let builder = LocalEventHub::builder().hub("accounts", 4).consumer_group("accounts", "audit");
    /// # drop(builder);
    /// ```
    pub fn consumer_group(mut self, hub: impl Into<String>, name: impl Into<String>) -> Self {
        self.groups.push((hub.into(), name.into()));
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

    /// How long events are kept, from their enqueued time on. They are dropped some seconds later at the
    /// latest (a tenth of this time, from 100 ms to 10 s), by the [clock](Self::clock) of the local hub. By
    /// default, events are dropped by their number and size alone. What management sets and shows as
    /// `MessageRetentionInDays` has no effect.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use eventhub_local::LocalEventHub;
    ///
    /// let one_day = Duration::from_secs(24 * 60 * 60);
    /// let builder = LocalEventHub::builder().hub("accounts", 4).retention(one_day);
    /// # drop(builder);
    /// ```
    pub fn retention(mut self, age: Duration) -> Self {
        self.retention_age = Some(age);
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

    /// Encrypts the connections of both doors. Connection strings then have no
    /// `UseDevelopmentEmulator=true`, so that clients encrypt too; clients must trust the
    /// [certificate](LocalEventHub::certificate_pem). By default, connections are in plain text.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Keeps hubs, shared access policies, consumer groups and events in a folder, which is created if it
    /// is missing. The next local hub with the same folder goes on from there: with the same events,
    /// sequence numbers, offsets and keys. By default, everything is in memory alone.
    ///
    /// A send is acknowledged after its events were written to a file. So what was acknowledged outlives
    /// the process, however it ends; to outlive a crash of the machine too, it needs [`fsync`](Self::fsync).
    /// Hubs and keys that the folder has need not be given again; a hub that is given must have the number
    /// of partitions that it has there, and a key that is given takes the place of the old one. The files
    /// are for their owner alone, because they hold keys and events in plain text.
    ///
    /// Events are in memory too, so the limits of the memory are those of the folder; files take about
    /// twice the bytes of the events that are held, and 8 MiB more for each hub.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let loopback = ([127, 0, 0, 1], 0);
    /// let first = LocalEventHub::builder().hub("accounts", 4).data(folder.path());
    /// let first = first.serve(loopback).await?;
    /// let key = first.connection_string("accounts")?.key().cloned();
    /// first.shutdown().await;
    ///
    /// let second = LocalEventHub::builder().data(folder.path()).serve(loopback).await?;
    /// assert_eq!(second.connection_string("accounts")?.key().cloned(), key);
    /// # Ok(())
    /// # }
    /// ```
    pub fn data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }

    /// Waits for the disk (`fsync`) before a send is acknowledged, so that what was acknowledged outlives
    /// a crash of the machine and a loss of power. Each send, and each delivery over AMQP, then waits
    /// for a write of its own. It has no effect without [`data`](Self::data). By default, this is off.
    pub fn fsync(mut self) -> Self {
        self.fsync = true;
        self
    }

    /// Allows addresses that other machines can reach. They still need a token to send, which
    /// travels in plain text without [TLS](Self::tls), and the `$local` routes stay closed to them. By default, only loopback
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
    /// [`Error::DuplicateRule`], [`Error::ConsumerGroupName`], and [`Error::UnknownHub`] for a policy or a
    /// consumer group of a hub that is not added;
    /// a wrong address: [`Error::NotLoopback`], [`Error::Listen`]; [`Error::Certificate`]; a [folder](Self::data) that can't be
    /// used: [`Error::Data`], [`Error::DataInUse`], [`Error::DataDamaged`],
    /// [`Error::KeptPartitionCount`].
    pub async fn serve(self, address: impl Into<SocketAddr>) -> Result<LocalEventHub, Error> {
        let (address, amqp) = (address.into(), self.amqp);
        let remote = [Some(address), amqp].into_iter().flatten().find(|it| !it.ip().is_loopback());
        match remote {
            Some(address) if !self.remote => return Err(Error::NotLoopback { address }),
            _ => {}
        }
        let body_timeout = self.body_timeout;
        let addresses: Vec<_> = [Some(address), amqp].into_iter().flatten().collect();
        let (namespace, identity) = self.namespace_for(&addresses)?;
        let tls = identity.map(Encryption::new).transpose()?;
        let rest = listen(address).await?;
        let amqp = match amqp {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Ok(LocalEventHub::start(namespace, rest, amqp, tls, body_timeout))
    }

    #[cfg(any(test, fuzzing))]
    pub(crate) fn namespace(self) -> Result<Namespace, Error> {
        Ok(self.namespace_for(&[])?.0)
    }

    /// The namespace, and the certificate for these addresses.
    fn namespace_for(
        self,
        addresses: &[SocketAddr],
    ) -> Result<(Namespace, Option<Identity>), Error> {
        let age = self.retention_age.map(TimeDelta::from_std).transpose();
        let age = age.map_err(|_| Error::Retention)?;
        let (retention, fsync) = (Retention { age, ..self.retention }, self.fsync);
        let keeps_nothing = age.is_some_and(|it| it.is_zero());
        if keeps_nothing || retention.events_per_partition == 0 || retention.bytes == 0 {
            return Err(Error::Retention);
        }
        let earlier = self.data.as_deref().map(|it| Earlier::open(it, retention, fsync));
        let earlier = earlier.transpose()?;
        let kept_identity = earlier.as_ref().and_then(|it| it.identity.clone());
        let identity = self.tls.map(|it| it.identity(addresses, kept_identity.clone()));
        let identity = identity.transpose()?;
        let kept_root = earlier.as_ref().and_then(|it| it.root.as_ref());
        // Random keys by default: a fixed one would end up in configurations that reach Azure.
        let key = self.key.or_else(|| kept_root.map(|it| it.primary_key().clone()));
        let secondary_key =
            self.secondary_key.or_else(|| kept_root.map(|it| it.secondary_key().clone()));
        let key_name = self.key_name.or_else(|| kept_root.map(|it| it.name().to_owned()));
        let root = AuthorizationRule::new(
            key_name.unwrap_or_else(|| KEY_NAME.to_owned()),
            [AccessRight::Manage],
            key.unwrap_or_else(machine::random_key),
            secondary_key.unwrap_or_else(machine::random_key),
        )?;
        if let Some(earlier) = &earlier {
            earlier.begin(&root)?;
        }
        let rules = distinct(iter::once(root).chain(self.rules).collect())?;
        let mut limits = self.tier.limits();
        limits.max_body_bytes = self.max_body_bytes.unwrap_or(limits.max_body_bytes);
        limits.max_message_bytes = self.max_body_bytes.unwrap_or(limits.max_message_bytes);
        let named =
            Named { hubs: self.hubs, rules: self.hub_rules, groups: self.groups, retention };
        // Asked once, so that all hubs of the start were created at the same time.
        let Started { hubs, kept, torn_tails } = named.start(earlier, (self.clock)())?;
        let namespace = Namespace {
            rules: rules.into(),
            hubs: RwLock::new(hubs),
            clock: self.clock,
            limits,
            scheme: if identity.is_some() { "https" } else { "http" },
            // One that was given is not ours to keep.
            identity: identity.clone().filter(|it| !it.names.is_empty()).or(kept_identity),
            retention,
            mixed_keys: self.mixed_keys,
            on_first_drop: self.on_first_drop,
            requests: AtomicU64::new(0),
            kept: kept.map(Mutex::new),
            torn_tails,
        };
        namespace.save_all()?;
        Ok((namespace, identity))
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
