//! Data-contract JSON as the platform writes it.
//!
//! Every value is written with a comma behind it; the end of an object or array turns the last
//! comma into its bracket. So nothing has to be known of what stood before.

use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{EnumType, IntegerKind, Place, Slot, TypeName, Writer};
use xrm_context::raw::UnknownMember;
use xrm_context::{
    DateTime, DateTimeKind, Generation, Namespace, Number, NumberValue, Origin, Raw, TimeSpan,
};

use super::escape::write_escaped;
use crate::error::{Error, ErrorKind};
use crate::sink::Sink;
use crate::text::{date, decimal, double, duration, guid};
use crate::zone::Zone;
use crate::{EncodeOptions, MessageFormat};

pub(crate) struct JsonWriter<'a, S> {
    out: &'a mut S,
    options: &'a EncodeOptions<'a>,
    error: Option<Error>,
}

impl<'a, S: Sink> JsonWriter<'a, S> {
    pub(crate) fn new(out: &'a mut S, options: &'a EncodeOptions<'a>) -> Self {
        Self { out, options, error: None }
    }

    /// Takes the comma from behind the root.
    pub(crate) fn finish(self) -> Result<(), Error> {
        self.out.pop();
        self.error.map_or(Ok(()), Err)
    }

    #[inline(always)]
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    #[inline(always)]
    fn text(&mut self, slot: &Slot, write: impl FnOnce(&mut S)) {
        self.push(slot.json.name);
        write(self.out);
        self.out.push(b',');
    }

    #[inline(always)]
    fn quoted(&mut self, slot: &Slot, write: impl FnOnce(&mut S)) {
        self.push(slot.json.quote);
        write(self.out);
        self.push("\",");
    }

    #[inline(always)]
    fn end(&mut self, bracket: u8) {
        self.out.close(bracket);
        self.out.push(b',');
    }

    #[cold]
    fn fail(&mut self, kind: ErrorKind) {
        self.error.get_or_insert_with(|| Error::writing(kind));
    }
}

