//! Records, and what else has members, in documents of operations: by the names that bodies have,
//! without the members that have their defaults.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;
use xrm_context::query::{
    ColumnSet, FetchExpression, XrmAggregateType, XrmAttributeExpression, XrmDateTimeGrouping,
};
use xrm_context::{
    AliasedValue, AttributeCollection, BooleanManagedProperty, Entity, EntityCollection,
    EntityReference, EntityRole, EntityState, Extra, FormattedValueCollection,
    KeyAttributeCollection, KeyValuePairOfStringObject, KeyValuePairOfStringString, List, Pairs,
    RelatedEntityCollection, Relationship, Value,
};

use crate::operation::notation::{Notated, classes, read_pairs, write_pairs};

// Members that a body had beyond those of its type are left out.
classes! {
    named as "PascalCase";
    Entity in entity {
        logical_name: Option<String>;
        id: Uuid;
        key_attributes: KeyAttributeCollection;
        attributes: AttributeCollection;
        formatted_values: FormattedValueCollection;
        related_entities: RelatedEntityCollection;
        row_version: Option<String>;
        entity_state: Option<EntityState>;
    } [without extra: Extra]
    EntityReference in entity_reference {
        logical_name: Option<String>;
        id: Uuid;
        key_attributes: KeyAttributeCollection;
        name: Option<String>;
        row_version: Option<String>;
    } [without extra: Extra]
    EntityCollection in entity_collection {
        entity_name: Option<String>;
        entities: List<Entity>;
        min_active_row_version: Option<String>;
        more_records: bool;
        paging_cookie: Option<String>;
        total_record_count: i32;
        total_record_count_limit_exceeded: bool;
    } [without extra: Extra]
    Relationship in relationship {
        schema_name: Option<String>;
        primary_entity_role: Option<EntityRole>;
    } [without extra: Extra]
    AliasedValue in aliased_value {
        entity_logical_name: Option<String>;
        attribute_logical_name: Option<String>;
        value: Value;
        need_formatting: bool;
        return_type: i32;
    } [without extra: Extra]
    ColumnSet in column_set {
        all_columns: bool;
        columns: List<String>;
        attribute_expressions: List<XrmAttributeExpression>;
    } [without extra: Extra]
    XrmAttributeExpression in attribute_expression {
        attribute_name: Option<String>;
        alias: Option<String>;
        aggregate_type: XrmAggregateType;
        date_time_grouping: XrmDateTimeGrouping;
        has_group_by: bool;
    } [without extra: Extra]
    FetchExpression in fetch_expression {
        query: Option<String>;
    } [without extra: Extra]
}

classes! {
    named as "snake_case";
    KeyValuePairOfStringObject in name_and_value {
        key: Option<String>;
        value: Value;
    } [without extra: Extra]
    KeyValuePairOfStringString in name_and_text {
        key: Option<String>;
        value: Option<String>;
    } [without extra: Extra]
}

/// Both members are written: the default of one is the platform's `true`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "BooleanManagedProperty", rename_all = "PascalCase", deny_unknown_fields)]
struct ManagedNotation {
    value: bool,
    #[serde(default = "can_be_changed")]
    can_be_changed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    managed_property_logical_name: Option<String>,
    #[serde(skip)]
    extra: Extra,
}

const fn can_be_changed() -> bool {
    true
}

impl Notated for BooleanManagedProperty {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ManagedNotation::deserialize(deserializer)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ManagedNotation::serialize(self, serializer)
    }
}

impl Notated for RelatedEntityCollection {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs: Pairs<Relationship, Option<EntityCollection>> = read_pairs(deserializer)?;
        Ok(pairs.into_iter().collect())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_pairs(self, serializer)
    }
}
