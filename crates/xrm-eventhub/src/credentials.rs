//! What the publisher opens its hub with.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use azure_sas::{
    ConnectionString, Credential, Error, ReadyMade, Renewal, Resource, Signer, Token,
    TokenCredential, TokenError,
};
use chrono::{DateTime, Utc};

/// The source of the tokens to send with.
pub(crate) struct Credentials {
    key_name: String,
    source: Box<dyn TokenCredential>,
}

impl Credentials {
    /// Tokens of this source, or of the connection string if there is none.
    pub(crate) fn new(
        connection: &ConnectionString,
        source: Option<Box<dyn TokenCredential>>,
        hub: &Resource,
        lifetime: Duration,
        margin: Duration,
    ) -> Result<Self, Error> {
        // A credential that was given replaces that of the connection string, which then only names
        // the hub. A signature that has expired is sent as well: the service has the last word.
        let source = match (source, connection.credential()) {
            (Some(source), _) => source,
            (None, Credential::Signature(signature)) => Box::new(ReadyMade::from(signature)),
            (None, Credential::Key { name, key }) => {
                let signer = Signer::new(name, key)?;
                Box::new(Renewal::new(signer, hub.clone(), lifetime, margin)?)
            }
        };
        Ok(Self { key_name: connection.key_name().to_owned(), source })
    }

    /// The name of the shared access policy, which is no secret.
    pub(crate) fn key_name(&self) -> &str {
        &self.key_name
    }

    pub(crate) async fn token(&self, now: DateTime<Utc>) -> Result<Arc<Token>, TokenError> {
        self.source.token(now).await
    }

    /// Whether there is another token to try after this one was refused.
    pub(crate) fn signature_refused(&self, token: &Token) -> bool {
        self.source.signature_refused(token)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("key_name", &self.key_name).finish_non_exhaustive()
    }
}
