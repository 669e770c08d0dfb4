//! Segments: the events of a range of arrivals, in their order, as the bytes of a file.
//!
//! A segment begins with [`MAGIC`] and a record of the positions at its start; so sequence numbers
//! outlive the events. Each further record has the events of one send, which are kept all or not at all.
//! A segment that was written again without the events that were dropped has no positions: there is a
//! later one with them.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::amqp::message::Place;
use crate::log::{Held, PartitionPosition, Placed, Positions};
use crate::store::record::{self, Next};

/// The first bytes of a segment, with the version of the format at the end.
pub(crate) const MAGIC: &[u8; 8] = b"EHLOCAL\x01";

const POSITIONS: u8 = 0;
const EVENTS: u8 = 1;

/// What a segment holds beside the message of each event.
pub(crate) const EVENT_OVERHEAD: usize = 52;

/// A record of a segment.
#[derive(Debug)]
pub(crate) enum Entry {
    Positions(Positions),
    Events(Placed),
}

/// Something in a segment that is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// The first byte of the record.
    pub(crate) offset: usize,
    pub(crate) what: &'static str,
}

/// The beginning of a segment. `None` if it would be too long, which takes 80 million partitions.
pub(crate) fn begin(positions: &Positions) -> Option<Vec<u8>> {
    let mut out = MAGIC.to_vec();
    record::append(&mut out, |out| {
        out.push(POSITIONS);
        out.extend(positions.arrived.to_le_bytes());
        out.extend(positions.turn.to_le_bytes());
        out.extend((positions.partitions.len() as u32).to_le_bytes());
        for position in &positions.partitions {
            out.extend(position.begin.to_le_bytes());
            out.extend(position.next_sequence.to_le_bytes());
            out.extend(position.next_offset.to_le_bytes());
            out.push(position.last.is_some().into());
            if let Some(place) = &position.last {
                write_place(out, place);
            }
        }
    })?;
    Some(out)
}

/// Appends the events of a send, or `None` if they are too large for a record.
pub(crate) fn append(out: &mut Vec<u8>, events: &[Arc<Held>], turn: u32) -> Option<()> {
    record::append(out, |out| {
        out.push(EVENTS);
        out.extend(turn.to_le_bytes());
        out.extend((events.len() as u32).to_le_bytes());
        for held in events {
            out.extend(held.arrival.to_le_bytes());
            out.extend(held.partition.to_le_bytes());
            write_place(out, &held.place);
            out.extend(held.next_offset.to_le_bytes());
            out.extend((held.encoded.len() as u32).to_le_bytes());
            out.extend_from_slice(&held.encoded);
        }
    })
}

fn write_place(out: &mut Vec<u8>, place: &Place) {
    out.extend(place.sequence.to_le_bytes());
    out.extend(place.offset.to_le_bytes());
    out.extend(place.enqueued_time.timestamp().to_le_bytes());
    out.extend(place.enqueued_time.timestamp_subsec_nanos().to_le_bytes());
}

/// Reads a segment record by record, and passes on what is in them. Returns the length of what is
/// sound, which is less than all if the last record was not written to its end.
pub(crate) fn read(
    bytes: &[u8],
    mut take: impl FnMut(Entry) -> Result<(), &'static str>,
) -> Result<usize, Damage> {
    let foreign = Damage { offset: 0, what: "this is no log of a local hub of this version" };
    let mut rest = bytes.strip_prefix(MAGIC).ok_or(foreign)?;
    loop {
        let offset = bytes.len() - rest.len();
        let damage = |what| Damage { offset, what };
        match record::next(rest) {
            Next::End | Next::Torn if offset == MAGIC.len() => {
                // Files appear whole, with their first record.
                return Err(damage("the first record is cut off"));
            }
            Next::End | Next::Torn => return Ok(offset),
            Next::Damaged => return Err(damage("the checksum of a record does not match")),
            Next::Record { payload, rest: next } => {
                let entry = entry(payload).ok_or_else(|| damage("a record can't be read"))?;
                if matches!(entry, Entry::Positions(_)) != (offset == MAGIC.len()) {
                    return Err(damage("a record is not where it belongs"));
                }
                take(entry).map_err(damage)?;
                rest = next;
            }
        }
    }
}

fn entry(payload: &[u8]) -> Option<Entry> {
    let mut input = Input(payload);
    let entry = match input.byte()? {
        POSITIONS => Entry::Positions(positions(&mut input)?),
        EVENTS => Entry::Events(events(&mut input)?),
        _ => return None,
    };
    input.0.is_empty().then_some(entry)
}

fn positions(input: &mut Input<'_>) -> Option<Positions> {
    let (arrived, turn) = (input.long()?, input.int()?);
    let partitions = (0..input.int()?).map(|_| {
        let (begin, next_sequence, next_offset) =
            (input.sequence()?, input.sequence()?, input.long()?);
        let last = match input.byte()? {
            0 => None,
            _ => Some(input.place()?),
        };
        Some(PartitionPosition { begin, next_sequence, next_offset, last })
    });
    // Not by a count that is read: what is allocated is what is there.
    let partitions = partitions.collect::<Option<Vec<_>>>()?;
    Some(Positions { arrived, turn, partitions })
}

fn events(input: &mut Input<'_>) -> Option<Placed> {
    let turn = input.int()?;
    let events = (0..input.int()?).map(|_| {
        let (arrival, partition) = (input.long()?, input.int()?);
        let (place, next_offset) = (input.place()?, input.long()?);
        let length = input.int()? as usize;
        // Copied, because a slice of the file would keep all of the file in memory.
        let encoded = Bytes::copy_from_slice(input.take(length)?);
        Some(Arc::new(Held { arrival, partition, place, next_offset, encoded }))
    });
    let events = events.collect::<Option<Vec<_>>>()?;
    Some(Placed { events, turn })
}

