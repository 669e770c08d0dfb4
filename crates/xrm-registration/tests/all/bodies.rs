//! Contexts by message: the automatic image, parents, messages that are carried out as others,
//! requests that bypass steps.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;
use uuid::Uuid;
use xrm_context::{
    DateTime, Entity, EntityCollection, EntityReference, EntityReferenceCollection, Mode,
    OptionSetValue, ParameterCollection, RemoteExecutionContext, Stage,
};
use xrm_registration::{
    AutomaticImage, Behavior, Bypass, Hint, Image, Job, KnownMessage, MainOperation, Operation,
    Reason, Registration, Snapshots, Step, StepState,
};

use crate::changed;
use crate::step::step;

const AUTOMATIC: &str = "AsynchronousStepPrimaryName";
const RECORD: Uuid = Uuid::from_u128(7);

fn fixture(name: &str) -> String {
    let path = format!("{}/../../fixtures/registration/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("the fixture is part of the checkout")
}

fn registration(name: &str) -> Registration {
    toml::from_str(&fixture(name)).expect("it is a registration")
}

fn operation(name: &str) -> Operation {
    serde_json::from_str(&fixture(name)).expect("it is an operation")
}

fn fire(registration: &Registration, operation: &Operation) -> Vec<RemoteExecutionContext> {
    let job = Job::new(Uuid::from_u128(9), DateTime::utc(0).expect("1970 is a date"));
    registration.fire(operation, |_| job).into_iter().map(|it| it.context).collect()
}

fn of(steps: Vec<Step>) -> Registration {
    Registration::new(vec![], steps)
}

/// Each message with a step of its own, on every table.
fn on(messages: &[&str]) -> Registration {
    let steps = (100..)
        .zip(messages)
        .map(|(id, message)| changed(step(message, None), |it| it.id = Uuid::from_u128(id)));
    of(steps.collect())
}

/// The messages whose steps fire, with the stage.
fn fired(registration: &Registration, operation: &Operation) -> Vec<String> {
    let steps = registration.matches(operation);
    steps.iter().map(|it| it.message.clone()).collect()
}

fn account() -> Entity {
    Entity::new("account").with_id(RECORD)
}

fn reference() -> EntityReference {
    EntityReference::new("account", RECORD)
}

fn set_state() -> Operation {
    changed(Operation::new("SetState", Some("account")), |it| {
        it.record_id = RECORD;
        it.input_parameters.insert("EntityMoniker", reference());
        it.input_parameters.insert("State", OptionSetValue::new(1));
        it.input_parameters.insert("Status", OptionSetValue::new(2));
    })
}

#[test]
fn a_delete_has_the_automatic_image_before_and_an_associate_has_none() {
    let registration = registration("automatic-image.toml");
    let deleted = &fire(&registration, &operation("automatic-image-delete.json"))[0];
    assert!(deleted.post_entity_images.is_empty());
    let image = deleted.pre_entity_images.image(AUTOMATIC).expect("it is before");
    assert_eq!(image.str("name"), Ok(Some("Contoso")));
    assert_eq!(image.guid("accountid"), Ok(Some(Uuid::from_u128(0xa1))));

    let associated = &fire(&registration, &operation("automatic-image-associate.json"))[0];
    assert!(associated.pre_entity_images.is_empty() && associated.post_entity_images.is_empty());
}

/// The collections in which a step of the message has the automatic image: before, after.
fn automatic(message: &str, mode: Mode) -> (bool, bool) {
    let step = changed(step(message, None), |it| {
        it.mode = mode;
        it.images = vec![Image::both("own", "")];
    });
    let operation = changed(Operation::new(message, Some("account")), |it| {
        it.record_id = RECORD;
        it.primary_name_column = Some("name".into());
        (it.before, it.after) =
            (Some(account().with("name", "B")), Some(account().with("name", "A")));
    });
    let job = Job::new(Uuid::nil(), DateTime::utc(0).expect("1970 is a date"));
    let context = operation.context(&step, job);
    for images in [&context.pre_entity_images, &context.post_entity_images] {
        // After the registered one.
        assert!(images.keys().next().is_some_and(|it| it == "own"), "{message}");
    }
    let names = |it: &xrm_context::EntityImageCollection| {
        it.image(AUTOMATIC).map(|it| it.str("name").expect("a name is text").map(str::to_owned))
    };
    let (before, after) = (names(&context.pre_entity_images), names(&context.post_entity_images));
    assert!(before.as_ref().is_none_or(|it| it.as_deref() == Some("B")), "{message}");
    assert!(after.as_ref().is_none_or(|it| it.as_deref() == Some("A")), "{message}");
    (before.is_some(), after.is_some())
}

#[test]
fn the_automatic_image_is_where_the_message_has_it() {
    let seen = [
        (
            AutomaticImage::After,
            &["Create", "Update", "SetStateDynamicEntity", "Merge", "AddItem", "Clone"][..],
        ),
        (AutomaticImage::Before, &["Delete", "Assign"]),
        (
            AutomaticImage::Absent,
            &[
                "Associate",
                "Disassociate",
                "AddToQueue",
                "Cancel",
                "Close",
                "Win",
                "Lose",
                "QualifyLead",
                "LockInvoicePricing",
                "UnlockInvoicePricing",
                "LockSalesOrderPricing",
                "UnlockSalesOrderPricing",
            ],
        ),
    ];
    for (place, messages) in seen {
        for message in messages {
            assert_eq!(
                KnownMessage::get(message).unwrap().automatic_image,
                Some(place),
                "{message}"
            );
        }
    }
    for message in KnownMessage::ALL.iter().map(|it| it.name).chain(["contoso_Approve"]) {
        let place = KnownMessage::get(message).and_then(|it| it.automatic_image);
        let expected =
            (place == Some(AutomaticImage::Before), place == Some(AutomaticImage::After));
        assert_eq!(automatic(message, Mode::ASYNCHRONOUS), expected, "{message}");
        assert_eq!(automatic(message, Mode::SYNCHRONOUS), (false, false), "{message}");
    }
}

#[test]
fn a_recorded_delete_loses_nothing() {
    let registration = registration("automatic-image.toml");
    let recorded = fire(&registration, &operation("automatic-image-delete.json"));
    let read = Operation::from_context(&recorded[0]);
    assert_eq!(read.primary_name_column.as_deref(), Some("name"));
    assert_eq!(read.before.as_ref().unwrap().str("name"), Ok(Some("Contoso")));
    assert_eq!(fire(&registration, &read), recorded);
}

#[test]
fn activities_have_the_id_column_of_activities() {
    let create = changed(Operation::new("Create", Some("phonecall")), |it| it.record_id = RECORD);
    let context = &fire(&on(&["Create"]), &create)[0];
    let image = context.post_entity_images.image(AUTOMATIC).expect("there is one");
    assert!(image.attributes.contains_key("activityid"));
}

/// An assignment of an opportunity within the qualification of a lead, three levels deep.
fn nested() -> Operation {
    let mut request = RemoteExecutionContext {
        message_name: Some("QualifyLead".into()),
        primary_entity_name: Some("lead".into()),
        stage: Stage::MAIN_OPERATION,
        depth: 1,
        operation_id: Uuid::from_u128(50),
        correlation_id: Uuid::from_u128(51),
        ..RemoteExecutionContext::default()
    };
    request.input_parameters.insert("LeadId", EntityReference::new("lead", Uuid::from_u128(1)));
    request.shared_variables.insert("QualifyLead", true);
    let own = RemoteExecutionContext {
        stage: Stage::POST_OPERATION,
        parent_context: Some(Box::new(request.clone())),
        ..request.clone()
    };
    let between = RemoteExecutionContext {
        message_name: Some("Create".into()),
        primary_entity_name: Some("opportunity".into()),
        depth: 2,
        parent_context: Some(Box::new(own)),
        ..request
    };
    let mut assign = Operation::new("Assign", Some("opportunity"));
    assign.record_id = RECORD;
    assign.input_parameters.insert("Target", EntityReference::new("opportunity", RECORD));
    assign.main_operation = Some(changed(MainOperation::default(), |it| {
        it.input_parameters = assign.input_parameters.clone();
    }));
    assign.before = Some(Entity::new("opportunity").with("name", "Chairs"));
    assign.primary_name_column = Some("name".into());
    assign.within(&between)
}

#[test]
fn an_asynchronous_parent_mixes_its_own_operation_with_the_outermost_request() {
    let context = &fire(&on(&["Assign"]), &nested())[0];
    let parent = context.parent_context.as_deref().expect("there is one");
    assert_eq!(parent.message_name.as_deref(), Some("Assign"));
    assert_eq!((parent.depth, parent.primary_entity_id), (3, RECORD));
    assert_eq!(parent.operation_id, context.operation_id);
    assert_eq!(parent.owning_extension, context.owning_extension);
    assert_eq!(parent.correlation_id, Uuid::from_u128(51));
    assert_eq!(parent.primary_entity_name.as_deref(), Some("lead"));
    assert!(parent.input_parameters.contains_key("LeadId"));
    assert_eq!(parent.shared_variables.bool("QualifyLead"), Ok(Some(true)));
    assert_eq!(parent.parent_context, None);
    assert_eq!(parent.stage, Stage::MAIN_OPERATION);
    assert!(parent.pre_entity_images.is_empty());
    assert!(context.pre_entity_images.image(AUTOMATIC).is_some());
    assert!(context.post_entity_images.is_empty());
}

#[test]
fn a_synchronous_parent_keeps_the_chain() {
    let step = changed(step("Assign", None), |it| it.mode = Mode::SYNCHRONOUS);
    let context = &fire(&of(vec![step]), &nested())[0];
    let mut messages = Vec::new();
    let mut at = Some(context);
    while let Some(context) = at {
        messages.push((context.message_name.as_deref().unwrap(), context.stage.0));
        at = context.parent_context.as_deref();
    }
    let expected =
        [("Assign", 40), ("Assign", 30), ("Create", 30), ("QualifyLead", 40), ("QualifyLead", 30)];
    assert_eq!(messages, expected);
}

#[test]
fn an_upsert_fires_the_steps_of_what_it_is_carried_out_as() {
    let registration = registration("upsert.toml");
    let mut upsert = operation("upsert.json");
    assert_eq!(fired(&registration, &upsert), ["Create"]);
    let hint = registration.hints(&upsert)[0].to_string();
    assert_eq!(
        hint,
        "Upsert on a standard table is carried out as Create, if the row was not there"
    );
    upsert.before = Some(account());
    assert_eq!(fired(&registration, &upsert), ["Update"]);

    let explained: Vec<_> = registration.explain(&upsert).collect();
    assert_eq!(explained[0].reason, Some(Reason::Message));
    assert_eq!(
        explained[1].carried_out.map(|it| it.to_string()).as_deref(),
        Some("Upsert on a standard table is carried out as Update, if the row was there"),
    );
}

#[test]
fn steps_on_upsert_fire_for_elastic_tables_alone() {
    let registration = on(&["Upsert", "Create", "Update", "UpsertMultiple"]);
    let upsert = Operation::on_record("Upsert", account());
    assert_eq!(fired(&registration, &upsert), ["Create"]);
    let reason = registration.explain(&upsert).next().and_then(|it| it.reason);
    assert_eq!(reason.map(|it| it.id()), Some("carried-out"));

    let elastic = registration.with_behavior(Behavior::default().elastic_tables(["account"]));
    assert_eq!(fired(&elastic, &upsert), ["Upsert"]);
    assert_eq!(elastic.hints(&upsert), []);
}

#[test]
fn key_values_are_copied_into_a_new_row_and_removed_from_an_old_one() {
    let mut record = Entity::new("account").with("name", "Contoso").with("number", "7");
    record.key_attributes.insert("number", "7");
    record.key_attributes.insert("code", "x");
    let mut upsert = Operation::on_record("Upsert", record);
    upsert.record_id = RECORD;
    let registration = on(&["Create", "Update"]);
    let target = |upsert: &Operation| {
        let context = &fire(&registration, upsert)[0];
        let target = context.input_parameters.entity("Target").unwrap().unwrap();
        let columns: Vec<_> = target.attributes.keys().map(ToString::to_string).collect();
        (context.message_name.clone().unwrap(), target.id, columns)
    };
    let columns = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let created = ("Create".to_owned(), Uuid::nil(), columns(&["name", "number", "code"]));
    assert_eq!(target(&upsert), created);
    upsert.before = Some(account());
    assert_eq!(target(&upsert), ("Update".to_owned(), RECORD, columns(&["name"])));
}

#[test]
fn several_upserts_are_one_for_each_row() {
    let mut upserts = Operation::new("UpsertMultiple", Some("account"));
    let rows =
        [1, 2].map(|it| Entity::new("account").with_id(Uuid::from_u128(it)).with("name", "x"));
    upserts.input_parameters.insert("Targets", EntityCollection::new("account", rows));
    upserts.records =
        vec![Snapshots::default(), changed(Snapshots::default(), |it| it.before = Some(account()))];
    let registration = on(&["UpsertMultiple", "Create", "Update"]);
    assert_eq!(fired(&registration, &upserts), ["Create", "Update"]);
}

#[test]
fn a_state_is_set_by_another_message_and_by_a_switch_as_an_update() {
    let registration = on(&["SetState", "SetStateDynamicEntity", "Update"]);
    assert_eq!(fired(&registration, &set_state()), ["SetStateDynamicEntity"]);
    let dynamic = changed(set_state(), |it| it.message = "SetStateDynamicEntity".into());
    assert_eq!(fired(&registration, &dynamic), ["SetStateDynamicEntity"]);

    let by_switch = registration.with_behavior(Behavior::default().set_state_updates(true));
    for operation in [set_state(), dynamic] {
        assert_eq!(fired(&by_switch, &operation), ["SetStateDynamicEntity", "Update"]);
        let contexts = fire(&by_switch, &operation);
        assert!(contexts[0].input_parameters.contains_key("EntityMoniker"));
        let target = contexts[1].input_parameters.entity("Target").unwrap().unwrap();
        let columns: Vec<_> = target.attributes.keys().map(ToString::to_string).collect();
        assert_eq!(columns, ["accountid", "statecode", "statuscode"]);
        assert_eq!(target.option("statuscode"), Ok(Some(2)));
        let parent = contexts[1].parent_context.as_deref().expect("it is the request");
        assert_eq!(parent.message_name.as_deref(), Some("Update"));
        assert!(parent.input_parameters.contains_key("EntityMoniker"));
        assert_eq!(contexts[1].depth, 1);
    }
}

#[test]
fn the_case_of_a_state_fires_an_update_by_the_switch_alone() {
    let registration = registration("upsert.toml");
    let set_state = operation("setstate.json");
    assert!(fired(&registration, &set_state).is_empty());
    let by_switch = registration.with_behavior(Behavior::default().set_state_updates(true));
    assert_eq!(fired(&by_switch, &set_state), ["Update"]);
}

#[test]
fn an_update_of_the_state_fires_no_message_of_states() {
    let update = Operation::on_record("Update", account().with("statecode", 1));
    let registration = on(&["SetState", "SetStateDynamicEntity", "Update"]);
    assert_eq!(fired(&registration, &update), ["Update"]);
}

#[test]
fn an_assignment_is_an_update_by_a_switch() {
    let mut assign = Operation::new("Assign", Some("account"));
    assign.input_parameters.insert("Target", reference());
    let owner = EntityReference::new("systemuser", Uuid::from_u128(3));
    assign.input_parameters.insert("Assignee", owner.clone());
    let registration = on(&["Assign", "Update"]);
    assert_eq!(fired(&registration, &assign), ["Assign"]);
    let by_switch = registration.with_behavior(Behavior::default().assign_updates(true));
    assert_eq!(fired(&by_switch, &assign), ["Assign", "Update"]);
    let target = fire(&by_switch, &assign)[1].input_parameters.entity("Target").unwrap().cloned();
    assert_eq!(target.unwrap().reference("ownerid"), Ok(Some(&owner)));
}

#[test]
fn several_deletes_are_one_for_each_row_and_not_the_other_way_round() {
    let references: EntityReferenceCollection =
        [1, 2].map(|it| EntityReference::new("sensor", Uuid::from_u128(it))).into_iter().collect();
    let mut deletes = Operation::new("DeleteMultiple", Some("sensor"));
    deletes.input_parameters.insert("Targets", references);
    let registration = on(&["DeleteMultiple", "Delete"]);
    assert_eq!(fired(&registration, &deletes), ["DeleteMultiple", "Delete", "Delete"]);
    let ids: Vec<_> = fire(&registration, &deletes).iter().map(|it| it.primary_entity_id).collect();
    assert_eq!(ids[1..], [1, 2].map(Uuid::from_u128));

    let mut delete = Operation::new("Delete", Some("sensor"));
    delete.input_parameters.insert("Target", EntityReference::new("sensor", RECORD));
    assert_eq!(fired(&registration, &delete), ["Delete"]);
}

#[test]
fn a_change_of_an_address_fires_the_steps_of_its_owner() {
    let address = Entity::new("customeraddress").with_id(Uuid::from_u128(3)).with("city", "Bern");
    let mut update = Operation::on_record("Update", address.clone());
    let own = step("Update", Some("customeraddress"));
    let owners = changed(step("Update", Some("account")), |it| it.id = Uuid::from_u128(40));
    let registration = of(vec![own, owners]);
    assert!(fired(&registration, &update).is_empty());
    update.before = Some(address.with("parentid", reference()));
    let contexts = fire(&registration, &update);
    assert_eq!(contexts.len(), 1);
    assert_eq!(contexts[0].primary_entity_name.as_deref(), Some("account"));
    assert_eq!(contexts[0].primary_entity_id, RECORD);
}

/// An update whose request has a parameter.
fn update_with(name: &str, value: impl Into<xrm_context::Value>) -> Operation {
    let mut update = Operation::on_record("Update", account().with("name", "x"));
    update.input_parameters.insert(name, value);
    update
}

/// The modes whose steps fire, and the first reason of the others.
fn by_mode(operation: &Operation) -> Vec<Option<Reason>> {
    let synchronous = changed(step("Update", None), |it| it.mode = Mode::SYNCHRONOUS);
    let asynchronous = changed(step("Update", None), |it| it.id = Uuid::from_u128(3));
    of(vec![synchronous, asynchronous]).explain(operation).map(|it| it.reason).collect()
}

#[test]
fn a_request_bypasses_steps() {
    let modes = "BypassBusinessLogicExecution";
    let by = |bypass| Some(Reason::Bypassed(bypass));
    assert_eq!(by_mode(&update_with(modes, "CustomSync")), [by(Bypass::Mode), None]);
    assert_eq!(by_mode(&update_with(modes, "CustomAsync")), [None, by(Bypass::Mode)]);
    let both = update_with(modes, "CustomSync,CustomAsync");
    assert_eq!(by_mode(&both), [by(Bypass::Mode), by(Bypass::Mode)]);
    let plugins = update_with("BypassCustomPluginExecution", true);
    assert_eq!(by_mode(&plugins), [by(Bypass::Synchronous), None]);
    assert_eq!(by_mode(&update_with("BypassCustomPluginExecution", false)), [None, None]);
    let ids = format!("{}, {}", Uuid::from_u128(3), Uuid::from_u128(99));
    let by_id = update_with("BypassBusinessLogicExecutionStepIds", ids);
    assert_eq!(by_mode(&by_id), [None, by(Bypass::StepId)]);
    let flows = update_with("SuppressCallbackRegistrationExpanderJob", true);
    assert_eq!(by_mode(&flows), [None, None]);

    // As recorded bodies have it, among the parameters of the request alone.
    let mut of_request = Operation::on_record("Update", account().with("name", "x"));
    let parameters: ParameterCollection = [(modes, "CustomAsync")].into();
    of_request.main_operation =
        Some(changed(MainOperation::default(), |it| it.input_parameters = parameters));
    assert_eq!(by_mode(&of_request), [None, by(Bypass::Mode)]);
}

#[test]
fn too_many_bypassed_steps_are_a_hint() {
    let ids: Vec<_> = (0..4).map(|it| Uuid::from_u128(it).to_string()).collect();
    let update = update_with("BypassBusinessLogicExecutionStepIds", ids.join(","));
    let expected = [Hint::TooManyBypassed { count: 4, limit: 3 }];
    assert_eq!(of(vec![]).hints(&update), expected);
}

#[test]
fn optional_parameters_are_the_requests_alone_and_a_tag_is_a_variable() {
    let mut update = update_with("tag", "import");
    update.input_parameters.insert("SuppressDuplicateDetection", true);
    update.main_operation = Some(changed(MainOperation::default(), |it| {
        it.input_parameters = update.input_parameters.clone();
    }));
    let context = &fire(&on(&["Update"]), &update)[0];
    let names: Vec<_> = context.input_parameters.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["Target"]);
    assert_eq!(context.shared_variables.str("tag"), Ok(Some("import")));
    let parent = context.parent_context.as_deref().unwrap();
    assert!(parent.input_parameters.contains_key("SuppressDuplicateDetection"));
    assert_eq!(parent.shared_variables.str("tag"), Ok(Some("import")));

    let custom = changed(Operation::new("contoso_Approve", None), |it| {
        it.input_parameters.insert("tag", "its own");
    });
    let context = &fire(&on(&["contoso_Approve"]), &custom)[0];
    assert!(context.input_parameters.contains_key("tag"));
    assert!(context.shared_variables.is_empty());
}

