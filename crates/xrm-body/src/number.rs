//! Numbers in `object` places: which type a text has, and whether the text must be kept.

use rust_decimal::Decimal;
use xrm_context::contract::{Declared, IntegerKind, Slot, Writer};
use xrm_context::{Number, NumberValue, Origin, Value};

use crate::options::NumberText;
use crate::text::decimal;
use crate::text::double;
use crate::text::trimmed;

/// Reads a number whose type is not written, as the platform's reader does: an integer
/// of 32 bits, else of 64, else a decimal, else a double. A number with a point or a lower-case
/// `e` is a decimal if it fits one, its scale kept, else a double; an upper-case `E` alone leaves
/// it an integer where it is whole. A number that no double holds is none, or infinite in `strict`
/// reading.
pub(crate) fn read_number(
    text: &str,
    origin: Origin,
    strict: bool,
    numbers: NumberText,
) -> Option<Value> {
    let value = value_of(text, numbers).or_else(|| {
        // Only a number beyond all doubles gets here, and Rust reads it as infinite, as .NET Core
        // does.
        let infinite = text.parse().ok().filter(|_| strict)?;
        Some(NumberValue::Double(infinite))
    })?;
    Some(keep_text(value, text, origin))
}

/// The number that the platform's reader makes of a JSON number.
pub(crate) fn value_of(text: &str, numbers: NumberText) -> Option<NumberValue> {
    // Only a point or a lower-case `e` makes the platform's reader look for a fraction.
    if !text.bytes().any(|byte| matches!(byte, b'.' | b'e'))
        && let Some(integer) = whole(text)
    {
        return Some(match i32::try_from(integer) {
            Ok(int) => NumberValue::Int(int),
            Err(_) => NumberValue::Long(integer),
        });
    }
    // A decimal holds 28 places. What is finer is rounded, as by the platform, but a number that
    // would become zero is a double.
    match decimal::read_decimal(text, true) {
        Some(value) if !is_lost(value, text) => Some(NumberValue::Decimal(value)),
        _ => parse_double(text, numbers).map(NumberValue::Double),
    }
}

/// Reads an integer as the platform reads one in JSON: `40.0` and `4e1` are 40.
pub(crate) fn parse_integer(text: &str) -> Option<i128> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    text.parse().ok().or_else(|| {
        let value = decimal::read_decimal(text, true).filter(|value| !is_lost(*value, text))?;
        (value.trunc() == value).then(|| i128::try_from(value).ok()).flatten()
    })
}

/// An integer, which an exponent may make long.
fn whole(text: &str) -> Option<i64> {
    if !text.bytes().any(|byte| byte == b'E') {
        return text.parse().ok();
    }
    let value = decimal::read_decimal(text, true).filter(|value| !is_lost(*value, text))?;
    let whole = value.trunc() == value;
    whole.then(|| i64::try_from(value).ok()).flatten()
}

