//! Data-contract XML as the platform writes it.

use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{
    Declared, EnumType, IntegerKind, PairFrame, Slot, TypeName, Writer, duration_text, scalar_type,
    xsd_date_text,
};
use xrm_context::raw::{UnknownMember, XmlName};
use xrm_context::{
    DateTime, DateTimeKind, Generation, Namespace, Number, NumberValue, Origin, Raw, TimeSpan,
};

use super::escape::{Content, write_text};
use super::raw::RawScope;
use super::scope::{DEFAULT, INSTANCE, Scope};
use super::start::{Attribute, declare, open_near};
use crate::error::{Error, ErrorKind};
use crate::escaping::Escaping;
use crate::format::MessageFormat;
use crate::number::write_number;
use crate::options::EncodeOptions;
use crate::output::Output;
use crate::refusal;
use crate::text::Scalar;
use crate::text::base64::write_base64;
use crate::text::decimal::decimal_text;
use crate::text::double::{double_text, float_text};
use crate::zone::Zone;

pub(crate) struct XmlWriter<'a> {
    output: Output<'a>,
    options: &'a EncodeOptions,
    scope: Scope,
    error: Option<Error>,
}

/// Where the content of an element began, and how many prefixes were bound before it.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    content: usize,
    scope: usize,
}

impl<'a> XmlWriter<'a> {
    #[inline(always)]
    pub(crate) fn new(output: Output<'a>, options: &'a EncodeOptions) -> Self {
        Self { output, options, scope: Scope::new(), error: None }
    }

    /// Writes the start tag of the root, whose namespaces everything inside relies on.
    pub(crate) fn begin_root(&mut self, slot: &Slot) -> Mark {
        let mut cursor = self.output.cursor();
        open_near(slot, Attribute::None, &mut cursor);
        cursor.take_back();
        declare(DEFAULT, &mut cursor);
        cursor.bytes(b" xmlns:i=\"");
        cursor.text(INSTANCE);
        cursor.bytes(b"\">");
        cursor.commit();
        Mark { content: self.output.len(), scope: 0 }
    }

    /// Gives the body's length.
    pub(crate) fn finish(&mut self) -> Result<usize, Error> {
        self.output.flush();
        self.error.take().map_or(Ok(self.output.len()), Err)
    }

    /// Writes a scalar, whose text is never empty.
    #[inline(always)]
    fn scalar(
        &mut self,
        slot: &Slot,
        declared: Declared,
        name: &'static TypeName,
        value: impl Scalar,
    ) {
        let attribute = Attribute::hint(declared, name);
        if !self.scope.is_near(slot, attribute) {
            return self.far_scalar(slot, attribute, value);
        }
        let mut cursor = self.output.cursor();
        open_near(slot, attribute, &mut cursor);
        value.write(&mut cursor);
        cursor.long_literal(&slot.xml_tags.close);
        cursor.commit();
    }

    /// Writes a scalar whose tags are not near.
    #[inline(never)]
    fn far_scalar(&mut self, slot: &Slot, attribute: Attribute, value: impl Scalar) {
        let scope = self.scope.len();
        self.scope.open(slot, attribute, None, &mut self.output);
        let mut cursor = self.output.cursor();
        value.write(&mut cursor);
        cursor.commit();
        self.scope.truncate(scope);
        self.scope.close(slot, &mut self.output);
    }