#[test]
fn a_message_that_differs_in_case_or_is_an_id_is_explained() {
    let update = operation("message-case.json");
    let registration = registration("upsert.toml");
    assert_eq!(registration.hints(&update), [Hint::MessageSpelling { meant: "Update" }]);
    let reasons: Vec<_> = registration.explain(&update).map(|it| it.reason).collect();
    let spelling = |meant| Some(Reason::MessageSpelling { meant });
    assert_eq!(reasons, [Some(Reason::Message), spelling("Update")]);

    let guid: Registration = toml::from_str(&fixture("message-guid.toml")).unwrap();
    let reasons: Vec<_> = guid.explain(&operation("associate.json")).map(|it| it.reason).collect();
    assert_eq!(reasons, [spelling("Associate")]);
    let problems = guid.check(xrm_registration::Rules::default());
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let expected = "step `Accounts: Associate of any Entity`: the message is an id, that of \
                    `Associate`: write the name";
    assert!(texts.contains(&expected.to_owned()), "{texts:?}");
}

#[test]
fn a_disabled_step_is_named_before_its_filter() {
    let disabled = changed(step("Update", Some("account")), |it| {
        it.state = StepState::DISABLED;
        it.filtering_attributes = "fax".into();
    });
    let update = Operation::on_record("Update", account().with("name", "x"));
    let reason = of(vec![disabled]).explain(&update).next().and_then(|it| it.reason);
    assert_eq!(reason, Some(Reason::Disabled));
}

