//! XML, as much of it as descriptions need: elements with text or children. Attributes other than
//! namespace declarations are passed over.

use std::fmt;

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use quick_xml::name::ResolveResult;

/// How deep elements may stand in one another. A description takes seven.
const MAX_DEPTH: usize = 32;

/// An element.
#[derive(Clone, Default, PartialEq, Eq)]
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
        let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        let mut tree = Tree::default();
        loop {
            match reader.read_resolved_event().map_err(|error| error.to_string())? {
                (namespace, Event::Start(element)) => {
                    let name = name(element.local_name().into_inner())?;
                    tree.enter(Self { namespace: bound(namespace)?, name, ..Self::default() })?;
                }
                (_, Event::End(_)) => tree.leave(),
                (_, Event::Text(text)) => tree.add(&text.xml10_content()),
                (_, Event::CData(text)) => tree.add(&text.xml10_content()),
                (_, Event::GeneralRef(entity)) => tree.add(&resolve(&entity)?),
                (_, Event::DocType(_)) => return Err("it has a document type definition".into()),
                (_, Event::Eof) => return tree.root.ok_or_else(|| "it has no end".into()),
                (_, Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {}
            }
        }
    }

    /// The first child of this name in the same namespace.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|it| it.name == name && it.namespace == self.namespace)
    }

    /// The text of a child, without the white space around it.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|it| it.text.trim())
    }

    /// Writes the element as one whose namespace is the default one where it stands.
    pub(crate) fn write(&self, out: &mut String) {
        out.push_str(&format!("<{}>", self.name));
        match self.children.as_slice() {
            [] => out.push_str(&escape(&self.text)),
            children => children.iter().for_each(|it| it.write(out)),
        }
        out.push_str(&format!("</{}>", self.name));
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

/// The text as XML has it between tags; control characters have no place there at all.
pub(crate) fn escape(text: &str) -> String {
    let printable: String = text.chars().filter(|c| !c.is_control()).collect();
    printable.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The text as XML has it between the quotes of an attribute.
pub(crate) fn escape_attribute(text: &str) -> String {
    escape(text).replace('"', "&quot;")
}

/// The elements that are open, the innermost last, and the root once it is closed.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
}

impl Tree {
    fn enter(&mut self, element: Element) -> Result<(), String> {
        if self.root.is_some() {
            return Err("it has two root elements".into());
        }
        if self.open.len() == MAX_DEPTH {
            return Err(format!("its elements stand more than {MAX_DEPTH} deep"));
        }
        self.open.push(element);
        Ok(())
    }

    fn leave(&mut self) {
        let Some(element) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn add(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }
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

fn bound(namespace: ResolveResult<'_>) -> Result<String, String> {
    match namespace {
        ResolveResult::Bound(namespace) => Ok(namespace.into_inner().to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(prefix) => Err(format!("its prefix `{prefix}` is not declared")),
    }
}

fn resolve(entity: &BytesRef<'_>) -> Result<String, String> {
    match entity.resolve_char_ref().map_err(|error| error.to_string())? {
        Some(character) => Ok(character.to_string()),
        None => resolve_predefined_entity(entity)
            .map(str::to_owned)
            .ok_or_else(|| format!("its entity `{}` is not declared", &**entity)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Element, escape_attribute};

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
        let deep = "<a>".repeat(33);
        for (xml, reason) in [
            (&b""[..], "it has no end"),
            (b"<a>", ""),
            (b"<a></b>", ""),
            (b"<a/><b/>", "it has two root elements"),
            (b"<p:a/>", "its prefix `p` is not declared"),
            (b"<a>&x;</a>", "its entity `x` is not declared"),
            (b"<a!b>1</a!b>", "`a!b` is no name of an element"),
            (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "it has a document type definition"),
            (b"<a>\xFF</a>", "invalid utf-8"),
            (deep.as_bytes(), "its elements stand more than 32 deep"),
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
        fn what_is_written_reads_back(text in "[^\\p{Cc}]*") {
            let element = Element { name: "a".into(), text, ..Element::default() };
            let mut xml = String::new();
            element.write(&mut xml);
            prop_assert_eq!(Element::read(xml.as_bytes()), Ok(element.clone()));
            prop_assert!(!escape_attribute(&element.text).contains(['<', '>', '"']));
        }
    }
}
