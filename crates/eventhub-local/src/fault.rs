//! Faults on demand.

mod json;
mod kind;
mod plan;

use http::StatusCode;

pub use kind::Fault;
pub use plan::FaultPlan;

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
