//! Data-contract JSON as the platform writes it.
//!
//! Every value is written with a comma behind it; the end of an object or array turns the last
//! comma into its bracket. So nothing has to be known of what stood before.

use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{
    EnumType, IntegerKind, PairFrame, Place, Slot, TypeName, Writer, duration_text, json_date_text,
};
use xrm_context::raw::UnknownMember;
use xrm_context::{
    DateTime, DateTimeKind, Generation, Namespace, Number, NumberValue, Origin, Raw, TimeSpan,
};

use super::escape::escape_of;
use crate::error::{Error, ErrorKind};
use crate::escaping::Escaping;
use crate::page::{Line, Page};
use crate::text::Scalar;
use crate::text::decimal::decimal_text;
use crate::text::double::{double_text, float_text};
use crate::zone::Zone;
use crate::{EncodeOptions, MessageFormat};

pub(crate) struct JsonWriter<'a> {
    page: Page<'a>,
    options: &'a EncodeOptions,
    error: Option<Error>,
}

impl<'a> JsonWriter<'a> {
    #[inline(always)]
    pub(crate) fn new(page: Page<'a>, options: &'a EncodeOptions) -> Self {
        Self { page, options, error: None }
    }

    /// Takes the comma from behind the root, and gives the body's length.
    pub(crate) fn finish(&mut self) -> Result<usize, Error> {
        self.page.pop();
        self.page.finish();
        self.error.take().map_or(Ok(self.page.len()), Err)
    }

    /// Writes a value on a line, with its name before it and a comma behind it.
    #[inline(always)]
    fn value(&mut self, slot: &Slot, write: impl FnOnce(&mut Line<'_, '_>)) {
        let mut line = self.page.line();
        line.piece(&slot.json.piece);
        write(&mut line);
        end_value(slot, &mut line);
        line.end();
    }

    /// Writes a value that is longer than a line.
    fn long_value(&mut self, slot: &Slot, text: &str) {
        self.begin(slot, |_| {});
        self.page.extend_from_slice(text.as_bytes());
        let mut line = self.page.line();
        end_value(slot, &mut line);
        line.end();
    }

    #[inline(always)]
    fn begin(&mut self, slot: &Slot, write: impl FnOnce(&mut Line<'_, '_>)) {
        let mut line = self.page.line();
        line.piece(&slot.json.piece);
        write(&mut line);
        line.end();
    }

    #[inline(always)]
    fn end(&mut self, slot: &Slot, bracket: u8) {
        if self.page.last_mut().is_some_and(|last| *last == b',') {
            self.page.pop();
        }
        let mut line = self.page.line();
        line.byte(bracket);
        end_value(slot, &mut line);
        line.end();
    }

    /// Writes a string that is long or may have to be escaped.
    #[inline(never)]
    fn any_string(&mut self, slot: &Slot, value: &str) {
        let mut line = self.page.line();
        line.piece(&slot.json.piece);
        line.byte(b'"');
        let mut line = self.options.controls.write(value, line);
        line.byte(b'"');
        end_value(slot, &mut line);
        line.end();
    }

    #[inline(never)]
    fn begin_any_pair(&mut self, frame: &'static PairFrame, place: Place, key: &str) {
        self.begin_class(&frame.item, place, frame.pair);
        self.string(&frame.slots[0], Place::Declared, key);
    }

    #[cold]
    fn fail(&mut self, kind: ErrorKind) {
        self.error.get_or_insert_with(|| Error::writing(kind));
    }
}

