//! Whether a request may send.

use azure_sas::{SharedAccessKey, SharedAccessSignature};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::refusal::Refusal;

/// The one shared access policy of the endpoint: it may send to every hub.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) key: SharedAccessKey,
}

impl Policy {
    /// Checks the token of a request for `path` on `host`; `now` is in seconds since the Unix
    /// epoch.
    pub(crate) fn authorize(
        &self,
        headers: &HeaderMap,
        host: &str,
        path: &str,
        now: u64,
    ) -> Result<(), Refusal> {
        let token = read_token(headers)?;
        // Which of the two is wrong is nobody's business.
        if token.key_name() != self.name || !token.is_signed_by(&self.key) {
            return Err(Refusal::InvalidSignature);
        }
        if now >= token.expires() {
            return Err(Refusal::ExpiredToken);
        }
        if !token.covers(host, path) {
            return Err(Refusal::OutOfScope);
        }
        Ok(())
    }
}

fn read_token(headers: &HeaderMap) -> Result<SharedAccessSignature, Refusal> {
    let value = headers.get(AUTHORIZATION).ok_or(Refusal::MissingToken)?;
    let text = value.to_str().map_err(|_| Refusal::MalformedToken)?;
    if text.split(' ').next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("Bearer")) {
        return Err(Refusal::BearerToken);
    }
    text.parse().map_err(|_| Refusal::MalformedToken)
}
