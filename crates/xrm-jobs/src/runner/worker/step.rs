//! What a worker waits for.

use std::time::Duration;

use super::look::Found;
use super::settle::Settled;

/// Something that has ended.
pub(super) enum Step {
    /// A look for work.
    Looked(Result<Found, crate::Error>),
    /// A request, and the recording of its outcomes.
    Settled(Settled),
    /// The renewal of leases.
    Renewed,
    /// A count of the backlog.
    Counted,
}

/// The shortest time between two of what is done again and again.
pub(super) const SHORTEST: Duration = Duration::from_millis(10);

/// Longer than a process lasts.
pub(super) const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
