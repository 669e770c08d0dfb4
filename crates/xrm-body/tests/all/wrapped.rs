//! What is no body, and what is a body of nothing: `fixtures/wrapped/SOURCE.md` says who wrote the files.

use std::fs;
use std::path::PathBuf;

use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{
    DecodeOptions, ErrorKind, FindingKind, MessageFormat, Wrapping, decode, decode_and_check,
    decode_with, encode,
};

fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wrapped").join(name);
    fs::read(path).expect("the fixture is part of the checkout")
}

/// Bytes that are no body, what they are, and words of what is said of them.
pub(crate) fn wrappings() -> Vec<(Vec<u8>, Wrapping, &'static str)> {
    let binary =
        b"@\x16RemoteExecutionContext\x08\x2ehttp://schemas.microsoft.com/xrm/2011/Contracts\x01";
    let [string, array, service_bus] =
        ["json-in-a-string.json", "array.json", "service-bus-string.bin"].map(fixture);
    let cases: [(&[u8], Wrapping, &'static str); 21] = [
        (b"", Wrapping::Empty, "not its properties"),
        (b" \r\n", Wrapping::Empty, "empty"),
        (b"\xef\xbb\xbf", Wrapping::Empty, "empty"),
        (b"\x1f\x8b\x08\0\0\0\0\0", Wrapping::Gzip, "decompress"),
        (b"eyJEZXB0aCI6MX0=", Wrapping::Base64, "base64"),
        (b"PFJlbW90ZUV4ZWN1dGlvbkNvbnRleHQ+", Wrapping::Base64, "base64"),
        (b"H4sIAAAAAAAAA6tWKkktLlGyUlAqSy0qLsnMz1OqBQA=", Wrapping::Base64, "base64"),
        (b"\"eyJEZXB0aCI6MX0=\"", Wrapping::Base64, "base64"),
        (&string, Wrapping::JsonString, "parse the string"),
        (b"\"<RemoteExecutionContext/>\"", Wrapping::JsonString, "parse the string"),
        (b"\"\\u003cRemoteExecutionContext/>\"", Wrapping::JsonString, "parse the string"),
        (&array, Wrapping::Array, "each item"),
        (b" [ {\"Depth\":1}, {\"Depth\":2} ]", Wrapping::Array, "each item"),
        (binary, Wrapping::BinaryXml, "data at the root level is invalid"),
        (&service_bus, Wrapping::ServiceBusString, "@string3http://"),
        (
            b"@string3http://schemas.microsoft.com/2003/10/Serialization/{\"Depth\":1}",
            Wrapping::ServiceBusString,
            "`GetBody<string>`",
        ),
        (
            b"@\x0cbase64Binary\x083http://schemas.microsoft.com/2003/10/Serialization/\x9f",
            Wrapping::ServiceBusString,
            "stream",
        ),
        (b"\0Sp\xc0\x02\x01A\0Su\xa0\x0b{\"Depth\":1}", Wrapping::Amqp, "data section"),
        (b"\0\x80\0\0\0\0\0\0\0\x75\xa0\x02{}", Wrapping::Amqp, "data section"),
        (b"<!DOCTYPE html><html></html>", Wrapping::Html, "HTML"),
        (b"\n<HTML><head/></HTML>", Wrapping::Html, "HTML"),
    ];
    cases.map(|(body, wrapping, words)| (body.to_vec(), wrapping, words)).into()
}

#[test]
fn wrappings_are_named_with_the_cure() {
    for (body, wrapping, words) in wrappings() {
        let shown = String::from_utf8_lossy(&body);
        for format in [Json, Xml] {
            for options in [DecodeOptions::new(format), DecodeOptions::new(format).strict()] {
                let error = decode_with(&body, &options).expect_err(&shown);
                assert_eq!(*error.kind(), ErrorKind::Wrapped(wrapping), "{shown}");
                assert_eq!((error.offset(), error.path()), (Some(0), String::new()), "{shown}");
                assert!(error.to_string().contains(words), "{shown}: {error}");
            }
        }
    }
}

#[test]
fn damaged_bodies_are_not_taken_for_wrapped_ones() {
    let texts = [
        "{",
        "{\"Depth\":x}",
        "<Entity/>",
        "<Remote",
        "Depth",
        "[1]",
        "\"text\"",
        "@",
        "@text",
        "12",
    ];
    for body in texts {
        assert_eq!(Wrapping::recognize(body.as_bytes()), None, "{body}");
        for format in [Json, Xml] {
            let error = decode(body.as_bytes(), format).expect_err(body);
            assert!(!matches!(error.kind(), ErrorKind::Wrapped(_)), "{body}: {error}");
        }
    }
    // A limit is a limit, whatever the body is.
    let options = DecodeOptions::new(Json).limits(xrm_body::Limits::default().bytes(2));
    let error = decode_with(b"\x1f\x8b\x08", &options).unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Limit("bytes", 2));
}

