//! Data-contract XML as the platform reads it, without what it loses.

mod hint;
mod raw;

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{
    EnumType, IntegerKind, Lengths, Members, Reader, Shape, Slot, Step, TypeName, Violation,
    XmlText,
};
use xrm_context::raw::UnknownMember;
use xrm_context::{
    DateTime, Key, KnownType, Namespace, NumberValue, Origin, Raw, Value, ValueType,
};

use self::hint::{Hint, Scalar, Told};
use super::INSTANCE;
use super::bindings::{Binding, Bindings};
use super::tag::{Attribute, Lexer, Next, QName};
use crate::error::{Error, ErrorKind};
use crate::number::{self, keep_text};
use crate::options::{DecodeOptions, Limits};
use crate::text::{date, decimal, duration, guid};

pub(crate) struct XmlReader<'a> {
    lexer: Lexer<'a>,
    limits: Limits,
    strict: bool,
    bindings: Bindings<'a>,
    /// The classes and collections that are being read, the innermost last.
    open: Vec<Element<'a>>,
    /// The element whose start tag was read last; its value comes next.
    current: Element<'a>,
    /// What its start tag says beyond its name.
    told: Told,
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
            bindings: Bindings::new(),
            open: Vec::with_capacity(16),
            current: Element { name: Name::Other(""), start: 0, empty: false, bindings: 0 },
            told: Told::Attributes,
            attributes: Vec::new(),
            derived: None,
            lengths: Lengths::default(),
        }
    }

    /// Reads the start tag of the root, which has to be this element.
    pub(crate) fn begin_root(&mut self, slot: &Slot) -> Result<(), Error> {
        self.lexer.declaration()?;
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

    /// Reads a start tag: its name, its declarations and its attributes.
    fn start_tag(&mut self) -> Result<(), Error> {
        let start = self.lexer.offset();
        let name = self.lexer.start()?;
        self.attributes_of(Name::Other(name), start)
    }

    /// Reads the rest of a start tag, whose name was read.
    fn attributes_of(&mut self, name: Name<'a>, start: usize) -> Result<(), Error> {
        let bindings = self.bindings.len();
        self.attributes.clear();
        self.attributes_behind(name, start, bindings)
    }

    /// Reads the rest of a start tag, whose declarations begin after so many bindings.
    fn attributes_behind(
        &mut self,
        name: Name<'a>,
        start: usize,
        bindings: usize,
    ) -> Result<(), Error> {
        let empty = loop {
            match self.lexer.attribute()? {
                Ok(attribute) => self.keep_attribute(attribute, bindings, start)?,
                Err(empty) => break empty,
            }
        };
        self.begin_element(Element { name, start, empty, bindings }, Told::Attributes)
    }

    /// Takes an element, whose start tag was read, for the current one.
    #[inline]
    fn begin_element(&mut self, element: Element<'a>, told: Told) -> Result<(), Error> {
        self.current = element;
        self.told = told;
        if self.open.len() >= self.limits.depth {
            return Err(self.error(ErrorKind::Limit("depth", self.limits.depth)));
        }
        Ok(())
    }

    fn keep_attribute(
        &mut self,
        attribute: Attribute<'a>,
        bindings: usize,
        start: usize,
    ) -> Result<(), Error> {
        let prefix = match attribute.name {
            QName { prefix: "xmlns", local } => local,
            QName { prefix: "", local: "xmlns" } => "",
            name => {
                if self.attributes.iter().any(|known| known.name == name) {
                    let name = name.local.to_owned();
                    return Err(Error::at(ErrorKind::DuplicateMember(name), start));
                }
                if self.attributes.len() >= self.limits.depth {
                    let limit = ErrorKind::Limit("attributes", self.limits.depth);
                    return Err(Error::at(limit, start));
                }
                self.attributes.push(attribute);
                return Ok(());
            }
        };
        if self.bindings.since(bindings).iter().any(|known| known.prefix == prefix) {
            return Err(Error::at(ErrorKind::DuplicateMember(format!("xmlns:{prefix}")), start));
        }
        if self.bindings.len() - bindings >= self.limits.depth {
            return Err(Error::at(ErrorKind::Limit("declarations", self.limits.depth), start));
        }
        self.bindings.bind(prefix, attribute.value);
        Ok(())
    }

    fn binding(&self, prefix: &str) -> Result<Option<&Binding<'a>>, Error> {
        match self.bindings.find(prefix) {
            None if !prefix.is_empty() && prefix != "xml" => {
                Err(self.error(ErrorKind::UndeclaredPrefix(prefix.to_owned())))
            }
            binding => Ok(binding),
        }
    }

    fn uri(&self, prefix: &str) -> Result<&str, Error> {
        Ok(self.binding(prefix)?.map_or("", |binding| &binding.uri))
    }

    /// Whether the current element is the one of this place.
    fn is_at(&self, slot: &Slot) -> Result<bool, Error> {
        let name = QName::parse(self.current.name.text());
        if name.local != slot.name {
            return Ok(false);
        }
        Ok(self.binding(name.prefix)?.and_then(|binding| binding.known) == Some(slot.namespace))
    }

    /// An attribute of the schema instance namespace.
    fn instance_attribute(&self, local: &str) -> Result<Option<Cow<'a, str>>, Error> {
        for attribute in &self.attributes {
            if attribute.name.local == local && self.uri(attribute.name.prefix)? == INSTANCE {
                return Ok(Some(attribute.value.clone()));
            }
        }
        Ok(None)
    }

    fn is_nil(&self) -> Result<bool, Error> {
        match self.told {
            Told::Attributes if self.attributes.is_empty() => return Ok(false),
            Told::Attributes => {}
            Told::Nil => return Ok(true),
            Told::Type(_) => return Ok(false),
        }
        match self.instance_attribute("nil")?.as_deref().map(str::trim) {
            Some("true" | "1") => Ok(true),
            Some("false" | "0") | None => Ok(false),
            Some(_) => Err(self.error(ErrorKind::BadValue("Boolean"))),
        }
    }

    /// Reads the text of the current element and its end tag.
    fn text(&mut self) -> Result<Cow<'a, str>, Error> {
        let current = self.current;
        let text = match current.name {
            _ if current.empty => Cow::Borrowed(""),
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

    /// Reads the text of the current element as `name`.
    fn scalar<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let start = self.lexer.offset();
        let text = self.text()?;
        parse(&text).ok_or_else(|| Error::at(ErrorKind::BadValue(name), start))
    }

    /// Takes the current element for the innermost open one.
    fn enter(&mut self) {
        self.open.push(self.current);
    }

    /// Takes the start tag of the expected place, where it stands as the platform writes it: with
    /// no prefix, or with one letter.
    fn take_start(&mut self, expected: &'static Slot) -> Result<bool, Error> {
        let start = self.lexer.offset();
        let tags = match self.bindings.prefix_of(expected.namespace) {
            Some("") => &expected.xml,
            Some("a") => &expected.xml_a,
            _ => return Ok(false),
        };
        if !self.lexer.take_open(tags.open) {
            return Ok(false);
        }
        self.attributes.clear();
        let (name, bindings) = (Name::Slot(tags), self.bindings.len());
        if self.lexer.take(">") {
            let element = Element { name, start, empty: false, bindings };
            self.begin_element(element, Told::Attributes)?;
        } else if let Some(told) = self.take_hint() {
            let element = Element { name, start, empty: told.is_empty(), bindings };
            self.begin_element(element, told)?;
        } else {
            self.take_declaration(expected);
            self.attributes_behind(name, start, bindings)?;
        }
        Ok(true)
    }

    /// Takes the namespace declaration that the place's own type brings along, if it comes next.
    fn take_declaration(&mut self, slot: &Slot) {
        if let Some(namespace) = slot.declares
            && let Some(prefix) = self.lexer.take_declaration(namespace.uri())
        {
            self.bindings.bind_known(prefix, namespace);
        }
    }

    /// Steps to the next element inside the innermost open one. False at its end, which is taken.
    #[inline]
    fn next_element(&mut self) -> Result<bool, Error> {
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

    /// Begins the value of an `object` place, whatever its start tag says.
    fn any_object(&mut self) -> Result<Shape, Error> {
        if self.null()? {
            return Ok(Shape::Complete(Value::Null));
        }
        let Some(name) = self.instance_attribute("type")? else {
            let error = self.error(ErrorKind::MissingType);
            let text = self.text().map_err(|_| error.clone())?;
            return if text.is_empty() { Ok(Shape::Complete(Value::Object)) } else { Err(error) };
        };
        let name = QName::parse(name.trim());
        let namespace = self.binding(name.prefix)?.and_then(|binding| binding.known);
        self.typed(name.local, namespace)
    }

    /// Reads the value of an `object` place that has this type.
    fn typed(&mut self, local: &str, namespace: Option<Namespace>) -> Result<Shape, Error> {
        if let Some(value) = self.typed_scalar(local, namespace)? {
            return Ok(Shape::Complete(value));
        }
        match namespace.and_then(|namespace| ValueType::from_name(local, namespace)) {
            Some(ValueType::Known(known)) if known.is_scalar() => {
                Ok(Shape::Known(ValueType::Known(known)))
            }
            Some(known) => {
                self.enter();
                Ok(Shape::Known(known))
            }
            None if self.strict => self.strict_text(local, namespace).map(Shape::Complete),
            None => {
                let raw = Raw::Xml(self.raw()?);
                Ok(Shape::Complete(Value::Raw(Box::new(raw))))
            }
        }
    }

    /// Reads a value of a type that is no contract's: the platform takes some of XML Schema's for
    /// strings, and refuses all others.
    fn strict_text(&mut self, local: &str, namespace: Option<Namespace>) -> Result<Value, Error> {
        const TEXTS: [&str; 6] = ["date", "time", "token", "normalizedString", "language", "Name"];
        if namespace == Some(Namespace::Schema) && TEXTS.contains(&local) {
            return self.string().map(Value::String);
        }
        Err(self.error(ErrorKind::UnknownType(local.to_owned())))
    }

    /// Makes sure that the current element is of the type that its place declares, or of one that
    /// is known to be derived of it, which it gives: what another type has beyond that would be
    /// lost.
    #[cold]
    fn derived_type(
        &self,
        declared: &'static TypeName,
    ) -> Result<Option<&'static TypeName>, Error> {
        let Some(name) = self.instance_attribute("type")? else { return Ok(None) };
        let name = QName::parse(name.trim());
        let uri = self.uri(name.prefix)?;
        let is_it = |known: &TypeName| name.local == known.name && uri == known.namespace.uri();
        if is_it(declared) {
            return Ok(None);
        }
        if let Some(derived) = derived_types(declared).find(|derived| is_it(derived)) {
            return Ok(Some(derived));
        }
        Err(self.error(ErrorKind::UnexpectedType { declared: declared.name }))
    }

    /// Reads a scalar of this type; `None` if the type is no scalar.
    fn typed_scalar(
        &mut self,
        local: &str,
        namespace: Option<Namespace>,
    ) -> Result<Option<Value>, Error> {
        let value = match (namespace, local) {
            (Some(Namespace::Schema), "string") => self.frequent(Scalar::String)?,
            (Some(Namespace::Schema), "int") => self.frequent(Scalar::Int)?,
            (Some(Namespace::Schema), "boolean") => self.frequent(Scalar::Bool)?,
            (Some(Namespace::Schema), "dateTime") => self.frequent(Scalar::DateTime)?,
            (Some(Namespace::Schema), "decimal") => self.frequent(Scalar::Decimal)?,
            (Some(Namespace::Schema), "double") => self.frequent(Scalar::Double)?,
            (Some(Namespace::Schema), "float") => {
                self.number("Single", |text| number::parse_float(text).map(NumberValue::Float))?
            }
            (Some(Namespace::Schema), "base64Binary") => {
                Value::Bytes(self.scalar("base64 text", read_base64)?)
            }
            (Some(Namespace::Schema), "anyURI") => Value::Uri(self.string()?),
            (Some(Namespace::Schema), "anyType") => {
                self.scalar("empty value", |text| is_blank(text).then_some(()))?;
                Value::Object
            }
            (Some(Namespace::Schema), name) => {
                let kinds = IntegerKind::ALL.iter();
                match kinds.copied().find(|kind| kind.xml_name() == name) {
                    Some(kind) => self.integer_value(kind)?,
                    None => return Ok(None),
                }
            }
            (Some(Namespace::Serialization), "guid") => self.frequent(Scalar::Guid)?,
            (Some(Namespace::Serialization), "char") => {
                Value::Char(self.scalar("Char", |text| text.trim().parse().ok())?)
            }
            (Some(Namespace::Serialization), "duration") => {
                Value::TimeSpan(self.scalar("duration", duration::read_duration)?)
            }
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    /// Reads a scalar of one of the types that most bodies hold.
    fn frequent(&mut self, scalar: Scalar) -> Result<Value, Error> {
        match scalar {
            Scalar::String => self.string().map(Value::String),
            Scalar::Int => self.int().map(Value::Int),
            Scalar::Bool => self.bool().map(Value::Bool),
            Scalar::DateTime => self.date_time().map(Value::DateTime),
            Scalar::Guid => self.guid().map(Value::Guid),
            Scalar::Decimal => self.number("Decimal", |text| {
                decimal::read_decimal(text, false).map(NumberValue::Decimal)
            }),
            Scalar::Double => {
                self.number("Double", |text| number::parse_double(text).map(NumberValue::Double))
            }
        }
    }

    fn number(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<NumberValue>,
    ) -> Result<Value, Error> {
        self.scalar(name, |text| parse(text).map(|value| keep_text(value, text, Origin::Xml)))
    }

    fn integer_value(&mut self, kind: IntegerKind) -> Result<Value, Error> {
        let number = self.integer(kind)?;
        let value = match kind {
            IntegerKind::Int => i32::try_from(number).map(Value::Int),
            IntegerKind::Long => i64::try_from(number).map(Value::Long),
            IntegerKind::Short => i16::try_from(number).map(Value::Short),
            IntegerKind::Byte => u8::try_from(number).map(Value::Byte),
            IntegerKind::SByte => i8::try_from(number).map(Value::SByte),
            IntegerKind::UShort => u16::try_from(number).map(Value::UShort),
            IntegerKind::UInt => u32::try_from(number).map(Value::UInt),
            IntegerKind::ULong => u64::try_from(number).map(Value::ULong),
        };
        value.map_err(|_| self.error(ErrorKind::BadValue(kind.xml_name())))
    }
}

impl Reader for XmlReader<'_> {
    type Error = Error;

    #[inline]
    fn lengths(&mut self) -> &mut Lengths {
        &mut self.lengths
    }

    fn null(&mut self) -> Result<bool, Error> {
        let nil = self.is_nil()?;
        if nil && self.strict {
            // The platform does not look at what stands inside.
            self.raw_children()?;
        } else if nil {
            self.scalar("empty value", |text| is_blank(text).then_some(()))?;
        }
        Ok(nil)
    }

    fn bool(&mut self) -> Result<bool, Error> {
        self.scalar("Boolean", |text| match text {
            "true" => Some(true),
            "false" => Some(false),
            other => read_bool(other.trim()),
        })
    }

    fn integer(&mut self, kind: IntegerKind) -> Result<i128, Error> {
        self.scalar(kind.xml_name(), |text| {
            text.trim().parse().ok().filter(|value| kind.holds(*value))
        })
    }

    fn int(&mut self) -> Result<i32, Error> {
        self.scalar("Int32", |text| text.parse().or_else(|_| text.trim().parse()).ok())
    }

    fn double(&mut self) -> Result<f64, Error> {
        self.scalar("Double", number::parse_double)
    }

    fn decimal(&mut self) -> Result<Decimal, Error> {
        self.scalar("Decimal", |text| decimal::read_decimal(text, false))
    }

    fn string(&mut self) -> Result<String, Error> {
        self.text().map(Cow::into_owned)
    }

    #[inline]
    fn key(&mut self) -> Result<Key, Error> {
        self.text().map(|text| (*text).into())
    }

    fn guid(&mut self) -> Result<Uuid, Error> {
        self.scalar("Guid", guid::read_guid)
    }

    fn date_time(&mut self) -> Result<DateTime, Error> {
        self.scalar("DateTime", date::read_xml)
    }

    fn enumeration(&mut self, kind: &'static EnumType) -> Result<i32, Error> {
        self.scalar(kind.type_name.name, |text| kind.value_of(text.trim()))
    }

    #[inline]
    fn object(&mut self) -> Result<Shape, Error> {
        match self.told {
            Told::Type(Hint::Scalar(scalar)) => {
                return self.frequent(scalar).map(Shape::Complete);
            }
            Told::Type(Hint::Class(known)) => {
                self.enter();
                return Ok(Shape::Known(ValueType::Known(known)));
            }
            Told::Attributes | Told::Nil => {}
        }
        self.any_object()
    }

    fn begin_class(&mut self, declared: Option<&'static TypeName>) -> Result<(), Error> {
        self.list_attributes()?;
        if let Some(declared) = declared
            && !self.attributes.is_empty()
        {
            self.derived = self.derived_type(declared)?;
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
            self.check_count(members.count())?;
            let name = QName::parse(self.current.name.text());
            let namespace = self.binding(name.prefix)?.and_then(|binding| binding.known);
            let is_it = |slot: &Slot| slot.name == name.local && Some(slot.namespace) == namespace;
            if self.strict {
                // The platform skips what is unknown or out of order.
                match members.find_later(is_it) {
                    Some(index) if members.take(index) => return Ok(Some(index)),
                    _ => self.raw_children()?,
                };
                continue;
            }
            if let Some(index) = members.find(is_it) {
                if !members.take(index) {
                    return Err(self.error(ErrorKind::DuplicateMember(name.local.to_owned())));
                }
                return Ok(Some(index));
            }
            let element =
                self.raw_element().map_err(|error| error.within(Step::Member(name.local)))?;
            members.keep(|position| UnknownMember::xml(position, element));
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
        if self.take_expected_end() || !self.next_element()? {
            return Ok(false);
        }
        self.check_count(count)?;
        if self.is_at(slot)? { Ok(true) } else { Err(self.error(ErrorKind::Expected(slot.name))) }
    }

    fn is_strict(&self) -> bool {
        self.strict
    }

    fn invalid(&self, what: Violation) -> Error {
        self.error(ErrorKind::Violation(what))
    }

    fn within(error: Error, step: Step<'_>) -> Error {
        error.within(step)
    }
}

/// The types that are derived of this one.
fn derived_types(base: &'static TypeName) -> impl Iterator<Item = &'static TypeName> {
    let derived = KnownType::ALL.iter().filter(move |known| known.base() == Some(base));
    derived.map(|known| known.type_name())
}

fn read_bool(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

fn read_base64(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        let compact: String = text.split_ascii_whitespace().collect();
        return STANDARD.decode(compact).ok();
    }
    STANDARD.decode(text).ok()
}
