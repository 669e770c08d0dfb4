//! The tokens that a connection has put, and what they open.

use std::time::Duration;

use azure_sas::{Resource, SharedAccessKey, SharedAccessSignature, Signer};
use chrono::{DateTime, Utc};

use crate::namespace::Namespace;
use crate::refusal::Refusal;
use crate::rule::{AccessRight, AuthorizationRule};

/// How many tokens a connection holds. Each client has one per link at most.
const MAX_TOKENS: usize = 1024;

/// The tokens of a connection by their audiences: a new one takes the place of the old.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Vec<Grant>);

/// A token that was verified.
#[derive(Debug)]
struct Grant {
    audience: String,
    token: SharedAccessSignature,
    rule: AuthorizationRule,
}

impl Tokens {
    /// Verifies a token and keeps it, or says why not: a status and its description.
    pub(crate) fn put(
        &mut self,
        namespace: &Namespace,
        audience: &str,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<(), (i32, String)> {
        let unauthorized = |text: &str| (401, text.to_owned());
        let token: SharedAccessSignature = token
            .parse()
            .map_err(|error| (401, format!("MalformedToken: The token can't be read: {error}.")))?;
        let rule = namespace.verify(&token, now).map_err(|refusal| match refusal {
            // Both texts are captured.
            Refusal::ExpiredToken => {
                let expired = token.expires().format("%m/%d/%Y %H:%M:%S");
                (401, format!("ExpiredToken: The token is expired. Expiration time: '{expired}'."))
            }
            _ => unauthorized("InvalidSignature: The token has an invalid signature."),
        })?;
        self.0.retain(|it| it.audience != audience);
        if self.0.len() >= MAX_TOKENS {
            return Err((403, format!("The connection holds {MAX_TOKENS} tokens already.")));
        }
        self.0.push(Grant { audience: audience.to_owned(), token, rule });
        Ok(())
    }

    /// Takes the name and the key of a policy of the namespace, which open for as long as the
    /// connection lasts. Returns whether they are right.
    pub(crate) fn put_key(&mut self, namespace: &Namespace, name: &str, key: &str) -> bool {
        // A token goes the one way on which keys are compared. Time does not matter to it.
        let sign = || {
            let signer = Signer::new(name, &SharedAccessKey::new(key).ok()?).ok()?;
            let everything = Resource::new("sb://localhost/").ok()?;
            Some(signer.sign(&everything, DateTime::<Utc>::MAX_UTC))
        };
        let mut put = |token: &str| self.put(namespace, "", token, DateTime::UNIX_EPOCH).is_ok();
        sign().is_some_and(|token| put(token.authorization()))
    }

    /// Whether a path may be used for one of these rights.
    pub(crate) fn opens(&self, path: &str, rights: &[AccessRight], now: DateTime<Utc>) -> bool {
        self.0.iter().any(|it| {
            now < it.token.expires()
                && rights.iter().any(|right| it.rule.allows(*right))
                && it.token.covers(host(it.token.resource()), path)
        })
    }

    /// The time until the next token expires.
    pub(crate) fn next_expiry(&self, now: DateTime<Utc>) -> Option<Duration> {
        let expiries = self.0.iter().map(|it| it.token.expires()).filter(|it| *it > now);
        expiries.min().and_then(|it| (it - now).to_std().ok())
    }
}

/// The host of a resource. Clients name the one that they think they talk to, so that only the path
/// counts here.
fn host(resource: &str) -> &str {
    let (_, address) = resource.split_once("://").unwrap_or(("", resource));
    address.split_once('/').map_or(address, |(host, _)| host)
}
