//! The contracts as structs.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use xrm_context::Uuid;

/// The root of a body.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are those of xrm-context")]
pub struct RemoteExecutionContext {
    pub business_unit_id: Uuid,
    pub correlation_id: Uuid,
    pub depth: i32,
    pub initiating_user_agent: Option<String>,
    pub initiating_user_azure_active_directory_object_id: Uuid,
    pub initiating_user_id: Uuid,
    pub input_parameters: Vec<Pair<Value>>,
    pub is_executing_offline: bool,
    pub is_in_transaction: bool,
    pub is_offline_playback: bool,
    pub isolation_mode: i32,
    pub message_name: Option<String>,
    pub mode: i32,
    pub operation_created_on: String,
    pub operation_id: Uuid,
    pub organization_id: Uuid,
    pub organization_name: Option<String>,
    pub output_parameters: Vec<Pair<Value>>,
    pub owning_extension: Option<EntityReference>,
    pub parent_context: Option<Box<Self>>,
    pub post_entity_images: Vec<Pair<Option<Entity>>>,
    pub pre_entity_images: Vec<Pair<Option<Entity>>>,
    pub primary_entity_id: Uuid,
    pub primary_entity_name: Option<String>,
    pub request_id: Option<Uuid>,
    pub secondary_entity_name: Option<String>,
    pub shared_variables: Vec<Pair<Value>>,
    pub stage: i32,
    pub user_azure_active_directory_object_id: Uuid,
    pub user_id: Uuid,
}

/// A record.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are those of xrm-context")]
pub struct Entity {
    pub attributes: Vec<Pair<Value>>,
    /// The number of the state; XML tells its name.
    pub entity_state: Option<i32>,
    pub formatted_values: Vec<Pair<Option<String>>>,
    pub id: Uuid,
    pub key_attributes: Vec<Pair<Value>>,
    pub logical_name: Option<String>,
    pub related_entities: Vec<RelatedEntity>,
    pub row_version: Option<String>,
}

/// A reference to a record.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are those of xrm-context")]
pub struct EntityReference {
    pub id: Uuid,
    pub key_attributes: Vec<Pair<Value>>,
    pub logical_name: Option<String>,
    pub name: Option<String>,
    pub row_version: Option<String>,
}

/// A page of records.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are those of xrm-context")]
pub struct EntityCollection {
    pub entities: Vec<Option<Entity>>,
    pub entity_name: Option<String>,
    pub min_active_row_version: Option<String>,
    pub more_records: bool,
    pub paging_cookie: Option<String>,
    pub total_record_count: i32,
    pub total_record_count_limit_exceeded: bool,
}

/// A choice.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are those of xrm-context")]
pub struct OptionSetValue {
    pub value: i32,
}

/// An amount of money.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are those of xrm-context")]
pub struct Money {
    pub value: f64,
}

/// A relationship.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the members are those of xrm-context")]
pub struct Relationship {
    pub primary_entity_role: Option<i32>,
    pub schema_name: Option<String>,
}

/// A relationship and the records that it relates.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members are those of xrm-context")]
pub struct RelatedEntity {
    pub key: Relationship,
    pub value: Option<EntityCollection>,
}

/// A name and what it names.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the members are those of xrm-context")]
pub struct Pair<T> {
    pub key: CompactString,
    pub value: T,
}

/// The value of an `object` place. JSON tells a guid and a date as strings, and any number with a
/// point as a decimal.
#[derive(Clone, Default, PartialEq, Debug, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the variants are those of xrm-context")]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Decimal(f64),
    Double(f64),
    String(String),
    Guid(Uuid),
    DateTime(String),
    Object(Object),
}

/// A value of a contract type in an `object` place. JSON tells the type with a first member.
///
/// What serde derives for such an enumeration writes that member first and then the struct's own,
/// with nothing in between. It would read it by way of a buffer; [`json`](super::json) has what
/// does not.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "__type")]
#[expect(missing_docs, reason = "the variants are those of xrm-context")]
pub enum Object {
    #[serde(rename = "Entity:http://schemas.microsoft.com/xrm/2011/Contracts")]
    Entity(Box<Entity>),
    #[serde(rename = "EntityCollection:http://schemas.microsoft.com/xrm/2011/Contracts")]
    EntityCollection(Box<EntityCollection>),
    #[serde(rename = "EntityReference:http://schemas.microsoft.com/xrm/2011/Contracts")]
    EntityReference(Box<EntityReference>),
    #[serde(rename = "Money:http://schemas.microsoft.com/xrm/2011/Contracts")]
    Money(Money),
    #[serde(rename = "OptionSetValue:http://schemas.microsoft.com/xrm/2011/Contracts")]
    OptionSetValue(OptionSetValue),
}
