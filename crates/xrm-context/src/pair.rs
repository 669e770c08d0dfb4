//! .NET's pairs, where one stands on its own.

use crate::contract::contract;
use crate::entity::{Entity, Relationship};
use crate::query::QueryBase;
use crate::value::Value;

contract! {
    /// A name and a value. JSON makes such pairs of an alternate key's columns where they stand in
    /// an `object` place.
    pub struct KeyValuePairOfStringObject = "KeyValuePairOfstringanyType" in Generic {
        /// The name.
        "key" => key: Option<String>,
        /// The value.
        "value" => value: Value,
    }
}

contract! {
    /// Two strings, as the shared variable `ChangedEntityTypes` holds them: a table and a message.
    pub struct KeyValuePairOfStringString = "KeyValuePairOfstringstring" in Generic {
        /// The name.
        "key" => key: Option<String>,
        /// The value.
        "value" => value: Option<String>,
    }
}

contract! {
    /// An alias and a record. JSON makes such pairs of images.
    pub struct KeyValuePairOfStringEntity = "KeyValuePairOfstringEntitygUGIFE1S" in Generic {
        /// The alias.
        "key" => key: Option<String>,
        /// The record.
        "value" => value: Option<Entity>,
    }
}

contract! {
    /// A name and a 64-bit integer. JSON makes such pairs of record counts.
    pub struct KeyValuePairOfStringLong = "KeyValuePairOfstringlong" in Generic {
        /// The name.
        "key" => key: Option<String>,
        /// The value.
        "value" => value: i64,
    }
}

contract! {
    /// A name and values. JSON makes such pairs of the columns of tables.
    pub struct KeyValuePairOfStringArray =
        "KeyValuePairOfstringArrayOfanyTypety7Ep6D1" in Generic {
        /// The name.
        "key" => key: Option<String>,
        /// The values.
        "value" => value: Option<Vec<Value>>,
    }
}

contract! {
    /// A relationship and a query. JSON makes such pairs of queries for related records.
    pub struct KeyValuePairOfRelationshipQueryBase =
        "KeyValuePairOfRelationshipQueryBaseX_PsK4FkN" in Generic {
        /// The relationship.
        "key" => key: Option<Relationship>,
        /// The query for the related records.
        "value" => value: Option<QueryBase>,
    }
}
