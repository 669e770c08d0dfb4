//! Data-contract JSON as the platform reads it, without what it loses.

mod raw;

use std::borrow::Cow;

use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{
    DataContract, EnumType, IntegerKind, Lengths, Members, ObjectContent, PathSegment, Reader,
    Slot, TypeName, Violation, derived_types,
};
use xrm_context::raw::RawJson;
use xrm_context::{
    DateTime, Entity, EntityReference, Key, KnownType, Money, OptionSetValue, Origin, Value,
    ValueType,
};

use super::lexer::Lexer;
use crate::error::{Error, ErrorKind};
use crate::number::{self, read_number};
use crate::options::{DecodeOptions, Limits, NumberText};
use crate::text::{decimal, guid, trimmed};

pub(crate) struct JsonReader<'a> {
    lexer: Lexer<'a>,
    limits: Limits,
    strict: bool,
    iso_dates: bool,
    capital_pairs: bool,
    numbers: NumberText,
    depth: usize,
    begun: Begun,
    lengths: Lengths,
}

/// The state of the class or collection that was begun last, until its first member or item.
#[derive(Clone, Copy, PartialEq)]
enum Begun {
    /// Nothing is known of it.
    Plain,
    /// It is declared as this type, so that a hint of it is redundant.
    Declared(&'static TypeName),
    /// Its type hint was read, which is its first member.
    Hinted,
    /// It is written as an empty value of the other kind: `[]` for an object, `{}` for an array.
    Empty,
}

impl<'a> JsonReader<'a> {
    pub(crate) fn new(text: &'a str, options: &DecodeOptions) -> Self {
        let DecodeOptions { limits, strict, iso_dates, capital_pairs, numbers, .. } = *options;
        Self {
            lexer: Lexer::new(text, &limits, strict),
            limits,
            strict,
            iso_dates,
            capital_pairs,
            numbers,
            depth: 0,
            begun: Begun::Plain,
            lengths: Lengths::default(),
        }
    }

    /// Makes sure that nothing follows the root. In strict reading a NUL or another document may,
    /// which the platform does not look at.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        match self.lexer.peek() {
            None => Ok(()),
            Some(0 | b'{' | b'[') if self.strict => Ok(()),
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

    /// Reads a scalar's text with `parse`; none is the error for a text that is no `name`.
    #[inline]
    fn scalar<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Error> {
        self.lexer.peek();
        let start = self.lexer.offset();
        let text = self.lexer.scalar()?;
        parse(&text).ok_or_else(|| Error::at(ErrorKind::BadValue(name), start))
    }

    /// Reads a number in an `object` place.
    fn number(&mut self) -> Result<Value, Error> {
        // No text of its own is kept for an integer without a leading zero.
        if let Some(b'1'..=b'9') = self.lexer.peek()
            && let Some(value) = self.lexer.short_integer()
        {
            return Ok(Value::Int(value));
        }
        let start = self.lexer.offset();
        let value = read_number(self.lexer.number()?, Origin::Json, self.strict, self.numbers);
        value.ok_or_else(|| Error::at(ErrorKind::BadValue("number"), start))
    }

    /// Reads the object in an `object` place: a value of a known type, or tokens to be kept. The platform
    /// reads an object without a type hint, or with one that is not its first member, as an empty one,
    /// and refuses unknown types.
    fn class(&mut self) -> Result<ObjectContent, Error> {
        let start = self.lexer.offset();
        if !self.lexer.take_literal("{\"__type\":") {
            self.lexer.take(b'{');
            if self.lexer.take(b'}') {
                return Ok(ObjectContent::Complete(Value::Object));
            }
            self.lexer.peek();
            if !self.lexer.take_literal("\"__type\"") {
                let raw = self.raw(start, None)?;
                return Ok(ObjectContent::Complete(if self.strict { Value::Object } else { raw }));
            }
            self.lexer.expect(b':', "a colon")?;
        }
        // The frequent types are compared as literals; only another hint is read as a string and
        // searched among all types.
        if let Some(known) = self.frequent_type() {
            return self.hinted(known);
        }
        let hint = self.lexer.string()?;
        match known_type(&hint) {
            Some(ValueType::Known(known)) if !known.is_list() && !known.is_scalar() => {
                self.hinted(known)
            }
            // A collection has no type hint in JSON. The platform reads an object with one as an empty
            // collection, and skips what is inside.
            Some(known) if self.strict => {
                self.lexer.seek(start);
                self.copy_value(&mut String::new())?;
                self.deeper()?;
                self.begun = Begun::Empty;
                Ok(ObjectContent::Known(known))
            }
            Some(_) => self.raw(start, Some(hint.into_owned())).map(ObjectContent::Complete),
            None if self.strict => Err(Error::at(ErrorKind::UnknownType(hint.into_owned()), start)),
            None => self.raw(start, Some(hint.into_owned())).map(ObjectContent::Complete),
        }
    }

