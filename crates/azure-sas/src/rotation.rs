use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};

use crate::credential::{TokenCredential, TokenFuture, ready};
use crate::renewal::Renewal;
use crate::token::Token;

/// Tokens of a policy's primary key, or of its secondary key while the primary one is refused.
///
/// A policy has two keys so that either can be replaced while the other works. This credential
/// signs with one of them, at first the primary, until the service refuses a signature; from then
/// on it signs with the other, until that one is refused.
///
/// ```
/// use azure_sas::{KeyRotation, Renewal, Resource, SharedAccessKey, Signer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hub = Resource::new("https://contoso.servicebus.windows.net/orders")?;
/// let renewal = |key: &str| {
///     let signer = Signer::new("send", &SharedAccessKey::new(key)?)?;
///     Renewal::new(signer, hub.clone(), Renewal::LIFETIME, Renewal::MARGIN)
/// };
/// let keys = KeyRotation::new(renewal("cHJpbWFyeQ==")?, renewal("c2Vjb25kYXJ5")?);
///
/// let now = "2026-01-01T12:00:00Z".parse()?;
/// let first = keys.token_at(now);
/// assert!(keys.signature_refused(&first));
/// let second = keys.token_at(now);
/// assert_ne!(first.authorization(), second.authorization());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KeyRotation {
    renewals: [Renewal; 2],
    current: AtomicUsize,
}

impl KeyRotation {
    /// Tokens of `primary`, and of `secondary` once those are refused.
    pub fn new(primary: Renewal, secondary: Renewal) -> Self {
        Self { renewals: [primary, secondary], current: AtomicUsize::new(0) }
    }

    /// Returns a token of the key in use, valid at `now`.
    pub fn token_at(&self, now: DateTime<Utc>) -> Arc<Token> {
        let [primary, secondary] = &self.renewals;
        let renewal = if self.is_primary() { primary } else { secondary };
        renewal.token_at(now)
    }

    /// Records that the service refused the signature of `token`: if its key is the one in use, the
    /// other one is used from now on. Returns whether another key than that of `token` is in use
    /// now, and so another attempt is worth a try.
    ///
    /// If the service refuses both keys, each refusal changes the key: the caller has to stop after
    /// the second.
    pub fn signature_refused(&self, token: &Token) -> bool {
        // Decided by the token and not by the key in use: with many requests under way, refusals of the
        // first key come in when the second is in use already, and must not change back.
        let Some(refused) = self.renewals.iter().position(|it| it.has_signed(token)) else {
            return false;
        };
        // Where another thread was faster, the key has been changed already.
        let other = 1 - refused;
        // Relaxed suffices: the index guards no other memory, each renewal has a lock of its own.
        let _ = self.current.compare_exchange(refused, other, Ordering::Relaxed, Ordering::Relaxed);
        true
    }

    /// Whether the primary key is the one in use.
    pub fn is_primary(&self) -> bool {
        self.current.load(Ordering::Relaxed) == 0
    }
}

impl TokenCredential for KeyRotation {
    fn token(&self, now: DateTime<Utc>) -> TokenFuture<'_> {
        ready(Self::token_at(self, now))
    }

    fn signature_refused(&self, token: &Token) -> bool {
        Self::signature_refused(self, token)
    }
}
