//! Data-contract JSON as the platform reads it, without what it loses.

use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{EnumType, IntegerKind, Members, Reader, Shape, Slot, Step, Violation};
use xrm_context::raw::{RawJson, UnknownMember};
use xrm_context::{DateTime, KnownType, Origin, Raw, Value};

use super::lexer::Lexer;
use crate::error::{Error, ErrorKind};
use crate::number::{self, read_number};
use crate::options::Limits;
use crate::text::{decimal, guid};

pub(crate) struct JsonReader<'a> {
    lexer: Lexer<'a>,
    limits: Limits,
    depth: usize,
    /// Whether a class was begun together with its type hint, which is its first member.
    after_hint: bool,
}

impl<'a> JsonReader<'a> {
    pub(crate) fn new(text: &'a str, limits: Limits) -> Self {
        Self { lexer: Lexer::new(text, &limits), limits, depth: 0, after_hint: false }
    }

    /// Makes sure that nothing follows the root.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        match self.lexer.peek() {
            None => Ok(()),
            Some(_) => Err(self.lexer.error(ErrorKind::TrailingContent)),
        }
    }

    fn deeper(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(self.lexer.error(ErrorKind::Limit("depth", self.limits.depth)));
        }
        Ok(())
    }

    fn check_count(&self, count: usize) -> Result<(), Error> {
        if count >= self.limits.members {
            let limit = ErrorKind::Limit("members or items", self.limits.members);
            return Err(self.lexer.error(limit));
        }
        Ok(())
    }

    /// Reads a token with `read`; none is the error for a text that is no `name`.
    fn value<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Lexer<'a>) -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        self.lexer.peek();
        let start = self.lexer.offset();
        read(&mut self.lexer)?.ok_or_else(|| Error::at(ErrorKind::BadValue(name), start))
    }

    /// The object in an `object` place: of a known type, or kept as its tokens.
    fn class(&mut self) -> Result<Shape, Error> {
        let start = self.lexer.offset();
        self.lexer.take(b'{');
        if self.lexer.take(b'}') {
            return Ok(Shape::Complete(Value::Object));
        }
        self.lexer.peek();
        if !self.lexer.take_literal("\"__type\"") {
            return self.raw(start, None).map(Shape::Complete);
        }
        self.lexer.expect(b':', "a colon")?;
        let hint = self.lexer.string()?;
        match known_type(&hint) {
            Some(known) => {
                self.deeper()?;
                self.after_hint = true;
                Ok(Shape::Known(known))
            }
            None => self.raw(start, Some(hint.into_owned())).map(Shape::Complete),
        }
    }

    fn raw(&mut self, start: usize, type_hint: Option<String>) -> Result<Value, Error> {
        self.lexer.seek(start);
        let mut text = String::new();
        self.copy_value(&mut text)?;
        Ok(Value::Raw(Box::new(Raw::Json(RawJson { text, type_hint }))))
    }

    /// Appends the tokens of the next value.
    fn copy_value(&mut self, out: &mut String) -> Result<(), Error> {
        let bracket = match self.lexer.peek() {
            Some(b'{') => b'}',
            Some(b'[') => b']',
            _ => return self.copy_scalar(out),
        };
        self.deeper()?;
        self.lexer.take(if bracket == b'}' { b'{' } else { b'[' });
        out.push(if bracket == b'}' { '{' } else { '[' });
        let mut count = 0;
        while !self.lexer.take(bracket) {
            self.check_count(count)?;
            if count > 0 {
                self.lexer.expect(b',', "a comma or the end")?;
                out.push(',');
            }
            if bracket == b'}' {
                self.copy_string(out)?;
                self.lexer.expect(b':', "a colon")?;
                out.push(':');
            }
            self.copy_value(out)?;
            count += 1;
        }
        out.push(char::from(bracket));
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

    /// The member that stands here under another name than the expected one.
    #[cold]
    fn other_member(&mut self, members: &mut Members) -> Result<Option<usize>, Error> {
        let start = self.lexer.offset();
        let name = self.lexer.string()?;
        self.lexer.expect(b':', "a colon")?;
        if let Some(index) = members.find(|slot| slot.name == name) {
            if !members.take(index) {
                return Err(Error::at(ErrorKind::DuplicateMember(name.into_owned()), start));
            }
            return Ok(Some(index));
        }
        let mut text = String::new();
        let hint =
            self.copy_unknown(&mut text).map_err(|error| error.within(Step::Member(&name)))?;
        let value = RawJson { text, type_hint: hint };
        members.keep(|position| UnknownMember::json(position, name.into_owned(), value));
        Ok(None)
    }

    /// Copies an unknown member's value and gives its type hint.
    fn copy_unknown(&mut self, out: &mut String) -> Result<Option<String>, Error> {
        self.lexer.peek();
        let start = self.lexer.offset();
        let hint = self.peek_hint();
        self.lexer.seek(start);
        self.copy_value(out)?;
        Ok(hint)
    }

    fn peek_hint(&mut self) -> Option<String> {
        let is_hinted = self.lexer.take(b'{')
            && self.lexer.peek().is_some()
            && self.lexer.take_literal("\"__type\"")
            && self.lexer.take(b':');
        if is_hinted { self.lexer.string().ok().map(Into::into) } else { None }
    }
}

