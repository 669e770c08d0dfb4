//! The places of events that are not in the log yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, Utc};

use crate::amqp::message::{NewEvent, Place};
use crate::log::{Held, Log};
use crate::partition_key::partition_of;

/// The next places of partitions, while the events of one send get theirs.
pub(super) struct Placing<'a> {
    log: &'a Log,
    /// The next sequence number and offset of partitions that got an event.
    next: BTreeMap<u32, (i64, u64)>,
    pub(super) turn: u32,
}

impl<'a> Placing<'a> {
    pub(super) fn new(log: &'a Log) -> Self {
        Self { log, next: BTreeMap::new(), turn: log.turn }
    }

    pub(super) fn partition_for(&mut self, event: &NewEvent) -> u32 {
        match &event.partition_key {
            Some(key) => partition_of(key, self.log.count()),
            None => self.take_turn(),
        }
    }

    pub(super) fn take_turn(&mut self) -> u32 {
        let turn = self.turn;
        self.turn = (turn + 1) % self.log.count();
        turn
    }

    pub(super) fn held(
        &mut self,
        arrival: u64,
        id: u32,
        event: &NewEvent,
        enqueued_time: DateTime<Utc>,
    ) -> Arc<Held> {
        /// What an event takes up besides its body, so that an empty one has a place of its own.
        const ENVELOPE: u64 = 32;

        let partition = &self.log.partitions[id as usize];
        let first = || (partition.next_sequence, partition.next_offset);
        let next = self.next.entry(id).or_insert_with(first);
        let (sequence, offset) = *next;
        let next_offset = offset + ENVELOPE + event.body_length as u64;
        *next = (sequence + 1, next_offset);
        // To the millisecond, as readers get it: an event must not be after the time that it shows.
        let enqueued_time = enqueued_time.trunc_subsecs(3);
        let place = Place { sequence, offset, enqueued_time };
        let encoded = event.encode(&place);
        Arc::new(Held { arrival, partition: id, place, next_offset, encoded })
    }
}