    /// Writes a scalar of any length, whose text is never empty.
    fn long_scalar(
        &mut self,
        slot: &Slot,
        declared: Declared,
        name: &'static TypeName,
        write: impl FnOnce(&mut Output<'_>),
    ) {
        let mark = self.begin(slot, Attribute::hint(declared, name), None);
        write(&mut self.output);
        self.close(slot, mark.scope);
    }

    /// Writes an element without content.
    #[inline(always)]
    fn empty(&mut self, slot: &Slot, attribute: Attribute) {
        let mark = self.begin(slot, attribute, None);
        self.end_empty(slot, mark.scope);
    }

    /// Writes a scalar that is a string.
    #[inline(always)]
    fn text(&mut self, slot: &Slot, declared: Declared, name: &'static TypeName, text: &str) {
        let attribute = Attribute::hint(declared, name);
        if text.is_empty() || !self.scope.is_near(slot, attribute) {
            return self.any_text(slot, declared, name, text);
        }
        let mut cursor = self.output.cursor();
        open_near(slot, attribute, &mut cursor);
        if !Content.write_short(text, &mut cursor) {
            return self.any_text(slot, declared, name, text);
        }
        cursor.long_literal(&slot.xml_tags.close);
        cursor.commit();
    }

    /// Writes a string that is empty or long, may have to be escaped, or whose tags are not near.
    #[inline(never)]
    fn any_text(&mut self, slot: &Slot, declared: Declared, name: &'static TypeName, text: &str) {
        if text.is_empty() {
            return self.empty(slot, Attribute::hint(declared, name));
        }
        self.long_scalar(slot, declared, name, |output| write_text(text, output));
    }

    #[inline(always)]
    fn begin(&mut self, slot: &Slot, attribute: Attribute, items: Option<Namespace>) -> Mark {
        let scope = self.scope.len();
        if self.scope.is_near(slot, attribute)
            && items.is_none_or(|items| self.scope.is_bound(items))
        {
            let mut cursor = self.output.cursor();
            open_near(slot, attribute, &mut cursor);
            cursor.commit();
            // `open_near` wrote the declaration as a part of the hint.
            if let Attribute::Type(name) = attribute
                && name.namespace != DEFAULT
            {
                self.scope.bind(name.namespace);
            }
        } else {
            self.scope.open(slot, attribute, items, &mut self.output);
        }
        Mark { content: self.output.len(), scope }
    }

    #[inline(always)]
    pub(crate) fn end(&mut self, slot: &Slot, mark: Mark) {
        // Nothing was written inside, so the `>` of the start tag becomes `/>`, as the platform
        // writes empty elements.
        if self.output.len() == mark.content {
            return self.end_empty(slot, mark.scope);
        }
        self.close(slot, mark.scope);
    }

    #[inline(always)]
    fn close(&mut self, slot: &Slot, scope: usize) {
        self.scope.truncate(scope);
        if !self.scope.has_near(slot.xml_tags.near) {
            return self.scope.close(slot, &mut self.output);
        }
        let mut cursor = self.output.cursor();
        cursor.long_literal(&slot.xml_tags.close);
        cursor.commit();
    }

    /// Makes the start tag that was written last an element without content.
    #[inline(always)]
    fn end_empty(&mut self, slot: &Slot, scope: usize) {
        // The `>` of the start tag.
        self.output.pop();
        let mut cursor = self.output.cursor();
        cursor.bytes(b"/>");
        cursor.commit();
        self.scope.truncate(scope);
        self.scope.close_pair(slot, &mut self.output);
    }

    #[inline(never)]
    fn begin_any_pair(&mut self, frame: &'static PairFrame, declared: Declared, key: &str) -> Mark {
        let pair = self.begin_class(&frame.item, declared, frame.pair);
        self.string(&frame.slots[0], Declared::Exactly, key);
        pair
    }

    #[cold]
    fn fail(&mut self, kind: ErrorKind) {
        // Kept until the end, as by the writer of JSON.
        self.error.get_or_insert_with(|| Error::writing(kind));
    }
}

impl Writer for XmlWriter<'_> {
    type Mark = Mark;
    const ENDS_PAIRS: bool = true;

    #[inline(always)]
    fn generation(&self) -> Option<Generation> {
        self.options.generation
    }

    #[inline(never)]
    fn null(&mut self, slot: &Slot) {
        // The value of a pair writes the pair's end too, which is left to the general way.
        if slot.closes.is_some() || !self.scope.has_near(slot.xml_tags.near) {
            return self.empty(slot, Attribute::Nil);
        }
        let mut cursor = self.output.cursor();
        cursor.literal(&slot.xml_tags.open);
        cursor.bytes(b" i:nil=\"true\"/>");
        cursor.commit();
    }