impl Reader for JsonReader<'_> {
    type Error = Error;

    #[inline]
    fn null(&mut self) -> Result<bool, Error> {
        Ok(self.lexer.take_null())
    }

    fn bool(&mut self) -> Result<bool, Error> {
        self.value("Boolean", |lexer| Ok(lexer.take_bool()))
    }

    fn integer(&mut self, kind: IntegerKind) -> Result<i128, Error> {
        self.value("integer", |lexer| {
            Ok(lexer.number()?.parse().ok().filter(|value| kind.holds(*value)))
        })
    }

    #[inline]
    fn int(&mut self) -> Result<i32, Error> {
        self.value("Int32", |lexer| Ok(lexer.number()?.parse().ok()))
    }

    fn double(&mut self) -> Result<f64, Error> {
        self.value("Double", |lexer| Ok(number::parse_double(lexer.number()?)))
    }

    fn decimal(&mut self) -> Result<Decimal, Error> {
        self.value("Decimal", |lexer| Ok(decimal::read_decimal(lexer.number()?, false)))
    }

    #[inline]
    fn string(&mut self) -> Result<String, Error> {
        self.lexer.string().map(Into::into)
    }

    #[inline]
    fn guid(&mut self) -> Result<Uuid, Error> {
        self.value("Guid", |lexer| Ok(guid::read_guid(&lexer.string()?)))
    }

    fn date_time(&mut self) -> Result<DateTime, Error> {
        self.value("DateTime", |lexer| Ok(DateTime::from_json_text(&lexer.string()?)))
    }

    fn enumeration(&mut self, kind: &'static EnumType) -> Result<i32, Error> {
        self.value(kind.type_name.name, |lexer| Ok(lexer.number()?.parse().ok()))
    }

    fn object(&mut self) -> Result<Shape, Error> {
        match self.lexer.peek() {
            Some(b'"') => Ok(Shape::Complete(Value::String(self.string()?))),
            Some(b'{') => self.class(),
            Some(b'[') => {
                self.begin_list()?;
                Ok(Shape::Objects)
            }
            Some(b'n') if self.lexer.take_null() => Ok(Shape::Complete(Value::Null)),
            Some(b't' | b'f') => self.bool().map(Value::Bool).map(Shape::Complete),
            Some(_) => self
                .value("number", |lexer| Ok(read_number(lexer.number()?, Origin::Json)))
                .map(Shape::Complete),
            None => Err(self.lexer.error(ErrorKind::UnexpectedEnd)),
        }
    }

    #[inline]
    fn begin_class(&mut self) -> Result<(), Error> {
        self.lexer.expect(b'{', "an object")?;
        self.deeper()
    }

    #[inline]
    fn member(&mut self, members: &mut Members) -> Result<Option<usize>, Error> {
        loop {
            let first = members.is_empty() && !std::mem::take(&mut self.after_hint);
            match self.lexer.peek() {
                Some(b'}') => {
                    self.lexer.take(b'}');
                    self.depth -= 1;
                    return Ok(None);
                }
                Some(b',') if !first => self.lexer.take(b','),
                _ if !first => {
                    return Err(self.lexer.unexpected("a comma or the end of the object"));
                }
                _ => true,
            };
            if self.lexer.peek() != Some(b'"') {
                return Err(self.lexer.unexpected("a member"));
            }
            if let Some(expected) = members.expected()
                && self.lexer.take_literal(expected.json)
            {
                return Ok(Some(members.take_expected()));
            }
            self.check_count(members.count())?;
            if let Some(index) = self.other_member(members)? {
                return Ok(Some(index));
            }
        }
    }

    #[inline]
    fn begin_list(&mut self) -> Result<(), Error> {
        self.lexer.expect(b'[', "an array")?;
        self.deeper()
    }

    #[inline]
    fn item(&mut self, _: &Slot, count: usize) -> Result<bool, Error> {
        if self.lexer.take(b']') {
            self.depth -= 1;
            return Ok(false);
        }
        self.check_count(count)?;
        if count > 0 {
            self.lexer.expect(b',', "a comma or the end of the array")?;
        }
        Ok(true)
    }

    fn invalid(&self, what: Violation) -> Error {
        self.lexer.error(ErrorKind::Violation(what))
    }

    fn within(error: Error, step: Step<'_>) -> Error {
        error.within(step)
    }
}

/// The known type that a hint names: `Entity:http://schemas.microsoft.com/xrm/2011/Contracts`.
/// Namespaces made of .NET's are shortened: `#System.Collections.Generic`.
fn known_type(hint: &str) -> Option<KnownType> {
    let (name, namespace) = hint.split_once(':')?;
    let is_named = |uri: &str| match namespace.strip_prefix('#') {
        Some(short) => uri.strip_prefix("http://schemas.datacontract.org/2004/07/") == Some(short),
        None => uri == namespace,
    };
    KnownType::all().find(|known| {
        let type_name = known.type_name();
        type_name.name == name && is_named(type_name.namespace.uri())
    })
}
