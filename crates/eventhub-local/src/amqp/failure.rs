//! Why a peer does not get what it asked for: a condition and a text, as the service has them.
//!
//! Texts marked *captured* are the service's own, as users have published them.

use chrono::{DateTime, Utc};

use crate::amqp::performative::{AmqpError, List, Symbol};
use crate::namespace::Namespace;
use crate::refusal::Refusal;

/// A condition of the protocol or of the service, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) condition: &'static str,
    pub(crate) description: String,
}

pub(crate) const NOT_FOUND: &str = "amqp:not-found";
pub(crate) const DECODE_ERROR: &str = "amqp:decode-error";
pub(crate) const INTERNAL_ERROR: &str = "amqp:internal-error";
pub(crate) const NOT_ALLOWED: &str = "amqp:not-allowed";
pub(crate) const NOT_IMPLEMENTED: &str = "amqp:not-implemented";
pub(crate) const UNAUTHORIZED: &str = "amqp:unauthorized-access";
pub(crate) const RESOURCE_LIMIT: &str = "amqp:resource-limit-exceeded";
pub(crate) const FRAMING_ERROR: &str = "amqp:connection:framing-error";
pub(crate) const CONNECTION_FORCED: &str = "amqp:connection:forced";
pub(crate) const UNATTACHED_HANDLE: &str = "amqp:session:unattached-handle";
pub(crate) const HANDLE_IN_USE: &str = "amqp:session:handle-in-use";
pub(crate) const WINDOW_VIOLATION: &str = "amqp:session:window-violation";
pub(crate) const TRANSFER_LIMIT: &str = "amqp:link:transfer-limit-exceeded";
pub(crate) const MESSAGE_SIZE: &str = "amqp:link:message-size-exceeded";
pub(crate) const STOLEN: &str = "amqp:link:stolen";
pub(crate) const ARGUMENT: &str = "com.microsoft:argument-error";
pub(crate) const ARGUMENT_OUT_OF_RANGE: &str = "com.microsoft:argument-out-of-range";
pub(crate) const ENTITY_DISABLED: &str = "com.microsoft:entity-disabled";
pub(crate) const REVOKED: &str = "com.microsoft:publisher-revoked";

impl Failure {
    pub(crate) fn new(condition: &'static str, description: impl Into<String>) -> Self {
        Self { condition, description: description.into() }
    }

    /// Ends the description with the ids by which the service finds a request in its logs.
    pub(crate) fn tracked(mut self, namespace: &Namespace, now: DateTime<Utc>) -> Self {
        let id = namespace.tracking_id(now);
        let time = now.format("%Y-%m-%dT%H:%M:%S");
        let trackers = format!(" TrackingId:{id}_G0, SystemTracker:gateway0, Timestamp:{time}");
        self.description.push_str(&trackers);
        self
    }

    /// The refusal of a send, which the REST door would answer with a status.
    pub(crate) fn of_send(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoHub => Self::new(NOT_FOUND, "The messaging entity could not be found."),
            Refusal::Disabled => {
                Self::new(ENTITY_DISABLED, "The messaging entity is currently disabled.")
            }
            Refusal::RevokedPublisher { publisher } => {
                Self::new(REVOKED, format!("The publisher '{publisher}' is revoked."))
            }
            Refusal::Storage { reason } => Self::new(
                INTERNAL_ERROR,
                format!("The local hub could not write its files: {reason}."),
            ),
            Refusal::BadRequest { detail } => Self::new(ARGUMENT, detail),
            refusal => Self::new(NOT_ALLOWED, format!("{refusal:?}")),
        }
    }

    /// No token of the connection opens the path (captured).
    pub(crate) fn unauthorized(claim: &str, path: &str) -> Self {
        Self::new(
            UNAUTHORIZED,
            format!(
                "Unauthorized access. '{claim}' claim(s) are required to perform this operation. \
                 Resource: 'sb://localhost{path}'.",
            ),
        )
    }

    /// There is nothing at an address (captured).
    pub(crate) fn not_found(address: &str) -> Self {
        let what = format!("The messaging entity 'sb://localhost/{address}' could not be found.");
        Self::new(NOT_FOUND, what)
    }

    /// A receiver asks for an event after the last one (captured).
    pub(crate) fn beyond(what: &str, supplied: &str, last: &str) -> Self {
        let text = format!(
            "The supplied {what} '{supplied}' is invalid. The last {what} in the system is '{last}'"
        );
        Self::new(ARGUMENT, text)
    }

    /// The failure as an encoded error of the protocol.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        let error = AmqpError {
            condition: Some(Symbol(self.condition)),
            description: Some(&self.description),
            ..AmqpError::default()
        };
        error.encoded()
    }
}
