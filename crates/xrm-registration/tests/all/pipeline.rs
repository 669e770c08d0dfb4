//! Operations that are several.

use proptest::prelude::*;
use proptest::sample::subsequence;
use uuid::Uuid;
use xrm_context::{
    DateTime, Entity, EntityCollection, Key, Mode, OptionSetValue, RemoteExecutionContext, Stage,
    Value,
};
use xrm_registration::{
    Image, Job, MainOperation, Operation, Reason, Registration, Snapshots, Step,
};

use crate::changed;
use crate::step::step;

fn contexts(steps: Vec<Step>, operation: &Operation) -> Vec<RemoteExecutionContext> {
    let job = Job::new(Uuid::from_u128(9), DateTime::utc(0).expect("1970 is a date"));
    let registration = Registration::new(vec![], steps);
    registration.fire(operation, |_| job).into_iter().map(|it| it.context).collect()
}

fn target(context: &RemoteExecutionContext) -> &Entity {
    let target = context.input_parameters.get("Target").and_then(|it| match it {
        Value::Entity(target) => Some(&**target),
        _ => None,
    });
    target.expect("the target is a record")
}

fn columns(record: &Entity) -> Vec<&str> {
    record.attributes.keys().map(Key::as_str).collect()
}

fn account(id: u128) -> Entity {
    Entity::new("account").with_id(Uuid::from_u128(id))
}

/// An update of a name and a state, as a server tells of it.
fn mixed() -> Operation {
    let request = account(7)
        .with("name", "New")
        .with("statecode", 1)
        .with("statuscode", 2)
        .with("accountid", 7);
    let mut operation = Operation::on_record("Update", request.clone().with("modifiedon", "now"));
    let main = [("Target", request)].into();
    operation.main_operation =
        Some(changed(MainOperation::default(), |it| it.input_parameters = main));
    let state = |name: &str, state, reason| {
        account(7)
            .with("name", name)
            .with("statecode", OptionSetValue::new(state))
            .with("statuscode", OptionSetValue::new(reason))
    };
    operation.before = Some(state("Old", 0, 1));
    operation.after = Some(state("New", 1, 2));
    operation
}

fn imaged(stage: Stage) -> Step {
    let images = vec![Image::pre("image", ""), Image::post("image", "")];
    changed(step("Update", Some("account")), |it| {
        it.stage = stage;
        it.images = images;
    })
}

#[test]
fn an_update_that_mixes_the_state_with_other_columns_fires_twice() {
    let found = contexts(vec![imaged(Stage::POST_OPERATION)], &mixed());
    let targets: Vec<_> = found.iter().map(|it| columns(target(it))).collect();
    assert_eq!(
        targets,
        [
            vec!["name", "accountid", "modifiedon"],
            vec!["statecode", "statuscode", "accountid", "modifiedon"],
        ]
    );

    let told = |image: Option<&Entity>| {
        let image = image.unwrap();
        (image.str("name").unwrap().map(str::to_owned), image.attributes.get("statecode").cloned())
    };
    let at = |name: &str, state: i32| {
        (Some(name.to_owned()), Some(Value::from(OptionSetValue::new(state))))
    };
    let images: Vec<_> = found
        .iter()
        .map(|it| {
            (told(it.pre_entity_images.image("image")), told(it.post_entity_images.image("image")))
        })
        .collect();
    assert_eq!(images, [(at("Old", 0), at("New", 0)), (at("New", 0), at("New", 1))]);

    let asked: Vec<_> = found.iter().map(|it| it.parent_context.as_deref().unwrap()).collect();
    let all = ["name", "statecode", "statuscode", "accountid"];
    assert!(asked.iter().all(|it| columns(target(it)) == all), "the parent tells the request");
}

