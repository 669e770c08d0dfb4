use std::borrow::Borrow;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use uuid::Uuid;
use xrm_context::{Entity, EntityCollection, Mode, Stage};
use xrm_registration::{
    Attributes, Operation, Reason, Registration, Step, StepState, SupportedDeployment,
};

use crate::changed;
use crate::step::step;

const COLUMNS: &[&str] = &["name", "fax", "revenue"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(any_step(), 0..12).prop_map(|mut steps| {
        for (number, step) in (1..).zip(&mut steps) {
            step.id = Uuid::from_u128(number);
        }
        steps
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    let message = select(vec!["Create", "Update", "Delete", "CreateMultiple", "UpdateMultiple"]);
    let table = select(vec![None, Some("none"), Some("account"), Some("contact")]);
    let stage = select(vec![Stage::PRE_OPERATION, Stage::POST_OPERATION]);
    let mode = select(vec![Mode::SYNCHRONOUS, Mode::ASYNCHRONOUS]);
    let state = select(vec![StepState::ENABLED, StepState::ENABLED, StepState::DISABLED]);
    let deployment = select(vec![
        SupportedDeployment::SERVER_ONLY,
        SupportedDeployment::OUTLOOK_CLIENT_ONLY,
        SupportedDeployment::BOTH,
    ]);
    let filter = subsequence(COLUMNS, 0..3);
    (message, table, stage, mode, state, deployment, filter, -1..3_i32).prop_map(
        |(message, table, stage, mode, state, deployment, filter, rank)| {
            changed(step(message, table), |it| {
                it.stage = stage;
                it.mode = mode;
                it.state = state;
                it.rank = rank;
                it.supported_deployment = deployment;
                it.filtering_attributes = filter.into_iter().collect();
            })
        },
    )
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let message = select(vec!["Create", "Update", "Delete"]);
    let table = select(vec!["account", "contact", "lead", "none"]);
    let included = subsequence(COLUMNS, 0..=COLUMNS.len());
    let stage = select(vec![None, Some(Stage::PRE_OPERATION), Some(Stage::POST_OPERATION)]);
    let mode = select(vec![None, Some(Mode::SYNCHRONOUS), Some(Mode::ASYNCHRONOUS)]);
    (message, table, included, stage, mode, 0..11).prop_map(
        |(message, table, included, stage, mode, depth)| {
            let mut operation = Operation::on_record(message, record(table, &included));
            operation.stage = stage;
            operation.mode = mode;
            operation.depth = depth;
            operation
        },
    )
}

/// An operation that may be several.
fn any_mixed_operation() -> impl Strategy<Value = Operation> {
    const MIXED: &[&str] = &["name", "fax", "statecode"];
    let records = prop::collection::vec(subsequence(MIXED, 0..=MIXED.len()), 0..3);
    let message = select(vec!["CreateMultiple", "UpdateMultiple", "Create", "Update"]);
    (message, records).prop_map(|(message, records)| {
        let mut records = records.iter().map(|it| record("account", it));
        if let Some(first) = records.next().filter(|_| !message.ends_with("Multiple")) {
            return Operation::on_record(message, first);
        }
        let mut operation = Operation::new(message, Some("account"));
        let targets = EntityCollection::new("account", records);
        operation.input_parameters.insert("Targets", targets);
        operation
    })
}

fn record(table: &str, columns: &[&str]) -> Entity {
    columns.iter().fold(Entity::new(table), |record, column| record.with(column, true))
}

fn ids(steps: impl IntoIterator<Item: Borrow<Step>>) -> Vec<Uuid> {
    steps.into_iter().map(|it| it.borrow().id).collect()
}

proptest! {
    #[test]
    fn what_matches_is_what_explains_itself_as_firing(
        steps in steps(),
        operation in prop_oneof![any_operation(), any_mixed_operation()],
    ) {
        let registration = Registration::new(vec![], steps.clone());
        let explained: Vec<_> = registration.explain(&operation).collect();
        prop_assert_eq!(ids(explained.iter().map(|it| it.step)), ids(&steps));

        let mut matches = ids(registration.matches(&operation));
        matches.sort();
        matches.dedup();
        let firing = explained.iter().filter(|it| it.fires()).map(|it| it.step);
        prop_assert_eq!(matches, ids(firing));
    }

    #[test]
    fn stages_come_in_order_and_ranks_within_them(steps in steps(), operation in any_operation()) {
        let registration = Registration::new(vec![], steps);
        for pair in registration.matches(&operation).windows(2) {
            let [first, second] = pair else { unreachable!("windows of two") };
            prop_assert!(first.stage <= second.stage);
            if first.stage == second.stage && first.mode == second.mode {
                prop_assert!(first.rank <= second.rank);
            }
        }
    }

    #[test]
    fn the_order_of_registration_does_not_count(steps in steps(), operation in any_operation()) {
        let mut reversed = steps.clone();
        reversed.reverse();
        let (one, other) = (Registration::new(vec![], steps), Registration::new(vec![], reversed));
        prop_assert_eq!(ids(one.matches(&operation)), ids(other.matches(&operation)));
    }

    #[test]
    fn a_filter_lets_through_what_includes_one_of_its_columns(
        filter in subsequence(COLUMNS, 1..=COLUMNS.len()),
        included in subsequence(COLUMNS, 0..=COLUMNS.len()),
    ) {
        let mut step = step("Update", Some("account"));
        step.filtering_attributes = filter.iter().collect();
        let registration = Registration::new(vec![], vec![step]);
        let operation = Operation::on_record("Update", record("account", &included));
        let is_let_through = filter.iter().any(|it| included.contains(it));
        prop_assert_eq!(registration.matches(&operation).len(), usize::from(is_let_through));
    }

    #[test]
    fn a_reason_tells_what_to_change(steps in steps(), operation in any_operation()) {
        let registration = Registration::new(vec![], steps);
        for explanation in registration.explain(&operation) {
            let (mut step, mut operation) = (explanation.step.clone(), operation.clone());
            let Some(reason) = explanation.reason else { continue };
            match reason {
                Reason::Message => step.message.clone_from(&operation.message),
                Reason::Table => step.table.clone_from(&operation.table),
                Reason::Stage => operation.stage = None,
                Reason::Filter => step.filtering_attributes = "".into(),
                Reason::Disabled => step.state = StepState::ENABLED,
                Reason::Deployment => step.supported_deployment = SupportedDeployment::BOTH,
                Reason::Mode => operation.mode = None,
                Reason::Depth { limit } => operation.depth = limit,
                other => panic!("unknown reason {other}"),
            }
            let changed = Registration::new(vec![], vec![step]);
            let next = changed.explain(&operation).next().and_then(|it| it.reason);
            prop_assert_ne!(next, Some(reason));
        }
    }
}

/// Why an update of an account's name does not fire a step on it, or on another operation.
#[track_caller]
fn check(change: impl FnOnce(&mut Step, &mut Operation), expected: Option<Reason>) {
    let mut step = step("Update", Some("account"));
    step.filtering_attributes = "name".into();
    let mut operation = Operation::on_record("Update", record("account", &["name"]));
    change(&mut step, &mut operation);
    let registration = Registration::new(vec![], vec![step]);
    let reason = registration.explain(&operation).next().and_then(|it| it.reason);
    assert_eq!(reason, expected);
    assert_eq!(registration.matches(&operation).len(), usize::from(expected.is_none()));
}

#[test]
fn reasons() {
    check(|_, _| {}, None);
    check(|step, _| step.message = "Create".into(), Some(Reason::Message));
    let spelling = Some(Reason::MessageSpelling { meant: "Update" });
    check(|step, _| step.message = "update".into(), spelling);
    check(|_, operation| operation.table = None, Some(Reason::Table));
    check(|_, operation| operation.stage = Some(Stage::PRE_OPERATION), Some(Reason::Stage));
    check(|step, _| step.filtering_attributes = "fax".into(), Some(Reason::Filter));
    check(|step, _| step.state = StepState::DISABLED, Some(Reason::Disabled));
    let deployment = SupportedDeployment::OUTLOOK_CLIENT_ONLY;
    check(|step, _| step.supported_deployment = deployment, Some(Reason::Deployment));
    check(|_, operation| operation.mode = Some(Mode::SYNCHRONOUS), Some(Reason::Mode));
    check(|_, operation| operation.depth = 8, None);
    check(|_, operation| operation.depth = 9, Some(Reason::Depth { limit: 8 }));
}

#[test]
fn the_first_reason_is_told() {
    check(
        |step, operation| {
            step.state = StepState::DISABLED;
            operation.depth = 9;
        },
        Some(Reason::Disabled),
    );
}

#[test]
fn a_filter_counts_for_a_named_table_only() {
    check(
        |step, _| {
            step.table = None;
            step.filtering_attributes = "fax".into();
        },
        None,
    );
}

#[test]
fn one_of_several_records_is_enough_for_a_filter() {
    let check = |filter: &str, expected| {
        let mut step = step("UpdateMultiple", Some("account"));
        step.filtering_attributes = filter.into();
        let registration = Registration::new(vec![], vec![step]);
        let records = [record("account", &["name"]), record("account", &["fax"])];
        let mut operation = Operation::new("UpdateMultiple", Some("account"));
        operation.input_parameters.insert("Targets", EntityCollection::new("account", records));
        assert_eq!(registration.matches(&operation).len(), expected, "{filter}");
    };
    check("fax", 1);
    check("revenue", 0);
}

#[test]
fn the_depth_is_the_registrations() {
    let registration = Registration::new(vec![], vec![step("Delete", None)]).with_max_depth(1);
    let mut operation = Operation::new("Delete", Some("account"));
    assert_eq!(registration.matches(&operation).len(), 1);
    operation.depth = 2;
    assert_eq!(registration.matches(&operation).len(), 0);
}

#[test]
fn a_step_may_be_for_one_secondary_table() {
    let mut of_contacts = step("AddMember", Some("list"));
    of_contacts.secondary_table = Some("contact".into());
    let registration = Registration::new(vec![], vec![of_contacts]);
    let reason = |secondary: Option<&str>| {
        let mut operation = Operation::new("AddMember", Some("list"));
        operation.secondary_table = secondary.map(str::to_owned);
        registration.explain(&operation).next().and_then(|it| it.reason)
    };
    assert_eq!(reason(Some("contact")), None);
    assert_eq!(reason(Some("lead")), Some(Reason::Table));
    assert_eq!(reason(None), Some(Reason::Table));
}

#[test]
fn long_and_short_lists_of_columns_include_the_same() {
    let name = |number: usize| format!("column{number}");
    for listed in [1, 2, 16, 17, 500] {
        let attributes: Attributes = (0..listed).rev().map(name).collect();
        for number in 0..listed + 3 {
            assert_eq!(attributes.includes(&name(number)), number < listed, "{listed}, {number}");
        }
        for included in [0, 1, listed, 1_000] {
            let columns = (listed..listed + included).map(name);
            let columns = columns.fold(Entity::new("account"), |it, column| it.with(column, 1));
            let outside = Operation::on_record("Update", columns.clone());
            let inside = Operation::on_record("Update", columns.with(name(listed - 1), 1));
            assert!(!outside.includes_any(&attributes) && inside.includes_any(&attributes));
            assert_eq!(outside.includes_any(&Attributes::ALL), included > 0);
        }
    }
}
