//! The tokens of JSON.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};
use crate::options::Limits;
use crate::swar;

/// A place in a JSON text.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    string_limit: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, limits: &Limits) -> Self {
        Self { text, at: 0, string_limit: limits.string }
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        Error::at(kind, self.at)
    }

    /// The text between two places that lie on character boundaries.
    pub(super) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    #[inline]
    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The rest of the text.
    #[inline]
    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// The next byte that is no blank.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        match self.bytes().get(self.at) {
            Some(0..=b' ') => self.peek_past_blanks(),
            byte => byte.copied(),
        }
    }

    #[cold]
    fn peek_past_blanks(&mut self) -> Option<u8> {
        loop {
            match self.bytes().get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                byte => return byte.copied(),
            }
        }
    }

    /// Takes the next byte, after blanks, if it is this one.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(super) fn expect(&mut self, byte: u8, name: &'static str) -> Result<(), Error> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(name)) }
    }

    /// Takes these bytes if they come next, without a blank before them.
    #[inline]
    pub(super) fn take_literal(&mut self, literal: &str) -> bool {
        let found = self.rest().starts_with(literal.as_bytes());
        if found {
            self.at += literal.len();
        }
        found
    }

    /// The error for something else than `name` at this place.
    #[cold]
    pub(super) fn unexpected(&mut self, name: &'static str) -> Error {
        match self.peek() {
            None => self.error(ErrorKind::UnexpectedEnd),
            Some(_) => self.error(ErrorKind::Expected(name)),
        }
    }

    /// Goes back, or forward to a place seen before.
    pub(super) fn seek(&mut self, offset: usize) {
        self.at = offset;
    }

    /// Takes `null`.
    #[inline]
    pub(super) fn take_null(&mut self) -> bool {
        self.peek() == Some(b'n') && self.take_literal("null")
    }

    /// Takes `true` or `false`.
    pub(super) fn take_bool(&mut self) -> Option<bool> {
        match self.peek()? {
            b't' if self.take_literal("true") => Some(true),
            b'f' if self.take_literal("false") => Some(false),
            _ => None,
        }
    }

    /// Takes a number: JSON's, or one that the platform takes too: leading zeros, no digit behind
    /// the point, `NaN`, `INF`, `-INF`, `Infinity`.
    pub(super) fn number(&mut self) -> Result<&'a str, Error> {
        self.peek();
        let start = self.at;
        let specials = ["NaN", "INF", "-INF", "Infinity", "-Infinity"];
        if specials.into_iter().any(|special| self.take_literal(special)) {
            return Ok(self.since(start));
        }
        self.at += usize::from(self.rest().starts_with(b"-"));
        if !self.digits() {
            self.at = start;
            return Err(self.unexpected("a number"));
        }
        if self.rest().starts_with(b".") {
            self.at += 1;
            self.digits();
        }
        if matches!(self.rest().first(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.rest().first(), Some(b'+' | b'-')));
            if !self.digits() {
                return Err(self.unexpected("a digit"));
            }
        }
        Ok(self.since(start))
    }

    /// Takes a scalar that is not null, and gives its text: a string's, or a token as it stands.
    /// The platform reads numbers and Booleans from strings, and strings from numbers and
    /// Booleans; an empty object or array is an empty text to it.
    pub(super) fn scalar(&mut self) -> Result<Cow<'a, str>, Error> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b't' | b'f') => {
                let start = self.at;
                match self.take_bool() {
                    Some(_) => Ok(Cow::Borrowed(self.since(start))),
                    None => Err(self.unexpected("a value")),
                }
            }
            Some(b'{') => self.empty(b'{', b'}'),
            Some(b'[') => self.empty(b'[', b']'),
            _ => self.number().map(Cow::Borrowed),
        }
    }

    fn empty(&mut self, open: u8, close: u8) -> Result<Cow<'a, str>, Error> {
        let start = self.at;
        if self.take(open) && self.take(close) {
            return Ok(Cow::Borrowed(""));
        }
        self.at = start;
        Err(self.unexpected("a scalar"))
    }

    fn digits(&mut self) -> bool {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count > 0
    }

    /// Takes a string and gives its text.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        self.expect(b'"', "a string")?;
        let start = self.at;
        self.at += plain_run(self.rest());
        self.check_string(start)?;
        match self.rest().first() {
            Some(b'"') => {
                let text = self.since(start);
                self.at += 1;
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => self.escaped_string(start).map(Cow::Owned),
            Some(_) => Err(self.error(ErrorKind::ForbiddenCharacter)),
            None => Err(self.error(ErrorKind::UnexpectedEnd)),
        }
    }

    #[inline]
    fn check_string(&self, start: usize) -> Result<(), Error> {
        if self.at - start > self.string_limit {
            return Err(self.error(ErrorKind::Limit("bytes of a string", self.string_limit)));
        }
        Ok(())
    }

    fn escaped_string(&mut self, start: usize) -> Result<String, Error> {
        let mut text = self.since(start).to_owned();
        loop {
            match self.rest().first() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(0..0x20) => return Err(self.error(ErrorKind::ForbiddenCharacter)),
                Some(_) => {
                    let run = self.at;
                    self.at += plain_run(self.rest());
                    text.push_str(self.since(run));
                }
                None => return Err(self.error(ErrorKind::UnexpectedEnd)),
            }
            self.check_string(start)?;
        }
    }

    /// Takes an escape. A lone surrogate, which no Rust string holds, becomes U+FFFD.
    fn escape(&mut self) -> Result<char, Error> {
        let simple = match self.rest().get(1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            Some(_) => return Err(self.error(ErrorKind::BadEscape)),
            None => return Err(self.error(ErrorKind::UnexpectedEnd)),
        };
        self.at += 2;
        Ok(simple)
    }

    fn unicode_escape(&mut self) -> Result<char, Error> {
        let unit = self.unit()?;
        if !matches!(unit, 0xd800..0xdc00) || !self.rest().starts_with(b"\\u") {
            return Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        // A high surrogate before another escape must be followed by a low one.
        let low = self.unit()?;
        if !matches!(low, 0xdc00..0xe000) {
            return Err(self.error(ErrorKind::BadEscape));
        }
        let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        char::from_u32(code).ok_or_else(|| self.error(ErrorKind::BadEscape))
    }

    /// Takes `\uXXXX`.
    fn unit(&mut self) -> Result<u32, Error> {
        let digits = self.rest().get(2..6).ok_or_else(|| self.error(ErrorKind::BadEscape))?;
        let mut unit = 0;
        for &digit in digits {
            let value = char::from(digit).to_digit(16);
            unit = unit << 4 | value.ok_or_else(|| self.error(ErrorKind::BadEscape))?;
        }
        self.at += 6;
        Ok(unit)
    }
}

/// How many bytes of a string come before its end, an escape, or a control character.
#[inline]
fn plain_run(bytes: &[u8]) -> usize {
    let marks = |word| swar::equals(word, b'"') | swar::equals(word, b'\\') | swar::controls(word);
    swar::run(bytes, marks, |byte| matches!(byte, b'"' | b'\\' | 0..0x20))
}
