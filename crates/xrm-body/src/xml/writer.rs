//! Data-contract XML as the platform writes it.

use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{
    EnumType, IntegerKind, Place, Slot, TypeName, Writer, XmlText, scalar_type,
};
use xrm_context::raw::UnknownMember;
use xrm_context::{
    DateTime, DateTimeKind, Generation, Namespace, Number, NumberValue, Origin, Raw, TimeSpan,
};

use super::INSTANCE;
use super::escape::write_text;
use super::raw::RawScope;
use super::scope::{DEFAULT, Scope};
use crate::error::{Error, ErrorKind};
use crate::sink::Sink;
use crate::text::base64::write_base64;
use crate::text::{date, decimal, double, duration, guid};
use crate::zone::Zone;
use crate::{EncodeOptions, MessageFormat};

pub(crate) struct XmlWriter<'a, S> {
    out: &'a mut S,
    options: &'a EncodeOptions<'a>,
    scope: Scope,
    error: Option<Error>,
}

/// Where the content of an element began, and how many prefixes were bound before it.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    content: usize,
    scope: usize,
}

impl<'a, S: Sink> XmlWriter<'a, S> {
    pub(crate) fn new(out: &'a mut S, options: &'a EncodeOptions<'a>) -> Self {
        Self { out, options, scope: Scope::new(), error: None }
    }

    /// Writes the start tag of the root, whose namespaces everything inside relies on.
    pub(crate) fn begin_root(&mut self, slot: &Slot) -> Mark {
        self.out.extend_from_slice(slot.xml.open.as_bytes());
        self.attribute("xmlns", DEFAULT.uri());
        self.attribute("xmlns:i", INSTANCE);
        self.out.push(b'>');
        Mark { content: self.out.len(), scope: 0 }
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        self.error.map_or(Ok(()), Err)
    }

    fn attribute(&mut self, name: &str, value: &str) {
        for piece in [" ", name, "=\"", value, "\""] {
            self.out.extend_from_slice(piece.as_bytes());
        }
    }

