//! Metrics. None holds a secret, a body or a property.

use metrics::{counter, gauge};

use crate::source::StreamName;

/// Events, by what became of them.
const EVENTS: &str = "xrm_listener_events_total";
/// Events of a partition behind the last one that was handled.
const LAG: &str = "xrm_listener_lag_events";
/// Partitions that this listener owns.
const PARTITIONS: &str = "xrm_listener_partitions";

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventOutcome {
    Handled,
    Retried,
    DeadLettered,
}

impl EventOutcome {
    fn label(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::Retried => "retried",
            Self::DeadLettered => "dead_lettered",
        }
    }
}

pub(crate) fn event(stream: &StreamName, outcome: EventOutcome) {
    let StreamName { hub, group, .. } = stream;
    let (hub, group) = (hub.clone(), group.clone());
    counter!(EVENTS, "hub" => hub, "group" => group, "outcome" => outcome.label()).increment(1);
}

pub(crate) fn lag(stream: &StreamName, partition: &str, events: u64) {
    let StreamName { hub, group, .. } = stream;
    let (hub, group, partition) = (hub.clone(), group.clone(), partition.to_owned());
    gauge!(LAG, "hub" => hub, "group" => group, "partition" => partition).set(events as f64);
}

pub(crate) fn partitions(stream: &StreamName, count: usize) {
    let StreamName { hub, group, .. } = stream;
    gauge!(PARTITIONS, "hub" => hub.clone(), "group" => group.clone()).set(count as f64);
}
