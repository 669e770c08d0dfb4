//! What is said of a body that can't be read, or of a context that can't be written.

use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{
    DecodeOptions, Error, ErrorKind, Limits, MessageFormat, Wrapping, decode, decode_with, encode,
};
use xrm_context::message::OrganizationRequest;
use xrm_context::{
    DateTime, Entity, EntityCollection, EntityState, Relationship, RemoteExecutionContext, Value,
};

const XML_START: &str = "<RemoteExecutionContext \
    xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\" \
    xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">";

fn xml(content: &str) -> String {
    format!("{XML_START}{content}</RemoteExecutionContext>")
}

/// The error of a body: kind, the text at its offset, and path.
fn check(format: MessageFormat, body: &str, kind: &ErrorKind, at: &str, path: &str) {
    let error = decode(body.as_bytes(), format).expect_err(body);
    assert_eq!(error.kind(), kind, "{body}");
    let offset = error.offset().expect("reading knows where it is");
    assert!(body[offset..].starts_with(at), "{body}: {at} at {offset}");
    assert_eq!(error.path(), path, "{body}");
}

#[test]
fn in_json_tell_kind_place_and_path() {
    let target = |value: &str| {
        format!(
            r#"{{"InputParameters":[{{"key":"Target","value":{{"__type":"Entity:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Attributes":[{{"key":"a","value":1}},{{"key":"revenue","value":{value}}}]}}}}]}}"#
        )
    };
    let money =
        r#"{"__type":"Money:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Value":"much"}"#;
    let revenue = r#"InputParameters["Target"].Attributes["revenue"]"#;
    check(
        Json,
        &target(money),
        &ErrorKind::BadValue("Decimal"),
        "\"much\"",
        &format!("{revenue}.Value"),
    );
    check(Json, &target("tru"), &ErrorKind::Expected("a value"), "tru", revenue);
    check(Json, &target("1E999"), &ErrorKind::BadValue("number"), "1E999", revenue);
    check(Json, &target("\"\u{1}\""), &ErrorKind::ForbiddenCharacter, "\u{1}", revenue);
    check(Json, &target("\"\\x\""), &ErrorKind::BadEscape, "\\x", revenue);
    check(Json, &target("\"\\ud83d\\u0041\""), &ErrorKind::BadEscape, "\"", revenue);
    check(Json, r#"{"Depth":null}"#, &ErrorKind::Expected("a number"), "null", "Depth");
    check(Json, r#"{"Depth":1.5}"#, &ErrorKind::BadValue("Int32"), "1.5", "Depth");
    check(Json, r#"{"UserId":"x"}"#, &ErrorKind::BadValue("Guid"), "\"x\"", "UserId");
    check(
        Json,
        r#"{"OperationCreatedOn":"2017-09-26"}"#,
        &ErrorKind::BadValue("DateTime"),
        "\"2017",
        "OperationCreatedOn",
    );
    check(
        Json,
        r#"{"Depth":1,"Depth":2}"#,
        &ErrorKind::DuplicateMember("Depth".into()),
        "\"Depth\":2",
        "",
    );
    check(
        Json,
        r#"{"Depth":1"Mode":2}"#,
        &ErrorKind::Expected("a comma or the end of the object"),
        "\"Mode",
        "",
    );
    check(Json, r#"{"Depth":1} x"#, &ErrorKind::TrailingContent, "x", "");
    check(Json, "[1]", &ErrorKind::Expected("an object"), "[1]", "");
    check(Json, r#"{"Depth":1"#, &ErrorKind::UnexpectedEnd, "", "");
    check(Json, "", &ErrorKind::Wrapped(Wrapping::Empty), "", "");
    check(
        Json,
        r#"{"SharedVariables":[{"key":"a","value":1},{"value":1}]}"#,
        &ErrorKind::Violation(xrm_context::contract::Violation::MissingKey),
        "]}",
        "SharedVariables[1]",
    );
    check(
        Json,
        r#"{"SharedVariables":[{"key":"a","value":1},{"key":"a","value":2}]}"#,
        &ErrorKind::Violation(xrm_context::contract::Violation::DuplicateKey),
        "]}",
        "SharedVariables",
    );
}

#[test]
fn in_xml_tell_kind_place_and_path() {
    let revenue = |value: &str| {
        xml(&format!(
            "<InputParameters xmlns:a=\"http://schemas.datacontract.org/2004/07/System.Collections.Generic\">\
             <KeyValuePairOfstringanyType><a:key>Target</a:key><a:value i:type=\"Entity\"><Attributes>\
             <KeyValuePairOfstringanyType><a:key>revenue</a:key>{value}</KeyValuePairOfstringanyType>\
             </Attributes></a:value></KeyValuePairOfstringanyType></InputParameters>"
        ))
    };
    let path = r#"InputParameters["Target"].Attributes["revenue"]"#;
    let money = "<a:value i:type=\"Money\"><Value>much</Value></a:value>";
    check(Xml, &revenue(money), &ErrorKind::BadValue("Decimal"), "much", &format!("{path}.Value"));
    let untyped = "<a:value>1</a:value>";
    check(Xml, &revenue(untyped), &ErrorKind::MissingType, "<a:value>1", path);
    let unbound = "<a:value i:type=\"z:int\">1</a:value>";
    check(Xml, &revenue(unbound), &ErrorKind::UndeclaredPrefix("z".into()), "<a:value i", path);
    check(Xml, &xml("<Depth>one</Depth>"), &ErrorKind::BadValue("Int32"), "one", "Depth");
    check(Xml, &xml("<Depth>1</Mode>"), &ErrorKind::MismatchedEndTag, "Mode>", "Depth");
    check(
        Xml,
        &xml("<Depth>1<b/></Depth>"),
        &ErrorKind::Expected("a text or an end tag"),
        "<b/>",
        "Depth",
    );
    check(
        Xml,
        &xml("<Depth>1</Depth><Depth>1</Depth>"),
        &ErrorKind::DuplicateMember("Depth".into()),
        "<Depth>1</Depth></",
        "",
    );
    check(Xml, &xml("text"), &ErrorKind::Expected("an element or an end tag"), "text", "");
    check(
        Xml,
        &xml("<MessageName>&nbsp;</MessageName>"),
        &ErrorKind::BadEscape,
        "&nbsp;",
        "MessageName",
    );
    check(
        Xml,
        &xml("<MessageName>\u{1}</MessageName>"),
        &ErrorKind::ForbiddenCharacter,
        "\u{1}",
        "MessageName",
    );
    check(Xml, &xml("<?pi?>"), &ErrorKind::NotAllowed("processing instruction"), "<?pi", "");
    check(
        Xml,
        &format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{}", xml("")),
        &ErrorKind::NotAllowed("document type declaration"),
        "<!DOCTYPE",
        "",
    );
    check(Xml, "<Entity/>", &ErrorKind::WrongRoot, "<Entity/>", "");
    check(Xml, &(xml("") + "<x/>"), &ErrorKind::TrailingContent, "<x/>", "");
    check(Xml, XML_START, &ErrorKind::UnexpectedEnd, "", "");
    check(Xml, "", &ErrorKind::Wrapped(Wrapping::Empty), "", "");
}

fn limited(format: MessageFormat, body: &str, limits: Limits) -> Result<(), Error> {
    decode_with(body.as_bytes(), &DecodeOptions::new(format).limits(limits)).map(drop)
}

#[test]
fn limits_are_exact() {
    let nested = |depth: usize| {
        let (open, close) = ("{\"ParentContext\":".repeat(depth - 1), "}".repeat(depth - 1));
        format!("{open}{{}}{close}")
    };
    let default = Limits::default();
    assert!(limited(Json, &nested(128), default).is_ok());
    let error = limited(Json, &nested(129), default).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Limit("depth", 128));

    let array = |depth: usize| {
        let value = "[".repeat(depth) + &"]".repeat(depth);
        format!("{{\"SharedVariables\":[{{\"key\":\"k\",\"value\":{value}}}]}}")
    };
    assert!(limited(Json, &array(125), default).is_ok());
    assert!(limited(Json, &array(126), default).is_err());
    let deep = default.depth(300);
    assert!(limited(Json, &array(297), deep).is_ok());

    let empty = |depth: usize| {
        let (open, close) = ("{\"ParentContext\":".repeat(depth - 2), "}".repeat(depth - 2));
        format!("{open}{{\"SharedVariables\":[]}}{close}")
    };
    assert!(limited(Json, &empty(128), default).is_ok());
    assert!(limited(Json, &empty(129), default).is_err());

    let elements = |depth: usize| {
        xml(&("<ParentContext>".repeat(depth - 1) + &"</ParentContext>".repeat(depth - 1)))
    };
    assert!(limited(Xml, &elements(128), default).is_ok());
    let error = limited(Xml, &elements(129), default).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Limit("depth", 128));

    let attributes = |count: usize| {
        let all: String = (0..count).map(|at| format!(" a{at}=\"\"")).collect();
        xml(&format!("<MessageName{all}>Update</MessageName>"))
    };
    assert!(limited(Xml, &attributes(128), default).is_ok());
    let error = limited(Xml, &attributes(129), default).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Limit("attributes", 128));

    // Two are those of the root.
    let declarations = |outer: usize, inner: usize| {
        let some = |count: usize, of: &str| -> String {
            (0..count).map(|at| format!(" xmlns:{of}{at}=\"u\"")).collect()
        };
        let [outer, inner] = [some(outer, "p"), some(inner, "q")];
        xml(&format!("<Unknown{outer}><a{inner}/><a{inner}/></Unknown>"))
    };
    assert!(limited(Xml, &declarations(1_000, 22), default).is_ok());
    let error = limited(Xml, &declarations(1_000, 23), default).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Limit("declarations in scope", 1_024));
    assert!(limited(Xml, &declarations(1_000, 23), default.attributes(129)).is_ok());

    let small = default.string(20);
    let named = |format, name: &str| match format {
        Json => format!("{{\"MessageName\":\"{name}\"}}"),
        _ => xml(&format!("<MessageName>{name}</MessageName>")),
    };
    assert!(limited(Json, &named(Json, &"x".repeat(20)), small).is_ok());
    let error = limited(Json, &named(Json, &"x".repeat(21)), small).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Limit("bytes of a string", 20));
    let small = default.string(60);
    assert!(limited(Xml, &named(Xml, &"x".repeat(60)), small).is_ok());
    assert!(limited(Xml, &named(Xml, &"x".repeat(61)), small).is_err());

    let few = default.members(2);
    let items = |count: usize| {
        let items = vec!["1"; count].join(",");
        format!("{{\"SharedVariables\":[{{\"key\":\"k\",\"value\":[{items}]}}]}}")
    };
    assert!(limited(Json, &items(2), few).is_ok());
    assert!(limited(Json, &items(3), few).is_err());

    let short = default.bytes(2);
    assert!(limited(Json, "{}", short).is_ok());
    let error = limited(Json, "{ }", short).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Limit("bytes", 2));
}

