//! The receivers of a hub: who may receive from a partition for a consumer group, and who is displaced.
//!
//! A receiver with an owner level (`com.microsoft:epoch`) displaces those without, and those with a
//! level that is not higher. Without levels, five may receive
//! ([Event Hubs quotas and limits](https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)).

use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::amqp::failure::{Failure, RESOURCE_LIMIT, STOLEN};
use crate::hub::{Hub, lock};

/// How many receivers without an owner level a partition has at most, per consumer group.
const MAX_RECEIVERS: usize = 5;

/// Where a receiver reads, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) partition: u32,
    /// In lower case: names of consumer groups have none.
    pub(crate) group: String,
    /// The owner level, if the receiver has one.
    pub(crate) epoch: Option<i64>,
    /// The name that the client gave the receiver.
    pub(crate) name: Option<String>,
}

/// All receivers of a hub.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    next: u64,
    taken: Vec<Taken>,
}

#[derive(Debug)]
struct Taken {
    id: u64,
    claim: Claim,
    wake: Arc<Notify>,
    displaced: Arc<Mutex<Option<Failure>>>,
}

/// The seat of a receiver, which is free again when this is dropped.
pub(crate) struct Seat {
    hub: Arc<Hub>,
    id: u64,
    displaced: Arc<Mutex<Option<Failure>>>,
}

impl Seats {
    /// Gives a claim its seat, and takes it from those whom the claim displaces. `wake` is notified
    /// when that happens to this one, and when events arrive.
    pub(crate) fn take(hub: &Arc<Hub>, claim: Claim, wake: &Arc<Notify>) -> Result<Seat, Failure> {
        let mut seats = hub.seats();
        let rivals =
            |it: &Taken| (it.claim.partition, &*it.claim.group) == (claim.partition, &*claim.group);
        let highest =
            seats.taken.iter().filter(|it| rivals(it)).filter_map(|it| it.claim.epoch).max();
        match (claim.epoch, highest) {
            (None, Some(level)) => return Err(epoch_in_use(level)),
            (Some(new), Some(level)) if new < level => return Err(outranked(&claim, new, level)),
            (None, None) => {
                let names = seats.taken.iter().filter(|it| rivals(it)).map(|it| name(&it.claim));
                let names: Vec<_> = names.collect();
                if names.len() >= MAX_RECEIVERS {
                    return Err(too_many(&names));
                }
            }
            (Some(new), _) => {
                for rival in seats.taken.extract_if(.., |it| rivals(it)) {
                    *lock(&rival.displaced) = Some(displaced(&claim, new, &rival.claim));
                    rival.wake.notify_one();
                }
            }
        }
        let id = seats.next;
        seats.next += 1;
        let displaced = Arc::default();
        let seat = Seat { hub: Arc::clone(hub), id, displaced: Arc::clone(&displaced) };
        seats.taken.push(Taken { id, claim, wake: Arc::clone(wake), displaced });
        Ok(seat)
    }

    /// Wakes the receivers of these partitions, or all.
    pub(crate) fn wake(&self, partitions: Option<&[u32]>) {
        let is_one = |it: &&Taken| partitions.is_none_or(|all| all.contains(&it.claim.partition));
        self.taken.iter().filter(is_one).for_each(|it| it.wake.notify_one());
    }
}

impl Seat {
    /// Why the receiver lost the seat, if it did.
    pub(crate) fn displaced(&self) -> Option<Failure> {
        lock(&self.displaced).clone()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.seats().taken.retain(|it| it.id != self.id);
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The service's word for a receiver without a name is `nil`.
fn name(claim: &Claim) -> String {
    claim.name.clone().unwrap_or_else(|| "nil".to_owned())
}

/// Captured.
fn epoch_in_use(level: i64) -> Failure {
    Failure::new(
        STOLEN,
        format!(
            "At least one receiver for the endpoint is created with epoch of '{level}', and so \
             non-epoch receiver is not allowed. Either reconnect with a higher epoch, or make sure \
             all epoch receivers are closed or disconnected.",
        ),
    )
}

/// In the words of the service for a receiver that loses its place.
fn outranked(claim: &Claim, new: i64, level: i64) -> Failure {
    Failure::new(
        STOLEN,
        format!(
            "Receiver '{}' with epoch '{new}' cannot be created because a receiver with a higher \
             epoch of '{level}' exists. Make sure a higher epoch is used.",
            name(claim),
        ),
    )
}

/// Captured.
fn displaced(by: &Claim, new: i64, rival: &Claim) -> Failure {
    let level = rival.epoch.map_or_else(|| "nil".to_owned(), |it| it.to_string());
    Failure::new(
        STOLEN,
        format!(
            "New receiver '{}' with higher epoch of '{new}' is created hence current receiver '{}' \
             with epoch '{level}' is getting disconnected. If you are recreating the receiver, make \
             sure a higher epoch is used.",
            name(by),
            name(rival),
        ),
    )
}

/// Captured.
fn too_many(names: &[String]) -> Failure {
    Failure::new(
        RESOURCE_LIMIT,
        format!(
            "Exceeded the maximum number of allowed receivers per partition in a consumer group \
             which is {MAX_RECEIVERS}. List of connected receivers - {}.",
            names.join(", "),
        ),
    )
}
