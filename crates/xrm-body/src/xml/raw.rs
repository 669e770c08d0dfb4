//! Values and members that are written as they were read.

use xrm_context::raw::{RawXml, XmlElement, XmlName, XmlNode};

use super::INSTANCE;
use super::escape::{write_attribute, write_text};
use super::scope::{DEFAULT, Scope};
use crate::sink::Sink;

/// The prefixes in scope while raw content is written, the innermost last.
pub(super) struct RawScope<'a> {
    bindings: Vec<(String, &'a str)>,
}

impl<'a> RawScope<'a> {
    pub(super) fn new(scope: &Scope) -> Self {
        let root = [(String::new(), DEFAULT.uri()), ("i".to_owned(), INSTANCE)];
        let letters = scope
            .since(0)
            .map(|(letter, namespace)| (char::from(letter).to_string(), namespace.uri()));
        Self { bindings: root.into_iter().chain(letters).collect() }
    }

    pub(super) fn write_element(&mut self, element: &'a XmlElement, out: &mut impl Sink) {
        let XmlName { prefix, local, namespace } = &element.name;
        self.write(prefix, local, namespace, &element.content, out);
    }

    /// Writes an element: its attributes, its declarations as they stood, and a declaration more
    /// for every prefix that stands for something else here than where it was read.
    pub(super) fn write(
        &mut self,
        prefix: &str,
        local: &str,
        namespace: &'a str,
        content: &'a RawXml,
        out: &mut impl Sink,
    ) {
        let outer = self.bindings.len();
        out.push(b'<');
        write_name(prefix, local, out);
        for (name, value) in &content.attributes {
            out.push(b' ');
            write_name(&name.prefix, &name.local, out);
            write_value(value, out);
        }
        for (prefix, uri) in &content.declarations {
            self.declare(prefix, uri, out);
        }
        self.need(prefix, namespace, out);
        let used = content.attributes.iter().map(|(name, _)| name);
        for name in used.chain(&content.type_name).filter(|name| !name.prefix.is_empty()) {
            self.need(&name.prefix, &name.namespace, out);
        }
        if content.children.is_empty() {
            out.extend_from_slice(b"/>");
        } else {
            out.push(b'>');
            for child in &content.children {
                match child {
                    XmlNode::Element(element) => self.write_element(element, out),
                    XmlNode::Text(text) => write_text(text, out),
                    _ => {}
                }
            }
            out.extend_from_slice(b"</");
            write_name(prefix, local, out);
            out.push(b'>');
        }
        self.bindings.truncate(outer);
    }

    fn need(&mut self, prefix: &str, uri: &'a str, out: &mut impl Sink) {
        let bound = self.bindings.iter().rev().find(|(known, _)| known == prefix);
        let current = bound.map_or("", |(_, uri)| uri);
        if current != uri && prefix != "xml" {
            self.declare(prefix, uri, out);
        }
    }

    fn declare(&mut self, prefix: &str, uri: &'a str, out: &mut impl Sink) {
        out.extend_from_slice(b" xmlns");
        if !prefix.is_empty() {
            out.push(b':');
            out.extend_from_slice(prefix.as_bytes());
        }
        write_value(uri, out);
        self.bindings.push((prefix.to_owned(), uri));
    }
}

fn write_name(prefix: &str, local: &str, out: &mut impl Sink) {
    if !prefix.is_empty() {
        out.extend_from_slice(prefix.as_bytes());
        out.push(b':');
    }
    out.extend_from_slice(local.as_bytes());
}

fn write_value(value: &str, out: &mut impl Sink) {
    out.extend_from_slice(b"=\"");
    write_attribute(value, out);
    out.push(b'"');
}
