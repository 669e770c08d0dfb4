//! The namespaces that are bound to prefixes while a body is read.

use std::borrow::Cow;
use std::sync::Arc;

use xrm_context::Namespace;

use super::scope::INSTANCE;

/// The declarations in scope, the innermost last.
pub(super) struct Bindings<'a> {
    all: Vec<Binding<'a>>,
    /// The prefix that was bound last to each known namespace, so that the reader knows which tag to
    /// expect without a search.
    prefixes: [Option<&'a str>; Namespace::ALL.len()],
    /// How many bindings hide an outer one of the same prefix. While there are any, `prefixes` may name a
    /// prefix that means something else here, and the reader takes the long way. The platform
    /// hides none but the default namespace of a few elements.
    hiding: usize,
    /// How many bindings give the schema instance namespace the prefix `i`.
    instances: usize,
}

/// A prefix and its namespace.
pub(super) struct Binding<'a> {
    pub(super) prefix: &'a str,
    pub(super) uri: Cow<'a, str>,
    pub(super) known: Option<Namespace>,
    /// The URI as what is kept of unknown content shares it, once it is asked for.
    shared: Option<Arc<str>>,
    /// The prefix that the namespace had before.
    before: Option<&'a str>,
    hides: bool,
}

impl Binding<'_> {
    #[inline]
    fn is_instance(&self) -> bool {
        self.prefix == "i" && self.uri == INSTANCE
    }
}

impl<'a> Bindings<'a> {
    pub(super) fn new() -> Self {
        Self {
            // Enough for the platform's bodies, which nest few prefixes.
            all: Vec::with_capacity(8),
            prefixes: [None; Namespace::ALL.len()],
            hiding: 0,
            instances: 0,
        }
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
        self.push(prefix, uri, known);
    }

    /// Binds a prefix to a known namespace.
    pub(super) fn bind_known(&mut self, prefix: &'a str, namespace: Namespace) {
        self.push(prefix, Cow::Borrowed(namespace.uri()), Some(namespace));
    }

    fn push(&mut self, prefix: &'a str, uri: Cow<'a, str>, known: Option<Namespace>) {
        let before = known.and_then(|known| self.prefixes[known.index()].replace(prefix));
        let hides = self.find(prefix).is_some();
        self.hiding += usize::from(hides);
        let binding = Binding { prefix, uri, known, shared: None, before, hides };
        self.instances += usize::from(binding.is_instance());
        self.all.push(binding);
    }

    /// Forgets the bindings since there were so many.
    #[inline]
    pub(super) fn truncate(&mut self, len: usize) {
        while self.all.len() > len {
            let Some(binding) = self.all.pop() else { return };
            self.hiding -= usize::from(binding.hides);
            self.instances -= usize::from(binding.is_instance());
            if let Some(known) = binding.known {
                self.prefixes[known.index()] = binding.before;
            }
        }
    }

    /// The binding of a prefix.
    pub(super) fn find(&self, prefix: &str) -> Option<&Binding<'a>> {
        self.all.iter().rev().find(|binding| is_same(binding.prefix, prefix))
    }

    /// The namespace of a prefix, to be kept: however many names are in it, its text is there once.
    /// `None` for no namespace.
    pub(super) fn shared(&mut self, prefix: &str) -> Option<&Arc<str>> {
        let binding = self.all.iter_mut().rev().find(|it| is_same(it.prefix, prefix))?;
        let Binding { uri, shared, .. } = binding;
        if uri.is_empty() { None } else { Some(shared.get_or_insert_with(|| Arc::from(&**uri))) }
    }

    /// Whether the prefix `i` certainly means the schema instance namespace.
    #[inline]
    pub(super) fn has_instance(&self) -> bool {
        self.hiding == 0 && self.instances > 0
    }

    /// A prefix that certainly means the namespace.
    #[inline]
    pub(super) fn prefix_of(&self, namespace: Namespace) -> Option<&'a str> {
        if self.hiding == 0 { self.prefixes[namespace.index()] } else { None }
    }
}

/// Whether two prefixes are the same. They are so short that a call to compare them would take longer.
fn is_same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().eq(b.bytes())
}
