//! Ordered pairs with unique keys.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::Hash;

use super::{Key, PairsIter, PairsIterMut};
use crate::contract::{
    Field, Lengths, Members, Piece, Place, Reader, Slot, Step, TypeName, Violation, VisitMut,
    Writer, slot, write_member,
};
use crate::extra::Extra;
use crate::namespace::Namespace;

/// Pairs in the order they were added, each key once.
///
/// Looking a key up is a walk over the pairs: collections of this kind are short.
#[derive(Clone, PartialEq, Debug)]
pub struct Pairs<K, V>(Vec<Pair<K, V>>);

/// A key, its value, and what else a body held with them.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Pair<K, V> {
    pub(super) key: K,
    pub(super) value: V,
    extra: Extra,
}

impl<K, V> Pair<K, V> {
    fn new(key: K, value: V) -> Self {
        Self { key, value, extra: Extra::default() }
    }
}

impl<K, V> Pairs<K, V> {
    /// No pair.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs, in order.
    pub fn iter(&self) -> PairsIter<'_, K, V> {
        PairsIter(self.0.iter())
    }

    /// The pairs, in order, with values that can be changed.
    pub fn iter_mut(&mut self) -> PairsIterMut<'_, K, V> {
        PairsIterMut(self.0.iter_mut())
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + DoubleEndedIterator {
        self.0.iter().map(|pair| &pair.key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> + DoubleEndedIterator {
        self.0.iter().map(|pair| &pair.value)
    }

    /// Keeps the pairs that `keep` says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|pair| keep(&pair.key, &pair.value));
    }

    /// Removes every pair.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<K: Eq, V> Pairs<K, V> {
    /// The value of a key.
    pub fn get<Q: Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.pair(key).map(|pair| &pair.value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.0.iter_mut().find(|pair| pair.key.borrow() == key).map(|pair| &mut pair.value)
    }

    /// What a body that was read held in the pair of a key, beyond key and value.
    pub fn extra<Q: Eq + ?Sized>(&self, key: &Q) -> Option<&Extra>
    where
        K: Borrow<Q>,
    {
        self.pair(key).map(|pair| &pair.extra)
    }

    fn pair<Q: Eq + ?Sized>(&self, key: &Q) -> Option<&Pair<K, V>>
    where
        K: Borrow<Q>,
    {
        self.0.iter().find(|pair| pair.key.borrow() == key)
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Sets the value of a key, in its place if the key is there, else at the end. Gives the value
    /// it had.
    pub fn insert(&mut self, key: impl Into<K>, value: impl Into<V>) -> Option<V> {
        let (key, value) = (key.into(), value.into());
        match self.0.iter_mut().find(|pair| pair.key == key) {
            Some(pair) => Some(std::mem::replace(&mut pair.value, value)),
            None => {
                self.0.push(Pair::new(key, value));
                None
            }
        }
    }

    /// Removes a key and gives its value.
    pub fn remove<Q: Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.0.iter().position(|pair| pair.key.borrow() == key)?;
        Some(self.0.remove(at).value)
    }
}

impl<V: Default> Pairs<Key, V> {
    /// The value of a key, which is added with the default where it is absent.
    pub fn entry(&mut self, key: &str) -> &mut V {
        let at = self.0.iter().position(|pair| pair.key == key).unwrap_or_else(|| {
            self.0.push(Pair::new(key.into(), V::default()));
            self.0.len() - 1
        });
        &mut self.0[at].value
    }
}

impl<K, V> Default for Pairs<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> IntoIterator for Pairs<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    /// Keys and values, in order. What a body held beyond them is dropped.
    fn into_iter(self) -> Self::IntoIter {
        let pairs: Vec<_> = self.0.into_iter().map(|pair| (pair.key, pair.value)).collect();
        pairs.into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a Pairs<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = PairsIter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, K, V> IntoIterator for &'a mut Pairs<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = PairsIterMut<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<Q: Into<K>, K: Eq, V> Extend<(Q, V)> for Pairs<K, V> {
    /// As [`insert`](Self::insert) for each pair: the last value of a key holds.
    fn extend<I: IntoIterator<Item = (Q, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

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
    pub xml_key: Piece,
}

/// The members of .NET's own pairs.
pub(crate) const fn generic_slots<K: Field, V: Field>() -> [Slot; 2] {
    [
        slot!(member "key" in Generic).of(K::DECLARED),
        slot!(member "value" in Generic).of(V::DECLARED),
    ]
}

/// The members of a dictionary's pairs, whose names are capital in XML only.
pub(crate) const fn dictionary_slots<K: Field, V: Field>() -> [Slot; 2] {
    let (key, value) = (slot!(member "key" in Arrays), slot!(member "value" in Arrays));
    let key = Slot { json: key.json, ..slot!(member "Key" in Arrays) };
    let value = Slot { json: value.json, ..slot!(member "Value" in Arrays) };
    [key.of(K::DECLARED), value.of(V::DECLARED)]
}

/// A collection of pairs, whose frame is known when the walk over it is compiled.
pub(crate) trait Framed: 'static {
    const FRAME: &'static PairFrame;
}

