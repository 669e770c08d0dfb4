//! The messages and their parameters: a row for each.

use uuid::Uuid;

use super::error::MessageError;
use super::macros::parameters;
use super::taking::{Taking, add_extra, check_name};
use crate::attribute::OptionSetValue;
use crate::collection::{EntityReferenceCollection, ParameterCollection};
use crate::context::RemoteExecutionContext;
use crate::entity::{ConcurrencyBehavior, Entity, EntityCollection, EntityReference, Relationship};
use crate::message::{OrganizationRequest, OrganizationResponse};
use crate::parameter::InputArgumentCollection;
use crate::query::{ColumnSet, QueryBase, RelationshipQueryCollection};
use crate::scalar::DateTime;
use crate::scheduling::ValidationResult;
use crate::security::PrincipalAccess;

// Records.
parameters! {
    /// What `Create` takes.
    pub struct CreateRequest: request of "Create" {
        /// The record to create.
        "Target" => target: Entity,
        optional:
        /// Whether duplicates are not looked for. They are by default.
        "SuppressDuplicateDetection" => suppress_duplicate_detection: bool,
    }

    /// What `Create` answers.
    pub struct CreateResponse: response of "Create" {
        /// The record's id.
        "id" => id: Uuid,
    }

    /// What `CreateMultiple` takes.
    pub struct CreateMultipleRequest: request of "CreateMultiple" {
        /// The records to create.
        "Targets" => targets: EntityCollection,
    }

    /// What `CreateMultiple` answers.
    pub struct CreateMultipleResponse: response of "CreateMultiple" {
        /// The records' ids, in the order of the request.
        "Ids" => ids: Vec<Uuid>,
    }

    /// What `Update` takes.
    pub struct UpdateRequest: request of "Update" {
        /// The record's id, and the columns to change.
        "Target" => target: Entity,
        optional:
        /// How row versions are treated.
        "ConcurrencyBehavior" => concurrency_behavior: ConcurrencyBehavior,
        /// Whether duplicates are not looked for. They are by default.
        "SuppressDuplicateDetection" => suppress_duplicate_detection: bool,
    }

    /// What `UpdateMultiple` takes.
    pub struct UpdateMultipleRequest: request of "UpdateMultiple" {
        /// The records' ids, and the columns to change.
        "Targets" => targets: EntityCollection,
        optional:
        /// How row versions are treated.
        "ConcurrencyBehavior" => concurrency_behavior: ConcurrencyBehavior,
    }

    /// What `Upsert` takes.
    pub struct UpsertRequest: request of "Upsert" {
        /// The record to create, or to update where the id or the alternate key names one.
        "Target" => target: Entity,
        optional:
        /// Whether duplicates are not looked for. They are by default.
        "SuppressDuplicateDetection" => suppress_duplicate_detection: bool,
    }

    /// What `Upsert` answers.
    pub struct UpsertResponse: response of "Upsert" {
        /// Whether the record was created; if not, it was updated.
        "RecordCreated" => record_created: bool,
        optional:
        /// The record.
        "Target" => target: EntityReference,
    }

    /// What `Delete` takes.
    pub struct DeleteRequest: request of "Delete" {
        /// The record to delete.
        "Target" => target: EntityReference,
        optional:
        /// How row versions are treated.
        "ConcurrencyBehavior" => concurrency_behavior: ConcurrencyBehavior,
    }

    /// What `Retrieve` takes.
    pub struct RetrieveRequest: request of "Retrieve" {
        /// The record.
        "Target" => target: EntityReference,
        optional:
        /// The columns to return.
        "ColumnSet" => column_set: ColumnSet,
        /// The related records to return.
        "RelatedEntitiesQuery" => related_entities_query: RelationshipQueryCollection,
        /// Whether notifications are returned.
        "ReturnNotifications" => return_notifications: bool,
    }

    /// What `Retrieve` answers.
    pub struct RetrieveResponse: response of "Retrieve" {
        /// The record.
        "BusinessEntity" => business_entity: Entity,
    }

    /// What `RetrieveMultiple` takes.
    pub struct RetrieveMultipleRequest: request of "RetrieveMultiple" {
        /// The query.
        "Query" => query: QueryBase,
    }

    /// What `RetrieveMultiple` answers.
    pub struct RetrieveMultipleResponse: response of "RetrieveMultiple" {
        /// The records.
        "BusinessEntityCollection" => business_entity_collection: EntityCollection,
    }

    /// What `Assign` takes.
    pub struct AssignRequest: request of "Assign" {
        /// The record.
        "Target" => target: EntityReference,
        /// The user or team that becomes its owner.
        "Assignee" => assignee: EntityReference,
    }

    /// What `SetState` takes, which older pipelines call `SetStateDynamicEntity`.
    pub struct SetStateRequest: request of "SetState" | "SetStateDynamicEntity" {
        /// The record.
        "EntityMoniker" => entity_moniker: EntityReference,
        /// The state: the column `statecode`.
        "State" => state: OptionSetValue,
        /// The status reason: the column `statuscode`; -1 for the state's default.
        "Status" => status: OptionSetValue,
    }

    /// What `Merge` takes.
    pub struct MergeRequest: request of "Merge" {
        /// The record that stays.
        "Target" => target: EntityReference,
        /// The record of the same table that is merged into it.
        "SubordinateId" => subordinate_id: Uuid,
        optional:
        /// The columns to change in the record that stays.
        "UpdateContent" => update_content: Entity,
        /// Whether both must have the same parent.
        "PerformParentingChecks" => perform_parenting_checks: bool,
    }
}

