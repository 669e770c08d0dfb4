//! Tokens of a file.

use std::io::{self, BufRead};
use std::mem;
use std::sync::Arc;

use quick_xml::XmlVersion;
use quick_xml::escape::{EscapeError, resolve_predefined_entity};
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use super::meter::{Exhausted, Meter, Position};
use crate::solution::characters::character_outside_xml;
use crate::solution::error::{Error, ErrorKind};
use crate::solution::limits::Limits;
use crate::solution::location::Location;

/// The longest name of an element, an attribute or an encoding that errors repeat.
const LONGEST_NAME: usize = 256;

/// How many attributes an element may have. Those of a solution have less than ten.
const MOST_ATTRIBUTES: usize = 256;

/// What comes next in a file. Comments do not come.
pub(crate) enum Token {
    Start(Tag),
    Text(String),
    End,
    EndOfFile,
}

/// The start of an element.
pub(crate) struct Tag {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a file by tokens, in memory bounded by its limits. `customizations.xml` holds the forms and
/// ribbons of a solution too and is mostly those, so no tree is made of it.
///
/// Elements are closed in order, because the parser checks that.
pub(crate) struct Reader<'a> {
    xml: quick_xml::Reader<Meter<'a>>,
    buffer: Vec<u8>,
    file: String,
    limits: Limits,
    /// Where the last token began.
    at: Position,
    /// The names of the open elements, with `/` between them, and where each of them begins.
    path: String,
    open: Vec<usize>,
    elements: u64,
    has_begun: bool,
    has_root: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &str, input: &'a mut dyn BufRead, limits: Limits) -> Self {
        let meter = Meter::new(input, limits);
        let at = meter.position();
        let mut xml = quick_xml::Reader::from_reader(meter);
        // `<a/>` comes as a start and an end, so that there is one way through an element.
        xml.config_mut().expand_empty_elements = true;
        xml.config_mut().check_comments = true;
        Self {
            xml,
            buffer: Vec::new(),
            file: file.to_owned(),
            limits,
            at,
            path: String::new(),
            open: Vec::new(),
            elements: 0,
            has_begun: false,
            has_root: false,
        }
    }

    pub(crate) const fn limits(&self) -> Limits {
        self.limits
    }

    /// Where the last token stands.
    pub(crate) fn location(&self) -> Location {
        let Position { offset, line, column } = self.at;
        Location { file: self.file.clone(), line, column, offset, path: self.path.clone() }
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error { location: self.location(), kind }
    }

    fn fail<T>(&self, kind: ErrorKind) -> Result<T, Error> {
        Err(self.error(kind))
    }

    fn malformed<T>(&self, reason: &'static str) -> Result<T, Error> {
        self.fail(ErrorKind::NotWellFormed { reason })
    }

    pub(crate) fn next(&mut self) -> Result<Token, Error> {
        if !self.has_begun {
            self.refuse_utf16()?;
        }
        loop {
            // Taken out and put back, as the event borrows it while `self` is changed.
            let mut buffer = mem::take(&mut self.buffer);
            buffer.clear();
            let token = self.token(&mut buffer);
            self.buffer = buffer;
            if let Some(token) = token? {
                return Ok(token);
            }
        }
    }

    /// The text of the element whose start was read, and its end.
    pub(crate) fn text(&mut self) -> Result<String, Error> {
        let mut whole = String::new();
        loop {
            match self.next()? {
                Token::Text(text) if whole.is_empty() => whole = text,
                Token::Text(text) => whole.push_str(&text),
                Token::End => return Ok(whole),
                Token::Start(_) => return self.fail(ErrorKind::NotText),
                Token::EndOfFile => return self.fail(ErrorKind::Truncated),
            }
            self.at_most(self.limits.text, whole.len())?;
        }
    }

    /// The start of the next element in the one whose start was read, or nothing at its end. Texts
    /// between elements mean nothing.
    pub(crate) fn child(&mut self) -> Result<Option<Tag>, Error> {
        loop {
            match self.next()? {
                Token::Start(tag) => return Ok(Some(tag)),
                Token::Text(_) => {}
                Token::End | Token::EndOfFile => return Ok(None),
            }
        }
    }

    /// Passes over the rest of the element whose start was read. Says how many elements stand
    /// right in it.
    pub(crate) fn skip(&mut self) -> Result<u64, Error> {
        let depth = self.open.len();
        let mut children = 0;
        loop {
            match self.next()? {
                Token::Start(_) if self.open.len() == depth + 1 => children += 1,
                Token::End if self.open.len() < depth => return Ok(children),
                Token::EndOfFile => return Ok(children),
                _ => {}
            }
        }
    }

    /// Names UTF-16, which Windows PowerShell's `Out-File` writes by default: the parser reads UTF-8
    /// alone, and its error would say nothing to the user.
    fn refuse_utf16(&mut self) -> Result<(), Error> {
        let start = self.xml.get_mut().fill_buf();
        if start.is_ok_and(|it| it.starts_with(b"\xFE\xFF") || it.starts_with(b"\xFF\xFE")) {
            return self.fail(ErrorKind::Encoding { name: "UTF-16".to_owned() });
        }
        Ok(())
    }

    fn token(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Token>, Error> {
        // Before the event is read: errors point to its beginning, and its length counts anew.
        self.at = self.xml.get_ref().position();
        self.xml.get_mut().renew();
        let event = match self.xml.read_event_into(buffer) {
            Ok(event) => event,
            Err(error) => return self.fail(self.kind_of(error)),
        };
        let is_first = !mem::replace(&mut self.has_begun, true);
        match event {
            Event::Start(tag) => self.enter(&tag).map(Token::Start).map(Some),
            Event::End(_) => {
                if let Some(length) = self.open.pop() {
                    self.path.truncate(length);
                }
                Ok(Some(Token::End))
            }
            Event::Text(text) if self.open.is_empty() => self.outside(&text).map(|()| None),
            Event::CData(_) | Event::GeneralRef(_) if self.open.is_empty() => {
                self.outside("not white space").map(|()| None)
            }
            Event::Text(text) if text.contains("]]>") => self.malformed("there is `]]>` in a text"),
            Event::Text(text) => self.characters(text.xml10_content().into_owned()),
            Event::CData(text) => self.characters(text.xml10_content().into_owned()),
            Event::GeneralRef(entity) => self.characters(self.resolved(&entity)?),
            Event::Decl(declaration) => {
                self.declaration(&declaration, is_first)?;
                Ok(None)
            }
            // Entities that expand into each other, or name a file, are declared in one. No export
            // has any (https://owasp.org/www-community/vulnerabilities/XML_External_Entity_(XXE)_Processing).
            Event::DocType(_) => self.fail(ErrorKind::DocumentType),
            Event::PI(_) => self.fail(ErrorKind::ProcessingInstruction),
            Event::Eof if self.has_root && self.open.is_empty() => Ok(Some(Token::EndOfFile)),
            Event::Eof => self.fail(ErrorKind::Truncated),
            // There are none of the former: they come as a start and an end.
            Event::Empty(_) | Event::Comment(_) => Ok(None),
        }
    }

    fn enter(&mut self, tag: &BytesStart<'_>) -> Result<Tag, Error> {
        if self.open.is_empty() && mem::replace(&mut self.has_root, true) {
            return self.fail(ErrorKind::SecondRoot);
        }
        if self.open.len() == self.limits.depth {
            return self.fail(ErrorKind::TooDeep { limit: self.limits.depth });
        }
        if self.elements == self.limits.elements {
            return self.fail(ErrorKind::TooManyElements { limit: self.limits.elements });
        }
        // Counted before anything is kept of it.
        self.elements += 1;
        let name = self.name(tag.name().into_inner())?;
        self.open.push(self.path.len());
        if !self.path.is_empty() {
            self.path.push('/');
        }
        self.path.push_str(&name);
        let attributes = self.attributes(tag)?;
        Ok(Tag { name, attributes })
    }

    fn attributes(&self, tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, Error> {
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let Ok(attribute) = attribute else {
                return self.malformed("an attribute is no attribute");
            };
            if attributes.len() == MOST_ATTRIBUTES {
                return self.fail(ErrorKind::TooManyAttributes { limit: MOST_ATTRIBUTES });
            }
            let name = self.name(attribute.key.into_inner())?;
            // The parser lets it pass; XML does not, and another reader would fail.
            if attribute.value.contains('<') {
                return self.malformed("there is a `<` in an attribute");
            }
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value.into_owned(),
                Err(error) => return self.fail(self.kind_of(error)),
            };
            self.printable(&value)?;
            attributes.push((name, value));
        }
        Ok(attributes)
    }

    fn characters(&self, text: String) -> Result<Option<Token>, Error> {
        self.printable(&text)?;
        Ok(Some(Token::Text(text)))
    }

    /// Outside of the root, there is but white space.
    fn outside(&self, text: &str) -> Result<(), Error> {
        if text.bytes().all(|it| matches!(it, b' ' | b'\t' | b'\n' | b'\r')) {
            return Ok(());
        }
        self.malformed("there is text outside of the root element")
    }

    fn resolved(&self, entity: &BytesRef<'_>) -> Result<String, Error> {
        match entity.resolve_char_ref() {
            Ok(Some(character)) => Ok(character.to_string()),
            Ok(None) => match resolve_predefined_entity(entity) {
                Some(text) => Ok(text.to_owned()),
                None => self.fail(ErrorKind::Entity { name: short(entity) }),
            },
            Err(error) => self.fail(self.kind_of(error)),
        }
    }

    fn declaration(&self, declaration: &BytesDecl<'_>, is_first: bool) -> Result<(), Error> {
        if !is_first {
            return self.malformed("the XML declaration is not at the start");
        }
        if !declaration.version().is_ok_and(|it| it == "1.0") {
            return self.fail(ErrorKind::Version);
        }
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => Ok(()),
            Some(Ok(name)) => self.fail(ErrorKind::Encoding { name: short(&name) }),
            Some(Err(_)) => self.malformed("the XML declaration is none"),
        }
    }

    /// A name, as far as it can be checked without XML's tables of letters.
    fn name(&self, text: &str) -> Result<String, Error> {
        self.at_most(LONGEST_NAME, text.len())?;
        // The tables of XML 1.0's fifth edition take nearly every character beyond ASCII, so what
        // they leave out is not worth having them.
        let is_letter =
            |it: char| !it.is_ascii() || it.is_ascii_alphanumeric() || "_-.:".contains(it);
        let is_plain = |it: char| is_letter(it) && !it.is_whitespace() && !it.is_control();
        let can_begin = |it: char| !(it.is_ascii_digit() || it == '-' || it == '.');
        self.printable(text)?;
        if text.starts_with(can_begin) && text.chars().all(is_plain) {
            Ok(text.to_owned())
        } else {
            self.malformed("a name has other characters than names have")
        }
    }

    fn printable(&self, text: &str) -> Result<(), Error> {
        match character_outside_xml(text) {
            Some(character) => self.fail(ErrorKind::Character { character: character.into() }),
            None => Ok(()),
        }
    }

    fn at_most(&self, limit: usize, length: usize) -> Result<(), Error> {
        if length > limit { self.fail(ErrorKind::TooLong { limit }) } else { Ok(()) }
    }

    fn kind_of(&self, error: quick_xml::Error) -> ErrorKind {
        use quick_xml::Error as Xml;
        use quick_xml::errors::{IllFormedError, SyntaxError};
        let malformed = |reason| ErrorKind::NotWellFormed { reason };
        match error {
            Xml::Io(error) => self.kind_of_io(error),
            Xml::Encoding(_) => ErrorKind::Encoding { name: "unknown".to_owned() },
            Xml::Syntax(SyntaxError::InvalidBangMarkup) => malformed("there is no such markup"),
            // The other syntax errors are of markup that the end of the file cuts short.
            Xml::Syntax(_) | Xml::IllFormed(IllFormedError::UnclosedReference) => {
                ErrorKind::Truncated
            }
            Xml::IllFormed(IllFormedError::DoubleHyphenInComment) => {
                malformed("there is `--` in a comment")
            }
            Xml::IllFormed(_) => malformed("a tag closes another one than is open"),
            Xml::Escape(EscapeError::UnrecognizedEntity(_, name)) => {
                ErrorKind::Entity { name: short(&name) }
            }
            Xml::Escape(_) => malformed("a reference is none"),
            _ => malformed("an attribute or a name is none"),
        }
    }

    fn kind_of_io(&self, error: Arc<io::Error>) -> ErrorKind {
        let exhausted = error.get_ref().and_then(|it| it.downcast_ref::<Exhausted>());
        match exhausted {
            Some(Exhausted::File) => ErrorKind::TooLarge { limit: self.limits.bytes },
            Some(Exhausted::Text) => ErrorKind::TooLong { limit: self.limits.text },
            None => ErrorKind::Read(error),
        }
    }
}

/// The start of a name that an error repeats, without what could move a terminal's cursor.
fn short(name: &str) -> String {
    name.chars().filter(|it| !it.is_control()).take(LONGEST_NAME).collect()
}
