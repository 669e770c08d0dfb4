//! The text of decimals.

use std::cmp::Ordering;

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
    // Most mantissas fit in 64 bits, and dividing 128 bits takes much longer.
    let digits = match u64::try_from(mantissa) {
        Ok(mantissa) => buffer.format(mantissa),
        Err(_) => buffer.format(mantissa),
    };
    write_point(digits.as_bytes(), value.scale() as usize, &mut text);
    text
}

/// Appends digits of which the last `scale` are behind the point.
#[inline(always)]
pub(super) fn write_point(digits: &[u8], scale: usize, text: &mut ShortText) {
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
/// exponent if `exponent` allows one. More than 28 decimals are rounded, ties to even; a number
/// of more than 96 bits is none. (`Decimal::from_str` rounds ties away from zero.)
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
            // A point at the beginning is valid, and left to the general way with all else that is
            // rare.
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
    let (mantissa, scale) = read_digits(digits, power)?;
    let (mantissa, scale) = fit(mantissa, scale)?;
    let mut value =
        Decimal::try_from_i128_with_scale(i128::try_from(mantissa).ok()?, scale).ok()?;
    value.set_sign_negative(negative);
    Some(value)
}

/// The greatest mantissa of a .NET decimal, of 96 bits.
const MAX_MANTISSA: u128 = (1 << 96) - 1;
/// The greatest scale of a .NET decimal.
const MAX_SCALE: i64 = 28;

/// Reads digits, around a point if there is one, times a power of ten: a mantissa and its scale.
///
/// A decimal keeps 29 digits at most, and what follows decides how the last one is rounded. So 37
/// digits are read exactly, and a further digit 1 stands for all that follow if one of them is not zero.
fn read_digits(text: &str, power: i32) -> Option<(u128, i64)> {
    let (mut mantissa, mut scale) = (0_u128, -i64::from(power));
    let (mut seen_digit, mut seen_point, mut more) = (false, false, false);
    for byte in text.bytes() {
        match byte {
            b'.' if !seen_point => seen_point = true,
            b'0'..=b'9' => {
                seen_digit = true;
                if mantissa < 10_u128.pow(36) {
                    mantissa = mantissa * 10 + u128::from(byte - b'0');
                    scale += i64::from(seen_point);
                } else {
                    more |= byte != b'0';
                    scale -= i64::from(!seen_point);
                }
            }
            _ => return None,
        }
    }
    let digits = if more { (mantissa * 10 + 1, scale + 1) } else { (mantissa, scale) };
    seen_digit.then_some(digits)
}

/// The nearest mantissa and scale that a decimal can hold. `None` for a number that is too large.
fn fit(mantissa: u128, scale: i64) -> Option<(u128, u32)> {
    if mantissa == 0 {
        return Some((0, u32::try_from(scale.clamp(0, MAX_SCALE)).ok()?));
    }
    if scale < 0 {
        let unit = 10_u128.checked_pow(u32::try_from(-scale).ok()?)?;
        return mantissa.checked_mul(unit).filter(|it| *it <= MAX_MANTISSA).map(|it| (it, 0));
    }
    // Rounding may make one digit more, so it is checked afterwards. Each step rounds the whole
    // mantissa anew: rounding twice would make 0.5 of 0.46.
    let dropped = (scale - MAX_SCALE).max(0)..=scale;
    let mut rounded = dropped.map(|dropped| (round(mantissa, dropped), scale - dropped));
    let (mantissa, scale) = rounded.find(|(it, _)| *it <= MAX_MANTISSA)?;
    Some((mantissa, u32::try_from(scale).ok()?))
}

/// Drops so many digits, and rounds to the nearest, ties to even.
fn round(mantissa: u128, dropped: i64) -> u128 {
    // No mantissa has as many digits as the least power of ten that 128 bits do not hold.
    let unit = u32::try_from(dropped).ok().and_then(|dropped| 10_u128.checked_pow(dropped));
    let Some(unit) = unit else { return 0 };
    let (kept, rest) = (mantissa / unit, mantissa % unit);
    let up = match (2 * rest).cmp(&unit) {
        Ordering::Less => false,
        Ordering::Equal => kept % 2 == 1,
        Ordering::Greater => true,
    };
    kept + u128::from(up)
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
