//! A value as the type that a message declares for it.

use uuid::Uuid;

use crate::attribute::OptionSetValue;
use crate::collection::{EntityReferenceCollection, List};
use crate::entity::{ConcurrencyBehavior, Entity, EntityCollection, EntityReference, Relationship};
use crate::parameter::InputArgumentCollection;
use crate::query::{ColumnSet, QueryBase, RelationshipQueryCollection};
use crate::scalar::DateTime;
use crate::scheduling::ValidationResult;
use crate::security::PrincipalAccess;
use crate::value::{Array, Value, read_bool, read_date_time, read_guid, read_int};

/// A type that parameters are declared as.
pub(super) trait Parameter: Sized {
    /// The type's name.
    const EXPECTED: &'static str;

    /// The value, or what JSON makes of it; `None` where it is of another type.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! parameter_types {
    (
        scalars { $($scalar:ty, $name:literal, $read:expr;)* }
        boxed { $($boxed:ident,)* }
        inline { $($inline:ident,)* }
    ) => {
        $(impl Parameter for $scalar {
            const EXPECTED: &'static str = $name;

            fn from_value(value: Value) -> Option<Self> {
                $read(value)
            }
        })*
        $(impl Parameter for $boxed {
            const EXPECTED: &'static str = stringify!($boxed);

            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$boxed(value) => Some(*value),
                    _ => None,
                }
            }
        })*
        $(impl Parameter for $inline {
            const EXPECTED: &'static str = stringify!($inline);

            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$inline(value) => Some(value),
                    _ => None,
                }
            }
        })*
    };
}

parameter_types! {
    scalars {
        bool, "Boolean", |value| read_bool(&value);
        Uuid, "Guid", |value| read_guid(&value);
        DateTime, "DateTime", |value| read_date_time(&value);
        Vec<Uuid>, "Guid[]", guids;
        String, "String", string;
        ConcurrencyBehavior, "ConcurrencyBehavior", concurrency_behavior;
        QueryBase, "QueryBase", query;
        EntityReferenceCollection, "EntityReferenceCollection", references;
        RelationshipQueryCollection, "RelationshipQueryCollection", relationship_queries;
    }
    boxed {
        ColumnSet,
        Entity,
        EntityCollection,
        EntityReference,
        InputArgumentCollection,
        PrincipalAccess,
        Relationship,
        ValidationResult,
    }
    inline {
        OptionSetValue,
    }
}

fn string(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn concurrency_behavior(value: Value) -> Option<ConcurrencyBehavior> {
    match value {
        Value::ConcurrencyBehavior(behavior) => Some(behavior),
        number => read_int(&number).map(ConcurrencyBehavior),
    }
}

fn query(value: Value) -> Option<QueryBase> {
    Some(match value {
        Value::QueryExpression(query) => QueryBase::QueryExpression(query),
        Value::QueryByAttribute(query) => QueryBase::QueryByAttribute(query),
        Value::FetchExpression(query) => QueryBase::FetchExpression(query),
        Value::Raw(raw) => QueryBase::Other(raw),
        _ => return None,
    })
}

fn guids(value: Value) -> Option<Vec<Uuid>> {
    match value {
        Value::Array(array) => array.items().iter().map(read_guid).collect(),
        _ => None,
    }
}

fn references(value: Value) -> Option<EntityReferenceCollection> {
    let reference = |item| match item {
        Value::Null => Some(None),
        Value::EntityReference(reference) => Some(Some(*reference)),
        _ => None,
    };
    match value {
        Value::EntityReferenceCollection(references) => Some(references),
        Value::Array(array) => {
            let items: Option<List<_>> = each(array, reference);
            items.map(Into::into)
        }
        _ => None,
    }
}

fn relationship_queries(value: Value) -> Option<RelationshipQueryCollection> {
    let pair = |item| match item {
        Value::KeyValuePairOfRelationshipQueryBase(pair) => Some((pair.key?, pair.value)),
        _ => None,
    };
    match value {
        Value::RelationshipQueryCollection(queries) => Some(queries),
        Value::Array(array) => each(array, pair),
        _ => None,
    }
}

fn each<T, C: FromIterator<T>>(array: Array, read: impl Fn(Value) -> Option<T>) -> Option<C> {
    array.into_items().into_iter().map(read).collect()
}
