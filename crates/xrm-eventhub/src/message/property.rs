//! The application properties of the events that a publisher sends, by name.
//!
//! A listener finds them beside the body. The properties of a single event travel as HTTP headers,
//! whose names are in lower case.
//!
//! ```
//! # #[cfg(feature = "reqwest")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use eventhub_local::LocalEventHub;
//! use xrm_eventhub::{Publisher, RemoteExecutionContext, property};
//!
//! # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
//! # let publisher = Publisher::builder(local.connection_string("accounts")?).build()?;
//! let job = publisher.publish_context(&RemoteExecutionContext::default()).await?;
//! let properties = &local.events("accounts")?[0].properties;
//! let message_id = job.description().message_id.to_string();
//! assert_eq!(properties[property::MESSAGE_ID], message_id.as_str().into());
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "reqwest"))]
//! # fn main() {}
//! ```

use std::sync::LazyLock;

use eventhub_rest::PropertyName;

/// What the message is known by, however often it is sent: the id of its
/// [job](crate::SystemJob), a GUID in lower case with hyphens. See [`Dedupe`](crate::Dedupe).
pub const MESSAGE_ID: &str = "xrm-message-id";

/// Which attempt of its job sent the event; the first is 1.
pub const ATTEMPT: &str = "xrm-attempt";

/// `true` on a message from which the [size policy](crate::SizePolicy) removed members, as the
/// platform marks it ([Azure integration][size]). Listeners compare the name exactly, and a header would
/// arrive in lower case, so a message with it travels as a batch of one, without its content type.
///
/// [size]: https://learn.microsoft.com/power-apps/developer/data-platform/azure-integration
pub const MESSAGE_MAX_SIZE_EXCEEDED: &str = "MessageMaxSizeExceeded";

/// The operation that caused the message, as a [trace context](crate::TraceContext).
pub const TRACEPARENT: &str = "traceparent";

// The names of every message, checked once.
pub(crate) static MESSAGE_ID_NAME: LazyLock<PropertyName> = LazyLock::new(|| name(MESSAGE_ID));
pub(crate) static ATTEMPT_NAME: LazyLock<PropertyName> = LazyLock::new(|| name(ATTEMPT));
pub(crate) static TRACEPARENT_NAME: LazyLock<PropertyName> = LazyLock::new(|| name(TRACEPARENT));

fn name(name: &str) -> PropertyName {
    name.try_into().expect("a header can have this name")
}
