//! Data-contract XML as the platform reads it, without what it loses.

mod hint;
mod raw;
mod tags;
mod typed;

use std::borrow::Cow;

use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{
    EnumType, IntegerKind, Lengths, Members, ObjectContent, PathSegment, Reader, Slot, TypeName,
    Violation, XmlText,
};
use xrm_context::raw::Recording;
use xrm_context::{DateTime, Key, Origin, ValueType};

use self::hint::{CommonType, TypeHint};
use super::bindings::Bindings;
use super::tag::{Attribute, Lexer, Next, QName};
use crate::error::{Error, ErrorKind};
use crate::number;
use crate::options::{DecodeOptions, Limits, NumberText};
use crate::text::{decimal, guid, trimmed};

pub(crate) struct XmlReader<'a> {
    lexer: Lexer<'a>,
    limits: Limits,
    strict: bool,
    numbers: NumberText,
    bindings: Bindings<'a>,
    /// The classes and collections that are being read, the innermost last.
    open: Vec<Element<'a>>,
    /// The element whose start tag was read last; its value comes next.
    current: Element<'a>,
    type_hint: TypeHint,
    /// Its attributes, apart from namespace declarations.
    attributes: Vec<Attribute<'a>>,
    /// What the class that was begun last is, where it is one derived of what its place declares.
    derived: Option<&'static TypeName>,
    lengths: Lengths,
}

/// An element whose start tag was read.
#[derive(Clone, Copy)]
struct Element<'a> {
    name: Name<'a>,
    /// Where the start tag began.
    start: usize,
    /// Whether the start tag was the end tag too.
    empty: bool,
    /// How many bindings there were before it.
    bindings: usize,
}

/// The name of an element, as its start tag has it.
#[derive(Clone, Copy)]
enum Name<'a> {
    /// That of the tags that a place has.
    Slot(&'static XmlText),
    /// Another one.
    Other(&'a str),
}

impl<'a> Name<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Slot(tags) => tags.open.trim_start_matches('<'),
            Self::Other(name) => name,
        }
    }
}

impl<'a> XmlReader<'a> {
    pub(crate) fn new(text: &'a str, options: &DecodeOptions) -> Self {
        Self {
            lexer: Lexer::new(text, &options.limits),
            limits: options.limits,
            strict: options.strict,
            numbers: options.numbers,
            bindings: Bindings::new(),
            open: Vec::with_capacity(16),
            current: Element { name: Name::Other(""), start: 0, empty: false, bindings: 0 },
            type_hint: TypeHint::InAttributes,
            attributes: Vec::new(),
            derived: None,
            lengths: Lengths::default(),
        }
    }

    /// Reads the start tag of the root, which has to be this element.
    pub(crate) fn begin_root(&mut self, slot: &Slot) -> Result<(), Error> {
        self.lexer.declaration(self.strict)?;
        // Comments and blanks are allowed before the root.
        match self.lexer.next()? {
            Some(Next::Start) => self.start_tag()?,
            Some(Next::End) => return Err(self.lexer.error(ErrorKind::Expected("an element"))),
            None => return Err(self.lexer.error(ErrorKind::UnexpectedEnd)),
        }
        if self.is_at(slot)? { Ok(()) } else { Err(self.error(ErrorKind::WrongRoot)) }
    }

