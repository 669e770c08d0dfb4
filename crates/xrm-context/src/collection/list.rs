//! Lists of contract values.

use std::iter::Flatten;
use std::slice;

/// A list of contract values. The platform's lists may hold nulls; iterating passes over them.
#[derive(Clone, PartialEq, Debug)]
pub struct List<T>(Vec<Option<T>>);

impl<T> List<T> {
    /// No item.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many items there are, nulls included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The items, without nulls.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter().flatten()
    }

    /// The items, without nulls, to be changed.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.0.iter_mut().flatten()
    }

    /// The item at an index; `None` where there is none or a null.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index)?.as_ref()
    }

    /// The items as they stand, nulls included.
    #[must_use]
    pub fn as_slice(&self) -> &[Option<T>] {
        &self.0
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [Option<T>] {
        &mut self.0
    }

    /// Adds an item, or a null, at the end.
    pub fn push(&mut self, item: impl Into<Option<T>>) {
        self.0.push(item.into());
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().map(Some).collect())
    }
}

impl<T> FromIterator<Option<T>> for List<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

impl<T> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        self.0.extend(items.into_iter().map(Some));
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = Flatten<slice::Iter<'a, Option<T>>>;

    /// The items, without nulls.
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().flatten()
    }
}

impl<'a, T> IntoIterator for &'a mut List<T> {
    type Item = &'a mut T;
    type IntoIter = Flatten<slice::IterMut<'a, Option<T>>>;

    /// The items, without nulls, to be changed.
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut().flatten()
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = Flatten<std::vec::IntoIter<Option<T>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().flatten()
    }
}
