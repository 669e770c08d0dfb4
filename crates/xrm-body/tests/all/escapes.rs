//! Every UTF-16 code unit in a string, in both formats and both styles of control characters.

use std::fs;
use std::path::Path;

use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{EncodeOptions, decode, encode_with};
use xrm_context::RemoteExecutionContext;

/// A range of units that are treated alike.
struct Row {
    options: EncodeOptions,
    is_json: bool,
    units: std::ops::RangeInclusive<u32>,
    how: String,
}

fn rows() -> Vec<Row> {
    let json = EncodeOptions::new(Json);
    [("legacy.txt", json.clone()), ("modern.txt", json.short_control_escapes())]
        .into_iter()
        .flat_map(|(file, json)| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/escapes");
            let text = fs::read_to_string(path.join(file)).unwrap();
            text.lines().map(|line| row(line, json.clone())).collect::<Vec<_>>()
        })
        .collect()
}

fn row(line: &str, json: EncodeOptions) -> Row {
    let mut words = line.splitn(3, ' ');
    let is_json = words.next().unwrap() == "json";
    let (first, last) = words.next().unwrap().split_once("..").unwrap();
    let unit = |text: &str| u32::from_str_radix(text.trim_start_matches("U+"), 16).unwrap();
    Row {
        // The style of control characters is JSON's affair: XML must not know of it.
        options: if is_json { json } else { EncodeOptions::new(Xml).short_control_escapes() },
        is_json,
        units: unit(first)..=unit(last),
        how: words.next().unwrap().trim().to_owned(),
    }
}

/// The characters that hold the units. A surrogate comes with its other half in JSON; in XML it
/// can only stand alone, and no Rust string holds it.
fn characters(row: &Row) -> Vec<char> {
    match (row.how.as_str(), row.is_json) {
        ("U+FFFD", _) => row.units.clone().map(|_| char::REPLACEMENT_CHARACTER).collect(),
        (_, true) if *row.units.start() == 0xd800 => {
            (0..1024).map(|half| char::from_u32(0x10000 + half * 1025).unwrap()).collect()
        }
        _ => row.units.clone().map(|unit| char::from_u32(unit).unwrap()).collect(),
    }
}

fn escaped(character: char, how: &str) -> String {
    let unit = u32::from(character);
    match how {
        "literal" | "U+FFFD" => character.to_string(),
        "&#xHEX;" => format!("&#x{unit:X};"),
        r"\uXXXX lower" => {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units).iter();
            units.map(|unit| format!("\\u{unit:04x}")).collect()
        }
        quoted => quoted.trim_matches('\'').to_owned(),
    }
}

fn body(message_name: String, options: &EncodeOptions) -> String {
    let context = RemoteExecutionContext { message_name: Some(message_name), ..Default::default() };
    let mut body = Vec::new();
    encode_with(&context, options, &mut body).unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn every_unit_is_escaped_as_the_platform_escapes_it() {
    let mut units = 0;
    for row in rows() {
        let characters = characters(&row);
        let expected: String =
            characters.iter().map(|character| escaped(*character, &row.how)).collect();
        let expected = body("@".to_owned(), &row.options).replace('@', &expected);
        let written = body(characters.iter().collect(), &row.options);
        assert_eq!(written, expected, "{:x?} {}", row.units, row.how);
        units += row.units.count();
    }
    assert_eq!(units, 4 * 65_536);
}

#[test]
fn both_styles_are_read_alike() {
    let text: String = (0..0x20).filter_map(char::from_u32).collect();
    for options in [EncodeOptions::new(Json), EncodeOptions::new(Json).short_control_escapes()] {
        let read = decode(body(text.clone(), &options).as_bytes(), Json).unwrap();
        assert_eq!(read.message_name.as_ref(), Some(&text));
    }
}
