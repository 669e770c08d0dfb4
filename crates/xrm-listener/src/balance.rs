//! The rule by which listeners divide the partitions of a stream among themselves.
//!
//! Each listener decides for itself, once an interval, from what the store shows: the listeners that
//! announced themselves, and who owns which partition. All of them compute the same *plan* from the same
//! facts, so they do not compete for partitions:
//!
//! 1. Each listener is entitled to the number of partitions divided by that of listeners; the remainder is
//!    one more for some of them: first for those who own more already, then by name.
//! 2. A listener keeps what it owns, up to what it is entitled to. So nothing moves once the division is
//!    even.
//! 3. What remains goes to the listeners that have less, in order.
//!
//! A partition moves cooperatively: its owner sees in the plan that it is another's, finishes the event at
//! hand, records a checkpoint and releases it; the new owner claims it in its next interval. A claim of a
//! partition whose owner does not release it within two intervals displaces the owner. So the division is
//! even within three intervals after a listener joined or left, or after the lease of one that crashed ended.
//!
//! Microsoft's clients pick partitions at random and take them from each other without asking, one per
//! interval by default; with them in a group, the rule still converges, because what they take is not taken
//! back unless the division is uneven.
//!
//! ```
//! use std::time::Duration;
//! use xrm_listener::Ownership;
//! use xrm_listener::balance::{Balancer, Snapshot};
//!
//! let mut balancer = Balancer::new("a");
//! let actions = balancer.decide(&Snapshot {
//!     partitions: &["0".into(), "1".into()],
//!     listeners: &["a".into(), "b".into()],
//!     ownerships: &[Ownership::new("0", None, "7", Duration::ZERO)],
//!     lease: Duration::from_secs(30),
//! });
//! assert_eq!(actions.claim, ["0"]);
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use crate::store::Ownership;

/// The number of intervals that a listener waits for a partition to be released, before it displaces the
/// owner. With the one in which it decides to wait and the one in which it claims, these are the three of
/// the rule.
const PATIENCE: u32 = 2;

/// What a store shows of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// All partitions.
    pub partitions: &'a [String],
    /// The listeners that announced themselves lately.
    pub listeners: &'a [String],
    /// The ownerships of the partitions.
    pub ownerships: &'a [Ownership],
    /// The time for which an ownership holds after it was claimed.
    pub lease: Duration,
}

/// What a listener does in an interval. Partitions that are in neither list and that it owns are renewed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actions {
    /// The partitions to claim.
    pub claim: Vec<String>,
    /// The partitions to release, after their event at hand.
    pub release: Vec<String>,
}

/// Decides for one listener.
#[derive(Clone, Debug)]
pub struct Balancer {
    listener: String,
    /// For how many intervals it has waited for a partition to be released.
    waits: BTreeMap<String, u32>,
}

impl Balancer {
    /// A balancer for the listener of this name.
    #[must_use]
    pub fn new(listener: impl Into<String>) -> Self {
        Self { listener: listener.into(), waits: BTreeMap::new() }
    }

    /// Decides what to do in this interval.
    pub fn decide(&mut self, snapshot: &Snapshot<'_>) -> Actions {
        let owners = owners(snapshot, &self.listener);
        let plan = plan(snapshot, &owners, &self.listener);
        let mut actions = Actions::default();
        let mut waits = BTreeMap::new();
        for (partition, planned) in plan {
            let is_mine = planned == self.listener;
            match owners.get(partition) {
                Some(owner) if *owner == self.listener && !is_mine => {
                    actions.release.push(partition.to_owned());
                }
                Some(owner) if *owner != self.listener && is_mine => {
                    let waited = self.waits.get(partition).copied().unwrap_or(0) + 1;
                    if waited > PATIENCE {
                        actions.claim.push(partition.to_owned());
                    }
                    waits.insert(partition.to_owned(), waited);
                }
                None if is_mine => actions.claim.push(partition.to_owned()),
                _ => {}
            }
        }
        self.waits = waits;
        actions
    }
}

/// Who owns each partition that is owned, by a lease that holds, by a listener that is there.
fn owners<'a>(snapshot: &Snapshot<'a>, me: &'a str) -> BTreeMap<&'a str, &'a str> {
    let is_there = |owner: &str| owner == me || snapshot.listeners.iter().any(|it| it == owner);
    let held = snapshot.ownerships.iter().filter(|it| it.age <= snapshot.lease);
    let owned = held.filter_map(|it| Some((&*it.partition, it.owner.as_deref()?)));
    owned.filter(|(_, owner)| is_there(owner)).collect()
}

/// Who should own each partition.
fn plan<'a>(
    snapshot: &Snapshot<'a>,
    owners: &BTreeMap<&'a str, &'a str>,
    me: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut listeners: BTreeMap<&str, usize> =
        snapshot.listeners.iter().map(|it| (&**it, 0)).chain([(me, 0)]).collect();
    let owner_of = |partition: &String| owners.get(&**partition).copied();
    for owner in snapshot.partitions.iter().filter_map(owner_of) {
        *listeners.entry(owner).or_default() += 1;
    }
    let (each, remainder) =
        (snapshot.partitions.len() / listeners.len(), snapshot.partitions.len() % listeners.len());
    let mut by_rank: Vec<_> = listeners.into_iter().collect();
    // Those who own more first, so that the remainder stays where it is; then by name, since the sort is
    // stable. Not by the number that they own: it changes while they claim, and then two of them compute
    // different plans.
    by_rank.sort_by_key(|(_, count)| *count <= each);
    let mut room: Vec<(&str, usize)> = by_rank
        .into_iter()
        .enumerate()
        .map(|(rank, (name, _))| (name, each + usize::from(rank < remainder)))
        .collect();

    let mut plan = BTreeMap::new();
    for partition in snapshot.partitions {
        let owner = owner_of(partition);
        let kept = room.iter_mut().find(|(name, left)| Some(*name) == owner && *left > 0);
        if let Some((name, left)) = kept {
            *left -= 1;
            plan.insert(&**partition, *name);
        }
    }
    room.sort_unstable();
    for partition in snapshot.partitions {
        if !plan.contains_key(&**partition)
            && let Some((name, left)) = room.iter_mut().find(|(_, left)| *left > 0)
        {
            *left -= 1;
            plan.insert(&**partition, *name);
        }
    }
    // In the order of the partitions, which the store may not know.
    snapshot.partitions.iter().filter_map(|it| plan.get(&**it).map(|name| (&**it, *name))).collect()
}