    /// Makes sure that nothing follows the root.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        match self.lexer.next() {
            Ok(None) => Ok(()),
            _ => Err(self.lexer.error(ErrorKind::TrailingContent)),
        }
    }

    /// The error for the current element.
    #[cold]
    fn error(&self, kind: ErrorKind) -> Error {
        Error::at(kind, self.current.start)
    }

    /// Reads the text of the current element and its end tag.
    fn text(&mut self) -> Result<Cow<'a, str>, Error> {
        let current = self.current;
        let text = match current.name {
            _ if current.empty => Cow::Borrowed(""),
            // Text without references that ends with the end tag of the slot is compared and
            // borrowed; all else is taken token by token.
            Name::Slot(tags) => match self.lexer.plain_text(tags.close) {
                Some(text) => Cow::Borrowed(text),
                None => self.any_text(current.name)?,
            },
            Name::Other(_) => self.any_text(current.name)?,
        };
        self.bindings.truncate(current.bindings);
        Ok(text)
    }

    fn any_text(&mut self, name: Name<'_>) -> Result<Cow<'a, str>, Error> {
        let text = self.lexer.text()?;
        if !self.lexer.take("</") {
            return Err(self.lexer.error(ErrorKind::Expected("a text or an end tag")));
        }
        self.lexer.end_tag(name.text())?;
        Ok(text)
    }

    /// Reads the text of the current element as `name`, where the contract has no null.
    fn scalar<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Error> {
        self.refuse_nil()?;
        self.parse(name, parse)
    }

    /// Reads the text of the current element, which is known not to be nil, as `name`.
    #[inline]
    fn parse<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let start = self.lexer.offset();
        // The error is that of the whole value: it begins where the text does.
        let text = self.text()?;
        parse(&text).ok_or_else(|| Error::at(ErrorKind::BadValue(name), start))
    }

    /// Reads the text of the current element, which is known not to be nil, as a date.
    fn date_value(&mut self) -> Result<DateTime, Error> {
        let start = self.lexer.offset();
        let text = self.text()?;
        let date = DateTime::from_xsd_text(trimmed(&text), Origin::Xml);
        date.ok_or_else(|| Error::at(no_date(trimmed(&text)), start))
    }

    /// Makes sure that the current element is not nil, where the contract has no null.
    #[inline(always)]
    fn refuse_nil(&self) -> Result<(), Error> {
        // Asked of every scalar that is a member: a start tag without attributes has no nil.
        if self.has_attributes() { self.refuse_any_nil() } else { Ok(()) }
    }

    /// Whether the current start tag was read in the long way and had attributes, or is nil.
    #[inline(always)]
    fn has_attributes(&self) -> bool {
        match self.type_hint {
            TypeHint::InAttributes => !self.attributes.is_empty(),
            TypeHint::Nil => true,
            TypeHint::Common(_) => false,
        }
    }

    #[cold]
    #[inline(never)]
    fn refuse_any_nil(&self) -> Result<(), Error> {
        if self.is_nil()? {
            return Err(self.error(ErrorKind::Violation(Violation::UnexpectedNull)));
        }
        Ok(())
    }

    /// Takes a null, if the attributes say that the current element is one.
    #[inline(never)]
    fn any_null(&mut self) -> Result<bool, Error> {
        let nil = self.is_nil()?;
        if nil && self.strict {
            // The platform skips what is inside.
            self.raw_children(&mut Recording::default())?;
        } else if nil {
            self.parse("empty value", |text| is_blank(text).then_some(()))?;
        }
        Ok(nil)
    }

    /// Looks at the attributes of a class that begins.
    #[cold]
    #[inline(never)]
    fn class_attributes(&mut self, declared: Option<&'static TypeName>) -> Result<(), Error> {
        self.list_attributes()?;
        if let Some(declared) = declared
            && !self.attributes.is_empty()
        {
            self.derived = self.derived_type(declared)?;
        }
        self.refuse_any_nil()
    }

    /// Steps to the next item where neither its start tag nor the end of the collection is written as the
    /// platform writes it.
    #[cold]
    #[inline(never)]
    fn any_item(&mut self, slot: &'static Slot, count: usize) -> Result<bool, Error> {
        while self.next_element()? {
            self.check_count(count)?;
            if self.is_at(slot)? {
                return Ok(true);
            }
            // The platform drops an element that is no item, but refuses one that is the first in a
            // collection of the root's own.
            let is_dropped = count > 0 || self.open.len() > 2;
            if !(self.strict && is_dropped) {
                return Err(self.error(ErrorKind::Expected(slot.name)));
            }
            self.raw_children(&mut Recording::default())?;
        }
        Ok(false)
    }

    /// Takes the current element for the innermost open one.
    fn enter(&mut self) {
        self.open.push(self.current);
    }

    /// Steps to the next element inside the innermost open one. False at its end, which is taken.
    #[inline]
    fn next_element(&mut self) -> Result<bool, Error> {
        // Only classes and collections are on the stack; a scalar is read with its end tag at once.
        let Some(open) = self.open.last() else { return Ok(false) };
        if !open.empty {
            match self.lexer.next()? {
                Some(Next::Start) => {
                    self.start_tag()?;
                    return Ok(true);
                }
                Some(Next::End) => self.lexer.end_tag(open.name.text())?,
                None => return Err(self.lexer.error(ErrorKind::UnexpectedEnd)),
            }
        }
        self.bindings.truncate(open.bindings);
        self.open.pop();
        Ok(false)
    }

    fn check_count(&self, count: usize) -> Result<(), Error> {
        if count >= self.limits.members {
            return Err(self.error(ErrorKind::Limit("members or items", self.limits.members)));
        }
        Ok(())
    }
}