    /// Takes the hint of one of the classes that most bodies hold, as the platform writes it.
    #[inline]
    fn frequent_type(&mut self) -> Option<KnownType> {
        let types = [
            (EntityReference::TYPE, KnownType::EntityReference),
            (OptionSetValue::TYPE, KnownType::OptionSetValue),
            (Money::TYPE, KnownType::Money),
            (Entity::TYPE, KnownType::Entity),
        ];
        let (_, known) = types.iter().find(|(name, _)| self.lexer.take_literal(name.json))?;
        Some(*known)
    }

    /// A class whose hint was read.
    #[inline]
    fn hinted(&mut self, known: KnownType) -> Result<ObjectContent, Error> {
        self.deeper()?;
        self.begun = Begun::Hinted;
        Ok(ObjectContent::Known(ValueType::Known(known)))
    }

    /// Moves from one member or item to the next. False at the end, which is taken.
    ///
    /// Looking at two bytes at once decides the frequent cases: a comma with something behind it that is
    /// neither a blank nor the end, and the end itself. All else, blanks, a comma before the end or a
    /// body that ends too early, is left to [`any_step`](Self::any_step).
    #[inline(always)]
    fn step(&mut self, first: bool, close: u8, name: &'static str) -> Result<bool, Error> {
        match self.lexer.rest() {
            [b',', next, ..] if !first && *next > b' ' && *next != close => {
                self.lexer.take_literal(",");
                Ok(true)
            }
            [next, ..] if first && *next > b' ' && *next != close && !self.is_empty() => Ok(true),
            [end, ..] if !first && *end == close => {
                self.lexer.take(close);
                self.depth -= 1;
                Ok(false)
            }
            _ => self.any_step(first, close, name),
        }
    }

    /// Whether what was begun last is written as an empty value of the other kind.
    #[inline]
    fn is_empty(&self) -> bool {
        matches!(self.begun, Begun::Empty)
    }

    /// The same in any form. The platform allows a comma before the end.
    fn any_step(&mut self, first: bool, close: u8, name: &'static str) -> Result<bool, Error> {
        // `[]` for an object and `{}` for an array were taken whole: there is nothing inside, and
        // no bracket to close.
        if self.begun == Begun::Empty {
            self.begun = Begun::Plain;
            self.depth -= 1;
            return Ok(false);
        }
        let comma = self.lexer.offset();
        let has_comma = !first && self.lexer.take(b',');
        if has_comma && self.lexer.peek() != Some(close) {
            return Ok(true);
        }
        if self.lexer.take(close) {
            // The platform takes such an end, unless it is an object's and another comma follows.
            let is_object = close == b'}';
            if has_comma && self.strict && is_object && self.lexer.peek() == Some(b',') {
                return Err(Error::at(ErrorKind::Expected("a member"), comma));
            }
            self.depth -= 1;
            return Ok(false);
        }
        if first { Ok(true) } else { self.unfinished(name) }
    }

    /// The end of the body where an object should end: in strict reading the root may lack its
    /// last brace, as the platform allows.
    #[cold]
    fn unfinished(&mut self, name: &'static str) -> Result<bool, Error> {
        if self.strict && self.depth == 1 && self.lexer.peek().is_none() {
            self.depth -= 1;
            return Ok(false);
        }
        Err(self.lexer.unexpected(name))
    }

