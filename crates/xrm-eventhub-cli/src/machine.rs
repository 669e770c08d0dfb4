//! What is asked of the machine: time and randomness.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The time of the system's clock.
#[expect(clippy::disallowed_methods, reason = "the process's one clock")]
pub(crate) fn time() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// A new id.
#[expect(clippy::disallowed_methods, reason = "the process's one source of randomness")]
pub(crate) fn random_id() -> Uuid {
    Uuid::new_v4()
}

/// Two keys' worth of the system's randomness. Of the 256 bits of each key, 244 are random: the
/// others are those by which a UUID tells its version.
#[expect(clippy::disallowed_methods, reason = "the process's one source of randomness")]
pub(crate) fn random_keys() -> [u8; 64] {
    let mut bytes = [0; 64];
    for chunk in bytes.chunks_exact_mut(16) {
        chunk.copy_from_slice(Uuid::new_v4().as_bytes());
    }
    bytes
}
