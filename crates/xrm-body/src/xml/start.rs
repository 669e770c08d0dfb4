//! Start and end tags as the platform writes them, with the namespaces that they declare.
//!
//! The platform declares a namespace on the first element that needs it, with the next letter as its prefix,
//! and forgets it behind that element. An element in a near namespace is written in one piece; any other
//! is put together by [`Scope::open`] and [`Scope::close`].

use xrm_context::Namespace;
use xrm_context::contract::{Declared, Slot, TypeName};

use super::scope::{DEFAULT, Scope};
use crate::output::{Cursor, Output};

/// The attribute of a start tag, apart from namespace declarations.
#[derive(Clone, Copy)]
pub(super) enum Attribute {
    None,
    Nil,
    Type(&'static TypeName),
}

impl Attribute {
    /// The type hint that XML writes: for every value in an `object` place, and for no other.
    #[inline(always)]
    pub(super) fn hint(declared: Declared, name: &'static TypeName) -> Self {
        match declared {
            Declared::Object => Self::Type(name),
            Declared::Exactly | Declared::ObjectItem => Self::None,
        }
    }
}

impl Scope {
    /// Whether an element can be written with the tags and the hint that were made at compile time. Its
    /// namespace must be near, and its start tag may declare nothing but the namespace of its type, as
    /// `b`, the second prefix. Most elements are so, the values of a record's columns above all.
    #[inline(always)]
    pub(super) fn is_near(&self, slot: &Slot, attribute: Attribute) -> bool {
        let is_type_near = match attribute {
            Attribute::None | Attribute::Nil => true,
            Attribute::Type(name) if name.namespace == DEFAULT => true,
            Attribute::Type(name) => self.len() == 1 && !self.is_bound(name.namespace),
        };
        is_type_near && self.has_near(slot.xml_tags.near)
    }

    /// Writes a start tag: the name, the attribute, and the declarations of what is not in
    /// scope yet: for the declared type, for the hint, for the items, in this order; at last for the
    /// name itself, which becomes the default.
    #[inline(never)]
    pub(super) fn open(
        &mut self,
        slot: &Slot,
        attribute: Attribute,
        items: Option<Namespace>,
        output: &mut Output<'_>,
    ) {
        let start = self.len();
        let mut cursor = output.cursor();
        self.open_name(slot, &mut cursor);
        // Asked before anything is bound: a namespace that this element binds for its type comes
        // too late for its own name.
        let is_declared = self.is_bound(slot.namespace);
        // The order of the declarations is the platform's, which is the order in which its writer
        // needs the prefixes.
        if let Some(namespace) = slot.declares {
            self.bind(namespace);
        }
        match attribute {
            Attribute::None => {}
            Attribute::Nil => cursor.bytes(b" i:nil=\"true\""),
            Attribute::Type(name) => {
                self.bind(name.namespace);
                cursor.bytes(b" i:type=\"");
                if let Some(letter) = self.prefix(name.namespace).letter() {
                    cursor.bytes(&[letter, b':']);
                }
                cursor.text(name.name);
                cursor.byte(b'"');
            }
        }
        if let Some(namespace) = items {
            self.bind(namespace);
        }
        for (prefix, namespace) in self.since(start) {
            cursor.bytes(&prefix.binds);
            cursor.any_literal(namespace.binding());
        }
        if !is_declared {
            declare(slot.namespace, &mut cursor);
        }
        cursor.byte(b'>');
        cursor.commit();
    }

    /// Writes an end tag. The prefixes that an element binds are never for its own name.
    #[inline(always)]
    fn close_name(&self, slot: &Slot, cursor: &mut Cursor<'_, '_>) {
        let prefix = self.prefix(slot.namespace);
        cursor.begin_of(&prefix.close, 2 + prefix.length());
        cursor.literal(&slot.xml_literal);
    }

    /// Writes an end tag, and that of the pair that the value closes.
    #[inline(never)]
    pub(super) fn close(&self, slot: &Slot, output: &mut Output<'_>) {
        let mut cursor = output.cursor();
        self.close_name(slot, &mut cursor);
        cursor.commit();
        self.close_pair(slot, output);
    }

    /// Writes the end tag of the pair that the value closes.
    #[inline(always)]
    pub(super) fn close_pair(&self, slot: &Slot, output: &mut Output<'_>) {
        if let Some(pair) = slot.closes {
            let mut cursor = output.cursor();
            self.close_name(pair, &mut cursor);
            cursor.commit();
        }
    }

    /// Writes the beginning of a start tag, up to the end of the name.
    #[inline(always)]
    fn open_name(&self, slot: &Slot, cursor: &mut Cursor<'_, '_>) {
        let prefix = self.prefix(slot.namespace);
        cursor.begin_of(&prefix.open, 1 + prefix.length());
        cursor.literal(&slot.xml_literal);
        cursor.take_back();
    }
}

/// Writes a start tag that [is near](Scope::is_near).
#[inline(always)]
pub(super) fn open_near(slot: &Slot, attribute: Attribute, cursor: &mut Cursor<'_, '_>) {
    cursor.literal(&slot.xml_tags.open);
    match attribute {
        Attribute::None => cursor.byte(b'>'),
        Attribute::Nil => cursor.bytes(b" i:nil=\"true\">"),
        Attribute::Type(name) if name.namespace == DEFAULT => cursor.text(name.xml_hint),
        Attribute::Type(name) => cursor.text(name.xml_hint_b),
    }
}

/// Declares the default namespace.
pub(super) fn declare(namespace: Namespace, cursor: &mut Cursor<'_, '_>) {
    cursor.bytes(b" xmlns");
    cursor.any_literal(namespace.binding());
}
