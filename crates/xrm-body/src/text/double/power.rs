//! .NET Framework's powers of ten, and how it multiplies by them.
//!
//! To read a number, .NET Framework (and .NET Core before 3.0) multiplies an integer of 64 bits by at
//! most two powers of ten: `NumberToDouble` in coreclr's [`number.cpp`][clr]. The powers and the
//! products are a few units off in the last of the 64 places, and now and then that changes the last
//! bit of the double. Which numbers the platform writes with 17 digits depends on these errors, so they
//! are repeated here: an exact power, or a product of 128 bits, would give other texts.
//!
//! [clr]: https://github.com/dotnet/coreclr/blob/v2.1.0/src/classlibnative/bcltype/number.cpp

/// The number `mantissa * 2^(exponent - 64)`, the mantissa's top bit set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Power {
    mantissa: u64,
    exponent: i32,
}

impl Power {
    /// The number `mantissa * 2^(exponent - 64)`; the mantissa is not zero.
    pub(super) const fn new(mantissa: u64, exponent: i32) -> Self {
        let shift = mantissa.leading_zeros();
        Self { mantissa: mantissa << shift, exponent: exponent - shift.cast_signed() }
    }

    /// The product without the carries of its low half, which the platform leaves out when it reads.
    pub(super) fn times(self, other: Self) -> Self {
        let ((high, low), (other_high, other_low)) = (self.halves(), other.halves());
        let product = high * other_high + ((high * other_low) >> 32) + ((low * other_high) >> 32);
        Self::new(product, self.exponent + other.exponent)
    }

    /// The product rounded to 64 bits, except that the last bit of each partial product is lost, which
    /// leaves room for their sum. The platform's tables were made by this multiplication.
    const fn times_rounded(self, other: Self) -> Self {
        let ((high, low), (other_high, other_low)) = (self.halves(), other.halves());
        let middle =
            ((high * other_low) >> 1) + ((low * other_high) >> 1) + ((low * other_low) >> 33);
        let product = high * other_high + ((middle + (1 << 30)) >> 31);
        Self::new(product, self.exponent + other.exponent)
    }

    const fn halves(self) -> (u64, u64) {
        (self.mantissa >> 32, self.mantissa & 0xffff_ffff)
    }

    /// The first powers of a number.
    const fn powers<const N: usize>(self) -> [Self; N] {
        let mut powers = [self; N];
        let mut at = 1;
        while at < N {
            powers[at] = powers[at - 1].times_rounded(self);
            at += 1;
        }
        powers
    }

    /// Rounds to the 53 bits of a double, ties to even. A number too small for a normal double loses
    /// the bits that do not fit, without rounding, as on the platform.
    pub(super) fn to_double(self) -> f64 {
        let Self { mut mantissa, mut exponent } = self;
        // Of the 64 bits, 11 do not fit. The highest of these is worth a half.
        if mantissa & (1 << 10) != 0 {
            let (sum, carried) = mantissa.overflowing_add((1 << 10) - 1 + (mantissa >> 11 & 1));
            mantissa = if carried { sum >> 1 | 1 << 63 } else { sum };
            exponent += i32::from(carried);
        }
        // The mantissa is below 1 here and below 2 in a double: the bias is one less than 0x3ff.
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

/// 10^1 to 10^15, all of them exact.
pub(super) const UP: [Power; 15] = Power::new(0xa000_0000_0000_0000, 4).powers();

/// 10^-1 to 10^-15.
pub(super) const DOWN: [Power; 15] = Power::new(0xcccc_cccc_cccc_cccd, -3).powers();

/// 10^16, 10^32, ... 10^336.
pub(super) const UP_BY_16: [Power; 21] = Power::new(0x8e1b_c9bf_0400_0000, 54).powers();

/// 10^-16, 10^-32, ... 10^-336.
pub(super) const DOWN_BY_16: [Power; 21] = Power::new(0xe695_94be_c44d_e160, -53).powers();

#[cfg(test)]
mod tests {
    use super::*;

    /// Each power is made of the one before it, so the last one has the errors of all.
    #[test]
    fn the_last_powers_are_those_of_the_platforms_tables() {
        assert_eq!(UP[14], Power::new(0xe35f_a931_a000_0000, 50));
        assert_eq!(DOWN[14], Power::new(0x901d_7cf7_3ab0_acdc, -49));
        assert_eq!(UP_BY_16[20], Power::new(0x8fca_c257_558e_e4e2, 1117));
        assert_eq!(DOWN_BY_16[20], Power::new(0xe3e2_7a44_4d8d_991a, -1116));
    }
}
