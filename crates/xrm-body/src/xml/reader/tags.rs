//! Start tags: names, declarations and attributes.

use std::borrow::Cow;

use xrm_context::contract::Slot;

use super::hint::TypeHint;
use super::{Element, Name, XmlReader};
use crate::error::{Error, ErrorKind};
use crate::text::trimmed;
use crate::xml::bindings::Binding;
use crate::xml::scope::INSTANCE;
use crate::xml::tag::{Attribute, QName};

impl<'a> XmlReader<'a> {
    /// Reads a start tag: its name, its declarations and its attributes.
    pub(super) fn start_tag(&mut self) -> Result<(), Error> {
        let start = self.lexer.offset();
        let name = self.lexer.start()?;
        self.attributes_of(Name::Other(name), start)
    }

    /// Reads the rest of a start tag, whose name was read.
    pub(super) fn attributes_of(&mut self, name: Name<'a>, start: usize) -> Result<(), Error> {
        let bindings = self.bindings.len();
        self.attributes.clear();
        self.attributes_behind(name, start, bindings)
    }

    /// Reads the rest of a start tag, whose declarations begin after so many bindings.
    fn attributes_behind(
        &mut self,
        name: Name<'a>,
        start: usize,
        bindings: usize,
    ) -> Result<(), Error> {
        let empty = loop {
            match self.lexer.attribute()? {
                Ok(attribute) => self.keep_attribute(attribute, bindings, start)?,
                Err(empty) => break empty,
            }
        };
        self.begin_element(Element { name, start, empty, bindings }, TypeHint::InAttributes)
    }

    /// Takes an element, whose start tag was read, for the current one.
    #[inline]
    fn begin_element(&mut self, element: Element<'a>, type_hint: TypeHint) -> Result<(), Error> {
        self.current = element;
        self.type_hint = type_hint;
        // Checked at the start tag, so that the error names the element that is too deep.
        if self.open.len() >= self.limits.depth {
            return Err(self.error(ErrorKind::Limit("depth", self.limits.depth)));
        }
        Ok(())
    }

    fn keep_attribute(
        &mut self,
        attribute: Attribute<'a>,
        bindings: usize,
        start: usize,
    ) -> Result<(), Error> {
        // A namespace declaration is an attribute by its form, and goes to the bindings.
        let prefix = match attribute.name {
            QName { prefix: "xmlns", local } => local,
            QName { prefix: "", local: "xmlns" } => "",
            name => {
                if self.attributes.iter().any(|known| known.name == name) {
                    let name = name.local.to_owned();
                    return Err(Error::at(ErrorKind::DuplicateMember(name), start));
                }
                if self.attributes.len() >= self.limits.attributes {
                    let limit = ErrorKind::Limit("attributes", self.limits.attributes);
                    return Err(Error::at(limit, start));
                }
                self.attributes.push(attribute);
                return Ok(());
            }
        };
        // Namespaces in XML 1.0, 5: a prefix can't be undeclared, and `xmlns` is none.
        if self.strict && (prefix == "xmlns" || !prefix.is_empty() && attribute.value.is_empty()) {
            return Err(Error::at(ErrorKind::BadValue("namespace"), start));
        }
        if self.bindings.since(bindings).iter().any(|known| known.prefix == prefix) {
            return Err(Error::at(ErrorKind::DuplicateMember(format!("xmlns:{prefix}")), start));
        }
        // Prefixes are searched one by one, so without a limit a body of n declarations would cost
        // n squared.
        let limit = self.limits.attributes.saturating_mul(8);
        if self.bindings.len() >= limit {
            return Err(Error::at(ErrorKind::Limit("declarations in scope", limit), start));
        }
        self.bindings.bind(prefix, attribute.value);
        Ok(())
    }

