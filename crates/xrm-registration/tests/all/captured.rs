//! Contexts are those of `fixtures/captured`, made anew from what their operations were.

use serde_json::Value as Json;
use xrm_body::{MessageFormat, decode, encode};
use xrm_context::{Entity, EntityImageCollection, Mode, RemoteExecutionContext};
use xrm_registration::{
    Attributes, Caller, Image, Job, MainOperation, Operation, Organization, Registration, Step,
};

use crate::step::step;

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
    Step {
        id: owner.id,
        name: owner.name.unwrap_or_else(|| "not told".into()),
        stage: context.stage,
        mode: context.mode,
        images: images_of_step,
        ..step(message, context.primary_entity_name.as_deref())
    }
}

fn columns(record: Option<&Entity>) -> Attributes {
    record.into_iter().flat_map(|it| it.attributes.keys()).collect()
}

/// A record with all that images tell of it, and with columns that no image has.
fn record(images: &EntityImageCollection) -> Option<Entity> {
    let mut images = images.iter().filter_map(|(_, image)| image.clone());
    let mut record = images.next()?;
    for image in images {
        record.attributes.extend(image.attributes);
        record.formatted_values.extend(image.formatted_values);
    }
    record.formatted_values.insert("unregistered", Some("label".to_owned()));
    Some(record.with("unregistered", "value"))
}

fn operation_of(context: &RemoteExecutionContext, id: &str, name: Option<&str>) -> Operation {
    let parent = context.parent_context.as_deref().expect("every captured body has a parent");
    let table = context.primary_entity_name.as_deref();
    let mut operation = Operation::new(context.message_name.as_deref().unwrap_or_default(), table);
    operation.record_id = context.primary_entity_id;
    operation.primary_id_column = Some(id.to_owned());
    operation.primary_name_column = name.map(str::to_owned);
    operation.before = record(&context.pre_entity_images);
    operation.after = record(&context.post_entity_images);
    operation.input_parameters = context.input_parameters.clone();
    operation.output_parameters = context.output_parameters.clone();
    operation.shared_variables = context.shared_variables.clone();
    operation.caller = Caller {
        user_id: context.user_id,
        user_azure_active_directory_object_id: context.user_azure_active_directory_object_id,
        initiating_user_id: context.initiating_user_id,
        initiating_user_azure_active_directory_object_id: context
            .initiating_user_azure_active_directory_object_id,
        initiating_user_agent: context.initiating_user_agent.clone(),
        business_unit_id: context.business_unit_id,
    };
    let organization_name = context.organization_name.clone();
    operation.organization = Organization { id: context.organization_id, name: organization_name };
    operation.correlation_id = context.correlation_id;
    operation.request_id = context.request_id;
    operation.depth = context.depth;
    operation.main_operation = Some(MainOperation {
        input_parameters: parent.input_parameters.clone(),
        shared_variables: parent.shared_variables.clone(),
        ..main_operation(context, parent)
    });
    operation
}

/// What a parent has of its own is told of synchronous steps, and of the one body whose parent is a
/// query of another table.
fn main_operation(
    context: &RemoteExecutionContext,
    parent: &RemoteExecutionContext,
) -> MainOperation {
    let is_synchronous = context.mode == Mode::SYNCHRONOUS;
    let table = parent.primary_entity_name.clone();
    MainOperation {
        owning_extension: parent.owning_extension.clone().filter(|_| is_synchronous),
        created_on: is_synchronous.then_some(parent.operation_created_on),
        table: table.filter(|it| it == "sharepointdocument"),
        ..MainOperation::default()
    }
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

/// `id` and `name` are the columns that hold a record's id and primary name.
fn check(file: &str, id: &str, name: Option<&str>) {
    let path = format!("{}/../../fixtures/captured/{file}", env!("CARGO_MANIFEST_DIR"));
    let body = std::fs::read(path).expect("the fixture is there");
    let captured = decode(&body, MessageFormat::Json).expect("it is a body");

    let registration = Registration::new(vec![], vec![step_of(&captured)]);
    let operation = operation_of(&captured, id, name);
    let job = Job { id: captured.operation_id, created_on: captured.operation_created_on };
    let fired = registration.fire(&operation, |_| job);
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
    check("005.json", "albxrm_alltypesid", Some("albxrm_name"));
    check("007.json", "activityid", Some("subject"));
    check("009.json", "sharepointdocumentlocationid", Some("name"));
    check("010.json", "accountid", Some("name"));
    check("012.json", "contactid", Some("fullname"));
    check("013.json", "msdyn_agentstatusid", None);
    check("014.json", "msdyn_agentstatusid", None);
    check("015.json", "ukho_externalnotificationid", None);
}