    /// The tags of a place whose name needs no look at the scope: of the default namespace, or of
    /// the one that has the prefix `a`.
    #[inline(always)]
    fn tags<'s>(&self, slot: &'s Slot) -> Option<&'s XmlText> {
        if slot.namespace == DEFAULT {
            return Some(&slot.xml);
        }
        (self.scope.first() == Some(slot.namespace)).then_some(&slot.xml_a)
    }

    /// Writes a start tag and its `>`, where all it declares can be told without a look at the
    /// scope. False, and nothing written, where it can't.
    #[inline(always)]
    fn start(&mut self, slot: &Slot, attribute: Attribute) -> bool {
        let Some(tags) = self.tags(slot).filter(|_| slot.declares.is_none()) else { return false };
        let (tag, rest) = match attribute {
            Attribute::None => (tags.start, ""),
            Attribute::Nil => (tags.nil, ""),
            Attribute::Type(name) if name.namespace == DEFAULT => (tags.open, name.xml_hint),
            Attribute::Type(name)
                if self.scope.len() == 1 && self.scope.first() != Some(name.namespace) =>
            {
                self.scope.bind(name.namespace);
                (tags.open, name.xml_hint_b)
            }
            Attribute::Type(_) => return false,
        };
        self.out.extend_from_slice(tag.as_bytes());
        self.out.extend_from_slice(rest.as_bytes());
        true
    }

    /// Writes a start tag up to its `>`: the name, the attribute, and the declarations of what is
    /// not in scope yet: for the declared type, for the hint, for the items, in this order.
    #[inline]
    fn open(&mut self, slot: &Slot, attribute: Attribute, items: Option<Namespace>) -> usize {
        let scope = self.scope.len();
        let undeclared = self.open_name(slot);
        if let Some(namespace) = slot.declares {
            self.scope.bind(namespace);
        }
        match attribute {
            Attribute::None => {}
            Attribute::Nil => self.out.extend_from_slice(b" i:nil=\"true\""),
            Attribute::Type(name) => self.type_hint(name),
        }
        if let Some(namespace) = items {
            self.scope.bind(namespace);
        }
        if self.scope.len() > scope {
            self.declare(scope);
        }
        if undeclared {
            self.attribute("xmlns", slot.namespace.uri());
        }
        scope
    }

    /// Writes `<` and the name. Says whether the name's namespace is still to be declared.
    #[inline]
    fn open_name(&mut self, slot: &Slot) -> bool {
        if slot.namespace == DEFAULT {
            self.out.extend_from_slice(slot.xml.open.as_bytes());
            return false;
        }
        let Some(prefix) = self.scope.prefix(slot.namespace) else {
            self.out.extend_from_slice(slot.xml.open.as_bytes());
            return true;
        };
        self.out.extend_from_slice(&[b'<', prefix, b':']);
        self.out.extend_from_slice(slot.name.as_bytes());
        false
    }

    #[inline]
    fn type_hint(&mut self, name: &TypeName) {
        self.scope.bind(name.namespace);
        self.out.extend_from_slice(b" i:type=\"");
        if let Some(prefix) = self.scope.prefix(name.namespace) {
            self.out.extend_from_slice(&[prefix, b':']);
        }
        self.out.extend_from_slice(name.name.as_bytes());
        self.out.push(b'"');
    }

    fn declare(&mut self, start: usize) {
        for (prefix, namespace) in self.scope.since(start) {
            self.out.extend_from_slice(&[b' ', b'x', b'm', b'l', b'n', b's', b':', prefix]);
            self.out.extend_from_slice(b"=\"");
            self.out.extend_from_slice(namespace.uri().as_bytes());
            self.out.push(b'"');
        }
    }

    /// Writes the end tag. The prefixes that the element bound are never for its own name.
    #[inline(always)]
    fn close(&mut self, slot: &Slot, scope: usize) {
        self.scope.truncate(scope);
        if let Some(tags) = self.tags(slot) {
            return self.out.extend_from_slice(tags.close.as_bytes());
        }
        match self.scope.prefix(slot.namespace) {
            Some(prefix) => {
                self.out.extend_from_slice(&[b'<', b'/', prefix, b':']);
                self.out.extend_from_slice(slot.name.as_bytes());
                self.out.push(b'>');
            }
            None => self.out.extend_from_slice(slot.xml.close.as_bytes()),
        }
    }

    /// Writes a scalar, whose text is never empty.
    #[inline(always)]
    fn scalar(
        &mut self,
        slot: &Slot,
        place: Place,
        name: &'static TypeName,
        write: impl FnOnce(&mut S),
    ) {
        let attribute = Attribute::hint(place, name);
        let scope = self.scope.len();
        if !self.start(slot, attribute) {
            self.open(slot, attribute, None);
            self.out.push(b'>');
        }
        write(self.out);
        self.close(slot, scope);
    }

    /// Writes a scalar, whose text may be empty.
    #[inline(always)]
    fn text(&mut self, slot: &Slot, place: Place, name: &'static TypeName, text: &str) {
        if !text.is_empty() {
            return self.scalar(slot, place, name, |out| write_text(text, out));
        }
        let scope = self.open(slot, Attribute::hint(place, name), None);
        self.out.extend_from_slice(b"/>");
        self.scope.truncate(scope);
    }

    #[inline(always)]
    fn begin(&mut self, slot: &Slot, attribute: Attribute, items: Option<Namespace>) -> Mark {
        let scope = self.scope.len();
        let binds = items.is_some_and(|items| !self.scope.is_bound(items));
        if binds || !self.start(slot, attribute) {
            self.open(slot, attribute, items);
            self.out.push(b'>');
        }
        Mark { content: self.out.len(), scope }
    }

    #[inline(always)]
    pub(crate) fn end(&mut self, slot: &Slot, mark: Mark) {
        if self.out.len() == mark.content {
            self.out.pop();
            self.out.extend_from_slice(b"/>");
            self.scope.truncate(mark.scope);
        } else {
            self.close(slot, mark.scope);
        }
    }

    #[cold]
    fn fail(&mut self, kind: ErrorKind) {
        self.error.get_or_insert_with(|| Error::writing(kind));
    }

    #[cold]
    fn refuse(&mut self, what: String) {
        self.fail(ErrorKind::Raw { what, format: MessageFormat::Xml });
    }
}

