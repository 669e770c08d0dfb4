//! Between service endpoints and connection strings.

use azure_sas::{ConnectionString, Credential, Endpoint, SharedAccessKey};
use uuid::Uuid;
use xrm_registration::{AuthType, ConnectionParts, SasKey, ServiceEndpoint};

/// The service endpoint that a connection string is about: an event hub in JSON, with the string's
/// key. A connection string with a ready-made token makes one with that token in place of a key, of
/// the authorization [`SAS_TOKEN`](AuthType::SAS_TOKEN).
///
/// ```
/// use uuid::Uuid;
/// use xrm_eventhub::{ConnectionString, service_endpoint};
///
/// let connection: ConnectionString = "Endpoint=sb://contoso.servicebus.windows.net/;\
///     SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;EntityPath=accounts".parse()?;
/// let endpoint = service_endpoint(Uuid::from_u128(1), "Accounts", &connection);
/// assert_eq!(endpoint.namespace_address, "sb://contoso.servicebus.windows.net/");
/// assert_eq!(endpoint.path, "accounts");
/// assert!(endpoint.is_sas_key_set());
/// # Ok::<(), azure_sas::Error>(())
/// ```
#[must_use]
pub fn service_endpoint(id: Uuid, name: &str, connection: &ConnectionString) -> ServiceEndpoint {
    let address = connection.endpoint();
    let key = connection.key().map(SharedAccessKey::reveal);
    let parts = ConnectionParts {
        endpoint: &address.to_string(),
        key_name: connection.key_name(),
        key: key.unwrap_or_default(),
        entity_path: connection.entity_path(),
    };
    let mut endpoint = ServiceEndpoint::event_hub(id, name, parts);
    endpoint.use_development_emulator = address.is_emulator();
    // Somebody allowed the host, if the connection string has one that is not on this machine.
    endpoint.allow_plain_host = address.is_emulator() && address.clone().into_emulator().is_err();
    if let Credential::Signature(signature) = connection.credential() {
        drop(endpoint.take_sas_key());
        endpoint.set_sas_token(SasKey::new(signature.reveal()));
        endpoint.auth_type = Some(AuthType::SAS_TOKEN);
    }
    endpoint
}

/// A secret of an endpoint.
pub(super) enum Secret {
    Key(SasKey),
    Token(SasKey),
}

impl Secret {
    /// Takes the secret out of an endpoint that its authorization asks for. Both are taken out, so that
    /// neither stays behind.
    pub(super) fn take(endpoint: &mut ServiceEndpoint) -> Option<Self> {
        let (key, token) = (endpoint.take_sas_key(), endpoint.take_sas_token());
        match endpoint.auth_type {
            Some(AuthType::SAS_TOKEN) => token.map(Self::Token),
            _ => key.map(Self::Key),
        }
    }
}

/// The connection string of an endpoint with this secret.
pub(super) fn connection_string(
    endpoint: &ServiceEndpoint,
    secret: &Secret,
) -> Result<ConnectionString, azure_sas::Error> {
    let address: Endpoint = endpoint.namespace_address.parse()?;
    let address = match (endpoint.use_development_emulator, endpoint.allow_plain_host) {
        (false, _) => address,
        (true, false) => address.into_emulator()?,
        (true, true) => address.into_plain_host(),
    };
    let key_name = endpoint.sas_key_name.as_deref().unwrap_or_default();
    let path = Some(endpoint.path.as_str());
    match secret {
        Secret::Key(key) => {
            ConnectionString::new(address, key_name, SharedAccessKey::new(key.reveal())?, path)
        }
        Secret::Token(token) => {
            ConnectionString::from_signature(address, token.reveal().parse()?, path)
        }
    }
}