#[test]
fn behavior_is_in_the_document() {
    let document = json!({
        "behavior": {"elastic_tables": ["sensor"], "set_state_updates": true, "assign_updates": true},
    });
    let read: Registration = serde_json::from_value(document).unwrap();
    let expected =
        Behavior::default().elastic_tables(["sensor"]).set_state_updates(true).assign_updates(true);
    assert_eq!(*read.behavior(), expected);
    let again: Registration =
        toml::from_str(&toml::to_string(&read).expect("it is a table")).expect("it is one");
    assert_eq!(*again.behavior(), expected);
    assert_eq!(of(vec![]).diff(&read).len(), 3);
}

fn any_behavior() -> impl Strategy<Value = Behavior> {
    (subsequence(vec!["account", "sensor"], 0..3), any::<bool>(), any::<bool>()).prop_map(
        |(tables, set_state, assign)| {
            Behavior::default()
                .elastic_tables(tables)
                .set_state_updates(set_state)
                .assign_updates(assign)
        },
    )
}

/// Every message that is carried out as another, with what it needs and optional parameters.
fn any_operation() -> impl Strategy<Value = Operation> {
    let message = select(vec![
        "Create",
        "Update",
        "Delete",
        "Upsert",
        "UpsertMultiple",
        "CreateMultiple",
        "UpdateMultiple",
        "DeleteMultiple",
        "SetState",
        "SetStateDynamicEntity",
        "Assign",
        "update",
        "contoso_Approve",
    ]);
    let table = select(vec!["account", "sensor", "customeraddress"]);
    let bypass = select(vec![None, Some("CustomSync"), Some("CustomAsync")]);
    (message, table, any::<bool>(), bypass, 0..10_i32).prop_map(
        |(message, table, is_there, bypass, depth)| {
            changed(Operation::new(message, Some(table)), |it| {
                let record = Entity::new(table).with_id(RECORD).with("name", "x");
                let record = record.with("statecode", 1).with("parentid", reference());
                let parameters = &mut it.input_parameters;
                match message {
                    "UpsertMultiple" | "CreateMultiple" | "UpdateMultiple" => {
                        let records =
                            EntityCollection::new(table, [record.clone(), record.clone()]);
                        parameters.insert("Targets", records);
                    }
                    "DeleteMultiple" => {
                        let all: EntityReferenceCollection = [reference()].into_iter().collect();
                        parameters.insert("Targets", all);
                    }
                    "SetState" | "SetStateDynamicEntity" => {
                        parameters.insert("EntityMoniker", reference());
                        parameters.insert("State", OptionSetValue::new(1));
                    }
                    "Delete" | "Assign" => drop(parameters.insert("Target", reference())),
                    _ => drop(parameters.insert("Target", record.clone())),
                }
                if let Some(bypass) = bypass {
                    parameters.insert("BypassBusinessLogicExecution", bypass);
                }
                it.before = is_there.then_some(record);
                it.depth = depth;
            })
        },
    )
}

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    let message = select(vec![
        "Create",
        "Update",
        "Delete",
        "Upsert",
        "UpsertMultiple",
        "CreateMultiple",
        "UpdateMultiple",
        "DeleteMultiple",
        "SetState",
        "SetStateDynamicEntity",
        "Assign",
        "UPDATE",
        "contoso_Approve",
    ]);
    let table = select(vec![None, Some("account"), Some("sensor"), Some("customeraddress")]);
    let one = (message, table, any::<bool>(), any::<bool>(), any::<bool>());
    prop::collection::vec(one, 1..12).prop_map(|steps| {
        let steps = steps.into_iter().enumerate();
        let made =
            steps.map(|(number, (message, table, is_synchronous, is_disabled, is_early))| {
                changed(step(message, table), |it| {
                    it.id = Uuid::from_u128(number as u128 + 1);
                    if is_synchronous {
                        it.mode = Mode::SYNCHRONOUS;
                        it.stage = if is_early { Stage::PRE_VALIDATION } else { it.stage };
                    }
                    it.state = if is_disabled { StepState::DISABLED } else { it.state };
                })
            });
        made.collect()
    })
}

proptest! {
    /// What `explain` says fires is what fires, each with the context of its own message.
    #[test]
    fn explain_agrees_with_fire(
        steps in any_steps(),
        behavior in any_behavior(),
        operation in any_operation(),
    ) {
        let registration = of(steps).with_behavior(behavior);
        let job = Job::new(Uuid::nil(), DateTime::utc(0).expect("1970 is a date"));
        let fired = registration.fire(&operation, |_| job);
        for explanation in registration.explain(&operation) {
            let of_step: Vec<_> =
                fired.iter().filter(|it| it.step.id == explanation.step.id).collect();
            prop_assert_eq!(explanation.fires(), !of_step.is_empty());
            for it in of_step {
                prop_assert_eq!(it.context.message_name.as_ref(), Some(&explanation.step.message));
                let is_own = explanation.step.message == operation.message;
                prop_assert!(is_own || explanation.carried_out.is_some());
            }
        }
    }
}
