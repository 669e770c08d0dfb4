//! What can be set before the endpoint runs.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use azure_sas::{SharedAccessKey, Signer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;

use crate::authorization::Policy;
use crate::hub::Hub;
use crate::namespace::{Clock, Namespace};
use crate::{Error, LocalEventHub, machine};

/// The largest body of the Standard tier and above: 1 MiB, for an event and a batch alike
/// ([Event Hubs quotas and limits](https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)).
pub const STANDARD_MAX_BODY_BYTES: usize = 1_048_576;

/// The largest body of the Basic tier over HTTP: 320 KiB. The documented limit is 256 KB; this is
/// the number in the service's own answer
/// ([azure-docs#38643](https://github.com/MicrosoftDocs/azure-docs/issues/38643)).
pub const BASIC_MAX_BODY_BYTES: usize = 327_680;

/// Sets up a [`LocalEventHub`].
#[must_use]
#[derive(Clone)]
pub struct Builder {
    hubs: Vec<(String, u32)>,
    key_name: String,
    key: Option<SharedAccessKey>,
    clock: Clock,
    max_body_bytes: usize,
    max_events_per_partition: usize,
    mixed_keys: bool,
    remote: bool,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            hubs: Vec::new(),
            key_name: "RootManageSharedAccessKey".to_owned(),
            key: None,
            clock: Arc::new(machine::now),
            max_body_bytes: STANDARD_MAX_BODY_BYTES,
            max_events_per_partition: 10_000,
            mixed_keys: false,
            remote: false,
        }
    }

    /// Adds a hub with so many partitions, 1 to 1024. One hub at least is needed.
    pub fn hub(mut self, name: impl Into<String>, partitions: u32) -> Self {
        self.hubs.push((name.into(), partitions));
        self
    }

    /// The name of the shared access policy. By default, this is `RootManageSharedAccessKey`, the
    /// name of the one that every namespace has.
    pub fn key_name(mut self, name: impl Into<String>) -> Self {
        self.key_name = name.into();
        self
    }

    /// The key of the policy. By default, this is made of the system's randomness, as
    /// [`key_from_bytes`](Self::key_from_bytes) makes one.
    pub fn key(mut self, key: SharedAccessKey) -> Self {
        self.key = Some(key);
        self
    }

    /// The key of the policy, made of random bytes as Azure makes them: their base64, 44
    /// characters.
    pub fn key_from_bytes(self, random: [u8; 32]) -> Self {
        self.key(shared_access_key(random))
    }

    /// Where the time comes from by which tokens expire and events are stamped. By default, this
    /// is the system's clock.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The largest body, of an event or a batch, in bytes. By default, this is
    /// [`STANDARD_MAX_BODY_BYTES`].
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// How many events each partition holds; beyond that the oldest is dropped, as the service
    /// does after its retention time. By default, this is 10,000.
    pub fn max_events_per_partition(mut self, events: usize) -> Self {
        self.max_events_per_partition = events;
        self
    }

    /// Takes batches whose members name different partition keys, and puts each member where its
    /// own key says. By default, such a batch is refused: over AMQP a batch has one key, and what
    /// the service makes of several over REST is not documented.
    pub fn allow_mixed_partition_keys(mut self) -> Self {
        self.mixed_keys = true;
        self
    }

    /// Serves addresses that other machines can reach, too. They still need a token to send, in
    /// plain text, and the `$local` routes stay closed to them. By default, only loopback
    /// addresses are served.
    pub fn allow_remote(mut self) -> Self {
        self.remote = true;
        self
    }

    /// Starts the endpoint on an address; port 0 finds a free one. It must be called within a
    /// Tokio runtime, on which the endpoint then runs.
    ///
    /// # Errors
    ///
    /// What can't be served: [`Error::NoHub`], [`Error::HubName`], [`Error::DuplicateHub`],
    /// [`Error::PartitionCount`], [`Error::Retention`], [`Error::Policy`],
    /// [`Error::PolicyText`]; and where it can't: [`Error::NotLoopback`], [`Error::Listen`].
    pub async fn serve(self, address: impl Into<SocketAddr>) -> Result<LocalEventHub, Error> {
        let address = address.into();
        if !self.remote && !address.ip().is_loopback() {
            return Err(Error::NotLoopback { address });
        }
        let namespace = self.namespace()?;
        let listen = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(LocalEventHub::start(namespace, listener, address))
    }

    fn namespace(self) -> Result<Namespace, Error> {
        if self.max_events_per_partition == 0 {
            return Err(Error::Retention);
        }
        let hubs = hubs(self.hubs, self.max_events_per_partition)?;
        let key = self.key.unwrap_or_else(|| shared_access_key(machine::random_bytes()));
        Ok(Namespace {
            policy: policy(self.key_name, key)?,
            hubs,
            clock: self.clock,
            max_body_bytes: self.max_body_bytes,
            mixed_keys: self.mixed_keys,
            requests: AtomicU64::new(0),
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("hubs", &self.hubs)
            .field("key_name", &self.key_name)
            .finish_non_exhaustive()
    }
}

fn hubs(named: Vec<(String, u32)>, retention: usize) -> Result<BTreeMap<String, Arc<Hub>>, Error> {
    let mut hubs = BTreeMap::new();
    for (name, count) in named {
        if !is_hub_name(&name) {
            return Err(Error::HubName { name });
        }
        if !(1..=1024).contains(&count) {
            return Err(Error::PartitionCount { hub: name, count });
        }
        let hub = Arc::new(Hub::new(name.clone(), count, retention));
        if hubs.insert(name.to_ascii_lowercase(), hub).is_some() {
            return Err(Error::DuplicateHub { name });
        }
    }
    if hubs.is_empty() { Err(Error::NoHub) } else { Ok(hubs) }
}

/// Letters, digits, `.`, `-` and `_`, a letter or digit at both ends, 256 at most
/// ([Event Hubs quotas and limits](https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)).
fn is_hub_name(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let outer = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    bytes.len() <= 256
        && bytes.iter().copied().all(inner)
        && outer(bytes.first())
        && outer(bytes.last())
}

fn policy(name: String, key: SharedAccessKey) -> Result<Policy, Error> {
    Signer::new(&name, &key).map_err(Error::Policy)?;
    for (part, text) in [("name", name.as_str()), ("key", key.reveal())] {
        if text.contains(';') || text.trim() != text {
            return Err(Error::PolicyText { part });
        }
    }
    Ok(Policy { name, key })
}

fn shared_access_key(random: [u8; 32]) -> SharedAccessKey {
    SharedAccessKey::new(STANDARD.encode(random)).expect("base64 is printable and not empty")
}
