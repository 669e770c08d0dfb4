//! What is asked of the machine unless the application gives it: time, randomness, a name.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use xrm_jobs::runner::Host;

/// This process with the system's clock and randomness, by a name that no other process has:
/// `xrm-eventhub-`, the number of the process and a random number. It is the host of a publisher or
/// a solution that is given none.
///
/// ```
/// use chrono::DateTime;
/// use xrm_eventhub::system_host;
///
/// let host = system_host().with_clock(|| DateTime::UNIX_EPOCH);
/// assert_eq!(host.now(), DateTime::UNIX_EPOCH);
/// assert!(host.id().starts_with("xrm-eventhub-"));
/// ```
pub fn system_host() -> Host {
    // The number of the process is not enough: in a container, it is 1 each time.
    let id = format!("xrm-eventhub-{}-{:08x}", std::process::id(), random() as u32);
    Host::new(id, now, random)
}

#[expect(clippy::disallowed_methods, reason = "the clock of a host that was given none")]
fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

/// A random UUID, of whose bits 122 are random.
#[expect(clippy::disallowed_methods, reason = "the randomness of a host that was given none")]
fn random() -> u128 {
    Uuid::new_v4().as_u128()
}