#[test]
fn utf_16_with_a_mark_is_read_by_default() {
    for (name, format) in [("utf16-bom.json", Json), ("utf16-bom.xml", Xml)] {
        let body = fixture(name);
        assert_eq!(MessageFormat::recognize(&body), Some(format));
        let context = decode(&body, format).unwrap();
        assert_eq!(context.message_name.as_deref(), Some("Update"), "{name}");
        // The platform refuses a mark in JSON.
        let strict = decode_with(&body, &DecodeOptions::new(format).strict());
        assert_eq!(strict.is_ok(), format == Xml, "{name}");
    }
}

/// In UTF-16 with little end first, the platform's reader of XML does without a mark.
#[test]
fn utf_16_without_a_mark_needs_a_declaration_in_xml() {
    let units = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    let root = "<RemoteExecutionContext xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\">\
                <MessageName>\u{e9}\u{1f600}</MessageName></RemoteExecutionContext>";
    let declared = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{root}");
    for options in [DecodeOptions::new(Xml), DecodeOptions::new(Xml).strict()] {
        let body = units(&declared, u16::to_le_bytes);
        let context = decode_with(&body, &options).unwrap();
        assert_eq!(context.message_name.as_deref(), Some("\u{e9}\u{1f600}"));
        assert!(decode_with(&units(&declared, u16::to_be_bytes), &options).is_err());
        assert!(decode_with(&units(root, u16::to_le_bytes), &options).is_err());
    }
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        assert_eq!(MessageFormat::recognize(&units(" {", bytes)), Some(Json));
        assert_eq!(MessageFormat::recognize(&units("<", bytes)), Some(Xml));
    }
    // Errors have the offset in the body as it is.
    let broken = units(
        &declared.replace("</Mess", "!</Mess").replace("MessageName>", "Depth>"),
        u16::to_le_bytes,
    );
    let error = decode(&broken, Xml).unwrap_err();
    assert_eq!(error.path(), "Depth");
    assert!(broken[error.offset().unwrap()..].starts_with(&[0xe9, 0]));
}

fn findings(body: &[u8], format: MessageFormat) -> Vec<String> {
    let shown = |options: DecodeOptions| -> Vec<_> {
        let decoded = decode_and_check(body, &options).expect("it can be decoded");
        decoded.findings.iter().map(ToString::to_string).collect()
    };
    let found = shown(DecodeOptions::new(format));
    assert_eq!(shown(DecodeOptions::new(format).strict()), found);
    found
}

const NOTHING: &str = "no member of an execution context is there";

