//! The columns of endpoints, steps and images whose values are choices.
//!
//! Numbers and labels are those of the table reference:
//! [`serviceendpoint`](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/serviceendpoint),
//! [`sdkmessageprocessingstep`](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/sdkmessageprocessingstep)
//! and
//! [`sdkmessageprocessingstepimage`](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/sdkmessageprocessingstepimage).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use xrm_context::{Mode, Stage, codes};

use crate::textual::{self, labeled};

codes! {
    /// What is posted to, the column `contract`.
    pub struct Contract {
        /// A relay that takes messages.
        ONE_WAY = 1, "OneWay";
        /// A queue.
        QUEUE = 2, "Queue";
        /// A relay with a REST interface.
        REST = 3, "Rest";
        /// A relay that takes messages and answers.
        TWO_WAY = 4, "TwoWay";
        /// A topic.
        TOPIC = 5, "Topic";
        /// A persistent queue.
        QUEUE_PERSISTENT = 6, "Queue (Persistent)";
        /// An event hub. Since version 8.1.
        EVENT_HUB = 7, "Event Hub";
        /// A webhook.
        WEBHOOK = 8, "Webhook";
        /// An Event Grid topic.
        EVENT_GRID = 9, "Event Grid";
        /// A managed data lake.
        MANAGED_DATA_LAKE = 10, "Managed Data Lake";
        /// A container of a storage account. Observed in a live organization, not documented.
        CONTAINER_STORAGE = 11, "Container Storage";
    }

    /// The format of bodies, the column `messageformat`.
    pub struct MessageFormatCode {
        /// .NET's binary XML.
        BINARY_XML = 1, "Binary XML";
        /// JSON.
        JSON = 2, "Json";
        /// XML as text.
        TEXT_XML = 3, "Text XML";
    }

    /// How the platform proves who it is, the column `authtype`.
    pub struct AuthType {
        /// Not said. Observed in a live organization, not documented.
        NOT_SPECIFIED = 0, "Not Specified";
        /// The Access Control Service, which is no more.
        ACS = 1, "ACS";
        /// By a shared access key.
        SAS_KEY = 2, "SAS Key";
        /// By a shared access signature that was made elsewhere.
        SAS_TOKEN = 3, "SAS Token";
        /// By the key of a webhook.
        WEBHOOK_KEY = 4, "Webhook Key";
        /// By a header of HTTP.
        HTTP_HEADER = 5, "Http Header";
        /// By a parameter of the query string.
        HTTP_QUERY_STRING = 6, "Http Query String";
        /// By a connection string.
        CONNECTION_STRING = 7, "Connection String";
        /// By an access key.
        ACCESS_KEY = 8, "Access Key";
        /// By a managed identity. Observed in a live organization, not documented.
        MANAGED_IDENTITY = 9, "Managed Identity";
    }

    // Registration tools write `NONE`, and nothing published says what the others put where.
    /// What a post says about the user besides the context, the column `userclaim`.
    pub struct UserClaim by default NONE {
        /// Nothing.
        NONE = 1, "None";
        /// The user's id.
        USER_ID = 2, "UserId";
        /// More about the user.
        USER_INFO = 3, "UserInfo";
    }

    /// The characters of bodies, the column `messagecharset`.
    pub struct MessageCharset {
        /// The format's own.
        DEFAULT = 0, "Default";
        /// UTF-8.
        UTF8 = 1, "UTF8";
        /// Windows-1252. Observed in a live organization, not documented.
        WINDOWS_1252 = 2, "Windows1252";
    }

    /// The schema of the events of an Event Grid topic, the column `schematype`.
    pub struct SchemaType {
        /// Event Grid's own.
        EVENT_GRID = 1, "Event Grid";
        /// CloudEvents.
        CLOUD_EVENTS = 2, "Cloud Events";
    }

    /// Which operations fire a step, the column `invocationsource`. Kept and not evaluated: registration
    /// tools write either.
    pub struct InvocationSource by default PARENT {
        /// Those of the platform.
        INTERNAL = -1, "Internal";
        /// Those of a caller.
        PARENT = 0, "Parent";
        /// Those of another operation. The Plug-in Registration Tool writes it for every step.
        CHILD = 1, "Child";
    }

    /// How to connect, the column `connectionmode`. Registration tools always write `NORMAL`.
    pub struct ConnectionMode by default NORMAL {
        /// Normally.
        NORMAL = 1, "Normal";
        /// Federated.
        FEDERATED = 2, "Federated";
    }

    /// Whether the namespace stands as its name or as an address, the column `namespaceformat`.
    pub struct NamespaceFormat by default ADDRESS {
        /// By its name, in `solutionnamespace`.
        NAME = 1, "Namespace Name";
        /// By its address, in `namespaceaddress`.
        ADDRESS = 2, "Namespace Address";
    }

    /// Where a step runs, the column `supporteddeployment`.
    pub struct SupportedDeployment by default SERVER_ONLY {
        /// On the server.
        SERVER_ONLY = 0, "Server Only";
        /// In an offline client.
        OUTLOOK_CLIENT_ONLY = 1, "Outlook client only";
        /// On both.
        BOTH = 2, "Both";
    }

    /// Whether a step fires, the column `statecode`.
    pub struct StepState by default ENABLED {
        /// It does.
        ENABLED = 0, "Enabled";
        /// It does not.
        DISABLED = 1, "Disabled";
    }

    /// What a step runs, the column `eventhandlertypecode`. The numbers are those that registration
    /// tools and exported solutions have.
    // `eventhandlertypecode` is the object type code of the table that `eventhandler` refers to.
    pub struct EventHandlerType by default SERVICE_ENDPOINT {
        /// Code of one's own.
        PLUGIN_TYPE = 4602, "plugintype";
        /// A service endpoint, which the context is posted to.
        SERVICE_ENDPOINT = 4618, "serviceendpoint";
    }

    /// Which record an image is of, the column `imagetype`.
    pub struct ImageType {
        /// The record before.
        PRE_IMAGE = 0, "PreImage";
        /// The record after.
        POST_IMAGE = 1, "PostImage";
        /// Two images: one of each.
        BOTH = 2, "Both";
    }
}

