//! When a checkpoint is recorded.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::event::Event;
use crate::store::Checkpoint;

/// How often checkpoints are recorded: after so many events or so much time, whichever comes first, and
/// when a partition is given up.
///
/// What was handled since the last checkpoint is handled again after a crash. By default, that is 100 events
/// or 1 second at most.
///
/// ```
/// use std::time::Duration;
/// use xrm_listener::Checkpointing;
///
/// let each = Checkpointing::every_event();
/// let rarely = Checkpointing::new(10_000, Duration::from_secs(30));
/// assert_ne!(each, rarely);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpointing {
    events: u64,
    time: Duration,
}

impl Checkpointing {
    /// After so many events, at least 1, or so much time.
    #[must_use]
    pub const fn new(events: u64, time: Duration) -> Self {
        Self { events: if events == 0 { 1 } else { events }, time }
    }

    /// After each event.
    #[must_use]
    pub const fn every_event() -> Self {
        Self::new(1, Duration::ZERO)
    }
}

impl Default for Checkpointing {
    fn default() -> Self {
        Self::new(100, Duration::from_secs(1))
    }
}

/// What of a partition is handled and not recorded yet. A partition's events are handled one after the
/// other, so the last one stands for all before it.
#[derive(Debug)]
pub(crate) struct Progress {
    checkpointing: Checkpointing,
    last: Option<Checkpoint>,
    unrecorded: u64,
    /// When the first unrecorded event was handled.
    since: Option<DateTime<Utc>>,
    /// Not before this time: the store failed.
    not_before: Option<DateTime<Utc>>,
}

/// The wait after a store failed.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

impl Progress {
    pub(crate) fn new(checkpointing: Checkpointing) -> Self {
        Self { checkpointing, last: None, unrecorded: 0, since: None, not_before: None }
    }

    /// Notes that an event was handled.
    pub(crate) fn handled(&mut self, event: &Event, now: DateTime<Utc>) {
        self.last =
            Some(Checkpoint::new(&event.partition, event.sequence_number, event.offset.clone()));
        self.unrecorded += 1;
        self.since.get_or_insert(now);
    }

    /// The checkpoint to record now, if one is due.
    pub(crate) fn due(&self, now: DateTime<Utc>) -> Option<&Checkpoint> {
        let is_due = self.wait(now).is_some_and(|it| it.is_zero());
        self.unrecorded().filter(|_| is_due)
    }

    /// The time until a checkpoint is due, if something is unrecorded.
    pub(crate) fn wait(&self, now: DateTime<Utc>) -> Option<Duration> {
        let since = self.since?;
        // A clock that was set back is as if no time had passed.
        let positive = |delta: TimeDelta| delta.to_std().unwrap_or_default();
        let enough = self.unrecorded >= self.checkpointing.events;
        let wait = if enough { Duration::ZERO } else { self.checkpointing.time };
        let paused = self.not_before.map_or(Duration::ZERO, |it| positive(it - now));
        Some(wait.saturating_sub(positive(now - since)).max(paused))
    }

    /// The checkpoint of everything that was handled, unless it is recorded.
    pub(crate) fn unrecorded(&self) -> Option<&Checkpoint> {
        self.last.as_ref().filter(|_| self.unrecorded > 0)
    }

    /// Notes that everything was recorded.
    pub(crate) fn recorded(&mut self) {
        self.unrecorded = 0;
        self.since = None;
        self.not_before = None;
    }

    /// Notes that nothing could be recorded.
    pub(crate) fn postpone(&mut self, now: DateTime<Utc>) {
        self.not_before = now.checked_add_signed(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(milliseconds)
    }

    fn event(number: i64) -> Event {
        Event::new("0", number, at(0), "")
    }

    #[test]
    fn a_checkpoint_is_due_after_events_or_time() {
        let mut progress = Progress::new(Checkpointing::new(3, Duration::from_secs(1)));
        assert_eq!((progress.due(at(9_000)), progress.wait(at(0))), (None, None));
        progress.handled(&event(5), at(100));
        progress.handled(&event(6), at(900));
        assert_eq!(progress.due(at(1_099)), None);
        assert_eq!(progress.wait(at(1_099)), Some(Duration::from_millis(1)));
        assert_eq!(progress.due(at(1_100)).map(|it| it.sequence_number), Some(6));
        progress.handled(&event(7), at(950));
        assert_eq!(progress.due(at(950)).map(|it| it.sequence_number), Some(7));
        progress.recorded();
        assert_eq!((progress.due(at(9_000)), progress.unrecorded()), (None, None));
    }

    #[test]
    fn a_store_that_fails_is_left_alone_for_a_second() {
        let mut progress = Progress::new(Checkpointing::every_event());
        progress.handled(&event(5), at(0));
        progress.postpone(at(0));
        progress.handled(&event(6), at(10));
        assert_eq!(
            (progress.due(at(999)), progress.wait(at(999))),
            (None, Some(Duration::from_millis(1)))
        );
        assert_eq!(progress.due(at(1_000)).map(|it| it.sequence_number), Some(6));
    }

    #[test]
    fn each_event_may_have_a_checkpoint() {
        let mut progress = Progress::new(Checkpointing::every_event());
        progress.handled(&event(5), at(100));
        assert!(progress.due(at(0)).is_some(), "also by a clock that was set back");
    }
}
