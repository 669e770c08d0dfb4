use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;
use xrm_context::query::{ColumnSet, FetchExpression};
use xrm_context::{
    AliasedValue, Array, ArrayKind, BooleanManagedProperty, ConcurrencyBehavior, DateTime, Decimal,
    Entity, EntityCollection, EntityReference, EntityReferenceCollection, EntityRole, EntityState,
    KeyValuePairOfStringObject, KeyValuePairOfStringString, Mode, Money, OptionSetValue,
    OptionSetValueCollection, Relationship, Stage, StringDictionary, TimeSpan, Value,
};
use xrm_registration::{Caller, MainOperation, Operation, Organization, Snapshots};

use crate::changed;

const CONTACT: Uuid = Uuid::from_u128(8);
const ACCOUNT: Uuid = Uuid::from_u128(7);

pub(crate) const DOCUMENT: &str = r#"{
    "message": "Update",
    "primary_name_column": "name",
    "caller": {
        "user_id": "00000000-0000-0000-0000-000000000020",
        "initiating_user_id": "00000000-0000-0000-0000-000000000021",
        "business_unit_id": "00000000-0000-0000-0000-000000000022"
    },
    "organization": {"id": "00000000-0000-0000-0000-000000000030", "name": "contoso"},
    "target": {
        "LogicalName": "account",
        "Id": "00000000-0000-0000-0000-000000000007",
        "Attributes": {
            "name": "Contoso",
            "revenue": {"Money": "12.50"},
            "statuscode": {"OptionSetValue": 1},
            "primarycontactid": {"EntityReference": {
                "LogicalName": "contact",
                "Id": "00000000-0000-0000-0000-000000000008",
                "Name": "Jane"
            }},
            "createdon": {"dateTime": "2026-11-23T10:00:00Z"},
            "numberofemployees": 12,
            "fax": null
        },
        "FormattedValues": {"revenue": "$12.50"}
    },
    "input_parameters": {"ConcurrencyBehavior": {"ConcurrencyBehavior": "AlwaysOverwrite"}},
    "before": {"Attributes": {"name": "Cöntösö"}},
    "depth": 2,
    "stage": "Post-operation",
    "mode": 1
}"#;

fn read(document: &str) -> Operation {
    serde_json::from_str(document).expect("the document is an operation")
}

#[test]
fn a_document_in_json() {
    let operation = read(DOCUMENT);
    assert_eq!(operation.primary_table(), Some("account"));
    assert_eq!((operation.record_id, operation.depth), (ACCOUNT, 2));
    assert_eq!(operation.stage, Some(Stage::POST_OPERATION));
    assert_eq!(operation.mode, Some(Mode::ASYNCHRONOUS));
    assert_eq!(operation.caller.initiating_user_id, Uuid::from_u128(0x21));
    assert_eq!(operation.organization.name.as_deref(), Some("contoso"));
    assert_eq!(operation.before, Some(Entity { logical_name: None, ..before() }));

    let names: Vec<_> = operation.input_parameters.keys().collect();
    assert_eq!(names, ["Target", "ConcurrencyBehavior"]);
    let mut expected = Entity::new("account")
        .with_id(ACCOUNT)
        .with("name", "Contoso")
        .with("revenue", Money::new(Decimal::new(1250, 2)))
        .with("statuscode", OptionSetValue::new(1))
        .with("primarycontactid", EntityReference::new("contact", CONTACT).with_name("Jane"))
        .with("createdon", date("2026-11-23T10:00:00Z"))
        .with("numberofemployees", 12)
        .with("fax", Value::Null);
    expected.formatted_values.insert("revenue", Some("$12.50".to_owned()));
    assert_eq!(operation.input_parameters.get("Target"), Some(&Value::from(expected)));
}

fn before() -> Entity {
    Entity::new("account").with("name", "Cöntösö")
}

fn date(text: &str) -> DateTime {
    let instant = chrono::DateTime::parse_from_rfc3339(text).expect("it is a date");
    instant.to_utc().try_into().expect("it is in range")
}

#[test]
fn a_document_in_toml() {
    let document = r#"
        message = "Create"
        [target]
        LogicalName = "account"
        Attributes = { name = "Contoso", employees = 12, revenue = { Money = "12.50" } }
    "#;
    let read: Operation = toml::from_str(document).unwrap();
    let account = Entity::new("account")
        .with("name", "Contoso")
        .with("employees", 12)
        .with("revenue", Money::new(Decimal::new(1250, 2)));
    assert_eq!(read, Operation::on_record("Create", account));
    let again: Operation = toml::from_str(&toml::to_string(&read).unwrap()).unwrap();
    assert_eq!(again, read);
}