#[test]
fn an_object_that_is_no_context_is_found() {
    for body in ["{}", r#"{"hello":"world"}"#, r#"{"MessageNames":1,"__type":"x"}"#] {
        assert_eq!(findings(body.as_bytes(), Json), [NOTHING], "{body}");
    }
    assert_eq!(findings(&fixture("not-a-context.json"), Json), [NOTHING]);
    let xml = "<RemoteExecutionContext xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\"/>";
    assert_eq!(findings(xml.as_bytes(), Xml), [NOTHING]);
    assert!(findings(br#"{"Depth":0}"#, Json).is_empty());
}

#[test]
fn members_that_differ_by_case_are_found() {
    let other = |found: &str, known: &str| {
        format!("the member `{found}` is not the contract's `{known}`: names are case-sensitive")
    };
    assert_eq!(
        findings(br#"{"messageName":"Update","depth":1}"#, Json),
        [NOTHING.to_owned(), other("messageName", "MessageName"), other("depth", "Depth")]
    );
    let inside = br#"{"Depth":1,"OwningExtension":{"id":"x","Name":"n"},"ParentContext":{"STAGE":1},"InputParameters":[{"key":"Target","value":{"__type":"Entity:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","logicalName":"account"}}]}"#;
    assert_eq!(
        findings(inside, Json),
        [
            format!("InputParameters[\"Target\"]: {}", other("logicalName", "LogicalName")),
            format!("OwningExtension: {}", other("id", "Id")),
            format!("ParentContext: {}", other("STAGE", "Stage")),
        ]
    );
    assert!(findings(br#"{"Depth":1,"NewMember":1}"#, Json).is_empty());
}

/// `jq -S` sorts the members of an entity so that `__type` is the last.
#[test]
fn a_hint_that_is_not_first_is_found() {
    let sorted = |object: &str| {
        format!(r#"{{"Depth":1,"InputParameters":[{{"key":"Target","value":{object}}}]}}"#)
    };
    let found = |object: &str| findings(sorted(object).as_bytes(), Json);
    let late = "`__type` is not the first member, so the object has no type and reads as empty";
    let entity = r#"{"Attributes":[],"LogicalName":"account","__type":"Entity:http://schemas.microsoft.com/xrm/2011/Contracts"}"#;
    assert_eq!(found(entity), [format!("InputParameters[\"Target\"]: {late}")]);
    assert_eq!(
        found(&format!("[1,{entity}]")),
        [format!("InputParameters[\"Target\"][1]: {late}")]
    );
    let deeper = r#"{"a":{"b":1,"__type":"x"},"c":"\"__type\""}"#;
    for object in [deeper, r#"{"a":1}"#, "{}"] {
        assert_eq!(found(object), Vec::<String>::new(), "{object}");
    }
}

/// The platform removes request and images from a body that is too large for its endpoint.
#[test]
fn a_context_without_its_request_is_found() {
    let rest = r#""MessageName":"Update","OutputParameters":[],"PrimaryEntityId":"00000000-0000-0000-0000-000000000001""#;
    let removed = r#""InputParameters":null,"ParentContext":null,"PostEntityImages":null,"PreEntityImages":null"#;
    for body in [format!("{{{rest}}}"), format!("{{{removed},{rest}}}")] {
        let decoded = decode_and_check(body.as_bytes(), &DecodeOptions::new(Json)).unwrap();
        let [finding] = &decoded.findings[..] else { panic!("{decoded:?}") };
        assert_eq!((finding.kind(), finding.is_misread()), (&FindingKind::TooLarge, false));
    }
    let whole = format!("{{\"InputParameters\":[],{rest}}}");
    assert!(findings(whole.as_bytes(), Json).is_empty());
}

/// The bodies of servers and of the SDK are whole.
#[test]
fn nothing_is_found_in_the_platforms_bodies() {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let captured = fs::read_dir(fixtures.join("captured")).expect("the fixture is there");
    let bodies = captured.map(|it| it.expect("a file").path());
    let golden = fs::read_dir(fixtures.join("bodies")).expect("the fixture is there");
    let golden = golden.flat_map(|it| {
        let folder = it.expect("a folder").path();
        ["body.json", "body.xml"].map(|name| folder.join(name))
    });
    let mut checked = 0;
    for path in bodies.chain(golden).filter(|it| it.is_file()) {
        let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
        let Ok(format) = extension.parse::<MessageFormat>() else { continue };
        let body = fs::read(&path).expect("the fixture is part of the checkout");
        let decoded = decode_and_check(&body, &DecodeOptions::new(format)).unwrap();
        assert_eq!(decoded.findings, [], "{}", path.display());
        checked += 1;
    }
    assert!(checked > 200, "{checked}");
}

#[test]
fn an_encoding_error_names_the_place() {
    let context = decode(&fixture("no-path.json"), Json).unwrap();
    let error = encode(&context, Xml).unwrap_err();
    assert_eq!(error.path(), "SharedVariables[\"tag\"]");
    assert!(error.to_string().starts_with("SharedVariables[\"tag\"]: "), "{error}");
}
