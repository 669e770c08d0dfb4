//! Whether a request may do what it asks for.

use std::sync::Arc;

use azure_sas::SharedAccessSignature;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::refusal::Refusal;
use crate::rule::{AccessRight, AuthorizationRule};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// To send events.
    Send,
    /// To describe a hub or what belongs to it.
    Read,
    /// To create or change one.
    Write,
    /// To delete one.
    Delete,
}

impl Access {
    fn right(self) -> AccessRight {
        match self {
            Self::Send => AccessRight::Send,
            Self::Read | Self::Write | Self::Delete => AccessRight::Manage,
        }
    }
}

/// A request as far as its token is concerned.
pub(crate) struct Demand<'a> {
    pub(crate) access: Access,
    pub(crate) host: &'a str,
    /// The path, and other ways to write it that a token may be signed for.
    pub(crate) paths: &'a [&'a str],
    pub(crate) now: DateTime<Utc>,
}

impl Demand<'_> {
    /// Checks a token against the rules that may have signed it.
    pub(crate) fn authorize(
        &self,
        token: &SharedAccessSignature,
        rules: &[Arc<[AuthorizationRule]>],
    ) -> Result<(), Refusal> {
        // Whether the name or the key is wrong is nobody's business.
        let rule = rules.iter().flat_map(|it| it.iter()).find(|it| it.signed(token));
        let rule = rule.ok_or(Refusal::InvalidSignature)?;
        // The order of the service: whoever signed wrongly is not told that it is also too late.
        if self.now >= token.expires() {
            return Err(Refusal::ExpiredToken);
        }
        if !self.paths.iter().any(|it| token.covers(self.host, it)) {
            return Err(Refusal::OutOfScope(self.access));
        }
        if !rule.allows(self.access.right()) {
            return Err(Refusal::MissingRight(self.access));
        }
        Ok(())
    }
}

/// The token of a request.
pub(crate) fn read_token(headers: &HeaderMap) -> Result<SharedAccessSignature, Refusal> {
    let value = headers.get(AUTHORIZATION).ok_or(Refusal::MissingToken)?;
    let text = value.to_str().map_err(|_| Refusal::MalformedToken)?;
    if text.split(' ').next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("Bearer")) {
        return Err(Refusal::BearerToken);
    }
    text.parse().map_err(|_| Refusal::MalformedToken)
}

/// The hub that a token was signed for, if it was not for the whole namespace: the first segment
/// of its path.
pub(crate) fn hub_of(token: &SharedAccessSignature) -> Option<&str> {
    let resource = token.resource();
    let (_, resource) = resource.split_once("://").unwrap_or(("", resource));
    let (_, path) = resource.split_once('/')?;
    path.split('/').find(|it| !it.is_empty())
}
