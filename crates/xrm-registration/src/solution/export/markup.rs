//! XML, written as the platform's exports are.

use std::fmt::Display;
use std::io::{self, Write};
use std::mem;

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;

use crate::component::Component;
use crate::solution::characters::character_outside_xml;
use crate::solution::export::error::ExportError;

/// Writes elements, a line each, deeper ones further to the right.
pub(super) struct Markup<'a> {
    xml: Writer<&'a mut dyn Write>,
    /// The component that is being written, for errors.
    component: Component,
}

impl<'a> Markup<'a> {
    /// Writes a document with what `write` puts into it.
    pub(super) fn document(
        out: &'a mut dyn Write,
        write: impl FnOnce(&mut Self) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut xml = Writer::new_with_indent(out, b' ', 2);
        // As .NET's writer, which makes the platform's exports, closes them.
        xml.config_mut().add_space_before_slash_in_empty_elements = true;
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        let mut markup = Self { xml, component: Component::Registration };
        write(&mut markup)?;
        Ok(markup.xml.get_mut().write_all(b"\n")?)
    }

    /// Writes the element of a component: attributes and texts in it are the component's.
    pub(super) fn element(
        &mut self,
        component: Component,
        name: &str,
        attributes: &[(&'static str, &str)],
        write: impl FnOnce(&mut Self) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let outer = mem::replace(&mut self.component, component);
        let start = self.start(name, attributes)?;
        self.xml.write_event(Event::Start(start))?;
        write(self)?;
        self.component = outer;
        Ok(self.xml.write_event(Event::End(BytesEnd::new(name)))?)
    }

    /// Writes an element of others, which closes at once if there are none.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        attributes: &[(&'static str, &str)],
        items: &[T],
        mut write: impl FnMut(&mut Self, &T) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let start = self.start(name, attributes)?;
        if items.is_empty() {
            return Ok(self.xml.write_event(Event::Empty(start))?);
        }
        self.xml.write_event(Event::Start(start))?;
        items.iter().try_for_each(|it| write(self, it))?;
        Ok(self.xml.write_event(Event::End(BytesEnd::new(name)))?)
    }

    /// Writes an element with nothing in it.
    pub(super) fn empty(
        &mut self,
        name: &str,
        attributes: &[(&'static str, &str)],
    ) -> Result<(), ExportError> {
        let start = self.start(name, attributes)?;
        Ok(self.xml.write_event(Event::Empty(start))?)
    }

    fn start<'n>(
        &self,
        name: &'n str,
        attributes: &[(&'static str, &str)],
    ) -> Result<BytesStart<'n>, ExportError> {
        let mut start = BytesStart::new(name);
        for (name, text) in attributes {
            let value = self.escaped(name, text, Within::Attribute)?.into();
            start.push_attribute(Attribute { key: QName(name), value });
        }
        Ok(start)
    }

    /// Writes an element with others in it.
    pub(super) fn group(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut Self) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        self.xml.write_event(Event::Start(BytesStart::new(name)))?;
        write(self)?;
        Ok(self.xml.write_event(Event::End(BytesEnd::new(name)))?)
    }

    /// Writes an element with a text in it, or with nothing.
    pub(super) fn text_or_empty(
        &mut self,
        name: &'static str,
        text: &str,
    ) -> Result<(), ExportError> {
        Ok(self.leaf(name, self.escaped(name, text, Within::Element)?)?)
    }

    /// Writes an element with a text in it, unless there is none.
    pub(super) fn text(
        &mut self,
        name: &'static str,
        text: Option<&str>,
    ) -> Result<(), ExportError> {
        match text {
            None | Some("") => Ok(()),
            Some(text) => Ok(self.leaf(name, self.escaped(name, text, Within::Element)?)?),
        }
    }

    /// Writes an element with a value in it that needs no escapes.
    pub(super) fn value(&mut self, name: &str, value: impl Display) -> Result<(), ExportError> {
        Ok(self.leaf(name, value.to_string())?)
    }

    fn leaf(&mut self, name: &str, escaped: String) -> io::Result<()> {
        self.xml.write_event(Event::Start(BytesStart::new(name)))?;
        self.xml.write_event(Event::Text(BytesText::from_escaped(escaped)))?;
        self.xml.write_event(Event::End(BytesEnd::new(name)))
    }

    /// A text with references for what a reader would take for markup, or change: it makes all ends
    /// of lines alike, and spaces of the white space in attributes.
    ///
    /// `quick_xml::escape` is not used because the platform's exports differ from it: .NET writes
    /// references in hexadecimal and leaves `'` as it is.
    fn escaped(
        &self,
        name: &'static str,
        text: &str,
        within: Within,
    ) -> Result<String, ExportError> {
        if let Some(character) = character_outside_xml(text) {
            let (component, character) = (self.component.clone(), character.into());
            return Err(ExportError::Character { component, name, character });
        }
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '\r' => escaped.push_str("&#xD;"),
                '"' if within == Within::Attribute => escaped.push_str("&quot;"),
                '\n' if within == Within::Attribute => escaped.push_str("&#xA;"),
                '\t' if within == Within::Attribute => escaped.push_str("&#x9;"),
                other => escaped.push(other),
            }
        }
        Ok(escaped)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Element,
    Attribute,
}
