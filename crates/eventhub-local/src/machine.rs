//! The two things that are asked of the machine unless the caller gives them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The time of the system's clock.
#[expect(clippy::disallowed_methods, reason = "the default of `Builder::clock`")]
pub(crate) fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

/// 32 bytes of the system's randomness, 244 bits of them random.
#[expect(clippy::disallowed_methods, reason = "the default of `Builder::key`")]
pub(crate) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    let (left, right) = bytes.split_at_mut(16);
    left.copy_from_slice(Uuid::new_v4().as_bytes());
    right.copy_from_slice(Uuid::new_v4().as_bytes());
    bytes
}
