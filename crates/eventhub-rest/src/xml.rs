//! An XML document as a small tree, within limits.
//!
//! The tree is our own because a refusal that a gateway cuts off still says why, by what came before:
//! of such a document, a tree of a library (roxmltree, with which the local hub reads) gives nothing.
//! The text of a description may be a key, so it is wiped with the tree.
//!
//! No document type is read, and only the predefined entities and character references are known, so
//! nothing is ever expanded.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use zeroize::Zeroizing;

/// How deep elements may nest. The service's own go to eight.
const DEEPEST: usize = 32;

/// How many elements there may be: some hundred hubs with all their rules.
const MOST_ELEMENTS: usize = 50_000;

/// Why an answer that ought to be a description is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[cfg_attr(
    not(feature = "manage"),
    expect(dead_code, unreachable_pub, reason = "a refusal is read as far as it goes")
)]
pub enum Malformed {
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// It is not well-formed XML.
    #[error("it is not well-formed XML at byte {position}")]
    NotXml {
        /// Where the reading ended, in bytes.
        position: u64,
    },
    /// It has a document type definition, which no answer of the service has.
    #[error("it has a document type definition")]
    DocumentType,
    /// It is larger, deeper or has more elements than any answer of the service.
    #[error("it is larger or deeper than any answer of the service")]
    TooLarge,
    /// An element is absent, or its text is not of its type.
    #[error("its element {element} is absent or has no such value")]
    Element {
        /// The element's name.
        element: &'static str,
    },
}

/// An element by its local name. Its text may be a key.
#[derive(Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    text: Zeroizing<String>,
    children: Vec<Self>,
}

impl Element {
    /// The root element of a whole document.
    #[cfg(feature = "manage")]
    pub(crate) fn read(xml: &[u8]) -> Result<Self, Malformed> {
        let xml = str::from_utf8(xml).map_err(|_| Malformed::NotUtf8)?;
        let mut tree = Tree::default();
        let position = tree.read(xml)?;
        let finished = tree.finished.filter(|_| tree.open.is_empty());
        finished.ok_or(Malformed::NotXml { position })
    }

    /// The root element of a document that may break off or break, with what came before that.
    pub(crate) fn read_beginning(xml: &str) -> Option<Self> {
        let mut tree = Tree::default();
        let _ = tree.read(xml);
        while !tree.open.is_empty() {
            tree.leave();
        }
        tree.finished
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    #[cfg(feature = "manage")]
    pub(crate) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The child's text, unless it is absent or empty.
    pub(crate) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(Self::text).filter(|text| !text.is_empty())
    }

    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }
}

/// The elements that are open, the root first, and the root when it is finished.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    finished: Option<Element>,
    elements: usize,
}

impl Tree {
    /// Adds what the document holds, and returns its length in bytes.
    fn read(&mut self, xml: &str) -> Result<u64, Malformed> {
        let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
        loop {
            let event = reader.read_event();
            let position = reader.buffer_position();
            match event.map_err(|_| Malformed::NotXml { position })? {
                Event::Start(element) => self.enter(element.local_name().as_ref())?,
                Event::Empty(element) => {
                    self.enter(element.local_name().as_ref())?;
                    self.leave();
                }
                Event::End(_) => self.leave(),
                Event::Text(text) => self.add(&text.xml10_content()),
                Event::CData(text) => self.add(&text.xml10_content()),
                Event::GeneralRef(entity) => self.add(&resolve(&entity)),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::DocType(_) => return Err(Malformed::DocumentType),
                Event::Eof => return Ok(position),
            }
        }
    }

    fn enter(&mut self, name: &str) -> Result<(), Malformed> {
        self.elements += 1;
        // Both limits bound the memory that a hostile answer takes, and the depth also the
        // recursion when the tree is dropped.
        if self.open.len() == DEEPEST || self.elements > MOST_ELEMENTS {
            return Err(Malformed::TooLarge);
        }
        self.open.push(Element { name: name.to_owned(), ..Element::default() });
        Ok(())
    }

    fn leave(&mut self) {
        // quick-xml checks that end tags match, so there is an element to end.
        let Some(element) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.finished = Some(element),
        }
    }

    fn add(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }
}

/// The reference's character; of an unknown entity, its name, as a reader would rather see it.
fn resolve(entity: &BytesRef<'_>) -> String {
    match entity.resolve_char_ref() {
        Ok(Some(character)) => character.to_string(),
        _ => resolve_predefined_entity(entity)
            .map_or_else(|| format!("&{};", &**entity), str::to_owned),
    }
}