/// Whether a number that is not zero became zero because a decimal is too coarse for it.
fn is_lost(value: Decimal, text: &str) -> bool {
    let significand = || text.split(['e', 'E']).next().unwrap_or(text);
    value.is_zero() && significand().bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

/// Reads a double: the nearest one, or the next to it that is written with this text. .NET Framework's
/// text of a double is sometimes nearer to its neighbor, since its reader is not correctly rounded;
/// the nearest alone would change the text of a body that is read and written again. Texts of later
/// runtimes, which are the shortest, mean the nearest. `None` for a number beyond the greatest finite one.
pub(crate) fn parse_double(text: &str, numbers: NumberText) -> Option<f64> {
    let text = trimmed(text);
    let nearest = special(text).or_else(|| {
        let finite = |value: &f64| value.is_finite();
        text.bytes().all(is_of_number).then(|| text.parse().ok().filter(finite)).flatten()
    })?;
    if numbers == NumberText::Shortest {
        return Some(nearest);
    }
    let candidates = [nearest, nearest.next_up(), nearest.next_down()];
    Some(written_so(candidates, NumberValue::Double, text))
}

/// Reads a float, as [`parse_double`] reads a double.
pub(crate) fn parse_float(text: &str, numbers: NumberText) -> Option<f32> {
    let text = trimmed(text);
    #[expect(clippy::cast_possible_truncation, reason = "the special values are floats too")]
    let nearest = special(text).map(|value| value as f32).or_else(|| {
        let finite = |value: &f32| value.is_finite();
        text.bytes().all(is_of_number).then(|| text.parse().ok().filter(finite)).flatten()
    })?;
    if numbers == NumberText::Shortest {
        return Some(nearest);
    }
    let candidates = [nearest, nearest.next_up(), nearest.next_down()];
    Some(written_so(candidates, NumberValue::Float, text))
}

/// The first of these numbers that is written with this text, else the first.
fn written_so<T: Copy>(numbers: [T; 3], value: fn(T) -> NumberValue, text: &str) -> T {
    let is_written = |number: &T| is_written_so(value(*number), text);
    numbers.into_iter().find(is_written).unwrap_or(numbers[0])
}

/// The values that are no numbers.
fn special(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "INF" | "Infinity" => Some(f64::INFINITY),
        "-INF" | "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Rust reads `inf` and `nan` too, which the platform does not.
fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')
}

/// The value, with its text where that is not the one that would be written.
pub(crate) fn keep_text(value: NumberValue, text: &str, origin: Origin) -> Value {
    if is_written_so(value, text) {
        return plain_value(value);
    }
    Value::Number(Box::new(Number::new(value, text, origin)))
}

/// A number without a text of its own.
pub(crate) fn plain_value(value: NumberValue) -> Value {
    match value {
        NumberValue::Int(value) => Value::Int(value),
        NumberValue::Long(value) => Value::Long(value),
        NumberValue::Decimal(value) => Value::Decimal(value),
        NumberValue::Float(value) => Value::Float(value),
        NumberValue::Double(value) => Value::Double(value),
    }
}

/// Writes a number in the format's own text.
pub(crate) fn write_number<W: Writer>(
    writer: &mut W,
    slot: &Slot,
    declared: Declared,
    value: NumberValue,
) {
    match value {
        NumberValue::Int(value) => writer.int(slot, declared, value),
        NumberValue::Long(value) => writer.integer(slot, declared, IntegerKind::Long, value.into()),
        NumberValue::Decimal(value) => writer.decimal(slot, declared, value),
        NumberValue::Float(value) => writer.float(slot, declared, value),
        NumberValue::Double(value) => writer.double(slot, declared, value),
    }
}

/// Whether the encoders write the number with this text.
fn is_written_so(value: NumberValue, text: &str) -> bool {
    let written = match value {
        NumberValue::Int(_) | NumberValue::Long(_) => return is_plain_integer(text),
        // The short tests come first: writing a double to compare its text costs more than reading
        // it.
        NumberValue::Decimal(_) if is_short_decimal(text) => return true,
        NumberValue::Double(value) if is_short_double(value, text) => return true,
        NumberValue::Decimal(value) => decimal::decimal_text(value),
        NumberValue::Float(value) => double::float_text(value, NumberText::Framework),
        NumberValue::Double(value) => double::double_text(value, NumberText::Framework),
    };
    written.as_bytes() == text.as_bytes()
}

fn is_plain_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leads_with_zero = digits.starts_with('0') && text != "0";
    !leads_with_zero && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text is digits, a point, and digits, so few that a decimal holds them all. The
/// frequent case, decided without writing the number.
fn is_short_decimal(text: &str) -> bool {
    text.len() <= 28 && has_fraction(text.as_bytes())
}

/// Whether the text is digits, a point, and at most 15 digits in all, and the double is written with
/// them. The frequent case, decided without writing the number. A zero at the end, or right behind
/// `0.`, would be written differently or shift the count of digits.
fn is_short_double(value: f64, text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let is_short = text.len() <= 16 && !text.starts_with("0.0") && !text.ends_with('0');
    is_short && has_fraction(text.as_bytes()) && double::keeps_digits(value, text)
}

/// Whether this is digits without a leading zero, a point, and digits.
fn has_fraction(text: &[u8]) -> bool {
    let Some(point) = text.iter().position(|byte| *byte == b'.') else { return false };
    let (whole, fraction) = (&text[..point], &text[point + 1..]);
    let mut digits = whole.iter().chain(fraction);
    !fraction.is_empty()
        && (whole == b"0" || matches!(whole.first(), Some(b'1'..=b'9')))
        && digits.all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_short_double_is_written_as_it_was_read(text in "-?(0|[1-9][0-9]{0,9})\\.[0-9]{1,9}") {
            let value: f64 = text.parse().expect("a number");
            let written = double::double_text(value, NumberText::Framework);
            let is_own = written.as_bytes() == text.as_bytes();
            prop_assert!(!is_short_double(value, &text) || is_own, "{}", text);
        }
    }

    #[test]
    fn a_short_double_keeps_its_digits_or_is_none() {
        for (text, is_short) in [
            ("48.137154", true),
            ("-0.5", true),
            ("0.12345678901234", true),
            ("123456789.012345", true),
            // .NET Framework writes 17 digits of the doubles nearest to these.
            ("972.172753", false),
            ("0.2774229", false),
        ] {
            let value: f64 = text.parse().expect("a number");
            assert_eq!(is_short_double(value, text), is_short, "{text}");
        }
    }
}