#[test]
fn dates_of_toml_are_values() {
    let check = |date: &str, expected: Option<DateTime>| {
        let document = format!("message = \"Test\"\ninput_parameters.it = {date}");
        let read = toml::from_str::<Operation>(&document).ok();
        let value = read.and_then(|it| it.input_parameters.get("it").cloned());
        assert_eq!(value, expected.map(Value::from), "{date}");
    };
    check("2026-11-23T10:00:00Z", Some(date("2026-11-23T10:00:00Z")));
    check("2026-11-23T12:00:00+02:00", Some(local()));
    let midnight = DateTime::unspecified(date("2026-11-23T00:00:00Z").ticks());
    check("2026-11-23", midnight.ok());
    check("10:00:00", None);
}

#[test]
fn a_message_is_enough() {
    assert_eq!(read(r#"{"message": "WhoAmI"}"#), Operation::new("WhoAmI", None));
}

#[test]
fn table_and_record_are_those_of_the_records_where_they_are_not_told() {
    #[track_caller]
    fn check(members: &str, table: Option<&str>, record_id: Uuid) {
        let operation = read(&format!(r#"{{"message": "Update", {members}}}"#));
        assert_eq!((operation.primary_table(), operation.record_id), (table, record_id));
    }
    let of = |id: u128| {
        let id = Uuid::from_u128(id);
        format!(r#"{{"LogicalName": "table{}", "Id": "{id}"}}"#, id.as_u128())
    };
    let (seven, eight) = (Uuid::from_u128(7), Uuid::from_u128(8));
    check(&format!(r#""target": {}, "before": {}"#, of(7), of(8)), Some("table7"), seven);
    check(&format!(r#""target": {{}}, "before": {}"#, of(8)), Some("table8"), eight);
    check(&format!(r#""after": {}"#, of(8)), Some("table8"), eight);
    let reference = format!(r#"{{"Target": {{"EntityReference": {}}}}}"#, of(7));
    check(&format!(r#""input_parameters": {reference}"#), Some("table7"), seven);
    let several = format!(r#"{{"Targets": {{"EntityCollection": {{"Entities": [{}]}}}}}}"#, of(7));
    check(&format!(r#""input_parameters": {several}"#), Some("table7"), Uuid::nil());
    check(&format!(r#""table": "lead", "target": {}"#, of(7)), Some("lead"), seven);
    check(&format!(r#""table": "none", "target": {}"#, of(7)), None, seven);
    check(&format!(r#""record_id": "{eight}", "target": {}"#, of(7)), Some("table7"), eight);
}

/// What a parameter of this notation is.
#[track_caller]
fn check(notation: &str, expected: impl Into<Value>) {
    let document = format!(r#"{{"message": "Test", "input_parameters": {{"it": {notation}}}}}"#);
    let operation = read(&document);
    assert_eq!(operation.input_parameters.get("it"), Some(&expected.into()), "{notation}");
}

#[test]
fn values_have_a_notation() {
    check("null", Value::Null);
    check("true", true);
    check("2147483647", i32::MAX);
    check("2147483648", 2_147_483_648_i64);
    check(r#""text""#, "text");
    check(r#"[1, "a"]"#, Array::from_objects(vec![1.into(), "a".into()]));
    check(r#"{"long": 1}"#, 1_i64);
    check(r#"{"decimal": "12.50"}"#, Decimal::new(1250, 2));
    check(r#"{"decimal": 12}"#, Decimal::new(12, 0));
    check(r#"{"double": 12}"#, 12.0);
    check(r#"{"double": "-INF"}"#, f64::NEG_INFINITY);
    check(r#"{"float": 0.5}"#, 0.5_f32);
    check(r#"{"guid": "{00000000-0000-0000-0000-000000000007}"}"#, ACCOUNT);
    check(r#"{"dateTime": "2026-11-23T12:00:00.000+02:00"}"#, local());
    check(r#"{"dateTime": "2026-11-23t10:00:00.50z"}"#, date("2026-11-23T10:00:00.5Z"));
    check(r#"{"duration": "PT1M"}"#, TimeSpan::from_ticks(600_000_000));
    check(r#"{"base64Binary": "AQID"}"#, vec![1_u8, 2, 3]);
    check(
        r#"{"anyURI": "https://contoso.example/"}"#,
        Value::Uri("https://contoso.example/".into()),
    );
    check(r#"{"char": "A"}"#, Value::Char(65));
    check(r#"{"char": 55296}"#, Value::Char(0xd800));
    check(r#"{"unsignedByte": 255}"#, 255_u8);
    check(r#"{"ArrayOfstring": ["a", null]}"#, strings());
    check(r#"{"OptionSetValueCollection": [1, 2]}"#, OptionSetValueCollection::from_iter([1, 2]));
    check(r#"{"EntityState": 7}"#, EntityState(7));
    check(r#"{"Relationship": {"SchemaName": "a", "PrimaryEntityRole": "Referenced"}}"#, role());
    check(r#"{"BooleanManagedProperty": {"Value": true}}"#, managed(true));
}

fn local() -> DateTime {
    DateTime::local(date("2026-11-23T10:00:00Z").ticks(), 120).expect("it is in range")
}

fn strings() -> Array {
    Array::new(ArrayKind::STRING, vec!["a".into(), Value::Null]).expect("they are strings")
}

fn role() -> Relationship {
    let primary_entity_role = Some(EntityRole::REFERENCED);
    Relationship { primary_entity_role, ..Relationship::new("a") }
}

fn managed(can_be_changed: bool) -> BooleanManagedProperty {
    BooleanManagedProperty { value: true, can_be_changed, ..BooleanManagedProperty::default() }
}

/// What is told of a parameter of this notation.
#[track_caller]
fn check_error(notation: &str, expected: &str) {
    let document =
        format!("{{\"message\": \"Test\",\n\"input_parameters\": {{\"it\": {notation}}}}}");
    let error = serde_json::from_str::<Operation>(&document).expect_err(notation).to_string();
    assert!(error.starts_with(expected), "{notation}: {error}");
    assert!(error.contains(" at line 2 column "), "{error}");
}

#[test]
fn what_is_no_value_is_refused() {
    check_error(
        "12.5",
        "12.5 may be of several types: write {\"decimal\": \"12.5\"}, {\"double\": 12.5} or \
         {\"Money\": \"12.5\"}",
    );
    check_error(
        "18446744073709551615",
        "18446744073709551615 fits no 64-bit integer: write {\"unsignedLong\": ",
    );
    check_error("{}", "invalid value: map, expected null, a Boolean, an integer, a text, a list,");
    check_error(
        r#"{"QueryExpression": {}}"#,
        "a value has no type `QueryExpression`: known are Entity, EntityCollection, ",
    );
    check_error(r#"{"int": 1, "long": 1}"#, "a value has one type: found `long` beside `int`");
    check_error(r#"{"Money": 12.5}"#, "invalid type: floating point `12.5`, expected a decimal ");
    check_error(r#"{"Money": "a lot"}"#, "invalid value: string \"a lot\", expected a decimal ");
    check_error(r#"{"int": 2147483648}"#, "invalid value: integer `2147483648`, expected i32");
    check_error(r#"{"float": 1e300}"#, "invalid type: floating point `1e+300`, expected a number");
    check_error(r#"{"char": "AB"}"#, "invalid value: string \"AB\", expected a text of one UTF-16");
    check_error(
        r#"{"base64Binary": "?"}"#,
        "invalid value: string \"?\", expected bytes in Base64",
    );
    check_error(
        r#"{"dateTime": "now"}"#,
        "invalid value: string \"now\", expected a date and time",
    );
    check_error(r#"{"duration": "P1Y"}"#, "invalid value: string \"P1Y\", expected a duration");
    check_error(r#"{"duration": "P1M"}"#, "invalid value: string \"P1M\", expected a duration");
    check_error(r#"{"guid": "7"}"#, "UUID parsing failed");
    check_error(
        r#"{"EntityRole": "Both"}"#,
        "invalid value: string \"Both\", expected `Referencing`",
    );
    check_error(
        r#"{"ArrayOfint": [1, "a"]}"#,
        "item 1 is of type String, which ArrayOfint does not hold",
    );
    check_error(r#"{"Entity": {"Columns": {}}}"#, "unknown field `Columns`, expected one of");
    check_error(r#"{"Entity": {"Attributes": {"a": 1, "a": 2}}}"#, "`a` appears twice");
}

#[test]
fn what_is_no_operation_is_refused() {
    let check = |document: &str, expected: &str| {
        let error = serde_json::from_str::<Operation>(document).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    check("{}", "missing field `message`");
    check(r#"{"message": "Update", "tables": 1}"#, "unknown field `tables`, expected one of");
    check(
        r#"{"message": "Update", "stage": "Late"}"#,
        "invalid value: string \"Late\", expected a",
    );
    check(r#"{"message": "Update", "caller": {"user": 1}}"#, "unknown field `user`, expected one");
    check(
        r#"{"message": "Update", "target": {}, "input_parameters": {"Target": 1}}"#,
        "`target` is short for the input parameter `Target`, which is there too",
    );
}

#[test]
fn a_cause_is_not_written() {
    let mut operation = Operation::new("Update", None);
    operation.cause = Some(Box::default());
    assert_eq!(serde_json::to_string(&operation).unwrap(), r#"{"message":"Update"}"#);
}

#[test]
fn documents_may_not_be_endlessly_deep() {
    let nested = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let document = |depth| {
        format!(r#"{{"message": "Test", "input_parameters": {{"it": {}}}}}"#, nested(depth))
    };
    assert!(serde_json::from_str::<Operation>(&document(100)).is_ok());
    let error = serde_json::from_str::<Operation>(&document(100_000)).unwrap_err();
    assert!(error.to_string().starts_with("recursion limit exceeded"), "{error}");
}

#[test]
fn an_operation_is_written_with_what_it_has_alone() {
    let operation = read(r#"{"message": "Update", "target": {"LogicalName": "account"}}"#);
    let written = serde_json::to_string(&operation).unwrap();
    let expected = concat!(
        r#"{"message":"Update","table":"account","#,
        r#""input_parameters":{"Target":{"Entity":{"LogicalName":"account"}}}}"#,
    );
    assert_eq!(written, expected);
}

fn name() -> impl Strategy<Value = String> {
    "[a-z_]{1,6}"
}

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0..20_u32).prop_map(|(number, scale)| Decimal::new(number, scale))
}

fn date_time() -> impl Strategy<Value = DateTime> {
    const DAY: i64 = 864_000_000_000;
    (DAY..DateTime::MAX_TICKS - DAY, -840..=840_i16, 0..3).prop_map(|(ticks, offset, kind)| {
        match kind {
            0 => DateTime::utc(ticks),
            1 => DateTime::unspecified(ticks),
            _ => DateTime::local(ticks, offset),
        }
        .expect("it is in range")
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map_into(),
        any::<i32>().prop_map_into(),
        any::<i64>().prop_map_into(),
        any::<i16>().prop_map_into(),
        any::<i8>().prop_map_into(),
        any::<u8>().prop_map_into(),
        any::<u16>().prop_map_into(),
        any::<u32>().prop_map_into(),
        any::<u64>().prop_map_into(),
        any::<f32>().prop_map_into(),
        any::<f64>().prop_map_into(),
        decimal().prop_map_into(),
        any::<u16>().prop_map(Value::Char),
        any::<String>().prop_map_into(),
        any::<String>().prop_map(Value::Uri),
        uuid().prop_map_into(),
        date_time().prop_map_into(),
        any::<i64>().prop_map(|it| TimeSpan::from_ticks(it).into()),
        vec(any::<u8>(), 0..8).prop_map_into(),
        decimal().prop_map(|it| Money::new(it).into()),
        any::<i32>().prop_map(|it| OptionSetValue::new(it).into()),
        vec(any::<i32>(), 0..3).prop_map(|it| OptionSetValueCollection::from_iter(it).into()),
        vec(any::<i32>(), 0..3).prop_map_into(),
        vec(name(), 0..3).prop_map_into(),
        vec(uuid(), 0..3).prop_map_into(),
        vec(vec(name(), 0..3), 0..3).prop_map_into(),
        any::<bool>().prop_map(|it| managed(it).into()),
        (0..4).prop_map(|it| ConcurrencyBehavior(it).into()),
        (0..4).prop_map(|it| EntityRole(it).into()),
        (0..4).prop_map(|it| EntityState(it).into()),
        name().prop_map(
            |it| Relationship { primary_entity_role: None, ..Relationship::new(&it) }.into()
        ),
        (name(), name()).prop_map(|it| StringDictionary::from([(it.0, Some(it.1))]).into()),
        (any::<bool>(), vec(name(), 0..3)).prop_map(|(all_columns, columns)| {
            ColumnSet { all_columns, columns: columns.into(), ..ColumnSet::default() }.into()
        }),
        name().prop_map(|it| FetchExpression { query: Some(it), ..Default::default() }.into()),
        (name(), name()).prop_map(|(key, value)| {
            let (key, value) = (Some(key), Some(value));
            KeyValuePairOfStringString { key, value, ..Default::default() }.into()
        }),
        reference().prop_map_into(),
        vec(reference(), 0..3).prop_map(|it| EntityReferenceCollection::from_iter(it).into()),
    ]
}

fn reference() -> impl Strategy<Value = EntityReference> {
    (name(), uuid(), prop::option::of(name()), prop::option::of(name())).prop_map(
        |(table, id, name, row_version)| EntityReference {
            name,
            row_version,
            ..EntityReference::new(&table, id)
        },
    )
}

fn value() -> impl Strategy<Value = Value> + Clone {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            record(inner.clone()).prop_map_into(),
            (name(), vec(record(inner.clone()), 0..3))
                .prop_map(|(table, records)| EntityCollection::new(&table, records).into()),
            vec(inner.clone(), 0..3).prop_map(|it| Array::from_objects(it).into()),
            inner.clone().prop_map(|it| AliasedValue::new("account", "name", it).into()),
            (name(), inner).prop_map(|(key, value)| {
                let key = Some(key);
                KeyValuePairOfStringObject { key, value, ..Default::default() }.into()
            }),
        ]
    })
}

fn record(value: impl Strategy<Value = Value> + Clone) -> impl Strategy<Value = Entity> {
    let columns = || vec((name(), value.clone()), 0..4);
    let labels = vec((name(), prop::option::of(name())), 0..2);
    (prop::option::of(name()), uuid(), columns(), columns(), labels, prop::option::of(0..4))
        .prop_map(|(logical_name, id, columns, key, labels, state)| {
            let mut related = Entity { logical_name, id, ..Entity::default() };
            related.attributes.extend(columns);
            related.key_attributes.extend(key);
            related.formatted_values.extend(labels);
            related.entity_state = state.map(EntityState);
            let mut record = related.clone();
            let others = EntityCollection::new("account", [related]);
            record.related_entities.insert(role(), Some(others));
            record
        })
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    let parameters = || vec((name(), value()), 0..4);
    let image = || prop::option::of(record(value()));
    let ids = prop::array::uniform4(uuid());
    let stage_and_mode = (prop::option::of(0..60_i32), prop::option::of(0..3_i32));
    let texts = prop::array::uniform3(prop::option::of(name()));
    (name(), texts, ids, any::<i32>(), stage_and_mode, image(), image(), parameters(), parameters())
        .prop_map(|(message, texts, ids, depth, (stage, mode), before, after, input, output)| {
            let [primary_name, name, agent] = texts;
            let mut operation = Operation::new(&message, Some("account"));
            operation.record_id = ids[0];
            operation.primary_name_column = primary_name;
            (operation.before, operation.after) = (before, after);
            operation.input_parameters.extend(input.clone());
            operation.output_parameters.extend(output.clone());
            operation.caller = changed(Caller::default(), |it| {
                it.user_id = ids[1];
                it.initiating_user_agent = agent;
            });
            operation.organization = changed(Organization::default(), |it| {
                it.id = ids[2];
                it.name = name;
            });
            operation.request_id = (depth % 2 == 0).then_some(ids[3]);
            operation.depth = depth;
            (operation.stage, operation.mode) = (stage.map(Stage), mode.map(Mode));
            let (before, after) = (operation.before.clone(), operation.after.clone());
            operation.records.extend((depth % 5 == 0).then_some(changed(
                Snapshots::default(),
                |it| {
                    it.before = before;
                    it.after = after;
                },
            )));
            operation.main_operation = (depth % 3 == 0).then(|| {
                changed(MainOperation::default(), |it| {
                    it.input_parameters = output.into_iter().collect();
                    it.shared_variables = input.into_iter().collect();
                })
            });
            operation
        })
}

proptest! {
    #[test]
    fn any_operation_survives_a_document(operation in operation()) {
        let document = serde_json::to_string(&operation).expect("all has a notation");
        prop_assert_eq!(read(&document), operation);
    }

    #[test]
    fn any_text_is_refused_or_read(text in ".{0,64}") {
        let document = format!(r#"{{"message": "Test", "input_parameters": {{"it": {text}}}}}"#);
        let _ = serde_json::from_str::<Operation>(&document);
        for kind in ["Money", "dateTime", "duration", "base64Binary", "char", "guid"] {
            let value = serde_json::json!({"it": {kind: text.as_str()}});
            let document = serde_json::json!({"message": "Test", "input_parameters": value});
            let _ = serde_json::from_value::<Operation>(document);
        }
    }
}
