//! What messages did, as the flat view shows it.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value as Json, json};
use xrm_body::{MessageFormat, decode, encode, flat};
use xrm_context::security::{AccessRights, PrincipalAccess};
use xrm_context::{
    Entity, EntityCollection, EntityReference, EntityReferenceCollection, RemoteExecutionContext,
    Uuid, Value,
};

const RECORD: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn lines(context: &RemoteExecutionContext) -> Vec<Json> {
    let line = |summary: &flat::Summary| serde_json::to_value(summary).expect("it is JSON");
    flat::summaries(context).iter().map(line).collect()
}

/// The lines of a body of Microsoft's SDK, which are the same in both formats.
fn lines_of(case: &str) -> Vec<Json> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bodies").join(case);
    let read = |name: &str, format| {
        let body = fs::read(folder.join(name)).expect("the fixture is part of the checkout");
        lines(&decode(&body, format).expect("it is a body"))
    };
    let json = read("body.json", MessageFormat::Json);
    assert_eq!(read("body.xml", MessageFormat::Xml), json, "{case}");
    json
}

fn line_of(case: &str) -> Json {
    let [line] = &lines_of(case)[..] else { panic!("{case} has one record") };
    line.clone()
}

/// A message that an application makes, by way of both formats.
fn message(
    name: &str,
    request: impl IntoIterator<Item = (&'static str, Value)>,
    response: impl IntoIterator<Item = (&'static str, Value)>,
) -> Vec<Json> {
    let context = RemoteExecutionContext {
        message_name: Some(name.to_owned()),
        primary_entity_name: Some("account".to_owned()),
        primary_entity_id: RECORD,
        input_parameters: request.into_iter().collect(),
        output_parameters: response.into_iter().collect(),
        ..RemoteExecutionContext::default()
    };
    let own = lines(&context);
    for format in [MessageFormat::Json, MessageFormat::Xml] {
        let body = encode(&context, format).expect("it can be encoded");
        assert_eq!(lines(&decode(&body, format).expect("it is a body")), own, "{format}");
    }
    own
}

fn record() -> EntityReference {
    EntityReference::new("account", RECORD)
}

fn shown(table: &str, id: Uuid) -> Json {
    json!({ "id": id.to_string(), "logicalName": table, "name": null })
}

fn only(mut lines: Vec<Json>) -> Json {
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

#[test]
fn a_change_of_columns_is_shown_as_before() {
    let target = Entity { id: RECORD, ..Entity::new("account").with("name", "Contoso") };
    let line = only(message("Update", [("Target", target.into())], []));
    assert_eq!(
        line,
        json!({
            "message": "Update",
            "table": "account",
            "id": RECORD.to_string(),
            "operationId": Uuid::nil().to_string(),
            "changes": { "name": { "after": "Contoso" } },
        })
    );
    // What a Create answers is the record's id, which is shown already.
    let target = Entity::new("account").with("name", "Contoso");
    let line = only(message("Create", [("Target", target.into())], [("id", RECORD.into())]));
    assert!(line.get("request").is_none() && line.get("response").is_none(), "{line}");
}

#[test]
fn related_records_and_their_relationship_are_shown() {
    for (case, message) in [("msg-associate", "Associate"), ("msg-disassociate", "Disassociate")] {
        let line = line_of(case);
        assert_eq!(line["message"], message);
        let request = &line["request"];
        assert!(request["Relationship"]["SchemaName"].is_string(), "{line}");
        assert!(request["RelatedEntities"].is_array(), "{line}");
        let related = EntityReferenceCollection::from([EntityReference::new("contact", OTHER)]);
        let relationship = xrm_context::Relationship::new("account_contacts");
        let own = only(self::message(
            message,
            [
                ("Target", record().into()),
                ("Relationship", relationship.into()),
                ("RelatedEntities", related.into()),
            ],
            [],
        ));
        assert_eq!(
            own["request"],
            json!({
                "Relationship": { "PrimaryEntityRole": null, "SchemaName": "account_contacts" },
                "RelatedEntities": [shown("contact", OTHER)],
            })
        );
    }
}

#[test]
fn state_and_status_are_shown() {
    let line = line_of("msg-setstate");
    assert!(line["request"]["State"].is_i64() && line["request"]["Status"].is_i64(), "{line}");
    let line = only(message(
        "SetState",
        [
            ("EntityMoniker", record().into()),
            ("State", xrm_context::OptionSetValue::new(1).into()),
            ("Status", xrm_context::OptionSetValue::new(2).into()),
        ],
        [],
    ));
    assert_eq!(line["request"], json!({ "State": 1, "Status": 2 }), "the record is shown already");
}

#[test]
fn the_assignee_is_shown() {
    let line = line_of("msg-assign");
    assert!(line["request"]["Assignee"]["id"].is_string(), "{line}");
    let assignee = EntityReference::new("systemuser", OTHER);
    let line =
        only(message("Assign", [("Target", record().into()), ("Assignee", assignee.into())], []));
    assert_eq!(line["request"], json!({ "Assignee": shown("systemuser", OTHER) }));
}

#[test]
fn principal_and_rights_are_shown() {
    let line = line_of("msg-grantaccess");
    let access = &line["request"]["PrincipalAccess"];
    assert!(access["Principal"]["id"].is_string(), "{line}");
    assert!(access["AccessMask"][0].is_string(), "{line}");
    let grant = |rights| {
        let principal = EntityReference::new("team", OTHER);
        let access = PrincipalAccess::new(principal, rights);
        let request = [("Target", record().into()), ("PrincipalAccess", access.into())];
        only(message("GrantAccess", request, []))["request"]["PrincipalAccess"].clone()
    };
    assert_eq!(
        grant(AccessRights::READ_ACCESS | AccessRights::WRITE_ACCESS),
        json!({ "AccessMask": ["ReadAccess", "WriteAccess"], "Principal": shown("team", OTHER) })
    );
    // A right that this version does not know is a number, which XML does not have.
    let odd = PrincipalAccess::new(EntityReference::new("team", OTHER), AccessRights(1 << 30));
    let context = RemoteExecutionContext {
        input_parameters: [("PrincipalAccess", odd)].into(),
        ..RemoteExecutionContext::default()
    };
    assert_eq!(only(lines(&context))["request"]["PrincipalAccess"]["AccessMask"], 1 << 30);
}

#[test]
fn parameters_of_custom_apis_are_shown_both_ways() {
    let line = line_of("msg-customaction");
    assert!(line["request"].as_object().is_some_and(|it| !it.is_empty()), "{line}");
    let line = only(message(
        "contoso_Approve",
        [("Target", record().into()), ("Level", 3.into()), ("Note", "fine".into())],
        [("Approved", true.into())],
    ));
    assert_eq!(line["request"], json!({ "Level": 3, "Note": "fine" }));
    assert_eq!(line["response"], json!({ "Approved": true }));
}

#[test]
fn each_record_of_several_has_a_line() {
    let records = || {
        EntityCollection::new(
            "account",
            [
                Entity { id: RECORD, ..Entity::new("account").with("name", "A") },
                Entity { id: OTHER, ..Entity::new("account").with("name", "B").with("fax", "5") },
            ],
        )
    };
    let lines =
        message("UpdateMultiple", [("Targets", records().into()), ("Tag", "import".into())], []);
    let [first, second] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(
        (&first["id"], &second["id"]),
        (&json!(RECORD.to_string()), &json!(OTHER.to_string()))
    );
    assert_eq!(first["changes"], json!({ "name": { "after": "A" } }));
    assert_eq!(second["changes"], json!({ "name": { "after": "B" }, "fax": { "after": "5" } }));
    for line in &lines {
        assert_eq!(
            (&line["table"], &line["request"]),
            (&json!("account"), &json!({ "Tag": "import" }))
        );
    }
    // New records have the ids that are answered.
    let mut new = records();
    new.entities.iter_mut().for_each(|record| record.id = Uuid::nil());
    let ids = xrm_context::Array::new(
        xrm_context::ArrayKind::GUID,
        vec![Value::Guid(RECORD), Value::Guid(OTHER)],
    );
    let created =
        message("CreateMultiple", [("Targets", new.into())], [("Ids", ids.unwrap().into())]);
    let shown: Vec<_> = created.iter().map(|line| line["id"].clone()).collect();
    assert_eq!(shown, [json!(RECORD.to_string()), json!(OTHER.to_string())]);
    assert!(created.iter().all(|line| line.get("response").is_none()), "{created:?}");

    let references =
        EntityReferenceCollection::from([record(), EntityReference::new("account", OTHER)]);
    let deleted = message("DeleteMultiple", [("Targets", references.into())], []);
    assert_eq!((deleted.len(), &deleted[1]["id"]), (2, &json!(OTHER.to_string())));
    // A message without records is one line all the same.
    let none = EntityCollection::new("account", []);
    assert_eq!(message("UpdateMultiple", [("Targets", none.into())], []).len(), 1);
}

#[test]
fn every_message_of_the_fixtures_has_a_line() {
    let bodies = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bodies");
    for folder in fs::read_dir(bodies).expect("the fixture is part of the checkout") {
        let Ok(body) = fs::read(folder.expect("a folder").path().join("body.json")) else {
            continue;
        };
        let context = decode(&body, MessageFormat::Json).expect("the SDK wrote it");
        let lines = lines(&context);
        assert!(!lines.is_empty());
        let named = context
            .input_parameters
            .iter()
            .filter(|(name, _)| !["Target", "Targets", "EntityMoniker"].contains(&name.as_str()));
        for (name, _) in named {
            assert!(lines[0]["request"].get(name.as_str()).is_some(), "{name}: {}", lines[0]);
        }
    }
}
