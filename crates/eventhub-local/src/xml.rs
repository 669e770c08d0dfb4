//! XML, as much of it as descriptions need: elements with text or children. Attributes other than
//! namespace declarations are passed over when reading.

use std::borrow::Cow;
use std::fmt;
use std::io;

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesText, Event};
use roxmltree::{Document, Error, Node};
use serde::{Deserialize, Serialize};

/// How deep elements may be nested. A description takes seven levels. The trees are read and
/// written by recursion, so a client must not choose its depth.
const MAX_DEPTH: usize = 32;

/// An element.
#[derive(Clone, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Element {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
}

impl Element {
    /// The root element of a document, or why there is none. A document type definition is
    /// refused, so that no entity is ever expanded.
    pub(crate) fn read(xml: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(xml).map_err(|error| error.to_string())?;
        let document = Document::parse(text).map_err(|error| match error {
            Error::NoRootNode | Error::UnclosedRootNode => "it has no end".to_owned(),
            Error::DtdDetected => "it has a document type definition".to_owned(),
            Error::UnknownNamespace(prefix, _) => format!("its prefix `{prefix}` is not declared"),
            Error::UnknownEntityReference(name, _) => {
                format!("its entity `{name}` is not declared")
            }
            other => other.to_string(),
        })?;
        Self::from_node(document.root_element(), MAX_DEPTH)
    }

    fn from_node(node: Node<'_, '_>, levels: usize) -> Result<Self, String> {
        if levels == 0 {
            return Err(format!("its elements are nested more than {MAX_DEPTH} deep"));
        }
        let elements = node.children().filter(Node::is_element);
        Ok(Self {
            namespace: node.tag_name().namespace().unwrap_or_default().to_owned(),
            name: name(node.tag_name().name())?,
            text: node.children().filter(Node::is_text).filter_map(|it| it.text()).collect(),
            children: elements
                .map(|it| Self::from_node(it, levels - 1))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The first child of this name in the same namespace.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|it| it.name == name && it.namespace == self.namespace)
    }

    /// The text of a child, without the white space around it.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|it| it.text.trim())
    }

    /// Writes the element as one in the default namespace.
    pub(crate) fn write(&self, xml: &mut Xml) -> io::Result<()> {
        element(xml, &self.name, &[], |xml| match self.children.as_slice() {
            [] => raw(xml, &escaped(&self.text)),
            children => children.iter().try_for_each(|it| it.write(xml)),
        })
    }
}

/// Without the text: it may be a key.
impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("name", &self.name)
            .field("children", &self.children)
            .finish_non_exhaustive()
    }
}

/// A document that is being written.
pub(crate) type Xml = Writer<Vec<u8>>;

/// The XML that `content` writes.
pub(crate) fn write(content: impl FnOnce(&mut Xml) -> io::Result<()>) -> String {
    let mut xml = Writer::new(Vec::new());
    content(&mut xml).expect("a vector takes all that is written to it");
    String::from_utf8(xml.into_inner()).expect("names and texts are UTF-8")
}

/// Writes an element with what `content` writes in it.
pub(crate) fn element(
    xml: &mut Xml,
    name: &str,
    attributes: &[(&str, &str)],
    content: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let element = xml.create_element(name).with_attributes(attributes.iter().copied());
    element.write_inner_content(content).map(drop)
}

/// Writes an element with a text.
pub(crate) fn text(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    element(xml, name, &[], |xml| raw(xml, &escaped(text)))
}

/// Writes XML as it is.
pub(crate) fn raw(xml: &mut Xml, text: &str) -> io::Result<()> {
    xml.write_event(Event::Text(BytesText::from_escaped(text)))
}

/// The text as XML has it between tags. Quotes stay as they are there, as the service writes them.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    partial_escape(allowed(text))
}

/// The text without what XML 1.0 has no way to write, not even as a character reference: control
/// characters other than tab, line feed and carriage return, and U+FFFE and U+FFFF
/// ([Characters](https://www.w3.org/TR/xml/#charsets)).
pub(crate) fn allowed(text: &str) -> Cow<'_, str> {
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(forbidden) { text.replace(forbidden, "").into() } else { text.into() }
}

/// A name that can be written again. XML has more of them, descriptions do not.
fn name(text: &str) -> Result<String, String> {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let other = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if text.starts_with(first) && text.chars().all(other) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no name of an element"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Element, allowed, write};

    #[test]
    fn elements_are_read_with_their_namespaces_and_texts() {
        let root = Element::read(
            b"\xEF\xBB\xBF<?xml version='1.0'?><a xmlns='u:1'><!-- -->\
              <b>1 &lt;<![CDATA[&]]>&#x32;</b><c xmlns='u:2'/><p:b xmlns:p='u:2'>x</p:b></a>",
        )
        .unwrap();
        assert_eq!((root.namespace.as_str(), root.name.as_str()), ("u:1", "a"));
        assert_eq!(root.text_of("b"), Some("1 <&2"));
        assert_eq!(root.child("c"), None, "it is in another namespace");
        let names: Vec<_> = root.children.iter().map(|it| (&*it.namespace, &*it.name)).collect();
        assert_eq!(names, [("u:1", "b"), ("u:2", "c"), ("u:2", "b")]);
    }

    #[test]
    fn what_is_no_document_is_told() {
        let deep = "<a>".repeat(100_000) + &"</a>".repeat(100_000);
        for (xml, reason) in [
            (&b""[..], "it has no end"),
            (b"<a>", "it has no end"),
            (b"<a></b>", ""),
            (b"<a/><b/>", ""),
            (b"<p:a/>", "its prefix `p` is not declared"),
            (b"<a>&x;</a>", "its entity `x` is not declared"),
            ("<\u{e4}>1</\u{e4}>".as_bytes(), "`\u{e4}` is no name of an element"),
            (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "it has a document type definition"),
            (b"<a>\xFF</a>", "invalid utf-8"),
            (deep.as_bytes(), "its elements are nested more than 32 deep"),
        ] {
            let error = Element::read(xml).unwrap_err();
            assert!(error.starts_with(reason), "{error}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(bytes in any::<Vec<u8>>(), xml in "[<>/a&;#x=' ]{0,40}") {
            for bytes in [bytes, xml.into_bytes()] {
                let _ = Element::read(&bytes);
            }
        }

        #[test]
        fn what_is_written_reads_back(text in any::<String>()) {
            let element = Element { name: "a".into(), text, ..Element::default() };
            let xml = write(|xml| element.write(xml));
            let expected = Element { text: allowed(&element.text).into_owned(), ..element };
            prop_assert_eq!(Element::read(xml.as_bytes()), Ok(expected));
        }

        #[test]
        fn what_is_written_into_an_attribute_reads_back(text in any::<String>()) {
            let attribute = ("b", &*allowed(&text));
            let xml = write(|xml| xml.create_element("a").with_attribute(attribute).write_empty().map(drop));
            let document = roxmltree::Document::parse(&xml).unwrap();
            prop_assert_eq!(document.root_element().attribute("b"), Some(attribute.1));
        }
    }

    #[test]
    fn tabs_and_line_breaks_are_kept_and_what_xml_can_not_write_is_left_out() {
        let text = "a\tb\nc\rd\u{0}\u{7}\u{b}\u{1f}\u{ffff}\u{7f}\u{85}e";
        assert_eq!(allowed(text), "a\tb\nc\rd\u{7f}\u{85}e");
        let xml = write(|xml| super::text(xml, "a", text));
        assert_eq!(Element::read(xml.as_bytes()).unwrap().text, allowed(text));
    }
}
