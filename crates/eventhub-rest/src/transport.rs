use std::pin::Pin;
use std::sync::Arc;

use azure_sas::Token;

use crate::batch::Batch;
use crate::event::Event;
use crate::hub::Hub;
use crate::verdict::{NoAnswer, NoAnswerKind, Verdict};

/// One attempt under way.
pub type Attempt<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// Something that carries an event to a hub, once: the client of this crate, another HTTP client,
/// or a test's script of verdicts.
///
/// An attempt does not retry, and fails only by its verdict.
///
/// ```
/// use azure_sas::Token;
/// use eventhub_rest::http::StatusCode;
/// use eventhub_rest::{Attempt, Event, Hub, Refusal, Transport, Verdict};
///
/// struct AlwaysThrottled;
///
/// impl Transport for AlwaysThrottled {
///     fn send<'a>(&'a self, _: &'a Hub, _: &'a Event, _: &'a Token) -> Attempt<'a> {
///         let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE);
///         Box::pin(async { Verdict::Refused(refusal) })
///     }
/// }
///
/// let transport: Box<dyn Transport> = Box::new(AlwaysThrottled);
/// ```
///
/// What points to a transport is one too: `Arc<AlwaysThrottled>`, or the `transport` above.
pub trait Transport: Send + Sync {
    /// Sends `event` to `hub` with `token`.
    fn send<'a>(&'a self, hub: &'a Hub, event: &'a Event, token: &'a Token) -> Attempt<'a>;

    /// Sends `batch` to `hub` with `token`. By default, a transport carries no batches, and says so
    /// by [`NoAnswerKind::Unsupported`].
    fn send_batch<'a>(&'a self, hub: &'a Hub, batch: &'a Batch, token: &'a Token) -> Attempt<'a> {
        let _ = (hub, batch, token);
        Box::pin(async { Verdict::NoAnswer(NoAnswer::new(NoAnswerKind::Unsupported, "")) })
    }
}

/// Implements the trait for what points to a transport. A blanket implementation for all of `Deref`
/// would bar every other one.
macro_rules! forward {
    ($($pointer:ident)+) => {$(
        impl<T: Transport + ?Sized> Transport for $pointer<T> {
            fn send<'a>(&'a self, hub: &'a Hub, event: &'a Event, token: &'a Token) -> Attempt<'a> {
                (**self).send(hub, event, token)
            }

            fn send_batch<'a>(
                &'a self,
                hub: &'a Hub,
                batch: &'a Batch,
                token: &'a Token,
            ) -> Attempt<'a> {
                (**self).send_batch(hub, batch, token)
            }
        }
    )+};
}

forward!(Arc Box);