// Relationships and shared records.
parameters! {
    /// What `Associate` takes.
    pub struct AssociateRequest: request of "Associate" {
        /// The record on the one end.
        "Target" => target: EntityReference,
        /// The relationship.
        "Relationship" => relationship: Relationship,
        /// The records on the other end.
        "RelatedEntities" => related_entities: EntityReferenceCollection,
    }

    /// What `Disassociate` takes.
    pub struct DisassociateRequest: request of "Disassociate" {
        /// The record on the one end.
        "Target" => target: EntityReference,
        /// The relationship.
        "Relationship" => relationship: Relationship,
        /// The records on the other end.
        "RelatedEntities" => related_entities: EntityReferenceCollection,
    }

    /// What `GrantAccess` takes.
    pub struct GrantAccessRequest: request of "GrantAccess" {
        /// The record.
        "Target" => target: EntityReference,
        /// Who may do what with it.
        "PrincipalAccess" => principal_access: PrincipalAccess,
    }

    /// What `ModifyAccess` takes.
    pub struct ModifyAccessRequest: request of "ModifyAccess" {
        /// The record.
        "Target" => target: EntityReference,
        /// Who may do what with it from now on.
        "PrincipalAccess" => principal_access: PrincipalAccess,
    }

    /// What `RevokeAccess` takes.
    pub struct RevokeAccessRequest: request of "RevokeAccess" {
        /// The record.
        "Target" => target: EntityReference,
        /// The user, team or organization that it is shared with no longer.
        "Revokee" => revokee: EntityReference,
    }

    /// What `AddMember` takes.
    pub struct AddMemberListRequest: request of "AddMember" | "AddMemberList" {
        /// The marketing list.
        "ListId" => list_id: Uuid,
        /// The account, contact or lead that joins it.
        "EntityId" => entity_id: Uuid,
    }

    /// What `AddMember` answers.
    pub struct AddMemberListResponse: response of "AddMember" | "AddMemberList" {
        /// The membership's id.
        "Id" => id: Uuid,
    }

    /// What `RemoveMember` takes.
    pub struct RemoveMemberListRequest: request of "RemoveMember" | "RemoveMemberList" {
        /// The marketing list.
        "ListId" => list_id: Uuid,
        /// The account, contact or lead that leaves it.
        "EntityId" => entity_id: Uuid,
    }

    /// What `AddMembers` takes.
    pub struct AddMembersTeamRequest: request of "AddMembers" | "AddMembersTeam" {
        /// The team.
        "TeamId" => team_id: Uuid,
        /// The users that join it.
        "MemberIds" => member_ids: Vec<Uuid>,
    }

    /// What `RemoveMembers` takes.
    pub struct RemoveMembersTeamRequest: request of "RemoveMembers" | "RemoveMembersTeam" {
        /// The team.
        "TeamId" => team_id: Uuid,
        /// The users that leave it.
        "MemberIds" => member_ids: Vec<Uuid>,
    }
}

