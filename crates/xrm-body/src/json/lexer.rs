//! The tokens of JSON.

mod short;

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};
use crate::options::Limits;
use crate::swar;

/// Takes tokens from a JSON text.
///
/// Tokens are taken by name, because the reader expects what the platform would write next: a whole `,"name":` is compared as
/// one literal, and no token is built to be matched afterwards.
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// What is not taken yet. A slice that shrinks, not an offset into `text`: `strip_prefix` needs no
    /// check of a character boundary, slicing at an offset does.
    rest: &'a str,
    string_limit: usize,
    strict: bool,
    /// The text of a string with escapes. The buffer is kept from string to string, so that each result is
    /// allocated once with its exact length.
    unescaped: String,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, limits: &Limits, strict: bool) -> Self {
        Self { text, rest: text, string_limit: limits.string, strict, unescaped: String::new() }
    }

    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    #[cold]
    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        Error::at(kind, self.offset())
    }

    /// The text between two places that lie on character boundaries.
    pub(super) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.offset()]
    }

    /// The bytes that are not taken yet.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest.as_bytes()
    }

    /// Takes so many bytes, up to a character's boundary.
    #[inline]
    fn skip(&mut self, count: usize) {
        self.rest = &self.rest[count..];
    }

    /// The next byte that is no blank.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        match self.rest().first() {
            // The platform writes no blanks, so skipping them is out of line.
            Some(0..=b' ') => self.peek_past_blanks(),
            byte => byte.copied(),
        }
    }

    #[cold]
    fn peek_past_blanks(&mut self) -> Option<u8> {
        let blanks = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.skip(self.rest().iter().take_while(blanks).count());
        self.rest().first().copied()
    }

    /// Takes the next byte, after blanks, if it is this one, an ASCII character.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.skip(1);
        }
        found
    }

    #[inline]
    pub(super) fn expect(&mut self, byte: u8, name: &'static str) -> Result<(), Error> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(name)) }
    }

    /// Takes a literal if it comes next, without a blank before it. Inlined always: a literal that is known
    /// at compile time is compared by a few instructions, any other by a call of `memcmp`.
    #[inline(always)]
    pub(super) fn take_literal(&mut self, literal: &str) -> bool {
        match self.rest.strip_prefix(literal) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
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
        self.rest = &self.text[offset..];
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
        let start = match self.peek() {
            Some(b'0'..=b'9') => self.offset(),
            _ => {
                let start = self.offset();
                // The platform writes doubles that are no numbers without quotes, which is not
                // JSON.
                let specials = ["NaN", "INF", "-INF", "Infinity", "-Infinity"];
                if specials.into_iter().any(|special| self.take_literal(special)) {
                    return Ok(self.since(start));
                }
                self.take_literal("-");
                start
            }
        };
        if !self.digits() {
            // The error is reported where the number should begin.
            self.seek(start);
            return Err(self.unexpected("a number"));
        }
        // No digit behind the point is accepted, as by the platform.
        if self.take_literal(".") {
            self.digits();
        }
        if self.take_literal("e") || self.take_literal("E") {
            let _sign = self.take_literal("+") || self.take_literal("-");
            if !self.digits() {
                return Err(self.unexpected("a digit"));
            }
        }
        Ok(self.since(start))
    }

    /// Takes a scalar that is not null, and returns its text: that of a string, or the token itself.
    /// The platform reads numbers and Booleans from strings, and strings from numbers and
    /// Booleans; an empty object or array is an empty text to it.
    pub(super) fn scalar(&mut self) -> Result<Cow<'a, str>, Error> {
        match self.peek() {
            Some(b'"') => self.any_string(),
            Some(b't' | b'f') => {
                let start = self.offset();
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
        let start = self.offset();
        if self.take(open) && self.take(close) {
            return Ok(Cow::Borrowed(""));
        }
        self.seek(start);
        Err(self.unexpected("a scalar"))
    }

    fn digits(&mut self) -> bool {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.skip(count);
        count > 0
    }

    /// Takes a string and gives its text.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        match self.plain_string() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.any_string(),
        }
    }

    /// Takes a string that has no escape and no blank before it.
    #[inline(always)]
    pub(super) fn plain_string(&mut self) -> Option<&'a str> {
        let string = self.rest.strip_prefix('"')?;
        // One search decides: what ends the run is the closing quote, or the string is left to
        // `any_string`.
        let (text, end) = string.split_at(plain_run(string.as_bytes()));
        let rest = end.strip_prefix('"').filter(|_| text.len() <= self.string_limit)?;
        self.rest = rest;
        Some(text)
    }

    fn any_string(&mut self) -> Result<Cow<'a, str>, Error> {
        self.expect(b'"', "a string")?;
        let start = self.offset();
        self.skip(plain_run(self.rest()));
        self.check_string(start)?;
        match self.rest().first() {
            Some(b'"') => {
                let text = self.since(start);
                self.skip(1);
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => {
                self.unescaped.clear();
                self.unescaped.reserve(ROOM);
                self.unescaped.push_str(self.since(start));
                self.unescape(start)?;
                Ok(Cow::Owned(self.unescaped.clone()))
            }
            Some(_) => Err(self.error(ErrorKind::ForbiddenCharacter)),
            None => Err(self.error(ErrorKind::UnexpectedEnd)),
        }
    }

    #[inline]
    fn check_string(&self, start: usize) -> Result<(), Error> {
        if self.offset() - start > self.string_limit {
            return Err(self.error(ErrorKind::Limit("bytes of a string", self.string_limit)));
        }
        Ok(())
    }

    /// Takes the rest of a string from its first escape on.
    fn unescape(&mut self, start: usize) -> Result<(), Error> {
        loop {
            match self.rest().first() {
                Some(b'"') => {
                    self.skip(1);
                    return Ok(());
                }
                // The most frequent escape: the platform escapes `/`, and each date has two.
                Some(b'\\') if self.take_literal("\\/") => self.unescaped.push('/'),
                Some(b'\\') => {
                    let character = self.escape()?;
                    self.unescaped.push(character);
                }
                Some(0..0x20) => return Err(self.error(ErrorKind::ForbiddenCharacter)),
                Some(_) => {
                    let (run, rest) = self.rest.split_at(plain_run(self.rest()));
                    self.rest = rest;
                    self.unescaped.push_str(run);
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
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            Some(_) => return Err(self.error(ErrorKind::BadEscape)),
            None => return Err(self.error(ErrorKind::UnexpectedEnd)),
        };
        self.skip(2);
        Ok(simple)
    }

    fn unicode_escape(&mut self) -> Result<char, Error> {
        let unit = self.unit()?;
        let is_high = matches!(unit, 0xd800..0xdc00);
        // To the platform, any other escape behind it is malformed too.
        if is_high && self.strict && matches!(self.rest(), [b'\\', other, ..] if *other != b'u') {
            return Err(self.error(ErrorKind::BadEscape));
        }
        if !is_high || !self.rest().starts_with(b"\\u") {
            return Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        // A high surrogate before another escape must be followed by a low one.
        // Both halves are taken from escapes; Rust's strings hold characters only.
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
        self.skip(6);
        Ok(unit)
    }
}

/// The capacity of the buffer for unescaping, which most strings fit in.
const ROOM: usize = 256;

/// How many bytes of a string come before its end, an escape, or a control character.
#[inline]
fn plain_run(bytes: &[u8]) -> usize {
    let marks = |word| swar::quotes_or_controls(word) | swar::equals(word, b'\\');
    swar::run(bytes, marks, |byte| matches!(byte, b'"' | b'\\' | 0..0x20))
}
