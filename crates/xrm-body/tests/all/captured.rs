//! Bodies that live servers sent.
//!
//! `fixtures/captured/SOURCE.md` tells where they come from.

use std::fs;
use std::path::Path;

use xrm_body::{MessageFormat, decode, encode};
use xrm_context::query::{ConditionOperator, QueryExpression};
use xrm_context::{DateTimeKind, Mode, RemoteExecutionContext, Stage, Value};

/// The bodies that kept the escapes of the wire; tools only put blanks between their tokens.
const FAITHFUL: [&str; 5] = ["005", "007", "009", "010", "012"];
/// The others, whose solidi are unescaped in places.
const REPRINTED: [&str; 3] = ["013", "014", "015"];

fn body(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/captured");
    fs::read(path.join(name).with_extension("json")).expect("the fixture is part of the checkout")
}

fn read(name: &str) -> RemoteExecutionContext {
    decode(&body(name), MessageFormat::Json).expect("a server wrote it")
}

/// The body without blanks outside of strings.
fn compact(body: &[u8]) -> String {
    let mut compact = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for &byte in body {
        if in_string || !byte.is_ascii_whitespace() {
            compact.push(byte);
        }
        if byte == b'"' && !escaped {
            in_string = !in_string;
        }
        escaped = byte == b'\\' && !escaped;
    }
    String::from_utf8(compact).expect("a body is UTF-8")
}

#[test]
fn go_through_unchanged() {
    for name in FAITHFUL {
        let written = encode(&read(name), MessageFormat::Json).expect("it came from JSON");
        assert_eq!(String::from_utf8(written).unwrap(), compact(&body(name)), "{name}");
    }
}

#[test]
fn go_through_unchanged_but_for_solidi() {
    for name in REPRINTED {
        let written = encode(&read(name), MessageFormat::Json).expect("it came from JSON");
        let unescape = |body: &str| body.replace("\\/", "/");
        let written = String::from_utf8(written).unwrap();
        assert_eq!(unescape(&written), unescape(&compact(&body(name))), "{name}");
    }
}

#[test]
fn keep_the_members_of_their_era() {
    let members = |name| {
        let written = encode(&read(name), MessageFormat::Json).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&written).unwrap();
        value.as_object().unwrap().len()
    };
    assert_eq!((members("012"), members("009"), members("014")), (27, 29, 30));
}

#[test]
fn are_understood() {
    let context = read("012");
    assert_eq!(context.message_name.as_deref(), Some("Update"));
    assert_eq!((context.stage, context.mode), (Stage::POST_OPERATION, Mode::ASYNCHRONOUS));
    assert_eq!(context.operation_created_on.kind(), DateTimeKind::Local);
    assert_eq!(context.operation_created_on.offset_minutes(), -7 * 60);
    let target = context.target().expect("an Update has a target");
    assert_eq!(target.str("firstname").unwrap(), Some("James"));
    assert!(target.guid("contactid").unwrap().is_some());
    assert!(target.date_time("modifiedon").unwrap().is_some());
    let parent = context.parent_context.expect("an asynchronous step has a parent");
    assert_eq!(parent.stage, Stage::MAIN_OPERATION);
}

/// What the message around this one was asked.
fn query(context: &RemoteExecutionContext) -> &QueryExpression {
    let parent = context.parent_context.as_ref().expect("it runs inside another message");
    match &parent.input_parameters["Query"] {
        Value::QueryExpression(query) => query,
        other => panic!("a RetrieveMultiple has a query, not {other:?}"),
    }
}

#[test]
fn tell_what_was_queried() {
    let context = read("009");
    let asked = query(&context);
    assert_eq!(asked.entity_name.as_deref(), Some("sharepointdocument"));
    assert_eq!(asked.column_set.columns.len(), 18);
    let regarding = asked.criteria.conditions.get(2).expect("it has three conditions");
    assert_eq!(regarding.operator, ConditionOperator::EQUAL);
    assert_eq!(regarding.values, ["0a3839b3-08d4-ef11-aeb0-00155d000101".into()]);
    assert_eq!((asked.page_info.count, asked.page_info.page_number), (10, 1));

    let xml = encode(&context, MessageFormat::Xml).expect("every type of it is known");
    assert_eq!(query(&decode(&xml, MessageFormat::Xml).unwrap()), asked);
}
