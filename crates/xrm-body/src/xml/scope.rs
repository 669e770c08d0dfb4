//! Which prefixes the writer has bound.

use xrm_context::Namespace;

/// The namespace of `i:nil` and `i:type`, to which the root element binds `i`.
pub(super) const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The namespace that the root element makes the default.
pub(super) const DEFAULT: Namespace = Namespace::Contracts;

/// The prefixes in the order they are bound: the first letters that are not `i`, which the root
/// binds to the schema instance namespace.
static PREFIXES: [Prefix; Namespace::ALL.len()] = {
    const LETTERS: &[u8; 25] = b"abcdefghjklmnopqrstuvwxyz";
    let mut prefixes = [Prefix::NONE; Namespace::ALL.len()];
    let mut at = 0;
    while at < prefixes.len() {
        prefixes[at] = Prefix::of(LETTERS[at]);
        at += 1;
    }
    prefixes
};

/// The namespaces bound in scope. The one at an index has the prefix at that index, since a
/// namespace that is in scope is never bound again.
pub(super) struct Scope {
    bound: [Namespace; Namespace::ALL.len()],
    len: usize,
    /// The *near* namespaces, as bits at their indices: the default one, and the one that is bound first
    /// and has the prefix `a`. Tags in these were made at compile time, and nearly all tags are.
    near: u16,
    /// The prefix of each namespace.
    prefixes: [&'static Prefix; Namespace::ALL.len()],
}

/// What precedes the names of a namespace, in either tag.
#[derive(Clone, Copy)]
pub(super) struct Prefix {
    /// `<a:`, or `<` in the default namespace and in one that is not in scope.
    pub(super) open: [u8; 4],
    /// `</a:`, or `</`.
    pub(super) close: [u8; 4],
    /// ` xmlns:a`, where there is a letter.
    pub(super) binds: [u8; 8],
    /// How many bytes the letter and its colon are.
    length: u8,
    is_bound: bool,
}

impl Prefix {
    /// That of a namespace which is not in scope.
    const NONE: Self =
        Self { open: *b"<   ", close: *b"</  ", binds: *b" xmlns  ", length: 0, is_bound: false };

    /// That of the default namespace.
    const DEFAULT: Self = Self { is_bound: true, ..Self::NONE };

    const fn of(letter: u8) -> Self {
        Self {
            open: [b'<', letter, b':', b' '],
            close: [b'<', b'/', letter, b':'],
            binds: [b' ', b'x', b'm', b'l', b'n', b's', b':', letter],
            length: 2,
            is_bound: true,
        }
    }

    /// How many bytes the letter and its colon are.
    #[inline(always)]
    pub(super) fn length(&self) -> usize {
        // The mask changes nothing. It shows the compiler how far the cursor advances.
        usize::from(self.length & 2)
    }

    /// The prefix itself, empty where there is none.
    pub(super) fn name(&self) -> String {
        self.letter().map_or_else(String::new, |letter| char::from(letter).to_string())
    }

    /// The letter, if there is one.
    pub(super) fn letter(&self) -> Option<u8> {
        (self.length > 0).then_some(self.open[1])
    }
}

impl Scope {
    const NEAR: u16 = 1 << DEFAULT.index();

    pub(super) const fn new() -> Self {
        let mut prefixes = [&Prefix::NONE; Namespace::ALL.len()];
        prefixes[DEFAULT.index()] = &Prefix::DEFAULT;
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
            self.prefixes[self.bound[self.len].index()] = &Prefix::NONE;
            // The first binding is gone, and with it the second near namespace.
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
        // The n-th namespace gets the n-th letter; one that is forgotten gives its letter back.
        if let (Some(place), Some(prefix)) = (self.bound.get_mut(self.len), PREFIXES.get(self.len))
        {
            *place = namespace;
            if self.len == 0 {
                self.near |= 1 << namespace.index();
            }
            self.prefixes[namespace.index()] = prefix;
            self.len += 1;
        }
    }

    /// What precedes the namespace's names.
    #[inline(always)]
    pub(super) fn prefix(&self, namespace: Namespace) -> &'static Prefix {
        self.prefixes[namespace.index()]
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
    #[inline(always)]
    pub(super) fn since(&self, start: usize) -> impl Iterator<Item = (&'static Prefix, Namespace)> {
        (start..self.len).map_while(|at| Some((PREFIXES.get(at)?, *self.bound.get(at)?)))
    }
}
