//! The tokens of XML, as far as message bodies have them.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};
use crate::options::Limits;
use crate::swar;

/// Takes tokens from an XML text.
///
/// There are no events, as in quick-xml: the reader expects the tag that the platform would write next
/// and compares all of it as one literal ([`take_open`](Self::take_open), [`plain_text`](Self::plain_text)).
/// The other functions take tags apart that are written in another way.
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// What is not taken yet. A slice that shrinks, for the same reason as in the lexer of JSON.
    rest: &'a str,
    string_limit: usize,
}

/// What comes next between elements.
pub(super) enum Next {
    /// A start tag.
    Start,
    /// An end tag.
    End,
}

/// A qualified name as written: prefix and local name.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct QName<'a> {
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
}

impl<'a> QName<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        match text.bytes().position(|byte| byte == b':') {
            Some(colon) => Self { prefix: &text[..colon], local: &text[colon + 1..] },
            None => Self { prefix: "", local: text },
        }
    }
}

/// An attribute as written, with the references in its value resolved.
pub(super) struct Attribute<'a> {
    pub(super) name: QName<'a>,
    pub(super) value: Cow<'a, str>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, limits: &Limits) -> Self {
        Self { text, rest: text, string_limit: limits.string }
    }

    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    #[cold]
    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        Error::at(kind, self.offset())
    }

    /// Goes back to a place seen before.
    pub(super) fn seek(&mut self, offset: usize) {
        self.rest = &self.text[offset..];
    }

    #[cold]
    fn unexpected(&self, name: &'static str) -> Error {
        let kind =
            if self.rest.is_empty() { ErrorKind::UnexpectedEnd } else { ErrorKind::Expected(name) };
        self.error(kind)
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.rest.as_bytes()
    }

    /// Takes so many bytes, up to a character's boundary, and gives them.
    #[inline]
    fn split(&mut self, count: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }

    /// Whether these bytes come next.
    #[inline(always)]
    pub(super) fn is_at(&self, literal: &str) -> bool {
        self.rest().starts_with(literal.as_bytes())
    }

    /// Takes a literal if it comes next. Inlined always: a literal that is known at compile time is compared
    /// by a few instructions, any other by a call of `memcmp`.
    #[inline(always)]
    pub(super) fn take(&mut self, literal: &str) -> bool {
        match self.rest.strip_prefix(literal) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, literal: &'static str) -> Result<(), Error> {
        if self.take(literal) { Ok(()) } else { Err(self.unexpected(literal)) }
    }

    fn skip_blanks(&mut self) -> bool {
        let blanks = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let count = self.rest().iter().take_while(blanks).count();
        !self.split(count).is_empty()
    }

    /// Takes an XML declaration, if there is one. It can name no encoding but UTF-8. Version and
    /// `standalone` are looked at in strict reading only.
    pub(super) fn declaration(&mut self, strict: bool) -> Result<(), Error> {
        let start = self.offset();
        if !self.take("<?xml ") {
            return Ok(());
        }
        let declaration = self.until("?>")?;
        if strict && !is_declaration(declaration) {
            return Err(Error::at(ErrorKind::BadValue("declaration of XML 1.0"), start));
        }
        let Some((_, encoding)) = declaration.split_once("encoding") else { return Ok(()) };
        let name = encoding.trim_matches(['=', ' ', '\t', '\r', '\n', '"', '\'']);
        let name = name.split(['"', '\'']).next().unwrap_or_default();
        if name.eq_ignore_ascii_case("utf-8") {
            Ok(())
        } else {
            Err(self.error(ErrorKind::NotUtf8))
        }
    }

    /// Takes everything up to and with the mark, and gives what stood before it.
    fn until(&mut self, mark: &'static str) -> Result<&'a str, Error> {
        match memchr::memmem::find(self.rest(), mark.as_bytes()) {
            Some(end) => {
                let before = self.split(end);
                self.split(mark.len());
                Ok(before)
            }
            // The error is reported at the end of the body, where the mark is missing.
            None => {
                self.rest = "";
                Err(Error::at(ErrorKind::UnexpectedEnd, self.text.len()))
            }
        }
    }

    /// Takes `<name`, if this comes next and is the whole name.
    #[inline]
    pub(super) fn take_open(&mut self, open: &str) -> bool {
        match self.rest.strip_prefix(open) {
            // `<Value` must not be taken for the beginning of `<Values`. A line break behind the
            // name is rare and takes the long way.
            Some(rest) if matches!(rest.as_bytes().first(), Some(b' ' | b'>' | b'/')) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes ` xmlns:p="` of any one letter, the URI, and the quote. Gives the prefix.
    pub(super) fn take_declaration(&mut self, uri: &str) -> Option<&'a str> {
        let declaration = self.rest.strip_prefix(" xmlns:")?;
        let (prefix, rest) = declaration.split_at_checked(1)?;
        // The platform's prefixes are single letters. Others are bound by reading the attribute.
        let is_letter = matches!(prefix.as_bytes(), [b'a'..=b'z']);
        let rest = rest.strip_prefix("=\"")?.strip_prefix(uri)?.strip_prefix('"')?;
        if !is_letter || uri.len() > self.string_limit {
            return None;
        }
        self.rest = rest;
        Some(prefix)
    }

    /// Takes what is allowed between elements, and returns which tag comes next. A start tag is not taken;
    /// of an end tag, `</` is. `None` at the end of the body.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Next>, Error> {
        loop {
            match self.rest() {
                [b'<', b'/', ..] => {
                    self.take("</");
                    return Ok(Some(Next::End));
                }
                // Comments are allowed anywhere; the platform writes none.
                [b'<', b'!' | b'?', ..] => self.markup()?,
                [b'<', ..] => return Ok(Some(Next::Start)),
                [] => return Ok(None),
                _ => {
                    if !self.skip_blanks() {
                        return Err(self.error(ErrorKind::Expected("an element or an end tag")));
                    }
                }
            }
        }
    }

    /// Takes a comment. Nothing else that begins with `<!` or `<?` is allowed between elements.
    #[cold]
    fn markup(&mut self) -> Result<(), Error> {
        if self.take("<!--") {
            return self.comment();
        }
        Err(self.error(match self.rest() {
            [b'<', b'?', ..] => ErrorKind::NotAllowed("processing instruction"),
            [b'<', b'!', b'[', ..] => ErrorKind::Expected("an element or an end tag"),
            _ => ErrorKind::NotAllowed("document type declaration"),
        }))
    }

    fn comment(&mut self) -> Result<(), Error> {
        let start = self.offset();
        // XML forbids `--` inside of a comment, so it must be its end.
        let comment = self.until("--")?;
        if comment.bytes().any(is_control) {
            return Err(Error::at(ErrorKind::ForbiddenCharacter, start));
        }
        self.expect(">")
    }

    /// Takes `<` and a name.
    #[inline]
    pub(super) fn start(&mut self) -> Result<&'a str, Error> {
        self.expect("<")?;
        self.name()
    }

    /// Takes a qualified name: at most one colon, and neither part empty.
    #[inline]
    pub(super) fn name(&mut self) -> Result<&'a str, Error> {
        let rest = self.rest();
        let end = rest.iter().position(ends_name).unwrap_or(rest.len());
        if !is_name(&self.rest[..end]) {
            return Err(self.unexpected("a name"));
        }
        Ok(self.split(end))
    }

    /// Takes the next attribute of a start tag. At the tag's end, says whether the element is
    /// empty.
    #[inline]
    pub(super) fn attribute(&mut self) -> Result<Result<Attribute<'a>, bool>, Error> {
        if self.take(">") {
            return Ok(Err(false));
        }
        let blanks = self.skip_blanks();
        if self.take(">") {
            return Ok(Err(false));
        }
        if self.take("/>") {
            return Ok(Err(true));
        }
        if !blanks {
            return Err(self.unexpected("a blank or the end of the tag"));
        }
        let name = QName::parse(self.name()?);
        self.skip_blanks();
        self.expect("=")?;
        self.skip_blanks();
        let value = self.attribute_value()?;
        Ok(Ok(Attribute { name, value }))
    }

    fn attribute_value(&mut self) -> Result<Cow<'a, str>, Error> {
        let quote = if self.take("\"") {
            b'"'
        } else {
            self.expect("'").map_err(|_| self.unexpected("a quote"))?;
            b'\''
        };
        let start = self.offset();
        // Most values have neither references nor blanks to normalize, and are borrowed.
        let run = value_run(self.rest(), quote);
        if self.rest().get(run) == Some(&quote) {
            let value = self.split(run);
            self.split(1);
            self.check_length(run)?;
            return Ok(Cow::Borrowed(value));
        }
        // A value with references or blanks: its end is the next quote, since a quote inside is
        // written as a reference.
        let Some(length) = memchr::memchr(quote, self.rest()) else {
            return Err(self.error(ErrorKind::UnexpectedEnd));
        };
        let raw = self.split(length);
        self.split(1);
        self.check_length(raw.len())?;
        if let Some(bad) = raw.bytes().position(|byte| byte == b'<' || is_control(byte)) {
            return Err(Error::at(ErrorKind::ForbiddenCharacter, start + bad));
        }
        attribute_text(raw, start).map(Cow::Owned)
    }

    /// Takes character data up to the next tag, with its references resolved.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, Error> {
        let start = self.offset();
        let text = self.split(plain_run(self.rest()));
        self.check_length(text.len())?;
        // The end tag right behind the run: no copy is made.
        if let [b'<', b'/', ..] = self.rest() {
            return Ok(Cow::Borrowed(text));
        }
        self.mixed_text(text, start).map(Cow::Owned)
    }

    /// Takes character data without references, which this end tag ends.
    #[inline(always)]
    pub(super) fn plain_text(&mut self, close: &str) -> Option<&'a str> {
        let (text, end) = self.rest.split_at(plain_run(self.rest()));
        let rest = end.strip_prefix(close).filter(|_| text.len() <= self.string_limit)?;
        self.rest = rest;
        Some(text)
    }

    /// Takes the rest of a text that has references, CDATA, comments or line ends. As XML demands, each
    /// line end becomes a line feed; the platform writes a carriage return as `&#xD;`.
    fn mixed_text(&mut self, begun: &str, start: usize) -> Result<String, Error> {
        // Room up to the next tag is room for all of most texts.
        let tag = memchr::memchr(b'<', self.rest()).unwrap_or(0).min(self.string_limit);
        let mut text = String::with_capacity(begun.len() + tag);
        text.push_str(begun);
        loop {
            match self.rest() {
                [b'<', b'!', b'[', ..] => text.push_str(self.cdata()?.as_ref()),
                [b'<', b'!' | b'?', ..] => self.markup()?,
                [b'<', ..] => return Ok(text),
                [b'&', ..] => text.push(self.reference()?),
                [b'\r', ..] => {
                    let _line_end = self.take("\r\n") || self.take("\r");
                    text.push('\n');
                }
                // XML forbids this in text, so that the end of a CDATA section is never mistaken.
                [b']', b']', b'>', ..] => {
                    return Err(self.error(ErrorKind::ForbiddenCharacter));
                }
                [byte, ..] if is_control(*byte) => {
                    return Err(self.error(ErrorKind::ForbiddenCharacter));
                }
                // These end a run only because `swar` marks all control characters, and `]` for `]]>`.
                [b'\t' | b'\n' | b']', ..] => {
                    text.push_str(self.split(1));
                }
                [] => return Err(self.error(ErrorKind::UnexpectedEnd)),
                rest => {
                    let run = plain_run(rest).max(1);
                    text.push_str(self.split(run));
                }
            }
            self.check_length(self.offset() - start)?;
        }
    }

    fn cdata(&mut self) -> Result<String, Error> {
        self.expect("<![CDATA[")?;
        let start = self.offset();
        let section = self.until("]]>")?;
        match section.bytes().position(is_control) {
            // The section is copied as it is but for its line ends: nothing in it is a reference.
            Some(bad) => Err(Error::at(ErrorKind::ForbiddenCharacter, start + bad)),
            None => Ok(section.replace("\r\n", "\n").replace('\r', "\n")),
        }
    }

    fn reference(&mut self) -> Result<char, Error> {
        let (character, length) =
            reference(self.rest).ok_or_else(|| self.error(ErrorKind::BadEscape))?;
        self.split(length);
        Ok(character)
    }

    #[inline]
    fn check_length(&self, length: usize) -> Result<(), Error> {
        if length > self.string_limit {
            return Err(self.error(ErrorKind::Limit("bytes of a string", self.string_limit)));
        }
        Ok(())
    }

    /// Takes the rest of an end tag, of which `</` is taken, for the element of this name.
    #[inline]
    pub(super) fn end_tag(&mut self, name: &str) -> Result<(), Error> {
        let start = self.offset();
        // A name that is only the beginning of the one in the tag does not match either.
        if !self.take(name)
            || !matches!(self.rest().first(), Some(b'>' | b' ' | b'\t' | b'\n' | b'\r'))
        {
            let found = self.name();
            return Err(Error::at(
                match found {
                    Ok(_) => ErrorKind::MismatchedEndTag,
                    Err(error) => error.kind().clone(),
                },
                start,
            ));
        }
        self.skip_blanks();
        self.expect(">")
    }
}

