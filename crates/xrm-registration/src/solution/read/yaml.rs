//! The YAML of unpacked solutions, as the XML that it stands for.
//!
//! Git integration and `pac solution clone` write each file of a solution as YAML: elements are keys,
//! attributes are keys that begin with `@`, values are quoted, and elements of one name are a list
//! ([format](https://learn.microsoft.com/power-platform/alm/solution-source-control-yaml-format)).
//! Rewriting it as XML leaves one reader of endpoints and steps. Each element is put on the line that it
//! has in the file, so that errors name the right one.

use std::io::{BufRead, Read as _};
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput};

use crate::solution::error::{Error, ErrorKind};
use crate::solution::limits::Limits;
use crate::solution::location::Location;

/// The key of the text of an element that has attributes too.
const TEXT: &str = "#text";

/// The text of a file, which is read as a whole: a file in YAML holds one component.
pub(crate) fn text(file: &str, input: impl BufRead, limits: Limits) -> Result<String, Error> {
    let error = |kind| {
        let (file, path) = (file.to_owned(), String::new());
        Err(Error { location: Location { file, line: 1, column: 1, offset: 0, path }, kind })
    };
    let limit = u64::try_from(limits.text).unwrap_or(u64::MAX).min(limits.bytes);
    let mut bytes = Vec::new();
    // One more than is allowed, to see whether there is more.
    if let Err(failure) = input.take(limit.saturating_add(1)).read_to_end(&mut bytes) {
        return error(ErrorKind::Read(Arc::new(failure)));
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return error(ErrorKind::TooLarge { limit });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(_) => error(ErrorKind::Encoding { name: "unknown".to_owned() }),
    }
}

/// The XML that a file in YAML stands for.
pub(crate) fn to_xml(file: &str, text: &str, limits: Limits) -> Result<String, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { events: Parser::new_from_str(text), file, limits };
    let document = reader.document()?;
    let mut xml = Xml { text: String::new(), line: 1 };
    document.children.iter().for_each(|it| xml.element(it));
    Ok(xml.text)
}

/// An element, as YAML has it.
struct Element {
    name: String,
    line: usize,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Self>,
}

impl Element {
    const fn new(name: String, line: usize) -> Self {
        Self { name, line, attributes: Vec::new(), text: String::new(), children: Vec::new() }
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    file: &'a str,
    limits: Limits,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Marker), Error> {
        loop {
            match self.events.next() {
                Some(Ok((Event::Nothing, _))) => {}
                Some(Ok((event, span))) => return Ok((event, span.start)),
                // The parser's own text could repeat some of the file.
                Some(Err(error)) => return Err(self.error(*error.marker(), "it can't be parsed")),
                None => return Ok((Event::StreamEnd, Marker::default())),
            }
        }
    }

    fn error(&self, at: Marker, reason: &'static str) -> Error {
        self.error_of(at, ErrorKind::NotYaml { reason })
    }

    fn error_of(&self, at: Marker, kind: ErrorKind) -> Error {
        let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        let location = Location {
            file: self.file.to_owned(),
            line: number(at.line()),
            column: number(at.col()).saturating_add(1),
            offset: number(at.index()),
            path: String::new(),
        };
        Error { location, kind }
    }