    #[inline(never)]
    fn bool(&mut self, slot: &Slot, declared: Declared, value: bool) {
        self.scalar(slot, declared, scalar_type::BOOLEAN, value);
    }

    #[inline(never)]
    fn integer(&mut self, slot: &Slot, declared: Declared, kind: IntegerKind, value: i128) {
        self.scalar(slot, declared, kind.type_name(), value);
    }

    #[inline(never)]
    fn int(&mut self, slot: &Slot, declared: Declared, value: i32) {
        self.scalar(slot, declared, IntegerKind::Int.type_name(), value);
    }

    #[inline(never)]
    fn float(&mut self, slot: &Slot, declared: Declared, value: f32) {
        let text = float_text(value, self.options.numbers);
        self.scalar(slot, declared, scalar_type::FLOAT, &text);
    }

    #[inline(never)]
    fn double(&mut self, slot: &Slot, declared: Declared, value: f64) {
        let text = double_text(value, self.options.numbers);
        self.scalar(slot, declared, scalar_type::DOUBLE, &text);
    }

    #[inline(never)]
    fn decimal(&mut self, slot: &Slot, declared: Declared, value: Decimal) {
        let text = decimal_text(value);
        self.scalar(slot, declared, scalar_type::DECIMAL, &text);
    }

    #[inline(never)]
    fn number(&mut self, slot: &Slot, declared: Declared, number: &Number) {
        let name = match number.value() {
            _ if number.origin() != Origin::Xml => None,
            NumberValue::Int(_) | NumberValue::Long(_) => None,
            NumberValue::Decimal(_) => Some(scalar_type::DECIMAL),
            NumberValue::Float(_) => Some(scalar_type::FLOAT),
            NumberValue::Double(_) => Some(scalar_type::DOUBLE),
        };
        let Some(name) = name else { return write_number(self, slot, declared, number.value()) };
        let text = number.text().as_bytes();
        self.long_scalar(slot, declared, name, |output| output.extend_from_slice(text));
    }

    #[inline(never)]
    fn char(&mut self, slot: &Slot, declared: Declared, value: u16) {
        self.scalar(slot, declared, scalar_type::CHAR, i32::from(value));
    }

    #[inline(never)]
    fn string(&mut self, slot: &Slot, declared: Declared, value: &str) {
        self.text(slot, declared, scalar_type::STRING, value);
    }

    #[inline(never)]
    fn uri(&mut self, slot: &Slot, declared: Declared, value: &str) {
        self.text(slot, declared, scalar_type::URI, value);
    }

    #[inline(never)]
    fn guid(&mut self, slot: &Slot, declared: Declared, value: Uuid) {
        self.scalar(slot, declared, scalar_type::GUID, value);
    }

    #[inline(never)]
    fn date_time(&mut self, slot: &Slot, declared: Declared, value: DateTime) {
        let (wall, offset) = wall_and_offset(value, self.options.writing_zone());
        let text = xsd_date_text(wall, value.kind(), offset);
        self.scalar(slot, declared, scalar_type::DATE_TIME, &text);
    }

    #[inline(never)]
    fn time_span(&mut self, slot: &Slot, declared: Declared, value: TimeSpan) {
        let text = duration_text(value);
        self.scalar(slot, declared, scalar_type::DURATION, &text);
    }

    #[inline(never)]
    fn bytes(&mut self, slot: &Slot, declared: Declared, value: &[u8]) {
        if value.is_empty() {
            return self.empty(slot, Attribute::hint(declared, scalar_type::BASE64));
        }
        self.long_scalar(slot, declared, scalar_type::BASE64, |output| write_base64(value, output));
    }

