//! Bodies that others re-printed or damaged.

use std::borrow::Cow;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{DecodeOptions, decode, decode_with, encode, repair};
use xrm_context::{DateTime, DateTimeKind, Entity, RemoteExecutionContext, Value};

use crate::context::context;

static JSON: LazyLock<DecodeOptions> = LazyLock::new(|| DecodeOptions::new(Json));

fn read(body: &str, options: &DecodeOptions) -> Result<RemoteExecutionContext, String> {
    decode_with(body.as_bytes(), options).map_err(|error| error.to_string())
}

proptest! {
    /// `serde_json` prints with `/` unescaped, other escapes, blanks between the tokens and its own
    /// numbers, which keep their texts here.
    #[test]
    fn a_reprinted_body_is_the_same(context in context(1)) {
        let body = String::from_utf8(encode(&context, Json).unwrap()).unwrap();
        let expected = decode(body.as_bytes(), Json).unwrap();
        let pretty = reprinted(&body);
        let read = decode(pretty.as_bytes(), Json).unwrap();
        prop_assert!(read == expected, "{pretty}");
    }

    /// Blanks where tags may have them: nothing stands in the platform's own bytes then.
    #[test]
    fn a_body_with_blanks_in_its_tags_is_the_same(context in context(1)) {
        let body = String::from_utf8(encode(&context, Xml).unwrap()).unwrap();
        let spaced = body.replace("/>", "\u{1}").replace('>', " >").replace('\u{1}', " />");
        let read = decode(spaced.as_bytes(), Xml).unwrap();
        prop_assert!(read == decode(body.as_bytes(), Xml).unwrap(), "{spaced}");
        prop_assert!(encode(&read, Xml).unwrap() == body.as_bytes(), "{spaced}");
    }
}

/// The body with each token on a line of its own, and `/` for `\/`.
fn reprinted(body: &str) -> String {
    let mut pretty = String::new();
    let (mut in_string, mut escaped) = (false, false);
    for character in body.chars() {
        match character {
            '/' if escaped => {
                pretty.pop();
                pretty.push('/');
            }
            '{' | '}' | '[' | ']' | ',' | ':' if !in_string => {
                pretty.push_str("\r\n\t ");
                pretty.push(character);
                pretty.push_str(" \n");
            }
            other => pretty.push(other),
        }
        in_string ^= character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
    }
    pretty
}

/// A value's start tag as the platform writes it, and otherwise.
#[test]
fn hints_are_read_in_any_form() {
    const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";
    let body = |instance: &str, value: &str| {
        format!(
            "<RemoteExecutionContext xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\" \
             xmlns:{instance}=\"{SCHEMA}-instance\"><SharedVariables \
             xmlns:a=\"http://schemas.datacontract.org/2004/07/System.Collections.Generic\">\
             <KeyValuePairOfstringanyType><a:key>k</a:key>{value}</KeyValuePairOfstringanyType>\
             </SharedVariables></RemoteExecutionContext>"
        )
    };
    let xml = DecodeOptions::new(Xml);
    let value = |instance: &str, value: &str| {
        let context = read(&body(instance, value), &xml)?;
        Ok::<_, String>(context.shared_variables["k"].clone())
    };
    for (instance, element) in [
        ("i", format!("<a:value i:type=\"b:string\" xmlns:b=\"{SCHEMA}\">x</a:value>")),
        ("i", format!("<a:value xmlns:b=\"{SCHEMA}\" i:type=\"b:string\">x</a:value>")),
        ("i", format!("<a:value i:type='b:string' xmlns:b='{SCHEMA}'>x</a:value>")),
        ("j", format!("<a:value j:type=\"b:string\" xmlns:b=\"{SCHEMA}\">x</a:value>")),
    ] {
        assert_eq!(value(instance, &element), Ok(Value::from("x")), "{element}");
    }
    // What is told with another prefix, or with one that means something else, is no hint.
    for element in [
        format!("<a:value i:type=\"b:string\" xmlns:b=\"{SCHEMA}\">x</a:value>"),
        format!("<a:value xmlns:i=\"urn:i\" i:type=\"b:string\" xmlns:b=\"{SCHEMA}\">x</a:value>"),
    ] {
        assert!(value("j", &element).is_err(), "{element}");
    }
    assert_eq!(value("i", "<a:value i:nil=\"true\"/>"), Ok(Value::Null));
    assert!(value("j", "<a:value i:nil=\"true\"/>").is_err());
}

