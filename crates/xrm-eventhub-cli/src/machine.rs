//! The clock and the randomness of the machine.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The time of the system's clock.
#[expect(clippy::disallowed_methods, reason = "the process's one clock")]
pub(crate) fn time() -> DateTime<Utc> {
    // Not `Utc::now`, which is a feature of chrono that no crate here builds.
    SystemTime::now().into()
}

/// A new id.
#[expect(clippy::disallowed_methods, reason = "the process's one source of randomness")]
pub(crate) fn random_id() -> Uuid {
    Uuid::new_v4()
}

/// The randomness of two keys. Of the 256 bits of each key, 244 are random: the others are the
/// version and the variant of the UUIDs that they are taken from, which saves a dependency on a
/// generator.
pub(crate) fn random_keys() -> [u8; 64] {
    let mut bytes = [0; 64];
    for chunk in bytes.chunks_exact_mut(16) {
        chunk.copy_from_slice(random_id().as_bytes());
    }
    bytes
}
