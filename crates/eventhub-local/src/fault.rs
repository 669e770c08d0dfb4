//! Trouble on demand.

use http::StatusCode;

/// What a hub does to every send instead of its work, until it is told otherwise
/// ([`LocalEventHub::set_fault`](crate::LocalEventHub::set_fault)).
///
/// The request is read to its end and nothing of it is kept; its token is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Never answers, and keeps the connection open.
    Hang,
    /// Answers with this status. The body is an XML error as the service sends it, with the text
    /// known from its throttling (`Error code : 50002`) for 429 and 503; only 401 has none.
    Status(StatusCode),
}

/// The detail of a fault's answer.
pub(crate) fn detail(status: StatusCode) -> &'static str {
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            "The request was terminated because the entity is being throttled. \
             Error code : 50002. Please wait 4 seconds and try again."
        }
        _ => status.canonical_reason().unwrap_or("Unknown"),
    }
}