// Sales and service.
parameters! {
    /// What `Win` takes on an opportunity.
    pub struct WinOpportunityRequest: request of "Win" | "WinOpportunity" {
        /// The activity that closes the opportunity.
        "OpportunityClose" => opportunity_close: Entity,
        /// The opportunity's status reason; -1 for the state's default.
        "Status" => status: OptionSetValue,
    }

    /// What `Lose` takes on an opportunity.
    pub struct LoseOpportunityRequest: request of "Lose" | "LoseOpportunity" {
        /// The activity that closes the opportunity.
        "OpportunityClose" => opportunity_close: Entity,
        /// The opportunity's status reason; -1 for the state's default.
        "Status" => status: OptionSetValue,
    }

    /// What `Win` takes on a quote.
    pub struct WinQuoteRequest: request of "Win" | "WinQuote" {
        /// The activity that closes the quote.
        "QuoteClose" => quote_close: Entity,
        /// The quote's status reason; -1 for the state's default.
        "Status" => status: OptionSetValue,
    }

    /// What `Close` takes on a quote.
    pub struct CloseQuoteRequest: request of "Close" | "CloseQuote" {
        /// The activity that closes the quote.
        "QuoteClose" => quote_close: Entity,
        /// The quote's status reason; -1 for the state's default.
        "Status" => status: OptionSetValue,
    }

    /// What `Close` takes on a case.
    pub struct CloseIncidentRequest: request of "Close" | "CloseIncident" {
        /// The activity that closes the case.
        "IncidentResolution" => incident_resolution: Entity,
        /// The case's status reason; -1 for the state's default.
        "Status" => status: OptionSetValue,
    }

    /// What `Cancel` takes on an order.
    pub struct CancelSalesOrderRequest: request of "Cancel" | "CancelSalesOrder" {
        /// The activity that closes the order.
        "OrderClose" => order_close: Entity,
        /// The order's status reason; -1 for the state's default.
        "Status" => status: OptionSetValue,
    }

    /// What `Fulfill` takes on an order.
    pub struct FulfillSalesOrderRequest: request of "Fulfill" | "FulfillSalesOrder" {
        /// The activity that closes the order.
        "OrderClose" => order_close: Entity,
        /// The order's status reason; -1 for the state's default.
        "Status" => status: OptionSetValue,
    }

    /// What `QualifyLead` takes.
    pub struct QualifyLeadRequest: request of "QualifyLead" {
        /// The lead.
        "LeadId" => lead_id: EntityReference,
        /// The lead's status reason; -1 for the state's default.
        "Status" => status: OptionSetValue,
        optional:
        /// Whether an account is made of it.
        "CreateAccount" => create_account: bool,
        /// Whether a contact is made of it.
        "CreateContact" => create_contact: bool,
        /// Whether an opportunity is made of it.
        "CreateOpportunity" => create_opportunity: bool,
        /// The opportunity's currency.
        "OpportunityCurrencyId" => opportunity_currency_id: EntityReference,
        /// The account or contact that the opportunity is with.
        "OpportunityCustomerId" => opportunity_customer_id: EntityReference,
        /// The campaign that the opportunity comes from.
        "SourceCampaignId" => source_campaign_id: EntityReference,
    }

    /// What `QualifyLead` answers.
    pub struct QualifyLeadResponse: response of "QualifyLead" {
        /// The records that were made of the lead.
        "CreatedEntities" => created_entities: EntityReferenceCollection,
    }

    /// What `Book` takes.
    pub struct BookRequest: request of "Book" {
        /// The appointment to book.
        "Target" => target: Entity,
        optional:
        /// Whether notifications are returned.
        "ReturnNotifications" => return_notifications: bool,
    }

    /// What `Book` answers.
    pub struct BookResponse: response of "Book" {
        /// Whether the appointment could be booked.
        "ValidationResult" => validation_result: ValidationResult,
    }

    /// What `Reschedule` takes.
    pub struct RescheduleRequest: request of "Reschedule" {
        /// The appointment, with its new times.
        "Target" => target: Entity,
        optional:
        /// Whether notifications are returned.
        "ReturnNotifications" => return_notifications: bool,
    }

    /// What `Reschedule` answers.
    pub struct RescheduleResponse: response of "Reschedule" {
        /// Whether the appointment could be moved.
        "ValidationResult" => validation_result: ValidationResult,
    }
}