    /// The one document of a file, as an element without a name.
    fn document(&mut self) -> Result<Element, Error> {
        let mut document = Element::new(String::new(), 1);
        let mut has_begun = false;
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentEnd, _) => {}
                (Event::DocumentStart(_), at) if has_begun => {
                    return Err(self.error(at, "there is a second document"));
                }
                (Event::DocumentStart(_), _) => has_begun = true,
                (Event::MappingStart(0, None), _) => self.mapping(&mut document, 0)?,
                (Event::StreamEnd, _) => return Ok(document),
                (_, at) => return Err(self.error(at, "it is no mapping")),
            }
        }
    }

    /// The keys and values of a mapping whose start was read.
    fn mapping(&mut self, element: &mut Element, depth: usize) -> Result<(), Error> {
        loop {
            match self.next()? {
                (Event::MappingEnd, _) => return Ok(()),
                (Event::Scalar(key, _, 0, None), at) => self.value(element, &key, at, depth)?,
                (_, at) => return Err(self.error(at, "a key is not a text")),
            }
        }
    }

    fn value(
        &mut self,
        parent: &mut Element,
        key: &str,
        at: Marker,
        depth: usize,
    ) -> Result<(), Error> {
        let next = self.next()?;
        match (key.strip_prefix('@'), next) {
            (Some(name), (Event::Scalar(text, style, 0, None), _)) => {
                let name = self.name(name, at)?;
                parent.attributes.push((name, value(&text, style).to_owned()));
            }
            (Some(_), (_, at)) => return Err(self.error(at, "an attribute is not a text")),
            (None, (Event::Scalar(text, style, 0, None), _)) if key == TEXT => {
                value(&text, style).clone_into(&mut parent.text);
            }
            (None, (Event::SequenceStart(0, None), _)) => loop {
                match self.next()? {
                    (Event::SequenceEnd, _) => break,
                    (event, at) => self.element(parent, key, event, at, depth)?,
                }
            },
            (None, (event, _)) => self.element(parent, key, event, at, depth)?,
        }
        Ok(())
    }

    /// Adds an element with a text, or with elements of its own.
    fn element(
        &mut self,
        parent: &mut Element,
        name: &str,
        event: Event<'a>,
        at: Marker,
        depth: usize,
    ) -> Result<(), Error> {
        if depth == self.limits.depth {
            return Err(self.error_of(at, ErrorKind::TooDeep { limit: depth }));
        }
        let mut element = Element::new(self.name(name, at)?, at.line());
        match event {
            Event::Scalar(text, style, 0, None) => {
                value(&text, style).clone_into(&mut element.text);
            }
            Event::MappingStart(0, None) => self.mapping(&mut element, depth + 1)?,
            // A few lines of aliases can stand for gigabytes, and no tool writes any.
            Event::Alias(_) => return Err(self.error(at, "aliases are refused")),
            _ => return Err(self.error(at, "anchors, tags and lists of lists are refused")),
        }
        parent.children.push(element);
        Ok(())
    }

    /// A name, which must not end a tag. The reader of XML checks the rest.
    fn name(&self, name: &str, at: Marker) -> Result<String, Error> {
        let is_plain =
            |it: char| !it.is_ascii() || it.is_ascii_alphanumeric() || "_-.:".contains(it);
        match !name.is_empty() && name.chars().all(is_plain) {
            true => Ok(name.to_owned()),
            false => Err(self.error(at, "a key is no name of an element")),
        }
    }
}

/// The text of a value. One that is not quoted may be nothing.
fn value(text: &str, style: ScalarStyle) -> &str {
    let is_null = style == ScalarStyle::Plain && matches!(text, "~" | "null" | "Null" | "NULL");
    if is_null { "" } else { text }
}

struct Xml {
    text: String,
    line: usize,
}

impl Xml {
    fn element(&mut self, element: &Element) {
        while self.line < element.line {
            self.push("\n");
        }
        self.push("<");
        self.push(&element.name);
        for (name, value) in &element.attributes {
            self.push(" ");
            self.push(name);
            self.push("=\"");
            self.escaped(value);
            self.push("\"");
        }
        self.push(">");
        self.escaped(&element.text);
        element.children.iter().for_each(|it| self.element(it));
        self.push("</");
        self.push(&element.name);
        self.push(">");
    }

    /// A text, with references for what is markup, and for white space that readers change.
    fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.push("&amp;"),
                '<' => self.push("&lt;"),
                '>' => self.push("&gt;"),
                '"' => self.push("&quot;"),
                '\t' => self.push("&#x9;"),
                '\n' => self.push("&#xA;"),
                '\r' => self.push("&#xD;"),
                other => self.text.push(other),
            }
        }
    }

    fn push(&mut self, text: &str) {
        self.line += usize::from(text == "\n");
        self.text.push_str(text);
    }
}
