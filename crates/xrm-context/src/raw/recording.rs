//! What is kept of unknown content.
//!
//! A body may consist of unknown elements, and a tree of them would take sixty times the memory of
//! the body: `<a/>` has four bytes, and a name of three strings and three empty lists have two
//! hundred. So they are recorded: all texts one behind the other, and beside them a few bytes for
//! each event, which say what the next texts are and how long. That is one to two times the body.

use std::fmt;
use std::sync::Arc;

/// Unknown content as a sequence of events, in about as many bytes as the body had for it.
///
/// The events of an element come in this order: its start, its attributes, its declarations, its type,
/// what is inside, its end.
#[derive(Clone, Default)]
pub struct Recording {
    /// The texts of all events.
    texts: String,
    /// The kind of each event and the lengths of its texts, as the constants below say.
    events: Vec<u8>,
    /// The namespaces of the names. A name has a number in it.
    namespaces: Vec<Arc<str>>,
}

/// An event of recorded XML.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum XmlEvent<'a> {
    /// The start of an element.
    Start(XmlName<'a>),
    /// An attribute of the element that was started last, no namespace declaration.
    Attribute {
        /// The attribute's name.
        name: XmlName<'a>,
        /// Its value, with references resolved.
        value: &'a str,
    },
    // Texts inside may use a prefix (`i:type="b:string"` in content that is not understood), so unused
    // declarations may be needed all the same.
    /// A namespace declaration on the element that was started last, even an unused one.
    Declaration {
        /// The prefix, empty for the default namespace.
        prefix: &'a str,
        /// The namespace's URI.
        uri: &'a str,
    },
    /// The name that `i:type` gives of the element that was started last, expanded.
    Type(XmlName<'a>),
    /// Text, with references resolved.
    Text(&'a str),
    /// The end of the innermost element.
    End,
}

/// A name in XML, expanded, with the prefix that it had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct XmlName<'a> {
    /// The prefix, empty where there was none.
    pub prefix: &'a str,
    /// The local name.
    pub local: &'a str,
    /// The namespace's URI, empty for no namespace.
    pub namespace: &'a str,
}

impl fmt::Display for XmlName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.local, self.namespace)
    }
}

/// A recorded event: one of XML, or a whole member of JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry<'a> {
    Xml(XmlEvent<'a>),
    /// A member's name and the tokens of its value.
    Json {
        name: &'a str,
        value: &'a str,
    },
    /// The value of a `__type` that says what its place declares anyway.
    Hint(&'a str),
}

// The kinds of events. Each is followed by the lengths of its texts, and a name by its prefix's length, its
// local name's, and the number of its namespace, 0 for none.
const START: u8 = 0;
const ATTRIBUTE: u8 = 1;
const DECLARATION: u8 = 2;
const TYPE: u8 = 3;
const TEXT: u8 = 4;
const END: u8 = 5;
const JSON: u8 = 6;
const HINT: u8 = 7;

/// How many namespaces are searched for one that is used again. One that is not found is listed once
/// more, which takes 16 bytes; searching all would take time by their number for each name. More
/// than these can't all have prefixes of one letter, so that a name in them has bytes enough.
const RECENT: usize = 64;

impl Recording {
    /// Records the start of an element. Without a namespace, the name is in none.
    pub fn start(&mut self, prefix: &str, local: &str, namespace: Option<&Arc<str>>) {
        self.name(START, prefix, local, namespace);
    }

    /// Records an attribute of the element.
    pub fn attribute(
        &mut self,
        prefix: &str,
        local: &str,
        namespace: Option<&Arc<str>>,
        value: &str,
    ) {
        self.name(ATTRIBUTE, prefix, local, namespace);
        self.text_of_event(value);
    }

    /// Records a namespace declaration of the element.
    pub fn declaration(&mut self, prefix: &str, uri: &str) {
        self.events.push(DECLARATION);
        self.text_of_event(prefix);
        self.text_of_event(uri);
    }

    /// Records the element's type.
    pub fn type_name(&mut self, prefix: &str, local: &str, namespace: Option<&Arc<str>>) {
        self.name(TYPE, prefix, local, namespace);
    }

    /// Records text.
    pub fn text(&mut self, text: &str) {
        self.events.push(TEXT);
        self.text_of_event(text);
    }

    /// Records the end of the innermost element.
    pub fn end(&mut self) {
        self.events.push(END);
    }

    /// Records a member of a JSON object: its name, and the tokens of its value.
    pub fn json(&mut self, name: &str, value: &str) {
        self.events.push(JSON);
        self.text_of_event(name);
        self.text_of_event(value);
    }

    /// Records a `__type` of a JSON object that says what its place declares anyway: JSON writes it
    /// again, XML has nothing to write.
    pub fn redundant_hint(&mut self, value: &str) {
        self.events.push(HINT);
        self.text_of_event(value);
    }

    /// The events, if all are of XML.
    pub(super) fn xml_events(&self) -> XmlEvents<'_> {
        XmlEvents { entries: self.entries(), extent: Extent::All }
    }

    pub(super) fn entries(&self) -> Entries<'_> {
        Entries { texts: &self.texts, events: &self.events, namespaces: &self.namespaces }
    }

    /// Gives back the memory that was reserved for more.
    pub fn shrink_to_fit(&mut self) {
        self.texts.shrink_to_fit();
        self.events.shrink_to_fit();
        self.namespaces.shrink_to_fit();
    }

    fn name(&mut self, kind: u8, prefix: &str, local: &str, namespace: Option<&Arc<str>>) {
        self.events.push(kind);
        self.text_of_event(prefix);
        self.text_of_event(local);
        let number = namespace.map_or(0, |namespace| self.number_of(namespace));
        self.number(number);
    }

    fn number_of(&mut self, namespace: &Arc<str>) -> usize {
        // By address: whoever records has one `Arc` for each declaration.
        let recent = self.namespaces.iter().rev().take(RECENT);
        match recent.zip(0..).find(|(known, _)| Arc::ptr_eq(known, namespace)) {
            Some((_, back)) => self.namespaces.len() - back,
            None => {
                self.namespaces.push(Arc::clone(namespace));
                self.namespaces.len()
            }
        }
    }

    fn text_of_event(&mut self, text: &str) {
        self.number(text.len());
        self.texts.push_str(text);
    }

    /// Appends a number in seven bits a byte, the least significant first: LEB128, as DWARF and
    /// WebAssembly have it.
    fn number(&mut self, mut number: usize) {
        while number > 0x7f {
            self.events.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.events.push(number as u8);
    }
}

