//! Walks over pairs.

use std::slice;

use super::pairs::Pair;

/// The pairs of a collection, in order: what [`Pairs::iter`](super::Pairs::iter) gives.
#[derive(Debug)]
pub struct PairsIter<'a, K, V>(pub(super) slice::Iter<'a, Pair<K, V>>);

/// The pairs of a collection, in order, with values that can be changed.
#[derive(Debug)]
pub struct PairsIterMut<'a, K, V>(pub(super) slice::IterMut<'a, Pair<K, V>>);

impl<K, V> Clone for PairsIter<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Implements the traits of iterators by those of a slice's.
macro_rules! walk {
    ($type:ident, $item:ty, $pair:ident => $of:expr) => {
        impl<'a, K, V> Iterator for $type<'a, K, V> {
            type Item = $item;

            fn next(&mut self) -> Option<Self::Item> {
                self.0.next().map(|$pair| $of)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<K, V> DoubleEndedIterator for $type<'_, K, V> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.0.next_back().map(|$pair| $of)
            }
        }

        impl<K, V> ExactSizeIterator for $type<'_, K, V> {}
    };
}

walk!(PairsIter, (&'a K, &'a V), pair => (&pair.key, &pair.value));
walk!(PairsIterMut, (&'a K, &'a mut V), pair => (&pair.key, &mut pair.value));
