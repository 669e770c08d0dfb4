//! The schemas and the types agree: what one takes, the other does.

mod validator;

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use xrm_context::{Mode, Stage};
use xrm_registration::{
    AuthType, ConnectionMode, Contract, EventHandlerType, ImageType, MessageFormatCode,
    NamespaceFormat, Operation, Registration, StepState, SupportedDeployment, UserClaim, schema,
};

use crate::changed;
use crate::diff::any_registration;
use crate::document::DOCUMENT as REGISTRATION_IN_TOML;
use crate::operation_document::{DOCUMENT as OPERATION, operation};
use crate::step::step;
use validator::Validator;

fn registration_schema() -> Validator {
    Validator::new(schema::REGISTRATION)
}

fn operation_schema() -> Validator {
    Validator::new(schema::OPERATION)
}

/// A registration whose document has every member.
fn full_registration() -> Json {
    serde_json::from_str(include_str!("schema/registration.json")).expect("it is JSON")
}

/// An operation whose document has every member, and a value of every type.
fn full_operation() -> Json {
    serde_json::from_str(include_str!("schema/operation.json")).expect("it is JSON")
}

/// Both take the document, or neither does.
#[track_caller]
fn agree<T: DeserializeOwned>(schema: &Validator, document: &Json) {
    let read = serde_json::from_value::<T>(document.clone()).map(|_| ());
    let checked = schema.check(document);
    assert_eq!(read.is_ok(), checked.is_ok(), "{read:?}, {checked:?}: {document}");
}

/// Every document that differs from this one in one place: something else stands there, a member is
/// missing or is one too many.
fn variations(document: &Json) -> Vec<Json> {
    let others = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(99_999),
        json!(2_147_483_648_u64),
        json!(u64::MAX),
        json!("?"),
        json!({}),
        json!({"?": 1}),
    ];
    let mut variations = Vec::new();
    for place in places(document) {
        let at = document.pointer(&place).expect("it is a place of the document");
        let mut vary = |change: &mut dyn FnMut(&mut Json)| {
            let mut varied = document.clone();
            change(varied.pointer_mut(&place).expect("it is a place of the document"));
            variations.push(varied);
        };
        others.iter().for_each(|other| vary(&mut |it| *it = other.clone()));
        let Json::Object(members) = at else {
            vary(&mut |it| *it = json!([null]));
            continue;
        };
        // A list in the place of an object is one of its members' values to serde, and left out here.
        vary(&mut |it| it["?"] = json!(1));
        for member in members.keys() {
            vary(&mut |it| drop(it.as_object_mut().and_then(|it| it.remove(member))));
        }
    }
    variations
}

fn places(document: &Json) -> Vec<String> {
    let mut places = Vec::new();
    collect_places(document, String::new(), &mut places);
    places
}

fn collect_places(at: &Json, place: String, places: &mut Vec<String>) {
    match at {
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_places(item, format!("{place}/{index}"), places);
            }
        }
        Json::Object(members) => {
            for (name, member) in members {
                collect_places(member, format!("{place}/{}", name.replace('/', "~1")), places);
            }
        }
        _ => {}
    }
    places.push(place);
}

#[test]
fn the_schema_of_registrations_takes_what_is_one() {
    let (schema, full) = (registration_schema(), full_registration());
    schema.check(&full).expect("it is a registration");
    serde_json::from_value::<Registration>(full.clone()).expect("it is a registration");
    variations(&full).iter().for_each(|it| agree::<Registration>(&schema, it));

    let document: Json = toml::from_str(REGISTRATION_IN_TOML).expect("it is TOML");
    schema.check(&document).expect("it is a registration");
}

#[test]
fn the_schema_of_operations_takes_what_is_one() {
    let (schema, full) = (operation_schema(), full_operation());
    schema.check(&full).expect("it is an operation");
    serde_json::from_value::<Operation>(full.clone()).expect("it is an operation");
    variations(&full).iter().for_each(|it| agree::<Operation>(&schema, it));

    let document: Json = serde_json::from_str(OPERATION).expect("it is JSON");
    schema.check(&document).expect("it is an operation");
}

