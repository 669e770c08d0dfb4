//! Values and members of JSON that are kept as they are, because their type or name is unknown.

use xrm_context::raw::RawJson;
use xrm_context::{Raw, Value};

use super::JsonReader;
use crate::error::Error;

impl JsonReader<'_> {
    /// Reads the value that begins there as tokens to be kept.
    pub(super) fn raw(&mut self, start: usize, type_hint: Option<String>) -> Result<Value, Error> {
        self.lexer.seek(start);
        let mut text = String::new();
        self.copy_value(&mut text)?;
        Ok(Value::Raw(Box::new(Raw::Json(RawJson { text, type_hint }))))
    }

    /// Appends the tokens of the next value.
    pub(super) fn copy_value(&mut self, out: &mut String) -> Result<(), Error> {
        let (open, close) = match self.lexer.peek() {
            Some(b'{') => (b'{', b'}'),
            Some(b'[') => (b'[', b']'),
            _ => return self.copy_scalar(out),
        };
        self.deeper()?;
        self.lexer.take(open);
        out.push(char::from(open));
        // Copied token by token instead of as a slice: blanks are left out, and all that is inside
        // is checked.
        let mut count = 0;
        while !self.lexer.take(close) {
            self.check_count(count)?;
            if count > 0 {
                self.lexer.expect(b',', "a comma or the end")?;
                out.push(',');
            }
            if open == b'{' {
                self.copy_string(out)?;
                self.lexer.expect(b':', "a colon")?;
                out.push(':');
            }
            self.copy_value(out)?;
            count += 1;
        }
        out.push(char::from(close));
        self.depth -= 1;
        Ok(())
    }

    fn copy_scalar(&mut self, out: &mut String) -> Result<(), Error> {
        if self.lexer.peek() == Some(b'"') {
            return self.copy_string(out);
        }
        let start = self.lexer.offset();
        if !self.lexer.take_null() && self.lexer.take_bool().is_none() {
            self.lexer.number()?;
        }
        out.push_str(self.lexer.since(start));
        Ok(())
    }

    fn copy_string(&mut self, out: &mut String) -> Result<(), Error> {
        self.lexer.peek();
        let start = self.lexer.offset();
        self.lexer.string()?;
        out.push_str(self.lexer.since(start));
        Ok(())
    }

    /// Copies an unknown member's value and gives its type hint.
    pub(super) fn copy_unknown(&mut self, out: &mut String) -> Result<Option<String>, Error> {
        self.lexer.peek();
        let start = self.lexer.offset();
        // The hint is read ahead, since the error of a missing conversion names the type.
        let hint = self.peek_hint();
        self.lexer.seek(start);
        self.copy_value(out)?;
        Ok(hint)
    }

    /// The type hint of the value that comes next, if it is its first member.
    fn peek_hint(&mut self) -> Option<String> {
        let is_hinted = self.lexer.take(b'{')
            && self.lexer.peek().is_some()
            && self.lexer.take_literal("\"__type\"")
            && self.lexer.take(b':');
        if is_hinted { self.lexer.string().ok().map(Into::into) } else { None }
    }
}
