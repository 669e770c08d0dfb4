//! Typed parameters, of bodies in both formats.

use std::fs;
use std::path::Path;

use proptest::option;
use proptest::prelude::*;
use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{MessageFormat, decode, encode};
use xrm_context::operation::*;
use xrm_context::query::QueryBase;
use xrm_context::security::AccessRights;
use xrm_context::{ParameterCollection, RemoteExecutionContext, Value};

use crate::context::Generate;

/// How deep the values of parameters stand inside one another.
const DEPTH: u32 = 2;

/// Names each struct with its parameters: fails to compile where one is forgotten.
macro_rules! operations {
    ($($operation:ident { $($required:ident,)* $(; $($optional:ident,)*)? })*) => {
        /// Any parameters of any operation, once as they are and once read and written by type.
        fn parameters() -> impl Strategy<Value = Result<Parameters, MessageError>> {
            prop_oneof![$({
                let strategy = ($(operations!(@any $required),)* any_extra())
                    .prop_map(|($($required,)* extra)| $operation {
                        $($required,)* $($($optional: None,)*)? extra
                    });
                $($(let strategy = (strategy, option::of(Generate::generate(DEPTH)))
                    .prop_map(|(mut operation, optional)| {
                        operation.$optional = optional;
                        operation
                    });)*)?
                strategy.prop_map(|operation| {
                    let written = operation.clone().into_parameters();
                    let read = $operation::from_parameters(written.clone())?;
                    assert_eq!(read, operation);
                    let again = |parameters| {
                        $operation::from_parameters(parameters).map($operation::into_parameters)
                    };
                    Ok(Parameters { written, again })
                }).boxed()
            }),*]
        }

        const OPERATIONS: &[&str] = &[$(stringify!($operation)),*];
    };
    (@any $required:ident) => { Generate::generate(DEPTH) };
}

#[derive(Clone, Debug)]
struct Parameters {
    written: ParameterCollection,
    /// Reads them by type and writes them.
    again: fn(ParameterCollection) -> Result<ParameterCollection, MessageError>,
}

fn any_extra() -> BoxedStrategy<ParameterCollection> {
    ParameterCollection::generate(DEPTH)
}

fn with_input(input_parameters: ParameterCollection) -> RemoteExecutionContext {
    RemoteExecutionContext { input_parameters, ..Default::default() }
}

proptest! {
    #[test]
    fn what_a_body_makes_of_parameters_is_taken_for_them(parameters in parameters()) {
        let Parameters { written, again } = parameters.unwrap();
        for format in [Json, Xml] {
            let body = encode(&with_input(written.clone()), format).unwrap();
            let read = decode(&body, format).unwrap().input_parameters;
            let body_again = encode(&with_input(again(read).unwrap()), format).unwrap();
            prop_assert!(body_again == body, "{format}");
        }
    }
}