// E-mails, queues and workflows.
parameters! {
    /// What `Send` takes for an e-mail.
    pub struct SendEmailRequest: request of "Send" | "SendEmail" {
        /// The e-mail.
        "EmailId" => email_id: Uuid,
        optional:
        /// Whether the e-mail is sent; if not, it is only recorded as sent.
        "IssueSend" => issue_send: bool,
        /// What replies are recognized by, in the subject.
        "TrackingToken" => tracking_token: String,
    }

    /// What `Send` answers for an e-mail.
    pub struct SendEmailResponse: response of "Send" | "SendEmail" {
        /// The e-mail's subject, with the tracking token.
        "Subject" => subject: String,
    }

    /// What `Send` takes for a fax.
    pub struct SendFaxRequest: request of "Send" | "SendFax" {
        /// The fax.
        "FaxId" => fax_id: Uuid,
        optional:
        /// Whether the fax is sent; if not, it is only recorded as sent.
        "IssueSend" => issue_send: bool,
    }

    /// What `Send` takes for an e-mail template.
    pub struct SendTemplateRequest: request of "Send" | "SendTemplate" {
        /// The template.
        "TemplateId" => template_id: Uuid,
        optional:
        /// Who sends.
        "Sender" => sender: EntityReference,
        /// The table of the recipients.
        "RecipientType" => recipient_type: String,
        /// The recipients.
        "RecipientIds" => recipient_ids: Vec<Uuid>,
        /// The table of the record that the e-mail is about.
        "RegardingType" => regarding_type: String,
        /// The record that the e-mail is about.
        "RegardingId" => regarding_id: Uuid,
        /// How urgent it is.
        "DeliveryPriorityCode" => delivery_priority_code: OptionSetValue,
    }

    /// What `DeliverIncoming` takes: an e-mail that came in, to be recorded.
    pub struct DeliverIncomingEmailRequest: request of "DeliverIncoming" | "DeliverIncomingEmail" {
        /// The e-mail's id, from its header.
        "MessageId" => message_id: String,
        optional:
        /// The subject.
        "Subject" => subject: String,
        /// The sender's address.
        "From" => from: String,
        /// The recipients' addresses.
        "To" => to: String,
        /// The addresses of those who got a copy.
        "Cc" => cc: String,
        /// The addresses of those who got a hidden copy.
        "Bcc" => bcc: String,
        /// When it came in.
        "ReceivedOn" => received_on: DateTime,
        /// Who submitted it.
        "SubmittedBy" => submitted_by: String,
        /// How important it is, in words.
        "Importance" => importance: String,
        /// The text.
        "Body" => body: String,
        /// The attachments.
        "Attachments" => attachments: EntityCollection,
        /// Columns of the recorded e-mail besides.
        "ExtraProperties" => extra_properties: Entity,
        /// Whether it is checked first if the e-mail is to be recorded at all.
        "ValidateBeforeCreate" => validate_before_create: bool,
    }

    /// What `DeliverIncoming` answers.
    pub struct DeliverIncomingEmailResponse:
        response of "DeliverIncoming" | "DeliverIncomingEmail"
    {
        /// The e-mail's record.
        "EmailId" => email_id: Uuid,
    }

    /// What `DeliverPromote` takes: an e-mail of a mail client, to be recorded.
    pub struct DeliverPromoteEmailRequest: request of "DeliverPromote" | "DeliverPromoteEmail" {
        /// The e-mail's record.
        "EmailId" => email_id: Uuid,
        optional:
        /// The e-mail's id, from its header.
        "MessageId" => message_id: String,
        /// The subject.
        "Subject" => subject: String,
        /// The sender's address.
        "From" => from: String,
        /// The recipients' addresses.
        "To" => to: String,
        /// The addresses of those who got a copy.
        "Cc" => cc: String,
        /// The addresses of those who got a hidden copy.
        "Bcc" => bcc: String,
        /// When it came in.
        "ReceivedOn" => received_on: DateTime,
        /// Who submitted it.
        "SubmittedBy" => submitted_by: String,
        /// How important it is, in words.
        "Importance" => importance: String,
        /// The text.
        "Body" => body: String,
        /// The attachments.
        "Attachments" => attachments: EntityCollection,
        /// Columns of the recorded e-mail besides.
        "ExtraProperties" => extra_properties: Entity,
    }

    /// What `DeliverPromote` answers.
    pub struct DeliverPromoteEmailResponse: response of "DeliverPromote" | "DeliverPromoteEmail" {
        /// The e-mail's record.
        "EmailId" => email_id: Uuid,
    }

    /// What `Route` takes.
    pub struct RouteToRequest: request of "Route" | "RouteTo" {
        /// The queue, user or team that the item goes to.
        "Target" => target: EntityReference,
        /// The queue item.
        "QueueItemId" => queue_item_id: Uuid,
    }

    /// What `AddToQueue` takes.
    pub struct AddToQueueRequest: request of "AddToQueue" {
        /// The record that is put into the queue.
        "Target" => target: EntityReference,
        /// The queue that it goes to.
        "DestinationQueueId" => destination_queue_id: Uuid,
        optional:
        /// The queue that it comes from.
        "SourceQueueId" => source_queue_id: Uuid,
        /// Columns of the queue item.
        "QueueItemProperties" => queue_item_properties: Entity,
    }

    /// What `AddToQueue` answers.
    pub struct AddToQueueResponse: response of "AddToQueue" {
        /// The queue item.
        "QueueItemId" => queue_item_id: Uuid,
    }

    /// What `PickFromQueue` takes.
    pub struct PickFromQueueRequest: request of "PickFromQueue" {
        /// The queue item.
        "QueueItemId" => queue_item_id: Uuid,
        /// The user who takes it.
        "WorkerId" => worker_id: Uuid,
        optional:
        /// Whether the item leaves the queue.
        "RemoveQueueItem" => remove_queue_item: bool,
    }

    /// What `ReleaseToQueue` takes.
    pub struct ReleaseToQueueRequest: request of "ReleaseToQueue" {
        /// The queue item that its worker gives back.
        "QueueItemId" => queue_item_id: Uuid,
    }

    /// What `ExecuteWorkflow` takes.
    pub struct ExecuteWorkflowRequest: request of "ExecuteWorkflow" {
        /// The record that the workflow runs on.
        "EntityId" => entity_id: Uuid,
        /// The workflow.
        "WorkflowId" => workflow_id: Uuid,
        optional:
        /// The workflow's arguments.
        "InputArguments" => input_arguments: InputArgumentCollection,
    }

    /// What `ExecuteWorkflow` answers.
    pub struct ExecuteWorkflowResponse: response of "ExecuteWorkflow" {
        /// The system job that runs the workflow.
        "Id" => id: Uuid,
    }
}
