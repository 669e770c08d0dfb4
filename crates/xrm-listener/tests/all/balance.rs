//! The rule of balancing, for groups of listeners that come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use xrm_listener::Ownership;
use xrm_listener::balance::{Actions, Balancer, Snapshot};

const LEASE: u64 = 3;

/// A store and its listeners, in steps of one interval. Ages are counted in steps.
#[derive(Debug, Default)]
struct World {
    partitions: Vec<String>,
    step: u64,
    announced: BTreeMap<String, u64>,
    owned: BTreeMap<String, Owned>,
    listeners: BTreeMap<String, Balancer>,
    moves: usize,
}

#[derive(Clone, Debug)]
struct Owned {
    owner: Option<String>,
    version: u64,
    claimed_in: u64,
}

impl World {
    fn new(partitions: usize) -> Self {
        let partitions = (0..partitions).map(|it| it.to_string()).collect();
        Self { partitions, ..Self::default() }
    }

    fn join(&mut self, name: &str) {
        self.listeners.insert(name.to_owned(), Balancer::new(name));
    }

    /// Ends in order: everything is released.
    fn leave(&mut self, name: &str) {
        self.listeners.remove(name);
        self.announced.remove(name);
        for owned in self.owned.values_mut().filter(|it| it.owner.as_deref() == Some(name)) {
            owned.owner = None;
            owned.version += 1;
        }
    }

    fn crash(&mut self, name: &str) {
        self.listeners.remove(name);
    }

    fn ownerships(&self) -> Vec<Ownership> {
        let ownership = |(partition, it): (&String, &Owned)| {
            let age = Duration::from_secs(self.step - it.claimed_in);
            Ownership::new(&**partition, it.owner.clone(), it.version.to_string(), age)
        };
        self.owned.iter().map(ownership).collect()
    }

    /// One interval: every listener decides once, in an order that differs each time. With `together`, all
    /// of them read the store before the first of them claims anything.
    fn step(&mut self, together: bool) {
        self.step += 1;
        let mut names: Vec<String> = self.listeners.keys().cloned().collect();
        let count = names.len().max(1);
        names.rotate_left(self.step as usize % count);
        let mut decided = Vec::new();
        for name in names.iter().filter(|_| together) {
            self.announced.insert(name.clone(), self.step);
        }
        for name in names {
            self.announced.insert(name.clone(), self.step);
            let (actions, seen) = self.decide(&name);
            if together {
                decided.push((name, actions, seen));
            } else {
                self.act(&name, &actions, &seen);
            }
        }
        for (name, actions, seen) in decided {
            self.act(&name, &actions, &seen);
        }
    }

    fn decide(&mut self, name: &str) -> (Actions, BTreeMap<String, Owned>) {
        let step = self.step;
        self.announced.retain(|_, announced| step - *announced <= LEASE);
        let listeners: Vec<_> = self.announced.keys().cloned().collect();
        let ownerships = self.ownerships();
        let balancer = self.listeners.get_mut(name).expect("it is there");
        let actions = balancer.decide(&Snapshot {
            partitions: &self.partitions,
            listeners: &listeners,
            ownerships: &ownerships,
            lease: Duration::from_secs(LEASE),
        });
        (actions, self.owned.clone())
    }

    fn act(&mut self, name: &str, actions: &Actions, seen: &BTreeMap<String, Owned>) {
        for partition in &actions.claim {
            let current = self.owned.get(partition).map_or(0, |it| it.version);
            if current == seen.get(partition).map_or(0, |it| it.version) {
                self.moves += 1;
                let owned = Owned {
                    owner: Some(name.to_owned()),
                    version: current + 1,
                    claimed_in: self.step,
                };
                self.owned.insert(partition.clone(), owned);
            }
        }
        for (partition, owned) in &mut self.owned {
            if owned.owner.as_deref() != Some(name) {
                continue;
            }
            if actions.release.contains(partition) {
                owned.owner = None;
                owned.version += 1;
            } else {
                owned.version += u64::from(owned.claimed_in != self.step);
                owned.claimed_in = self.step;
            }
        }
    }

