//! Data-contract JSON as the platform writes it.
//!
//! Every value is written with a comma behind it; the end of an object or array turns the last
//! comma into its bracket. So nothing has to be known of what stood before.

use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{
    Declared, EnumType, IntegerKind, PairFrame, Slot, TypeName, Writer, duration_text,
    json_date_text,
};
use xrm_context::raw::UnknownMember;
use xrm_context::{DateTime, DateTimeKind, Generation, Namespace, Number, Origin, Raw, TimeSpan};

use super::escape::escape_of;
use crate::error::{Error, ErrorKind};
use crate::escaping::Escaping;
use crate::format::MessageFormat;
use crate::number::write_number;
use crate::options::EncodeOptions;
use crate::output::{Cursor, Output};
use crate::refusal;
use crate::text::Scalar;
use crate::text::decimal::decimal_text;
use crate::text::double::{double_text, float_text};
use crate::zone::Zone;

pub(crate) struct JsonWriter<'a> {
    output: Output<'a>,
    options: &'a EncodeOptions,
    error: Option<Error>,
}

impl<'a> JsonWriter<'a> {
    #[inline(always)]
    pub(crate) fn new(output: Output<'a>, options: &'a EncodeOptions) -> Self {
        Self { output, options, error: None }
    }

    /// Takes the comma from behind the root, and gives the body's length.
    pub(crate) fn finish(&mut self) -> Result<usize, Error> {
        self.output.pop();
        self.output.flush();
        self.error.take().map_or(Ok(self.output.len()), Err)
    }

    /// Writes a value with its name before it and a comma behind it.
    #[inline(always)]
    fn value(&mut self, slot: &Slot, write: impl FnOnce(&mut Cursor<'_, '_>)) {
        let mut cursor = self.output.cursor();
        cursor.literal(&slot.json.literal);
        write(&mut cursor);
        end_value(slot, &mut cursor);
        cursor.commit();
    }

    /// Writes a value of any length.
    fn long_value(&mut self, slot: &Slot, text: &str) {
        self.begin(slot, |_| {});
        self.output.extend_from_slice(text.as_bytes());
        let mut cursor = self.output.cursor();
        end_value(slot, &mut cursor);
        cursor.commit();
    }

    #[inline(always)]
    fn begin(&mut self, slot: &Slot, write: impl FnOnce(&mut Cursor<'_, '_>)) {
        let mut cursor = self.output.cursor();
        cursor.literal(&slot.json.literal);
        write(&mut cursor);
        cursor.commit();
    }

    #[inline(always)]
    fn end(&mut self, slot: &Slot, bracket: u8) {
        // The comma behind the last member becomes the bracket. An empty object or array has none.
        if self.output.last_mut().is_some_and(|last| *last == b',') {
            self.output.pop();
        }
        let mut cursor = self.output.cursor();
        cursor.byte(bracket);
        end_value(slot, &mut cursor);
        cursor.commit();
    }

    /// Writes a string that is long or may have to be escaped.
    #[inline(never)]
    fn any_string(&mut self, slot: &Slot, value: &str) {
        let mut cursor = self.output.cursor();
        cursor.literal(&slot.json.literal);
        cursor.byte(b'"');
        let mut cursor = self.options.controls.write(value, cursor);
        cursor.byte(b'"');
        end_value(slot, &mut cursor);
        cursor.commit();
    }

    #[inline(never)]
    fn begin_any_pair(&mut self, frame: &'static PairFrame, declared: Declared, key: &str) {
        self.begin_class(&frame.item, declared, frame.pair);
        self.string(&frame.slots[0], Declared::Exactly, key);
    }

    #[cold]
    fn fail(&mut self, kind: ErrorKind) {
        // The first error is kept and writing goes on, into an output that is thrown away: a
        // `Result` from each method would cost every value a branch.
        self.error.get_or_insert_with(|| Error::writing(kind));
    }
}