    /// Takes the name of a member that is not the expected one, and returns its index if the class has it.
    #[cold]
    fn other_member(&mut self, members: &mut Members) -> Result<Option<usize>, Error> {
        let start = self.lexer.offset();
        let name = self.lexer.string()?;
        self.lexer.expect(b':', "a colon")?;
        // The class is no longer at its beginning.
        let begun = std::mem::replace(&mut self.begun, Begun::Plain);
        let capital_pairs = self.capital_pairs;
        let is_named = |known: &str| known == name || (capital_pairs && is_capital(known, &name));
        if let Some(index) = members.find(|slot| is_named(slot.json_name())) {
            if !members.take(index) {
                return Err(Error::at(ErrorKind::DuplicateMember(name.into_owned()), start));
            }
            return Ok(Some(index));
        }
        // An unknown member is copied token by token, without the blanks between them, and kept
        // with its position among the members.
        let mut text = String::new();
        let hint = self
            .copy_unknown(&mut text)
            .map_err(|error| error.within(PathSegment::Member(&name)))?;
        let value = RawJson { text, type_hint: hint };
        if name == "__type" && members.is_empty() && begun != Begun::Hinted {
            self.keep_hint(members, begun, value, start)?;
        } else {
            members.keep().json(&name, &value.text);
        }
        Ok(None)
    }

    /// Keeps the type hint of a class that is declared. In strict reading it has to name a known
    /// type.
    fn keep_hint(
        &self,
        members: &mut Members,
        begun: Begun,
        value: RawJson,
        start: usize,
    ) -> Result<(), Error> {
        let name = Lexer::new(&value.text, &self.limits, self.strict).string().unwrap_or_default();
        if let Begun::Declared(declared) = begun {
            // A hint of the declared type is redundant. It is kept as such: JSON writes it again,
            // XML has no use for it.
            if is_named(declared, &name) {
                members.keep_first().redundant_hint(&value.text);
                return Ok(());
            }
            // The members that the derived class adds stay unknown members; its name is remembered,
            // so that the hint is written again.
            if let Some(derived) = derived_types(declared).find(|derived| is_named(derived, &name))
            {
                members.derive(derived);
                return Ok(());
            }
            // The platform makes a value of that type, and can't put it here. It ignores the hint of the root.
            if self.strict && self.depth > 1 && known_type(&name).is_some() {
                let kind = ErrorKind::UnexpectedType { declared: declared.name };
                return Err(Error::at(kind, start));
            }
        }
        if self.strict && known_type(&name).is_none() {
            return Err(Error::at(ErrorKind::UnknownType(name.into_owned()), start));
        }
        members.keep_first().json("__type", &value.text);
        Ok(())
    }

    /// Takes the beginning of a class behind a blank, or what the platform reads as an empty class: `[]`, `""`
    /// but for the root, and in strict reading an array of anything, whose items it drops.
    #[cold]
    fn begin_any_class(&mut self) -> Result<(), Error> {
        if self.lexer.take(b'{') {
            return Ok(());
        }
        let is_root = self.depth == 0;
        let start = self.lexer.offset();
        if !is_root && self.lexer.take_literal("\"\"") {
            self.begun = Begun::Empty;
            return Ok(());
        }
        if self.lexer.take(b'[') {
            if self.lexer.take(b']') {
                self.begun = Begun::Empty;
                return Ok(());
            }
            self.lexer.seek(start);
            // Nobody has tried it with the root, where an array is more likely one of bodies.
            if self.strict && !is_root {
                self.copy_value(&mut String::new())?;
                self.begun = Begun::Empty;
                return Ok(());
            }
        }
        Err(self.lexer.unexpected("an object"))
    }

    /// Takes an object in place of a collection. The platform reads an empty collection: it refuses what
    /// is inside in the root's own members, and drops it elsewhere.
    #[cold]
    fn object_for_list(&mut self) -> Result<(), Error> {
        let start = self.lexer.offset();
        if self.strict && self.depth > 1 {
            return self.copy_value(&mut String::new());
        }
        if self.lexer.take(b'{') && self.lexer.take(b'}') {
            return Ok(());
        }
        self.lexer.seek(start);
        Err(self.lexer.unexpected("an array"))
    }
}

impl Reader for JsonReader<'_> {
    type Error = Error;

