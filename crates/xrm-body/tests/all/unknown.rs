//! What this version does not know goes through unchanged.

use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{DecodeOptions, MessageFormat, decode, decode_with, encode};
use xrm_context::Value;
use xrm_context::query::ColumnSet;

const ROOT: &str = "<RemoteExecutionContext \
    xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\" \
    xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">";
const GENERIC: &str = "http://schemas.datacontract.org/2004/07/System.Collections.Generic";

fn through(format: MessageFormat, body: &str) -> String {
    let context = decode(body.as_bytes(), format).unwrap_or_else(|error| panic!("{body}: {error}"));
    String::from_utf8(encode(&context, format).unwrap()).unwrap()
}

fn check(format: MessageFormat, body: &str) {
    assert_eq!(through(format, body), body);
}

#[test]
fn members_in_json() {
    check(Json, r#"{"Depth":1,"NewMember":{"a":[1,2.50,"\/x",null,true,{}]},"Mode":1,"Zed":"z"}"#);
    check(Json, r#"{"__type":"RemoteExecutionContext:x","Depth":1}"#);
    check(
        Json,
        r#"{"SharedVariables":[{"key":"k","value":{"__type":"Money:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Currency":"EUR","Value":1.50}}]}"#,
    );
}

#[test]
fn members_out_of_order_are_put_in_it_once_for_all() {
    let body = r#"{"MessageName":"x","A":1,"Depth":1,"B":2}"#;
    let context = decode(body.as_bytes(), Json).unwrap();
    let written = encode(&context, Json).unwrap();
    assert_eq!(written, br#"{"Depth":1,"B":2,"MessageName":"x","A":1}"#);
    assert_eq!(decode(&written, Json).unwrap(), context);
}

#[test]
fn absent_and_null_members() {
    for format in [Json, Xml] {
        let minimal = match format {
            Json => "{}".to_owned(),
            _ => ROOT.replace("\">", "\"/>"),
        };
        let written = through(format, &minimal);
        assert_eq!(written.replace("></RemoteExecutionContext>", "/>"), minimal);
    }
    check(Json, r#"{"InputParameters":null,"ParentContext":null,"SharedVariables":[]}"#);
    check(
        Xml,
        &format!(
            "{ROOT}<InputParameters i:nil=\"true\"/><MessageName/>\
             </RemoteExecutionContext>"
        ),
    );
}

/// The platform's classes never leave these members null; a body may.
#[test]
fn a_class_that_is_null() {
    let query = r#"{"__type":"QueryExpression:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","ColumnSet":null,"EntityName":"account","PageInfo":null}"#;
    let body = format!(r#"{{"InputParameters":[{{"key":"Query","value":{query}}}]}}"#);
    check(Json, &body);

    let mut context = decode(body.as_bytes(), Json).unwrap();
    let Value::QueryExpression(query) = &mut context.input_parameters["Query"] else {
        panic!("it is a query")
    };
    assert_eq!(query.column_set, ColumnSet::default());
    query.column_set.all_columns = true;
    let written = String::from_utf8(encode(&context, Json).unwrap()).unwrap();
    let columns = r#""ColumnSet":{"AllColumns":true,"AttributeExpressions":[],"Columns":[]}"#;
    assert_eq!(written, body.replace(r#""ColumnSet":null"#, columns));
}

/// Where a class is declared, JSON may hint at a class derived of it.
#[test]
fn a_derived_class_that_is_not_declared() {
    check(
        Json,
        r#"{"OutputParameters":[{"key":"Responses","value":[{"__type":"ExecuteMultipleResponseItem:http:\/\/schemas.microsoft.com\/xrm\/2012\/Contracts","Fault":null,"RequestIndex":0,"Response":{"__type":"UpsertResponse:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","ResponseName":"Upsert","Results":[]}}]}]}"#,
    );
}

#[test]
fn a_derived_class_of_a_base_class_that_is_not_known() {
    let value = r#"{"__type":"KeyValuePairOfRelationshipQueryBaseX_PsK4FkN:#System.Collections.Generic","key":{"PrimaryEntityRole":null,"SchemaName":"r"},"value":{"__type":"NewQuery:x","A":1}}"#;
    check(Json, &format!(r#"{{"InputParameters":[{{"key":"q","value":[{value}]}}]}}"#));
}

#[test]
fn an_absent_member_is_written_once_it_has_a_value() {
    let mut context = decode(br#"{"Depth":1}"#, Json).unwrap();
    context.message_name = Some("Update".into());
    let written = String::from_utf8(encode(&context, Json).unwrap()).unwrap();
    assert_eq!(written, r#"{"Depth":1,"MessageName":"Update"}"#);
}

#[test]
fn types_in_json() {
    let shared = |value: &str| format!(r#"{{"SharedVariables":[{{"key":"k","value":{value}}}]}}"#);
    check(Json, &shared(r#"{"__type":"New:http:\/\/example.com","Value":{"b":[{}]}}"#));
    check(
        Json,
        &shared(
            r#"{"Id":1,"__type":"Entity:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts"}"#,
        ),
    );
    check(Json, &shared(r#"[{"__type":"New:x"},{"a":1},{}]"#));
    let context =
        decode(shared(r#"{"__type":"New:http:\/\/example.com"}"#).as_bytes(), Json).unwrap();
    let Value::Raw(raw) = &context.shared_variables["k"] else { panic!("it is unknown") };
    assert_eq!(raw.type_name().as_deref(), Some("New:http://example.com"));
    let error = encode(&context, Xml).unwrap_err();
    assert!(error.to_string().contains("New:http://example.com"), "{error}");
}

fn xml_value(value: &str) -> String {
    format!(
        "{ROOT}<SharedVariables xmlns:a=\"{GENERIC}\"><KeyValuePairOfstringanyType>\
         <a:key>k</a:key>{value}</KeyValuePairOfstringanyType></SharedVariables>\
         </RemoteExecutionContext>"
    )
}

#[test]
fn types_and_members_in_xml() {
    check(
        Xml,
        &format!(
            "{ROOT}<Depth>1</Depth><New a=\"1\"><b>x</b><c/></New><Mode>1</Mode></RemoteExecutionContext>"
        ),
    );
    check(Xml, &xml_value("<a:value i:type=\"New\"><x>1</x><y i:nil=\"true\"/></a:value>"));
    check(
        Xml,
        &xml_value(
            "<a:value i:type=\"b:New\" xmlns:b=\"urn:n\" xmlns:unused=\"urn:u\"><b:x>1 &lt; 2</b:x><x xmlns=\"\"/></a:value>",
        ),
    );
    check(Xml, &xml_value("<a:value i:type=\"b:int\" xmlns:b=\"urn:not-schema\">1</a:value>"));
    let context =
        decode(xml_value("<a:value i:type=\"b:New\" xmlns:b=\"urn:n\"/>").as_bytes(), Xml).unwrap();
    let Value::Raw(raw) = &context.shared_variables["k"] else { panic!("it is unknown") };
    assert_eq!(raw.type_name().as_deref(), Some("New:urn:n"));
    assert!(encode(&context, Json).unwrap_err().to_string().contains("New:urn:n"));
}

#[test]
fn a_prefix_is_declared_again_where_it_would_mean_something_else() {
    // `p` is declared outside of the value, by an element whose declarations are not kept.
    let body = xml_value("<a:value i:type=\"p:New\"><p:x q:y=\"1\"/></a:value>")
        .replace("<SharedVariables ", "<SharedVariables xmlns:p=\"urn:p\" xmlns:q=\"urn:q\" ");
    let expected = xml_value(
        "<a:value i:type=\"p:New\" xmlns:p=\"urn:p\"><p:x q:y=\"1\" xmlns:q=\"urn:q\"/></a:value>",
    );
    assert_eq!(through(Xml, &body), expected);
    // The value is at home where `b` means one thing, and moves to where it means another.
    let mut context =
        decode(xml_value("<a:value i:type=\"a:New\"><a:x/></a:value>").as_bytes(), Xml).unwrap();
    let raw = context.shared_variables["k"].clone();
    context.shared_variables = Default::default();
    let mut target = xrm_context::EntityReference::default();
    target.key_attributes.insert("k", raw);
    context.owning_extension = Some(target);
    let written = String::from_utf8(encode(&context, Xml).unwrap()).unwrap();
    assert!(
        written
            .contains(&format!("<b:value i:type=\"a:New\" xmlns:a=\"{GENERIC}\"><a:x/></b:value>")),
        "{written}"
    );
    assert!(decode(written.as_bytes(), Xml).is_ok());
}

#[test]
fn a_prefix_that_the_root_binds_otherwise_is_declared_once_for_all() {
    let body = "<RemoteExecutionContext xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\" \
                xmlns:i=\"urn:x\"><Unknown i:nil=\"true\"/></RemoteExecutionContext>";
    let context = decode(body.as_bytes(), Xml).unwrap();
    let written = encode(&context, Xml).unwrap();
    let read = decode(&written, Xml).unwrap();
    assert_eq!(read, context);
    assert_eq!(encode(&read, Xml).unwrap(), written);
}

#[test]
fn blanks_and_comments_between_elements_are_no_content() {
    let body = xml_value(
        "\n <!-- c --> <a:value i:type='Money' >\n<Value>1<![CDATA[.50]]></Value>\t</a:value>",
    );
    let pretty =
        format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n{body}\r\n<!-- end -->");
    assert_eq!(
        through(Xml, &pretty),
        xml_value("<a:value i:type=\"Money\"><Value>1.50</Value></a:value>")
    );
}

#[test]
fn members_of_pairs_in_json() {
    let pairs = r#"[{"New":{"a":[1]},"key":"k","New2":1.50,"value":2,"New3":"z"},{"key":"l","value":null}]"#;
    for member in ["InputParameters", "SharedVariables"] {
        check(Json, &format!(r#"{{"{member}":{pairs}}}"#));
    }
    let record = format!(
        r#"{{"Attributes":{pairs},"FormattedValues":[{{"key":"k","value":"x","New":1}}],"KeyAttributes":{pairs},"RelatedEntities":[{{"key":{{"SchemaName":"r"}},"New":1,"value":null}}]}}"#
    );
    check(Json, &format!(r#"{{"PreEntityImages":[{{"key":"i","value":{record},"New":[]}}]}}"#));
}

#[test]
fn members_of_pairs_in_xml() {
    check(
        Xml,
        &xml_value("<a:value i:nil=\"true\"/><New b=\"1\" xmlns=\"urn:n\"><c/></New>")
            .replace("<a:key>", "<a:New>1</a:New><a:key>"),
    );
    let images = "<PreEntityImages xmlns:a=\"{GENERIC}\"><KeyValuePairOfstringEntitygUGIFE1S>\
                  <a:key>i</a:key><New/><a:value i:nil=\"true\"/>\
                  </KeyValuePairOfstringEntitygUGIFE1S></PreEntityImages>";
    let images = images.replace("{GENERIC}", GENERIC);
    check(Xml, &format!("{ROOT}{images}</RemoteExecutionContext>"));
}

#[test]
fn members_of_pairs_are_refused_by_the_other_format_and_dropped_by_the_platform() {
    let json = r#"{"InputParameters":[{"key":"k","New":1,"value":2}]}"#.to_owned();
    let xml = xml_value("<a:value i:nil=\"true\"/><New/>");
    for (format, body, other) in [(Json, json, Xml), (Xml, xml, Json)] {
        let context = decode(body.as_bytes(), format).unwrap();
        let error = encode(&context, other).unwrap_err();
        assert!(error.to_string().contains("the unknown member `New`"), "{error}");
        let strict = DecodeOptions::new(format).strict();
        let context = decode_with(body.as_bytes(), &strict).unwrap();
        let written = String::from_utf8(encode(&context, format).unwrap()).unwrap();
        assert!(!written.contains("New"), "{written}");
    }
}

#[test]
fn members_of_pairs_stay_with_their_key() {
    let body = r#"{"InputParameters":[{"key":"a","value":1},{"key":"b","value":2,"New":1},{"key":"c","value":3}]}"#;
    let mut context = decode(body.as_bytes(), Json).unwrap();
    let parameters = &mut context.input_parameters;
    assert_eq!(parameters.extra("b").unwrap().unknown().next().unwrap().name(), "New");
    assert!(parameters.extra("a").unwrap().is_plain());
    parameters.insert("b", "other");
    parameters.remove("a");
    let written = String::from_utf8(encode(&context, Json).unwrap()).unwrap();
    let expected =
        r#"{"InputParameters":[{"key":"b","value":"other","New":1},{"key":"c","value":3}]}"#;
    assert_eq!(written, expected);
    let plain = decode(expected.replace(r#","New":1"#, "").as_bytes(), Json).unwrap();
    assert_ne!(context, plain);
}

/// JSON may hint at the type of a pair, which says what the collection says anyway.
#[test]
fn a_hint_at_a_pair() {
    let pair = r#"{"__type":"KeyValuePairOfstringanyType:#System.Collections.Generic","key":"k","value":null}"#;
    let body = format!(r#"{{"SharedVariables":[{pair}]}}"#);
    check(Json, &body);
    let context = decode(body.as_bytes(), Json).unwrap();
    let xml = String::from_utf8(encode(&context, Xml).unwrap()).unwrap();
    assert_eq!(xml, xml_value("<a:value i:nil=\"true\"/>"));
}
