//! XML, written as the platform's exports are.

use std::fmt;
use std::io::{self, Write};

use crate::component::Component;
use crate::solution::character_outside_xml;
use crate::solution::export::ExportError;

/// Writes elements, a line each, deeper ones further to the right.
pub(super) struct Markup<W> {
    out: W,
    depth: usize,
}

impl<W: Write> Markup<W> {
    /// Begins a document.
    pub(super) fn document(mut out: W) -> Result<Self, ExportError> {
        writeln!(out, r#"<?xml version="1.0" encoding="utf-8"?>"#)?;
        Ok(Self { out, depth: 0 })
    }

    /// Writes an element and what stands in it. Its attributes need no escapes.
    pub(super) fn element(
        &mut self,
        start: &str,
        write: impl FnOnce(&mut Self) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        self.indent()?;
        writeln!(self.out, "<{start}>")?;
        self.depth += 1;
        write(self)?;
        self.depth -= 1;
        self.indent()?;
        let name = start.split(' ').next().unwrap_or_default();
        writeln!(self.out, "</{name}>")?;
        Ok(())
    }

    /// An element of others. Without any it closes at once.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        items: &[T],
        mut write: impl FnMut(&mut Self, &T) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        if items.is_empty() {
            self.indent()?;
            writeln!(self.out, "<{name} />")?;
            return Ok(());
        }
        self.element(name, |markup| items.iter().try_for_each(|it| write(markup, it)))
    }

    /// An element with a text in it, unless the text is empty. `component` is whose text it is.
    pub(super) fn text(
        &mut self,
        component: &Component,
        name: &'static str,
        text: &str,
    ) -> Result<(), ExportError> {
        if text.is_empty() {
            return Ok(());
        }
        let text = escaped(component, name, text, Within::Element)?;
        self.value(name, text)
    }

    /// An element with a value in it that needs no escapes.
    pub(super) fn value(
        &mut self,
        name: &str,
        value: impl fmt::Display,
    ) -> Result<(), ExportError> {
        self.indent()?;
        writeln!(self.out, "<{name}>{value}</{name}>")?;
        Ok(())
    }

    fn indent(&mut self) -> io::Result<()> {
        write!(self.out, "{:1$}", "", 2 * self.depth)
    }
}

/// An attribute with a blank before it. `component` is whose text it is.
pub(super) fn attribute(
    component: &Component,
    name: &'static str,
    text: &str,
) -> Result<String, ExportError> {
    Ok(format!(r#" {name}="{}""#, escaped(component, name, text, Within::Attribute)?))
}

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Element,
    Attribute,
}

/// A text with references for what a reader would take for markup, or change: it makes ends of
/// lines alike, and in attributes blanks of them.
fn escaped(
    component: &Component,
    name: &'static str,
    text: &str,
    within: Within,
) -> Result<String, ExportError> {
    if let Some(character) = character_outside_xml(text) {
        let (component, character) = (component.clone(), character.into());
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
