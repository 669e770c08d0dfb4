//! Powers of ten as .NET Framework's reader of numbers has them, and how it multiplies by them.
//!
//! The exact value, normalised to 64 bits and cut, is off by up to 104 in the last place, as the
//! platform's own table is.

/// The number `mantissa * 2^(exponent - 64)`, the mantissa's top bit set.
#[derive(Clone, Copy)]
pub(super) struct Power {
    pub(super) mantissa: u64,
    pub(super) exponent: i32,
}

impl Power {
    /// The product without the carries of its low half.
    pub(super) fn times(self, other: Self) -> Self {
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
    pub(super) fn to_double(self) -> f64 {
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

/// 10^1 to 10^15.
pub(super) const UP: [Power; 15] = [
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
pub(super) const DOWN: [Power; 15] = [
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
pub(super) const UP_BY_16: [Power; 21] = [
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
pub(super) const DOWN_BY_16: [Power; 21] = [
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
