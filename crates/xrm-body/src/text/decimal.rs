//! The text of decimals.

use rust_decimal::Decimal;

use xrm_context::contract::ShortText;

/// A decimal with its scale, never with an exponent. A negative zero loses its sign, as the
/// platform's does.
#[inline(always)]
pub(crate) fn decimal_text(value: Decimal) -> ShortText {
    let mut text = ShortText::new();
    let mantissa = value.mantissa().unsigned_abs();
    if value.is_sign_negative() && mantissa != 0 {
        text.push(b'-');
    }
    let mut buffer = itoa::Buffer::new();
    let digits = match u64::try_from(mantissa) {
        Ok(mantissa) => buffer.format(mantissa),
        Err(_) => buffer.format(mantissa),
    };
    write_point(digits.as_bytes(), value.scale() as usize, &mut text);
    text
}

/// Appends digits of which the last `scale` are behind the point.
#[inline(always)]
fn write_point(digits: &[u8], scale: usize, text: &mut ShortText) {
    if scale == 0 {
        return text.extend_from_slice(digits);
    }
    match digits.len().checked_sub(scale) {
        Some(whole) if whole > 0 => {
            text.extend_from_slice(&digits[..whole]);
            text.push(b'.');
            text.extend_from_slice(&digits[whole..]);
        }
        _ => {
            text.extend_from_slice(b"0.");
            text.fill(scale - digits.len(), b'0');
            text.extend_from_slice(digits);
        }
    }
}

/// Reads a decimal as .NET does: blanks around, a sign, digits with a point among them, and an
/// exponent where `exponent` allows one. More than 28 decimals are rounded, ties to even; a number
/// of more than 96 bits is none.
pub(crate) fn read_decimal(text: &str, exponent: bool) -> Option<Decimal> {
    read_short(text).or_else(|| read_any(text, exponent))
}

/// Reads a sign, digits, and a point with digits behind it, so few that 64 bits hold them.
fn read_short(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let (mut mantissa, mut scale, mut point) = (0, 0, None);
    for (index, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() && index > 0 => point = Some(index),
            _ => return None,
        }
    }
    if let Some(point) = point {
        scale = u32::try_from(digits.len() - point - 1).ok()?;
    }
    let mut value = Decimal::new(mantissa, scale);
    value.set_sign_negative(negative);
    Some(value)
}

fn read_any(text: &str, exponent: bool) -> Option<Decimal> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let (number, power) = match text.split_once(['e', 'E']) {
        Some((number, power)) if exponent => (number, power.parse::<i32>().ok()?),
        Some(_) => return None,
        None => (text, 0),
    };
    let (negative, digits) = match number.split_at_checked(1) {
        Some(("-", digits)) => (true, digits),
        Some(("+", digits)) => (false, digits),
        _ => (false, number),
    };
    Digits::parse(digits, power)?.into_decimal(negative)
}

/// The greatest mantissa, of 96 bits.
const MAX_MANTISSA: u128 = (1 << 96) - 1;
/// The greatest scale.
const MAX_SCALE: i64 = 28;

struct Digits {
    mantissa: u128,
    scale: i64,
    /// Whether digits that the mantissa has no room for follow, and what they are against a half.
    rest: Rest,
    /// Whether the mantissa has no room for more digits.
    full: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Rest {
    Nothing,
    BelowHalf,
    Half,
    AboveHalf,
}

impl Rest {
    /// What the rest is once `digit` stands before it.
    fn after(self, digit: u8) -> Self {
        match (digit, self) {
            (0, Self::Nothing) => Self::Nothing,
            (0..=4, _) => Self::BelowHalf,
            (5, Self::Nothing) => Self::Half,
            _ => Self::AboveHalf,
        }
    }