#[test]
fn a_body_that_is_not_utf_8_is_refused_where_it_breaks() {
    let error = decode(b"{\"MessageName\":\"\xff\"}", Json).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (&ErrorKind::NotUtf8, Some(16)));
}

#[test]
fn offsets_count_a_byte_order_mark() {
    assert!(decode("\u{feff}{}".as_bytes(), Json).is_ok());
    let error = decode("\u{feff}{x}".as_bytes(), Json).unwrap_err();
    assert_eq!(error.offset(), Some(4));
}

/// Offsets count the bytes of the body as it is, not those of its text in UTF-8.
#[test]
fn offsets_in_utf_16_are_those_of_the_body() {
    let check = |format: MessageFormat, mark: &str, text: &str, bytes: fn(u16) -> [u8; 2]| {
        let units = |text: &str| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
        let body = units(&format!("{mark}{text}"));
        let error = decode(&body, format).unwrap_err();
        let offset = error.offset().unwrap();
        assert!(body[offset..].starts_with(&units("!")), "{text}: at {offset} of {}", body.len());
    };
    let json = r#"{"MessageName":"日本, 𝄞"!}"#;
    check(Json, "", json, u16::to_le_bytes);
    check(Json, "", json, u16::to_be_bytes);
    let content = xml("<MessageName>日本, 𝄞</MessageName>!");
    let declared = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>{content}");
    check(Xml, "\u{feff}", &declared, u16::to_le_bytes);
    check(Xml, "\u{feff}", &declared, u16::to_be_bytes);

    // Seven units, of which some have three bytes in UTF-8.
    let body = b"{\0\"\0ta\"1.,](}\n";
    let error = decode(body, Json).unwrap_err();
    assert_eq!(error.offset(), Some(body.len()));
}