operations! {
    CreateRequest { target, ; suppress_duplicate_detection, }
    CreateResponse { id, }
    CreateMultipleRequest { targets, }
    CreateMultipleResponse { ids, }
    UpdateRequest { target, ; concurrency_behavior, suppress_duplicate_detection, }
    UpdateMultipleRequest { targets, ; concurrency_behavior, }
    UpsertRequest { target, ; suppress_duplicate_detection, }
    UpsertResponse { record_created, ; target, }
    DeleteRequest { target, ; concurrency_behavior, }
    RetrieveRequest {
        target, ; column_set, related_entities_query, return_notifications,
    }
    RetrieveResponse { business_entity, }
    RetrieveMultipleRequest { query, }
    RetrieveMultipleResponse { business_entity_collection, }
    AssignRequest { target, assignee, }
    SetStateRequest { entity_moniker, state, status, }
    MergeRequest { target, subordinate_id, ; update_content, perform_parenting_checks, }
    AssociateRequest { target, relationship, related_entities, }
    DisassociateRequest { target, relationship, related_entities, }
    GrantAccessRequest { target, principal_access, }
    ModifyAccessRequest { target, principal_access, }
    RevokeAccessRequest { target, revokee, }
    AddMemberListRequest { list_id, entity_id, }
    AddMemberListResponse { id, }
    RemoveMemberListRequest { list_id, entity_id, }
    AddMembersTeamRequest { team_id, member_ids, }
    RemoveMembersTeamRequest { team_id, member_ids, }
    WinOpportunityRequest { opportunity_close, status, }
    LoseOpportunityRequest { opportunity_close, status, }
    WinQuoteRequest { quote_close, status, }
    CloseQuoteRequest { quote_close, status, }
    CloseIncidentRequest { incident_resolution, status, }
    CancelSalesOrderRequest { order_close, status, }
    FulfillSalesOrderRequest { order_close, status, }
    QualifyLeadRequest {
        lead_id, status, ;
        create_account, create_contact, create_opportunity, opportunity_currency_id,
        opportunity_customer_id, source_campaign_id,
    }
    QualifyLeadResponse { created_entities, }
    BookRequest { target, ; return_notifications, }
    BookResponse { validation_result, }
    RescheduleRequest { target, ; return_notifications, }
    RescheduleResponse { validation_result, }
    SendEmailRequest { email_id, ; issue_send, tracking_token, }
    SendEmailResponse { subject, }
    SendFaxRequest { fax_id, ; issue_send, }
    SendTemplateRequest {
        template_id, ;
        sender, recipient_type, recipient_ids, regarding_type, regarding_id,
        delivery_priority_code,
    }
    DeliverIncomingEmailRequest {
        message_id, ;
        subject, from, to, cc, bcc, received_on, submitted_by, importance, body, attachments,
        extra_properties, validate_before_create,
    }
    DeliverIncomingEmailResponse { email_id, }
    DeliverPromoteEmailRequest {
        email_id, ;
        message_id, subject, from, to, cc, bcc, received_on, submitted_by, importance, body,
        attachments, extra_properties,
    }
    DeliverPromoteEmailResponse { email_id, }
    RouteToRequest { target, queue_item_id, }
    AddToQueueRequest { target, destination_queue_id, ; source_queue_id, queue_item_properties, }
    AddToQueueResponse { queue_item_id, }
    PickFromQueueRequest { queue_item_id, worker_id, ; remove_queue_item, }
    ReleaseToQueueRequest { queue_item_id, }
    ExecuteWorkflowRequest { entity_id, workflow_id, ; input_arguments, }
    ExecuteWorkflowResponse { id, }
}

/// An operation that the table of the crate has and this one lacks would go untested.
#[test]
fn every_operation_is_generated() {
    let table = include_str!("../../../xrm-context/src/operation/table.rs");
    let named = table.lines().filter_map(|line| line.trim().strip_prefix("pub struct "));
    let named: Vec<_> = named.filter_map(|rest| rest.split(':').next()).collect();
    assert_eq!(named, OPERATIONS);
}

fn read(folder: &str, format: MessageFormat) -> RemoteExecutionContext {
    let name = if format == Json { "body.json" } else { "body.xml" };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bodies");
    let body = fs::read(path.join(folder).join(name)).expect("the fixture is there");
    decode(&body, format).expect("the SDK wrote it")
}

/// Reads the case's parameters by type, looks at them, and writes them: they are the same but for
/// their order.
fn check<T>(folder: &str, write: fn(T) -> ParameterCollection, look: impl Fn(&T))
where
    T: for<'a> TryFrom<&'a RemoteExecutionContext, Error = MessageError>,
{
    for format in [Json, Xml] {
        let context = read(folder, format);
        let typed = T::try_from(&context).unwrap_or_else(|error| panic!("{folder}: {error}"));
        look(&typed);
        let written = encode(&with_input(sorted(write(typed))), format).unwrap();
        let candidates = [context.input_parameters, context.output_parameters];
        let same = |parameters| encode(&with_input(sorted(parameters)), format).unwrap() == written;
        assert!(candidates.into_iter().any(same), "{folder}: {format}");
    }
}

fn sorted(parameters: ParameterCollection) -> ParameterCollection {
    let mut pairs: Vec<_> = parameters.into_iter().collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    pairs.into_iter().collect()
}

