//! Files in YAML mean the same as those in XML.

use std::fmt::Write as _;

use proptest::prelude::*;
use xrm_registration::Registration;
use xrm_registration::solution::{Export, Import, Imported, Limits, MessageIds};

use super::round_trip::{any_registration, json};

fn read(text: &str) -> Result<Imported, String> {
    let mut import = Import::new(MessageIds::known());
    import.read_yaml("file.yml", text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(import.finish())
}

/// A step with these lines in it.
fn step_with(lines: &str) -> String {
    format!(
        "SdkMessageProcessingStep:
  '@Name': 'S'
  '@SdkMessageProcessingStepId': '00000000-0000-0000-0000-000000000002'
  SdkMessageId: '9ebdbb1b-ea3e-db11-86a7-000a3a5473e8'
  EventHandler: '00000000-0000-0000-0000-000000000001'
  EventHandlerTypeCode: '4618'
{lines}"
    )
}

#[test]
fn values_are_texts_however_they_are_written() {
    let description = |value: &str| {
        let read = read(&step_with(&format!("  Stage: 40\n  Description: {value}\n")));
        read.unwrap().registration.steps()[0].description.clone()
    };
    for (value, text) in [
        ("'a: \u{e4} <b> & \"c\"'", "a: \u{e4} <b> & \"c\""),
        ("\"tab\\tline\\n\"", "tab\tline\n"),
        ("plain", "plain"),
        ("true", "true"),
        ("'~'", "~"),
        ("|\n    two\n    lines", "two\nlines\n"),
        (">-\n    one\n    line", "one line"),
    ] {
        assert_eq!(description(value).as_deref(), Some(text), "{value}");
    }
    for nothing in ["", "~", "null", "''"] {
        assert_eq!(description(nothing), None, "{nothing}");
    }
}

#[test]
fn images_are_one_or_a_list() {
    let image = |indent: &str, first: &str, name: &str| {
        format!("{first}'@Name': {name}\n{indent}EntityAlias: {name}\n{indent}ImageType: '0'\n")
    };
    let start =
        "  Stage: '40'\n  SdkMessageProcessingStepImages:\n    SdkMessageProcessingStepImage:\n";
    let names = |text: &str| {
        let steps = read(&step_with(text)).unwrap().registration.steps().to_vec();
        steps[0].images.iter().map(|it| it.name.clone()).collect::<Vec<_>>()
    };
    let indent = "      ";
    assert_eq!(names(&format!("{start}{}", image(indent, indent, "One"))), ["One"]);
    let both = [image(indent, "    - ", "One"), image(indent, "    - ", "Two")].concat();
    assert_eq!(names(&format!("{start}{both}")), ["One", "Two"]);
    assert!(names("  Stage: '40'\n  SdkMessageProcessingStepImages: []\n").is_empty());
}

#[test]
fn errors_name_the_line_of_the_file() {
    let wrong = step_with("  Description: 'x'\n  Stage: 'late'\n");
    let error = read(&wrong).unwrap_err();
    assert!(error.starts_with("file.yml:8:"), "{error}");
    assert!(error.ends_with("`Stage` is not a whole number"), "{error}");
    let notice = read(&step_with("  Stage: '40'\n  ImpersonatingUserIdName: 'A'\n")).unwrap();
    assert_eq!(notice.notices[0].location.line, 1);
}

#[test]
fn what_is_no_yaml_of_a_solution_is_refused() {
    let deep = format!("{}a: 1", "a: {".repeat(200));
    for (text, reason) in [
        ("a: [", "it can't be parsed"),
        ("a: {{", "a key is not a text"),
        ("- a", "it is no mapping"),
        ("text", "it is no mapping"),
        ("a: 1\n---\nb: 2", "there is a second document"),
        ("a: &x {b: 1}\nc: *x", "anchors, tags and lists of lists are refused"),
        ("a: !!str 1", "anchors, tags and lists of lists are refused"),
        ("a: *x", "it can't be parsed"),
        ("a: [[1]]", "anchors, tags and lists of lists are refused"),
        ("? [a]\n: b", "a key is not a text"),
        ("'a><b': 1", "a key is no name of an element"),
        ("'': 1", "a key is no name of an element"),
        ("a: {'@b': [1]}", "an attribute is not a text"),
        ("", "the file ends too early"),
        ("a: 1\nb: 2", "`a` is no root element"),
        ("html: 1", "`html` is no root element"),
        (&deep, "elements are nested more than 128 deep"),
    ] {
        let error = read(text).map(drop).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
    let mut import = Import::new(MessageIds::known()).limits(Limits::default().text(5));
    let error = import.read_yaml("file.yml", &b"a: 123"[..]).unwrap_err();
    assert_eq!(error.kind.to_string(), "the file has more than 5 bytes");
    let error = import.read_yaml("file.yml", &b"a: \xff"[..]).unwrap_err();
    assert_eq!(error.kind.to_string(), "the encoding is unknown, not utf-8");
}

/// XML as the YAML that it stands for, by another way than the reader's: every text is a double-quoted
/// scalar, which JSON writes too.
fn yaml_of(xml: &str) -> String {
    fn element(tag: &Tag, indent: usize, out: &mut String) {
        let pad = " ".repeat(indent);
        for (name, value) in &tag.attributes {
            writeln!(out, "{pad}'@{name}': {}", quoted(value)).expect("a text can grow");
        }
        let mut done: Vec<&str> = Vec::new();
        for child in &tag.children {
            if done.contains(&child.name.as_str()) {
                continue;
            }
            done.push(&child.name);
            let same: Vec<_> = tag.children.iter().filter(|it| it.name == child.name).collect();
            let is_leaf = child.children.is_empty() && child.attributes.is_empty();
            if same.len() == 1 && is_leaf {
                writeln!(out, "{pad}{}: {}", child.name, quoted(&child.text))
                    .expect("a text can grow");
                continue;
            }
            writeln!(out, "{pad}{}:", child.name).expect("a text can grow");
            for it in same {
                writeln!(out, "{pad}  -").expect("a text can grow");
                element(it, indent + 4, out);
            }
        }
    }
    fn quoted(text: &str) -> String {
        serde_json::to_string(text).expect("a text is JSON")
    }
    let mut out = String::new();
    let root = tree(xml);
    writeln!(out, "{}:", root.name).expect("a text can grow");
    element(&root, 2, &mut out);
    out
}

#[derive(Default)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Self>,
}

fn tree(xml: &str) -> Tag {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut open = vec![Tag::default()];
    let start = |tag: &quick_xml::events::BytesStart<'_>| Tag {
        name: tag.name().into_inner().to_owned(),
        attributes: tag
            .attributes()
            .map(|it| it.expect("own files are well-formed"))
            .map(|it| {
                let value = it
                    .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                    .expect("own files are well-formed");
                (it.key.into_inner().to_owned(), value.into_owned())
            })
            .collect(),
        ..Tag::default()
    };
    loop {
        match reader.read_event().expect("own files are well-formed") {
            Event::Start(tag) => open.push(start(&tag)),
            Event::Empty(tag) => {
                open.last_mut().expect("own files are well-formed").children.push(start(&tag));
            }
            Event::End(_) => {
                let done = open.pop().expect("own files are well-formed");
                open.last_mut().expect("own files are well-formed").children.push(done);
            }
            Event::Text(text) => open
                .last_mut()
                .expect("own files are well-formed")
                .text
                .push_str(&text.xml10_content()),
            Event::GeneralRef(entity) => {
                let text = match entity.resolve_char_ref().expect("own files are well-formed") {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&entity)
                        .expect("own files are well-formed")
                        .to_owned(),
                };
                open.last_mut().expect("own files are well-formed").text.push_str(&text);
            }
            Event::Eof => {
                return open
                    .pop()
                    .expect("own files are well-formed")
                    .children
                    .pop()
                    .expect("own files are well-formed");
            }
            _ => {}
        }
    }
}

fn yaml_files(registration: &Registration) -> Vec<String> {
    let messages = MessageIds::known();
    let export = Export::new(registration, &messages).expect("own files are well-formed");
    let files = export.files().map(|it| {
        String::from_utf8(it.expect("own files are well-formed").content)
            .expect("own files are well-formed")
    });
    files.map(|it| yaml_of(it.trim_start_matches('\u{feff}'))).collect()
}

proptest! {
    #[test]
    fn any_registration_is_the_same_in_yaml(registration in any_registration()) {
        let mut import = Import::new(MessageIds::known());
        for file in yaml_files(&registration) {
            let read = import.read_yaml("own.yml", file.as_bytes());
            prop_assert!(read.is_ok(), "{:?}\n{}", read, file);
        }
        prop_assert_eq!(json(&import.finish().registration), json(&registration));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[a:@#'\"{}\\[\\]&*!|>~ \n<-]{0,40}") {
        drop(read(&text));
    }
}
