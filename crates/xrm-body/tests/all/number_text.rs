//! The text of doubles and floats, against 6,000 numbers that .NET Framework's serializers wrote.

use std::fs;
use std::path::Path;

use xrm_body::{MessageFormat, encode};
use xrm_context::{RemoteExecutionContext, Value};

fn written(value: Value) -> String {
    let context = RemoteExecutionContext {
        shared_variables: [("it", value)].into(),
        ..RemoteExecutionContext::default()
    };
    let body = encode(&context, MessageFormat::Json).expect("a number can be written");
    let body = String::from_utf8(body).expect("a body is UTF-8");
    let (_, rest) = body.split_once("\"SharedVariables\":[{\"key\":\"it\",\"value\":").unwrap();
    rest.split('}').next().unwrap().to_owned()
}

#[test]
fn is_the_platforms() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/numbers/double-text.tsv");
    let vectors = fs::read_to_string(path).expect("the fixture is part of the checkout");
    let mut count = 0;
    for line in vectors.lines() {
        let mut fields = line.split('\t');
        let (kind, bits, text) = (fields.next(), fields.next().unwrap(), fields.next().unwrap());
        let value = match kind {
            Some("d") => Value::Double(f64::from_bits(u64::from_str_radix(bits, 16).unwrap())),
            Some("f") => Value::Float(f32::from_bits(u32::from_str_radix(bits, 16).unwrap())),
            other => panic!("an unknown kind of number: {other:?}"),
        };
        assert_eq!(written(value), text, "{line}");
        count += 1;
    }
    assert_eq!(count, 6_000);
}