impl Writer for JsonWriter<'_> {
    // Scalars are out of line, since inlined they would be repeated for every member of every
    // contract type. Brackets are a few instructions, and inlined.
    type Mark = ();
    const ENDS_PAIRS: bool = true;

    #[inline(always)]
    fn generation(&self) -> Option<Generation> {
        self.options.generation
    }

    #[inline(never)]
    fn null(&mut self, slot: &Slot) {
        self.value(slot, |cursor| cursor.bytes(b"null"));
    }

    #[inline(never)]
    fn bool(&mut self, slot: &Slot, _: Declared, value: bool) {
        self.value(slot, |cursor| value.write(cursor));
    }

    #[cold]
    fn minus_zero(&mut self, slot: &Slot) -> bool {
        self.value(slot, |cursor| cursor.bytes(b"-0"));
        true
    }

    #[inline(never)]
    fn integer(&mut self, slot: &Slot, _: Declared, _: IntegerKind, value: i128) {
        self.value(slot, |cursor| value.write(cursor));
    }

    #[inline(never)]
    fn int(&mut self, slot: &Slot, _: Declared, value: i32) {
        self.value(slot, |cursor| value.write(cursor));
    }

    #[inline(never)]
    fn float(&mut self, slot: &Slot, _: Declared, value: f32) {
        let numbers = self.options.numbers;
        self.value(slot, |cursor| float_text(value, numbers).write(cursor));
    }

    #[inline(never)]
    fn double(&mut self, slot: &Slot, _: Declared, value: f64) {
        let numbers = self.options.numbers;
        self.value(slot, |cursor| double_text(value, numbers).write(cursor));
    }

    #[inline(never)]
    fn decimal(&mut self, slot: &Slot, _: Declared, value: Decimal) {
        self.value(slot, |cursor| decimal_text(value).write(cursor));
    }

    #[inline(never)]
    fn number(&mut self, slot: &Slot, declared: Declared, number: &Number) {
        if number.origin() == Origin::Json {
            return self.long_value(slot, number.text());
        }
        write_number(self, slot, declared, number.value());
    }

    #[inline(never)]
    fn char(&mut self, slot: &Slot, _: Declared, value: u16) {
        match char::from_u32(value.into()) {
            Some(character) => {
                self.string(slot, Declared::Exactly, character.encode_utf8(&mut [0; 4]));
            }
            // Half of a surrogate pair: no Rust string holds it, its escape does.
            None => self.value(slot, |cursor| {
                cursor.byte(b'"');
                cursor.bytes(&escape_of(value));
                cursor.byte(b'"');
            }),
        }
    }

    #[inline(never)]
    fn string(&mut self, slot: &Slot, _: Declared, value: &str) {
        let mut cursor = self.output.cursor();
        cursor.literal(&slot.json.literal);
        cursor.byte(b'"');
        if !self.options.controls.write_short(value, &mut cursor) {
            return self.any_string(slot, value);
        }
        cursor.byte(b'"');
        end_value(slot, &mut cursor);
        cursor.commit();
    }

    #[inline(never)]
    fn uri(&mut self, slot: &Slot, declared: Declared, value: &str) {
        self.string(slot, declared, value);
    }

    #[inline(never)]
    fn guid(&mut self, slot: &Slot, _: Declared, value: Uuid) {
        self.value(slot, |cursor| {
            cursor.byte(b'"');
            value.write(cursor);
            cursor.byte(b'"');
        });
    }

    #[inline(never)]
    fn date_time(&mut self, slot: &Slot, _: Declared, value: DateTime) {
        // The platform refuses such a date too, instead of wrapping around.
        let Some((instant, offset)) = instant_and_offset(value, self.options.writing_zone()) else {
            return self.fail(ErrorKind::DateOutOfRange);
        };
        self.value(slot, |cursor| {
            cursor.byte(b'"');
            json_date_text(instant, offset, br"\/").write(cursor);
            cursor.byte(b'"');
        });
    }

    #[inline(never)]
    fn time_span(&mut self, slot: &Slot, _: Declared, value: TimeSpan) {
        self.value(slot, |cursor| {
            cursor.byte(b'"');
            duration_text(value).write(cursor);
            cursor.byte(b'"');
        });
    }

    #[inline(never)]
    fn bytes(&mut self, slot: &Slot, _: Declared, value: &[u8]) {
        self.begin(slot, |cursor| cursor.byte(b'['));
        for byte in value {
            let mut cursor = self.output.cursor();
            i32::from(*byte).write(&mut cursor);
            cursor.byte(b',');
            cursor.commit();
        }
        self.end(slot, b']');
    }

    #[inline(never)]
    fn enumeration(&mut self, slot: &Slot, declared: Declared, _: &'static EnumType, value: i32) {
        self.int(slot, declared, value);
    }

    fn refuses(&mut self, _: &Slot, _: &'static TypeName) -> bool {
        false
    }

    #[inline(never)]
    fn object(&mut self, slot: &Slot) {
        self.value(slot, |cursor| cursor.bytes(b"{}"));
    }

    #[inline(always)]
    fn begin_class(&mut self, slot: &Slot, declared: Declared, name: &'static TypeName) {
        let mut cursor = self.output.cursor();
        cursor.literal(&slot.json.literal);
        cursor.byte(b'{');
        if declared != Declared::Exactly {
            cursor.text(name.json_member);
        }
        cursor.commit();
    }

    #[inline(always)]
    fn end_class(&mut self, slot: &Slot, (): ()) {
        self.end(slot, b'}');
    }

    #[inline(never)]
    fn begin_pair(&mut self, frame: &'static PairFrame, declared: Declared, key: &str) {
        if declared == Declared::Exactly {
            let mut cursor = self.output.cursor();
            // The key has this name in every pair; in XML, its name depends on the pair.
            cursor.bytes(b"{\"key\":\"");
            if self.options.controls.write_short(key, &mut cursor) {
                cursor.bytes(b"\",");
                return cursor.commit();
            }
            return self.begin_any_pair(frame, Declared::Exactly, key);
        }
        self.begin_any_pair(frame, declared, key);
    }

    #[inline(always)]
    fn begin_list(&mut self, slot: &Slot, _: Declared, _: &'static TypeName, _: Namespace) {
        self.begin(slot, |cursor| cursor.byte(b'['));
    }

    #[inline(always)]
    fn end_list(&mut self, slot: &Slot, (): ()) {
        self.end(slot, b']');
    }

    #[inline(never)]
    fn raw(&mut self, slot: &Slot, value: &Raw) {
        match value {
            Raw::Json(json) => self.long_value(slot, &json.text),
            other => self.fail(refusal::kept_value(other, MessageFormat::Json)),
        }
    }

    fn unknown_member(&mut self, member: UnknownMember<'_>) {
        // A member that was read from XML has no JSON, and dropping it is not an option.
        let Some(value) = member.as_json() else {
            return self.fail(refusal::kept_member(member, MessageFormat::Json));
        };
        let mut cursor = self.output.cursor();
        cursor.byte(b'"');
        let mut cursor = self.options.controls.write(member.name(), cursor);
        cursor.bytes(b"\":");
        cursor.commit();
        self.output.extend_from_slice(value.as_bytes());
        self.output.push(b',');
    }
}

