//! What failures of the protocol mean to a listener.

use std::fmt::Debug;
use std::time::Duration;

use fe2o3_amqp::connection::ConnectionStopReason;
use fe2o3_amqp::link::{
    LinkStateError, ReceiverAttachError, RecvError, SendError, SessionStopReason,
};
use fe2o3_amqp_types::definitions::{self, AmqpError, ErrorCondition, LinkError};
use tokio::time::timeout;

use crate::source::{SourceError, SourceErrorKind};

/// Awaits an answer, for so long.
pub(super) async fn timely<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    match timeout(limit, answer).await {
        Ok(result) => result,
        Err(_) => {
            let text = format!("the service did not answer within {} s", limit.as_secs());
            Err(SourceError::new(SourceErrorKind::Transient, text))
        }
    }
}

/// A failure of the connection, for which the service gave no reason. Errors of the AMQP crate are debug
/// texts, and none has a secret: what this side sends is not in them.
pub(super) fn lost(error: &impl Debug) -> SourceError {
    SourceError::new(SourceErrorKind::Transient, format!("the connection was lost: {error:?}"))
}

/// A failure with the condition and the text that the service gave.
pub(super) fn refused(error: &definitions::Error) -> SourceError {
    let description = error.description.as_deref().unwrap_or_default();
    let (kind, condition) = classify(&error.condition, description);
    let text = if description.is_empty() {
        format!("the service ended the link: {condition}")
    } else {
        format!("the service ended the link: {description} ({condition})")
    };
    SourceError::new(kind, text)
}

/// The kind of a refusal, and its condition as text.
fn classify(condition: &ErrorCondition, description: &str) -> (SourceErrorKind, String) {
    use SourceErrorKind::{
        Displaced, NotFound, PositionBeyondEnd, Refused, Transient, Unauthorized,
    };
    let kind = match condition {
        ErrorCondition::LinkError(LinkError::Stolen) => Displaced,
        ErrorCondition::AmqpError(AmqpError::UnauthorizedAccess) => Unauthorized,
        ErrorCondition::AmqpError(AmqpError::NotFound) => NotFound,
        ErrorCondition::AmqpError(
            AmqpError::NotAllowed | AmqpError::NotImplemented | AmqpError::ResourceLimitExceeded,
        ) => Refused,
        ErrorCondition::Custom(name) => match name.as_str() {
            "com.microsoft:argument-out-of-range" => NotFound,
            // "The supplied sequence number '9' is invalid. The last sequence number in the system is '3'"
            "com.microsoft:argument-error" if description.contains("The last") => PositionBeyondEnd,
            "com.microsoft:argument-error" | "com.microsoft:entity-disabled" => Refused,
            _ => Transient,
        },
        _ => Transient,
    };
    let text = match condition {
        ErrorCondition::Custom(name) => name.as_str().to_owned(),
        known => format!("{known:?}"),
    };
    (kind, text)
}

pub(super) fn of_attach(error: &ReceiverAttachError) -> SourceError {
    match error {
        ReceiverAttachError::RemoteClosedWithError(reason) => refused(reason),
        ReceiverAttachError::SessionStopped(reason) => of_session(reason),
        other => lost(other),
    }
}

pub(super) fn of_receive(error: &RecvError) -> SourceError {
    match error {
        RecvError::LinkStateError(state) => of_link(state),
        other => lost(other),
    }
}

pub(super) fn of_send(error: &SendError) -> SourceError {
    match error {
        SendError::LinkStateError(state) => of_link(state),
        other => lost(other),
    }
}

fn of_link(error: &LinkStateError) -> SourceError {
    match error {
        LinkStateError::RemoteClosedWithError(reason)
        | LinkStateError::RemoteDetachedWithError(reason) => refused(reason),
        LinkStateError::SessionStopped(reason) => of_session(reason),
        other => lost(other),
    }
}

fn of_session(reason: &SessionStopReason) -> SourceError {
    match reason {
        SessionStopReason::RemoteEndedWithError(error)
        | SessionStopReason::ConnectionStopped(ConnectionStopReason::RemoteClosedWithError(
            error,
        )) => refused(error),
        other => lost(other),
    }
}

#[cfg(test)]
mod tests {
    use fe2o3_amqp_types::definitions::Error;
    use fe2o3_amqp_types::primitives::Symbol;

    use super::*;

    #[test]
    fn conditions_of_the_service_have_their_kinds() {
        let custom = |name: &str| ErrorCondition::Custom(Symbol::from(name));
        let beyond = "The supplied sequence number '9' is invalid. The last sequence number in the \
                      system is '3'";
        for (condition, description, kind) in [
            (LinkError::Stolen.into(), "New receiver", SourceErrorKind::Displaced),
            (AmqpError::UnauthorizedAccess.into(), "", SourceErrorKind::Unauthorized),
            (AmqpError::NotFound.into(), "", SourceErrorKind::NotFound),
            (custom("com.microsoft:argument-out-of-range"), "", SourceErrorKind::NotFound),
            (custom("com.microsoft:argument-error"), beyond, SourceErrorKind::PositionBeyondEnd),
            (custom("com.microsoft:argument-error"), "no", SourceErrorKind::Refused),
            (custom("com.microsoft:server-busy"), "wait", SourceErrorKind::Transient),
            (AmqpError::InternalError.into(), "", SourceErrorKind::Transient),
        ] {
            let error = Error::new(condition, Some(description.to_owned()), None);
            let found = refused(&error);
            assert_eq!(found.kind(), kind, "{error:?}");
            assert!(found.to_string().contains(description));
        }
    }
}
