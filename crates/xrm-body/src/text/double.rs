//! The text of doubles and floats.
//!
//! .NET Framework's round-trip format tries 15 digits (7 for a float), reads them back, and takes
//! 17 (9) if the number changed. Its reading is not correctly rounded, so that some numbers get
//! 17 digits that would not need them: 972.172753 is written 972.17275299999994. The platform's
//! bodies hold that text. .NET Core 3.0 and later write the shortest text that reads back.
//!
//! Determined by comparing with the runtimes themselves: no difference in 800,000 numbers.

use std::fmt::{self, Write};

use super::Short;

/// Whose text of a number is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NumberText {
    /// .NET Framework's, and so the platform's.
    Framework,
    /// The shortest that reads back, as .NET Core 3.0 and later write it.
    Shortest,
}

/// The text of a double.
pub(crate) fn double_text(value: f64, text: NumberText) -> Short {
    special(value).unwrap_or_else(|| match text {
        NumberText::Framework => Digits::framework(value, &DOUBLE).text(),
        NumberText::Shortest => Digits::shortest(format_args!("{value:e}"), &DOUBLE).text(),
    })
}

/// The text of a float.
pub(crate) fn float_text(value: f32, text: NumberText) -> Short {
    special(value.into()).unwrap_or_else(|| match text {
        NumberText::Framework => Digits::framework(value.into(), &FLOAT).text(),
        NumberText::Shortest => Digits::shortest(format_args!("{value:e}"), &FLOAT).text(),
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
    let zeros = (DOUBLE.first as usize).checked_sub(digits);
    let (Some(zeros), Ok(whole)) = (zeros, i32::try_from(whole)) else { return false };
    let digits = text.bytes().filter(|byte| *byte != b'.');
    let integer = digits.fold(0, |integer, digit| integer * 10 + u64::from(digit - b'0'));
    let integer = integer * TENS[zeros];
    let digits = Digits { negative: false, integer, exponent: whole - 1, precision: DOUBLE.first };
    (DOUBLE.reads_back)(&digits, value)
}

#[inline(always)]
fn special(value: f64) -> Option<Short> {
    Some(match value {
        value if value.is_nan() => Short::begin_of(b"NaN", 3),
        f64::INFINITY => Short::begin_of(b"INF", 3),
        f64::NEG_INFINITY => Short::begin_of(b"-INF", 4),
        0.0 if value.is_sign_negative() => Short::begin_of(b"-0", 2),
        0.0 => Short::begin_of(b"0", 1),
        _ => return None,
    })
}

/// How many digits are tried, and what reading them back gives.
struct Precision {
    first: u32,
    second: u32,
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
        if (precision.reads_back)(&first, value) {
            first
        } else {
            Self::rounded(value, precision.second)
        }
    }

    /// The digits of the shortest text. It is written without an exponent where .NET Framework's
    /// longer text would be.
    fn shortest(text: fmt::Arguments<'_>, precision: &Precision) -> Self {
        Self::parse(&Text::of(text), precision.second)
    }

    /// `precision` digits of the exact binary value, ties away from zero.
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
        let binary_places = 1075_u32.checked_sub((bits >> 52 & 0x7ff) as u32)?;
        if binary_places > 62 {
            return None;
        }
        // The logarithm of the greatest power of two below the number, never too great.
        let magnitude = 52 - binary_places.cast_signed();
        let mut exponent = (magnitude * 1233) >> 12;
        loop {
            let scale = (precision.cast_signed() - 1).checked_sub(exponent)?;
            let power = *TENS.get(usize::try_from(scale).ok()?)?;
            let product = u128::from(significand) * u128::from(power);
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
        let rounded = Self::parse(&short_text(value, precision - 1), precision);
        // Rounding may have made the exponent greater by one.
        let near = [rounded.exponent, rounded.exponent - 1];
        if near.into_iter().any(|exponent| ends_after(value, precision, exponent)) {
            let longer = Self::parse(&short_text(value, precision), precision + 1);
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

    /// Takes apart what Rust's exponent format writes: `-1.234e-5`.
    fn parse(text: &Text, precision: u32) -> Self {
        let zeros = std::iter::repeat(b'0');
        let digits = text.digits().chain(zeros).take(precision as usize);
        let integer = digits.fold(0, |integer, digit| integer * 10 + u64::from(digit - b'0'));
        Self { negative: text.is_negative(), integer, exponent: text.exponent(), precision }
    }

    /// The number's text, without trailing zeros.
    #[inline(always)]
    fn text(&self) -> Short {
        let mut text = Short::new();
        if self.negative {
            text.push(b'-');
        }
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(self.integer).as_bytes();
        let len = digits.iter().rposition(|digit| *digit != b'0').map_or(1, |last| last + 1);
        let digits = &digits[..len];
        if self.exponent >= self.precision.cast_signed() || self.exponent < -4 {
            self.write_scientific(digits, &mut text);
        } else {
            self.write_plain(digits, &mut text);
        }
        text
    }

    fn write_scientific(&self, digits: &[u8], text: &mut Short) {
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

    fn write_plain(&self, digits: &[u8], text: &mut Short) {
        match usize::try_from(self.exponent) {
            Ok(exponent) if exponent + 1 >= digits.len() => {
                text.extend_from_slice(digits);
                text.fill(exponent + 1 - digits.len(), b'0');
            }
            Ok(exponent) => {
                text.extend_from_slice(&digits[..=exponent]);
                text.push(b'.');
                text.extend_from_slice(&digits[exponent + 1..]);
            }
            Err(_) => {
                text.extend_from_slice(b"0.");
                text.fill(self.exponent.unsigned_abs() as usize - 1, b'0');
                text.extend_from_slice(digits);
            }
        }
    }

    /// Reads the digits as .NET Framework reads a number: with powers of ten of 64 bits and
    /// products that lose their low half.
    fn read(&self) -> f64 {
        let scale = self.exponent + 1 - self.precision.cast_signed();
        let shift = self.integer.leading_zeros();
        let mut value =
            Power { mantissa: self.integer << shift, exponent: 64 - shift.cast_signed() };
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

/// The number `mantissa * 2^(exponent - 64)`, the mantissa's top bit set.
#[derive(Clone, Copy)]
struct Power {
    mantissa: u64,
    exponent: i32,
}

impl Power {
    /// The product without the carries of its low half.
    fn times(self, other: Self) -> Self {
        let (high, low) = (self.mantissa >> 32, self.mantissa & 0xffff_ffff);
        let (other_high, other_low) = (other.mantissa >> 32, other.mantissa & 0xffff_ffff);
        let product = high * other_high + ((high * other_low) >> 32) + ((low * other_high) >> 32);
        let shift = u32::from(product >> 63 == 0);
        Self {
            mantissa: product << shift,
            exponent: self.exponent + other.exponent - shift.cast_signed(),
        }
    }

    /// Rounds to 53 bits; what is too small for them is cut.
    fn to_double(self) -> f64 {
        let Self { mut mantissa, mut exponent } = self;
        if mantissa & (1 << 10) != 0 {
            let (sum, carried) = mantissa.overflowing_add((1 << 10) - 1 + (mantissa >> 11 & 1));
            mantissa = if carried { sum >> 1 | 1 << 63 } else { sum };
            exponent += i32::from(carried);
        }
        let biased = exponent + 0x3fe;
        let bits = if biased <= -52 {
            0
        } else if biased <= 0 {
            mantissa >> (12 - biased)
        } else if biased >= 0x7ff {
            f64::INFINITY.to_bits()
        } else {
            (u64::from(biased.unsigned_abs()) << 52) + (mantissa >> 11 & 0x000f_ffff_ffff_ffff)
        };
        f64::from_bits(bits)
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
    let biased = (bits >> 52 & 0x7ff).max(1).cast_signed();
    let fraction = bits & 0x000f_ffff_ffff_ffff;
    let significand = if bits >> 52 & 0x7ff == 0 { fraction } else { fraction | 1 << 52 };
    let zeros = i64::from(significand.trailing_zeros());
    i32::try_from((1075 - biased - zeros).max(0)).unwrap_or(i32::MAX)
}

/// The number with `decimals` digits after the first one, 17 at most.
fn short_text(value: f64, decimals: u32) -> Text {
    Text::of(format_args!("{value:.*e}", decimals as usize))
}

/// What Rust's exponent format writes.
struct Text(Short);

impl Text {
    fn of(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Self(Short::new());
        text.write_fmt(arguments).expect("a short text takes whatever it is given");
        text
    }

    fn is_negative(&self) -> bool {
        self.0.as_bytes().starts_with(b"-")
    }

    /// The digits before the exponent.
    fn digits(&self) -> impl Iterator<Item = u8> {
        let bytes = self.0.as_bytes().iter().copied();
        bytes.take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit)
    }

    fn exponent(&self) -> i32 {
        let exponent = self.0.as_str().rsplit_once('e');
        exponent.and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

// The powers of ten as .NET Framework's reader has them: the exact value, normalised to 64 bits
// and cut, is off by up to 104 in the last place, as the platform's own table is.

/// 10^1 to 10^15.
const UP: [Power; 15] = [
    Power { mantissa: 0xa000_0000_0000_0000, exponent: 4 },
    Power { mantissa: 0xc800_0000_0000_0000, exponent: 7 },
    Power { mantissa: 0xfa00_0000_0000_0000, exponent: 10 },
    Power { mantissa: 0x9c40_0000_0000_0000, exponent: 14 },
    Power { mantissa: 0xc350_0000_0000_0000, exponent: 17 },
    Power { mantissa: 0xf424_0000_0000_0000, exponent: 20 },
    Power { mantissa: 0x9896_8000_0000_0000, exponent: 24 },
    Power { mantissa: 0xbebc_2000_0000_0000, exponent: 27 },
    Power { mantissa: 0xee6b_2800_0000_0000, exponent: 30 },
    Power { mantissa: 0x9502_f900_0000_0000, exponent: 34 },
    Power { mantissa: 0xba43_b740_0000_0000, exponent: 37 },
    Power { mantissa: 0xe8d4_a510_0000_0000, exponent: 40 },
    Power { mantissa: 0x9184_e72a_0000_0000, exponent: 44 },
    Power { mantissa: 0xb5e6_20f4_8000_0000, exponent: 47 },
    Power { mantissa: 0xe35f_a931_a000_0000, exponent: 50 },
];

/// 10^-1 to 10^-15.
const DOWN: [Power; 15] = [
    Power { mantissa: 0xcccc_cccc_cccc_cccd, exponent: -3 },
    Power { mantissa: 0xa3d7_0a3d_70a3_d70b, exponent: -6 },
    Power { mantissa: 0x8312_6e97_8d4f_df3c, exponent: -9 },
    Power { mantissa: 0xd1b7_1758_e219_652e, exponent: -13 },
    Power { mantissa: 0xa7c5_ac47_1b47_8425, exponent: -16 },
    Power { mantissa: 0x8637_bd05_af6c_69b7, exponent: -19 },
    Power { mantissa: 0xd6bf_94d5_e57a_42be, exponent: -23 },
    Power { mantissa: 0xabcc_7711_8461_ceff, exponent: -26 },
    Power { mantissa: 0x8970_5f41_36b4_a599, exponent: -29 },
    Power { mantissa: 0xdbe6_fece_bded_d5c2, exponent: -33 },
    Power { mantissa: 0xafeb_ff0b_cb24_ab02, exponent: -36 },
    Power { mantissa: 0x8cbc_cc09_6f50_88cf, exponent: -39 },
    Power { mantissa: 0xe12e_1342_4bb4_0e18, exponent: -43 },
    Power { mantissa: 0xb424_dc35_095c_d813, exponent: -46 },
    Power { mantissa: 0x901d_7cf7_3ab0_acdc, exponent: -49 },
];

/// 10^16, 10^32, ... 10^336.
const UP_BY_16: [Power; 21] = [
    Power { mantissa: 0x8e1b_c9bf_0400_0000, exponent: 54 },
    Power { mantissa: 0x9dc5_ada8_2b70_b59e, exponent: 107 },
    Power { mantissa: 0xaf29_8d05_0e43_95d6, exponent: 160 },
    Power { mantissa: 0xc278_1f49_ffcf_a6d4, exponent: 213 },
    Power { mantissa: 0xd7e7_7a8f_87da_f7fa, exponent: 266 },
    Power { mantissa: 0xefb3_ab16_c59b_14a0, exponent: 319 },
    Power { mantissa: 0x850f_adc0_9923_329c, exponent: 373 },
    Power { mantissa: 0x93ba_47c9_80e9_8cde, exponent: 426 },
    Power { mantissa: 0xa402_b9c5_a8d3_a6e6, exponent: 479 },
    Power { mantissa: 0xb616_a12b_7fe6_17a8, exponent: 532 },
    Power { mantissa: 0xca28_a291_859b_bf90, exponent: 585 },
    Power { mantissa: 0xe070_f78d_3927_5566, exponent: 638 },
    Power { mantissa: 0xf92e_0c35_3782_6140, exponent: 691 },
    Power { mantissa: 0x8a52_96ff_e33c_c92c, exponent: 745 },
    Power { mantissa: 0x9991_a6f3_d6bf_1762, exponent: 798 },
    Power { mantissa: 0xaa7e_ebfb_9df9_de8a, exponent: 851 },
    Power { mantissa: 0xbd49_d14a_a79d_bc7e, exponent: 904 },
    Power { mantissa: 0xd226_fc19_5c6a_2f88, exponent: 957 },
    Power { mantissa: 0xe950_df20_247c_83f8, exponent: 1010 },
    Power { mantissa: 0x8184_2f29_f2cc_e373, exponent: 1064 },
    Power { mantissa: 0x8fca_c257_558e_e4e2, exponent: 1117 },
];

/// 10^-16, 10^-32, ... 10^-336.
const DOWN_BY_16: [Power; 21] = [
    Power { mantissa: 0xe695_94be_c44d_e160, exponent: -53 },
    Power { mantissa: 0xcfb1_1ead_4539_94c3, exponent: -106 },
    Power { mantissa: 0xbb12_7c53_b17e_c165, exponent: -159 },
    Power { mantissa: 0xa87f_ea27_a539_e9b3, exponent: -212 },
    Power { mantissa: 0x97c5_60ba_6b09_19b5, exponent: -265 },
    Power { mantissa: 0x88b4_02f7_fd75_53ab, exponent: -318 },
    Power { mantissa: 0xf643_35bc_f065_d3a0, exponent: -372 },
    Power { mantissa: 0xddd0_467c_64bc_e4c4, exponent: -425 },
    Power { mantissa: 0xc7ca_ba6e_7c53_82ed, exponent: -478 },
    Power { mantissa: 0xb3f4_e093_db73_a0b7, exponent: -531 },
    Power { mantissa: 0xa217_27db_38cb_0053, exponent: -584 },
    Power { mantissa: 0x91ff_8377_5423_cc29, exponent: -637 },
    Power { mantissa: 0x8380_dea9_3da4_bc82, exponent: -690 },
    Power { mantissa: 0xece5_3cec_4a31_4f00, exponent: -744 },
    Power { mantissa: 0xd560_5fcd_cf32_e217, exponent: -797 },
    Power { mantissa: 0xc031_4325_637a_1978, exponent: -850 },
    Power { mantissa: 0xad1c_8eab_5ee4_3ba2, exponent: -903 },
    Power { mantissa: 0x9bec_ce62_836a_c5b0, exponent: -956 },
    Power { mantissa: 0x8c71_dcd9_ba0b_495c, exponent: -1009 },
    Power { mantissa: 0xfd00_b897_4782_3938, exponent: -1063 },
    Power { mantissa: 0xe3e2_7a44_4d8d_991a, exponent: -1116 },
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `precision` digits, ties away from zero, told from all digits of the exact value.
    fn told_from_all_digits(value: f64, precision: u32) -> (u64, i32) {
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
            let told = told_from_all_digits(value, precision);
            for rounded in [Digits::rounded, Digits::rounded_in_full] {
                let rounded = rounded(value, precision);
                let found = (rounded.integer, rounded.exponent);
                assert_eq!(found, told, "{value:e}, {precision}");
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
