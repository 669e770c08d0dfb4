//! Which prefixes the writer has bound.

use xrm_context::Namespace;

/// The namespace that the root element makes the default.
pub(super) const DEFAULT: Namespace = Namespace::Contracts;

/// The prefixes in the order they are bound: the first letters that are not `i`, which the root
/// binds to the schema instance namespace.
const LETTERS: &[u8; 25] = b"abcdefghjklmnopqrstuvwxyz";

/// The namespaces bound in scope. The one at an index has the letter at that index, since a
/// namespace that is in scope is never bound again.
pub(super) struct Scope {
    bound: [Namespace; LETTERS.len()],
    len: usize,
}

impl Scope {
    pub(super) const fn new() -> Self {
        Self { bound: [DEFAULT; LETTERS.len()], len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Forgets what was bound since the scope had this length.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = len;
    }

    /// Binds the namespace unless it is in scope.
    #[inline]
    pub(super) fn bind(&mut self, namespace: Namespace) {
        if self.is_bound(namespace) {
            return;
        }
        // There are fewer known namespaces than letters, so there is always room.
        if let Some(place) = self.bound.get_mut(self.len) {
            *place = namespace;
            self.len += 1;
        }
    }

    /// Whether the namespace is in scope.
    #[inline]
    pub(super) fn is_bound(&self, namespace: Namespace) -> bool {
        namespace == DEFAULT || self.bound().contains(&namespace)
    }

    /// The namespace that has the prefix `a`.
    #[inline]
    pub(super) fn first(&self) -> Option<Namespace> {
        self.bound().first().copied()
    }

    fn bound(&self) -> &[Namespace] {
        &self.bound[..self.len]
    }

    /// The namespace's prefix, if one is bound to it.
    #[inline]
    pub(super) fn prefix(&self, namespace: Namespace) -> Option<u8> {
        self.bound().iter().position(|bound| *bound == namespace).map(|index| LETTERS[index])
    }

    /// The bindings from `start` on.
    pub(super) fn since(&self, start: usize) -> impl Iterator<Item = (u8, Namespace)> {
        let bound = self.bound().iter().zip(LETTERS).skip(start);
        bound.map(|(namespace, letter)| (*letter, *namespace))
    }
}

const _: () = assert!(Namespace::ALL.len() <= LETTERS.len(), "a letter for each namespace");