impl Writer for JsonWriter<'_> {
    type Mark = ();
    const ENDS_PAIRS: bool = true;

    #[inline(always)]
    fn generation(&self) -> Option<Generation> {
        self.options.generation
    }

    #[inline(never)]
    fn null(&mut self, slot: &Slot) {
        self.value(slot, |line| line.bytes(b"null"));
    }

    #[inline(never)]
    fn bool(&mut self, slot: &Slot, _: Place, value: bool) {
        self.value(slot, |line| value.write(line));
    }

    #[inline(never)]
    fn integer(&mut self, slot: &Slot, _: Place, _: IntegerKind, value: i128) {
        self.value(slot, |line| value.write(line));
    }

    #[inline(never)]
    fn int(&mut self, slot: &Slot, _: Place, value: i32) {
        self.value(slot, |line| value.write(line));
    }

    #[inline(never)]
    fn float(&mut self, slot: &Slot, _: Place, value: f32) {
        let numbers = self.options.numbers;
        self.value(slot, |line| float_text(value, numbers).write(line));
    }

    #[inline(never)]
    fn double(&mut self, slot: &Slot, _: Place, value: f64) {
        let numbers = self.options.numbers;
        self.value(slot, |line| double_text(value, numbers).write(line));
    }

    #[inline(never)]
    fn decimal(&mut self, slot: &Slot, _: Place, value: Decimal) {
        self.value(slot, |line| decimal_text(value).write(line));
    }

    #[inline(never)]
    fn number(&mut self, slot: &Slot, place: Place, number: &Number) {
        if number.origin() == Origin::Json {
            return self.long_value(slot, number.text());
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

    #[inline(never)]
    fn char(&mut self, slot: &Slot, _: Place, value: u16) {
        match char::from_u32(value.into()) {
            Some(character) => {
                self.string(slot, Place::Declared, character.encode_utf8(&mut [0; 4]));
            }
            None => self.value(slot, |line| {
                line.byte(b'"');
                line.bytes(&escape_of(value));
                line.byte(b'"');
            }),
        }
    }

    #[inline(never)]
    fn string(&mut self, slot: &Slot, _: Place, value: &str) {
        let mut line = self.page.line();
        line.piece(&slot.json.piece);
        line.byte(b'"');
        if !line.string(value, self.options.controls) {
            return self.any_string(slot, value);
        }
        line.byte(b'"');
        end_value(slot, &mut line);
        line.end();
    }

    #[inline(never)]
    fn uri(&mut self, slot: &Slot, place: Place, value: &str) {
        self.string(slot, place, value);
    }

    #[inline(never)]
    fn guid(&mut self, slot: &Slot, _: Place, value: Uuid) {
        self.value(slot, |line| {
            line.byte(b'"');
            value.write(line);
            line.byte(b'"');
        });
    }

    #[inline(never)]
    fn date_time(&mut self, slot: &Slot, _: Place, value: DateTime) {
        let Some((instant, offset)) = instant_and_offset(value, self.options.writing_zone()) else {
            return self.fail(ErrorKind::DateOutOfRange);
        };
        self.value(slot, |line| {
            line.byte(b'"');
            json_date_text(instant, offset, br"\/").write(line);
            line.byte(b'"');
        });
    }

    #[inline(never)]
    fn time_span(&mut self, slot: &Slot, _: Place, value: TimeSpan) {
        self.value(slot, |line| {
            line.byte(b'"');
            duration_text(value).write(line);
            line.byte(b'"');
        });
    }

    #[inline(never)]
    fn bytes(&mut self, slot: &Slot, _: Place, value: &[u8]) {
        self.begin(slot, |line| line.byte(b'['));
        for byte in value {
            let mut line = self.page.line();
            i32::from(*byte).write(&mut line);
            line.byte(b',');
            line.end();
        }
        self.end(slot, b']');
    }

    #[inline(never)]
    fn enumeration(&mut self, slot: &Slot, place: Place, _: &'static EnumType, value: i32) {
        self.int(slot, place, value);
    }

    fn refuses(&mut self, _: &'static TypeName) -> bool {
        false
    }

    #[inline(never)]
    fn object(&mut self, slot: &Slot) {
        self.value(slot, |line| line.bytes(b"{}"));
    }

    #[inline(always)]
    fn begin_class(&mut self, slot: &Slot, place: Place, name: &'static TypeName) {
        let mut line = self.page.line();
        line.piece(&slot.json.piece);
        line.byte(b'{');
        if place != Place::Declared {
            line.literal(name.json_member);
        }
        line.end();
    }

    #[inline(always)]
    fn end_class(&mut self, slot: &Slot, (): ()) {
        self.end(slot, b'}');
    }

    #[inline(never)]
    fn begin_pair(&mut self, frame: &'static PairFrame, place: Place, key: &str) {
        if place == Place::Declared {
            let mut line = self.page.line();
            // The key has this name in every pair, whatever it is called in XML.
            line.bytes(b"{\"key\":\"");
            if line.string(key, self.options.controls) {
                line.bytes(b"\",");
                return line.end();
            }
            return self.begin_any_pair(frame, Place::Declared, key);
        }
        self.begin_any_pair(frame, place, key);
    }

    #[inline(always)]
    fn begin_list(&mut self, slot: &Slot, _: Place, _: &'static TypeName, _: Namespace) {
        self.begin(slot, |line| line.byte(b'['));
    }

    #[inline(always)]
    fn end_list(&mut self, slot: &Slot, (): ()) {
        self.end(slot, b']');
    }

    #[inline(never)]
    fn raw(&mut self, slot: &Slot, value: &Raw) {
        match value {
            Raw::Json(json) => self.long_value(slot, &json.text),
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
        let mut line = self.page.line();
        line.byte(b'"');
        let mut line = self.options.controls.write(member.name(), line);
        line.bytes(b"\":");
        line.end();
        self.page.extend_from_slice(value.text.as_bytes());
        self.page.push(b',');
    }
}

/// Writes the comma behind a value, and before it the end of the pair that the value closes.
#[inline(always)]
fn end_value(slot: &Slot, line: &mut Line<'_, '_>) {
    if slot.closes.is_some() {
        line.bytes(b"},");
    } else {
        line.byte(b',');
    }
}

/// The instant of a date in ticks of UTC, and the offset that JSON tells with it.
///
/// A local time keeps its offset unless it was read from another format; a time of unspecified
/// kind is taken for one of the zone's. `None` where .NET has no such instant.
pub(crate) fn instant_and_offset(value: DateTime, zone: &dyn Zone) -> Option<(i64, Option<i16>)> {
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
