//! The text of doubles and floats.
//!
//! The platform's bodies hold the text of .NET Framework's round-trip format, `R`: 15 digits (7 for a
//! float), or 17 (9) if reading the 15 back gives another number. Its reader is not correctly rounded
//! (see `power`), so some numbers get 17 digits that do not need them: 972.172753 is written
//! 972.17275299999994. Libraries that write doubles, ryu or Rust itself, give the shortest text that
//! reads back, as .NET Core 3.0 and later do. That is why the platform's text is made here.
//!
//! Compared with the runtimes themselves: no difference in 800,000 numbers.

mod power;

use std::fmt;
use std::io::Write as _;

use xrm_context::contract::ShortText;

use self::power::{DOWN, DOWN_BY_16, Power, UP, UP_BY_16};
use super::decimal::write_point;
use crate::options::NumberText;

/// The text of a double.
pub(crate) fn double_text(value: f64, text: NumberText) -> ShortText {
    special(value).unwrap_or_else(|| match text {
        NumberText::Framework => Digits::framework(value, &DOUBLE).text(),
        NumberText::Shortest => Digits::shortest(value, Width::of_double(value), &DOUBLE).text(),
    })
}

/// The text of a float.
pub(crate) fn float_text(value: f32, text: NumberText) -> ShortText {
    special(value.into()).unwrap_or_else(|| match text {
        NumberText::Framework => Digits::framework(value.into(), &FLOAT).text(),
        NumberText::Shortest => Digits::shortest(value, Width::of_float(value), &FLOAT).text(),
    })
}

/// Whether .NET Framework writes the digits of this text for a double that is nearest to it, or
/// next to that one. They are 15 at most, around a point; the first is no zero, or it is the only
/// one before the point, and the next is none.
pub(crate) fn keeps_digits(value: f64, text: &str) -> bool {
    let (digits, whole) = match text.strip_prefix("0.") {
        Some(fraction) => (fraction.len(), 0),
        None => (text.len() - 1, text.bytes().take_while(|byte| *byte != b'.').count()),
    };
    // The platform would write these digits with zeros behind them, up to 15, so that is what is
    // read back.
    let zeros = (DOUBLE.first as usize).checked_sub(digits);
    let (Some(zeros), Ok(whole)) = (zeros, i32::try_from(whole)) else { return false };
    let digits = text.bytes().filter(|byte| *byte != b'.');
    let integer = digits.fold(0, |integer, digit| integer * 10 + u64::from(digit - b'0'));
    let integer = integer * TENS[zeros];
    let digits = Digits { negative: false, integer, exponent: whole - 1, precision: DOUBLE.first };
    (DOUBLE.reads_back)(&digits, value)
}

#[inline(always)]
fn special(value: f64) -> Option<ShortText> {
    Some(match value {
        value if value.is_nan() => ShortText::from_prefix(b"NaN", 3),
        f64::INFINITY => ShortText::from_prefix(b"INF", 3),
        f64::NEG_INFINITY => ShortText::from_prefix(b"-INF", 4),
        0.0 if value.is_sign_negative() => ShortText::from_prefix(b"-0", 2),
        0.0 => ShortText::from_prefix(b"0", 1),
        _ => return None,
    })
}

/// The digits of a type of numbers.
struct Precision {
    /// How many digits every number of the type survives in decimal: `f64::DIGITS`.
    first: u32,
    /// How many digits distinguish any two numbers of the type. The shortest text is written without an
    /// exponent up to the same number of digits.
    second: u32,
    /// Whether .NET Framework reads these digits as this number.
    reads_back: fn(&Digits, f64) -> bool,
}

const DOUBLE: Precision =
    Precision { first: 15, second: 17, reads_back: |digits, value| digits.read() == value.abs() };

#[expect(clippy::cast_possible_truncation, reason = "a float is read as a double, then cut")]
const FLOAT: Precision = Precision {
    first: 7,
    second: 9,
    reads_back: |digits, value| digits.read() as f32 == value.abs() as f32,
};

/// 10^0 to 10^19.
const TENS: [u64; 20] = {
    let mut tens = [1; 20];
    let mut power = 1;
    while power < tens.len() {
        tens[power] = tens[power - 1] * 10;
        power += 1;
    }
    tens
};

/// The significant digits of a number.
struct Digits {
    negative: bool,
    /// So many digits as `precision` says, the first of them no zero.
    integer: u64,
    /// The decimal exponent of the first digit.
    exponent: i32,
    /// How many digits were asked for, 18 at most.
    precision: u32,
}

