//! What changed since a token was given: the answer of `RetrieveEntityChanges`.
//!
//! Source: [use change tracking](https://learn.microsoft.com/power-apps/developer/data-platform/use-change-tracking-synchronize-data-external-systems).

use crate::contract::{base_class, contract, contract_enum, list_collection};
use crate::entity::{Entity, EntityReference};

contract! {
    /// A page of changes of a table.
    pub struct BusinessEntityChanges = "BusinessEntityChanges" in Contracts71 {
        /// The changes.
        "Changes" => changes: BusinessEntityChangesCollection,
        /// What to ask for the next changes with.
        "DataToken" => data_token: Option<String>,
        /// The version of the organization's metadata.
        "GlobalMetadataVersion" => global_metadata_version: Option<String>,
        /// Whether there are more pages.
        "MoreRecords" => more_records: bool,
        /// What to ask for the next page with.
        "PagingCookie" => paging_cookie: Option<String>,
    }
}

list_collection! {
    /// Changes of records.
    pub struct BusinessEntityChangesCollection = "BusinessEntityChangesCollection" in Contracts71:
        ChangedItem, "anyType";
}

base_class! {
    /// A change of a record: the interface `IChangedItem` of the platform's SDK.
    pub enum ChangedItem {
        NewOrUpdatedItem,
        RemovedOrDeletedItem,
    }
}

contract! {
    /// A record that is new or was updated.
    pub struct NewOrUpdatedItem = "NewOrUpdatedItem" in Contracts71 {
        /// The record as it is now.
        "NewOrUpdatedEntity" => new_or_updated_entity: Option<Entity>,
        /// The kind of the change.
        "Type" => change_type: ChangeType,
    }
}

contract! {
    /// A record that was deleted.
    pub struct RemovedOrDeletedItem = "RemovedOrDeletedItem" in Contracts71 {
        /// The record that was.
        "RemovedItem" => removed_item: Option<EntityReference>,
        /// The kind of the change.
        "Type" => change_type: ChangeType,
    }
}

contract_enum! {
    /// The kind of a change.
    pub struct ChangeType = "ChangeType" in Contracts71 {
        /// A record is new or was updated.
        NEW_OR_UPDATED = "NewOrUpdated", 0;
        /// A record was deleted.
        REMOVE_OR_DELETED = "RemoveOrDeleted", 1;
    }
}

impl NewOrUpdatedItem {
    /// This record is new or was updated.
    #[must_use]
    pub fn new(entity: Entity) -> Self {
        let change_type = ChangeType::NEW_OR_UPDATED;
        Self { new_or_updated_entity: Some(entity), change_type, ..Self::default() }
    }
}

impl RemovedOrDeletedItem {
    /// The record that this refers to was deleted.
    #[must_use]
    pub fn new(removed: EntityReference) -> Self {
        let change_type = ChangeType::REMOVE_OR_DELETED;
        Self { removed_item: Some(removed), change_type, ..Self::default() }
    }
}
