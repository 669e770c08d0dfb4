//! The text of doubles and floats, against 6,000 numbers that .NET Framework's serializers wrote.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use xrm_body::{EncodeOptions, MessageFormat, decode, encode, encode_with};
use xrm_context::{RemoteExecutionContext, Value};

fn written(value: Value) -> String {
    written_with(value, &EncodeOptions::new(MessageFormat::Json))
}

fn written_with(value: Value, options: &EncodeOptions) -> String {
    let context = RemoteExecutionContext {
        shared_variables: [("it", value)].into(),
        ..RemoteExecutionContext::default()
    };
    let mut body = Vec::new();
    encode_with(&context, options, &mut body).expect("a number can be written");
    let body = String::from_utf8(body).expect("a body is UTF-8");
    let (_, rest) = body.split_once("\"SharedVariables\":[{\"key\":\"it\",\"value\":").unwrap();
    rest.split('}').next().unwrap().to_owned()
}

#[test]
fn is_the_platforms() {
    check("double-text.tsv", 6_000, &EncodeOptions::new(MessageFormat::Json));
}

fn check(file: &str, numbers: usize, options: &EncodeOptions) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/numbers").join(file);
    let vectors = fs::read_to_string(path).expect("the fixture is part of the checkout");
    let (mut count, mut differ) = (0, Vec::new());
    for line in vectors.lines() {
        let mut fields = line.split('\t');
        let (kind, bits, text) = (fields.next(), fields.next().unwrap(), fields.next().unwrap());
        let value = match kind {
            Some("d") => Value::Double(f64::from_bits(u64::from_str_radix(bits, 16).unwrap())),
            Some("f") => Value::Float(f32::from_bits(u32::from_str_radix(bits, 16).unwrap())),
            other => panic!("an unknown kind of number: {other:?}"),
        };
        let written = written_with(value, options);
        if written != text {
            differ.push(format!("{line}: {written}"));
        }
        count += 1;
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
    assert_eq!(count, numbers);
}

/// 4,000 numbers that .NET Core 3.1's serializers wrote.
#[test]
fn is_that_of_net_core_on_request() {
    check("core31-text.tsv", 4_000, &EncodeOptions::new(MessageFormat::Json).shortest_numbers());
}

/// What .NET Core 3.0 and later write: the shortest digits, without an exponent up to 17 places
/// (9 of a float).
#[test]
fn is_the_shortest_on_request() {
    for (value, text) in [
        (Value::Double(972.172753), "972.172753"),
        (Value::Double(0.1), "0.1"),
        (Value::Double(1.0 / 3.0), "0.3333333333333333"),
        (Value::Double(1e15), "1000000000000000"),
        (Value::Double(1e16), "10000000000000000"),
        (Value::Double(1e17), "1E+17"),
        (Value::Double(-1.5e300), "-1.5E+300"),
        (Value::Double(0.0001), "0.0001"),
        (Value::Double(0.00001), "1E-05"),
        (Value::Double(f64::from_bits(1)), "5E-324"),
        (Value::Double(f64::MAX), "1.7976931348623157E+308"),
        (Value::Double(-0.0), "-0"),
        (Value::Double(f64::NAN), "NaN"),
        (Value::Double(f64::INFINITY), "INF"),
        (Value::Float(0.1), "0.1"),
        (Value::Float(16_777_216.0), "16777216"),
        (Value::Float(1e8), "100000000"),
        (Value::Float(1e9), "1E+09"),
        (Value::Float(f32::MAX), "3.4028235E+38"),
    ] {
        let options = EncodeOptions::new(MessageFormat::Json).shortest_numbers();
        assert_eq!(written_with(value, &options), text);
    }
    assert_eq!(written(Value::Double(f64::from_bits(1))), "4.94065645841247E-324");
    assert_eq!(written(Value::Double(1e15)), "1E+15");
    assert_eq!(written(Value::Double(972.172753)), "972.17275299999994");
}

/// .NET Framework writes 17 digits of the doubles that are nearest to these, so the text tells
/// another double, next to that one, or has to be remembered.
#[test]
fn that_was_read_is_written_again() {
    for text in ["972.172753", "0.2774229", "-0.2774229", "48.137154", "972.17275299999994"] {
        let context = RemoteExecutionContext {
            shared_variables: [("it", Value::Double(0.5))].into(),
            ..RemoteExecutionContext::default()
        };
        let body = encode(&context, MessageFormat::Xml).expect("a number can be written");
        let body = String::from_utf8(body)
            .expect("a body is UTF-8")
            .replace(">0.5<", &format!(">{text}<"));
        let read = decode(body.as_bytes(), MessageFormat::Xml).expect("a number can be read");
        let again = encode(&read, MessageFormat::Xml).expect("a number can be written");
        assert_eq!(String::from_utf8(again).expect("a body is UTF-8"), body);
    }
}

proptest! {
    #[test]
    fn the_shortest_text_reads_back(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let options = EncodeOptions::new(MessageFormat::Json).shortest_numbers();
        let text = written_with(Value::Double(value), &options);
        prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits);
        prop_assert!(text.len() <= 24);
    }
}