impl Digits {
    #[inline(always)]
    fn framework(value: f64, precision: &Precision) -> Self {
        let first = Self::rounded(value, precision.first);
        // Most numbers keep their first digits.
        if (precision.reads_back)(&first, value) {
            first
        } else {
            Self::rounded(value, precision.second)
        }
    }

    /// The fewest digits that lie between the middles to the number's neighbors: the nearest of them, and of
    /// two that are as near the even ones, as .NET Core writes.
    ///
    /// Rust's shortest digits say how many these are, but for a number whose bits are even, of which they may
    /// lie on such a middle: reading rounds them to even. .NET Core does not count on that, and takes more
    /// digits. Rust's rounding to a number of digits is to even.
    fn shortest(value: impl fmt::LowerExp + Copy, width: Width, precision: &Precision) -> Self {
        let mut count = Self::parse(format_args!("{value:e}"), precision.second).significant();
        loop {
            let decimals = count as usize - 1;
            let digits = Self::parse(format_args!("{value:.decimals$e}"), precision.second);
            if count >= precision.second || !width.has_middle(&digits) {
                return digits;
            }
            count += 1;
        }
    }

    /// How many digits there are, without the zeros at the end.
    fn significant(&self) -> u32 {
        let zeros = (0..self.precision)
            .take_while(|it| self.integer.is_multiple_of(TENS[*it as usize + 1]));
        self.precision - u32::try_from(zeros.count()).unwrap_or(0)
    }

    /// `precision` digits of the exact binary value, ties away from zero as on the platform. Rust's
    /// own `{:.*e}` rounds ties to even.
    fn rounded(value: f64, precision: u32) -> Self {
        Self::rounded_in_128_bits(value, precision)
            .unwrap_or_else(|| Self::rounded_in_full(value, precision))
    }

    /// The same, where the number and the power of ten that makes it an integer of these digits
    /// have a product of 128 bits: from 0.001 to 2^53, in which most numbers lie.
    #[inline(always)]
    fn rounded_in_128_bits(value: f64, precision: u32) -> Option<Self> {
        let bits = value.to_bits();
        let significand = bits & 0x000f_ffff_ffff_ffff | 1 << 52;
        // 1075 is the exponent's bias and the 52 places of the fraction.
        let binary_places = 1075_u32.checked_sub((bits >> 52 & 0x7ff) as u32)?;
        if binary_places > 62 {
            return None;
        }
        // The decimal logarithm of the power of two below the number, one too small at most:
        // 1233 / 2^12 is log10(2) to four digits. The loop then runs once or twice.
        let magnitude = 52 - binary_places.cast_signed();
        let mut exponent = (magnitude * 1233) >> 12;
        loop {
            let scale = (precision.cast_signed() - 1).checked_sub(exponent)?;
            let power = *TENS.get(usize::try_from(scale).ok()?)?;
            let product = u128::from(significand) * u128::from(power);
            // Half of the last binary place, so that the shift rounds. Zero for an integer, which
            // is exact.
            let half = 1_u128 << binary_places >> 1;
            let integer = u64::try_from((product + half) >> binary_places).ok()?;
            if integer < TENS[precision as usize] {
                return Some(Self { negative: value < 0.0, integer, exponent, precision });
            }
            exponent += 1;
        }
    }

    /// The same for any number.
    #[cold]
    fn rounded_in_full(value: f64, precision: u32) -> Self {
        let decimals = precision as usize - 1;
        // Rust's digits are right but for a tie, which is a number that ends exactly with a 5 behind
        // the last digit. Only then does it matter that Rust rounds to even.
        let rounded = Self::parse(format_args!("{value:.*e}", decimals), precision);
        // Rounding may have made the exponent greater by one.
        let near = [rounded.exponent, rounded.exponent - 1];
        if near.into_iter().any(|exponent| ends_after(value, precision, exponent)) {
            // One digit more than asked for, exact because the value ends there.
            let longer = Self::parse(format_args!("{value:.*e}", decimals + 1), precision + 1);
            if longer.integer % 10 == 5 && ends_after(value, precision, longer.exponent) {
                return longer.without_last_rounded_up();
            }
        }
        rounded
    }

