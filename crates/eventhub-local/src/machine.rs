//! The two things that are asked of the machine unless the caller gives them.

use azure_sas::SharedAccessKey;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The time of the system's clock.
#[expect(clippy::disallowed_methods, reason = "the default of `Builder::clock`")]
pub(crate) fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

/// A key made of the system's randomness.
pub(crate) fn random_key() -> SharedAccessKey {
    key_from_bytes(random_bytes())
}

/// A key as Azure makes one of random bytes: their base64.
pub(crate) fn key_from_bytes(random: [u8; 32]) -> SharedAccessKey {
    SharedAccessKey::new(STANDARD.encode(random)).expect("base64 is printable and not empty")
}

/// 32 bytes of the system's randomness, 244 bits of them random.
#[expect(clippy::disallowed_methods, reason = "for keys that nobody gave")]
fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    let (left, right) = bytes.split_at_mut(16);
    left.copy_from_slice(Uuid::new_v4().as_bytes());
    right.copy_from_slice(Uuid::new_v4().as_bytes());
    bytes
}
