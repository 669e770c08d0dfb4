//! What became of the events.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::Size;

/// An event by its partition and its number in it.
pub(crate) type Place = (String, i64);

/// The event of a line.
pub(crate) fn place(line: &str) -> Place {
    let event: Value = serde_json::from_str(line).expect("every line is JSON");
    let partition = event["partition"].as_str().expect("it has a partition");
    (partition.to_owned(), event["sequence"].as_i64().expect("it has a number"))
}

#[derive(Debug)]
pub(crate) struct Verdict {
    size: Size,
    cut: usize,
    printed: usize,
    distinct: usize,
    /// Events that a process printed for the first time behind a later one of the same partition.
    disorder: usize,
}

impl Verdict {
    /// The verdict on what each process printed.
    pub(crate) fn of(size: Size, cut: usize, printed: &[Vec<Place>]) -> Self {
        let distinct = printed.iter().flatten().collect::<BTreeSet<_>>().len();
        let disorder = printed.iter().map(|it| disorder(it)).sum();
        let printed = printed.iter().map(Vec::len).sum();
        Self { size, cut, printed, distinct, disorder }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.distinct == self.size.events && self.disorder == 0
    }
}

/// A process may print an event again, when it takes its partition over again. What it prints for the first
/// time is in order.
fn disorder(places: &[Place]) -> usize {
    let mut seen: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    let mut disorder = 0;
    for (partition, number) in places {
        let seen = seen.entry(partition).or_default();
        let is_late = seen.last().is_some_and(|last| number < last);
        disorder += usize::from(seen.insert(*number) && is_late);
    }
    disorder
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, cut, printed, distinct, disorder } = self;
        let Size { events, kills, seed, .. } = size;
        let (lost, repeated) = (events.saturating_sub(*distinct), printed - distinct);
        write!(
            f,
            "{events} events, {kills} kills, {cut} connections cut, seed {seed}: {lost} lost, \
             {repeated} printed again, {disorder} out of order"
        )
    }
}
