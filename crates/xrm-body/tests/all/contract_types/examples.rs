//! A value of each contract type, with the expression that makes it.

use xrm_context::change::*;
use xrm_context::contract::{EnumType, IntegerKind, TypeName, scalar_type};
use xrm_context::label::*;
use xrm_context::message::*;
use xrm_context::parameter::*;
use xrm_context::query::*;
use xrm_context::response::*;
use xrm_context::scheduling::*;
use xrm_context::security::*;
use xrm_context::*;

pub(super) const ID: Uuid = Uuid::from_u128(0x2d1b_5d9e_7c0f_4a53_9b1c_6a0f_42c1_77e0);

pub(super) const TIME: DateTime = match DateTime::utc(638_515_305_420_000_000) {
    Ok(time) => time,
    Err(_) => panic!("it is a date"),
};

pub(super) struct Example {
    /// The type's name in Rust.
    pub(super) name: &'static str,
    /// The contract's name; none has a value without a contract, null.
    pub(super) contract: Option<&'static TypeName>,
    /// The expression that makes the value.
    pub(super) expression: &'static str,
    /// A context that holds the value in the parameter `v`, or further inside.
    pub(super) context: RemoteExecutionContext,
    /// The member of which the value is: `v` for an `object` place.
    pub(super) member: &'static str,
    /// The class that declares the member, where that is no `object` place.
    pub(super) class: Option<&'static str>,
    /// The names and numbers, where the type is an enumeration.
    pub(super) enumeration: Option<&'static EnumType>,
}

pub(super) fn in_object_place(value: impl Into<Value>) -> RemoteExecutionContext {
    RemoteExecutionContext {
        input_parameters: ParameterCollection::from([("v", value.into())]),
        ..Default::default()
    }
}

macro_rules! scalars {
    ($($name:ident $(in $contract:expr)? => $value:expr;)*) => {
        /// What may stand in an `object` place and is no contract type of the platform's own.
        pub(super) fn scalars() -> Vec<Example> {
            vec![$(Example {
                name: stringify!($name),
                contract: None $(.or(Some($contract)))?,
                expression: stringify!($value),
                context: in_object_place($value),
                member: "v",
                class: None,
                enumeration: None,
            },)*]
        }
    };
}

scalars! {
    Null => Value::Null;
    Bool in scalar_type::BOOLEAN => Value::Bool(true);
    Int in IntegerKind::Int.type_name() => Value::Int(42);
    Long in IntegerKind::Long.type_name() => Value::Long(5_000_000_000);
    Short in IntegerKind::Short.type_name() => Value::Short(42);
    Byte in IntegerKind::Byte.type_name() => Value::Byte(42);
    SByte in IntegerKind::SByte.type_name() => Value::SByte(-42);
    UShort in IntegerKind::UShort.type_name() => Value::UShort(42);
    UInt in IntegerKind::UInt.type_name() => Value::UInt(42);
    ULong in IntegerKind::ULong.type_name() => Value::ULong(42);
    Float in scalar_type::FLOAT => Value::Float(0.1);
    Double in scalar_type::DOUBLE => Value::Double(972.172753);
    Decimal in scalar_type::DECIMAL => Value::Decimal(Decimal::new(1250, 2));
    Number in scalar_type::DOUBLE =>
        Value::Number(Box::new(Number::new(NumberValue::Double(1e300), "1E300", Origin::Json)));
    Char in scalar_type::CHAR => Value::Char(u16::from(b'x'));
    String in scalar_type::STRING => Value::from("Contoso & Sons");
    Uri in scalar_type::URI => Value::Uri("https://contoso.com/a".to_owned());
    Guid in scalar_type::GUID => Value::Guid(ID);
    DateTime in scalar_type::DATE_TIME => Value::DateTime(TIME);
    TimeSpan in scalar_type::DURATION =>
        Value::TimeSpan(TimeSpan::from_ticks(90 * 60 * TimeSpan::TICKS_PER_SECOND));
    Bytes in scalar_type::BASE64 => Value::from(vec![1_u8, 2, 255]);
    Object in scalar_type::OBJECT => Value::Object;
}

macro_rules! known {
    ($($title:literal { $($type:ident: $value:expr;)* })*) => {
        /// What may stand in an `object` place, by theme.
        pub(super) fn known() -> Vec<(&'static str, Vec<Example>)> {
            vec![$(($title, vec![$(Example {
                name: stringify!($type),
                contract: Some(KnownType::$type.type_name()),
                expression: stringify!($value),
                context: {
                    let value: $type = $value;
                    in_object_place(value)
                },
                member: "v",
                class: None,
                enumeration: None,
            },)*]),)*]
        }
    };
}

