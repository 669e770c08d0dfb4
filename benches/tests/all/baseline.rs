//! The baselines read and write the same bodies.

use xrm_benches::Body;
use xrm_benches::baseline::{self, Money, Object, RemoteExecutionContext, Value};
use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{as_read_from_json, encode};

fn read_json(body: &[u8]) -> RemoteExecutionContext {
    baseline::json::decode(body).expect("the body is JSON")
}

fn read_xml(body: &[u8]) -> RemoteExecutionContext {
    baseline::xml::decode(body).expect("the body is XML")
}

fn text(body: &[u8]) -> &str {
    str::from_utf8(body).expect("the body is UTF-8")
}

/// Tells of two long texts where they part.
#[track_caller]
fn assert_same(ours: &str, theirs: &str) {
    if ours != theirs {
        let parted = ours.chars().zip(theirs.chars()).take_while(|(a, b)| a == b).count();
        let near = |text: &str| text.chars().skip(parted.saturating_sub(40)).take(80).collect();
        let (ours, theirs): (String, String) = (near(ours), near(theirs));
        panic!("ours:   {ours}\ntheirs: {theirs}");
    }
}

#[test]
fn serde_json_writes_our_bodies_but_for_solidi_and_controls() {
    for body in Body::ALL {
        let ours = body.encoded(Json);
        let mut theirs = Vec::new();
        baseline::json::encode(&read_json(&ours), &mut theirs).expect("a buffer takes everything");
        let ours = text(&ours).replace("\\/", "/").replace("\\u000a", "\\n");
        assert_same(&ours, text(&theirs));
    }
}

#[test]
fn quick_xml_writes_our_bodies() {
    for body in Body::ALL {
        let ours = body.encoded(Xml);
        let mut theirs = Vec::new();
        baseline::xml::encode(&read_xml(&ours), &mut theirs).expect("a buffer takes everything");
        assert_same(text(&ours), text(&theirs));
    }
}

/// The XML of what JSON told holds the same scalars, so that both readers must find the same, but
/// for the text of declared dates.
#[test]
fn quick_xml_reads_what_serde_json_reads() {
    for body in Body::ALL {
        let told = as_read_from_json(&body.context());
        let xml = encode(&told, Xml).expect("the context has a body");
        let (mut from_xml, mut from_json) = (read_xml(&xml), read_json(&body.encoded(Json)));
        assert_eq!(dates(&mut from_xml)[0], "2024-05-17T08:15:42Z", "{body}");
        assert_eq!(dates(&mut from_json)[0], "/Date(1715933742000)/", "{body}");
        assert!(from_xml == from_json, "{body}");
    }
}

/// Takes the declared dates out.
fn dates(context: &mut RemoteExecutionContext) -> Vec<String> {
    let mut dates = vec![std::mem::take(&mut context.operation_created_on)];
    if let Some(parent) = &mut context.parent_context {
        dates.extend(self::dates(parent));
    }
    dates
}

#[test]
fn all_of_the_account_update_is_read() {
    for read in
        [read_json(&Body::AccountUpdate.encoded(Json)), read_xml(&Body::AccountUpdate.encoded(Xml))]
    {
        let Value::Object(Object::Entity(target)) = &read.input_parameters[0].value else {
            panic!("the first parameter is the record");
        };
        assert_eq!(target.attributes.len(), 33);
        assert_eq!(read.shared_variables.len(), 2);
        for image in [&read.pre_entity_images[0], &read.post_entity_images[0]] {
            let image = image.value.as_ref().expect("the image is there");
            assert_eq!((image.attributes.len(), image.formatted_values.len()), (29, 8));
        }
        let parent = read.parent_context.as_ref().expect("the caller's context is there");
        assert_eq!(parent.input_parameters.len(), 2);
    }
}

#[test]
fn serde_json_wants_the_type_first() {
    let read = |value| serde_json::from_str::<Value>(value).map_err(|error| error.to_string());
    let money =
        r#"{"__type":"Money:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Value":1.5}"#;
    assert_eq!(read(money), Ok(Value::Object(Object::Money(Money { value: 1.5 }))));
    assert!(read(r#"{"Value":1.5,"__type":"Money"}"#).is_err());
    assert!(read(r#"{"__type":"Nothing","Value":1.5}"#).is_err());
    assert!(read("{}").is_err());
}
