//! The short way to read the scalars that most bodies hold: converting them while they are scanned.
//!
//! The long way finds the end of a token first, then parses its text, and then checks whether the parsed
//! number would be written with the same text. A short number as the platform writes it needs none of
//! that. Each function here takes its scalar completely or leaves the lexer where it was, so a
//! caller can always fall back on the long way; the tests compare the two.

use rust_decimal::Decimal;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::Lexer;

impl Lexer<'_> {
    /// Takes an integer of up to nine digits without a blank before or after it.
    #[inline]
    pub(in crate::json) fn short_integer(&mut self) -> Option<i32> {
        let (sign, digits) = match self.rest.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, self.rest),
        };
        let mut number = 0;
        for (count, byte) in digits.bytes().enumerate().take(10) {
            match byte {
                // Nine digits can't overflow 32 bits.
                b'0'..=b'9' if count < 9 => number = number * 10 + i32::from(byte - b'0'),
                b',' | b'}' | b']' if count > 0 => {
                    self.rest = &digits[count..];
                    return Some(sign * number);
                }
                _ => return None,
            }
        }
        None
    }

    /// Takes a decimal of up to 17 digits around a point, without a blank before or after it.
    #[inline]
    pub(in crate::json) fn short_decimal(&mut self) -> Option<Decimal> {
        // No sign: a negative number begins with a byte that no arm takes.
        let (mut mantissa, mut point) = (0, None);
        for (count, byte) in self.rest().iter().enumerate().take(19) {
            match byte {
                // A leading zero makes a text that must be kept.
                b'0' if count == 0 && self.rest().get(1) != Some(&b'.') => return None,
                // Eighteen digits fit in 63 bits.
                b'0'..=b'9' if count < 18 => mantissa = mantissa * 10 + i64::from(byte - b'0'),
                b'.' if count > 0 && point.is_none() => point = Some(count + 1),
                b',' | b'}' | b']' => {
                    let scale = u32::try_from(count - point?).ok().filter(|scale| *scale > 0)?;
                    self.skip(count);
                    return Some(Decimal::new(mantissa, scale));
                }
                _ => return None,
            }
        }
        None
    }

    /// Takes a guid as the platform writes it.
    #[inline]
    pub(in crate::json) fn plain_guid(&mut self) -> Option<Uuid> {
        const LENGTH: usize = Hyphenated::LENGTH;
        let (text, end) = self.rest().strip_prefix(b"\"")?.split_first_chunk::<LENGTH>()?;
        if end.first() != Some(&b'"') || LENGTH > self.string_limit {
            return None;
        }
        let guid = Uuid::try_parse_ascii(text).ok()?;
        self.skip(LENGTH + 2);
        Some(guid)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xrm_context::NumberValue;

    use super::*;
    use crate::error::Error;
    use crate::number::{parse_integer, value_of};
    use crate::options::{Limits, NumberText};

    /// The text of the number before the comma.
    fn number(text: &str) -> Result<&str, Error> {
        Lexer::new(text, &Limits::default(), false).number()
    }

    proptest! {
        #[test]
        fn short_numbers_are_read_as_any_are(text in "-?[0-9]{0,11}(\\.[0-9]{0,9})?e?[,} ]") {
            let mut lexer = Lexer::new(&text, &Limits::default(), false);
            if let Some(value) = lexer.short_integer() {
                let any = number(&text).ok().and_then(parse_integer);
                prop_assert_eq!((Some(i128::from(value)), lexer.offset()), (any, text.len() - 1));
            }
            let mut lexer = Lexer::new(&text, &Limits::default(), false);
            if let Some(value) = lexer.short_decimal() {
                let any = number(&text).ok().and_then(|text| value_of(text, NumberText::Framework));
                prop_assert_eq!(any, Some(NumberValue::Decimal(value)));
                prop_assert_eq!(lexer.offset(), text.len() - 1);
            }
        }
    }
}
