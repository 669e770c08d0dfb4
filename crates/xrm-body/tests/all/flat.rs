//! The flat view.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::json;
use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{MessageFormat, decode, encode, flat};
use xrm_context::query::ColumnSet;
use xrm_context::raw::{RawJson, RawXml, Recording};
use xrm_context::*;

use crate::context::{Generate, value};

const ID: Uuid = Uuid::from_u128(0x1234);
const ID_TEXT: &str = "00000000-0000-0000-0000-000000001234";

fn reference() -> EntityReference {
    EntityReference::new("contact", ID).with_name("Ann")
}

fn number(value: NumberValue, text: &str) -> Value {
    Value::Number(Box::new(Number::new(value, text, Origin::Json)))
}

/// 2024-05-17T08:15:42.5 in ticks.
const TICKS: i64 = 638_515_305_425_000_000;

/// What an element has inside, as a test writes it.
enum Inside {
    Text(&'static str),
    Element(&'static str, Vec<Self>),
}

fn element(local: &'static str, inside: Vec<Inside>) -> Inside {
    Inside::Element(local, inside)
}

fn text(text: &'static str) -> Inside {
    Inside::Text(text)
}

fn record(inside: Vec<Inside>, out: &mut Recording) {
    for child in inside {
        match child {
            Inside::Text(text) => out.text(text),
            Inside::Element(local, inside) => {
                out.start("", local, None);
                record(inside, out);
                out.end();
            }
        }
    }
}

fn raw_xml(inside: Vec<Inside>) -> Value {
    let mut content = Recording::default();
    record(inside, &mut content);
    Value::Raw(Box::new(Raw::Xml(RawXml::new(content))))
}

fn raw_json(text: &str) -> Value {
    Value::Raw(Box::new(Raw::Json(RawJson { text: text.to_owned(), type_hint: None })))
}

/// Each value, and the text of its flat view.
fn table() -> Vec<(Value, &'static str)> {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    let utc = DateTime::utc(TICKS).unwrap();
    let local = DateTime::local(TICKS - 120 * DateTime::TICKS_PER_MINUTE, 120).unwrap();
    let keyed = EntityReference {
        key_attributes: [("code", 5)].into(),
        name: None,
        ..EntityReference::new("contact", ID)
    };
    let pair = |key: &str, value: &str| {
        Value::from(KeyValuePairOfStringString {
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
            ..Default::default()
        })
    };
    vec![
        (Value::Null, "null"),
        (true.into(), "true"),
        (42.into(), "42"),
        (i64::MIN.into(), "-9223372036854775808"),
        (Value::Short(-1), "-1"),
        (Value::Byte(255), "255"),
        (Value::SByte(-128), "-128"),
        (Value::UShort(65_535), "65535"),
        (Value::UInt(u32::MAX), "4294967295"),
        (Value::ULong(u64::MAX), "18446744073709551615"),
        (Value::Float(0.1), "0.1"),
        (48.5.into(), "48.5"),
        ((-0.0).into(), "-0.0"),
        (1e300.into(), "1e300"),
        (f64::NAN.into(), r#""NaN""#),
        (f64::INFINITY.into(), r#""INF""#),
        (Value::Float(f32::NEG_INFINITY), r#""-INF""#),
        (decimal("12.50").into(), "12.50"),
        (decimal("-79228162514264337593543950335").into(), "-79228162514264337593543950335"),
        (decimal("0.0000000000000000000000000001").into(), "0.0000000000000000000000000001"),
        (number(NumberValue::Int(100_000), "1E5"), "1E5"),
        (number(NumberValue::Decimal(decimal("1.5")), "+1.5"), "1.5"),
        (number(NumberValue::Int(7), "007"), "7"),
        (number(NumberValue::Double(f64::NAN), "NaN"), r#""NaN""#),
        (Value::Char(0x20ac), r#""€""#),
        (Value::Char(0xd800), "\"\u{fffd}\""),
        ("a \"b\"\n".into(), r#""a \"b\"\n""#),
        (Value::Uri("https://example.org/".into()), r#""https://example.org/""#),
        (ID.into(), r#""00000000-0000-0000-0000-000000001234""#),
        (utc.into(), r#""2024-05-17T08:15:42.5Z""#),
        (local.into(), r#""2024-05-17T08:15:42.5+02:00""#),
        (DateTime::unspecified(TICKS).unwrap().into(), r#""2024-05-17T08:15:42.5""#),
        ("/Date(1715933742500)/".into(), r#""2024-05-17T08:15:42.5Z""#),
        ("/Date(1715926542500+0200)/".into(), r#""2024-05-17T08:15:42.5+02:00""#),
        ("/Date(253402300799999+0200)/".into(), r#""9999-12-31T23:59:59.999Z""#),
        (" /Date(0)/".into(), r#"" /Date(0)/""#),
        ("/Date(soon)/".into(), r#""/Date(soon)/""#),
        (TimeSpan::from_ticks(1_296_000_000_000).into(), r#""P1DT12H""#),
        (vec![1_u8, 2, 255].into(), r#""AQL/""#),
        (Value::Object, "{}"),
        (vec![1, 2].into(), "[1,2]"),
        (vec![vec!["a".to_owned()], vec![]].into(), r#"[["a"],[]]"#),
        (raw_json(r#"{"__type":"T:x","A":[1.50,null]}"#), r#"{"__type":"T:x","A":[1.50,null]}"#),
        (raw_json("[007]"), r#""[007]""#),
        (raw_xml(vec![text("a"), text("b")]), r#""ab""#),
        (
            raw_xml(vec![
                text(" "),
                element("A", vec![text("1")]),
                element("B", vec![element("C", vec![])]),
                element("A", vec![text("2")]),
            ]),
            r#"{"A":["1","2"],"B":{"C":""}}"#,
        ),
        (OptionSetValue::new(3).into(), "3"),
        (Money::new(decimal("12.50")).into(), "12.50"),
        (OptionSetValueCollection::from_iter([1, 2]).into(), "[1,2]"),
        (BooleanManagedProperty { value: true, ..Default::default() }.into(), "true"),
        (AliasedValue::new("contact", "fullname", "Ann").into(), r#""Ann""#),
        (ConcurrencyBehavior::ALWAYS_OVERWRITE.into(), "2"),
        (
            reference().into(),
            r#"{"id":"00000000-0000-0000-0000-000000001234","logicalName":"contact","name":"Ann"}"#,
        ),
        (
            keyed.into(),
            concat!(
                r#"{"id":"00000000-0000-0000-0000-000000001234","logicalName":"contact","#,
                r#""name":null,"keyAttributes":{"code":5}}"#,
            ),
        ),
        (
            EntityReferenceCollection::from_iter([reference()]).into(),
            r#"[{"id":"00000000-0000-0000-0000-000000001234","logicalName":"contact","name":"Ann"}]"#,
        ),
        (EntityCollection::new("task", [Entity::new("task").with("a", 1)]).into(), r#"[{"a":1}]"#),
        (StringDictionary::from([("a", "b".to_owned())]).into(), r#"{"a":"b"}"#),
        (StringDictionary::new().into(), "[]"),
        (pair("a", "b"), r#"{"key":"a","value":"b"}"#),
        (vec![pair("a", "b"), pair("c", "d")].into(), r#"{"a":"b","c":"d"}"#),
        (
            vec![pair("a", "b"), pair("a", "d")].into(),
            r#"[{"key":"a","value":"b"},{"key":"a","value":"d"}]"#,
        ),
        (
            ColumnSet::new(["name"]).into(),
            r#"{"AllColumns":false,"AttributeExpressions":[],"Columns":["name"]}"#,
        ),
    ]
}

#[test]
fn each_value_has_its_view() {
    for (value, expected) in table() {
        assert_eq!(flat::value(&value).to_string(), expected, "{value:?}");
    }
}

#[test]
fn a_record_is_an_object_of_its_columns() {
    let mut account = Entity::new("account")
        .with_id(ID)
        .with("name", "Contoso")
        .with("revenue", Money::new("12.50".parse().unwrap()))
        .with("fax", Value::Null)
        .with("primarycontactid", reference())
        .with("inner", Entity::new("task").with("x", true));
    account.formatted_values.insert("name", "CONTOSO".to_owned());
    account.formatted_values.insert("gone", None);
    let expected = json!({
        "name": "Contoso",
        "revenue": 12.5,
        "fax": null,
        "primarycontactid": {"id": ID_TEXT, "logicalName": "contact", "name": "Ann"},
        "inner": {"x": true},
        "name@formatted": "CONTOSO",
    });
    let view = flat::record(&account);
    assert_eq!(view.to_json(), expected);
    assert!(view.to_string().contains(r#""revenue":12.50,"#), "{view}");
    assert_eq!(flat::record(&Entity::default()).to_string(), "{}");
}

/// JSON has dates as strings, but the key of a pair is never one.
#[test]
fn a_column_whose_name_looks_like_a_date_keeps_its_name() {
    let record =
        Entity::new("account").with("/Date(0)/", 1).with("1970-01-01T00:00:00Z", "/Date(0)/");
    assert_eq!(
        flat::record(&record).to_string(),
        r#"{"/Date(0)/":1,"1970-01-01T00:00:00Z":"1970-01-01T00:00:00Z"}"#
    );
}

#[test]
fn no_digit_is_lost_in_a_json_value() {
    for (text, expected) in [
        ("12.50", json!(12.5)),
        ("0.1", json!(0.1)),
        ("9007199254740993", json!(9_007_199_254_740_993_u64)),
        ("9007199254740993.5", json!("9007199254740993.5")),
        ("-79228162514264337593543950335", json!("-79228162514264337593543950335")),
        ("0.1234567890123456789", json!("0.1234567890123456789")),
    ] {
        let value = Value::Decimal(text.parse().unwrap());
        assert_eq!(flat::value(&value).to_json(), expected, "{text}");
    }
    assert_eq!(flat::value(&1e300.into()).to_json(), json!(1e300));
    assert_eq!(flat::value(&1e300.into()).to_json(), json!(1e300));
    // As near to 71525915748890.12 as to .13.
    let tie = 71_525_915_748_890.0 + 0.125;
    assert_eq!(flat::value(&tie.into()).to_json(), json!(tie));
    assert_eq!(flat::value(&tie.into()).to_string(), json!(tie).to_string());
    assert_eq!(flat::value(&Value::Float(0.1)).to_json(), json!(0.1), "no digits of a double");
}

#[test]
fn a_kept_json_text_is_its_tree() {
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for (text, expected) in [
        (r#"{"A": [1.50, null], "B": {"C": "D"}}"#, json!({"A": [1.5, null], "B": {"C": "D"}})),
        (r#"{"A": 1, "A": 2}"#, json!({"A": 2})),
        ("[9007199254740993.5]", json!(["9007199254740993.5"])),
        (r#"["\ud800", true]"#, json!([r#""\ud800""#, true])),
        // Names that serde_json gives a meaning of its own.
        (r#"{"$serde_json::private::RawValue":"[1]"}"#, json!({RAW_VALUE: "[1]"})),
        (r#"[{"$serde_json::private::RawValue":7,"A":8}]"#, json!([{RAW_VALUE: 7, "A": 8}])),
        ("not JSON", json!("not JSON")),
    ] {
        assert_eq!(flat::value(&raw_json(text)).to_json(), expected, "{text}");
    }
    let innermost = |depth| {
        let mut tree = flat::value(&raw_json(&deep(depth))).to_json();
        while let Some(inner) = tree.get(0) {
            tree = inner.clone();
        }
        tree
    };
    assert_eq!([innermost(128), innermost(130)], [json!(1), json!("[[1]]")]);
}

const RAW_VALUE: &str = "$serde_json::private::RawValue";

proptest! {
    #[test]
    fn every_value_has_a_view_that_is_json(value in value(3)) {
        let view = flat::value(&value);
        let read: serde_json::Value = serde_json::from_str(&view.to_string()).unwrap();
        prop_assert!(is_same(&read, &view.to_json()), "{view}");
        prop_assert!(!view.to_string().contains(r#""__type":"#));
    }

    #[test]
    fn a_decimal_keeps_its_text(value in Decimal::generate(0)) {
        let body = flat::value(&value.into()).to_string();
        prop_assert_eq!(body.parse::<Decimal>().unwrap().serialize(), positive_zero(value).serialize());
    }

    #[test]
    fn a_double_keeps_its_bits(value in f64::generate(0).prop_filter("finite", |n| n.is_finite())) {
        let view = flat::value(&value.into());
        prop_assert_eq!(view.to_string().parse::<f64>().unwrap().to_bits(), value.to_bits());
        prop_assert_eq!(view.to_json().as_f64().map(f64::to_bits), Some(value.to_bits()));
    }

    #[test]
    fn both_formats_have_one_view(name in "[a-z /]{0,9}", amount in Decimal::generate(0)) {
        let target = Entity::new("account")
            .with("name", name)
            .with("amount", Money::new(amount))
            .with("id", ID)
            .with("on", DateTime::utc(TICKS).unwrap())
            .with("kinds", OptionSetValueCollection::from_iter([1]))
            .with("contact", reference());
        let context =
            RemoteExecutionContext { input_parameters: [("Target", target)].into(), ..Default::default() };
        let view = |format| {
            let read = decode(&encode(&context, format).unwrap(), format).unwrap();
            flat::record(read.target().unwrap())
        };
        prop_assert_eq!(view(Json), view(Xml));
    }
}

/// The platform's zero has no sign.
fn positive_zero(mut value: Decimal) -> Decimal {
    value.set_sign_positive(value.is_sign_positive() || value.is_zero());
    value
}

/// Whether both are the same but for decimals, which text tells by a number and a value by a
/// string, and for the last bit of doubles, which serde_json reads by a faster way.
fn is_same(text: &serde_json::Value, value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (text, value) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && is_same(a.1, b.1))
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= a.abs() * 4.0 * f64::EPSILON + f64::MIN_POSITIVE
        }
        (Value::Number(_), Value::String(digits)) => digits.parse::<Decimal>().is_ok(),
        (a, b) => a == b,
    }
}

fn fixture(path: &str, format: MessageFormat) -> RemoteExecutionContext {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(path);
    decode(&fs::read(path).expect("the fixture is there"), format).expect("a body")
}

#[test]
fn captured_targets() {
    let target = |name: &str| {
        let context = fixture(&format!("captured/{name}.json"), Json);
        flat::record(context.target().unwrap()).to_json()
    };
    for (name, column, expected) in CAPTURED {
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(target(name)[column], expected, "{name}: {column}");
    }
}

/// Columns of captured bodies, and what they are in the flat view.
const CAPTURED: &[(&str, &str, &str)] = &[
    ("005", "albxrm_twooptions", "true"),
    ("005", "albxrm_wholenumber@formatted", r#""987,654,321""#),
    ("005", "albxrm_multiselectoptionset", "[257760001,257760002]"),
    ("005", "albxrm_currency", "2154.32"),
    ("005", "modifiedon", r#""2020-12-15T04:47:38Z""#),
    ("005", "modifiedonbehalfby", "null"),
    (
        "012",
        "modifiedby",
        r#"{"id":"11bb11bb-cc22-dd33-ee44-55ff55ff55ff","logicalName":"systemuser","name":null}"#,
    ),
    ("014", "statecode@formatted", r#""Active""#),
    ("015", "ukho_webhookurl", r#""https://dummy.address""#),
];

#[test]
fn a_captured_rate_keeps_its_scale() {
    let context = fixture("captured/005.json", Json);
    let view = flat::record(context.target().unwrap()).to_string();
    assert!(view.contains(r#""exchangerate":1.0000000000,"#), "{view}");
}

fn update(target: Entity, before: Option<Entity>, after: Option<Entity>) -> RemoteExecutionContext {
    RemoteExecutionContext {
        message_name: Some("Update".into()),
        input_parameters: [("Target", target)].into(),
        pre_entity_images: before.map(|image| ("b".to_owned(), Some(image))).into_iter().collect(),
        post_entity_images: after.map(|image| ("a".to_owned(), Some(image))).into_iter().collect(),
        ..Default::default()
    }
}

fn account() -> Entity {
    Entity::new("account").with_id(ID)
}

#[test]
fn changes_have_two_sides() {
    let cases = [
        (
            "a target alone tells no before",
            update(account().with("name", "B"), None, None),
            r#"{"name":{"after":"B"}}"#,
        ),
        (
            "the same value is no change",
            update(
                account().with("name", "A").with("fax", "1"),
                Some(account().with("name", "A")),
                None,
            ),
            r#"{"fax":{"after":"1"}}"#,
        ),
        (
            "a null is a change",
            update(account().with("name", Value::Null), Some(account().with("name", "A")), None),
            r#"{"name":{"before":"A","after":null}}"#,
        ),
        (
            "the post-image tells what became of it",
            update(
                account().with("name", "b"),
                Some(account().with("name", "A")),
                Some(account().with("name", "B")),
            ),
            r#"{"name":{"before":"A","after":"B"}}"#,
        ),
        (
            "the images tell what the target does not",
            update(
                account(),
                Some(account().with("a", 1).with("b", 2).with("c", 3)),
                Some(account().with("b", 2).with("a", 9).with("d", 4)),
            ),
            r#"{"a":{"before":1,"after":9}}"#,
        ),
        (
            "a reference is the same whatever its name",
            update(
                account().with("owner", EntityReference::new("contact", ID)),
                Some(account().with("owner", reference())),
                None,
            ),
            "{}",
        ),
        (
            "the scale of an amount is no change",
            update(
                account().with("x", Money::new("12.5".parse().unwrap())),
                Some(account().with("x", Money::new("12.5000".parse().unwrap()))),
                None,
            ),
            "{}",
        ),
        (
            "the record's own id is no change",
            update(account().with("accountid", ID_TEXT).with("other", Uuid::nil()), None, None),
            r#"{"other":{"after":"00000000-0000-0000-0000-000000000000"}}"#,
        ),
        (
            "what a Create made is new",
            RemoteExecutionContext {
                message_name: Some("Create".into()),
                ..update(account().with("a", 1), None, Some(account().with("a", 2).with("b", 3)))
            },
            r#"{"a":{"after":2},"b":{"after":3}}"#,
        ),
        (
            "what a Delete took is gone",
            RemoteExecutionContext {
                message_name: Some("Delete".into()),
                input_parameters: [("Target", reference())].into(),
                ..update(account(), Some(account().with("a", 1)), None)
            },
            r#"{"a":{"before":1}}"#,
        ),
    ];
    for (name, context, expected) in cases {
        let changes = flat::changes(&context);
        assert_eq!(serde_json::to_string(&changes).unwrap(), expected, "{name}");
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(changes.to_json(), expected, "{name}");
        assert_eq!(changes.len(), changes.iter().count(), "{name}");
    }
}

#[test]
fn a_value_is_that_of_the_first_image_which_has_the_column() {
    let image = |number: i32| account().with(format!("own{number}"), number).with("all", number);
    let alias = |number: i32| format!("image{number}");
    let mut context = update(account(), None, None);
    context.pre_entity_images = (0..300).map(|it| (alias(it), image(it))).collect();
    context.post_entity_images = (0..300).map(|it| (alias(it), image(it + 1))).collect();
    let changes = flat::changes(&context);
    let columns: Vec<_> = changes.iter().map(|change| change.column.as_str()).collect();
    assert_eq!(columns, ["all"]);
    let all = changes.get("all").map(|change| (change.before.clone(), change.after.clone()));
    assert_eq!(all, Some((Some(flat::value(&0.into())), Some(flat::value(&1.into())))));
}

#[test]
fn changes_are_found_by_column() {
    let context = update(account().with("a", 1).with("b", 2), None, None);
    let changes = flat::changes(&context);
    assert_eq!(
        changes.get("b").and_then(|change| change.after.clone()),
        Some(flat::value(&2.into()))
    );
    assert_eq!(changes.get("c"), None);
    let columns: Vec<_> = changes.into_iter().map(|change| change.column).collect();
    assert_eq!(columns, ["a", "b"]);
}

#[test]
fn changes_of_an_sdk_body() {
    let expected = concat!(
        r#"{"firstname":{"before":"Jim","after":"James"},"#,
        r#""fullname":{"before":"Jim Glynn (sample)","after":"James Glynn (sample)"}}"#,
    );
    for (format, name) in [(Json, "body.json"), (Xml, "body.xml")] {
        let context = fixture(&format!("bodies/msg-update-sync-images/{name}"), format);
        assert_eq!(serde_json::to_string(&flat::changes(&context)).unwrap(), expected);
    }
}

#[test]
fn changes_of_captured_bodies() {
    for (name, expected) in CAPTURED_CHANGES {
        let changes = flat::changes(&fixture(&format!("captured/{name}.json"), Json));
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        for (column, change) in expected.as_object().unwrap() {
            assert_eq!(&changes.to_json()[column], change, "{name}: {column}");
        }
    }
}

/// Columns of captured bodies, and what became of them. An own id is none.
const CAPTURED_CHANGES: &[(&str, &str)] = &[
    ("005", r#"{"albxrm_alltypesid":{"after":"44bfc2a7-903e-eb11-a813-000d3ad9c2e1"}}"#),
    ("007", r#"{"statecode":{"before":0,"after":3},"activityid":null}"#),
    (
        "009",
        r#"{"ownerid":{"after":{"id":"30c91177-9436-4042-ad53-dd966d490114","logicalName":"systemuser","name":"Name"}}}"#,
    ),
    ("010", r#"{"telephone1":{"after":"1111"},"accountid":null}"#),
    ("012", r#"{"firstname":{"after":"James"},"contactid":null}"#),
];

/// The bodies whose flat view depends on the format: JSON gives each date that is not UTC an offset,
/// cuts dates to milliseconds, and does not tell bytes and doubles from other arrays and numbers;
/// and of values that are kept raw each format has its own.
const TOLD_BY_FORMAT: [&str; 17] = [
    "arrays",
    "bytes",
    "dt-local-america-new_york",
    "dt-local-asia-kolkata",
    "dt-local-europe-paris",
    "dt-local-utc",
    "dt-minmax-unspec",
    "dt-unspec-america-new_york",
    "dt-unspec-asia-kolkata",
    "dt-unspec-europe-paris",
    "dt-unspec-utc",
    "dt-utc",
    "dt-utc-old",
    "metadata-values",
    "num-double",
    "num-double-special",
    "num-float",
];

/// The parameters of a body in the flat view.
fn parameters(case: &str, format: MessageFormat) -> Option<Vec<(String, String)>> {
    let name = if format == Json { "body.json" } else { "body.xml" };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bodies").join(case);
    let body = fs::read(path.join(name)).ok()?;
    let context = decode(&body, format).expect("the SDK wrote it");
    let collections =
        [context.input_parameters, context.output_parameters, context.shared_variables];
    let view = |(name, value): (Key, Value)| (name.into(), flat::value(&value).to_string());
    Some(collections.into_iter().flatten().map(view).collect())
}

#[test]
fn sdk_bodies_have_one_view_in_both_formats() {
    let bodies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bodies");
    let (mut same, mut differing) = (0, Vec::new());
    for entry in fs::read_dir(bodies).unwrap() {
        let case = entry.unwrap().file_name().into_string().unwrap();
        let (Some(json), Some(xml)) = (parameters(&case, Json), parameters(&case, Xml)) else {
            continue;
        };
        if json == xml {
            same += 1;
        } else {
            differing.push(case);
        }
    }
    differing.sort();
    assert_eq!(differing, TOLD_BY_FORMAT);
    assert!(same > 80, "{same}");
}
