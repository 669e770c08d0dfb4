//! The choices among an endpoint's columns.

use crate::option_value::option_values;

option_values! {
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
    pub struct MessageFormat {
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

    /// What a post says about the user besides the context, the column `userclaim`.
    pub struct UserClaim {
        /// Nothing.
        NONE = 1, "None";
        /// The user's id.
        USER_ID = 2, "UserId";
        /// More about the user.
        USER_INFO = 3, "UserInfo";
    }

    /// How to connect, the column `connectionmode`. Registration tools always write `NORMAL`.
    pub struct ConnectionMode {
        /// Normally.
        NORMAL = 1, "Normal";
        /// Federated.
        FEDERATED = 2, "Federated";
    }

    /// Whether the namespace stands as its name or as an address, the column `namespaceformat`.
    pub struct NamespaceFormat {
        /// By its name, in `solutionnamespace`.
        NAME = 1, "Namespace Name";
        /// By its address, in `namespaceaddress`.
        ADDRESS = 2, "Namespace Address";
    }
}

impl Contract {
    /// Whether this is a contract of Azure Service Bus or Event Hubs: the numbers 1 to 7.
    #[must_use]
    pub const fn is_service_bus(self) -> bool {
        Self::ONE_WAY.0 <= self.0 && self.0 <= Self::EVENT_HUB.0
    }

    /// Whether posts go to an entity of a namespace that the endpoint names by its path.
    #[must_use]
    pub const fn has_path(self) -> bool {
        matches!(self, Self::QUEUE | Self::TOPIC | Self::QUEUE_PERSISTENT | Self::EVENT_HUB)
    }
}
