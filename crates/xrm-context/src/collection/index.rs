//! Where the keys of a long collection of pairs are.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;

use crate::collection::pairs::Pair;

/// The number of pairs up to which comparing a key with all others is faster than an index, which
/// has to hash each key and to allocate.
pub(crate) const FEW: usize = 48;

/// The positions of pairs by the hashes of their keys.
// A `HashMap` would hold every key twice. The hashes are seeded, so that whoever writes a body can't choose
// keys that collide.
#[derive(Clone)]
pub(super) struct Index {
    positions: HashTable<usize>,
    hasher: RandomState,
}

impl Index {
    /// The index of these pairs. `None` if a key occurs twice.
    pub(super) fn new<K: Eq + Hash, V>(pairs: &[Pair<K, V>]) -> Option<Self> {
        let positions = HashTable::with_capacity(pairs.len());
        let mut index = Self { positions, hasher: RandomState::new() };
        for (at, pair) in pairs.iter().enumerate() {
            if index.position(pairs, &pair.key).is_some() {
                return None;
            }
            index.add(pairs, at);
        }
        Some(index)
    }

    /// The position of a key among the pairs that the index is of.
    pub(super) fn position<K, V, Q>(&self, pairs: &[Pair<K, V>], key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let is_it = |at: &usize| pairs[*at].key.borrow() == key;
        self.positions.find(self.hasher.hash_one(key), is_it).copied()
    }

    /// Adds the last of the pairs, whose key is new.
    pub(super) fn add_last<K: Hash, V>(&mut self, pairs: &[Pair<K, V>]) {
        self.add(pairs, pairs.len() - 1);
    }

    fn add<K: Hash, V>(&mut self, pairs: &[Pair<K, V>], at: usize) {
        let hash = |at: &usize| self.hasher.hash_one(&pairs[*at].key);
        self.positions.insert_unique(hash(&at), at, hash);
    }

    /// Forgets the pair at this position, which is about to be removed.
    pub(super) fn remove<K: Hash, V>(&mut self, pairs: &[Pair<K, V>], at: usize) {
        let hash = self.hasher.hash_one(&pairs[at].key);
        if let Ok(entry) = self.positions.find_entry(hash, |it| *it == at) {
            entry.remove();
        }
        // All pairs behind it move up by one.
        for it in self.positions.iter_mut().filter(|it| **it > at) {
            *it -= 1;
        }
    }
}
