//! Parameters that particular messages take.

use crate::collection::Key;
use crate::contract::{contract, contract_enum, pair_collection};
use crate::value::Value;

contract! {
    /// The arguments of a workflow, as `ExecuteWorkflow` takes them.
    pub struct InputArgumentCollection = "InputArgumentCollection" in Crm2011 {
        /// The arguments.
        "Arguments" => arguments: InputArgument,
    }
}

pair_collection! {
    /// Arguments of a workflow: names and values.
    pub struct InputArgument = "ArrayOfKeyValuePairOfstringanyType" in Generic:
        Key => Value, "KeyValuePairOfstringanyType";

    /// Columns by table, as `ConvertDateAndTimeBehavior` takes them: logical names of tables, and
    /// for each the logical names of columns.
    pub struct EntityAttributeCollection = "EntityAttributeCollection" in Contracts71:
        Key => Option<Vec<Value>> as KeyValuePairOfStringArray, "KeyValuePairOfstringArrayOfanyTypety7Ep6D1";
}

contract_enum! {
    /// Which parts of a table's metadata a message returns.
    pub flags EntityFilters = "EntityFilters" in Metadata {
        /// The table itself.
        ENTITY = "Entity", 1;
        /// Its columns.
        ATTRIBUTES = "Attributes", 2;
        /// The privileges on it.
        PRIVILEGES = "Privileges", 4;
        /// Its relationships.
        RELATIONSHIPS = "Relationships", 8;
    }
}

/// The SDK's names for these are no names of the contract: XML has those of the bits.
impl EntityFilters {
    /// The table itself, which is the default.
    pub const DEFAULT: Self = Self::ENTITY;
    /// Everything.
    pub const ALL: Self = Self(15);
}

contract_enum! {
    /// Where a table's commands stand, as `RetrieveEntityRibbon` takes it.
    pub flags RibbonLocationFilters = "RibbonLocationFilters" in Crm2011 {
        /// In the form.
        FORM = "Form", 1;
        /// In the grid of the table's own page.
        HOMEPAGE_GRID = "HomepageGrid", 2;
        /// In a grid inside a form.
        SUB_GRID = "SubGrid", 4;
    }
}

/// The SDK's names for these are no names of the contract: XML has those of the bits.
impl RibbonLocationFilters {
    /// Everywhere.
    pub const ALL: Self = Self(7);
    /// Everywhere, which is the default.
    pub const DEFAULT: Self = Self::ALL;
}

contract_enum! {
    /// From where an organization's endpoints are reached, as `RetrieveCurrentOrganization` takes
    /// it.
    pub struct EndpointAccessType = "EndpointAccessType" in Contracts2014 {
        /// From where the caller is.
        DEFAULT = "Default", 0;
        /// From the Internet.
        INTERNET = "Internet", 1;
        /// From the intranet.
        INTRANET = "Intranet", 2;
    }
}

contract_enum! {
    /// What distributes a campaign's activities, as `CreateActivitiesList` leads to it.
    pub struct BulkOperationSource = "BulkOperationSource" in Crm2011 {
        /// A quick campaign.
        QUICK_CAMPAIGN = "QuickCampaign", 0;
        /// A campaign activity.
        CAMPAIGN_ACTIVITY = "CampaignActivity", 1;
    }
}

contract_enum! {
    /// The tables that members of marketing lists come from.
    pub struct EntitySource = "EntitySource" in Crm2011 {
        /// Accounts.
        ACCOUNT = "Account", 0;
        /// Contacts.
        CONTACT = "Contact", 1;
        /// Leads.
        LEAD = "Lead", 2;
        /// All three.
        ALL = "All", 3;
    }
}

contract_enum! {
    /// Which columns `InitializeFrom` carries over to the new record.
    pub struct TargetFieldType = "TargetFieldType" in Crm2011 {
        /// Every one that is mapped.
        ALL = "All", 0;
        /// Those that may be set when a record is created.
        VALID_FOR_CREATE = "ValidForCreate", 1;
        /// Those that may be changed.
        VALID_FOR_UPDATE = "ValidForUpdate", 2;
        /// Those that may be read.
        VALID_FOR_READ = "ValidForRead", 3;
    }
}

contract_enum! {
    /// Who becomes the owner of a campaign's activities.
    pub struct PropagationOwnershipOptions = "PropagationOwnershipOptions" in Crm2011 {
        /// As the organization is set.
        NONE = "None", 0;
        /// The calling user.
        CALLER = "Caller", 1;
        /// The owner of each member of the marketing list.
        LIST_MEMBER_OWNER = "ListMemberOwner", 2;
    }
}

contract_enum! {
    /// How far a `Rollup` goes for the records related to one.
    pub struct RollupType = "RollupType" in Crm2011 {
        /// The record itself.
        NONE = "None", 0;
        /// Directly related records.
        RELATED = "Related", 1;
        /// Records related to those too.
        EXTENDED = "Extended", 2;
    }
}

contract_enum! {
    /// The kind of worksheet that `ExportDynamicToExcel` makes. Since version 7.1.
    pub struct ExportDynamicToExcelType = "ExportDynamicToExcelType" in Contracts71 {
        /// A worksheet that can be refreshed.
        DYNAMIC = "Dynamic", 0;
        /// A pivot table that can be refreshed.
        PIVOT = "Pivot", 1;
    }
}

impl InputArgumentCollection {
    /// These arguments.
    #[must_use]
    pub fn new(arguments: impl Into<InputArgument>) -> Self {
        Self { arguments: arguments.into(), ..Self::default() }
    }
}
