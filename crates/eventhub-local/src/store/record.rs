//! Records: bytes with their length and checksums, one after another.
//!
//! ```text
//! length (4)  CRC-32 of the length (4)  CRC-32 of the payload (4)  payload
//! ```
//!
//! Numbers are little-endian. The length has a checksum of its own: without it, a flipped bit in the
//! length of a record in the middle would look like a record that was not written to its end, and what
//! comes after it would be cut off.

/// The bytes before the payload.
pub(crate) const HEADER: usize = 12;

/// What bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    Record {
        payload: &'a [u8],
        rest: &'a [u8],
    },
    /// Nothing: the bytes are at their end.
    End,
    /// A record that was not written to its end.
    Torn,
    /// A record whose checksums do not match.
    Damaged,
}

/// Appends a record with the payload that `write` appends; `None` if it is too long for one, and the
/// output is as it was then.
pub(crate) fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> Option<()> {
    let start = out.len();
    out.extend([0; HEADER]);
    write(out);
    let Ok(length) = u32::try_from(out.len() - start - HEADER) else {
        out.truncate(start);
        return None;
    };
    let length = length.to_le_bytes();
    let payload = crc32fast::hash(&out[start + HEADER..]).to_le_bytes();
    let checksum = crc32fast::hash(&length).to_le_bytes();
    for (place, bytes) in [length, checksum, payload].into_iter().enumerate() {
        let at = start + place * 4;
        out[at..at + 4].copy_from_slice(&bytes);
    }
    Some(())
}

/// Reads the first record.
pub(crate) fn next(bytes: &[u8]) -> Next<'_> {
    let Some((header, rest)) = bytes.split_at_checked(HEADER) else {
        return if bytes.is_empty() { Next::End } else { Next::Torn };
    };
    let number =
        |at: usize| header[at..at + 4].iter().rev().fold(0, |all, it| all << 8 | u32::from(*it));
    if crc32fast::hash(&header[..4]) != number(4) {
        // A file system that lost power may have made a file longer before it wrote what is in it.
        // The checksum of the length 0 is not 0, so zeros are never a record.
        return if bytes.iter().all(|it| *it == 0) { Next::Torn } else { Next::Damaged };
    }
    let Some((payload, rest)) = rest.split_at_checked(number(0) as usize) else {
        return Next::Torn;
    };
    if crc32fast::hash(payload) == number(8) {
        Next::Record { payload, rest }
    } else {
        Next::Damaged
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{HEADER, Next, append, next};

    fn written(payloads: &[Vec<u8>]) -> Vec<u8> {
        let mut out = Vec::new();
        for payload in payloads {
            append(&mut out, |out| out.extend_from_slice(payload)).expect("it is short");
        }
        out
    }

    /// The payloads that are read, and what comes after them.
    fn read(mut bytes: &[u8]) -> (Vec<Vec<u8>>, Next<'_>) {
        let mut payloads = Vec::new();
        loop {
            match next(bytes) {
                Next::Record { payload, rest } => {
                    payloads.push(payload.to_vec());
                    bytes = rest;
                }
                end => return (payloads, end),
            }
        }
    }

    fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 1..8)
    }

    proptest! {
        #[test]
        fn any_cut_leaves_the_records_before_it(payloads in payloads(), cut in any::<prop::sample::Index>()) {
            let bytes = written(&payloads);
            let cut = cut.index(bytes.len() + 1);
            let ends = payloads.iter().scan(0, |end, it| { *end += HEADER + it.len(); Some(*end) });
            let whole = ends.clone().filter(|it| *it <= cut).count();
            let at_an_end = cut == 0 || ends.clone().any(|it| it == cut);
            let (read, end) = read(&bytes[..cut]);
            prop_assert_eq!(&read, &payloads[..whole]);
            prop_assert_eq!(end, if at_an_end { Next::End } else { Next::Torn });
        }

        #[test]
        fn any_flipped_bit_is_damage(payloads in payloads(), bit in any::<prop::sample::Index>()) {
            let mut bytes = written(&payloads);
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let (read, end) = read(&bytes);
            prop_assert_eq!(end, Next::Damaged);
            prop_assert_eq!(&read, &payloads[..read.len()]);
        }

        #[test]
        fn zeros_after_the_end_are_not_a_record(payloads in payloads(), zeros in 1..100_usize) {
            let mut bytes = written(&payloads);
            bytes.extend(vec![0; zeros]);
            prop_assert_eq!(read(&bytes), (payloads, Next::Torn));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
            let (read, _) = read(&bytes);
            prop_assert!(read.iter().map(|it| it.len() + HEADER).sum::<usize>() <= bytes.len());
        }
    }
}