/// Whether this is the inside of a declaration of XML 1.0: a version, and then an encoding and `standalone`, each
/// of which may be missing. Source: XML 1.0, 2.8.
fn is_declaration(text: &str) -> bool {
    let Some(mut rest) = pseudo_attribute(text, "version", |version| version == "1.0") else {
        return false;
    };
    for name in ["encoding", "standalone"] {
        rest = pseudo_attribute(rest, name, |value| !value.is_empty()).unwrap_or(rest);
    }
    rest.trim_ascii().is_empty()
}

/// What follows an attribute of a declaration, if it comes next and has such a value.
fn pseudo_attribute<'t>(text: &'t str, name: &str, has: impl Fn(&str) -> bool) -> Option<&'t str> {
    let value = text.trim_ascii_start().strip_prefix(name)?.trim_ascii_start();
    let quoted = value.strip_prefix('=')?.trim_ascii_start();
    let quote = quoted.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let (value, rest) = quoted[1..].split_once(quote)?;
    has(value).then_some(rest)
}

/// A control character that XML forbids.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Whether a byte ends a name.
fn ends_name(byte: &u8) -> bool {
    matches!(byte, b' ' | b'>' | b'/' | b'=' | b'\t' | b'\n' | b'\r' | b'<' | b'"' | b'\'')
}