/// What a start tag says of its value.
#[derive(Clone, Copy)]
enum Attribute {
    None,
    Nil,
    Type(&'static TypeName),
}

impl Attribute {
    /// The hint that XML writes in a place: for an `object` place, whatever stands there.
    #[inline(always)]
    fn hint(place: Place, name: &'static TypeName) -> Self {
        match place {
            Place::Object => Self::Type(name),
            Place::Declared | Place::ObjectItem => Self::None,
        }
    }
}

impl<S: Sink> Writer for XmlWriter<'_, S> {
    type Mark = Mark;

    #[inline(always)]
    fn generation(&self) -> Option<Generation> {
        self.options.generation
    }

    #[inline(always)]
    fn null(&mut self, slot: &Slot) {
        if self.start(slot, Attribute::Nil) {
            return;
        }
        let scope = self.open(slot, Attribute::Nil, None);
        self.out.extend_from_slice(b"/>");
        self.scope.truncate(scope);
    }

    #[inline(always)]
    fn bool(&mut self, slot: &Slot, place: Place, value: bool) {
        let text: &[u8] = if value { b"true" } else { b"false" };
        self.scalar(slot, place, scalar_type::BOOLEAN, |out| out.extend_from_slice(text));
    }

    fn integer(&mut self, slot: &Slot, place: Place, kind: IntegerKind, value: i128) {
        self.scalar(slot, place, kind.type_name(), |out| {
            out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        });
    }

    #[inline(always)]
    fn int(&mut self, slot: &Slot, place: Place, value: i32) {
        self.scalar(slot, place, IntegerKind::Int.type_name(), |out| {
            out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        });
    }

    fn float(&mut self, slot: &Slot, place: Place, value: f32) {
        let numbers = self.options.numbers;
        self.scalar(slot, place, scalar_type::FLOAT, |out| {
            double::write_float(value, numbers, out);
        });
    }

    fn double(&mut self, slot: &Slot, place: Place, value: f64) {
        let numbers = self.options.numbers;
        self.scalar(slot, place, scalar_type::DOUBLE, |out| {
            double::write_double(value, numbers, out);
        });
    }

    fn decimal(&mut self, slot: &Slot, place: Place, value: Decimal) {
        self.scalar(slot, place, scalar_type::DECIMAL, |out| decimal::write_decimal(value, out));
    }

    fn number(&mut self, slot: &Slot, place: Place, number: &Number) {
        let kept = number.origin() == Origin::Xml;
        let keep = |out: &mut S| out.extend_from_slice(number.text().as_bytes());
        match number.value() {
            NumberValue::Int(value) => self.int(slot, place, value),
            NumberValue::Long(value) => {
                self.integer(slot, place, IntegerKind::Long, value.into());
            }
            NumberValue::Decimal(_) if kept => self.scalar(slot, place, scalar_type::DECIMAL, keep),
            NumberValue::Float(_) if kept => self.scalar(slot, place, scalar_type::FLOAT, keep),
            NumberValue::Double(_) if kept => self.scalar(slot, place, scalar_type::DOUBLE, keep),
            NumberValue::Decimal(value) => self.decimal(slot, place, value),
            NumberValue::Float(value) => self.float(slot, place, value),
            NumberValue::Double(value) => self.double(slot, place, value),
        }
    }

    fn char(&mut self, slot: &Slot, place: Place, value: u16) {
        self.scalar(slot, place, scalar_type::CHAR, |out| {
            out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        });
    }

    #[inline(always)]
    fn string(&mut self, slot: &Slot, place: Place, value: &str) {
        self.text(slot, place, scalar_type::STRING, value);
    }

    fn uri(&mut self, slot: &Slot, place: Place, value: &str) {
        self.text(slot, place, scalar_type::URI, value);
    }

