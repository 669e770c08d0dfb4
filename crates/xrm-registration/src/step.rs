//! Steps: which event is posted where.

mod image;
mod row;
mod rules;

pub use image::Image;
pub use rules::Rules;
pub(crate) use rules::is_post;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xrm_context::{Mode, Stage};

use crate::attributes::Attributes;
use crate::choices::{EventHandlerType, StepState, SupportedDeployment};
use crate::endpoint::ServiceEndpoint;
use crate::plugin_type::PluginType;

/// The alias of the image that every asynchronous step has besides its own.
pub(crate) const AUTOMATIC_ALIAS: &str = "AsynchronousStepPrimaryName";

/// A step, a row of the platform's
/// [`sdkmessageprocessingstep`](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/sdkmessageprocessingstep)
/// table with its images.
///
/// ```
/// use uuid::Uuid;
/// use xrm_registration::{ConnectionParts, Contract, Image, Rules, ServiceEndpoint, Step};
///
/// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: None };
/// let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
/// let mut step = Step::new(Uuid::from_u128(2), &endpoint, "Update", Some("account"));
/// step.filtering_attributes = "name,revenue".into();
/// step.images.push(Image::pre("Before", "name"));
///
/// assert_eq!(step.name, "Accounts: Update of account");
/// assert!(step.validate(Some(Contract::EVENT_HUB), Rules::default()).is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The column `sdkmessageprocessingstepid`.
    pub id: Uuid,
    /// The column `name`.
    pub name: String,
    /// The column `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The column `eventhandler`: the id of the service endpoint or the plug-in type.
    pub event_handler: Uuid,
    /// The column `eventhandlertypecode`: which of them it is. By default, this is
    /// `SERVICE_ENDPOINT`.
    #[serde(default, skip_serializing_if = "is_service_endpoint")]
    pub event_handler_type: EventHandlerType,
    /// The message: the name behind the column `sdkmessageid`.
    pub message: String,
    /// The table: the name behind the column `sdkmessagefilterid`. Without one, the step is for
    /// every table; registration tools write `none` then, which is taken as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The secondary table, of the deprecated messages that have one. Without one, the step is for
    /// every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary_table: Option<String>,
    /// The column `stage`. By default, this is `POST_OPERATION`.
    #[serde(default = "post_operation", with = "crate::textual")]
    pub stage: Stage,
    /// The column `mode`. By default, this is `ASYNCHRONOUS`, which is what endpoints want. The
    /// platform's column defaults to `SYNCHRONOUS`.
    #[serde(default = "asynchronous", with = "crate::textual")]
    pub mode: Mode,
    /// The column `rank`: low ones first. By default, this is 1.
    #[serde(default = "first")]
    pub rank: i32,
    /// The column `filteringattributes`. By default, these are all columns.
    #[serde(default, skip_serializing_if = "Attributes::is_all")]
    pub filtering_attributes: Attributes,
    /// The column `supporteddeployment`. By default, this is `SERVER_ONLY`.
    #[serde(default)]
    pub supported_deployment: SupportedDeployment,
    /// The column `asyncautodelete`: whether the system job goes once it has succeeded. By default,
    /// it stays.
    #[serde(default)]
    pub async_auto_delete: bool,
    /// The column `configuration`: what a plug-in is told. By a custom of Azure-aware plug-ins, the
    /// id of the service endpoint that they post to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<String>,
    /// The column `impersonatinguserid`: on whose behalf the step runs. Without one, on the
    /// caller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonating_user_id: Option<Uuid>,
    /// The column `statecode`. By default, this is `ENABLED`.
    #[serde(default)]
    pub state: StepState,
    /// The images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
}

impl Step {
    /// An asynchronous step after the operation, named as registration tools name one.
    #[must_use]
    pub fn new(id: Uuid, endpoint: &ServiceEndpoint, message: &str, table: Option<&str>) -> Self {
        let event_handler_type = EventHandlerType::SERVICE_ENDPOINT;
        Self::for_handler(id, (endpoint.id, event_handler_type, &endpoint.name), message, table)
    }

    /// The same that runs a plug-in. Unlike that of an endpoint, it may as well be made synchronous.
    #[must_use]
    pub fn for_plugin(
        id: Uuid,
        plugin_type: &PluginType,
        message: &str,
        table: Option<&str>,
    ) -> Self {
        let event_handler_type = EventHandlerType::PLUGIN_TYPE;
        Self::for_handler(
            id,
            (plugin_type.id, event_handler_type, &plugin_type.name),
            message,
            table,
        )
    }

    fn for_handler(
        id: Uuid,
        (event_handler, event_handler_type, handler): (Uuid, EventHandlerType, &str),
        message: &str,
        table: Option<&str>,
    ) -> Self {
        Self {
            id,
            // As the Plug-in Registration Tool names steps, `any Entity` included.
            name: format!("{handler}: {message} of {}", table.unwrap_or("any Entity")),
            description: None,
            event_handler,
            event_handler_type,
            message: message.to_owned(),
            table: table.map(str::to_owned),
            secondary_table: None,
            stage: post_operation(),
            mode: asynchronous(),
            rank: first(),
            filtering_attributes: Attributes::ALL,
            supported_deployment: SupportedDeployment::default(),
            async_auto_delete: false,
            configuration: None,
            impersonating_user_id: None,
            state: StepState::default(),
            images: Vec::new(),
        }
    }

    /// The table that the step is for, unless it is for every one.
    #[must_use]
    pub fn primary_table(&self) -> Option<&str> {
        named_table(self.table.as_deref())
    }

    /// The secondary table that the step is for, unless it is for every one.
    #[must_use]
    pub fn secondary_table(&self) -> Option<&str> {
        named_table(self.secondary_table.as_deref())
    }

    /// Whether the step runs a plug-in.
    #[must_use]
    pub fn runs_plugin(&self) -> bool {
        self.event_handler_type == EventHandlerType::PLUGIN_TYPE
    }
}

/// The platform writes `none` where there is no table.
pub(crate) fn named_table(table: Option<&str>) -> Option<&str> {
    table.filter(|it| !it.is_empty() && *it != "none")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_service_endpoint(event_handler_type: &EventHandlerType) -> bool {
    *event_handler_type == EventHandlerType::SERVICE_ENDPOINT
}

const fn post_operation() -> Stage {
    Stage::POST_OPERATION
}

const fn asynchronous() -> Mode {
    Mode::ASYNCHRONOUS
}

const fn first() -> i32 {
    1
}
