//! Values and members that are written as they were read.

use xrm_context::raw::{RawXml, XmlElement, XmlName, XmlNode};

use super::escape::{write_attribute, write_text};
use super::scope::{DEFAULT, INSTANCE, Scope};
use crate::output::Output;

/// The prefixes in scope while raw content is written, the innermost last.
pub(super) struct RawScope<'a> {
    bindings: Vec<(String, &'a str)>,
}

impl<'a> RawScope<'a> {
    pub(super) fn new(scope: &Scope) -> Self {
        let root = [(String::new(), DEFAULT.uri()), ("i".to_owned(), INSTANCE)];
        let bound = scope.since(0).map(|(prefix, namespace)| (prefix.name(), namespace.uri()));
        Self { bindings: root.into_iter().chain(bound).collect() }
    }

    pub(super) fn write_element(&mut self, element: &'a XmlElement, output: &mut Output<'_>) {
        let XmlName { prefix, local, namespace } = &element.name;
        self.write(prefix, local, namespace, &element.content, output);
    }

    /// Writes an element: its attributes, its declarations as they stood, and a declaration more
    /// for every prefix that means something else here than where it was read.
    pub(super) fn write(
        &mut self,
        prefix: &str,
        local: &str,
        namespace: &'a str,
        content: &'a RawXml,
        output: &mut Output<'_>,
    ) {
        let outer = self.bindings.len();
        output.push(b'<');
        write_name(prefix, local, output);
        for (name, value) in &content.attributes {
            output.push(b' ');
            write_name(&name.prefix, &name.local, output);
            write_value(value, output);
        }
        for (prefix, uri) in &content.declarations {
            self.declare(prefix, uri, output);
        }
        // The content may be written elsewhere than it was read, so every prefix that it uses is
        // declared again unless it means the same here.
        self.need(prefix, namespace, output);
        let used = content.attributes.iter().map(|(name, _)| name);
        for name in used.chain(&content.type_name).filter(|name| !name.prefix.is_empty()) {
            self.need(&name.prefix, &name.namespace, output);
        }
        if content.children.is_empty() {
            output.extend_from_slice(b"/>");
        } else {
            output.push(b'>');
            for child in &content.children {
                match child {
                    XmlNode::Element(element) => self.write_element(element, output),
                    XmlNode::Text(text) => write_text(text, output),
                    _ => {}
                }
            }
            output.extend_from_slice(b"</");
            write_name(prefix, local, output);
            output.push(b'>');
        }
        self.bindings.truncate(outer);
    }

    fn need(&mut self, prefix: &str, uri: &'a str, output: &mut Output<'_>) {
        let bound = self.bindings.iter().rev().find(|(known, _)| known == prefix);
        let current = bound.map_or("", |(_, uri)| uri);
        // `xml` is bound by XML itself.
        if current != uri && prefix != "xml" {
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

fn write_name(prefix: &str, local: &str, output: &mut Output<'_>) {
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
