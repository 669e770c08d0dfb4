//! The execution context.

use uuid::Uuid;

use crate::code::{IsolationMode, Mode, Stage};
use crate::collection::{EntityImageCollection, ParameterCollection};
use crate::contract::contract;
use crate::entity::{Entity, EntityReference};
use crate::scalar::DateTime;
use crate::value::Value;

contract! {
    /// What happened in the organization and how: the message that a step of the event pipeline
    /// fired on, with everything that the platform tells a plug-in about it.
    ///
    /// This is the body of every message that the platform sends to a service endpoint.
    ///
    /// ```
    /// use xrm_context::{Entity, Mode, RemoteExecutionContext, Stage};
    ///
    /// let context = RemoteExecutionContext {
    ///     message_name: Some("Update".into()),
    ///     primary_entity_name: Some("account".into()),
    ///     stage: Stage::POST_OPERATION,
    ///     mode: Mode::ASYNCHRONOUS,
    ///     input_parameters: [("Target", Entity::new("account").with("name", "Contoso"))].into(),
    ///     ..Default::default()
    /// };
    /// assert_eq!(context.target().unwrap().str("name")?, Some("Contoso"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct RemoteExecutionContext = "RemoteExecutionContext" in Contracts {
        /// The business unit of the calling user.
        "BusinessUnitId" => business_unit_id: Uuid,
        /// Tracks the chain of operations that led here; the platform's loop guard uses it.
        "CorrelationId" => correlation_id: Uuid,
        /// How deep in a chain of operations this one is: 1 for a caller's own. The platform
        /// was seen to send 0 too.
        "Depth" => depth: i32,
        /// The user agent of the initiating caller. Since version 9.2.49.6443.
        "InitiatingUserAgent" since V9_2_49_6443 => initiating_user_agent: Option<String>,
        /// The initiating user's Microsoft Entra object id. Since version 9.0.44.892.
        "InitiatingUserAzureActiveDirectoryObjectId" since V9_0_44 =>
            initiating_user_azure_active_directory_object_id: Uuid,
        /// The user that the pipeline runs for.
        "InitiatingUserId" => initiating_user_id: Uuid,
        /// The parameters of the request.
        "InputParameters" => input_parameters: ParameterCollection,
        /// Whether this ran in an offline client.
        "IsExecutingOffline" => is_executing_offline: bool,
        /// Whether this ran within the database transaction. False for asynchronous steps.
        "IsInTransaction" => is_in_transaction: bool,
        /// Whether this is an offline client synchronizing.
        "IsOfflinePlayback" => is_offline_playback: bool,
        /// Where the step's code runs. `NONE` for steps of service endpoints.
        "IsolationMode" => isolation_mode: IsolationMode,
        /// The message: `Create`, `Update`, ...
        "MessageName" => message_name: Option<String>,
        /// Whether the step is synchronous.
        "Mode" => mode: Mode,
        /// When the operation was created; for an asynchronous step, its system job.
        "OperationCreatedOn" => operation_created_on: DateTime,
        /// The operation; for an asynchronous step, its system job.
        "OperationId" => operation_id: Uuid,
        /// The organization.
        "OrganizationId" => organization_id: Uuid,
        /// The organization's unique name.
        "OrganizationName" => organization_name: Option<String>,
        /// The parameters of the response; filled after the main operation only.
        "OutputParameters" => output_parameters: ParameterCollection,
        /// The step that fired.
        "OwningExtension" => owning_extension: Option<EntityReference>,
        /// The context of the operation that this one is a part of.
        "ParentContext" => parent_context: Option<Box<RemoteExecutionContext>>,
        /// The record after the operation, by image alias.
        "PostEntityImages" => post_entity_images: EntityImageCollection,
        /// The record before the operation, by image alias.
        "PreEntityImages" => pre_entity_images: EntityImageCollection,
        /// The record that the operation is about.
        "PrimaryEntityId" => primary_entity_id: Uuid,
        /// The logical name of that record's table.
        "PrimaryEntityName" => primary_entity_name: Option<String>,
        /// The request.
        "RequestId" => request_id: Option<Uuid>,
        /// The logical name of a second table; the platform writes `none` where there is none.
        "SecondaryEntityName" => secondary_entity_name: Option<String>,
        /// Variables that the plug-ins of the pipeline share.
        "SharedVariables" => shared_variables: ParameterCollection,
        /// The stage of the pipeline.
        "Stage" => stage: Stage,
        /// The Microsoft Entra object id of the user of `user_id`. Since version 9.0.44.892.
        "UserAzureActiveDirectoryObjectId" since V9_0_44 => user_azure_active_directory_object_id: Uuid,
        /// The user on whose behalf the step runs.
        "UserId" => user_id: Uuid,
    }
}

impl RemoteExecutionContext {
    /// The record of the request: the `Target` parameter, where it is a record.
    #[must_use]
    pub fn target(&self) -> Option<&Entity> {
        match self.input_parameters.get("Target")? {
            Value::Entity(target) => Some(target),
            _ => None,
        }
    }
}