#[test]
fn steps_before_the_validation_fire_once_with_all_columns() {
    let early = changed(imaged(Stage::PRE_VALIDATION), |it| it.mode = Mode::SYNCHRONOUS);
    let late = changed(imaged(Stage::POST_OPERATION), |it| it.id = Uuid::from_u128(8));
    let found = contexts(vec![late, early], &mixed());
    let stages: Vec<_> = found.iter().map(|it| it.stage).collect();
    assert_eq!(stages, [Stage::PRE_VALIDATION, Stage::POST_OPERATION, Stage::POST_OPERATION]);
    assert_eq!(target(&found[0]).attributes.len(), 5);
}

#[test]
fn a_filter_on_the_state_lets_its_part_through_alone() {
    let mut filtered = imaged(Stage::POST_OPERATION);
    filtered.filtering_attributes = "statuscode".into();
    let found = contexts(vec![filtered], &mixed());
    let targets: Vec<_> = found.iter().map(|it| columns(target(it))).collect();
    assert_eq!(targets, [["statecode", "statuscode", "accountid", "modifiedon"]]);
}

#[test]
fn an_update_of_one_kind_of_column_fires_once() {
    let check = |table: &str, columns: &[&str], times: usize| {
        let target = columns.iter().fold(Entity::new(table), |it, column| it.with(column, true));
        let update = Operation::on_record("Update", target);
        let found = contexts(vec![step("Update", Some(table))], &update);
        assert_eq!(found.len(), times, "{columns:?} of {table}");
    };
    check("account", &["name", "fax"], 1);
    check("account", &["statecode", "statuscode"], 1);
    check("account", &["statecode", "accountid", "modifiedon"], 1);
    check("account", &["name", "ownerid"], 1);
    check("systemuser", &["firstname", "businessunitid"], 2);
    check("systemuser", &["firstname", "businessunitid", "statecode"], 3);
    check("team", &["businessunitid"], 1);
    check("contact", &["name", "businessunitid"], 1);
}

/// A creation of two accounts.
fn create_multiple() -> Operation {
    let targets =
        [Entity::new("account").with("name", "A"), Entity::new("account").with("name", "B")];
    let mut operation = Operation::new("CreateMultiple", Some("account"));
    operation.input_parameters.insert("Targets", EntityCollection::new("account", targets));
    operation.input_parameters.insert("Reason", "import");
    operation.output_parameters.insert("Ids", vec![Uuid::from_u128(1), Uuid::from_u128(2)]);
    let after = |id, name: &str| {
        changed(Snapshots::default(), |it| {
            it.before = None;
            it.after = Some(account(id).with("name", name));
        })
    };
    operation.records = vec![after(1, "A"), after(2, "B")];
    operation
}

#[test]
fn several_records_fire_the_steps_of_one_for_each() {
    let mut single = step("Create", Some("account"));
    single.images = vec![Image::post("after", "name")];
    let several = changed(step("CreateMultiple", Some("account")), |it| {
        it.id = Uuid::from_u128(8);
        it.rank = 2;
    });
    let found = contexts(vec![several, single], &create_multiple());

    let messages: Vec<_> = found.iter().map(|it| it.message_name.as_deref().unwrap()).collect();
    assert_eq!(messages, ["Create", "Create", "CreateMultiple"]);
    for (context, (id, name)) in found.iter().zip([(1, "A"), (2, "B")]) {
        let id = Uuid::from_u128(id);
        assert_eq!(context.primary_entity_id, id);
        assert_eq!(target(context).str("name").unwrap(), Some(name));
        assert_eq!(context.input_parameters.get("Reason"), Some(&Value::from("import")));
        assert_eq!(context.output_parameters.get("id"), Some(&Value::from(id)));
        let after = context.post_entity_images.image("after").unwrap();
        assert_eq!(after.str("name").unwrap(), Some(name));
    }
    assert!(found[2].input_parameters.contains_key("Targets"));
}

#[test]
fn one_record_fires_the_steps_of_several() {
    let mut create = Operation::on_record("Create", account(7).with("name", "A"));
    create.output_parameters.insert("id", Uuid::from_u128(7));
    let found = contexts(vec![step("CreateMultiple", Some("account"))], &create);
    let [context] = found.as_slice() else { panic!("{} contexts", found.len()) };
    assert_eq!(context.message_name.as_deref(), Some("CreateMultiple"));
    let targets = EntityCollection::new("account", [account(7).with("name", "A")]);
    assert_eq!(context.input_parameters, [("Targets", targets)].into());
    assert_eq!(context.output_parameters, [("Ids", vec![Uuid::from_u128(7)])].into());
}