#[test]
fn what_can_not_be_written_leaves_the_buffer_alone() {
    let target = Entity { entity_state: Some(EntityState(99)), ..Entity::new("account") };
    let context = RemoteExecutionContext {
        input_parameters: [("Target", target)].into(),
        ..RemoteExecutionContext::default()
    };
    assert!(encode(&context, Json).is_ok());
    let mut out = b"before".to_vec();
    let options = xrm_body::EncodeOptions::new(Xml);
    let error = xrm_body::encode_with(&context, &options, &mut out).unwrap_err();
    let kind = ErrorKind::EnumWithoutName { enumeration: "EntityState", value: 99 };
    assert_eq!((error.kind(), out.as_slice()), (&kind, b"before".as_slice()));
}

/// Each error of writing names the place of the first value that the format does not have, as one of
/// reading does.
#[test]
fn writing_tells_the_path() {
    let odd = Entity { entity_state: Some(EntityState(99)), ..Entity::new("account") };
    let early = Entity::new("account")
        .with("name", "Contoso")
        .with("createdon", DateTime::unspecified(0).expect("the first instant"));
    let with = |value: Value| RemoteExecutionContext {
        // The default date is out of range to the east, too.
        operation_created_on: DateTime::utc(1).expect("an instant"),
        input_parameters: [("First", Value::from(1)), ("Target", value)].into(),
        ..RemoteExecutionContext::default()
    };
    let related = Entity {
        related_entities: [(
            Relationship::new("account_contacts"),
            EntityCollection::new("contact", [Entity::new("contact"), odd.clone()]),
        )]
        .into(),
        ..Entity::new("account")
    };
    let kept = |json: &str| decode(json.as_bytes(), Json).expect(json);
    let target = r#"InputParameters["Target"]"#;
    let east = xrm_body::EncodeOptions::new(Json).zone(xrm_body::Fixed(60));
    let xml = xrm_body::EncodeOptions::new(Xml);
    let cases = [
        (with(odd.clone().into()), &xml, format!("{target}.EntityState")),
        (
            with(related.into()),
            &xml,
            format!("{target}.RelatedEntities[\"account_contacts\"].Entities[1].EntityState"),
        ),
        (with(OrganizationRequest::default().into()), &xml, target.to_owned()),
        (
            RemoteExecutionContext {
                parent_context: Some(Box::new(with(odd.into()))),
                ..RemoteExecutionContext::default()
            },
            &xml,
            format!("ParentContext.{target}.EntityState"),
        ),
        (with(early.into()), &east, format!("{target}.Attributes[\"createdon\"]")),
        (RemoteExecutionContext::default(), &east, "OperationCreatedOn".to_owned()),
        (
            kept(r#"{"SharedVariables":[{"key":"v","value":[1,[null,{"__type":"Poco:x"}]]}]}"#),
            &xml,
            "SharedVariables[\"v\"][1][1]".to_owned(),
        ),
        (kept(r#"{"Depth":1,"New":2}"#), &xml, "New".to_owned()),
        (
            kept(r#"{"OwningExtension":{"Name":"n","New":2}}"#),
            &xml,
            "OwningExtension.New".to_owned(),
        ),
        (
            kept(r#"{"SharedVariables":[{"key":"v","value":1,"new":2}]}"#),
            &xml,
            "SharedVariables[0].new".to_owned(),
        ),
    ];
    for (context, options, path) in cases {
        let mut out = Vec::new();
        let error = xrm_body::encode_with(&context, options, &mut out).unwrap_err();
        assert_eq!(error.path(), path, "{error}");
        assert_eq!(xrm_body::encoded_size(&context, options), Err(error));
    }
}

#[test]
fn a_date_out_of_the_zones_range_is_refused_in_json() {
    let east = xrm_body::Fixed(60);
    let context = RemoteExecutionContext::default();
    let mut out = Vec::new();
    let options = xrm_body::EncodeOptions::new(Json).zone(east);
    let error = xrm_body::encode_with(&context, &options, &mut out).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::DateOutOfRange);
    let options = xrm_body::EncodeOptions::new(Xml).zone(east);
    assert!(xrm_body::encode_with(&context, &options, &mut out).is_ok());
}

#[test]
fn an_error_holds_no_value_of_the_body() {
    let body = r#"{"MessageName":"Update","UserId":"confidential"}"#;
    let error = decode(body.as_bytes(), Json).unwrap_err();
    assert_eq!(error.to_string(), "UserId: the text is no Guid (at byte 33)");
    assert!(!format!("{error:?}").contains("confidential"));
}

#[test]
fn nulls_are_values() {
    let body = r#"{"SharedVariables":[{"key":"k","value":null}]}"#;
    let context = decode(body.as_bytes(), Json).unwrap();
    assert_eq!(context.shared_variables.get("k"), Some(&Value::Null));
}