    /// The digits but the last one, the one before it greater by one.
    fn without_last_rounded_up(self) -> Self {
        let (precision, integer) = (self.precision - 1, self.integer / 10 + 1);
        if integer == TENS[precision as usize] {
            let exponent = self.exponent + 1;
            return Self { integer: integer / 10, exponent, precision, ..self };
        }
        Self { integer, precision, ..self }
    }

    /// Takes apart what Rust's exponent format writes, `-1.234e-5`, and fills up with zeros.
    fn parse(text: fmt::Arguments<'_>, precision: u32) -> Self {
        // A sign, 18 digits, a point and an exponent, on the stack: encoding does not allocate.
        let mut buffer = [0; 32];
        let mut room = buffer.as_mut_slice();
        room.write_fmt(text).expect("a number of few digits has room");
        let unused = room.len();
        let text = str::from_utf8(&buffer[..buffer.len() - unused]).unwrap_or_default();
        let (number, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits = number.bytes().filter(u8::is_ascii_digit).chain(std::iter::repeat(b'0'));
        let digits = digits.take(precision as usize);
        let integer = digits.fold(0, |integer, digit| integer * 10 + u64::from(digit - b'0'));
        let exponent = exponent.parse().unwrap_or(0);
        Self { negative: number.starts_with('-'), integer, exponent, precision }
    }

    /// The number's text, without trailing zeros.
    #[inline(always)]
    fn text(&self) -> ShortText {
        let mut text = ShortText::new();
        if self.negative {
            text.push(b'-');
        }
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(self.integer).as_bytes();
        let len = digits.iter().rposition(|digit| *digit != b'0').map_or(1, |last| last + 1);
        let digits = &digits[..len];
        // The bounds of C's `%g`: an exponent from -4 up to the precision is written out.
        if self.exponent >= self.precision.cast_signed() || self.exponent < -4 {
            self.write_scientific(digits, &mut text);
        } else {
            self.write_plain(digits, &mut text);
        }
        text
    }

    fn write_scientific(&self, digits: &[u8], text: &mut ShortText) {
        text.push(digits[0]);
        if digits.len() > 1 {
            text.push(b'.');
            text.extend_from_slice(&digits[1..]);
        }
        text.extend_from_slice(if self.exponent < 0 { b"E-" } else { b"E+" });
        let exponent = self.exponent.unsigned_abs();
        if exponent < 10 {
            text.push(b'0');
        }
        text.extend_from_slice(itoa::Buffer::new().format(exponent).as_bytes());
    }

    fn write_plain(&self, digits: &[u8], text: &mut ShortText) {
        let whole = self.exponent + 1;
        match usize::try_from(whole).ok().and_then(|whole| whole.checked_sub(digits.len())) {
            Some(zeros) => {
                text.extend_from_slice(digits);
                text.fill(zeros, b'0');
            }
            None => {
                let places = i32::try_from(digits.len()).unwrap_or(0) - whole;
                write_point(digits, places.unsigned_abs() as usize, text);
            }
        }
    }

    /// Reads the digits as .NET Framework reads a number: with powers of ten of 64 bits and
    /// products that lose their low half.
    fn read(&self) -> f64 {
        let scale = self.exponent + 1 - self.precision.cast_signed();
        let mut value = Power::new(self.integer, 64);
        let (small, large) = if scale < 0 { (&DOWN, &DOWN_BY_16) } else { (&UP, &UP_BY_16) };
        let scale = scale.unsigned_abs() as usize;
        if !scale.is_multiple_of(16) {
            value = value.times(small[scale % 16 - 1]);
        }
        if scale / 16 != 0 {
            let Some(power) = large.get(scale / 16 - 1) else { return 0.0 };
            value = value.times(*power);
        }
        value.to_double()
    }
}

/// A number in binary: a significand and the exponent of its last place.
struct Width {
    significand: u64,
    exponent: i32,
}

impl Width {
    fn of_double(value: f64) -> Self {
        let bits = value.to_bits();
        let fraction = bits & 0x000f_ffff_ffff_ffff;
        match i32::try_from(bits >> 52 & 0x7ff).unwrap_or(0) {
            0 => Self { significand: fraction, exponent: -1074 },
            biased => Self { significand: fraction | 1 << 52, exponent: biased - 1075 },
        }
    }

    fn of_float(value: f32) -> Self {
        let bits = value.to_bits();
        let fraction = u64::from(bits & 0x007f_ffff);
        match i32::try_from(bits >> 23 & 0xff).unwrap_or(0) {
            0 => Self { significand: fraction, exponent: -149 },
            biased => Self { significand: fraction | 1 << 23, exponent: biased - 150 },
        }
    }

