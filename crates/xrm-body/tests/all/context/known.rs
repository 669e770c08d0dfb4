//! Values of every contract type.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use xrm_context::change::*;
use xrm_context::label::*;
use xrm_context::message::*;
use xrm_context::parameter::*;
use xrm_context::query::*;
use xrm_context::response::*;
use xrm_context::scheduling::*;
use xrm_context::security::*;
use xrm_context::*;

use super::generate::Generate;
use super::scalar::{date_time, decimal, double, guid, name, scalar, text};

/// A value of any type that both formats take.
pub(crate) fn value(depth: u32) -> BoxedStrategy<Value> {
    let Some(below) = depth.checked_sub(1) else { return scalar().boxed() };
    prop_oneof![
        10 => scalar(),
        3 => Entity::generate(depth).prop_map(Value::from),
        5 => select(known_types(0)).prop_flat_map(move |known| of(known, depth)),
        4 => select(known_types(1)).prop_flat_map(move |known| array(known, below)),
        2 => scalar_array(below),
    ]
    .boxed()
}

/// Whether XML refuses the type. It has enumerations, which the platform can't read again.
fn is_json_only(known: KnownType) -> bool {
    known.is_known_by_collection() && !known.is_scalar()
}

/// A value that only JSON takes.
pub(crate) fn json_only() -> impl Strategy<Value = Value> {
    let types = KnownType::ALL.iter().copied().filter(|known| is_json_only(*known));
    select(types.collect::<Vec<_>>()).prop_flat_map(|known| of(known, 3))
}

/// The known types whose arrays have at least so many dimensions.
fn known_types(dimensions: u8) -> Vec<KnownType> {
    let types = KnownType::ALL.iter().copied();
    let types = types.filter(|known| !is_json_only(*known));
    types.filter(|known| known.array_dimensions() >= dimensions).collect()
}

/// An array of a known type, in as many dimensions as the platform knows.
fn array(known: KnownType, depth: u32) -> BoxedStrategy<Value> {
    let kind = ArrayKind::from_known(known).expect("it has arrays");
    let array = array_of(kind, of(known, depth), !known.is_scalar());
    match ArrayKind::nested(known) {
        Some(arrays) => prop_oneof![array.clone(), array_of(arrays, array, true)].boxed(),
        None => array,
    }
}

fn scalar_array(depth: u32) -> impl Strategy<Value = Value> {
    fn of<T: Into<Value> + 'static>(
        kind: ArrayKind,
        item: impl Strategy<Value = T> + 'static,
        null: bool,
    ) -> BoxedStrategy<Value> {
        array_of(kind, item.prop_map(Into::into).boxed(), null)
    }
    prop_oneof![
        of(ArrayKind::OBJECT, value(depth), true),
        of(ArrayKind::BOOL, any::<bool>(), false),
        of(ArrayKind::INT, any::<i32>(), false),
        of(ArrayKind::STRING, text(), true),
        of(ArrayKind::STRINGS, vec(text(), 0..3), true),
        of(ArrayKind::DOUBLE, double(), false),
        of(ArrayKind::DECIMAL, decimal(), false),
        of(ArrayKind::GUID, guid(), false),
        of(ArrayKind::DATE_TIME, date_time(), false),
    ]
}

fn array_of(kind: ArrayKind, item: BoxedStrategy<Value>, null: bool) -> BoxedStrategy<Value> {
    let item = prop_oneof![9 => item, u32::from(null) => Just(Value::Null)];
    vec(item, 0..4)
        .prop_map(move |items| Array::new(kind, items).expect("it holds the items").into())
        .boxed()
}

/// What one request of several answered: an `Upsert` with a class of its own.
fn response() -> impl Strategy<Value = Option<OrganizationResponse>> {
    prop_oneof![
        Option::<OrganizationResponse>::generate(2),
        OrganizationUpsertResponse::generate(2).prop_map(|response| Some(response.into())),
    ]
}

/// Why one request of several failed: an `ExecuteTransaction` with a class of its own.
fn fault() -> impl Strategy<Value = Option<OrganizationServiceFault>> {
    let for_request =
        |(fault, index): (OrganizationServiceFault, _)| Some(fault.for_request(index));
    prop_oneof![
        Option::<OrganizationServiceFault>::generate(2),
        (OrganizationServiceFault::generate(2), any::<i32>()).prop_map(for_request),
    ]
}

macro_rules! known {
    ($($known:ident,)*) => {
        /// A value of a known type.
        fn of(known: KnownType, depth: u32) -> BoxedStrategy<Value> {
            match known {
                $(KnownType::$known => $known::generate(depth).prop_map(Value::from).boxed(),)*
                known => panic!("{known:?} is not generated"),
            }
        }
    };
}