known! {
    "Records" {
        Entity: Entity::new("account").with("name", "Contoso");
        EntityReference: EntityReference::new("contact", ID).with_name("Ann");
        EntityCollection: EntityCollection::new("account", [Entity::new("account")]);
        EntityReferenceCollection:
            EntityReferenceCollection::from_iter([EntityReference::new("contact", ID)]);
        EntityImageCollection:
            EntityImageCollection::from([("before", Entity::new("account"))]);
        Relationship: Relationship::new("account_primary_contact");
    }
    "Columns" {
        OptionSetValue: OptionSetValue::new(3);
        OptionSetValueCollection: OptionSetValueCollection::from_iter([1, 3]);
        Money: Money::new(Decimal::new(1250, 2));
        BooleanManagedProperty: BooleanManagedProperty { value: true, ..Default::default() };
        AliasedValue: AliasedValue::new("contact", "fullname", "Ann");
        KeyAttributeCollection: KeyAttributeCollection::from([("code", 7)]);
        Label: Label::new("Name", 1033);
        LocalizedLabel: LocalizedLabel::new("Name", 1033);
        LocalizedLabelCollection:
            LocalizedLabelCollection::from_iter([LocalizedLabel::new("Name", 1033)]);
    }
    "Dictionaries and pairs" {
        StringDictionary: StringDictionary::from([("account", "Update".to_owned())]);
        EntityAttributeCollection:
            EntityAttributeCollection::from([("account", vec![Value::from("name")])]);
        EntityRecordCountCollection: EntityRecordCountCollection::from([("account", 12_i64)]);
        KeyValuePairOfStringObject:
            KeyValuePairOfStringObject {
                key: Some("code".to_owned()), value: Value::Int(7), ..Default::default()
            };
        KeyValuePairOfStringString:
            KeyValuePairOfStringString {
                key: Some("account".to_owned()), value: Some("Update".to_owned()), ..Default::default()
            };
        KeyValuePairOfStringEntity:
            KeyValuePairOfStringEntity { key: Some("before".to_owned()), ..Default::default() };
        KeyValuePairOfStringLong:
            KeyValuePairOfStringLong {
                key: Some("account".to_owned()), value: 12, ..Default::default()
            };
        KeyValuePairOfStringArray:
            KeyValuePairOfStringArray {
                key: Some("account".to_owned()),
                value: Some(vec![Value::from("name")]),
                ..Default::default()
            };
        KeyValuePairOfRelationshipQueryBase:
            KeyValuePairOfRelationshipQueryBase {
                key: Some(Relationship::new("account_primary_contact")),
                value: Some(FetchExpression::new("<fetch/>").into()),
                ..Default::default()
            };
    }
    "Queries" {
        QueryExpression: QueryExpression::new("account");
        QueryByAttribute: QueryByAttribute::new("account").with("name", "Contoso");
        FetchExpression: FetchExpression::new("<fetch/>");
        ColumnSet: ColumnSet::new(["name"]);
        PagingInfo: PagingInfo { count: 50, page_number: 1, ..Default::default() };
        RelationshipQueryCollection:
            RelationshipQueryCollection::from([(
                Relationship::new("account_primary_contact"),
                QueryBase::from(FetchExpression::new("<fetch/>")),
            )]);
        QuickFindResult: QuickFindResult { error_code: -1, ..Default::default() };
        QuickFindResultCollection:
            QuickFindResultCollection::from_iter([QuickFindResult::default()]);
    }
    "Messages" {
        OrganizationRequest: OrganizationRequest::new("WhoAmI").with("Tag", 1);
        OrganizationRequestCollection:
            OrganizationRequestCollection::from_iter([OrganizationRequest::new("WhoAmI")]);
        OrganizationResponse:
            OrganizationResponse {
                response_name: Some("WhoAmI".to_owned()), ..Default::default()
            };
        OrganizationResponseCollection:
            OrganizationResponseCollection::from_iter([OrganizationResponse::default()]);
        OrganizationUpsertResponse:
            OrganizationUpsertResponse {
                response_name: Some("Upsert".to_owned()),
                results: ParameterCollection::from([("RecordCreated", true)]),
                ..Default::default()
            };
        ExecuteMultipleSettings:
            ExecuteMultipleSettings { return_responses: true, ..Default::default() };
        ExecuteMultipleResponseItem:
            ExecuteMultipleResponseItem { request_index: 1, ..Default::default() };
        ExecuteMultipleResponseItemCollection:
            ExecuteMultipleResponseItemCollection::from_iter([
                ExecuteMultipleResponseItem::default(),
            ]);
        InputArgumentCollection: InputArgumentCollection::new([("Tag", 1)]);
        EmailEngagementAggregate:
            EmailEngagementAggregate { total_emails: 2, ..Default::default() };
        SettingDetail:
            SettingDetail {
                name: Some("limit".to_owned()), value: Some("5".to_owned()), ..Default::default()
            };
        SettingDetailCollection: SettingDetailCollection::from_iter([SettingDetail::default()]);
    }
    "Security" {
        PrincipalAccess:
            PrincipalAccess::new(EntityReference::new("team", ID), AccessRights::READ_ACCESS);
        RolePrivilege: RolePrivilege { depth: PrivilegeDepth::DEEP, ..Default::default() };
        AttributePrivilege: AttributePrivilege { can_read: 4, ..Default::default() };
        AttributePrivilegeCollection:
            AttributePrivilegeCollection::from_iter([AttributePrivilege::default()]);
    }
    "Changes" {
        BusinessEntityChanges:
            BusinessEntityChanges { data_token: Some("919042!".to_owned()), ..Default::default() };
        BusinessEntityChangesCollection:
            BusinessEntityChangesCollection::from_iter([
                RemovedOrDeletedItem::new(EntityReference::new("account", ID)),
            ]);
        NewOrUpdatedItem: NewOrUpdatedItem::new(Entity::new("account"));
        RemovedOrDeletedItem: RemovedOrDeletedItem::new(EntityReference::new("account", ID));
    }
    "Scheduling" {
        AppointmentRequest: AppointmentRequest { duration: 60, ..Default::default() };
        AppointmentsToIgnore:
            AppointmentsToIgnore { appointments: Some(vec![ID]), ..Default::default() };
        ConstraintRelation:
            ConstraintRelation {
                constraint_type: Some("ResourceType".to_owned()), ..Default::default()
            };
        ObjectiveRelation: ObjectiveRelation { resource_spec_id: ID, ..Default::default() };
        RequiredResource: RequiredResource { resource_id: ID, ..Default::default() };
        SearchResults: SearchResults::default();
        AppointmentProposal: AppointmentProposal { start: Some(TIME), ..Default::default() };
        ProposalParty: ProposalParty { effort_required: 0.5, ..Default::default() };
        ValidationResult: ValidationResult { validation_success: true, ..Default::default() };
        TraceInfo:
            TraceInfo {
                error_info_list: Some(List::from_iter([ErrorInfo::default()])),
                ..Default::default()
            };
        ErrorInfo: ErrorInfo { error_code: Some("NoResource".to_owned()), ..Default::default() };
        ResourceInfo: ResourceInfo { id: ID, ..Default::default() };
        TimeInfo: TimeInfo { time_code: TimeCode::BUSY, ..Default::default() };
    }
}

