//! Ordered pairs with unique keys.

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::mem;

use crate::collection::index::{FEW, Index};
use crate::collection::iter::{PairsIter, PairsIterMut};
use crate::collection::key::Key;
use crate::extra::Extra;

/// Pairs in the order they were added, each key once.
///
/// Few pairs are searched one after another, which is faster than hashing. With more, the
/// collection keeps a hash index, so that looking up or adding a key takes the same time however many
/// pairs there are.
#[derive(Clone)]
pub struct Pairs<K, V>(Repr<K, V>);

// As large as a `Vec`, whose capacity leaves room for the tag: each record has four collections, and a word
// more in each cost two percent of the instructions of reading one.
#[derive(Clone)]
enum Repr<K, V> {
    Few(Vec<Pair<K, V>>),
    /// A collection that has had more than [`FEW`] pairs.
    Many(Box<Many<K, V>>),
}

#[derive(Clone)]
struct Many<K, V> {
    pairs: Vec<Pair<K, V>>,
    index: Index,
}

/// A key, its value, and what else a body held with them.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Pair<K, V> {
    pub(crate) key: K,
    pub(crate) value: V,
    pub(crate) extra: Extra,
}

impl<K, V> Pair<K, V> {
    pub(crate) fn new(key: K, value: V) -> Self {
        Self { key, value, extra: Extra::default() }
    }
}

impl<K, V> Pairs<K, V> {
    /// No pair.
    #[must_use]
    pub const fn new() -> Self {
        Self(Repr::Few(Vec::new()))
    }

    /// How many pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there is no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The pairs, in order.
    #[must_use]
    pub fn iter(&self) -> PairsIter<'_, K, V> {
        PairsIter(self.as_slice().iter())
    }

    /// The pairs, in order, with values that can be changed.
    pub fn iter_mut(&mut self) -> PairsIterMut<'_, K, V> {
        PairsIterMut(self.as_mut_slice().iter_mut())
    }

    /// The keys, in order.
    #[must_use]
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + DoubleEndedIterator {
        self.as_slice().iter().map(|pair| &pair.key)
    }

    /// The values, in the order of their keys.
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> + DoubleEndedIterator {
        self.as_slice().iter().map(|pair| &pair.value)
    }

    /// Removes every pair.
    pub fn clear(&mut self) {
        match &mut self.0 {
            Repr::Few(pairs) => pairs.clear(),
            Repr::Many(_) => *self = Self::new(),
        }
    }

    /// The pairs themselves, in order.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[Pair<K, V>] {
        match &self.0 {
            Repr::Few(pairs) => pairs,
            Repr::Many(many) => &many.pairs,
        }
    }

    /// The pairs themselves, in order, whose keys must stay equal to what they are.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [Pair<K, V>] {
        match &mut self.0 {
            Repr::Few(pairs) => pairs,
            Repr::Many(many) => &mut many.pairs,
        }
    }
}

impl<K: Eq + Hash, V> Pairs<K, V> {
    /// These pairs, of which the first [`FEW`] are known to have different keys. `None` if a key
    /// occurs twice.
    #[inline]
    pub(crate) fn from_pairs(pairs: Vec<Pair<K, V>>) -> Option<Self> {
        if pairs.len() > FEW { Self::indexed(pairs) } else { Some(Self(Repr::Few(pairs))) }
    }

    #[cold]
    fn indexed(pairs: Vec<Pair<K, V>>) -> Option<Self> {
        let index = Index::new(&pairs)?;
        Some(Self(Repr::Many(Box::new(Many { pairs, index }))))
    }

    /// The value of a key.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.pair(key).map(|pair| &pair.value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.position(key)?;
        Some(&mut self.as_mut_slice()[at].value)
    }

    /// What a body that was read held in the pair of a key, beyond key and value.
    pub fn extra<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&Extra>
    where
        K: Borrow<Q>,
    {
        self.pair(key).map(|pair| &pair.extra)
    }

    fn pair<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&Pair<K, V>>
    where
        K: Borrow<Q>,
    {
        self.position(key).map(|at| &self.as_slice()[at])
    }

    fn position<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        match &self.0 {
            Repr::Few(pairs) => pairs.iter().position(|pair| pair.key.borrow() == key),
            Repr::Many(many) => many.index.position(&many.pairs, key),
        }
    }

    /// Whether the key is there.
    pub fn contains_key<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Sets the value of a key, in its place if the key is there, else at the end. Returns the value
    /// it had.
    pub fn insert(&mut self, key: impl Into<K>, value: impl Into<V>) -> Option<V> {
        let (key, value) = (key.into(), value.into());
        match self.position(&key) {
            Some(at) => Some(mem::replace(&mut self.as_mut_slice()[at].value, value)),
            None => {
                self.push(Pair::new(key, value));
                None
            }
        }
    }

    /// Adds a pair whose key is not there.
    fn push(&mut self, pair: Pair<K, V>) {
        match &mut self.0 {
            Repr::Few(pairs) if pairs.len() < FEW => pairs.push(pair),
            Repr::Few(pairs) => {
                let mut pairs = mem::take(pairs);
                pairs.push(pair);
                // The keys are known to differ.
                *self = Self::indexed(pairs).unwrap_or_default();
            }
            Repr::Many(many) => {
                many.pairs.push(pair);
                many.index.add_last(&many.pairs);
            }
        }
    }

    /// Removes a key and returns its value.
    ///
    /// It moves all pairs behind it, as `Vec::remove` does: to remove many, use
    /// [`retain`](Self::retain).
    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.position(key)?;
        let pair = match &mut self.0 {
            Repr::Few(pairs) => pairs.remove(at),
            Repr::Many(many) => {
                many.index.remove(&many.pairs, at);
                many.pairs.remove(at)
            }
        };
        Some(pair.value)
    }

    /// Keeps the pairs for which `keep` returns true.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let mut keep = |pair: &Pair<K, V>| keep(&pair.key, &pair.value);
        match &mut self.0 {
            Repr::Few(pairs) => pairs.retain(keep),
            Repr::Many(many) => {
                let mut pairs = mem::take(&mut many.pairs);
                pairs.retain(&mut keep);
                // The keys are known to differ.
                *self = Self::from_pairs(pairs).unwrap_or_default();
            }
        }
    }
}

impl<V: Default> Pairs<Key, V> {
    /// The value of a key, which is added with the default where it is absent.
    pub fn entry(&mut self, key: &str) -> &mut V {
        let at = self.position(key).unwrap_or_else(|| {
            self.push(Pair::new(key.into(), V::default()));
            self.len() - 1
        });
        &mut self.as_mut_slice()[at].value
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Pairs<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Pairs<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pairs").field(&self.as_slice()).finish()
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
        let pairs = match self.0 {
            Repr::Few(pairs) => pairs,
            Repr::Many(many) => many.pairs,
        };
        let pairs: Vec<_> = pairs.into_iter().map(|pair| (pair.key, pair.value)).collect();
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

impl<Q: Into<K>, K: Eq + Hash, V> Extend<(Q, V)> for Pairs<K, V> {
    /// As [`insert`](Self::insert) for each pair: the last value of a key holds.
    fn extend<I: IntoIterator<Item = (Q, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}