/// Whether the same was recorded, declarations aside.
impl PartialEq for Recording {
    fn eq(&self, other: &Self) -> bool {
        let counts = |entry: &Entry<'_>| !matches!(entry, Entry::Xml(XmlEvent::Declaration { .. }));
        self.entries().filter(counts).eq(other.entries().filter(counts))
    }
}

impl Eq for Recording {}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}

/// The walk over what was recorded.
#[derive(Clone, Copy)]
pub(crate) struct Entries<'a> {
    texts: &'a str,
    events: &'a [u8],
    namespaces: &'a [Arc<str>],
}

impl<'a> Entries<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.events.split_first()?;
        self.events = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        let (text, rest) = self.texts.split_at_checked(length)?;
        self.texts = rest;
        Some(text)
    }

    fn name(&mut self) -> Option<XmlName<'a>> {
        let (prefix, local) = (self.text()?, self.text()?);
        let namespace = match self.number()? {
            0 => "",
            number => self.namespaces.get(number - 1)?,
        };
        Some(XmlName { prefix, local, namespace })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        Some(match self.byte()? {
            START => Entry::Xml(XmlEvent::Start(self.name()?)),
            ATTRIBUTE => {
                Entry::Xml(XmlEvent::Attribute { name: self.name()?, value: self.text()? })
            }
            DECLARATION => {
                Entry::Xml(XmlEvent::Declaration { prefix: self.text()?, uri: self.text()? })
            }
            TYPE => Entry::Xml(XmlEvent::Type(self.name()?)),
            TEXT => Entry::Xml(XmlEvent::Text(self.text()?)),
            END => Entry::Xml(XmlEvent::End),
            JSON => Entry::Json { name: self.text()?, value: self.text()? },
            HINT => Entry::Hint(self.text()?),
            _ => return None,
        })
    }
}

impl fmt::Debug for Entries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// The events of recorded XML, in order.
#[derive(Clone, Copy, Debug)]
pub struct XmlEvents<'a> {
    entries: Entries<'a>,
    extent: Extent,
}

/// How far the events go.
#[derive(Clone, Copy, Debug)]
enum Extent {
    All,
    /// To the end of an element, of which so many are open.
    Element(usize),
    Ended,
}

impl<'a> XmlEvents<'a> {
    /// The events of the element that begins here.
    pub(super) fn of_element(entries: Entries<'a>) -> Self {
        Self { entries, extent: Extent::Element(0) }
    }

    /// What follows the events.
    pub(super) fn rest(mut self) -> Entries<'a> {
        self.by_ref().for_each(drop);
        self.entries
    }
}

impl<'a> Iterator for XmlEvents<'a> {
    type Item = XmlEvent<'a>;

    fn next(&mut self) -> Option<XmlEvent<'a>> {
        if let Extent::Ended = self.extent {
            return None;
        }
        let Entry::Xml(event) = self.entries.next()? else { return None };
        self.extent = match (self.extent, event) {
            (Extent::Element(open), XmlEvent::Start(_)) => Extent::Element(open + 1),
            (Extent::Element(0 | 1), XmlEvent::End) => Extent::Ended,
            (Extent::Element(open), XmlEvent::End) => Extent::Element(open - 1),
            (extent, _) => extent,
        };
        Some(event)
    }
}
