//! Service endpoints, to which contexts are posted.

mod row;
mod rules;
mod secret;
mod url;

pub use secret::SasKey;
pub use url::EndpointUrl;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::choices::{
    AuthType, ConnectionMode, Contract, MessageCharset, MessageFormatCode, NamespaceFormat,
    SchemaType, UserClaim,
};
use crate::variable_name::is_variable_name;

/// A service endpoint, a row of the platform's
/// [`serviceendpoint`](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/serviceendpoint)
/// table: the columns that concern publishing.
///
/// ```
/// use uuid::Uuid;
/// use xrm_registration::{ConnectionParts, Contract, ServiceEndpoint};
///
/// let endpoint = ServiceEndpoint::event_hub(
///     Uuid::from_u128(1),
///     "Accounts",
///     ConnectionParts {
///         endpoint: "sb://contoso.servicebus.windows.net/",
///         key_name: "send",
///         key: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
///         entity_path: Some("accounts"),
///     },
/// );
/// assert_eq!(endpoint.contract, Contract::EVENT_HUB);
/// assert_eq!(endpoint.path, "accounts");
/// assert!(endpoint.is_sas_key_set());
/// assert!(endpoint.validate().is_empty());
/// ```
///
/// The key is write-only, as on the platform: [`is_sas_key_set`](Self::is_sas_key_set) tells that
/// there is one, and no serialization holds it. What a document holds instead is the
/// [name of an environment variable](Self::sas_key_variable).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceEndpoint {
    /// The column `serviceendpointid`.
    pub id: Uuid,
    /// The column `name`.
    pub name: String,
    /// The column `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The column `contract`.
    pub contract: Contract,
    /// The column `messageformat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_format: Option<MessageFormatCode>,
    /// The column `authtype`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<AuthType>,
    /// The column `userclaim`. By default, this is `NONE`.
    #[serde(default)]
    pub user_claim: UserClaim,
    /// The column `connectionmode`. By default, this is `NORMAL`.
    #[serde(default)]
    pub connection_mode: ConnectionMode,
    /// The column `namespaceaddress`: `sb://...`.
    #[serde(default)]
    pub namespace_address: String,
    /// The column `namespaceformat`. By default, this is `ADDRESS`.
    #[serde(default)]
    pub namespace_format: NamespaceFormat,
    /// The column `solutionnamespace`: the namespace's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub solution_namespace: String,
    /// The column `path`: the name of the event hub, queue or topic.
    #[serde(default)]
    pub path: String,
    /// The column `url`, of webhooks and of Event Grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<EndpointUrl>,
    /// The column `messagecharset`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_charset: Option<MessageCharset>,
    /// The column `schematype`, of Event Grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_type: Option<SchemaType>,
    /// The column `managedidentityid`. Observed in a live organization, not documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_identity_id: Option<Uuid>,
    /// The column `usekeyvaultconfiguration`. By default, it is false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub use_key_vault_configuration: bool,
    /// The column `iscustomizable`. By default, it is true.
    #[serde(default = "crate::columns::yes", skip_serializing_if = "crate::columns::is_yes")]
    pub is_customizable: bool,
    /// The column `saskeyname`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sas_key_name: Option<String>,
    /// The environment variable that holds the key. No column of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sas_key_variable: Option<String>,
    /// The environment variable that holds the token, the column `sastoken`, of endpoints that
    /// authorize by one. No column of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sas_token_variable: Option<String>,
    /// The environment variable that holds the column `authvalue`, of webhooks: the key, or the headers
    /// or parameters as XML. No column of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_value_variable: Option<String>,
    /// Whether the address is that of an emulator on this machine, spoken to in plain text. By
    /// default, it is not. No column of the platform.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub use_development_emulator: bool,
    /// Whether an emulator may be on another host, such as another container, although keys and messages
    /// travel there in plain text. By default, it may not. No column of the platform.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_plain_host: bool,
    // Skipped both ways: a document with a key must be an error, not an endpoint that works.
    #[serde(skip)]
    sas_key: Option<SasKey>,
    #[serde(skip)]
    sas_token: Option<SasKey>,
}

/// The parts of a connection string, as the registration form takes them apart
/// ([walkthrough](https://learn.microsoft.com/power-apps/developer/data-platform/walkthrough-configure-azure-sas-integration)).
/// That `EntityPath` becomes the path is inferred from the string being one of the entity.
#[derive(Clone, Copy)]
pub struct ConnectionParts<'a> {
    /// `Endpoint`.
    pub endpoint: &'a str,
    /// `SharedAccessKeyName`.
    pub key_name: &'a str,
    /// `SharedAccessKey`.
    pub key: &'a str,
    /// `EntityPath`.
    pub entity_path: Option<&'a str>,
}