    #[inline(never)]
    fn enumeration(
        &mut self,
        slot: &Slot,
        declared: Declared,
        kind: &'static EnumType,
        value: i32,
    ) {
        if kind.is_nameless_zero(value) {
            return self.empty(slot, Attribute::hint(declared, &kind.type_name));
        }
        // A value of flags is written as its names with blanks between them.
        let mut is_named = false;
        self.long_scalar(slot, declared, &kind.type_name, |output| {
            let mut blank = false;
            is_named = kind.for_each_name(value, |name| {
                if std::mem::replace(&mut blank, true) {
                    output.push(b' ');
                }
                output.extend_from_slice(name.as_bytes());
            });
        });
        if !is_named {
            self.fail(refusal::without_name(kind, value));
        }
    }

    fn refuses(&mut self, _: &Slot, name: &'static TypeName) -> bool {
        self.fail(refusal::not_known(name));
        true
    }

    #[inline(never)]
    fn object(&mut self, slot: &Slot) {
        self.empty(slot, Attribute::Type(scalar_type::OBJECT));
    }

    #[inline(always)]
    fn begin_class(&mut self, slot: &Slot, declared: Declared, name: &'static TypeName) -> Mark {
        self.begin(slot, Attribute::hint(declared, name), None)
    }

    #[inline(always)]
    fn end_class(&mut self, slot: &Slot, mark: Mark) {
        self.end(slot, mark);
    }

    #[inline(never)]
    fn begin_pair(&mut self, frame: &'static PairFrame, declared: Declared, key: &str) -> Mark {
        // The start tags of the pair and of its key, and the key's end, are one piece each.
        if self.scope.has_near(frame.last.xml_tags.near) && !key.is_empty() {
            let mut cursor = self.output.cursor();
            cursor.long_literal(&frame.xml_key);
            if Content.write_short(key, &mut cursor) {
                cursor.bytes(b"</a:key>");
                cursor.commit();
                // The end of the pair is written with its value.
                return Mark { content: 0, scope: 0 };
            }
        }
        self.begin_any_pair(frame, declared, key)
    }

    #[inline(always)]
    fn begin_list(
        &mut self,
        slot: &Slot,
        declared: Declared,
        name: &'static TypeName,
        items: Namespace,
    ) -> Mark {
        self.begin(slot, Attribute::hint(declared, name), Some(items))
    }

    #[inline(always)]
    fn end_list(&mut self, slot: &Slot, mark: Mark) {
        self.end(slot, mark);
    }

    #[inline(never)]
    fn raw(&mut self, slot: &Slot, value: &Raw) {
        let Raw::Xml(content) = value else {
            return self.fail(refusal::kept_value(value, MessageFormat::Xml));
        };
        // The element has the name of its slot, and everything else as it was read.
        let prefix = self.scope.prefix(slot.namespace).name();
        let namespace = slot.namespace.uri();
        let name = XmlName { prefix: &prefix, local: slot.name, namespace };
        RawScope::new(&self.scope).write_content(name, content, &mut self.output);
        self.scope.close_pair(slot, &mut self.output);
    }

    fn unknown_member(&mut self, member: UnknownMember<'_>) {
        // XML writes a type only where it differs from the declared one.
        if member.is_redundant_hint() {
            return;
        }
        let Some(events) = member.as_xml() else {
            return self.fail(refusal::kept_member(member, MessageFormat::Xml));
        };
        RawScope::new(&self.scope).write_element(events, &mut self.output);
    }
}

/// The wall clock's ticks and its offset. A local time that was read from another format is shown by
/// the zone's clock.
fn wall_and_offset(value: DateTime, zone: &dyn Zone) -> (i64, i16) {
    // XML keeps the wall clock of a local time. JSON keeps the instant, so the platform shows its
    // own zone's wall clock when it writes such a time as XML.
    let is_foreign = value.kind() == DateTimeKind::Local && value.origin() == Origin::Json;
    if !is_foreign {
        return (value.wall_ticks(), value.offset_minutes());
    }
    let offset = zone.offset_at_instant(value.ticks());
    let wall = value.ticks() + i64::from(offset) * DateTime::TICKS_PER_MINUTE;
    (wall.clamp(0, DateTime::MAX_TICKS), offset)
}