impl Reader for XmlReader<'_> {
    type Error = Error;

    #[inline]
    fn lengths(&mut self) -> &mut Lengths {
        &mut self.lengths
    }

    #[inline]
    fn null(&mut self) -> Result<bool, Error> {
        // Asked of every value that may be null, so the answer for a tag without attributes is
        // short.
        if self.has_attributes() { self.any_null() } else { Ok(false) }
    }

    fn bool(&mut self) -> Result<bool, Error> {
        self.scalar("Boolean", read_bool)
    }

    fn integer(&mut self, kind: IntegerKind) -> Result<i128, Error> {
        self.scalar(kind.xml_name(), |text| {
            trimmed(text).parse().ok().filter(|value| kind.holds(*value))
        })
    }

    fn int(&mut self) -> Result<i32, Error> {
        self.scalar("Int32", read_int)
    }

    fn double(&mut self) -> Result<f64, Error> {
        let numbers = self.numbers;
        self.scalar("Double", |text| number::parse_double(text, numbers))
    }

    fn decimal(&mut self) -> Result<Decimal, Error> {
        self.scalar("Decimal", |text| decimal::read_decimal(text, false))
    }

    fn string(&mut self) -> Result<String, Error> {
        self.text().map(Cow::into_owned)
    }

    #[inline]
    fn key(&mut self) -> Result<Key, Error> {
        self.refuse_nil()?;
        self.text().map(|text| (*text).into())
    }

    fn guid(&mut self) -> Result<Uuid, Error> {
        self.scalar("Guid", guid::read_guid)
    }

    fn date_time(&mut self) -> Result<DateTime, Error> {
        self.refuse_nil()?;
        self.date_value()
    }

    fn enumeration(&mut self, kind: &'static EnumType) -> Result<i32, Error> {
        let strict = self.strict;
        self.scalar(kind.type_name.name, |text| {
            let name = trimmed(text);
            kind.value_of(name).filter(|_| !strict || name == text)
        })
    }

    #[inline]
    fn object(&mut self) -> Result<ObjectContent, Error> {
        match self.type_hint {
            TypeHint::Common(CommonType::Scalar(scalar)) => {
                return self.frequent(scalar).map(ObjectContent::Complete);
            }
            TypeHint::Common(CommonType::Class(known)) => {
                self.enter();
                return Ok(ObjectContent::Known(ValueType::Known(known)));
            }
            TypeHint::InAttributes | TypeHint::Nil => {}
        }
        self.any_object()
    }

    fn begin_class(&mut self, declared: Option<&'static TypeName>) -> Result<(), Error> {
        let is_plain =
            matches!(self.type_hint, TypeHint::InAttributes) && self.attributes.is_empty();
        if !is_plain {
            self.class_attributes(declared)?;
        }
        self.enter();
        Ok(())
    }

    fn derived(&mut self) -> Option<&'static TypeName> {
        self.derived.take()
    }

    #[inline]
    fn take_expected(&mut self, slot: &'static Slot, _: bool) -> Result<bool, Error> {
        self.take_start(slot)
    }

    fn take_expected_end(&mut self) -> bool {
        let Some(open) = self.open.last() else { return false };
        match open.name {
            // The end tag is compared as a literal; one that is written otherwise is left to
            // `next_element`.
            Name::Slot(tags) if !open.empty && self.lexer.take(tags.close) => {
                self.bindings.truncate(open.bindings);
                self.open.pop();
                true
            }
            _ => false,
        }
    }

    fn member(&mut self, members: &mut Members) -> Result<Option<usize>, Error> {
        loop {
            // In the platform's order and words: one comparison.
            if let Some(expected) = members.expected()
                && self.take_start(expected)?
            {
                return Ok(Some(members.take_expected()));
            }
            if !self.next_element()? {
                return Ok(None);
            }
            if let Some(expected) = members.expected()
                && self.is_at(expected)?
            {
                return Ok(Some(members.take_expected()));
            }
            // Out of order, prefixed otherwise, or unknown: the name is expanded and searched.
            self.check_count(members.count())?;
            let name = QName::parse(self.current.name.text());
            let namespace = self.binding(name.prefix)?.and_then(|binding| binding.known);
            let is_it = |slot: &Slot| slot.name == name.local && Some(slot.namespace) == namespace;
            // To the platform, a member that comes too late is as unknown as any other: it keeps both
            // as *extension data*, which it writes again where they were.
            let found = if self.strict { members.find_later(is_it) } else { members.find(is_it) };
            if let Some(index) = found {
                if !members.take(index) {
                    return Err(self.error(ErrorKind::DuplicateMember(name.local.to_owned())));
                }
                return Ok(Some(index));
            }
            self.raw_element(members.keep())
                .map_err(|error| error.within(PathSegment::Member(name.local)))?;
        }
    }

    #[inline]
    fn take_empty_list(&mut self) -> bool {
        if self.current.empty {
            self.bindings.truncate(self.current.bindings);
        }
        self.current.empty
    }

    fn begin_list(&mut self) -> Result<(), Error> {
        self.list_attributes()?;
        self.enter();
        Ok(())
    }

    fn item(&mut self, slot: &'static Slot, count: usize) -> Result<bool, Error> {
        if self.take_start(slot)? {
            self.check_count(count)?;
            return Ok(true);
        }
        if self.take_expected_end() {
            return Ok(false);
        }
        self.any_item(slot, count)
    }

    fn is_strict(&self) -> bool {
        self.strict
    }

    fn invalid(&self, what: Violation) -> Error {
        self.error(ErrorKind::Violation(what))
    }

    fn within(error: Error, segment: PathSegment<'_>) -> Error {
        error.within(segment)
    }
}

fn read_int(text: &str) -> Option<i32> {
    text.parse().or_else(|_| trimmed(text).parse()).ok()
}

fn read_bool(text: &str) -> Option<bool> {
    match trimmed(text) {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Why a text is no date.
#[cold]
fn no_date(text: &str) -> ErrorKind {
    // .NET takes today's date from the clock of the process.
    if DateTime::from_xsd_text(&format!("2000-01-01T{text}"), Origin::Xml).is_some() {
        return ErrorKind::TimeWithoutDate;
    }
    ErrorKind::BadValue("DateTime")
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}