#[test]
fn iso_dates_are_taken_on_request() {
    let body = |date: &str| format!(r#"{{"OperationCreatedOn":"{date}"}}"#);
    // 2024-05-17T08:15:42.5Z
    let ticks = 638_515_305_425_000_000;
    let hours = |count: i64| count * 60 * DateTime::TICKS_PER_MINUTE;
    for (date, ticks, kind, offset) in [
        ("2024-05-17T08:15:42.5Z", ticks, DateTimeKind::Utc, 0),
        ("2024-05-17T08:15:42.5+02:00", ticks - hours(2), DateTimeKind::Local, 120),
        ("2024-05-17T08:15:42.5-07:00", ticks + hours(7), DateTimeKind::Local, -420),
        ("2024-05-17T08:15:42.5", ticks, DateTimeKind::Unspecified, 0),
        (r"\/Date(1715933742500)\/", ticks, DateTimeKind::Utc, 0),
    ] {
        let context = read(&body(date), &JSON.iso_dates()).unwrap();
        let on = context.operation_created_on;
        assert_eq!((on.ticks(), on.kind(), on.offset_minutes()), (ticks, kind, offset), "{date}");
        let strict = read(&body(date), &JSON.strict().iso_dates());
        assert_eq!(strict.as_ref(), Ok(&context), "{date}");
    }
    for date in ["2024-05-17T08:15:42.5Z", "2024-05-17"] {
        let error = read(&body(date), &JSON).unwrap_err();
        assert_eq!(error, "OperationCreatedOn: the text is no DateTime (at byte 22)");
    }
    let error = read(&body("2024-02-30T00:00:00Z"), &JSON.iso_dates()).unwrap_err();
    assert_eq!(error, "OperationCreatedOn: the text is no DateTime (at byte 22)");
}

#[test]
fn an_iso_date_is_written_as_the_platform_writes_it() {
    let body = r#"{"OperationCreatedOn":"2024-05-17T08:15:42.5-07:00"}"#;
    let context = read(body, &JSON.iso_dates()).unwrap();
    assert_eq!(
        encode(&context, Json).unwrap(),
        br#"{"OperationCreatedOn":"\/Date(1715958942500-0700)\/"}"#
    );
}

#[test]
fn iso_dates_stay_strings_in_object_places() {
    let body = r#"{"SharedVariables":[{"key":"on","value":"2024-05-17T08:15:42Z"}]}"#;
    let context = read(body, &JSON.iso_dates()).unwrap();
    assert_eq!(context.shared_variables["on"], "2024-05-17T08:15:42Z".into());
}

#[test]
fn capital_pairs_are_taken_on_request() {
    let body = r#"{"InputParameters":[{"Key":"a","Value":1},{"Value":2,"Key":"b"}],"SharedVariables":
        [{"key":"p","value":{"__type":"KeyValuePairOfstringstring:#System.Collections.Generic","Key":"x","Value":"y"}}]}"#;
    let context = read(body, &JSON.capital_pairs()).unwrap();
    assert_eq!(context.input_parameters, [("a", Value::from(1)), ("b", 2.into())].into());
    let Value::KeyValuePairOfStringString(pair) = &context.shared_variables["p"] else {
        panic!("a pair on its own")
    };
    assert_eq!((pair.key.as_deref(), pair.value.as_deref()), (Some("x"), Some("y")));
    assert_eq!(
        encode(
            &read(r#"{"InputParameters":[{"Key":"a","Value":1}]}"#, &JSON.capital_pairs()).unwrap(),
            Json
        )
        .unwrap(),
        br#"{"InputParameters":[{"key":"a","value":1}]}"#
    );
    assert!(read(body, &JSON).is_err());
    let both = r#"{"InputParameters":[{"Key":"a","key":"b","value":1}]}"#;
    assert!(read(both, &JSON.capital_pairs()).unwrap_err().contains("appears twice"));
    let wrong = r#"{"InputParameters":[{"KEY":"a","VALUE":1}]}"#;
    assert!(read(wrong, &JSON.capital_pairs()).is_err());
}

/// The text, its UTF-8 read as Windows-1252.
fn mangle(text: &str) -> String {
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let character = |byte: u8| match byte {
        0x80..=0x9f => HIGH.chars().nth(usize::from(byte - 0x80)).unwrap(),
        byte => char::from(byte),
    };
    text.bytes().map(character).collect()
}

#[test]
fn damage_is_told_and_repaired() {
    for (text, damaged, count) in [
        ("Café", "CafÃ©", 1),
        ("Á", "Ã\u{81}", 1),
        ("12 €", "12 â‚¬", 1),
        ("“Müller”", "â€œMÃ¼llerâ€\u{9d}", 3),
        ("😀", "ðŸ˜€", 1),
        ("Привет", "ÐŸÑ€Ð¸Ð²ÐµÑ‚", 6),
    ] {
        assert_eq!(mangle(text), damaged);
        let repair = repair::windows_1252(damaged);
        assert_eq!((repair.text.as_ref(), repair.changes.len()), (text, count));
    }
}

/// Read as ISO 8859-1 first, and as Windows-1252 then.
#[test]
fn a_captured_body_that_was_damaged_twice_is_repaired_twice() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/captured/005.json");
    let body = fs::read_to_string(path).expect("the fixture is there");
    let once = repair::windows_1252(&body);
    assert_eq!(once.changes.len(), 3);
    let twice = repair::windows_1252(&once.text);
    let told: Vec<_> =
        twice.changes.iter().map(|change| (&*change.found, change.repaired)).collect();
    assert_eq!(told, [("â‚¬", '€')]);
    assert_eq!(repair::windows_1252(&twice.text).changes, []);

    let context = decode(twice.text.as_bytes(), Json).unwrap();
    let target = context.target().unwrap();
    assert_eq!(target.formatted_values.text("albxrm_currency"), Some("€2,154.32"));
}