#[test]
fn each_of_several_updates_is_split() {
    let update = |id| account(id).with("name", "New").with("statecode", 1);
    let mut several = Operation::new("UpdateMultiple", Some("account"));
    let targets = EntityCollection::new("account", [update(1), update(2)]);
    several.input_parameters.insert("Targets", targets);
    let found = contexts(vec![step("Update", Some("account"))], &several);
    let parts: Vec<_> =
        found.iter().map(|it| (it.primary_entity_id.as_u128(), columns(target(it)))).collect();
    let (name, state) = (vec!["name"], vec!["statecode"]);
    assert_eq!(parts, [(1, name.clone()), (2, name), (1, state.clone()), (2, state)]);
}

#[test]
fn what_came_closest_is_the_reason() {
    let mut filtered = step("Update", Some("account"));
    filtered.filtering_attributes = "fax".into();
    let registration = Registration::new(vec![], vec![filtered]);
    let operation = mixed();
    let reason = registration.explain(&operation).next().and_then(|it| it.reason);
    assert_eq!(reason, Some(Reason::Filter));
}

#[test]
fn what_a_step_does_is_within_its_context() {
    let outer = contexts(vec![imaged(Stage::POST_OPERATION)], &mixed()).remove(0);
    let update = Operation::on_record("Update", Entity::new("contact")).within(&outer);
    let synchronous = || changed(step("Update", Some("contact")), |it| it.mode = Mode::SYNCHRONOUS);
    let nested = contexts(vec![synchronous()], &update).remove(0);
    assert_eq!((nested.depth, nested.correlation_id), (outer.depth + 1, outer.correlation_id));
    assert_eq!(nested.parent_context.as_deref(), Some(&outer));

    let mut asked = update.clone();
    asked.main_operation = Some(MainOperation::default());
    let nested = contexts(vec![synchronous()], &asked).remove(0);
    let main = nested.parent_context.unwrap();
    assert_eq!(main.stage, Stage::MAIN_OPERATION);
    assert_eq!(main.parent_context.as_deref(), Some(&outer));
}

proptest! {
    /// Whatever is mixed: each column is told once, in its part, and the images lead from one part
    /// to the next.
    #[test]
    fn parts_make_up_the_whole(
        included in subsequence(
            vec!["firstname", "nickname", "businessunitid", "parentsystemuserid", "statecode", "statuscode"],
            1..=6,
        ),
    ) {
        let record = |value: i32| {
            included.iter().fold(Entity::new("systemuser"), |it, column| it.with(column, value))
        };
        let mut update = Operation::on_record("Update", record(1));
        (update.before, update.after) = (Some(record(0)), Some(record(1)));
        let images = vec![Image::pre("image", ""), Image::post("image", "")];
        let found = contexts(vec![changed(step("Update", Some("systemuser")), |it| it.images = images)], &update);

        let mut told: Vec<_> = found.iter().flat_map(|it| columns(target(it))).collect();
        told.sort_unstable();
        let mut expected = included.clone();
        expected.sort_unstable();
        prop_assert_eq!(told, expected);

        let values = |image: Option<&Entity>| {
            let image = image.expect("both images are registered");
            included.iter().map(|it| image.attributes.get(*it).cloned()).collect::<Vec<_>>()
        };
        for pair in found.windows(2) {
            let [first, second] = pair else { unreachable!("windows of two") };
            prop_assert_eq!(
                values(first.post_entity_images.image("image")),
                values(second.pre_entity_images.image("image"))
            );
        }
        let (first, last) = (&found[0], &found[found.len() - 1]);
        prop_assert_eq!(values(first.pre_entity_images.image("image")), values(update.before.as_ref()));
        prop_assert_eq!(values(last.post_entity_images.image("image")), values(update.after.as_ref()));
    }
}