/// Bytes that are being read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    fn int(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A sequence number that another can follow.
    fn sequence(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes).filter(|it| (0..i64::MAX).contains(it))
    }

    fn place(&mut self) -> Option<Place> {
        let (sequence, offset) = (self.sequence()?, self.long()?);
        let seconds = self.array().map(i64::from_le_bytes)?;
        let enqueued_time = DateTime::<Utc>::from_timestamp(seconds, self.int()?)?;
        Some(Place { sequence, offset, enqueued_time })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Damage, EVENT_OVERHEAD, Entry, MAGIC, append, begin, read};
    use crate::amqp::peer::start;
    use crate::event::EventData;
    use crate::log::{Held, Log, Positions, Retention};
    use crate::store::record::HEADER;
    use crate::submission::Destination;

    const RETENTION: Retention = Retention { events_per_partition: 100, bytes: 1 << 20, age: None };

    type Facts = (u64, u32, i64, u64, u64, Vec<u8>);

    fn facts(held: &Held) -> Facts {
        let place = held.place;
        let (offset, next) = (place.offset, held.next_offset);
        (held.arrival, held.partition, place.sequence, offset, next, held.encoded.to_vec())
    }

    /// A segment with these sends, and what each record of it holds with its end.
    fn written(sends: &[(u32, Vec<Vec<u8>>)]) -> (Vec<u8>, Vec<(usize, Vec<Facts>)>) {
        let mut log = Log::new(3, RETENTION);
        let mut out = begin(&log.positions()).unwrap();
        let mut records = vec![(out.len(), Vec::new())];
        for (partition, bodies) in sends {
            let event =
                |it: &Vec<u8>| EventData { body: it.clone().into(), ..EventData::default() };
            let events = bodies.iter().map(|it| event(it).into()).collect();
            let placed = log.place(Destination::Partition(*partition), events, start());
            append(&mut out, &placed.events, placed.turn).unwrap();
            records.push((out.len(), placed.events.iter().map(|it| facts(it)).collect()));
            log.commit(placed);
        }
        (out, records)
    }

    fn events(bytes: &[u8]) -> Result<(usize, Vec<Facts>), Damage> {
        let mut found = Vec::new();
        let sound = read(bytes, |entry| {
            if let Entry::Events(placed) = entry {
                found.extend(placed.events.iter().map(|it| facts(it)));
            }
            Ok(())
        })?;
        Ok((sound, found))
    }

    fn sends() -> impl Strategy<Value = Vec<(u32, Vec<Vec<u8>>)>> {
        let body = prop::collection::vec(any::<u8>(), 0..30);
        prop::collection::vec((0..3_u32, prop::collection::vec(body, 1..4)), 0..6)
    }

    proptest! {
        #[test]
        fn any_cut_recovers_the_sends_before_it(sends in sends(), cut in any::<prop::sample::Index>()) {
            let (bytes, records) = written(&sends);
            let cut = cut.index(bytes.len() + 1);
            let whole: Vec<_> = records.iter().filter(|(end, _)| *end <= cut).collect();
            match (events(&bytes[..cut]), whole.last()) {
                (Ok((sound, found)), Some((end, _))) => {
                    prop_assert_eq!(sound, *end);
                    let expected: Vec<_> = whole.iter().flat_map(|(_, it)| it.clone()).collect();
                    prop_assert_eq!(found, expected);
                }
                // A file appears with its first record.
                (Err(_), None) => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }

        #[test]
        fn any_flipped_bit_is_damage(sends in sends(), bit in any::<prop::sample::Index>()) {
            let (mut bytes, records) = written(&sends);
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            // Each record ends where the next begins, and the damage is at the beginning of one.
            let before = records.iter().map(|(end, _)| *end).filter(|it| *it <= bit / 8).max();
            let first = if bit / 8 < MAGIC.len() { 0 } else { MAGIC.len() };
            let damage = events(&bytes).expect_err("it is damaged");
            prop_assert_eq!(damage.offset, before.unwrap_or(first));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
            let mut record = MAGIC.to_vec();
            crate::store::record::append(&mut record, |out| out.extend(&bytes)).unwrap();
            for bytes in [bytes, record] {
                let _ = events(&bytes);
            }
        }
    }

    #[test]
    fn positions_are_read_back() {
        let mut log = Log::new(2, RETENTION);
        let events = vec![EventData::default().into(), EventData::default().into()];
        let placed = log.place(Destination::Any, events, start());
        log.commit(placed);
        let expected = log.positions();
        let mut found = None;
        read(&begin(&expected).unwrap(), |entry| {
            if let Entry::Positions(it) = entry {
                found = Some(it);
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn what_an_event_takes_beside_its_message_is_counted() {
        let (bytes, records) = written(&[(0, vec![b"x".to_vec()])]);
        let [(start, _), (end, events)] = &records[..] else { panic!("{records:?}") };
        let record = HEADER + 9;
        let message = events[0].5.len();
        assert_eq!(end - start, record + EVENT_OVERHEAD + message);
        assert_eq!(bytes.len(), *end);
    }

    #[test]
    fn a_count_that_is_not_there_allocates_nothing() {
        let mut bytes = begin(&Positions::default()).unwrap();
        crate::store::record::append(&mut bytes, |out| {
            out.extend([1, 0, 0, 0, 0, 255, 255, 255, 255]);
        })
        .unwrap();
        assert_eq!(events(&bytes).unwrap_err().what, "a record can't be read");
    }
}
