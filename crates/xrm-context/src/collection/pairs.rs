//! Ordered pairs with unique keys.

use std::borrow::Borrow;

use crate::collection::iter::{PairsIter, PairsIterMut};
use crate::collection::key::Key;
use crate::extra::Extra;

/// Pairs in the order they were added, each key once.
///
/// Looking a key up is a walk over the pairs: collections of this kind are short.
#[derive(Clone, PartialEq, Debug)]
pub struct Pairs<K, V>(pub(crate) Vec<Pair<K, V>>);

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
    #[must_use]
    pub fn iter(&self) -> PairsIter<'_, K, V> {
        PairsIter(self.0.iter())
    }

    /// The pairs, in order, with values that can be changed.
    pub fn iter_mut(&mut self) -> PairsIterMut<'_, K, V> {
        PairsIterMut(self.0.iter_mut())
    }

    /// The keys, in order.
    #[must_use]
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + DoubleEndedIterator {
        self.0.iter().map(|pair| &pair.key)
    }

    /// The values, in the order of their keys.
    #[must_use]
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