    pub(super) fn binding(&self, prefix: &str) -> Result<Option<&Binding<'a>>, Error> {
        match self.bindings.find(prefix) {
            None if !prefix.is_empty() && prefix != "xml" => {
                Err(self.error(ErrorKind::UndeclaredPrefix(prefix.to_owned())))
            }
            binding => Ok(binding),
        }
    }

    pub(super) fn uri(&self, prefix: &str) -> Result<&str, Error> {
        Ok(self.binding(prefix)?.map_or("", |binding| &binding.uri))
    }

    /// Whether the current element is the one of this place.
    pub(super) fn is_at(&self, slot: &Slot) -> Result<bool, Error> {
        let name = QName::parse(self.current.name.text());
        if name.local != slot.name {
            return Ok(false);
        }
        Ok(self.binding(name.prefix)?.and_then(|binding| binding.known) == Some(slot.namespace))
    }

    /// An attribute of the schema instance namespace.
    pub(super) fn instance_attribute(&self, local: &str) -> Result<Option<Cow<'a, str>>, Error> {
        for attribute in &self.attributes {
            if attribute.name.local == local && self.uri(attribute.name.prefix)? == INSTANCE {
                return Ok(Some(attribute.value.clone()));
            }
        }
        Ok(None)
    }

    pub(super) fn is_nil(&self) -> Result<bool, Error> {
        match self.type_hint {
            TypeHint::InAttributes if self.attributes.is_empty() => return Ok(false),
            TypeHint::InAttributes => {}
            TypeHint::Nil => return Ok(true),
            TypeHint::Common(_) => return Ok(false),
        }
        match self.instance_attribute("nil")?.as_deref().map(trimmed) {
            Some("true" | "1") => Ok(true),
            Some("false" | "0") | None => Ok(false),
            Some(_) => Err(self.error(ErrorKind::BadValue("Boolean"))),
        }
    }

    /// Takes the start tag of the expected member or item if it is written as the platform writes it.
    ///
    /// The name is compared as a literal that was made at compile time, `<Name` or `<a:Name`: the platform binds
    /// `a` first, so these two prefixes cover nearly all elements. What follows the name is one of
    /// three: the end of the tag, a [type hint](Self::take_hint), or attributes that are read one by one.
    pub(super) fn take_start(&mut self, expected: &'static Slot) -> Result<bool, Error> {
        let start = self.lexer.offset();
        let tags = match self.bindings.prefix_of(expected.namespace) {
            // The default namespace, then the prefix that the platform binds first.
            Some("") => &expected.xml,
            Some("a") => &expected.xml_a,
            _ => return Ok(false),
        };
        if !self.lexer.take_open(tags.open) {
            return Ok(false);
        }
        self.attributes.clear();
        let (name, bindings) = (Name::Slot(tags), self.bindings.len());
        if self.lexer.take(">") {
            let element = Element { name, start, empty: false, bindings };
            self.begin_element(element, TypeHint::InAttributes)?;
        } else if let Some(type_hint) = self.take_hint() {
            let element = Element { name, start, empty: type_hint.is_empty(), bindings };
            self.begin_element(element, type_hint)?;
        } else {
            return self.take_attributes(expected, name, start);
        }
        Ok(true)
    }

    /// Takes the rest of an expected start tag that has attributes.
    #[inline(never)]
    fn take_attributes(
        &mut self,
        expected: &Slot,
        name: Name<'a>,
        start: usize,
    ) -> Result<bool, Error> {
        let bindings = self.bindings.len();
        self.take_declaration(expected);
        self.attributes_behind(name, start, bindings)?;
        // The expected name has no prefix, or `a`.
        let hides = |prefix: &str| match name {
            Name::Slot(tags) if tags.open.starts_with("<a:") => prefix == "a",
            _ => prefix.is_empty(),
        };
        if self.bindings.since(bindings).iter().any(|own| hides(own.prefix)) {
            // The tag declares its own prefix, so its name means something else than outside of it. It is
            // given back: the long way looks the name up behind the declarations.
            self.bindings.truncate(bindings);
            self.lexer.seek(start);
            return Ok(false);
        }
        Ok(true)
    }

    /// Takes the declaration of the namespace of the declared type, if it comes next. It is known at
    /// compile time, so the URI is compared and neither copied nor looked up.
    fn take_declaration(&mut self, slot: &Slot) {
        if let Some(namespace) = slot.declares
            && let Some(prefix) = self.lexer.take_declaration(namespace.uri())
        {
            self.bindings.bind_known(prefix, namespace);
        }
    }
}