    /// Whether these digits are exactly in the middle between the number and one of its neighbors.
    ///
    /// The middle is an odd number of half places. Digits times a power of ten are one only if the power of
    /// five in it fits: it divides the digits where it is negative, and has few places where it is not.
    fn has_middle(&self, digits: &Digits) -> bool {
        let power = digits.exponent + 1 - digits.precision.cast_signed();
        let five = |power: u32| 5_u128.checked_pow(power);
        let integer = u128::from(digits.integer);
        let odd = match u32::try_from(power) {
            Ok(power) => five(power).and_then(|five| integer.checked_mul(five)),
            Err(_) => five(power.unsigned_abs())
                .filter(|five| integer.is_multiple_of(*five))
                .map(|five| integer / five),
        };
        let Some(odd) = odd.filter(|odd| *odd != 0) else { return false };
        // What is left of ten is two.
        let zeros = odd.trailing_zeros();
        let (odd, exponent) = (odd >> zeros, power + zeros.cast_signed());
        let middles = [2 * self.significand + 1, (2 * self.significand).saturating_sub(1)];
        exponent == self.exponent - 1 && middles.iter().any(|middle| u128::from(*middle) == odd)
    }
}

/// Whether the exact value, whose first digit has this exponent, ends with the digit behind
/// `precision` digits. If that digit is a 5, the value lies in the middle between two numbers of
/// that precision.
fn ends_after(value: f64, precision: u32, exponent: i32) -> bool {
    // A binary fraction has as many decimals as it has binary places.
    binary_places(value) + exponent == precision.cast_signed()
}

/// How many binary places the exact value has behind the point.
fn binary_places(value: f64) -> i32 {
    let bits = value.to_bits();
    // A subnormal number has the exponent of the least normal one, and no implicit bit.
    let biased = (bits >> 52 & 0x7ff).max(1).cast_signed();
    let fraction = bits & 0x000f_ffff_ffff_ffff;
    let significand = if bits >> 52 & 0x7ff == 0 { fraction } else { fraction | 1 << 52 };
    let zeros = i64::from(significand.trailing_zeros());
    i32::try_from((1075 - biased - zeros).max(0)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `precision` digits, ties away from zero, rounded from all digits of the exact value.
    fn rounded_from_all_digits(value: f64, precision: u32) -> (u64, i32) {
        let precision = precision as usize;
        let text = format!("{:.767e}", value.abs());
        let (digits, exponent) = text.split_once('e').expect("it has an exponent");
        let all: Vec<u8> = digits.bytes().filter(u8::is_ascii_digit).collect();
        let (mut digits, mut exponent) =
            (all[..precision].to_vec(), exponent.parse().expect("a number"));
        if all[precision] >= b'5' {
            let nines = digits.iter().rev().take_while(|digit| **digit == b'9').count();
            digits[precision - nines..].fill(b'0');
            match (precision - nines).checked_sub(1) {
                Some(last) => digits[last] += 1,
                None => {
                    digits[0] = b'1';
                    exponent += 1;
                }
            }
        }
        let integer = digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        (integer, exponent)
    }

    fn check(value: f64) {
        for precision in [7, 9, 15, 17] {
            let expected = rounded_from_all_digits(value, precision);
            for rounded in [Digits::rounded, Digits::rounded_in_full] {
                let rounded = rounded(value, precision);
                let found = (rounded.integer, rounded.exponent);
                assert_eq!(found, expected, "{value:e}, {precision}");
            }
        }
    }

    proptest! {
        #[test]
        fn digits_are_rounded_exactly(bits: u64, number in -1_i64 << 53..1 << 53, places in 0..60_i32) {
            let any = f64::from_bits(bits);
            prop_assume!(any.is_finite() && any != 0.0 && number != 0);
            check(any);
            // Numbers with few binary places are the ones that lie in the middle.
            check(number as f64 / 2_f64.powi(places));
            check((number % 100_000_000) as f64 / 2_f64.powi(places % 30));
        }
    }

    #[test]
    fn ties_go_away_from_zero() {
        for value in [
            f64::from_bits(0x41d0_f32c_8999_c000),
            12_345_675.0,
            -9_999_999.5,
            1_234_567_890_123_455.0,
            0.5,
            9.5,
        ] {
            check(value);
        }
    }
}
