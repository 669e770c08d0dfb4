//! Bodies of older servers, written on request.

use proptest::prelude::*;
use serde_json::Value as Json;
use xrm_body::MessageFormat::{self, Json as JSON, Xml};
use xrm_body::{EncodeOptions, decode, encode, encode_with, encoded_size};
use xrm_context::contract::DataContract;
use xrm_context::query::{ColumnSet, ConditionExpression, QueryExpression};
use xrm_context::{
    AliasedValue, Entity, EntityReference, Generation, RemoteExecutionContext, Value,
};

use crate::context::context;

fn written(context: &RemoteExecutionContext, format: MessageFormat, era: Generation) -> String {
    let options = EncodeOptions::new(format).generation(era);
    let mut body = Vec::new();
    encode_with(context, &options, &mut body).unwrap();
    assert_eq!(encoded_size(context, &options).unwrap(), body.len());
    String::from_utf8(body).unwrap()
}

fn holding(value: impl Into<Value>) -> RemoteExecutionContext {
    RemoteExecutionContext {
        input_parameters: [("x", value.into())].into(),
        ..RemoteExecutionContext::default()
    }
}

/// The names of the members of the value, in order, when it is the one parameter.
fn members(value: &Value, era: Generation) -> Vec<String> {
    let body: Json = serde_json::from_str(&written(&holding(value.clone()), JSON, era)).unwrap();
    let names = body["InputParameters"][0]["value"].as_object().unwrap().keys();
    names.filter(|name| *name != "__type").cloned().collect()
}

#[test]
fn a_context_has_27_29_or_30_members() {
    for era in Generation::ALL {
        let expected = match era {
            _ if *era < Generation::V9_0_44 => 27,
            _ if *era < Generation::V9_2_49_6443 => 29,
            _ => 30,
        };
        let body = written(&RemoteExecutionContext::default(), JSON, *era);
        let json: Json = serde_json::from_str(&body).unwrap();
        assert_eq!(json.as_object().unwrap().len(), expected, "{era}");
        let xml = written(&RemoteExecutionContext::default(), Xml, *era);
        let told = RemoteExecutionContext::SLOTS.iter();
        let told = told.filter(|slot| xml.contains(&format!("<{}", slot.name))).count();
        assert_eq!(told, expected, "{era}");
    }
}

#[test]
fn members_come_with_their_generation() {
    use Generation::{V5_0, V7_1, V8_1, V9_0_42, V9_0_44, V9_0_45, V9_2_47, V9_2_49_6443};
    let query = QueryExpression {
        top_count: Some(1),
        query_hints: Some("hint".into()),
        data_source: Some("retained".into()),
        ..Default::default()
    };
    let newer: [(Value, Generation, Generation, &[&str]); 7] = [
        (Entity::new("a").into(), V5_0, V7_1, &["KeyAttributes", "RowVersion"]),
        (EntityReference::default().into(), V5_0, V7_1, &["KeyAttributes", "RowVersion"]),
        (AliasedValue::default().into(), V9_0_45, V9_2_47, &["NeedFormatting", "ReturnType"]),
        (ColumnSet::default().into(), V9_0_42, V9_0_44, &["AttributeExpressions"]),
        (query.clone().into(), V5_0, V8_1, &["TopCount"]),
        (query.clone().into(), V8_1, V9_0_42, &["QueryHints"]),
        (query.into(), V9_2_47, V9_2_49_6443, &["DataSource"]),
    ];
    for (value, before, after, added) in newer {
        let old = members(&value, before);
        let mut new = members(&value, after);
        assert!(added.iter().all(|name| new.contains(&(*name).to_owned())), "{new:?}");
        new.retain(|name| !added.contains(&&**name));
        assert_eq!(new, old, "{} {before}", value.type_name());
    }
}

#[test]
fn what_came_later_is_left_out_with_what_it_holds_however_deep() {
    let criteria = ConditionExpression { compare_columns: true, ..Default::default() };
    let mut query = QueryExpression::default();
    query.criteria.conditions = [criteria].into_iter().collect();
    let mut record = Entity::new("account").with("query", Value::from(query));
    record.row_version = Some("814".into());
    let parent = Some(Box::new(holding(record)));
    let context = RemoteExecutionContext { parent_context: parent, ..Default::default() };
    for format in [JSON, Xml] {
        let old = written(&context, format, Generation::V5_0);
        assert!(!old.contains("CompareColumns") && !old.contains("RowVersion"), "{old}");
        let new = written(&context, format, Generation::NEWEST);
        assert!(new.contains("CompareColumns") && new.contains("814"), "{new}");
    }
}

#[test]
fn a_body_of_an_older_server_is_completed_on_request_alone() {
    for format in [JSON, Xml] {
        let old = written(&holding(Entity::new("account")), format, Generation::V5_0);
        let read = decode(old.as_bytes(), format).unwrap();
        assert_eq!(String::from_utf8(encode(&read, format).unwrap()).unwrap(), old);
        let completed = written(&read, format, Generation::NEWEST);
        assert_eq!(
            completed,
            written(&holding(Entity::new("account")), format, Generation::NEWEST)
        );
    }
}

#[test]
fn an_unknown_member_stays_where_it_stood() {
    // Before a member that came later, and before one that is left out where it has its default.
    let read = decode(
        br#"{"InitiatingNewThing":1,"InitiatingUserAgent":"a","InputParameters":[{"key":"x","value":
        {"__type":"QueryExpression:http://schemas.microsoft.com/xrm/2011/Contracts",
        "EntityName":"account","Filed":2,"LinkEntities":[]}}]}"#,
        JSON,
    )
    .unwrap();
    for body in [
        written(&read, JSON, Generation::V5_0),
        String::from_utf8(encode(&read, JSON).unwrap()).unwrap(),
    ] {
        assert!(body.contains(r#""InitiatingNewThing":1,"#), "{body}");
        assert!(body.contains(r#""EntityName":"account","Filed":2,"LinkEntities""#), "{body}");
    }
}

proptest! {
    #[test]
    fn a_body_of_any_generation_is_read_and_written_again(
        context in context(1),
        era in prop::sample::select(Generation::ALL),
    ) {
        for format in [JSON, Xml] {
            let body = written(&context, format, era);
            let read = decode(body.as_bytes(), format).unwrap();
            prop_assert!(encode(&read, format).unwrap() == body.as_bytes());
            prop_assert!(written(&read, format, era) == body);
        }
    }

    #[test]
    fn the_newest_generation_is_the_default(context in context(1)) {
        for format in [JSON, Xml] {
            let body = encode(&context, format).unwrap();
            prop_assert!(written(&context, format, Generation::NEWEST).as_bytes() == body);
        }
    }
}