#[test]
fn records() {
    check("msg-create-account", CreateRequest::into_parameters, |request| {
        assert_eq!(request.target.logical_name.as_deref(), Some("account"));
        assert_eq!(request.suppress_duplicate_detection, Some(false));
        assert!(request.extra.is_empty());
    });
    check("msg-create-account", CreateResponse::into_parameters, |response| {
        assert_eq!(response.id.to_string(), "da7d1f12-5bfc-2cb9-2dd7-7bd1360ad6df");
    });
    check("msg-update-sync-images", UpdateRequest::into_parameters, |request| {
        assert_eq!((request.concurrency_behavior, request.extra.len()), (None, 0));
    });
    check("msg-upsert-keys", UpsertRequest::into_parameters, |request| {
        assert_eq!(request.target.key_attributes["accountnumber"], "A-1".into());
    });
    check("msg-delete", DeleteRequest::into_parameters, |request| {
        assert_eq!(request.concurrency_behavior.map(|behavior| behavior.0), Some(0));
    });
    check("msg-assign", AssignRequest::into_parameters, |request| {
        assert_eq!(request.target.logical_name.as_deref(), Some("incident"));
        assert_eq!(request.assignee.name.as_deref(), Some("Admin/User"));
    });
    check("msg-setstate", SetStateRequest::into_parameters, |request| {
        assert_eq!((request.state.value, request.status.value), (1, 3));
    });
}

#[test]
fn relationships_and_shared_records() {
    check("msg-associate", AssociateRequest::into_parameters, |request| {
        let schema_name = request.relationship.schema_name.as_deref();
        assert_eq!(schema_name, Some("systemuserroles_association"));
        let roles: Vec<_> = request.related_entities.iter().map(|role| &role.name).collect();
        assert_eq!(roles, [&None, &Some("Basic User".to_owned())]);
    });
    check("msg-disassociate", DisassociateRequest::into_parameters, |request| {
        assert!(request.related_entities.is_empty());
    });
    check("msg-grantaccess", GrantAccessRequest::into_parameters, |request| {
        let read_and_write = AccessRights::READ_ACCESS | AccessRights::WRITE_ACCESS;
        assert_eq!(request.principal_access.access_mask, read_and_write);
    });
}

#[test]
fn queries() {
    check("msg-retrieve", RetrieveRequest::into_parameters, |request| {
        let columns = request.column_set.as_ref().map(|set| set.columns.len());
        assert_eq!((columns, request.return_notifications), (Some(2), Some(false)));
        assert_eq!(request.related_entities_query, None);
        assert!(request.extra.contains_key("RelatedEntitiesQuery"), "it is null in the body");
    });
    check("msg-retrieve", RetrieveResponse::into_parameters, |response| {
        assert_eq!(response.business_entity["name"], "Retrieved".into());
    });
    let kind = |request: &RetrieveMultipleRequest| Value::from(request.query.clone()).type_name();
    for (case, expected) in [
        ("msg-retrievemultiple-fetch", "FetchExpression"),
        ("msg-retrievemultiple-qba", "QueryByAttribute"),
        ("msg-retrievemultiple-qe", "QueryExpression"),
        ("msg-retrievemultiple-qe-topcount", "QueryExpression"),
    ] {
        check(case, RetrieveMultipleRequest::into_parameters, |request| {
            assert_eq!(kind(request), expected, "{case}");
            assert!(!matches!(request.query, QueryBase::Other(_)));
        });
    }
}

/// A live server gave the parent of an `Update` its name, and the parameters of a `SetState`.
#[test]
fn parameters_are_read_whatever_the_message_is_called() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/captured/007.json");
    let context = decode(&fs::read(path).unwrap(), Json).unwrap();
    assert!(UpdateRequest::try_from(&context).is_ok());
    let parent = *context.parent_context.unwrap();
    assert!(SetStateRequest::try_from(&parent).is_err());
    let request = SetStateRequest::from_parameters(parent.input_parameters).unwrap();
    assert_eq!(request.entity_moniker.id, context.primary_entity_id);
}
