use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Error;
use crate::resource::Resource;
use crate::signer::Signer;
use crate::token::Token;

/// A source of tokens for one resource that signs a token, returns it until shortly before it
/// expires, and then signs the next.
///
/// Any number of threads share it by reference: they read a fresh token without waiting for each
/// other, and one signature is made per lifetime.
///
/// ```
/// use std::sync::Arc;
/// use azure_sas::{Renewal, Resource, SharedAccessKey, Signer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let signer = Signer::new("send", &SharedAccessKey::new("c2VjcmV0")?)?;
/// let hub = Resource::new("https://contoso.servicebus.windows.net/orders")?;
/// let renewal = Renewal::new(signer, hub, Renewal::LIFETIME, Renewal::MARGIN)?;
///
/// let first = renewal.token_at("2026-01-01T12:00:00Z".parse()?);
/// assert_eq!(first.expires().to_string(), "2026-01-01 13:00:00 UTC");
/// assert!(Arc::ptr_eq(&first, &renewal.token_at("2026-01-01T12:53:59Z".parse()?)));
/// assert!(!Arc::ptr_eq(&first, &renewal.token_at("2026-01-01T12:54:00Z".parse()?)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Renewal {
    signer: Signer,
    resource: Resource,
    lifetime: TimeDelta,
    margin: TimeDelta,
    current: RwLock<Option<Arc<Token>>>,
}

impl Renewal {
    /// The usual lifetime of a token: an hour, as in the Azure SDKs for Python, JavaScript and Rust.
    pub const LIFETIME: Duration = Duration::from_secs(60 * 60);

    /// The usual time before its expiry at which a token is replaced: a tenth of
    /// [`LIFETIME`](Self::LIFETIME), as in the Azure SDK for Python.
    pub const MARGIN: Duration = Duration::from_secs(6 * 60);

    /// Tokens of `signer` for `resource` that live for `lifetime` and are replaced `margin` before
    /// they expire, both in whole seconds.
    ///
    /// # Errors
    ///
    /// [`Error::Lifetime`] unless `lifetime` is a second or more and longer than `margin`.
    pub fn new(
        signer: Signer,
        resource: Resource,
        lifetime: Duration,
        margin: Duration,
    ) -> Result<Self, Error> {
        // Before they are capped, which makes all that is longer than chrono knows the same.
        if lifetime.as_secs() <= margin.as_secs() {
            return Err(Error::Lifetime);
        }
        let [lifetime, margin] = [lifetime, margin].map(whole_seconds);
        Ok(Self { signer, resource, lifetime, margin, current: RwLock::new(None) })
    }

    /// Tokens with the usual lifetime and margin.
    pub(crate) fn with_defaults(signer: Signer, resource: Resource) -> Self {
        Self::new(signer, resource, Self::LIFETIME, Self::MARGIN)
            .expect("the usual lifetime is longer than its margin")
    }

    /// Returns a token that is valid at `now`, and for the margin after.
    ///
    /// If the clock was set back by more than the margin, this is a new token, because the present
    /// one would outlive its lifetime.
    pub fn token_at(&self, now: DateTime<Utc>) -> Arc<Token> {
        // A read lock for the usual case, so that senders do not wait for each other. A lock that a
        // panic left poisoned still holds a whole token or none.
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        match current.filter(|token| self.is_fresh(token, now)) {
            Some(token) => token,
            None => self.renewed_at(now),
        }
    }

    /// Whether this renewal signed `token`, found out by signing it again.
    pub(crate) fn has_signed(&self, token: &Token) -> bool {
        let again = self.signer.sign(&self.resource, token.expires());
        again.authorization() == token.authorization()
    }

    fn renewed_at(&self, now: DateTime<Utc>) -> Arc<Token> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have renewed it while this one waited.
        if let Some(token) = current.as_ref().filter(|token| self.is_fresh(token, now)) {
            return Arc::clone(token);
        }
        let expires = now.checked_add_signed(self.lifetime).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let token = Arc::new(self.signer.sign(&self.resource, expires));
        *current = Some(Arc::clone(&token));
        token
    }

    fn is_fresh(&self, token: &Token, now: DateTime<Utc>) -> bool {
        // A token that lives for longer than it should was signed by a clock that was ahead since:
        // after that clock is set right, the service may find it too long. The difference of two
        // times always fits, where a sum may not.
        let left = token.expires() - now;
        self.margin < left && left - self.margin <= self.lifetime
    }
}

fn whole_seconds(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(Duration::from_secs(duration.as_secs())).unwrap_or(TimeDelta::MAX)
}
