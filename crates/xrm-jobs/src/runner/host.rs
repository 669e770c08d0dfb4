//! The process that runs jobs: its name, its clock and its randomness.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A source of the time. Closures are clocks.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}

impl<F: Fn() -> DateTime<Utc> + Send + Sync> Clock for F {
    fn now(&self) -> DateTime<Utc> {
        self()
    }
}

/// A source of random numbers. Closures are sources of randomness.
pub trait Randomness: Send + Sync {
    /// 128 random bits.
    fn bits(&self) -> u128;
}

impl<F: Fn() -> u128 + Send + Sync> Randomness for F {
    fn bits(&self) -> u128 {
        self()
    }
}

/// The process that runs jobs: its name, its clock and its randomness. Cloning it is cheap.
///
/// ```
/// use chrono::DateTime;
/// use xrm_jobs::runner::Host;
///
/// let host = Host::new("worker-1", || DateTime::UNIX_EPOCH, || 42);
/// assert_eq!(host.id(), "worker-1");
/// assert_eq!(host.now(), DateTime::UNIX_EPOCH);
/// ```
#[derive(Clone)]
#[must_use]
pub struct Host {
    id: Arc<str>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl Host {
    /// A process of this name (`hostid` of its jobs).
    ///
    /// No two processes that work on the same jobs may have the same name: by it, a worker
    /// recognizes the attempts that are its own.
    pub fn new(
        id: impl Into<Arc<str>>,
        clock: impl Clock + 'static,
        randomness: impl Randomness + 'static,
    ) -> Self {
        Self { id: id.into(), clock: Arc::new(clock), randomness: Arc::new(randomness) }
    }

    /// The same with another name.
    pub fn with_id(self, id: impl Into<Arc<str>>) -> Self {
        Self { id: id.into(), ..self }
    }

    /// The same with another clock.
    pub fn with_clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// The same with another source of randomness.
    pub fn with_randomness(self, randomness: impl Randomness + 'static) -> Self {
        Self { randomness: Arc::new(randomness), ..self }
    }

    /// The name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A new random UUID.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.randomness.bits().to_be_bytes()).into_uuid()
    }

    /// 64 random bits, for the jitter of a delay.
    #[must_use]
    pub fn jitter(&self) -> u64 {
        let bits = self.randomness.bits();
        // A random UUID, which is what machines have for randomness, has fixed bits. They are in
        // different places of its halves, so all bits of their difference are random.
        (bits >> 64) as u64 ^ bits as u64
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("id", &self.id).finish_non_exhaustive()
    }
}