#[inline]
pub(crate) fn write_pairs<C: Framed, K: Field, V: Field, W: Writer>(
    pairs: &Pairs<K, V>,
    writer: &mut W,
    slot: &Slot,
    place: Place,
) {
    let frame = C::FRAME;
    let list = writer.begin_list(slot, place, frame.collection, frame.content);
    for Pair { key, value, extra } in &pairs.0 {
        let pair = if extra.is_plain() {
            let pair = key.begin_pair(writer, frame, place.of_items());
            if W::ENDS_PAIRS {
                value.write(writer, &frame.last, Place::Declared);
                continue;
            }
            value.write(writer, &frame.slots[1], Place::Declared);
            pair
        } else {
            let pair = writer.begin_class(&frame.item, place.of_items(), frame.pair);
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
pub(crate) fn read_pairs<C: Framed, K: Field + Eq + Hash + PathKey, V: Field, R: Reader>(
    reader: &mut R,
) -> Result<Pairs<K, V>, R::Error> {
    let room = reader.lengths().expected::<C>();
    let mut begun = Begun { pairs: Vec::new(), room, sieve: Sieve::default() };
    while reader.item(&C::FRAME.item, begun.pairs.len())? {
        match read_pair::<C, K, V, R>(reader, &mut begun) {
            Ok(true) => {}
            Ok(false) => return Err(reader.invalid(Violation::DuplicateKey)),
            Err(error) => return Err(R::within(error, Step::Item(begun.pairs.len()))),
        }
    }
    let mut pairs = begun.pairs;
    reader.lengths().meet::<C>(pairs.len());
    if room > Lengths::LEAST && pairs.len() < room / 2 {
        pairs.shrink_to_fit();
    }
    if pairs.len() > FEW && has_duplicates(&pairs) {
        return Err(reader.invalid(Violation::DuplicateKey));
    }
    Ok(Pairs(pairs))
}

/// The pairs that were read so far.
struct Begun<K, V> {
    pairs: Vec<Pair<K, V>>,
    /// How much room is made for the first.
    room: usize,
    sieve: Sieve,
}

impl<K: Eq + PathKey, V> Begun<K, V> {
    /// Adds a pair. False where the key is there already, as far as that is told at once.
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

/// Reads a pair and adds it. The key comes first in most bodies, the value second.
#[inline]
fn read_pair<C: Framed, K: Field + Eq + PathKey, V: Field, R: Reader>(
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
        None if reader.is_strict() => V::of_null(),
        value => value,
    };
    let key = key.ok_or_else(|| reader.invalid(Violation::MissingKey))?;
    let value = value.ok_or_else(|| reader.invalid(Violation::MissingValue))?;
    // The platform drops what else a pair has.
    let extra = if reader.is_strict() { Extra::default() } else { members.into_extra() };
    Ok(begun.add(Pair { key, value, extra }))
}

/// Reads a pair's value; an error tells the key, where that stands before the value.
#[inline]
fn read_value<K: PathKey, V: Field, R: Reader>(
    reader: &mut R,
    key: Option<&K>,
) -> Result<V, R::Error> {
    V::read(reader).map_err(|error| match key.and_then(PathKey::step) {
        Some(key) => R::within(error, Step::Key(key)),
        None => error,
    })
}

pub(crate) fn visit_pairs<K: Field, V: Field>(pairs: &mut Pairs<K, V>, visitor: &mut dyn VisitMut) {
    for pair in &mut pairs.0 {
        pair.key.visit(visitor);
        pair.value.visit(visitor);
    }
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

impl PathKey for crate::entity::Relationship {
    fn step(&self) -> Option<&str> {
        self.schema_name.as_deref()
    }
}

/// Tells of most keys that they are new, without comparing them.
#[derive(Default)]
struct Sieve([u64; 4]);

impl Sieve {
    /// False if the key is new for sure. The key is held from now on.
    #[inline(always)]
    fn may_hold(&mut self, key: &impl PathKey) -> bool {
        let text = key.step().unwrap_or_default().as_bytes();
        let tail = match text.last_chunk::<8>() {
            Some(tail) => u64::from_le_bytes(*tail),
            None => text.iter().fold(0, |tail, byte| tail << 8 | u64::from(*byte)),
        };
        let mixed = (tail ^ text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (word, bit) = ((mixed >> 62) as usize, 1 << (mixed >> 56 & 63));
        let held = self.0[word] & bit != 0;
        self.0[word] |= bit;
        held
    }
}

/// Up to so many pairs, comparing all of them is faster than hashing them.
const FEW: usize = 48;

fn has_duplicates<K: Eq + Hash, V>(pairs: &[Pair<K, V>]) -> bool {
    let mut seen = HashSet::with_capacity(pairs.len());
    !pairs.iter().all(|pair| seen.insert(&pair.key))
}