/// Whether this is a qualified name: at most one colon, each part begun by a letter or `_`.
#[inline]
fn is_name(name: &str) -> bool {
    let letters = |byte: &u8| byte.is_ascii_alphabetic();
    match name.as_bytes() {
        // Nearly all names are letters, with a prefix of one letter:
        // `a:key`, `KeyValuePairOfstringanyType`, ...
        [first, rest @ ..] if letters(first) && rest.iter().all(letters) => true,
        [prefix, b':', first, rest @ ..]
            if letters(prefix) && letters(first) && rest.iter().all(letters) =>
        {
            true
        }
        _ => is_any_name(name),
    }
}

#[cold]
fn is_any_name(name: &str) -> bool {
    let mut parts = name.split(':');
    let is_part = |part: &str| {
        let mut characters = part.chars();
        characters.next().is_some_and(is_name_start) && characters.all(is_name_character)
    };
    match (parts.next(), parts.next(), parts.next()) {
        (Some(only), None, None) => is_part(only),
        (Some(prefix), Some(local), None) => is_part(prefix) && is_part(local),
        _ => false,
    }
}

fn is_name_start(character: char) -> bool {
    matches!(character, 'A'..='Z' | 'a'..='z' | '_' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
        | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
        | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn is_name_character(character: char) -> bool {
    is_name_start(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}'
            | '\u{203f}'..='\u{2040}')
}

/// Resolves the references in an attribute's value; a blank of any kind becomes a space.
fn attribute_text(raw: &str, offset: usize) -> Result<String, Error> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        match character {
            '&' => {
                let at = offset + raw.len() - rest.len();
                let resolved =
                    reference(rest).ok_or_else(|| Error::at(ErrorKind::BadEscape, at))?;
                text.push(resolved.0);
                length = resolved.1;
            }
            '\r' if rest.starts_with("\r\n") => {
                text.push(' ');
                length = 2;
            }
            '\t' | '\n' | '\r' => text.push(' '),
            other => text.push(other),
        }
        rest = &rest[length..];
    }
    Ok(text)
}

