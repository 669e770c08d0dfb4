use uuid::Uuid;
use xrm_context::{
    DateTime, Entity, EntityImageCollection, Key, Mode, RemoteExecutionContext, Stage, Value,
};
use xrm_registration::{Image, Job, MainOperation, Operation, Registration, Step};

use crate::changed;
use crate::step::step;

const RECORD: Uuid = Uuid::from_u128(7);

fn job(step: &Step) -> Job {
    let created_on = DateTime::utc(DateTime::UNIX_EPOCH_TICKS).expect("it is in range");
    Job::new(Uuid::from_u128(step.id.as_u128() + 100), created_on)
}

fn account() -> Entity {
    Entity::new("account").with_id(RECORD)
}

/// The context of an update of an account by a step that was changed like this.
fn context(change: impl FnOnce(&mut Step, &mut Operation)) -> RemoteExecutionContext {
    let mut step = step("Update", Some("account"));
    let mut operation = Operation::on_record("Update", account().with("name", "New"));
    operation.primary_name_column = Some("name".into());
    operation.before = Some(account().with("name", "Old").with("fax", "1"));
    operation.after = Some(account().with("name", "New").with("fax", "1"));
    operation.output_parameters.insert("answer", 42);
    change(&mut step, &mut operation);
    operation.context(&step, job(&step))
}

/// The columns of images: aliases and logical names.
fn columns(images: &EntityImageCollection) -> Vec<(&str, Vec<&str>)> {
    images
        .iter()
        .map(|(alias, image)| {
            let image = image.as_ref().expect("no image is null");
            let names: Vec<_> = image.attributes.keys().map(Key::as_str).collect();
            assert_eq!((image.id, image.logical_name.as_deref()), (RECORD, Some("account")));
            (alias.as_str(), names)
        })
        .collect()
}

#[test]
fn images_hold_their_attributes() {
    let context = context(|step, _| {
        step.images = vec![
            Image::pre("Before", "fax,unknown"),
            Image::post("After", "name"),
            Image::both("Both", ""),
        ];
    });
    let before = columns(&context.pre_entity_images);
    assert_eq!(before, [("Before", vec!["fax"]), ("Both", vec!["name", "fax"])]);
    let after = columns(&context.post_entity_images);
    let automatic = ("AsynchronousStepPrimaryName", vec!["name", "accountid"]);
    assert_eq!(after, [("After", vec!["name"]), ("Both", vec!["name", "fax"]), automatic]);
}

#[test]
fn images_of_unknown_records_are_absent() {
    let context = context(|step, operation| {
        step.images = vec![Image::both("Both", "")];
        (operation.before, operation.after) = (None, None);
    });
    assert!(context.pre_entity_images.is_empty());
    let after = columns(&context.post_entity_images);
    assert_eq!(after, [("AsynchronousStepPrimaryName", vec!["name", "accountid"])]);
}

#[test]
fn a_null_is_no_primary_name() {
    let context =
        context(|_, operation| operation.after = Some(account().with("name", Value::Null)));
    let after = columns(&context.post_entity_images);
    assert_eq!(after, [("AsynchronousStepPrimaryName", vec!["accountid"])]);
}

#[test]
fn synchronous_steps_have_their_own_images_alone_and_their_name() {
    let context = context(|step, _| step.mode = Mode::SYNCHRONOUS);
    assert!(context.post_entity_images.is_empty());
    assert!(context.is_in_transaction);
    let owner = context.owning_extension.and_then(|it| it.name);
    assert_eq!(owner.as_deref(), Some("Accounts: Update of account"));
}

#[test]
fn before_the_operation_there_is_no_answer_and_no_record_after() {
    let at = |stage| {
        context(|step, _| {
            step.mode = Mode::SYNCHRONOUS;
            step.stage = stage;
            step.images = vec![Image::both("Both", "name")];
        })
    };
    for (stage, is_in_transaction) in [(Stage::PRE_VALIDATION, false), (Stage::PRE_OPERATION, true)]
    {
        let context = at(stage);
        assert!(context.output_parameters.is_empty() && context.post_entity_images.is_empty());
        assert_eq!(columns(&context.pre_entity_images), [("Both", vec!["name"])]);
        assert_eq!(context.is_in_transaction, is_in_transaction);
    }
    assert!(at(Stage::POST_OPERATION).output_parameters.contains_key("answer"));
}

#[test]
fn impersonation_changes_the_user_alone() {
    let (caller, impersonated) = (Uuid::from_u128(20), Uuid::from_u128(21));
    let context = context(|step, operation| {
        step.impersonating_user_id = Some(impersonated);
        operation.caller.user_id = caller;
        operation.caller.user_azure_active_directory_object_id = Uuid::from_u128(22);
        operation.caller.initiating_user_id = caller;
    });
    assert_eq!((context.user_id, context.initiating_user_id), (impersonated, caller));
    assert_eq!(context.user_azure_active_directory_object_id, Uuid::nil());
}

#[test]
fn an_operation_without_a_table_has_none() {
    let operation = Operation::new("Associate", None);
    let step = step("Associate", None);
    let context = operation.context(&step, job(&step));
    assert_eq!(context.primary_entity_name.as_deref(), Some("none"));
    assert!(context.post_entity_images.is_empty());
    assert!(context.parent_context.is_none());
}

#[test]
fn a_parent_has_no_images_and_no_answer() {
    let context = context(|step, operation| {
        step.images = vec![Image::both("Both", "")];
        operation.main_operation = Some(MainOperation::default());
    });
    let parent = context.parent_context.expect("there is one");
    assert!(parent.pre_entity_images.is_empty() && parent.post_entity_images.is_empty());
    assert!(parent.output_parameters.is_empty() && parent.input_parameters.is_empty());
    assert_eq!(parent.stage, Stage::MAIN_OPERATION);
    assert!(parent.parent_context.is_none());
}

#[test]
fn each_fired_step_has_a_job_of_its_own() {
    let steps = [3, 2].map(|id| {
        changed(step("Delete", None), |it| {
            it.id = Uuid::from_u128(id);
            it.rank = i32::try_from(id).expect("it is small");
        })
    });
    let registration = Registration::new(vec![], steps.into());
    let operation = Operation::new("Delete", Some("account"));
    let fired = registration.fire(&operation, job);
    let jobs: Vec<_> = fired.iter().map(|it| it.context.operation_id.as_u128()).collect();
    assert_eq!(jobs, [102, 103]);
}