#[test]
fn text_that_shows_no_damage_is_left_alone() {
    for text in
        ["", "plain", "Café", "Ã", "Ã ©", "naïve €", "Привет", "â‚", "Â\u{80}", "À€", "í\u{a0}€"]
    {
        let repair = repair::windows_1252(text);
        assert!(matches!(repair.text, Cow::Borrowed(same) if same == text), "{text}");
        assert_eq!(repair.changes, []);
    }
}

#[test]
fn nothing_is_repaired_unasked() {
    let body = r#"{"OrganizationName":"CafÃ©"}"#;
    let context = read(body, &JSON.iso_dates().capital_pairs()).unwrap();
    assert_eq!(context.organization_name.as_deref(), Some("CafÃ©"));
    assert_eq!(encode(&context, Json).unwrap(), body.as_bytes());
}

#[test]
fn a_whole_body_is_repaired_in_both_formats() {
    let target = Entity::new("account").with("name", "Ångström & Søn – “Zürich” 東京 😀");
    let context = RemoteExecutionContext {
        input_parameters: [("Target", target)].into(),
        ..Default::default()
    };
    for format in [Json, Xml] {
        let body = String::from_utf8(encode(&context, format).unwrap()).unwrap();
        let damaged = mangle(&body);
        let context = decode(body.as_bytes(), format).unwrap();
        assert!(decode(damaged.as_bytes(), format).unwrap() != context);
        let repaired = repair::windows_1252(&damaged).text;
        assert!(decode(repaired.as_bytes(), format).unwrap() == context);
    }
}

proptest! {
    #[test]
    fn what_was_mangled_comes_back(text in "[ -~£-ÿ€Œ–“Ѐ-џ一-丠😀-😏]{0,40}") {
        let mangled = mangle(&text);
        let repair = repair::windows_1252(&mangled);
        prop_assert_eq!(&repair.text, &text);
        prop_assert_eq!(repair.changes.len(), text.chars().filter(|c| !c.is_ascii()).count());
        for change in &repair.changes {
            prop_assert!(mangled[change.offset..].starts_with(&change.found));
            prop_assert_eq!(mangle(&change.repaired.to_string()), change.found.clone());
        }
    }
}
