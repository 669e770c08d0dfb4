//! Values and members that are written as they were read.

use xrm_context::raw::{RawXml, XmlEvent, XmlEvents, XmlName};

use super::escape::{write_attribute, write_text};
use super::scope::{DEFAULT, INSTANCE, Scope};
use crate::output::Output;

/// The prefixes in scope while raw content is written, the innermost last.
pub(super) struct RawScope<'a> {
    bindings: Vec<(String, &'a str)>,
}

/// An element that has not ended.
struct Open<'a> {
    name: XmlName<'a>,
    /// How many bindings there were before it.
    outer: usize,
    /// The names in its start tag besides its own.
    used: Vec<XmlName<'a>>,
    /// Whether its start tag has not ended either.
    in_tag: bool,
}

impl<'a> RawScope<'a> {
    pub(super) fn new(scope: &Scope) -> Self {
        let root = [(String::new(), DEFAULT.uri()), ("i".to_owned(), INSTANCE)];
        let bound = scope.since(0).map(|(prefix, namespace)| (prefix.name(), namespace.uri()));
        Self { bindings: root.into_iter().chain(bound).collect() }
    }

    pub(super) fn write_element(&mut self, events: XmlEvents<'a>, output: &mut Output<'_>) {
        self.write(Vec::new(), events, output);
    }

    /// Writes the element of this name with recorded content.
    pub(super) fn write_content(
        &mut self,
        name: XmlName<'a>,
        content: &'a RawXml,
        output: &mut Output<'_>,
    ) {
        let mut open = Vec::new();
        self.start(&mut open, name, output);
        self.write(open, content.events(), output);
    }

    /// Writes elements: their attributes, their declarations as they stood, and a declaration more
    /// for every prefix that means something else here than where it was read. What is open behind
    /// the last event is ended.
    fn write(&mut self, mut open: Vec<Open<'a>>, events: XmlEvents<'a>, output: &mut Output<'_>) {
        for event in events {
            match event {
                XmlEvent::Start(name) => {
                    self.end_tag(&mut open, ">", output);
                    self.start(&mut open, name, output);
                }
                XmlEvent::Attribute { name, value } => {
                    output.push(b' ');
                    write_name(name, output);
                    write_value(value, output);
                    used_in(&mut open, name);
                }
                XmlEvent::Declaration { prefix, uri } => self.declare(prefix, uri, output),
                XmlEvent::Type(name) => used_in(&mut open, name),
                XmlEvent::Text(text) => {
                    self.end_tag(&mut open, ">", output);
                    write_text(text, output);
                }
                XmlEvent::End => self.end(&mut open, output),
                _ => {}
            }
        }
        while !open.is_empty() {
            self.end(&mut open, output);
        }
    }

    fn start(&mut self, open: &mut Vec<Open<'a>>, name: XmlName<'a>, output: &mut Output<'_>) {
        output.push(b'<');
        write_name(name, output);
        let outer = self.bindings.len();
        open.push(Open { name, outer, used: Vec::new(), in_tag: true });
    }

    /// Ends the start tag of the innermost element, if it has not ended yet. The content may be written
    /// elsewhere than it was read, so every prefix that it uses is declared again unless it means the
    /// same here.
    fn end_tag(&mut self, open: &mut [Open<'a>], end: &str, output: &mut Output<'_>) {
        let Some(element) = open.last_mut().filter(|it| it.in_tag) else { return };
        element.in_tag = false;
        self.need(element.name, output);
        for name in std::mem::take(&mut element.used) {
            if !name.prefix.is_empty() {
                self.need(name, output);
            }
        }
        output.extend_from_slice(end.as_bytes());
    }

    fn end(&mut self, open: &mut Vec<Open<'a>>, output: &mut Output<'_>) {
        if open.last().is_some_and(|it| it.in_tag) {
            self.end_tag(open, "/>", output);
        } else if let Some(element) = open.last() {
            output.extend_from_slice(b"</");
            write_name(element.name, output);
            output.push(b'>');
        }
        if let Some(element) = open.pop() {
            self.bindings.truncate(element.outer);
        }
    }

    fn need(&mut self, name: XmlName<'a>, output: &mut Output<'_>) {
        let XmlName { prefix, namespace: uri, .. } = name;
        let bound = self.bindings.iter().rev().find(|(known, _)| known == prefix);
        let current = bound.map_or("", |(_, uri)| uri);
        // Compared by address first: names that were read together share their namespace's text.
        let is_bound = std::ptr::eq(current, uri) || current == uri;
        // `xml` is bound by XML itself.
        if !is_bound && prefix != "xml" {
            self.declare(prefix, uri, output);
        }
    }

    fn declare(&mut self, prefix: &str, uri: &'a str, output: &mut Output<'_>) {
        output.extend_from_slice(b" xmlns");
        if !prefix.is_empty() {
            output.push(b':');
            output.extend_from_slice(prefix.as_bytes());
        }
        write_value(uri, output);
        self.bindings.push((prefix.to_owned(), uri));
    }
}

/// Remembers that the innermost start tag has this name in it.
fn used_in<'a>(open: &mut [Open<'a>], name: XmlName<'a>) {
    if let Some(element) = open.last_mut() {
        element.used.push(name);
    }
}

fn write_name(name: XmlName<'_>, output: &mut Output<'_>) {
    let XmlName { prefix, local, .. } = name;
    if !prefix.is_empty() {
        output.extend_from_slice(prefix.as_bytes());
        output.push(b':');
    }
    output.extend_from_slice(local.as_bytes());
}

fn write_value(value: &str, output: &mut Output<'_>) {
    output.extend_from_slice(b"=\"");
    write_attribute(value, output);
    output.push(b'"');
}
