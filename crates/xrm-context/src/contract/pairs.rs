//! Collections of pairs: how their pairs are framed, and the walk over them.

use std::hash::Hash;

use super::{
    Declared, Field, Items, Lengths, Literal, Members, PathSegment, Reader, Slot, TypeName,
    Violation, VisitMut, Writer, write_member,
};
use crate::collection::{FEW, Key, Pair, Pairs};
use crate::entity::Relationship;
use crate::extra::Extra;
use crate::namespace::Namespace;

/// How the pairs of a collection are framed.
#[derive(Debug)]
pub struct PairFrame {
    /// The collection's contract name.
    pub collection: &'static TypeName,
    /// A pair's contract name.
    pub pair: &'static TypeName,
    /// The place of a pair.
    pub item: Slot,
    /// The two members of a pair, which is a class of its own.
    pub slots: &'static [Slot; 2],
    /// The place of a pair's value that ends the pair.
    pub last: Slot,
    /// The namespace that the pairs bring along.
    pub content: Namespace,
    /// What stands before a key in XML where the pair's namespace is the default and the key's has
    /// the prefix `a`: `<Pair><a:key>`.
    pub xml_key: Literal,
}

/// The members of pairs, by the way in which they are named.
pub(crate) mod pair_slots {
    use crate::contract::{Field, Slot, slot};

    /// The members of .NET's own pairs.
    pub(crate) const fn generic_slots<K: Field, V: Field>() -> [Slot; 2] {
        [
            slot!(member "key" in Generic).declaring(K::DECLARED),
            slot!(member "value" in Generic).declaring(V::DECLARED),
        ]
    }

    /// The members of a dictionary's pairs, whose names are capital in XML only.
    pub(crate) const fn dictionary_slots<K: Field, V: Field>() -> [Slot; 2] {
        let (key, value) = (slot!(member "key" in Arrays), slot!(member "value" in Arrays));
        let key = Slot { json: key.json, ..slot!(member "Key" in Arrays) };
        let value = Slot { json: value.json, ..slot!(member "Value" in Arrays) };
        [key.declaring(K::DECLARED), value.declaring(V::DECLARED)]
    }
}

/// A collection of pairs, whose frame is known when the walk over it is compiled.
pub(crate) trait FramedPairs: 'static {
    const FRAME: &'static PairFrame;
}

impl<C: FramedPairs, K: Field + Eq + Hash + PathKey, V: Field> Items<C> for Pairs<K, V> {
    #[inline]
    fn write_items<W: Writer>(&self, writer: &mut W, slot: &Slot, declared: Declared) {
        write_pairs::<C, K, V, W>(self, writer, slot, declared);
    }

    fn read_items<R: Reader>(reader: &mut R) -> Result<Self, R::Error> {
        read_pairs::<C, K, V, R>(reader)
    }

    fn visit_items(&mut self, visitor: &mut dyn VisitMut) {
        for pair in self.as_mut_slice() {
            pair.key.visit(visitor);
            pair.value.visit(visitor);
        }
    }
}

#[inline]
fn write_pairs<C: FramedPairs, K: Field, V: Field, W: Writer>(
    pairs: &Pairs<K, V>,
    writer: &mut W,
    slot: &Slot,
    declared: Declared,
) {
    let frame = C::FRAME;
    // A format with `ENDS_PAIRS` writes the end of the pair together with its value, as one literal:
    // `frame.last` has both end tags. A pair with something else in it takes the long way.
    let list = writer.begin_list(slot, declared, frame.collection, frame.content);
    for Pair { key, value, extra } in pairs.as_slice() {
        let pair = if extra.is_plain() {
            let pair = key.begin_pair(writer, frame, declared.for_items());
            if W::ENDS_PAIRS {
                value.write(writer, &frame.last, Declared::Exactly);
                continue;
            }
            value.write(writer, &frame.slots[1], Declared::Exactly);
            pair
        } else {
            let pair = writer.begin_class(&frame.item, declared.for_items(), frame.pair);
            write_with_extra(key, value, extra, frame.slots, writer);
            pair
        };
        writer.end_class(&frame.item, pair);
    }
    writer.end_list(slot, list);
}

#[cold]
fn write_with_extra<K: Field, V: Field, W: Writer>(
    key: &K,
    value: &V,
    extra: &Extra,
    slots: &[Slot; 2],
    writer: &mut W,
) {
    write_member(key, extra, &slots[0], 0, writer);
    write_member(value, extra, &slots[1], 1, writer);
    extra.write_unknown(slots.len(), writer);
}

/// Reads the pairs of a collection that the reader has begun.
fn read_pairs<C: FramedPairs, K: Field + Eq + Hash + PathKey, V: Field, R: Reader>(
    reader: &mut R,
) -> Result<Pairs<K, V>, R::Error> {
    // The first pair makes room for as many as the last collection of this type had. A short collection
    // after a long one gives back what it does not use.
    let room = reader.lengths().expected::<C>();
    let mut begun = Begun { pairs: Vec::new(), room, sieve: Sieve::default() };
    while reader.item(&C::FRAME.item, begun.pairs.len())? {
        match read_pair::<C, K, V, R>(reader, &mut begun) {
            Ok(true) => {}
            Ok(false) => return Err(reader.invalid(Violation::DuplicateKey)),
            Err(error) => return Err(R::within(error, PathSegment::Item(begun.pairs.len()))),
        }
    }
    let mut pairs = begun.pairs;
    reader.lengths().meet::<C>(pairs.len());
    if room > Lengths::LEAST && pairs.len() < room / 2 {
        pairs.shrink_to_fit();
    }
    Pairs::from_pairs(pairs).ok_or_else(|| reader.invalid(Violation::DuplicateKey))
}

