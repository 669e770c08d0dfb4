//! Who may do what: shared records, and the privileges of roles and columns.

use uuid::Uuid;

use crate::contract::{contract, contract_enum, list_collection};
use crate::entity::EntityReference;

contract! {
    /// What a user, a team or an organization may do with a shared record.
    pub struct PrincipalAccess = "PrincipalAccess" in Crm2011 {
        /// What the principal may do.
        "AccessMask" => access_mask: AccessRights,
        /// The user, the team or the organization.
        "Principal" => principal: Option<EntityReference>,
    }
}

contract_enum! {
    /// What may be done with a record.
    pub flags AccessRights = "AccessRights" in Crm2011 {
        /// Nothing.
        NONE = "None", 0;
        /// Reading it.
        READ_ACCESS = "ReadAccess", 1;
        /// Changing it.
        WRITE_ACCESS = "WriteAccess", 2;
        /// Attaching it to another record.
        APPEND_ACCESS = "AppendAccess", 4;
        /// Attaching other records to it.
        APPEND_TO_ACCESS = "AppendToAccess", 16;
        /// Creating it.
        CREATE_ACCESS = "CreateAccess", 32;
        /// Deleting it.
        DELETE_ACCESS = "DeleteAccess", 65536;
        /// Sharing it.
        SHARE_ACCESS = "ShareAccess", 262144;
        /// Giving it to another owner.
        ASSIGN_ACCESS = "AssignAccess", 524288;
    }
}

contract! {
    /// A privilege of a role, and how far it reaches.
    pub struct RolePrivilege = "RolePrivilege" in Crm2011 {
        /// The business unit that the privilege is for.
        "BusinessUnitId" => business_unit_id: Uuid,
        /// How far the privilege reaches.
        "Depth" => depth: PrivilegeDepth,
        /// The privilege.
        "PrivilegeId" => privilege_id: Uuid,
        /// The privilege's name, `prvReadAccount` for example.
        "PrivilegeName" => privilege_name: Option<String>,
        /// The filter that records have to pass, where the depth is that of a record filter.
        "RecordFilterId" => record_filter_id: Uuid,
        /// That filter's unique name.
        "RecordFilterUniqueName" => record_filter_unique_name: Option<String>,
    }
}

contract_enum! {
    /// How far a privilege reaches.
    pub struct PrivilegeDepth = "PrivilegeDepth" in Crm2011 {
        /// The user's own records.
        BASIC = "Basic", 0;
        /// Those of the user's business unit.
        LOCAL = "Local", 1;
        /// Those of the business units below it too.
        DEEP = "Deep", 2;
        /// Those of the whole organization.
        GLOBAL = "Global", 3;
        /// Those that pass a filter.
        RECORD_FILTER = "RecordFilter", 4;
    }
}

contract! {
    /// What a user may do with a secured column. Each right is 0 for no and 4 for yes.
    pub struct AttributePrivilege = "AttributePrivilege" in Contracts {
        /// The column's metadata id.
        "AttributeId" => attribute_id: Uuid,
        /// Whether the user may set the column of a new record.
        "CanCreate" => can_create: i32,
        /// Whether the user may read the column.
        "CanRead" => can_read: i32,
        /// Whether the user may read the column unmasked.
        "CanReadUnMasked" => can_read_un_masked: i32,
        /// Whether the user may change the column.
        "CanUpdate" => can_update: i32,
    }
}

list_collection! {
    /// What a user may do with secured columns.
    pub struct AttributePrivilegeCollection = "AttributePrivilegeCollection" in Contracts:
        AttributePrivilege, "AttributePrivilege";
}

impl PrincipalAccess {
    /// A principal and what it may do.
    #[must_use]
    pub fn new(principal: EntityReference, access_mask: AccessRights) -> Self {
        Self { access_mask, principal: Some(principal), ..Self::default() }
    }
}
