//! The token of a request, and the hub that it was signed for.

use azure_sas::SharedAccessSignature;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::refusal::Refusal;

/// The token of a request.
pub(crate) fn read_token(headers: &HeaderMap) -> Result<SharedAccessSignature, Refusal> {
    let value = headers.get(AUTHORIZATION).ok_or(Refusal::MissingToken)?;
    let text = value.to_str().map_err(|_| Refusal::MalformedToken)?;
    // Distinguished from a malformed signature because the service answers otherwise.
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
    // Some clients sign the query of their request too.
    let (_, path) = resource.split(['?', '#']).next()?.split_once('/')?;
    path.split('/').find(|it| !it.is_empty())
}
