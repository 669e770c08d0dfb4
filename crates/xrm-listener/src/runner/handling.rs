//! The application's handler, as the runner calls it.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;

use crate::dead_letter::DeadLetterReason;
use crate::error::chain;
use crate::listener::{HandlerError, Stop};
use crate::received::{ReceivedContext, ReceivedEvent};
use crate::store::BoxFuture;

/// Handles an event.
pub(crate) type Handle =
    Arc<dyn Fn(ReceivedEvent) -> BoxFuture<'static, Result<(), Unhandled>> + Send + Sync>;

/// Why an event is not handled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unhandled {
    Failed(Failure),
    /// The handler ends the listener.
    Stopped,
}

/// Why the handling of an event failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: DeadLetterReason,
    /// The error with its causes.
    pub(crate) error: String,
}

impl Failure {
    /// Whether the same handler may succeed the next time.
    pub(crate) fn can_be_retried(&self) -> bool {
        self.reason == DeadLetterReason::HandlerFailed
    }
}

/// Handles events by a handler of events.
pub(crate) fn events<H, F>(handler: H) -> Handle
where
    H: Fn(ReceivedEvent) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), HandlerError>> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |event| {
        let handler = Arc::clone(&handler);
        Box::pin(guarded(async move { handler(event).await }))
    })
}

/// Handles events by a handler of contexts.
pub(crate) fn contexts<H, F>(handler: H) -> Handle
where
    H: Fn(ReceivedContext) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), HandlerError>> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |event| {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            let context = event.decode().map_err(|error| {
                let reason = DeadLetterReason::NoContext;
                Unhandled::Failed(Failure { reason, error: chain(&error) })
            })?;
            guarded(async move { handler(context).await }).await
        })
    })
}

/// Awaits a handler. One that panics has failed: its partition goes on.
async fn guarded(
    handling: impl Future<Output = Result<(), HandlerError>> + Send,
) -> Result<(), Unhandled> {
    let reason = DeadLetterReason::HandlerFailed;
    let error = match AssertUnwindSafe(handling).catch_unwind().await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) if error.is::<Stop>() => return Err(Unhandled::Stopped),
        Ok(Err(error)) => chain(&*error),
        Err(panic) => format!("the handler panicked: {}", panic_message(&*panic)),
    };
    Err(Unhandled::Failed(Failure { reason, error }))
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