impl Contract {
    /// Whether this is a contract of Azure Service Bus or Event Hubs: the numbers 1 to 7.
    #[must_use]
    pub const fn is_service_bus(self) -> bool {
        // A range: the platform had these seven before it had any other contract.
        Self::ONE_WAY.0 <= self.0 && self.0 <= Self::EVENT_HUB.0
    }

    /// Whether it is known here what the contract needs: the numbers 1 to 9.
    #[must_use]
    pub const fn is_known(self) -> bool {
        Self::ONE_WAY.0 <= self.0 && self.0 <= Self::EVENT_GRID.0
    }
}

impl ImageType {
    /// Whether there is one of the record before.
    #[must_use]
    pub const fn is_pre(self) -> bool {
        matches!(self, Self::PRE_IMAGE | Self::BOTH)
    }

    /// Whether there is one of the record after.
    #[must_use]
    pub const fn is_post(self) -> bool {
        matches!(self, Self::POST_IMAGE | Self::BOTH)
    }
}

// These two are codes of contexts, which `xrm-context` declares without serde.
labeled!(Mode, Stage);

/// Implements serde's traits for codes, by label or number.
macro_rules! in_documents {
    ($($code:ident),+) => {$(
        labeled!($code);

        impl Serialize for $code {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                textual::serialize(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $code {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                textual::deserialize(deserializer)
            }
        }
    )+};
}

in_documents!(
    Contract,
    MessageFormatCode,
    AuthType,
    UserClaim,
    ConnectionMode,
    MessageCharset,
    SchemaType,
    InvocationSource,
    NamespaceFormat,
    SupportedDeployment,
    StepState,
    EventHandlerType,
    ImageType
);
