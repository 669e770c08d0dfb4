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
    bound: [Namespace; Namespace::ALL.len()],
    len: usize,
    /// The default namespace and the one that is bound first, as bits at their indices.
    near: u16,
    /// The prefix of each namespace.
    prefixes: [Prefix; Namespace::ALL.len()],
}

/// What stands before the names of a namespace, in either tag.
#[derive(Clone, Copy)]
pub(super) struct Prefix {
    /// `<a:`, or `<` in the default namespace and in one that is not in scope.
    pub(super) open: [u8; 4],
    /// `</a:`, or `</`.
    pub(super) close: [u8; 4],
    /// How many bytes the letter and its colon are.
    length: u8,
    is_bound: bool,
}

impl Prefix {
    const NONE: Self = Self { open: *b"<   ", close: *b"</  ", length: 0, is_bound: false };

    const fn of(letter: u8) -> Self {
        let (open, close) = ([b'<', letter, b':', b' '], [b'<', b'/', letter, b':']);
        Self { open, close, length: 2, is_bound: true }
    }

    /// How many bytes the letter and its colon are.
    #[inline(always)]
    pub(super) fn length(&self) -> usize {
        // The mask changes nothing. It tells the compiler how far a cursor goes.
        usize::from(self.length & 2)
    }

    /// The letter, if there is one.
    pub(super) fn letter(&self) -> Option<u8> {
        (self.length > 0).then_some(self.open[1])
    }
}

impl Scope {
    const NEAR: u16 = 1 << DEFAULT.index();

    pub(super) const fn new() -> Self {
        let mut prefixes = [Prefix::NONE; Namespace::ALL.len()];
        prefixes[DEFAULT.index()].is_bound = true;
        Self { bound: [DEFAULT; Namespace::ALL.len()], len: 0, near: Self::NEAR, prefixes }
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Forgets what was bound since the scope had this length.
    #[inline(always)]
    pub(super) fn truncate(&mut self, len: usize) {
        while self.len > len {
            self.len -= 1;
            self.prefixes[self.bound[self.len].index()] = Prefix::NONE;
            if self.len == 0 {
                self.near = Self::NEAR;
            }
        }
    }

    /// Binds the namespace unless it is in scope.
    #[inline(always)]
    pub(super) fn bind(&mut self, namespace: Namespace) {
        if self.is_bound(namespace) {
            return;
        }
        // No namespace is bound twice, so there is always room.
        if let Some(place) = self.bound.get_mut(self.len) {
            *place = namespace;
            if self.len == 0 {
                self.near |= 1 << namespace.index();
            }
            self.prefixes[namespace.index()] = Prefix::of(LETTERS[self.len]);
            self.len += 1;
        }
    }

    /// What stands before the namespace's names.
    #[inline(always)]
    pub(super) fn prefix(&self, namespace: Namespace) -> &Prefix {
        &self.prefixes[namespace.index()]
    }

    /// Whether the namespace is in scope.
    #[inline(always)]
    pub(super) fn is_bound(&self, namespace: Namespace) -> bool {
        self.prefix(namespace).is_bound
    }

    /// Whether the namespace of this bit is the default or has the first letter for its prefix.
    #[inline(always)]
    pub(super) fn has_near(&self, bit: u16) -> bool {
        self.near & bit != 0
    }

    /// The bindings from `start` on.
    pub(super) fn since(&self, start: usize) -> impl Iterator<Item = (u8, Namespace)> {
        let bound = self.bound[..self.len].iter().zip(LETTERS).skip(start);
        bound.map(|(namespace, letter)| (*letter, *namespace))
    }
}

const _: () = assert!(Namespace::ALL.len() <= LETTERS.len(), "a letter for each namespace");
