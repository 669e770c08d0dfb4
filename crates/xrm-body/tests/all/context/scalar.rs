//! Scalars: the values at the ends of any tree.

use proptest::collection::vec;
use proptest::prelude::*;
use xrm_context::{DateTime, Decimal, Number, NumberValue, Origin, TimeSpan, Uuid, Value};

/// Text of every kind: plain, with what the formats escape, and of any characters.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{0,12}",
        "[\\x00-\\x1f\"\\\\/<>&'\u{7f}\u{85}\u{2028}\u{fffe}\u{ffff}\u{1f600}]{0,6}",
        vec(any::<char>(), 0..6).prop_map(String::from_iter),
    ]
}

pub(super) fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_]{1,8}", text()]
}

pub(super) fn guid() -> impl Strategy<Value = Uuid> {
    prop_oneof![Just(Uuid::nil()), any::<u128>().prop_map(Uuid::from_u128)]
}

fn ticks() -> impl Strategy<Value = i64> {
    let whole_seconds = (0_i64..=315_537_897_599).prop_map(|seconds| seconds * 10_000_000);
    prop_oneof![Just(0), Just(DateTime::MAX_TICKS), 0..=DateTime::MAX_TICKS, whole_seconds]
}

pub(super) fn date_time() -> impl Strategy<Value = DateTime> {
    let day = 24 * 60 * DateTime::TICKS_PER_MINUTE;
    let local = (day..=DateTime::MAX_TICKS - day, -840_i16..=840);
    prop_oneof![
        ticks().prop_map(|ticks| DateTime::utc(ticks).unwrap()),
        ticks().prop_map(|ticks| DateTime::unspecified(ticks).unwrap()),
        local.prop_map(|(ticks, offset)| DateTime::local(ticks, offset).unwrap()),
    ]
}

pub(super) fn decimal() -> impl Strategy<Value = Decimal> {
    let mantissa = prop_oneof![-1000_i128..1000, -(1_i128 << 96) + 1..1 << 96];
    (mantissa, 0_u32..=28)
        .prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
}

pub(super) fn double() -> impl Strategy<Value = f64> {
    let any_bits = any::<u64>().prop_map(f64::from_bits);
    // A value that is no number has no payload that a text could tell.
    let any_bits = any_bits.prop_map(|value| if value.is_nan() { f64::NAN } else { value });
    let short = (-1_000_000_000_i64..1_000_000_000, 0..9_i32)
        .prop_map(|(number, scale)| number as f64 / 10_f64.powi(scale));
    prop_oneof![any_bits, short, Just(-0.0), Just(f64::INFINITY), Just(5e-324)]
}

fn float() -> impl Strategy<Value = f32> {
    let any_bits = any::<u32>().prop_map(f32::from_bits);
    any_bits.prop_map(|value| if value.is_nan() { f32::NAN } else { value })
}

/// Numbers with a text of their own, from either format.
fn number() -> impl Strategy<Value = Value> {
    let numbers = [
        Number::new(NumberValue::Int(0), "-0", Origin::Json),
        Number::new(NumberValue::Int(100_000), "1E5", Origin::Json),
        Number::new(NumberValue::Long(1_000_000_000_000_000), "1E+15", Origin::Json),
        Number::new(NumberValue::Decimal(Decimal::new(15, 1)), "15E-01", Origin::Json),
        Number::new(NumberValue::Double(1e300), "1E300", Origin::Json),
        Number::new(NumberValue::Double(1e15), "1000000000000000", Origin::Xml),
        Number::new(NumberValue::Float(0.1), "0.10", Origin::Xml),
        Number::new(NumberValue::Decimal(Decimal::new(15, 1)), "+1.5", Origin::Xml),
    ];
    prop::sample::select(numbers.map(Box::new).map(Value::Number).to_vec())
}

/// A value that is no class, no collection and no array.
pub(super) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(Value::Object),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        prop_oneof![any::<i64>(), -9..9_i64].prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        any::<u8>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        any::<u16>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        float().prop_map(Value::from),
        double().prop_map(Value::from),
        decimal().prop_map(Value::from),
        number(),
        unit().prop_map(Value::Char),
        text().prop_map(Value::from),
        text().prop_map(Value::Uri),
        guid().prop_map(Value::from),
        date_time().prop_map(Value::from),
        any::<i64>().prop_map(TimeSpan::from_ticks).prop_map(Value::from),
        vec(any::<u8>(), 0..20).prop_map(Value::from),
    ]
}

/// A UTF-16 code unit that is a character of its own: half a surrogate pair becomes U+FFFD in a
/// string, and does not come back.
fn unit() -> impl Strategy<Value = u16> {
    any::<u16>().prop_filter("no surrogate", |unit| char::from_u32((*unit).into()).is_some())
}