/// The pairs that were read so far.
struct Begun<K, V> {
    pairs: Vec<Pair<K, V>>,
    /// How much room is made for the first.
    room: usize,
    sieve: Sieve,
}

impl<K: Eq + PathKey, V> Begun<K, V> {
    /// Adds a pair. False if the key is there already and the collection can see that at once.
    #[inline(always)]
    fn add(&mut self, pair: Pair<K, V>) -> bool {
        if self.pairs.is_empty() {
            self.pairs = Vec::with_capacity(self.room);
        }
        let may_stand_twice = self.pairs.len() < FEW && self.sieve.may_hold(&pair.key);
        if may_stand_twice && self.pairs.iter().any(|known| known.key == pair.key) {
            return false;
        }
        self.pairs.push(pair);
        true
    }
}

/// Reads a pair and adds it.
///
/// Nearly every pair is a key, then a value, in the bytes that the format itself writes. That way needs
/// no [`Members`], so that nothing is recorded and nothing is looked up; a pair that leaves it at any
/// point is read on by [`read_members`].
#[inline]
fn read_pair<C: FramedPairs, K: Field + Eq + PathKey, V: Field, R: Reader>(
    reader: &mut R,
    begun: &mut Begun<K, V>,
) -> Result<bool, R::Error> {
    let slots = C::FRAME.slots;
    reader.begin_class(Some(C::FRAME.pair))?;
    if !reader.take_expected(&slots[0], true)? {
        return read_members(reader, Members::new(slots), None, None, begun);
    }
    let key = K::read(reader)?;
    if !reader.take_expected(&slots[1], false)? {
        return read_members(reader, Members::after(slots, 1), Some(key), None, begun);
    }
    let value = read_value(reader, Some(&key))?;
    if !reader.take_expected_end() {
        return read_members(reader, Members::after(slots, 2), Some(key), Some(value), begun);
    }
    Ok(begun.add(Pair::new(key, value)))
}

/// Reads the members of a pair that were not read yet, in any order and form, and adds the pair.
#[inline(never)]
fn read_members<K: Field + Eq + PathKey, V: Field, R: Reader>(
    reader: &mut R,
    mut members: Members,
    mut key: Option<K>,
    mut value: Option<V>,
    begun: &mut Begun<K, V>,
) -> Result<bool, R::Error> {
    while let Some(index) = reader.member(&mut members)? {
        if index == 0 {
            key = Some(K::read(reader)?);
        } else {
            value = Some(read_value(reader, key.as_ref())?);
        }
    }
    let value = match value {
        None if reader.is_strict() => V::null_value(),
        value => value,
    };
    let key = key.ok_or_else(|| reader.invalid(Violation::MissingKey))?;
    let value = value.ok_or_else(|| reader.invalid(Violation::MissingValue))?;
    // The platform's reader drops what else a pair has, and reads a pair without a value as null.
    let extra = if reader.is_strict() { Extra::default() } else { members.into_extra() };
    Ok(begun.add(Pair { key, value, extra }))
}

/// Reads a pair's value. Its errors name the key, if the key came before the value.
#[inline]
fn read_value<K: PathKey, V: Field, R: Reader>(
    reader: &mut R,
    key: Option<&K>,
) -> Result<V, R::Error> {
    V::read(reader).map_err(|error| match key.and_then(PathKey::step) {
        Some(key) => R::within(error, PathSegment::Key(key)),
        None => error,
    })
}

/// A pair's key, as the step of a path.
pub(crate) trait PathKey {
    fn step(&self) -> Option<&str>;
}

impl PathKey for Key {
    #[inline]
    fn step(&self) -> Option<&str> {
        Some(self)
    }
}

impl PathKey for Relationship {
    fn step(&self) -> Option<&str> {
        self.schema_name.as_deref()
    }
}

/// Recognizes most new keys as new without comparing them with the others.
///
/// This is a Bloom filter of 256 bits with one hash: a key whose bit is not set was not added before.
/// If the bit is set, the key may be new all the same, and is compared with the others. Duplicate
/// keys must be found because the platform refuses bodies with them, but most bodies have none: without
/// the filter, a record of 40 columns takes 780 comparisons to show that.
#[derive(Default)]
struct Sieve([u64; 4]);

impl Sieve {
    /// False if the key is certainly new. The key is held from now on.
    #[inline(always)]
    fn may_hold(&mut self, key: &impl PathKey) -> bool {
        // The hash is of the length and the last eight bytes. Logical names begin alike (`new_`,
        // `address1_`) and differ at their end.
        let text = key.step().unwrap_or_default().as_bytes();
        let tail = match text.last_chunk::<8>() {
            Some(tail) => u64::from_le_bytes(*tail),
            None => text.iter().fold(0, |tail, byte| tail << 8 | u64::from(*byte)),
        };
        // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): the factor is 2^64 divided
        // by the golden ratio, and the upper bits of the product depend on all bits of the key.
        let mixed = (tail ^ text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (word, bit) = ((mixed >> 62) as usize, 1 << (mixed >> 56 & 63));
        let held = self.0[word] & bit != 0;
        self.0[word] |= bit;
        held
    }
}
