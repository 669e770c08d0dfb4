//! An XML document as a small tree, within limits.

use quick_xml::Reader;
use quick_xml::events::Event;
use zeroize::Zeroizing;

use crate::error_body::resolve;

/// How deep elements may nest. The service's own go to eight.
const DEEPEST: usize = 32;

/// How many elements there may be: some hundred hubs with all their rules.
const MOST_ELEMENTS: usize = 50_000;

/// Why an answer that ought to be a description is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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
pub(super) struct Element {
    pub(super) name: String,
    text: Zeroizing<String>,
    children: Vec<Self>,
}

impl Element {
    /// The root element of a document.
    pub(super) fn read(xml: &[u8]) -> Result<Self, Malformed> {
        let xml = str::from_utf8(xml).map_err(|_| Malformed::NotUtf8)?;
        let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
        let mut tree = Tree::default();
        loop {
            let event = reader.read_event();
            let not_xml = || Malformed::NotXml { position: reader.buffer_position() };
            match event.map_err(|_| not_xml())? {
                Event::Start(element) => tree.enter(element.local_name().as_ref())?,
                Event::Empty(element) => {
                    tree.enter(element.local_name().as_ref())?;
                    tree.leave();
                }
                Event::End(_) => tree.leave(),
                Event::Text(text) => tree.add(&text.xml10_content()),
                Event::CData(text) => tree.add(&text.xml10_content()),
                Event::GeneralRef(entity) => tree.add(&resolve(&entity)),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::DocType(_) => return Err(Malformed::DocumentType),
                Event::Eof => return tree.root().ok_or_else(not_xml),
            }
        }
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The child's text, unless it is absent or empty.
    pub(super) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(Self::text).filter(|text| !text.is_empty())
    }

    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }
}

/// The elements that are open, the root first; the finished root at last.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    finished: Option<Element>,
    elements: usize,
}

impl Tree {
    fn enter(&mut self, name: &str) -> Result<(), Malformed> {
        self.elements += 1;
        if self.open.len() == DEEPEST || self.elements > MOST_ELEMENTS {
            return Err(Malformed::TooLarge);
        }
        self.open.push(Element { name: name.to_owned(), ..Element::default() });
        Ok(())
    }

    fn leave(&mut self) {
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

    /// `None` if no element was closed, or one is open still.
    fn root(self) -> Option<Element> {
        self.finished.filter(|_| self.open.is_empty())
    }
}
