//! What is asked of the machine unless the application gives it: time, randomness, a name.

use chrono::{DateTime, Utc};
use uuid::Uuid;

#[expect(clippy::disallowed_methods, reason = "the clock of a listener that was given none")]
pub(crate) fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

#[expect(clippy::disallowed_methods, reason = "the randomness of a listener that was given none")]
fn random_id() -> Uuid {
    Uuid::new_v4()
}

/// A number in 0 to 1.
pub(crate) fn random() -> f64 {
    // The last 32 bits of a random UUID are all random.
    f64::from(random_id().as_u128() as u32) / f64::from(u32::MAX)
}

/// A name that no other listener has.
pub(crate) fn listener_name() -> String {
    // The number of the process is not enough: in a container, it is 1 each time.
    format!("xrm-listener-{}-{}", std::process::id(), random_id().simple())
}
