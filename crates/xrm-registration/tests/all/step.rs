use uuid::Uuid;
use xrm_context::{Mode, Stage};
use xrm_registration::{
    Attributes, Contract, Image, ImageType, ProblemKind, Rules, Step, StepState,
    SupportedDeployment,
};

use crate::changed;
use crate::endpoint::event_hub;

pub(crate) fn step(message: &str, table: Option<&str>) -> Step {
    Step::new(Uuid::from_u128(2), &event_hub("Accounts"), message, table)
}

/// The problems of a filtered step on the update of accounts that was changed like this.
#[track_caller]
fn check(change: impl FnOnce(&mut Step), expected: &[ProblemKind]) {
    let mut step = step("Update", Some("account"));
    step.filtering_attributes = "name".into();
    change(&mut step);
    assert_eq!(problems(&step, Rules::default()), expected);
}

fn problems(step: &Step, rules: Rules) -> Vec<ProblemKind> {
    step.validate(Some(Contract::EVENT_HUB), rules).into_iter().map(|it| it.kind).collect()
}

#[test]
fn rules_of_one_step() {
    use ProblemKind::*;
    check(|_| {}, &[]);
    check(|it| it.name.clear(), &[Empty { column: "name" }]);
    check(|it| it.message = "update".into(), &[MessageCase { usual: "Update" }, FilterIgnored]);
    check(|it| it.table = Some("Account".into()), &[TableCase]);
    check(|it| it.table = Some("none".into()), &[FilterIgnored]);
    check(|it| it.message = "Delete".into(), &[FilterIgnored]);
    check(|it| it.message = "UpdateMultiple".into(), &[]);
    check(|it| it.filtering_attributes = Attributes::ALL, &[EveryUpdate]);
    let column = |name: &str| ColumnName { name: name.to_owned() };
    check(
        |it| it.filtering_attributes = "new_Size2,na me,größe".into(),
        &[column("na me"), column("größe")],
    );
    check(|it| it.images = vec![Image::pre("Before", "name;fax")], &[column("name;fax")]);
    check(|it| it.supported_deployment = SupportedDeployment::OUTLOOK_CLIENT_ONLY, &[NotOnServer]);
    check(|it| it.stage = Stage::POST_OPERATION_DEPRECATED, &[StageDeprecated]);
    let stage = Stage::PRE_OPERATION;
    check(|it| it.stage = stage, &[AsynchronousBefore { stage }]);
    let stage = Stage::MAIN_OPERATION;
    check(|it| it.stage = stage, &[InternalStage { stage }, AsynchronousBefore { stage }]);
    check(|it| it.mode = Mode::SYNCHRONOUS, &[Synchronous]);
    check(|it| it.mode = Mode(2), &[UnknownMode { mode: Mode(2) }]);
    check(
        |it| {
            it.message = "Execute".into();
            it.filtering_attributes = Attributes::ALL;
        },
        &[NoStepsOnMessage { message: "Execute".into() }],
    );
}

#[test]
fn synchronous_steps_are_a_matter_of_the_contract_and_of_the_rules() {
    let mut step = step("Create", Some("account"));
    step.mode = Mode::SYNCHRONOUS;
    step.stage = Stage::PRE_OPERATION;
    assert_eq!(problems(&step, Rules::default()), [ProblemKind::Synchronous]);
    assert_eq!(problems(&step, Rules::default().synchronous_endpoints(true)), []);
    assert_eq!(step.validate(Some(Contract::WEBHOOK), Rules::default()), []);
}

/// The problems of an image of a synchronous step.
#[track_caller]
fn check_image(message: &str, stage: Stage, image: Image, expected: &[ProblemKind]) {
    let mut step = step(message, None);
    step.mode = Mode::SYNCHRONOUS;
    step.stage = stage;
    step.images.push(image);
    assert_eq!(problems(&step, Rules::default().synchronous_endpoints(true)), expected);
}

#[test]
fn rules_of_one_image() {
    use ProblemKind::*;
    let (pre, post) = (Stage::PRE_OPERATION, Stage::POST_OPERATION);
    check_image("Update", pre, Image::pre("a", ""), &[]);
    check_image("Update", post, Image::both("a", ""), &[]);
    check_image("Update", pre, Image::post("a", ""), &[PostImageBefore { stage: pre }]);
    check_image("Create", post, Image::post("a", ""), &[]);
    check_image("Create", post, Image::both("a", ""), &[NoPreImage { message: "Create" }]);
    check_image("Delete", post, Image::pre("a", ""), &[]);
    check_image("Delete", post, Image::post("a", ""), &[NoPostImage { message: "Delete" }]);
    let message = "Associate".to_owned();
    check_image("Associate", post, Image::pre("a", ""), &[NoImagesOnMessage { message }]);
    check_image(
        "Update",
        post,
        Image::pre("", ""),
        &[Empty { column: "name" }, Empty { column: "entityalias" }],
    );
    let kind = ImageType(3);
    let image = changed(Image::pre("a", ""), |it| it.image_type = kind);
    check_image("Update", post, image, &[UnknownImageType { kind }]);
    for (message, property) in [("Create", "Id"), ("Create", "Target"), ("Merge", "SubordinateId")]
    {
        let image = Image::post("a", "");
        let image = changed(image, |it| it.message_property_name = Some(property.into()));
        check_image(message, post, image, &[]);
    }
    let property = "EntityMoniker".to_owned();
    let image =
        changed(Image::pre("a", ""), |it| it.message_property_name = Some(property.clone()));
    check_image("Update", post, image, &[ImageProperty { message: "Update", property }]);
}

#[test]
fn aliases_are_unique_among_images_of_a_kind() {
    use ProblemKind::AliasTaken;
    check(|it| it.images = vec![Image::pre("a", ""), Image::post("a", "")], &[]);
    check(|it| it.images = vec![Image::both("a", ""), Image::post("a", "")], &[AliasTaken]);
    let automatic = "AsynchronousStepPrimaryName";
    check(|it| it.images = vec![Image::pre(automatic, "")], &[]);
    check(|it| it.images = vec![Image::post(automatic, "")], &[AliasTaken]);
}

#[test]
fn problems_of_images_name_the_step() {
    let mut step = step("Create", Some("account"));
    step.images.push(Image::pre("Before", ""));
    let problems = step.validate(None, Rules::default());
    assert_eq!(
        problems[0].to_string(),
        "image `Before` of step `Accounts: Create of account`: Create has no record before",
    );
}

#[test]
fn a_step_in_json_needs_little() {
    let json = r#"{
        "id": "00000000-0000-0000-0000-000000000002",
        "name": "Accounts: Create of any Entity",
        "event_handler": "00000000-0000-0000-0000-000000000001",
        "message": "Create"
    }"#;
    let read: Step = serde_json::from_str(json).unwrap();
    assert_eq!(read, step("Create", None));
}

#[test]
fn a_step_in_json_is_read_as_it_was_written() {
    let mut written = step("Update", Some("account"));
    written.stage = Stage(25);
    written.mode = Mode::SYNCHRONOUS;
    written.rank = -3;
    written.state = StepState::DISABLED;
    written.filtering_attributes = "name,fax".into();
    written.impersonating_user_id = Some(Uuid::from_u128(7));
    written.images = vec![Image::both("a", "name"), Image::pre("b", "")];
    let json = serde_json::to_string(&written).unwrap();
    assert!(json.contains(r#""stage":25,"mode":"Synchronous","rank":-3"#), "{json}");
    assert_eq!(serde_json::from_str::<Step>(&json).unwrap(), written);
}
