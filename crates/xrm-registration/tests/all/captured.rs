//! Contexts are those of `fixtures/captured`, made anew from what their operations were.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use xrm_body::{MessageFormat, decode, encode};
use xrm_context::{Entity, EntityImageCollection, RemoteExecutionContext};
use xrm_registration::{Attributes, Image, Job, Operation, Registration, Step};

use crate::changed;
use crate::step::step;

const FILES: &[&str] = &[
    "005.json", "007.json", "009.json", "010.json", "012.json", "013.json", "014.json", "015.json",
];

/// The one whose main operation is a query as a tree.
const QUERY: &str = "009.json";

const AUTOMATIC: &str = "AsynchronousStepPrimaryName";

/// Members that came with later versions than some of the servers had.
const OF_LATER_VERSIONS: &[&str] = &[
    "InitiatingUserAgent",
    "InitiatingUserAzureActiveDirectoryObjectId",
    "UserAzureActiveDirectoryObjectId",
];

/// The step that the context names, with the images that it has.
fn step_of(context: &RemoteExecutionContext) -> Step {
    let owner = context.owning_extension.clone().unwrap_or_default();
    let images = |of: &EntityImageCollection, image: fn(&str, Attributes) -> Image| -> Vec<_> {
        let registered = of.iter().filter(|(alias, _)| *alias != AUTOMATIC);
        registered.map(|(alias, it)| image(alias, columns(it.as_ref()))).collect()
    };
    let mut images_of_step = images(&context.pre_entity_images, Image::pre);
    images_of_step.extend(images(&context.post_entity_images, Image::post));
    let message = context.message_name.as_deref().unwrap_or_default();
    changed(step(message, context.primary_entity_name.as_deref()), |it| {
        it.id = owner.id;
        it.name = owner.name.unwrap_or_else(|| "not told".into());
        it.stage = context.stage;
        it.mode = context.mode;
        it.images = images_of_step;
    })
}

fn columns(record: Option<&Entity>) -> Attributes {
    record.into_iter().flat_map(|it| it.attributes.keys()).collect()
}

/// The operation that the context tells of, with columns that no image has.
fn operation_of(context: &RemoteExecutionContext) -> Operation {
    let mut operation = Operation::from_context(context);
    for record in [&mut operation.before, &mut operation.after].into_iter().flatten() {
        record.attributes.insert("unregistered", "value");
        record.formatted_values.insert("unregistered", Some("label".to_owned()));
    }
    operation
}

/// Removes what the server of `expected` did not know yet.
fn drop_later_members(made: &mut Json, expected: &Json) {
    let (Some(made), Some(expected)) = (made.as_object_mut(), expected.as_object()) else { return };
    made.retain(|name, _| {
        expected.contains_key(name) || !OF_LATER_VERSIONS.contains(&name.as_str())
    });
    if let (Some(made), Some(expected)) =
        (made.get_mut("ParentContext"), expected.get("ParentContext"))
    {
        drop_later_members(made, expected);
    }
}

fn body(file: &str) -> Vec<u8> {
    let path = format!("{}/../../fixtures/captured/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("the fixture is there")
}

fn context(file: &str) -> RemoteExecutionContext {
    decode(&body(file), MessageFormat::Json).expect("it is a body")
}

/// What was written down beside a body: an operation, or a registration.
fn written<T: DeserializeOwned>(file: &str, what: &str) -> T {
    let name = file.replace(".json", &format!(".{what}.json"));
    let path = format!("{}/../../fixtures/pipeline/{name}", env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read(path).expect("the fixture is there");
    serde_json::from_slice(&document).expect("it is a document")
}

/// The operation makes the step of the registration post the body, but for ids and times.
fn check(file: &str, operation: &Operation, registration: &Registration) {
    let (body, captured) = (body(file), context(file));
    let job = Job::new(captured.operation_id, captured.operation_created_on);
    let fired = registration.fire(operation, |_| job);
    assert_eq!(fired.len(), 1, "{file}");

    let made = encode(&fired[0].context, MessageFormat::Json).expect("it can be written");
    let mut made: Json = serde_json::from_slice(&made).expect("it is JSON");
    let mut expected: Json = serde_json::from_slice(&body).expect("it is JSON");
    drop_later_members(&mut made, &expected);
    if file == "012.json" {
        // Who published it replaced the organization's name in one place of two.
        expected["ParentContext"]["OrganizationName"] = expected["OrganizationName"].clone();
    }
    assert_eq!(made, expected, "{file}");
}

#[test]
fn contexts_are_those_that_servers_sent() {
    for file in FILES.iter().filter(|it| **it != QUERY) {
        check(file, &written(file, "operation"), &written(file, "registration"));
    }
}

#[test]
fn what_a_context_tells_makes_it_again() {
    for file in FILES {
        let captured = context(file);
        let registration = Registration::new(vec![], vec![step_of(&captured)]);
        check(file, &operation_of(&captured), &registration);
    }
}

#[test]
fn columns_of_id_and_primary_name_are_told_by_the_image_of_asynchronous_steps() {
    let check = |file, id: Option<&str>, name: Option<&str>| {
        let operation = Operation::from_context(&context(file));
        let found = (operation.primary_id_column, operation.primary_name_column);
        assert_eq!(found, (id.map(str::to_owned), name.map(str::to_owned)), "{file}");
    };
    check("005.json", Some("albxrm_alltypesid"), Some("albxrm_name"));
    check("007.json", Some("activityid"), Some("subject"));
    check("012.json", Some("contactid"), Some("fullname"));
    check("015.json", Some("ukho_externalnotificationid"), None);
    // Of a synchronous step.
    check("010.json", None, None);
}

#[test]
fn what_a_context_tells_can_be_kept_as_a_document() {
    for file in FILES {
        let operation = Operation::from_context(&context(file));
        let document = serde_json::to_string(&operation);
        if *file == QUERY {
            let error = document.unwrap_err().to_string();
            let expected = "a QueryExpression has no notation in a document of an operation";
            assert_eq!(error, expected);
            continue;
        }
        let read: Operation = serde_json::from_str(&document.unwrap()).unwrap();
        assert_eq!(read, operation, "{file}");
    }
}
