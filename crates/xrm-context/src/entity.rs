//! Records, references to records, and what relates them.

use std::hash::{Hash, Hasher};

use uuid::Uuid;

use crate::collection::{
    AttributeCollection, FormattedValueCollection, KeyAttributeCollection, List,
    RelatedEntityCollection,
};
use crate::contract::{contract, contract_enum};
use crate::value::Value;

contract! {
    /// A record: a row of a table, or the part of one that a message carries.
    ///
    /// ```
    /// use xrm_context::{Entity, Money, OptionSetValue};
    ///
    /// let mut account = Entity::new("account")
    ///     .with("name", "Contoso")
    ///     .with("revenue", Money::from(12));
    /// account["statuscode"] = OptionSetValue::from(1).into();
    ///
    /// assert_eq!(account.str("name")?, Some("Contoso"));
    /// assert_eq!(account.option("statuscode")?, Some(1));
    /// assert_eq!(account.str("fax")?, None);
    /// assert!(account.str("revenue").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct Entity = "Entity" in Contracts {
        /// The columns and their values.
        "Attributes" => attributes: AttributeCollection,
        /// What happened to the record on the client.
        "EntityState" => entity_state: Option<EntityState>,
        /// What a person sees instead of the values.
        "FormattedValues" => formatted_values: FormattedValueCollection,
        /// The record's id; the nil id where it has none yet.
        "Id" => id: Uuid,
        /// The alternate key that names the record. Since version 7.1.
        "KeyAttributes" since V7_1 => key_attributes: KeyAttributeCollection,
        /// The logical name of the table.
        "LogicalName" => logical_name: Option<String>,
        /// Records to be created with this one.
        "RelatedEntities" => related_entities: RelatedEntityCollection,
        /// The row version, for optimistic concurrency. Since version 7.1.
        "RowVersion" since V7_1 => row_version: Option<String>,
    }
}

contract! {
    /// A reference to a record: the value of a lookup column.
    pub struct EntityReference = "EntityReference" in Contracts {
        /// The record's id.
        "Id" => id: Uuid,
        /// The alternate key that names the record. Since version 7.1.
        "KeyAttributes" since V7_1 => key_attributes: KeyAttributeCollection,
        /// The logical name of the table.
        "LogicalName" => logical_name: Option<String>,
        /// The record's primary name.
        "Name" => name: Option<String>,
        /// The row version, for optimistic concurrency. Since version 7.1.
        "RowVersion" since V7_1 => row_version: Option<String>,
    }
}

contract! {
    /// A page of records.
    pub struct EntityCollection = "EntityCollection" in Contracts {
        /// The records.
        "Entities" => entities: List<Entity>,
        /// The logical name of the table.
        "EntityName" => entity_name: Option<String>,
        /// The lowest active row version, for change tracking.
        "MinActiveRowVersion" => min_active_row_version: Option<String>,
        /// Whether there are more pages.
        "MoreRecords" => more_records: bool,
        /// What to ask for the next page with.
        "PagingCookie" => paging_cookie: Option<String>,
        /// The number of records on all pages; -1 where it was not asked for.
        "TotalRecordCount" => total_record_count: i32,
        /// Whether there are more records than the platform counts.
        "TotalRecordCountLimitExceeded" => total_record_count_limit_exceeded: bool,
    }
}

contract! {
    /// A relationship between tables.
    pub struct Relationship = "Relationship" in Contracts {
        /// Which end the primary table is, where a table relates to itself.
        "PrimaryEntityRole" => primary_entity_role: Option<EntityRole>,
        /// The relationship's schema name.
        "SchemaName" => schema_name: Option<String>,
    }
}

contract_enum! {
    /// What happened to a record on the client.
    pub struct EntityState = "EntityState" in Contracts {
        /// Nothing.
        UNCHANGED = "Unchanged", 0;
        /// It is new.
        CREATED = "Created", 1;
        /// It was changed.
        CHANGED = "Changed", 2;
    }
}

contract_enum! {
    /// An end of a relationship.
    pub struct EntityRole = "EntityRole" in Contracts {
        /// The table that refers.
        REFERENCING = "Referencing", 0;
        /// The table that is referred to.
        REFERENCED = "Referenced", 1;
    }
}

contract_enum! {
    /// How an update treats the row version it was given. Since version 7.1.
    pub struct ConcurrencyBehavior = "ConcurrencyBehavior" in Contracts71 {
        /// As the caller's organization is set.
        DEFAULT = "Default", 0;
        /// Only if the row version is still the given one.
        IF_ROW_VERSION_MATCHES = "IfRowVersionMatches", 1;
        /// In any case.
        ALWAYS_OVERWRITE = "AlwaysOverwrite", 2;
    }
}

impl Entity {
    /// A record of a table, without an id.
    #[must_use]
    pub fn new(logical_name: impl Into<String>) -> Self {
        Self { logical_name: Some(logical_name.into()), ..Self::default() }
    }

    /// The same record with this id.
    #[must_use]
    pub fn with_id(self, id: Uuid) -> Self {
        Self { id, ..self }
    }

    /// The same record with a column set.
    #[must_use]
    pub fn with(mut self, name: impl AsRef<str>, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.as_ref(), value);
        self
    }

    /// A reference to the record.
    #[must_use]
    pub fn to_reference(&self) -> EntityReference {
        EntityReference {
            id: self.id,
            key_attributes: self.key_attributes.clone(),
            logical_name: self.logical_name.clone(),
            row_version: self.row_version.clone(),
            ..EntityReference::default()
        }
    }
}

impl EntityReference {
    /// A reference to the record of a table with this id.
    #[must_use]
    pub fn new(logical_name: impl Into<String>, id: Uuid) -> Self {
        Self { id, logical_name: Some(logical_name.into()), ..Self::default() }
    }

    /// The same reference with the record's primary name.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }
}

impl EntityCollection {
    /// These records of a table.
    #[must_use]
    pub fn new(entity_name: impl Into<String>, entities: impl IntoIterator<Item = Entity>) -> Self {
        Self {
            entities: entities.into_iter().collect(),
            entity_name: Some(entity_name.into()),
            ..Self::default()
        }
    }
}

impl Relationship {
    /// The relationship with this schema name.
    #[must_use]
    pub fn new(schema_name: impl Into<String>) -> Self {
        Self { schema_name: Some(schema_name.into()), ..Self::default() }
    }
}

impl Eq for Relationship {}

impl Hash for Relationship {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.primary_entity_role, &self.schema_name).hash(state);
    }
}
