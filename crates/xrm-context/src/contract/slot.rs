//! The places where values stand, with their bytes in each format.

use super::Literal;
use crate::generation::Generation;
use crate::namespace::Namespace;

/// A place where a value stands: a member of a class, an item of a collection, the key or the
/// value of a pair, or the root of a body.
///
/// The literals are the place's own bytes in each format, made when the crate is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The local name of the member or item.
    pub name: &'static str,
    /// The namespace of the class that declares the member, or of the collection of the item.
    pub namespace: Namespace,
    /// The namespace of the declared type, when that is a class or collection of another
    /// namespace than the slot's: XML declares it on the slot's element.
    pub declares: Option<Namespace>,
    /// Whether the member is left out where it has its default.
    pub omitted: bool,
    /// The generation that added the member; none where it was always there.
    pub since: Option<Generation>,
    /// What stands before the value in JSON.
    pub json: JsonText,
    /// The element's beginning and end in XML.
    pub xml: XmlText,
    /// The element's beginning and end in XML where its namespace has the prefix `a`, the first that is
    /// bound.
    pub xml_a: XmlText,
    /// `Name>`, which ends both of the element's tags in XML, to be written.
    pub xml_literal: Literal,
    /// The element's tags where its namespace is near.
    pub xml_tags: XmlTags,
    /// The pair that ends behind the value that stands here.
    pub closes: Option<&'static Self>,
}

impl Slot {
    /// The root of a message body.
    pub const ROOT: &Self = &slot!(item "RemoteExecutionContext" in Contracts);

    /// The member's name in JSON, which a dictionary's pairs spell otherwise than in XML.
    #[must_use]
    pub fn json_name(&self) -> &'static str {
        self.json.name.trim_matches(['"', ':'])
    }

    /// The same place with the namespace that its declared type brings along.
    pub(crate) const fn declaring(self, declared: Option<Namespace>) -> Self {
        let declares = match declared {
            Some(namespace) if !namespace.is(self.namespace) => declared,
            _ => None,
        };
        // An element that declares a namespace has an attribute, so its tags are not those literals.
        let near = if declares.is_none() { self.xml_tags.near } else { 0 };
        Self { declares, xml_tags: XmlTags { near, ..self.xml_tags }, ..self }
    }

    /// The same place, of a pair's value that ends the pair; `close` are the end tags of both in XML
    /// where the pair's namespace is the default.
    pub(crate) const fn closing(self, pair: &'static Self, close: Literal) -> Self {
        let near = if pair.namespace.is(Namespace::Contracts) { self.xml_tags.near } else { 0 };
        let xml_tags = XmlTags { close, near, ..self.xml_tags };
        Self { xml_tags, closes: Some(pair), ..self }
    }

    /// Whether the member is written. It is not if it is left out by default and has its default, or
    /// if the generation that is written lacks it.
    // Both questions are closures because most members ask neither, and the slot is a constant: the
    // compiler then removes this whole function.
    #[inline(always)]
    pub(crate) fn is_written(
        &self,
        is_default: impl FnOnce() -> bool,
        generation: impl FnOnce() -> Option<Generation>,
    ) -> bool {
        if self.omitted && is_default() {
            return false;
        }
        self.since.is_none_or(|since| generation().is_none_or(|asked| since <= asked))
    }
}

/// What stands before a value in JSON. For an item it is empty.
#[derive(Clone, Copy, Debug)]
pub struct JsonText {
    /// `"Name":`
    pub name: &'static str,
    /// `,"Name":`
    pub next: &'static str,
    /// `"Name":`, to be written.
    pub literal: Literal,
}

/// What begins and ends an element in XML, with or without a prefix, to be read.
#[derive(Clone, Copy, Debug)]
pub struct XmlText {
    /// `<Name`
    pub open: &'static str,
    /// `</Name>`
    pub close: &'static str,
}

/// The tags of an element in XML as they stand in most places, whole, to be written.
#[derive(Clone, Copy, Debug)]
pub struct XmlTags {
    /// `<Name`, or `<a:Name` in another namespace than the default.
    pub open: Literal,
    /// `</Name>`, and behind a pair's value the end of the pair.
    pub close: Literal,
    /// The namespace that has to be the default or to have the prefix `a` for the tags to hold, as
    /// the bit at its [index](Namespace::index). No bit where they never hold.
    pub near: u16,
}

/// The bytes of a place, from its name and namespace. See [`Slot`](super::Slot).
///
/// The name may be given in parts: `"ArrayOf" "Entity"`. `slot!(member "Id" in Contracts)` is a [`Slot`]
/// with the name `Id`, the JSON text `"Id":`, and the XML texts `<Id`, `</Id>`, `<a:Id`, `</a:Id>`, all
/// made by `concat!`. An `item` has no name in JSON.
macro_rules! slot {
    (member $($name:literal)+ in $namespace:ident) => {
        $crate::contract::slot!(@ $($name)+, $namespace, "\"", $($name,)+ "\":")
    };
    (item $($name:literal)+ in $namespace:ident) => {
        $crate::contract::slot!(@ $($name)+, $namespace,)
    };
    (@ $($name:literal)+, $namespace:ident, $($json:literal),*) => {
        $crate::contract::Slot {
            name: concat!($($name),+),
            namespace: $crate::namespace::Namespace::$namespace,
            declares: None,
            omitted: false,
            since: None,
            json: $crate::contract::JsonText {
                name: concat!($($json),*),
                next: concat!(",", $($json),*),
                literal: const { $crate::contract::Literal::new(concat!($($json),*)) },
            },
            xml: $crate::contract::XmlText {
                open: concat!("<", $($name),+),
                close: concat!("</", $($name,)+ ">"),
            },
            xml_a: $crate::contract::XmlText {
                open: concat!("<a:", $($name),+),
                close: concat!("</a:", $($name,)+ ">"),
            },
            xml_literal: const { $crate::contract::Literal::new(concat!($($name,)+ ">")) },
            xml_tags: $crate::contract::XmlTags {
                open: const {
                    $crate::contract::Literal::new(concat!(
                        "<", $crate::namespace::near_prefix!($namespace), $($name),+
                    ))
                },
                close: const {
                    $crate::contract::Literal::new(concat!(
                        "</", $crate::namespace::near_prefix!($namespace), $($name,)+ ">"
                    ))
                },
                near: const { 1 << $crate::namespace::Namespace::$namespace.index() },
            },
            closes: None,
        }
    };
}
pub(crate) use slot;