impl ServiceEndpoint {
    /// Creates an endpoint for an event hub with the values that registration tools give it: JSON,
    /// shared access key, namespace address, no user claim.
    #[must_use]
    pub fn event_hub(id: Uuid, name: &str, connection: ConnectionParts<'_>) -> Self {
        Self {
            message_format: Some(MessageFormatCode::JSON),
            auth_type: Some(AuthType::SAS_KEY),
            namespace_address: connection.endpoint.to_owned(),
            solution_namespace: namespace_name(connection.endpoint).to_owned(),
            path: connection.entity_path.unwrap_or_default().to_owned(),
            sas_key_name: Some(connection.key_name.to_owned()),
            sas_key: Some(SasKey::new(connection.key)),
            ..Self::bare(id, name, Contract::EVENT_HUB)
        }
    }

    /// An endpoint with nothing but the defaults.
    pub(crate) fn bare(id: Uuid, name: &str, contract: Contract) -> Self {
        Self {
            id,
            name: name.to_owned(),
            description: None,
            contract,
            message_format: None,
            auth_type: None,
            user_claim: UserClaim::default(),
            connection_mode: ConnectionMode::default(),
            namespace_address: String::new(),
            namespace_format: NamespaceFormat::default(),
            solution_namespace: String::new(),
            path: String::new(),
            url: None,
            message_charset: None,
            schema_type: None,
            managed_identity_id: None,
            use_key_vault_configuration: false,
            is_customizable: true,
            sas_key_name: None,
            sas_key_variable: None,
            sas_token_variable: None,
            auth_value_variable: None,
            use_development_emulator: false,
            allow_plain_host: false,
            sas_key: None,
            sas_token: None,
        }
    }

    /// Sets the key.
    pub fn set_sas_key(&mut self, key: SasKey) {
        self.sas_key = Some(key);
    }

    /// Whether there is a key: the column `issaskeyset`.
    #[must_use]
    pub const fn is_sas_key_set(&self) -> bool {
        self.sas_key.is_some()
    }

    /// The [environment variable](Self::sas_key_variable) that holds the key, to be shown: what can't
    /// be the name of one may be a key in its place, and is not repeated.
    #[must_use]
    pub fn shown_sas_key_variable(&self) -> Option<&str> {
        self.sas_key_variable.as_deref().map(shown_variable)
    }

    /// Sets the token.
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_registration::{AuthType, ConnectionParts, SasKey, ServiceEndpoint};
    ///
    /// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: Some("accounts") };
    /// let mut endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
    /// endpoint.auth_type = Some(AuthType::SAS_TOKEN);
    /// assert_eq!(endpoint.validate()[0].kind.id(), "no-token");
    /// endpoint.set_sas_token(SasKey::new("SharedAccessSignature sr=...&sig=...&se=...&skn=send"));
    /// assert!(endpoint.is_sas_token_set() && endpoint.validate().is_empty());
    /// ```
    pub fn set_sas_token(&mut self, token: SasKey) {
        self.sas_token = Some(token);
    }

    /// Whether there is a token: the column `issastokenset`.
    #[must_use]
    pub const fn is_sas_token_set(&self) -> bool {
        self.sas_token.is_some()
    }

    /// The [environment variable](Self::sas_token_variable) that holds the token, to be shown.
    #[must_use]
    pub fn shown_sas_token_variable(&self) -> Option<&str> {
        self.sas_token_variable.as_deref().map(shown_variable)
    }

    /// The [environment variable](Self::auth_value_variable) that holds `authvalue`, to be shown.
    #[must_use]
    pub fn shown_auth_value_variable(&self) -> Option<&str> {
        self.auth_value_variable.as_deref().map(shown_variable)
    }

    /// Takes the token out of the endpoint, to send it.
    pub const fn take_sas_token(&mut self) -> Option<SasKey> {
        self.sas_token.take()
    }

    /// Takes the key out of the endpoint, to sign with it.
    pub const fn take_sas_key(&mut self) -> Option<SasKey> {
        self.sas_key.take()
    }
}

/// The name of a variable, unless it cannot be one: it may be a secret in the wrong place.
fn shown_variable(variable: &str) -> &str {
    if is_variable_name(variable) { variable } else { "(not a variable's name)" }
}

/// The first label of an address's host, or all of an IP address: a local hub's address is one, and
/// its first number would name nothing.
fn namespace_name(address: &str) -> &str {
    let host = address.split_once("://").map_or(address, |(_, host)| host);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    match host.parse::<std::net::Ipv4Addr>() {
        Ok(_) => host,
        Err(_) => host.split('.').next().unwrap_or_default(),
    }
}