/// The character of the reference that the text begins with, and the reference's length. The
/// platform's reader takes references to control characters, which XML 1.0 does not, and a
/// character that is written as two references, one for each half of its surrogate pair.
fn reference(text: &str) -> Option<(char, usize)> {
    let (code, length) = code(text)?;
    if let high @ 0xd800..0xdc00 = code
        && let Some((low @ 0xdc00..0xe000, more)) = code_behind(text, length)
    {
        let character = char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))?;
        return Some((character, length + more));
    }
    // Half of a pair is a code of .NET's strings, but of no Rust string.
    let character = match code {
        0xd800..0xe000 => char::REPLACEMENT_CHARACTER,
        code => char::from_u32(code)?,
    };
    Some((character, length))
}

/// The code of a reference that follows so many bytes.
fn code_behind(text: &str, length: usize) -> Option<(u32, usize)> {
    text.get(length..).filter(|rest| rest.starts_with('&')).and_then(code)
}

/// The code of the reference that the text begins with, and the reference's length.
fn code(text: &str) -> Option<(u32, usize)> {
    // The longest is `&#x10FFFF;`; leading zeros may make it longer.
    let end = text.bytes().take(32).position(|byte| byte == b';')?;
    let name = &text[1..end];
    // Only the five entities of XML: there is no document type that could declare others.
    let number = match name.strip_prefix('#') {
        Some(hex) if hex.starts_with('x') => parse_code(&hex[1..], 16)?,
        Some(decimal) => parse_code(decimal, 10)?,
        None => u32::from(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => return None,
        }),
    };
    Some((number, end + 1))
}

fn parse_code(digits: &str, radix: u32) -> Option<u32> {
    // `from_str_radix` accepts a sign, which XML does not.
    let valid = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    valid.then(|| u32::from_str_radix(digits, radix).ok()).flatten()
}

/// How many bytes of an attribute's value come before a quote, a reference, a `<`, or a character
/// below a space.
#[inline]
fn value_run(bytes: &[u8], quote: u8) -> usize {
    let marks = |word| {
        let markup = swar::equals(word, b'<') | swar::equals(word, b'&');
        markup | swar::equals(word, quote) | swar::controls(word)
    };
    swar::run(bytes, marks, |byte| *byte == quote || matches!(byte, b'<' | b'&' | 0..0x20))
}

/// How many bytes of text come before a tag, a reference, a `]`, or a character below a space.
#[inline]
fn plain_run(bytes: &[u8]) -> usize {
    let marks = |word| {
        let markup = swar::equals(word, b'<') | swar::equals(word, b'&') | swar::equals(word, b']');
        markup | swar::controls(word)
    };
    swar::run(bytes, marks, |byte| matches!(byte, b'<' | b'&' | b']' | 0..0x20))
}
