//! Which namespaces the prefixes of a body stand for.

use std::borrow::Cow;

use xrm_context::Namespace;

/// The declarations in scope, the innermost last.
pub(super) struct Bindings<'a> {
    all: Vec<Binding<'a>>,
    /// The prefix that was bound last to each known namespace.
    prefixes: [Option<&'a str>; Namespace::ALL.len()],
    /// How many bindings hide an outer one of the same prefix.
    hiding: usize,
}

/// A prefix and the namespace it stands for.
pub(super) struct Binding<'a> {
    pub(super) prefix: &'a str,
    pub(super) uri: Cow<'a, str>,
    pub(super) known: Option<Namespace>,
    /// The prefix that the namespace had before.
    before: Option<&'a str>,
    hides: bool,
}

impl<'a> Bindings<'a> {
    pub(super) fn new() -> Self {
        Self { all: Vec::with_capacity(8), prefixes: [None; Namespace::ALL.len()], hiding: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The bindings since there were so many.
    pub(super) fn since(&self, len: usize) -> &[Binding<'a>] {
        &self.all[len..]
    }

    pub(super) fn bind(&mut self, prefix: &'a str, uri: Cow<'a, str>) {
        let known = Namespace::from_uri(&uri);
        let before = known.and_then(|known| self.prefixes[known.index()].replace(prefix));
        let hides = self.find(prefix).is_some();
        self.hiding += usize::from(hides);
        self.all.push(Binding { prefix, uri, known, before, hides });
    }

    /// Forgets the bindings since there were so many.
    #[inline]
    pub(super) fn truncate(&mut self, len: usize) {
        while self.all.len() > len {
            let Some(binding) = self.all.pop() else { return };
            self.hiding -= usize::from(binding.hides);
            if let Some(known) = binding.known {
                self.prefixes[known.index()] = binding.before;
            }
        }
    }

    /// The binding of a prefix.
    pub(super) fn find(&self, prefix: &str) -> Option<&Binding<'a>> {
        self.all.iter().rev().find(|binding| binding.prefix == prefix)
    }

    /// A prefix that stands for the namespace, where that can be told at once.
    #[inline]
    pub(super) fn prefix_of(&self, namespace: Namespace) -> Option<&'a str> {
        if self.hiding == 0 { self.prefixes[namespace.index()] } else { None }
    }
}