macro_rules! enumerations {
    ($($type:ident: $value:expr;)*) => {
        /// The enumerations that may stand in an `object` place.
        pub(super) fn enumerations() -> Vec<Example> {
            vec![$(Example {
                name: stringify!($type),
                contract: Some(KnownType::$type.type_name()),
                expression: stringify!($value),
                context: in_object_place($value),
                member: "v",
                class: None,
                enumeration: Some($type::TYPE),
            },)*]
        }
    };
}

enumerations! {
    AccessRights: AccessRights::READ_ACCESS | AccessRights::WRITE_ACCESS;
    BulkOperationSource: BulkOperationSource::CAMPAIGN_ACTIVITY;
    ChangeType: ChangeType::REMOVE_OR_DELETED;
    ConcurrencyBehavior: ConcurrencyBehavior::IF_ROW_VERSION_MATCHES;
    EndpointAccessType: EndpointAccessType::INTERNET;
    EntityFilters: EntityFilters::ENTITY | EntityFilters::ATTRIBUTES;
    EntityRole: EntityRole::REFERENCED;
    EntitySource: EntitySource::CONTACT;
    EntityState: EntityState::CHANGED;
    ExportDynamicToExcelType: ExportDynamicToExcelType::PIVOT;
    PrivilegeDepth: PrivilegeDepth::DEEP;
    PropagationOwnershipOptions: PropagationOwnershipOptions::CALLER;
    RibbonLocationFilters: RibbonLocationFilters::FORM;
    RollupType: RollupType::RELATED;
    SearchDirection: SearchDirection::BACKWARD;
    SubCode: SubCode::HOLIDAY;
    TargetFieldType: TargetFieldType::VALID_FOR_READ;
    TimeCode: TimeCode::BUSY;
}

