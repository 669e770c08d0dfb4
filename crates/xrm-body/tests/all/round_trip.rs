//! What is written can be read again, and is then the same.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{as_read_from_json, decode, encode};
use xrm_context::contract::{Field, VisitMut};
use xrm_context::{DateTime, RemoteExecutionContext, Value, ValueType};

use crate::context::{context, json_only};

/// Fails with the first lines that differ: a whole context fills the screen.
fn assert_same(read: &RemoteExecutionContext, expected: &RemoteExecutionContext) {
    if read == expected {
        return;
    }
    let (read, expected) = (format!("{read:#?}"), format!("{expected:#?}"));
    let lines = || read.lines().zip(expected.lines());
    let at = lines().take_while(|(a, b)| a == b).count();
    let differing: Vec<_> = lines().skip(at.saturating_sub(4)).take(10).collect();
    panic!("read and expected differ at line {at}: {differing:#?}");
}

proptest! {

    #[test]
    fn xml_gives_back_the_context(context in context(1)) {
        let body = encode(&context, Xml).unwrap();
        let read = decode(&body, Xml).unwrap();
        assert_same(&read, &context);
        prop_assert!(encode(&read, Xml).unwrap() == body);
    }

    #[test]
    fn json_gives_back_what_json_tells(context in context(1)) {
        let body = encode(&context, Json).unwrap();
        let read = decode(&body, Json).unwrap();
        assert_same(&read, &as_read_from_json(&context));
        prop_assert!(encode(&read, Json).unwrap() == body);
    }

    #[test]
    fn json_gives_back_what_xml_refuses(value in json_only()) {
        let context = with_parameter(value);
        let error = encode(&context, Xml).unwrap_err();
        prop_assert!(error.path().starts_with("InputParameters["), "{}", error);
        let body = encode(&context, Json).unwrap();
        assert_same(&decode(&body, Json).unwrap(), &as_read_from_json(&context));
    }

    #[test]
    fn json_by_way_of_xml_is_the_same_json(context in context(0)) {
        let by_xml = decode(&encode(&context, Xml).unwrap(), Xml).unwrap();
        // A local date that was read from XML is told by the clock of the writing process.
        let written = encode(&by_xml, Json).unwrap();
        let read = decode(&written, Json).unwrap();
        prop_assert!(encode(&read, Json).unwrap() == written);
    }

    #[test]
    fn any_bytes_are_a_context_or_an_error(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for format in [Json, Xml] {
            let _: Result<_, _> = decode(&body, format);
        }
    }

    #[test]
    fn a_damaged_body_is_a_context_or_an_error(
        context in context(0),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for format in [Json, Xml] {
            let mut body = encode(&context, format).unwrap();
            let at = at.index(body.len());
            body[at] = byte;
            let _: Result<_, _> = decode(&body, format);
            body.truncate(at);
            prop_assert!(decode(&body, format).is_err());
        }
    }
}

fn with_parameter(value: Value) -> RemoteExecutionContext {
    RemoteExecutionContext { input_parameters: [("x", value)].into(), ..Default::default() }
}

/// Counts the types of the values it sees.
#[derive(Default)]
struct Seen(BTreeSet<String>);

impl VisitMut for Seen {
    fn value(&mut self, value: &mut Value) {
        self.0.insert(value.type_name().to_owned());
        value.visit_inside(self);
    }

    fn date_time(&mut self, _: &mut DateTime) {
        self.0.insert("a declared date".to_owned());
    }
}

/// A generator that forgets a type makes the properties say less than they seem to.
#[test]
fn every_type_of_value_is_generated() {
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    let (mut parents, mut empty, mut nested) = (0, 0, 0);
    for _ in 0..300 {
        let mut context = context(1).new_tree(&mut runner).unwrap().current();
        parents += usize::from(context.parent_context.is_some());
        empty += usize::from(context.input_parameters.is_empty());
        nested += usize::from(has_nested_entity(&context));
        context.visit(&mut seen);
        with_parameter(json_only().new_tree(&mut runner).unwrap().current()).visit(&mut seen);
    }
    let scalars = [
        "null",
        "Boolean",
        "Int32",
        "Int64",
        "Int16",
        "Byte",
        "SByte",
        "UInt16",
        "UInt32",
        "UInt64",
        "Single",
        "Double",
        "Decimal",
        "number",
        "Char",
        "String",
        "Uri",
        "Guid",
        "DateTime",
        "TimeSpan",
        "Byte[]",
        "Object",
        "a declared date",
    ];
    let expected = scalars.into_iter().map(str::to_owned);
    let expected: BTreeSet<_> = expected.chain(ValueType::all().map(name_of)).collect();
    assert_eq!(seen.0, expected);
    assert!(parents > 50 && empty > 10 && nested > 2, "{parents} {empty} {nested}");
}

/// The name that a value of this type goes by.
fn name_of(known: ValueType) -> String {
    match known {
        ValueType::Known(known) => format!("{known:?}"),
        ValueType::Array(kind) => kind.type_name().name.to_owned(),
    }
}

fn has_nested_entity(context: &RemoteExecutionContext) -> bool {
    let is_nested = |value: &Value| match value {
        Value::Entity(entity) => {
            entity.attributes.iter().any(|(_, value)| matches!(value, Value::Entity(_)))
        }
        _ => false,
    };
    context.input_parameters.iter().any(|(_, value)| is_nested(value))
}
