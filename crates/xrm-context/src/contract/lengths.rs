//! How long the collections of a body are.

use std::any::TypeId;

/// The number of pairs in the collections that were read from a body so far.
///
/// The next collection of a type is made with room for as many, because the records of one body tend to
/// have the same columns: a `Vec` that grows step by step would move its pairs each time. The types are
/// few (attributes, formatted values, parameters), so four entries in an array are enough and cheaper than
/// a map; the fifth type replaces the oldest entry.
#[derive(Debug, Default)]
pub struct Lengths {
    /// Types and the lengths last met. Collections of up to `LEAST` pairs leave no entry.
    met: [Option<(TypeId, usize)>; 4],
    /// The place of the type that is met next.
    next: usize,
}

impl Lengths {
    /// The room that is made in any case. Most collections need no more.
    pub(crate) const LEAST: usize = 8;
    /// The room that is made at most, so that a long collection makes no short ones long.
    const MOST: usize = 64;

    /// How much room to make for a collection of type `C`.
    #[inline]
    pub(crate) fn expected<C: 'static>(&self) -> usize {
        let of_type = |met: &(TypeId, usize)| met.0 == TypeId::of::<C>();
        self.met.iter().flatten().copied().find(of_type).map_or(Self::LEAST, |(_, length)| length)
    }

    /// Remembers the length of a collection of type `C`, if that is worth it.
    #[inline]
    pub(crate) fn meet<C: 'static>(&mut self, length: usize) {
        if length > Self::LEAST {
            self.remember(TypeId::of::<C>(), length.min(Self::MOST));
        }
    }

    fn remember(&mut self, id: TypeId, length: usize) {
        let known = self.met.iter().position(|met| met.is_some_and(|(known, _)| known == id));
        // In turn: with more types than entries, the one that was added first gives way.
        let at = known.unwrap_or_else(|| {
            self.next += 1;
            self.next % self.met.len()
        });
        self.met[at] = Some((id, length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_expected_again() {
        let mut lengths = Lengths::default();
        assert_eq!(lengths.expected::<u8>(), Lengths::LEAST);
        for (length, expected) in [(3, 8), (33, 33), (5, 33), (12, 12), (1_000, 64)] {
            lengths.meet::<u8>(length);
            assert_eq!((lengths.expected::<u8>(), lengths.expected::<u16>()), (expected, 8));
        }
    }

    #[test]
    fn a_type_that_was_not_met_for_long_is_forgotten() {
        let mut lengths = Lengths::default();
        lengths.meet::<u8>(10);
        lengths.meet::<u16>(20);
        lengths.meet::<u32>(30);
        lengths.meet::<u64>(40);
        assert_eq!((lengths.expected::<u8>(), lengths.expected::<u64>()), (10, 40));
        lengths.meet::<i8>(50);
        assert_eq!((lengths.expected::<u8>(), lengths.expected::<i8>()), (8, 50));
        assert_eq!((lengths.expected::<u16>(), lengths.expected::<u64>()), (20, 40));
    }
}