impl<S: Sink> Writer for JsonWriter<'_, S> {
    type Mark = ();

    #[inline(always)]
    fn generation(&self) -> Option<Generation> {
        self.options.generation
    }

    #[inline(always)]
    fn null(&mut self, slot: &Slot) {
        self.push(slot.json.null);
    }

    #[inline(always)]
    fn bool(&mut self, slot: &Slot, _: Place, value: bool) {
        self.push(slot.json.name);
        self.push(if value { "true," } else { "false," });
    }

    fn integer(&mut self, slot: &Slot, _: Place, _: IntegerKind, value: i128) {
        self.text(slot, |out| out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()));
    }

    #[inline(always)]
    fn int(&mut self, slot: &Slot, _: Place, value: i32) {
        self.text(slot, |out| out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()));
    }

    fn float(&mut self, slot: &Slot, _: Place, value: f32) {
        let numbers = self.options.numbers;
        self.text(slot, |out| double::write_float(value, numbers, out));
    }

    fn double(&mut self, slot: &Slot, _: Place, value: f64) {
        let numbers = self.options.numbers;
        self.text(slot, |out| double::write_double(value, numbers, out));
    }

    fn decimal(&mut self, slot: &Slot, _: Place, value: Decimal) {
        self.text(slot, |out| decimal::write_decimal(value, out));
    }

    fn number(&mut self, slot: &Slot, place: Place, number: &Number) {
        if number.origin() == Origin::Json {
            return self.text(slot, |out| out.extend_from_slice(number.text().as_bytes()));
        }
        match number.value() {
            NumberValue::Int(value) => self.int(slot, place, value),
            NumberValue::Long(value) => {
                self.integer(slot, place, IntegerKind::Long, value.into());
            }
            NumberValue::Decimal(value) => self.decimal(slot, place, value),
            NumberValue::Float(value) => self.float(slot, place, value),
            NumberValue::Double(value) => self.double(slot, place, value),
        }
    }

    fn char(&mut self, slot: &Slot, _: Place, value: u16) {
        match char::from_u32(value.into()) {
            Some(character) => {
                self.string(slot, Place::Declared, character.encode_utf8(&mut [0; 4]));
            }
            None => self
                .text(slot, |out| out.extend_from_slice(format!("\"\\u{value:04x}\"").as_bytes())),
        }
    }

    #[inline(always)]
    fn string(&mut self, slot: &Slot, _: Place, value: &str) {
        let options = self.options;
        self.quoted(slot, |out| write_escaped(value, options, out));
    }

    fn uri(&mut self, slot: &Slot, place: Place, value: &str) {
        self.string(slot, place, value);
    }

    #[inline(always)]
    fn guid(&mut self, slot: &Slot, _: Place, value: Uuid) {
        self.quoted(slot, |out| guid::write_guid(value, out));
    }

    fn date_time(&mut self, slot: &Slot, _: Place, value: DateTime) {
        let Some((instant, offset)) = instant_and_offset(value, self.options.zone) else {
            return self.fail(ErrorKind::DateOutOfRange);
        };
        self.text(slot, |out| date::write_json(instant, offset, out));
    }

    fn time_span(&mut self, slot: &Slot, _: Place, value: TimeSpan) {
        self.quoted(slot, |out| duration::write_duration(value, out));
    }

    fn bytes(&mut self, slot: &Slot, _: Place, value: &[u8]) {
        self.push(slot.json.array);
        let mut buffer = itoa::Buffer::new();
        for byte in value {
            self.out.extend_from_slice(buffer.format(*byte).as_bytes());
            self.out.push(b',');
        }
        self.end(b']');
    }

    fn enumeration(&mut self, slot: &Slot, place: Place, _: &'static EnumType, value: i32) {
        self.int(slot, place, value);
    }

    fn refuses(&mut self, _: &'static TypeName) -> bool {
        false
    }

    fn object(&mut self, slot: &Slot) {
        self.push(slot.json.object);
        self.push("},");
    }

    #[inline(always)]
    fn begin_class(&mut self, slot: &Slot, place: Place, name: &'static TypeName) {
        self.push(slot.json.object);
        if place != Place::Declared {
            self.push(name.json_member);
        }
    }

    #[inline(always)]
    fn end_class(&mut self, _: &Slot, (): ()) {
        self.end(b'}');
    }

    #[inline(always)]
    fn begin_list(&mut self, slot: &Slot, _: Place, _: &'static TypeName, _: Namespace) {
        self.push(slot.json.array);
    }

    #[inline(always)]
    fn end_list(&mut self, _: &Slot, (): ()) {
        self.end(b']');
    }

    fn raw(&mut self, slot: &Slot, value: &Raw) {
        match value {
            Raw::Json(json) => self.text(slot, |out| out.extend_from_slice(json.text.as_bytes())),
            other => {
                self.fail(ErrorKind::Raw { what: other.to_string(), format: MessageFormat::Json });
            }
        }
    }

    fn unknown_member(&mut self, member: &UnknownMember) {
        let Some(value) = member.as_json() else {
            return self.fail(ErrorKind::Raw {
                what: format!("the unknown member `{}`", member.name()),
                format: MessageFormat::Json,
            });
        };
        self.out.push(b'"');
        write_escaped(member.name(), self.options, self.out);
        self.out.extend_from_slice(b"\":");
        self.out.extend_from_slice(value.text.as_bytes());
        self.out.push(b',');
    }
}

/// The instant of a date in ticks of UTC, and the offset that JSON tells with it.
///
/// A local time keeps its offset unless it was read from another format; a time of unspecified
/// kind is taken for one of the zone's. `None` where .NET has no such instant.
pub(crate) fn instant_and_offset(
    value: DateTime,
    zone: &(dyn Zone + Sync),
) -> Option<(i64, Option<i16>)> {
    let (instant, offset) = match (value.kind(), value.origin()) {
        (DateTimeKind::Utc, _) => (value.ticks(), None),
        (DateTimeKind::Local, Origin::Xml) => {
            let instant = value.ticks().clamp(0, DateTime::MAX_TICKS);
            (instant, Some(zone.offset_at_instant(instant)))
        }
        (DateTimeKind::Local, _) => (value.ticks(), Some(value.offset_minutes())),
        (DateTimeKind::Unspecified, _) => {
            let ticks = value.ticks();
            let shift = i64::from(zone.offset_at_wall(ticks)) * DateTime::TICKS_PER_MINUTE;
            (ticks - shift, Some(zone.offset_at_instant(ticks)))
        }
    };
    (0..=DateTime::MAX_TICKS).contains(&instant).then_some((instant, offset))
}