/// Writes the comma behind a value, and before it the end of the pair that the value closes.
#[inline(always)]
fn end_value(slot: &Slot, cursor: &mut Cursor<'_, '_>) {
    if slot.closes.is_some() {
        cursor.bytes(b"},");
    } else {
        cursor.byte(b',');
    }
}

/// The instant of a date in ticks of UTC, and the offset that JSON writes behind it.
///
/// A local time keeps its offset unless it was read from another format; a time of unspecified
/// kind is taken for one of the zone's. `None` where .NET has no such instant.
pub(crate) fn instant_and_offset(value: DateTime, zone: &dyn Zone) -> Option<(i64, Option<i16>)> {
    let (instant, offset) = match (value.kind(), value.origin()) {
        (DateTimeKind::Utc, _) => (value.ticks(), None),
        // The platform's reader of XML converts a local time to the zone of its process, and so
        // writes it with that zone's offset.
        (DateTimeKind::Local, Origin::Xml) => {
            let instant = value.ticks().clamp(0, DateTime::MAX_TICKS);
            (instant, Some(zone.offset_at_instant(instant)))
        }
        (DateTimeKind::Local, _) => (value.ticks(), Some(value.offset_minutes())),
        // The wall clock decides the instant, while the offset is that of the same ticks taken for
        // UTC. Near a change of the clocks the two differ, as on the platform.
        (DateTimeKind::Unspecified, _) => {
            let ticks = value.ticks();
            let shift = i64::from(zone.offset_at_wall(ticks)) * DateTime::TICKS_PER_MINUTE;
            (ticks - shift, Some(zone.offset_at_instant(ticks)))
        }
    };
    (0..=DateTime::MAX_TICKS).contains(&instant).then_some((instant, offset))
}