    #[inline(always)]
    fn guid(&mut self, slot: &Slot, place: Place, value: Uuid) {
        self.scalar(slot, place, scalar_type::GUID, |out| guid::write_guid(value, out));
    }

    fn date_time(&mut self, slot: &Slot, place: Place, value: DateTime) {
        let (wall, offset) = wall_and_offset(value, self.options.zone);
        self.scalar(slot, place, scalar_type::DATE_TIME, |out| {
            date::write_xml(wall, value.kind(), offset, out);
        });
    }

    fn time_span(&mut self, slot: &Slot, place: Place, value: TimeSpan) {
        self.scalar(slot, place, scalar_type::DURATION, |out| duration::write_duration(value, out));
    }

    fn bytes(&mut self, slot: &Slot, place: Place, value: &[u8]) {
        if value.is_empty() {
            return self.text(slot, place, scalar_type::BASE64, "");
        }
        self.scalar(slot, place, scalar_type::BASE64, |out| write_base64(value, out));
    }

    fn enumeration(&mut self, slot: &Slot, place: Place, kind: &'static EnumType, value: i32) {
        let mut blank = false;
        let scope = self.open(slot, Attribute::hint(place, &kind.type_name), None);
        self.out.push(b'>');
        let named = kind.for_each_name(value, |name| {
            if std::mem::replace(&mut blank, true) {
                self.out.push(b' ');
            }
            self.out.extend_from_slice(name.as_bytes());
        });
        self.close(slot, scope);
        if !named {
            let enumeration = kind.type_name.name;
            self.fail(ErrorKind::EnumWithoutName { enumeration, value });
        }
    }

    fn refuses(&mut self, name: &'static TypeName) -> bool {
        self.fail(ErrorKind::NotKnown { contract: name.name, format: MessageFormat::Xml });
        true
    }

    fn object(&mut self, slot: &Slot) {
        self.text(slot, Place::Object, scalar_type::OBJECT, "");
    }

    #[inline(always)]
    fn begin_class(&mut self, slot: &Slot, place: Place, name: &'static TypeName) -> Mark {
        self.begin(slot, Attribute::hint(place, name), None)
    }

    #[inline(always)]
    fn end_class(&mut self, slot: &Slot, mark: Mark) {
        self.end(slot, mark);
    }

    #[inline(always)]
    fn begin_list(
        &mut self,
        slot: &Slot,
        place: Place,
        name: &'static TypeName,
        items: Namespace,
    ) -> Mark {
        self.begin(slot, Attribute::hint(place, name), Some(items))
    }

    #[inline(always)]
    fn end_list(&mut self, slot: &Slot, mark: Mark) {
        self.end(slot, mark);
    }

    fn raw(&mut self, slot: &Slot, value: &Raw) {
        let Raw::Xml(content) = value else { return self.refuse(value.to_string()) };
        let prefix = self.scope.prefix(slot.namespace).map(char::from);
        let prefix = prefix.map(String::from).unwrap_or_default();
        RawScope::new(&self.scope).write(
            &prefix,
            slot.name,
            slot.namespace.uri(),
            content,
            self.out,
        );
    }

    fn unknown_member(&mut self, member: &UnknownMember) {
        if member.is_redundant_hint() {
            return;
        }
        let Some(element) = member.as_xml() else {
            return self.refuse(format!("the unknown member `{}`", member.name()));
        };
        RawScope::new(&self.scope).write_element(element, self.out);
    }
}

/// What the wall clock shows and its offset. A local time read from another format is told by the
/// clock of the zone.
fn wall_and_offset(value: DateTime, zone: &(dyn Zone + Sync)) -> (i64, i16) {
    let is_foreign = value.kind() == DateTimeKind::Local && value.origin() == Origin::Json;
    if !is_foreign {
        return (value.wall_ticks(), value.offset_minutes());
    }
    let offset = zone.offset_at_instant(value.ticks());
    let wall = value.ticks() + i64::from(offset) * DateTime::TICKS_PER_MINUTE;
    (wall.clamp(0, DateTime::MAX_TICKS), offset)
}
