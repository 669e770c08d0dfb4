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
use crate::choices::{EventHandlerType, InvocationSource, StepState, SupportedDeployment};
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
/// let step = Step::new(Uuid::from_u128(2), &endpoint, "Update", Some("account"))
///     .filtering_attributes("name,revenue")
///     .image(Image::pre("Before", "name"));
/// assert!(step.validate(Some(Contract::EVENT_HUB), Rules::default()).is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
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
    /// The column `sdkmessageid`, for a message whose id is not [known](crate::KnownMessage::id) by its
    /// name. Solution files name it so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Uuid>,
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
    /// The name of that user, by which solution files refer to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonating_user_name: Option<String>,
    /// The column `invocationsource`. By default, this is `PARENT`.
    #[serde(default, skip_serializing_if = "is_parent")]
    pub invocation_source: InvocationSource,
    /// The unique name behind the column `fxexpressionid`: the expression of a low-code plug-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fx_expression: Option<String>,
    /// The column `iscustomizable`. By default, it is true.
    #[serde(default = "crate::columns::yes", skip_serializing_if = "crate::columns::is_yes")]
    pub is_customizable: bool,
    /// The column `ishidden`. By default, it is false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_hidden: bool,
    /// The column `introducedversion`. By default, this is `1.0`, as exports of new steps have it.
    #[serde(default = "first_version", skip_serializing_if = "is_first_version")]
    pub introduced_version: String,
    /// The column `statecode`. By default, this is `ENABLED`.
    #[serde(default)]
    pub state: StepState,
    /// The images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
}

impl Step {
    /// Creates an asynchronous step at stage `POST_OPERATION` that posts to a service endpoint. Its name
    /// is the one that registration tools give it.
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_registration::{ConnectionParts, Image, ServiceEndpoint, Step};
    ///
    /// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: None };
    /// let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
    /// let step = Step::new(Uuid::from_u128(2), &endpoint, "Update", Some("account"))
    ///     .filtering_attributes("name,revenue")
    ///     .image(Image::pre("Before", "name"))
    ///     .image(Image::post("After", "name,revenue"));
    /// assert_eq!(step.name, "Accounts: Update of account");
    ///
    /// let of_every_table = Step::new(Uuid::from_u128(3), &endpoint, "Create", None);
    /// assert_eq!(of_every_table.name, "Accounts: Create of any Entity");
    /// ```
    #[must_use]
    pub fn new(id: Uuid, endpoint: &ServiceEndpoint, message: &str, table: Option<&str>) -> Self {
        let event_handler_type = EventHandlerType::SERVICE_ENDPOINT;
        Self::for_handler(id, (endpoint.id, event_handler_type, &endpoint.name), message, table)
    }

    /// Creates the same step for a plug-in. Unlike a step of an endpoint, it may be synchronous too.
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_context::{Mode, Stage};
    /// use xrm_registration::{PluginType, Step};
    ///
    /// let enrich = PluginType::new(Uuid::from_u128(1), "Contoso.Plugins.Enrich");
    /// let step = Step::for_plugin(Uuid::from_u128(2), &enrich, "Create", Some("account"))
    ///     .stage(Stage::PRE_OPERATION)
    ///     .mode(Mode::SYNCHRONOUS);
    /// assert!(step.runs_plugin());
    /// ```
    #[must_use]
    pub fn for_plugin(
        id: Uuid,
        plugin_type: &PluginType,
        message: &str,
        table: Option<&str>,
    ) -> Self {
        let event_handler_type = EventHandlerType::PLUGIN_TYPE;
        let handler = (plugin_type.id, event_handler_type, plugin_type.name.as_str());
        Self::for_handler(id, handler, message, table)
    }

    /// Sets the stage.
    #[must_use]
    pub fn stage(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    /// Sets the mode.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// Sets the columns that the step filters by: a text with commas, or a list of names.
    #[must_use]
    pub fn filtering_attributes(self, attributes: impl Into<Attributes>) -> Self {
        Self { filtering_attributes: attributes.into(), ..self }
    }

    /// Adds an image.
    #[must_use]
    pub fn image(mut self, image: Image) -> Self {
        self.images.push(image);
        self
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
            message_id: None,
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
            impersonating_user_name: None,
            invocation_source: InvocationSource::default(),
            fx_expression: None,
            is_customizable: true,
            is_hidden: false,
            introduced_version: first_version(),
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_parent(source: &InvocationSource) -> bool {
    *source == InvocationSource::PARENT
}

pub(crate) fn first_version() -> String {
    "1.0".to_owned()
}

fn is_first_version(version: &str) -> bool {
    version == "1.0"
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
