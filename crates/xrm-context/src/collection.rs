//! The platform's collections: ordered pairs with unique keys, and lists.

mod index;
mod iter;
mod key;
mod list;
mod pairs;

use crate::attribute::OptionSetValue;
use crate::contract::{dictionary, list_collection, pair_collection};
use crate::entity::{Entity, EntityCollection, EntityReference, Relationship};
use crate::value::Value;
pub(crate) use index::FEW;
pub use iter::{PairsIter, PairsIterMut};
pub use key::Key;
pub use list::List;
pub(crate) use pairs::Pair;
pub use pairs::Pairs;

pair_collection! {
    /// The parameters of a message, or variables shared between plug-ins: names and values.
    pub struct ParameterCollection = "ParameterCollection" in Contracts:
        Key => Value, "KeyValuePairOfstringanyType";

    /// The columns of a record: logical names and values.
    pub struct AttributeCollection = "AttributeCollection" in Contracts:
        Key => Value, "KeyValuePairOfstringanyType";

    /// The columns of an alternate key: logical names and values.
    pub struct KeyAttributeCollection = "KeyAttributeCollection" in Contracts71:
        Key => Value as KeyValuePairOfStringObject, "KeyValuePairOfstringanyType";

    /// What a person sees instead of a column's value: logical names and labels.
    pub struct FormattedValueCollection = "FormattedValueCollection" in Contracts:
        Key => Option<String>, "KeyValuePairOfstringstring";

    /// Snapshots of the record before or after the operation: aliases and records.
    pub struct EntityImageCollection = "EntityImageCollection" in Contracts:
        Key => Option<Entity> as KeyValuePairOfStringEntity, "KeyValuePairOfstringEntitygUGIFE1S";

    /// Records created together with a record: relationships and the related records.
    pub struct RelatedEntityCollection = "RelatedEntityCollection" in Contracts:
        Relationship => Option<EntityCollection>,
        "KeyValuePairOfRelationshipEntityCollectionX_PsK4FkN";
}

list_collection! {
    /// The values of a multi-select choice column.
    pub struct OptionSetValueCollection = "OptionSetValueCollection" in Contracts90:
        OptionSetValue, "OptionSetValue";

    /// References to records, as `Associate` has them.
    pub struct EntityReferenceCollection = "EntityReferenceCollection" in Contracts:
        EntityReference, "EntityReference";
}

dictionary! {
    /// Strings by string.
    pub struct StringDictionary = "ArrayOfKeyValueOfstringstring":
        Key => Option<String> as KeyValuePairOfStringString,
        "KeyValueOfstringstring", "KeyValuePairOfstringstring";
}

impl FormattedValueCollection {
    /// The label of a column.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_deref()
    }
}

impl EntityImageCollection {
    /// The image registered under an alias.
    #[must_use]
    pub fn image(&self, alias: &str) -> Option<&Entity> {
        self.get(alias)?.as_ref()
    }
}