    /// What the rest is once `digit` stands behind it.
    fn before(self, digit: u8) -> Self {
        match (self, digit) {
            (rest, 0) => rest,
            (Self::Nothing, _) => Self::BelowHalf,
            (Self::Half, _) => Self::AboveHalf,
            (rest, _) => rest,
        }
    }
}

impl Digits {
    fn parse(text: &str, power: i32) -> Option<Self> {
        let (scale, rest) = (-i64::from(power), Rest::Nothing);
        let mut digits = Self { mantissa: 0, scale, rest, full: false };
        let (mut seen_digit, mut seen_point) = (false, false);
        for byte in text.bytes() {
            match byte {
                b'.' if !seen_point => seen_point = true,
                b'0'..=b'9' => {
                    seen_digit = true;
                    let digit = byte - b'0';
                    let longer = digits.mantissa * 10 + u128::from(digit);
                    if digits.full || longer > MAX_MANTISSA {
                        digits.rest = if digits.full {
                            digits.rest.before(digit)
                        } else {
                            Rest::Nothing.after(digit)
                        };
                        digits.full = true;
                        digits.scale -= i64::from(!seen_point);
                    } else {
                        digits.mantissa = longer;
                        digits.scale += i64::from(seen_point);
                    }
                }
                _ => return None,
            }
        }
        seen_digit.then_some(digits)
    }

    fn into_decimal(mut self, negative: bool) -> Option<Decimal> {
        while self.scale > MAX_SCALE && self.mantissa != 0 {
            self.drop_digit();
        }
        if self.scale > MAX_SCALE {
            // All that is left to drop is zeros, up to two billion of them.
            self.rest = self.rest.after(0);
            self.scale = MAX_SCALE;
        }
        if self.mantissa == 0 {
            self.scale = self.scale.max(0);
        }
        if self.scale < 0 && self.full {
            return None;
        }
        while self.scale < 0 {
            self.mantissa = self.mantissa.checked_mul(10).filter(|m| *m <= MAX_MANTISSA)?;
            self.scale += 1;
        }
        self.round()?;
        let mantissa = i128::try_from(self.mantissa).ok()?;
        let scale = u32::try_from(self.scale).ok()?;
        let mut value = Decimal::try_from_i128_with_scale(mantissa, scale).ok()?;
        value.set_sign_negative(negative);
        Some(value)
    }

    fn drop_digit(&mut self) {
        let digit = u8::try_from(self.mantissa % 10).unwrap_or(0);
        self.rest = self.rest.after(digit);
        self.mantissa /= 10;
        self.scale -= 1;
    }

    fn round(&mut self) -> Option<()> {
        let up = match self.rest {
            Rest::Nothing | Rest::BelowHalf => false,
            Rest::Half => self.mantissa % 2 == 1,
            Rest::AboveHalf => true,
        };
        if up && self.mantissa == MAX_MANTISSA {
            if self.scale == 0 {
                return None;
            }
            self.rest = Rest::Nothing;
            self.drop_digit();
            return self.round();
        }
        self.mantissa += u128::from(up);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_too_small_is_zero_at_once() {
        for (text, expected) in [
            ("5E-29", "0.0000000000000000000000000000"),
            ("6E-29", "0.0000000000000000000000000001"),
            ("15E-29", "0.0000000000000000000000000002"),
            ("9E-30", "0.0000000000000000000000000000"),
            ("99E-30", "0.0000000000000000000000000001"),
            ("-1E-382818284", "0.0000000000000000000000000000"),
            ("79228162514264337593543950335E-2147483648", "0.0000000000000000000000000000"),
            ("9999999999999999999999999999999999E-2147483648", "0.0000000000000000000000000000"),
            ("0E-2147483648", "0.0000000000000000000000000000"),
            ("0E2147483647", "0"),
        ] {
            let read = read_decimal(text, true).map(|it| decimal_text(it).as_str().to_owned());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
        assert_eq!(read_decimal("1E2147483647", true), None);
    }

    proptest! {
        #[test]
        fn a_short_decimal_is_read_as_any_is(text in "[-+]?[0-9]{0,10}\\.?[0-9]{0,10}[e ]?") {
            let parts = |value: Decimal| (value.mantissa(), value.scale(), value.is_sign_negative());
            if let Some(short) = read_short(&text) {
                prop_assert_eq!(Some(parts(short)), read_any(&text, false).map(parts), "{}", text);
            }
        }
    }
}
