use std::sync::Arc;
use std::time::Duration;

use azure_sas::{ConnectionString, Credential, Error, Renewal, Resource, Signer, Token};
use chrono::{DateTime, Utc};

/// What the publisher opens its hub with.
#[derive(Debug)]
pub(crate) struct Credentials {
    key_name: String,
    tokens: Tokens,
}

#[derive(Debug)]
enum Tokens {
    /// Made with the policy's key as they are needed.
    Signed(Box<Renewal>),
    /// The one that the connection string holds.
    ReadyMade(Arc<Token>),
}

impl Credentials {
    pub(crate) fn new(
        connection: &ConnectionString,
        hub: &Resource,
        lifetime: Duration,
        margin: Duration,
    ) -> Result<Self, Error> {
        let tokens = match connection.credential() {
            Credential::Signature(signature) => Tokens::ReadyMade(Arc::new(signature.into())),
            Credential::Key { name, key } => {
                let signer = Signer::new(name, key)?;
                let renewal = Renewal::new(signer, hub.clone(), lifetime, margin)?;
                Tokens::Signed(Box::new(renewal))
            }
        };
        Ok(Self { key_name: connection.key_name().to_owned(), tokens })
    }

    /// The name of the shared access policy, which is no secret.
    pub(crate) fn key_name(&self) -> &str {
        &self.key_name
    }

    /// The token to send with. A ready-made one is sent even when it has expired: the service, by
    /// its own clock, has the last word.
    pub(crate) fn token_at(&self, now: DateTime<Utc>) -> Arc<Token> {
        match &self.tokens {
            Tokens::Signed(renewal) => renewal.token_at(now),
            Tokens::ReadyMade(token) => Arc::clone(token),
        }
    }
}