    /// Whether every partition is owned by a listener that is there, and the division is even.
    fn is_balanced(&self) -> bool {
        let mut counts: BTreeMap<&str, usize> =
            self.listeners.keys().map(|it| (&**it, 0)).collect();
        for partition in &self.partitions {
            let owner = self.owned.get(partition).and_then(|it| it.owner.as_deref());
            match owner.and_then(|it| counts.get_mut(it)) {
                Some(count) => *count += 1,
                None => return false,
            }
        }
        let counts: BTreeSet<usize> = counts.into_values().collect();
        match (counts.first(), counts.last()) {
            (Some(least), Some(most)) => most - least <= 1,
            _ => true,
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Join(u8),
    Leave(u8),
    Crash(u8),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        3 => (0..12_u8).prop_map(Change::Join),
        1 => (0..12_u8).prop_map(Change::Leave),
        1 => (0..12_u8).prop_map(Change::Crash),
    ];
    prop::collection::vec(change, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Several listeners join, leave and crash at once. Within three intervals, counted from the end of the
    /// leases if some crashed, the division is even; then nothing moves for 120 intervals, which are ten minutes by default.
    #[test]
    fn the_division_is_even_within_three_intervals_and_then_rests(
        partitions in 1..40_usize,
        rounds in prop::collection::vec((changes(), any::<bool>()), 1..5),
    ) {
        let mut world = World::new(partitions);
        world.join("0");
        for (changes, together) in rounds {
            let mut has_crashed = false;
            for change in changes {
                match change {
                    Change::Join(name) => world.join(&name.to_string()),
                    Change::Leave(name) => world.leave(&name.to_string()),
                    Change::Crash(name) => {
                        has_crashed |= world.listeners.contains_key(&name.to_string());
                        world.crash(&name.to_string());
                    }
                }
            }
            if has_crashed {
                (0..LEASE).for_each(|_| world.step(together));
            }
            (0..3).for_each(|_| world.step(together));
            prop_assert!(world.listeners.is_empty() || world.is_balanced(), "{world:?}");
            let moves = world.moves;
            (0..120).for_each(|_| world.step(together));
            prop_assert_eq!(world.moves, moves, "partitions move at rest");
            prop_assert!(world.listeners.is_empty() || world.is_balanced());
        }
    }
}

#[test]
fn a_new_listener_takes_no_more_than_its_part() {
    let mut world = World::new(8);
    world.join("a");
    (0..3).for_each(|_| world.step(false));
    assert_eq!(world.moves, 8);
    world.join("b");
    (0..3).for_each(|_| world.step(false));
    assert_eq!(world.moves, 12, "4 of 8 moved");
    world.join("c");
    (0..3).for_each(|_| world.step(false));
    assert_eq!(world.moves, 14, "2 of 8 moved: 3, 3 and 2");
}

#[test]
fn an_owner_that_releases_nothing_is_displaced_in_the_third_interval() {
    let partitions = ["0".to_owned(), "1".to_owned()];
    let listeners = ["a".to_owned(), "b".to_owned()];
    let of_a = |partition| Ownership::new(partition, Some("a".to_owned()), "1", Duration::ZERO);
    let ownerships = [of_a("0"), of_a("1")];
    let snapshot = Snapshot {
        partitions: &partitions,
        listeners: &listeners,
        ownerships: &ownerships,
        lease: Duration::from_secs(30),
    };
    let mut b = Balancer::new("b");
    for _ in 0..2 {
        assert_eq!(b.decide(&snapshot), Actions::default());
    }
    assert_eq!(b.decide(&snapshot).claim, ["1"]);
    assert_eq!(Balancer::new("a").decide(&snapshot).release, ["1"]);
}

#[test]
fn more_listeners_than_partitions_leave_some_without() {
    let mut world = World::new(2);
    for name in ["a", "b", "c", "d"] {
        world.join(name);
    }
    (0..3).for_each(|_| world.step(true));
    assert!(world.is_balanced(), "{world:?}");
    assert_eq!(world.moves, 2);
}