known! {
    Entity,
    EntityReference,
    OptionSetValue,
    Money,
    EntityCollection,
    EntityReferenceCollection,
    OptionSetValueCollection,
    BooleanManagedProperty,
    AliasedValue,
    Relationship,
    KeyAttributeCollection,
    StringDictionary,
    KeyValuePairOfStringObject,
    KeyValuePairOfStringString,
    ConcurrencyBehavior,
    EntityState,
    EntityRole,
    EntityImageCollection,
    QueryExpression,
    QueryByAttribute,
    FetchExpression,
    ColumnSet,
    PagingInfo,
    RelationshipQueryCollection,
    OrganizationRequest,
    OrganizationResponse,
    OrganizationUpsertResponse,
    OrganizationRequestCollection,
    OrganizationResponseCollection,
    ExecuteMultipleSettings,
    ExecuteMultipleResponseItem,
    ExecuteMultipleResponseItemCollection,
    Label,
    LocalizedLabel,
    LocalizedLabelCollection,
    PrincipalAccess,
    AccessRights,
    RolePrivilege,
    PrivilegeDepth,
    AttributePrivilege,
    AttributePrivilegeCollection,
    AppointmentRequest,
    AppointmentsToIgnore,
    ConstraintRelation,
    ObjectiveRelation,
    RequiredResource,
    SearchDirection,
    SearchResults,
    AppointmentProposal,
    ProposalParty,
    ValidationResult,
    TraceInfo,
    ErrorInfo,
    ResourceInfo,
    TimeInfo,
    TimeCode,
    SubCode,
    BusinessEntityChanges,
    BusinessEntityChangesCollection,
    NewOrUpdatedItem,
    RemovedOrDeletedItem,
    ChangeType,
    InputArgumentCollection,
    EntityAttributeCollection,
    EntityFilters,
    RibbonLocationFilters,
    EndpointAccessType,
    BulkOperationSource,
    EntitySource,
    TargetFieldType,
    PropagationOwnershipOptions,
    RollupType,
    ExportDynamicToExcelType,
    EntityRecordCountCollection,
    QuickFindResult,
    QuickFindResultCollection,
    SettingDetail,
    SettingDetailCollection,
    EmailEngagementAggregate,
    KeyValuePairOfStringEntity,
    KeyValuePairOfStringLong,
    KeyValuePairOfStringArray,
    KeyValuePairOfRelationshipQueryBase,
}

generate_pairs! {
    AttributeCollection: Key => Value,
    EntityAttributeCollection: Key => Option<Vec<Value>>,
    EntityImageCollection: Key => Option<Entity>,
    EntityRecordCountCollection: Key => i64,
    ErrorDetailCollection: Key => Value,
    FormattedValueCollection: Key => Option<String>,
    InputArgument: Key => Value,
    KeyAttributeCollection: Key => Value,
    ParameterCollection: Key => Value,
    RelatedEntityCollection: Relationship => Option<EntityCollection>,
    RelationshipQueryCollection: Relationship => Option<QueryBase>,
    StringDictionary: Key => Option<String>,
}

/// Rather a plain name than a text of any kind.
impl Generate for Key {
    fn generate(_: u32) -> BoxedStrategy<Self> {
        name().prop_map(Self::from).boxed()
    }
}

generate_lists! {
    AttributePrivilegeCollection: AttributePrivilege,
    BusinessEntityChangesCollection: ChangedItem,
    EntityReferenceCollection: EntityReference,
    ExecuteMultipleResponseItemCollection: ExecuteMultipleResponseItem,
    LocalizedLabelCollection: LocalizedLabel,
    OptionSetValueCollection: OptionSetValue,
    OrganizationRequestCollection: OrganizationRequest,
    OrganizationResponseCollection: OrganizationResponse,
    QuickFindResultCollection: QuickFindResult,
    SettingDetailCollection: SettingDetail,
}

generate_bases! {
    ChangedItem: NewOrUpdatedItem | RemovedOrDeletedItem,
    QueryBase: QueryExpression | QueryByAttribute | FetchExpression,
}

generate_enumerations! {
    AccessRights,
    BulkOperationSource,
    ChangeType,
    ConcurrencyBehavior,
    ConditionOperator,
    EndpointAccessType,
    EntityFilters,
    EntityRole,
    EntitySource,
    EntityState,
    ExportDynamicToExcelType,
    JoinOperator,
    LogicalOperator,
    OrderType,
    PrivilegeDepth,
    PropagationOwnershipOptions,
    RibbonLocationFilters,
    RollupType,
    SearchDirection,
    SubCode,
    TargetFieldType,
    TimeCode,
    XrmAggregateType,
    XrmDateTimeGrouping,
}