/// What serde says of a member that it does not know tells which it knows.
fn known_members<T: DeserializeOwned>(document: &Json, place: &str) -> Option<BTreeSet<String>> {
    let mut document = document.clone();
    document.pointer_mut(place)?.as_object_mut()?.insert("?".to_owned(), json!(1));
    let error = serde_json::from_value::<T>(document).err()?.to_string();
    let known = error.strip_prefix("unknown field `?`, expected ")?;
    Some(known.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

/// Of every type, there is one object in the document that has all members.
#[track_caller]
fn check_full<T: DeserializeOwned>(schema: &Validator, document: &Json) {
    let (mut known, mut full) = (BTreeSet::new(), BTreeSet::new());
    for place in places(document) {
        if let Some(members) = known_members::<T>(document, &place) {
            let object = document.pointer(&place).and_then(Json::as_object);
            full.extend(object.map(|it| it.keys().cloned().collect::<BTreeSet<_>>()));
            known.insert(members);
        }
    }
    assert_eq!(known.difference(&full).collect::<Vec<_>>(), Vec::<&BTreeSet<_>>::new());

    // Nor has the schema any other.
    let mut tried = BTreeSet::new();
    collect_members(document, &mut tried);
    assert_eq!(schema.members().difference(&tried).collect::<Vec<_>>(), Vec::<&String>::new());
}

fn collect_members(at: &Json, members: &mut BTreeSet<String>) {
    match at {
        Json::Array(items) => items.iter().for_each(|it| collect_members(it, members)),
        Json::Object(object) => {
            members.extend(object.keys().cloned());
            object.values().for_each(|it| collect_members(it, members));
        }
        _ => {}
    }
}

#[test]
fn every_member_is_tried() {
    check_full::<Registration>(&registration_schema(), &full_registration());
    check_full::<Operation>(&operation_schema(), &full_operation());
}

#[test]
fn every_type_of_a_value_is_known() {
    let operation = json!({"message": "Test", "input_parameters": {"it": {"?": 1}}});
    let error = serde_json::from_value::<Operation>(operation).expect_err("there is no such type");
    let text = error.to_string();
    let (_, known) = text.split_once("known are ").expect("it lists them");
    let (names, _) = known.split_once(", and arrays").expect("the list ends so");
    let schema = operation_schema();
    let listed = schema.definition("typed_value")["properties"].as_object();
    let listed: BTreeSet<_> =
        listed.into_iter().flat_map(|it| it.keys().map(String::as_str)).collect();
    assert_eq!(listed, names.split(", ").collect());
}

/// The labels of a choice are those that its type has.
#[track_caller]
fn check_labels<T: DeserializeOwned + Serialize>(choice: &str, of_number: fn(i32) -> T) {
    let schema = registration_schema();
    let listed: BTreeSet<_> = schema.definition(choice)["anyOf"][0]["enum"]
        .as_array()
        .expect("a choice has labels")
        .iter()
        .map(|it| it.as_str().expect("a label is a text").to_owned())
        .collect();
    let written = (-1..64).chain([4602, 4618]).map(|it| json!(of_number(it)));
    let labels: BTreeSet<_> = written.filter_map(|it| it.as_str().map(str::to_owned)).collect();
    assert_eq!(listed, labels, "{choice}");
}

#[test]
fn labels_are_those_of_the_types() {
    check_labels("contract", Contract);
    check_labels("message_format", MessageFormatCode);
    check_labels("auth_type", AuthType);
    check_labels("user_claim", UserClaim);
    check_labels("connection_mode", ConnectionMode);
    check_labels("namespace_format", NamespaceFormat);
    check_labels("event_handler_type", EventHandlerType);
    check_labels("supported_deployment", SupportedDeployment);
    check_labels("step_state", StepState);
    check_labels("image_type", ImageType);
    for choice in ["stage", "mode"] {
        let (one, other) = (registration_schema(), operation_schema());
        assert_eq!(one.definition(choice), other.definition(choice));
    }
}

#[test]
fn stages_and_modes_have_their_labels() {
    let schema = registration_schema();
    for number in -1..64 {
        let step = changed(step("Update", None), |it| {
            it.stage = Stage(number);
            it.mode = Mode(number);
        });
        let registration = Registration::new(vec![], vec![step]);
        schema.check(&json!(registration)).expect("it is a registration");
    }
}

proptest! {
    #[test]
    fn the_schema_takes_any_registration(registration in any_registration()) {
        let checked = registration_schema().check(&json!(registration));
        prop_assert_eq!(checked, Ok(()));
    }

    #[test]
    fn the_schema_takes_any_operation(operation in operation()) {
        let checked = operation_schema().check(&json!(operation));
        prop_assert_eq!(checked, Ok(()));
    }
}
