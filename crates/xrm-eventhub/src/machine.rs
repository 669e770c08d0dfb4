//! What is asked of the machine unless the application gives it: time, randomness, a name.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The time of the system's clock.
#[expect(clippy::disallowed_methods, reason = "the default of `PublisherBuilder::clock`")]
pub(crate) fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

/// The system's randomness: a random UUID, of whose bits 122 are random.
#[expect(clippy::disallowed_methods, reason = "the default of `PublisherBuilder::randomness`")]
pub(crate) fn random() -> u128 {
    Uuid::new_v4().as_u128()
}

/// A name that no other publisher has.
pub(crate) fn host_id() -> String {
    format!("xrm-eventhub-{}-{:08x}", std::process::id(), random() as u32)
}