generate_classes! {
    AliasedValue {
        attribute_logical_name,
        entity_logical_name,
        need_formatting,
        return_type,
        value,
    }
    AppointmentProposal { end, proposal_parties, site_id, site_name, start, }
    AppointmentRequest {
        anchor_offset,
        appointments_to_ignore,
        constraints,
        direction,
        duration,
        number_of_results,
        objectives,
        recurrence_duration,
        recurrence_time_zone_code,
        required_resources,
        search_recurrence_rule,
        search_recurrence_start,
        search_window_end,
        search_window_start,
        service_id,
        sites,
        user_time_zone_code,
    }
    AppointmentsToIgnore { appointments, resource_id, }
    AttributePrivilege { attribute_id, can_create, can_read, can_read_un_masked, can_update, }
    BooleanManagedProperty { can_be_changed, managed_property_logical_name, value, }
    BusinessEntityChanges {
        changes,
        data_token,
        global_metadata_version,
        more_records,
        paging_cookie,
    }
    ColumnSet { all_columns, attribute_expressions, columns, }
    ConditionExpression { attribute_name, compare_columns, operator, values, entity_name, }
    ConstraintRelation { constraint_type, constraints, object_id, }
    EmailEngagementAggregate {
        total_attachment_opens,
        total_email_opens,
        total_email_replies,
        total_emails,
        total_followed_emails,
        total_link_clicks,
    }
    Entity {
        attributes,
        entity_state,
        formatted_values,
        id,
        key_attributes,
        logical_name,
        related_entities,
        row_version,
    }
    EntityCollection {
        entities,
        entity_name,
        min_active_row_version,
        more_records,
        paging_cookie,
        total_record_count,
        total_record_count_limit_exceeded,
    }
    EntityReference { id, key_attributes, logical_name, name, row_version, }
    ErrorInfo { error_code, resource_list, }
    ExecuteMultipleResponseItem { fault = fault(), request_index, response = response(), }
    ExecuteMultipleSettings { continue_on_error, return_responses, }
    FetchExpression { query, }
    FilterExpression { conditions, filter_operator, filters, is_quick_find_filter, filter_hint, }
    InputArgumentCollection { arguments, }
    KeyValuePairOfRelationshipQueryBase { key, value, }
    KeyValuePairOfStringArray { key, value, }
    KeyValuePairOfStringEntity { key, value, }
    KeyValuePairOfStringLong { key, value, }
    KeyValuePairOfStringObject { key, value, }
    KeyValuePairOfStringString { key, value, }
    Label { localized_labels, user_localized_label, }
    LinkEntity {
        columns,
        entity_alias,
        force_seek,
        join_operator,
        link_criteria,
        link_entities,
        link_from_attribute_name,
        link_from_entity_name,
        link_to_attribute_name,
        link_to_entity_name,
        orders,
    }
    LocalizedLabel { metadata_id, has_changed, is_managed, label, language_code, }
    Money { value, }
    NewOrUpdatedItem { new_or_updated_entity, change_type, }
    ObjectiveRelation { objective_expression, resource_spec_id, }
    OptionSetValue { value, }
    OrderExpression { alias, attribute_name, entity_name, order_type, }
    OrganizationRequest { parameters, request_id, request_name, }
    OrganizationResponse { response_name, results, }
    OrganizationServiceFault {
        activity_id,
        error_code,
        error_details,
        help_link,
        message,
        timestamp,
        exception_retriable,
        exception_source,
        inner_fault,
        original_exception,
        trace_text,
        faulted_request_index = Just(None),
    }
    PagingInfo { count, page_number, paging_cookie, return_total_record_count, }
    PrincipalAccess { access_mask, principal, }
    ProposalParty { display_name, effort_required, entity_name, resource_id, resource_spec_id, }
    QueryByAttribute { attributes, column_set, entity_name, orders, page_info, values, top_count, }
    QueryExpression {
        column_set,
        criteria,
        distinct,
        entity_name,
        force_seek,
        link_entities,
        orders,
        page_info,
        sub_query_expression,
        no_lock,
        top_count,
        query_hints,
        data_source,
    }
    QuickFindResult { data, error_code, query_column_set, }
    Relationship { primary_entity_role, schema_name, }
    RemovedOrDeletedItem { removed_item, change_type, }
    RequiredResource { resource_id, resource_spec_id, }
    ResourceInfo { display_name, entity_name, id, }
    RolePrivilege {
        business_unit_id,
        depth,
        privilege_id,
        privilege_name,
        record_filter_id,
        record_filter_unique_name,
    }
    SearchResults { proposals, trace_info, }
    SettingDetail { data_type, name, value, }
    TimeInfo {
        activity_status_code,
        calendar_id,
        display_text,
        effort,
        end,
        is_activity,
        source_id,
        source_type_code,
        start,
        sub_code,
        time_code,
    }
    TraceInfo { error_info_list, }
    OrganizationUpsertResponse { response_name, results, }
    ValidationResult { activity_id, trace_info, validation_success, }
    XrmAttributeExpression {
        aggregate_type,
        alias,
        attribute_name,
        date_time_grouping,
        has_group_by,
    }
}