macro_rules! declared {
    ($(
        $type:ident $([$enumeration:ident])? in $class:ident.$field:ident $member:literal
            $(within $outer:ident)?: $value:expr;
    )*) => {
        /// What stands only where a contract declares it, in a value of such a contract.
        pub(super) fn declared() -> Vec<Example> {
            vec![$({
                let holder = $class { $field: $value.into(), ..Default::default() };
                Example {
                    name: stringify!($type),
                    contract: Some(declared!(@name $type $([$enumeration])?)),
                    expression: stringify!($value),
                    context: declared!(@context holder $(, $outer)?),
                    member: $member,
                    class: Some(stringify!($class)),
                    enumeration: declared!(@enumeration $type $([$enumeration])?),
                }
            },)*]
        }
    };
    (@name $type:ident [enumeration]) => { &$type::TYPE.type_name };
    (@name $type:ident) => { <$type as contract::Known>::TYPE };
    (@enumeration $type:ident [enumeration]) => { Some($type::TYPE) };
    (@enumeration $type:ident) => { None };
    (@context $holder:ident) => { in_object_place($holder) };
    (@context $holder:ident, $outer:ident) => { in_object_place($outer($holder)) };
}

fn condition(condition: ConditionExpression) -> QueryExpression {
    criteria(FilterExpression::default().with(condition))
}

fn criteria(criteria: FilterExpression) -> QueryExpression {
    QueryExpression { criteria, ..Default::default() }
}

fn link(link: LinkEntity) -> QueryExpression {
    QueryExpression { link_entities: List::from_iter([link]), ..Default::default() }
}

fn order(order: OrderExpression) -> QueryExpression {
    QueryExpression { orders: List::from_iter([order]), ..Default::default() }
}

fn expression(expression: XrmAttributeExpression) -> ColumnSet {
    ColumnSet { attribute_expressions: List::from_iter([expression]), ..Default::default() }
}

fn fault(fault: OrganizationServiceFault) -> ExecuteMultipleResponseItem {
    ExecuteMultipleResponseItem { fault: Some(fault), ..Default::default() }
}

declared! {
    AttributeCollection in Entity.attributes "Attributes":
        AttributeCollection::from([("name", "Contoso")]);
    FormattedValueCollection in Entity.formatted_values "FormattedValues":
        FormattedValueCollection::from([("revenue", "$12.50".to_owned())]);
    RelatedEntityCollection in Entity.related_entities "RelatedEntities":
        RelatedEntityCollection::from([(
            Relationship::new("account_primary_contact"),
            EntityCollection::default(),
        )]);
    ParameterCollection in OrganizationUpsertResponse.results "Results":
        ParameterCollection::from([("RecordCreated", true)]);
    InputArgument in InputArgumentCollection.arguments "Arguments": InputArgument::from([("Tag", 1)]);
    OrganizationServiceFault in ExecuteMultipleResponseItem.fault "Fault":
        OrganizationServiceFault { error_code: -2147220969, ..Default::default() };
    ErrorDetailCollection in OrganizationServiceFault.error_details "ErrorDetails" within fault:
        ErrorDetailCollection::from([("CallStack", "...")]);
    FilterExpression in QueryExpression.criteria "Criteria":
        FilterExpression::new(LogicalOperator::OR);
    ConditionExpression in FilterExpression.conditions "Conditions" within criteria:
        List::from_iter([ConditionExpression::new("statecode", ConditionOperator::EQUAL).with(0)]);
    LinkEntity in QueryExpression.link_entities "LinkEntities":
        List::from_iter([LinkEntity::new(
            JoinOperator::INNER,
            ("account", "primarycontactid"),
            ("contact", "contactid"),
        )]);
    OrderExpression in QueryExpression.orders "Orders":
        List::from_iter([OrderExpression::new("name", OrderType::DESCENDING)]);
    XrmAttributeExpression in ColumnSet.attribute_expressions "AttributeExpressions":
        List::from_iter([XrmAttributeExpression {
            aggregate_type: XrmAggregateType::SUM,
            attribute_name: Some("revenue".to_owned()),
            ..Default::default()
        }]);
    ConditionOperator [enumeration] in ConditionExpression.operator "Operator" within condition:
        ConditionOperator::LIKE;
    LogicalOperator [enumeration] in FilterExpression.filter_operator "FilterOperator" within criteria:
        LogicalOperator::OR;
    JoinOperator [enumeration] in LinkEntity.join_operator "JoinOperator" within link:
        JoinOperator::LEFT_OUTER;
    OrderType [enumeration] in OrderExpression.order_type "OrderType" within order:
        OrderType::DESCENDING;
    XrmAggregateType [enumeration] in XrmAttributeExpression.aggregate_type "AggregateType"
        within expression: XrmAggregateType::SUM;
    XrmDateTimeGrouping [enumeration] in XrmAttributeExpression.date_time_grouping "DateTimeGrouping"
        within expression: XrmDateTimeGrouping::MONTH;
}