    // It reads `-0` as an integer.
    const DROPS_MINUS_OF_ZERO: bool = true;

    #[inline]
    fn lengths(&mut self) -> &mut Lengths {
        &mut self.lengths
    }

    #[inline]
    fn null(&mut self) -> Result<bool, Error> {
        Ok(self.lexer.take_null())
    }

    fn bool(&mut self) -> Result<bool, Error> {
        if let Some(value) = self.lexer.take_bool() {
            return Ok(value);
        }
        self.scalar("Boolean", |text| match trimmed(text) {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    fn integer(&mut self, kind: IntegerKind) -> Result<i128, Error> {
        self.scalar(kind.xml_name(), |text| number::parse_integer(text).filter(|n| kind.holds(*n)))
    }

    fn int(&mut self) -> Result<i32, Error> {
        match self.lexer.short_integer() {
            Some(value) => Ok(value),
            None => self.scalar("Int32", parse_int),
        }
    }

    fn double(&mut self) -> Result<f64, Error> {
        let numbers = self.numbers;
        self.scalar("Double", |text| number::parse_double(text, numbers))
    }

    fn decimal(&mut self) -> Result<Decimal, Error> {
        match self.lexer.short_decimal() {
            Some(value) => Ok(value),
            // JavaScript writes small numbers with an exponent.
            None => self.scalar("Decimal", |text| decimal::read_decimal(text, true)),
        }
    }

    fn string(&mut self) -> Result<String, Error> {
        match self.lexer.plain_string() {
            Some(text) => Ok(text.to_owned()),
            None => self.lexer.scalar().map(Cow::into_owned),
        }
    }

    #[inline]
    fn key(&mut self) -> Result<Key, Error> {
        match self.lexer.plain_string() {
            Some(text) => Ok(text.into()),
            None => self.lexer.scalar().map(|text| (*text).into()),
        }
    }

    fn guid(&mut self) -> Result<Uuid, Error> {
        match self.lexer.plain_guid() {
            Some(value) => Ok(value),
            None => self.scalar("Guid", guid::read_guid),
        }
    }

    fn date_time(&mut self) -> Result<DateTime, Error> {
        let iso_dates = self.iso_dates;
        self.scalar("DateTime", |text| {
            let iso = || DateTime::from_xsd_text(trimmed(text), Origin::Json).filter(|_| iso_dates);
            DateTime::from_json_text(text).or_else(iso)
        })
    }

    fn enumeration(&mut self, kind: &'static EnumType) -> Result<i32, Error> {
        match self.lexer.short_integer() {
            Some(value) => Ok(value),
            None => self.scalar(kind.type_name.name, parse_int),
        }
    }

    #[inline]
    fn object(&mut self) -> Result<ObjectContent, Error> {
        match self.lexer.peek() {
            Some(b'"') => Ok(ObjectContent::Complete(Value::String(self.string()?))),
            Some(b'{') => self.class(),
            Some(b'[') => {
                self.begin_list()?;
                Ok(ObjectContent::Objects)
            }
            Some(b'n') if self.lexer.take_null() => Ok(ObjectContent::Complete(Value::Null)),
            Some(b't' | b'f') => match self.lexer.take_bool() {
                Some(value) => Ok(ObjectContent::Complete(Value::Bool(value))),
                None => Err(self.lexer.unexpected("a value")),
            },
            // Numbers with a point are most frequent behind strings, and the short way is left at
            // the first byte that is not part of one.
            Some(_) => {
                let decimal = self.lexer.short_decimal().map(Value::Decimal);
                let value = decimal.map_or_else(|| self.number(), Ok)?;
                Ok(ObjectContent::Complete(value))
            }
            None => Err(self.lexer.error(ErrorKind::UnexpectedEnd)),
        }
    }

    #[inline]
    fn begin_class(&mut self, declared: Option<&'static TypeName>) -> Result<(), Error> {
        self.begun = declared.map_or(Begun::Plain, Begun::Declared);
        if !self.lexer.take_literal("{") {
            self.begin_any_class()?;
        }
        self.deeper()
    }

    #[inline(always)]
    fn take_expected(&mut self, slot: &'static Slot, first: bool) -> Result<bool, Error> {
        Ok(match self.begun {
            // The first member has no comma before it, unless a hint came first, which is a member
            // too.
            Begun::Plain | Begun::Declared(_) if first => self.lexer.take_literal(slot.json.name),
            Begun::Empty if first => false,
            _ => self.lexer.take_literal(slot.json.next),
        })
    }

    #[inline(always)]
    fn take_expected_end(&mut self) -> bool {
        let found = self.lexer.take_literal("}");
        self.depth -= usize::from(found);
        found
    }

    fn member(&mut self, members: &mut Members) -> Result<Option<usize>, Error> {
        loop {
            let first = members.is_empty() && self.begun != Begun::Hinted;
            if !self.step(first, b'}', "a comma or the end of the object")? {
                return Ok(None);
            }
            if self.lexer.peek() != Some(b'"') {
                return Err(self.lexer.unexpected("a member"));
            }
            if let Some(expected) = members.expected()
                && self.lexer.take_literal(expected.json.name)
            {
                self.begun = Begun::Plain;
                return Ok(Some(members.take_expected()));
            }
            self.check_count(members.count())?;
            if let Some(index) = self.other_member(members)? {
                return Ok(Some(index));
            }
        }
    }

    #[inline(always)]
    fn take_empty_list(&mut self) -> bool {
        // The list would be one level deeper, so the limit is checked as if it were entered.
        self.depth < self.limits.depth && self.lexer.take_literal("[]")
    }

    fn begin_list(&mut self) -> Result<(), Error> {
        self.begun = Begun::Plain;
        if !self.lexer.take_literal("[") && !self.lexer.take(b'[') {
            match self.lexer.peek() {
                Some(b'{') => self.object_for_list()?,
                // The platform reads an empty text as an empty collection.
                Some(b'"') if self.lexer.take_literal("\"\"") => {}
                _ => return Err(self.lexer.unexpected("an array")),
            }
            self.begun = Begun::Empty;
        }
        self.deeper()
    }

    #[inline(always)]
    fn item(&mut self, _: &Slot, count: usize) -> Result<bool, Error> {
        let more = self.step(count == 0, b']', "a comma or the end of the array")?;
        if more {
            self.check_count(count)?;
        }
        Ok(more)
    }

    fn is_strict(&self) -> bool {
        self.strict
    }

    fn invalid(&self, what: Violation) -> Error {
        self.lexer.error(ErrorKind::Violation(what))
    }

    fn within(error: Error, segment: PathSegment<'_>) -> Error {
        error.within(segment)
    }
}

/// The type that a hint names: `Entity:http://schemas.microsoft.com/xrm/2011/Contracts`.
fn known_type(hint: &str) -> Option<ValueType> {
    // A search one by one is enough: rare types only, once for each value of theirs.
    ValueType::all().find(|known| is_named(known.type_name(), hint))
}

/// Whether a hint names this type. Namespaces made of .NET's are shortened:
/// `#System.Collections.Generic`.
fn is_named(type_name: &TypeName, hint: &str) -> bool {
    let Some(namespace) = hint.strip_prefix(type_name.name).and_then(|rest| rest.strip_prefix(':'))
    else {
        return false;
    };
    let uri = type_name.namespace.uri();
    match namespace.strip_prefix('#') {
        Some(short) => uri.strip_prefix("http://schemas.datacontract.org/2004/07/") == Some(short),
        None => uri == namespace,
    }
}

/// Whether a name is that of a pair's member with a capital. No other class has such members.
fn is_capital(known: &str, name: &str) -> bool {
    matches!((known, name), ("key", "Key") | ("value", "Value"))
}

fn parse_int(text: &str) -> Option<i32> {
    let plain = text.parse().ok();
    plain.or_else(|| number::parse_integer(text).and_then(|number| i32::try_from(number).ok()))
}
