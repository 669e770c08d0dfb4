//! From a context to the payload of its message.

mod claims;
pub mod property;
mod trace_context;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, SubsecRound as _, Utc};
use uuid::Uuid;
use xrm_body::{EncodeOptions, MessageFormat, SizeRule, encode_with};
use xrm_context::RemoteExecutionContext;
use xrm_jobs::{Diagnosis, Payload};

use crate::diagnosis;
pub use claims::Claims;
pub use trace_context::{InvalidTraceContext, TraceContext};

/// The trace that a context belongs to, by a rule of the application.
pub(crate) type TraceSource =
    Box<dyn Fn(&RemoteExecutionContext) -> Option<TraceContext> + Send + Sync>;

/// How the messages of a publisher are made.
pub(crate) struct MessageOptions {
    pub(crate) encode: EncodeOptions,
    pub(crate) size_policy: SizePolicy,
    pub(crate) claims: Option<Claims>,
    pub(crate) order: MessageOrder,
    pub(crate) trace_source: Option<TraceSource>,
    /// Whether contexts without ids get those of their jobs.
    pub(crate) identifies: bool,
    /// The length of the last body, for the next one.
    pub(crate) last_length: AtomicUsize,
}

impl MessageOptions {
    pub(crate) fn format(&self) -> MessageFormat {
        self.encode.format()
    }

    /// The payload of the message that posts a context for the job with this id: the body and the
    /// properties that every attempt sends.
    pub(crate) fn payload(
        &self,
        context: &RemoteExecutionContext,
        id: Uuid,
    ) -> Result<Payload, Diagnosis> {
        let mut payload = self.sized(context)?;
        // Properties are part of the payload and not made for each attempt: a worker that sends the
        // message later has the job and its payload, and no context.
        for (name, value) in self.claims.iter().flat_map(|it| it.properties(context)) {
            payload = payload.with_property(name, value);
        }
        let trace = match &self.trace_source {
            Some(source) => source(context),
            None => TraceContext::from_correlation(context.correlation_id, id),
        };
        Ok(match trace {
            Some(trace) => payload.with_property(property::TRACEPARENT, trace.text()),
            None => payload,
        })
    }

    /// The partition key of a context's message.
    pub(crate) fn partition_key(&self, context: &RemoteExecutionContext) -> Option<String> {
        // Messages without a record have the nil id. As a key, it would put all of them in one row.
        let record = Some(context.primary_entity_id).filter(|id| !id.is_nil());
        record.filter(|_| self.order == MessageOrder::PerRecord).map(|id| id.to_string())
    }

    /// The context with the job's id and time in place of those that an application left unset; `None`
    /// if it has all of them, or is sent as it is. Only then is it copied, so that contexts with ids of
    /// their own cost nothing.
    ///
    /// `RequestId` stays: live servers were seen to send none.
    pub(crate) fn identified(
        &self,
        context: &RemoteExecutionContext,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Option<RemoteExecutionContext> {
        let unset = xrm_context::DateTime::default();
        let is_complete = !context.operation_id.is_nil()
            && !context.correlation_id.is_nil()
            && context.operation_created_on != unset;
        if is_complete || !self.identifies {
            return None;
        }
        let mut context = context.clone();
        for unset in [&mut context.operation_id, &mut context.correlation_id] {
            if unset.is_nil() {
                *unset = id;
            }
        }
        if context.operation_created_on == unset {
            context.operation_created_on = in_whole_seconds(now);
        }
        Some(context)
    }

    /// The body, without what the size policy removes.
    ///
    /// Most bodies are small, so each is encoded first and measured then. What to remove from a
    /// large one is planned only for those, because the plan encodes the whole context again.
    fn sized(&self, context: &RemoteExecutionContext) -> Result<Payload, Diagnosis> {
        let format = self.format();
        let not_encodable = |error: xrm_body::Error| diagnosis::not_encodable(&error, format);
        let mut body = self.buffer();
        encode_with(context, &self.encode, &mut body).map_err(not_encodable)?;
        self.fit(&mut body);
        let Some(rule) = self.size_policy.rule().filter(|it| body.len() > it.limit()) else {
            return Ok(Payload::new(format.content_type(), body));
        };
        let plan = rule.plan(context, &self.encode).map_err(not_encodable)?;
        if !plan.fits() {
            return Err(diagnosis::too_large(&plan));
        }
        body.clear();
        encode_with(plan.context(), &self.encode, &mut body).map_err(not_encodable)?;
        body.shrink_to_fit();
        let payload = Payload::new(format.content_type(), body);
        Ok(payload.with_property(property::MESSAGE_MAX_SIZE_EXCEEDED, "true"))
    }
}

/// Bodies of one publisher are often about as long as each other. A buffer that grows is copied
/// several times, which costs as much as half of the encoding.
impl MessageOptions {
    /// A buffer with room for a body that is an eighth longer than the last one.
    fn buffer(&self) -> Vec<u8> {
        // Relaxed, because it is a guess about another body in any case.
        let last_length = self.last_length.load(Ordering::Relaxed);
        Vec::with_capacity(last_length + last_length / 8)
    }

    /// Gives back the room that a body does not need, if it is a lot: the buffer becomes the payload,
    /// and a store may keep it for long.
    fn fit(&self, body: &mut Vec<u8>) {
        self.last_length.store(body.len(), Ordering::Relaxed);
        if body.capacity() - body.len() > body.len() / 4 {
            body.shrink_to_fit();
        }
    }
}

/// The time in which asynchronous steps were seen to have their operation created: a local time of whole
/// seconds.
pub(crate) fn in_whole_seconds(time: DateTime<Utc>) -> xrm_context::DateTime {
    xrm_context::DateTime::try_from(time.trunc_subsecs(0).fixed_offset()).unwrap_or_default()
}

/// The platform's way, in JSON.
impl Default for MessageOptions {
    fn default() -> Self {
        Self {
            encode: EncodeOptions::new(MessageFormat::Json),
            size_policy: SizePolicy::default(),
            claims: None,
            order: MessageOrder::default(),
            trace_source: None,
            identifies: true,
            last_length: AtomicUsize::new(0),
        }
    }
}

impl fmt::Debug for MessageOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageOptions")
            .field("encode", &self.encode)
            .field("size_policy", &self.size_policy)
            .field("claims", &self.claims)
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}

/// The order in which messages are attempted.
///
/// ```
/// # #[cfg(feature = "reqwest")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use eventhub_local::LocalEventHub;
/// use xrm_eventhub::{MessageOrder, Publisher, RemoteExecutionContext, Uuid};
///
/// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
/// # let connection = local.connection_string("accounts")?;
/// let publisher = Publisher::builder(connection).message_order(MessageOrder::PerRecord).build()?;
/// let context = RemoteExecutionContext {
///     primary_entity_id: Uuid::from_u128(7),
///     ..Default::default()
/// };
/// publisher.publish_context(&context).await?;
/// let key = &local.events("accounts")?[0].partition_key;
/// assert_eq!(key.as_deref(), Some("00000000-0000-0000-0000-000000000007"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageOrder {
    /// Any order: a message that waits for its next attempt delays no other one.
    #[default]
    Any,
    /// The messages about one record in the order in which they were published: each is attempted
    /// when those that were published before it are delivered or given up. The record's id is
    /// their partition key, so the hub keeps the order too.
    PerRecord,
}

/// What a publisher does with a large message.
///
/// The platform removes the parent context, the request's parameters and the images from a message
/// of more than 192 KB, marks it with the property `MessageMaxSizeExceeded`, and does not send it
/// if it is still too large ([Azure integration][size]).
///
/// ```
/// # #[cfg(feature = "reqwest")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use eventhub_local::LocalEventHub;
/// use xrm_eventhub::{Publisher, RemoteExecutionContext, SizePolicy, SizeRule, property};
///
/// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
/// # let connection = local.connection_string("accounts")?;
/// // Removes the same members as the platform does, but from messages of more than 100 KB.
/// let size_policy = SizePolicy::Custom(SizeRule::new(100 * 1024));
/// let publisher = Publisher::builder(connection).size_policy(size_policy).build()?;
/// let context = RemoteExecutionContext {
///     input_parameters: [("Notes", "x".repeat(100 * 1024))].into(),
///     ..Default::default()
/// };
/// publisher.publish_context(&context).await?;
///
/// let event = &local.events("accounts")?[0];
/// assert!(event.body.len() < 100 * 1024);
/// assert!(event.properties.contains_key(property::MESSAGE_MAX_SIZE_EXCEEDED));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// ```
///
/// [size]: https://learn.microsoft.com/power-apps/developer/data-platform/azure-integration
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum SizePolicy {
    /// As the platform does it: [`SizeRule::SERVICE_BUS`].
    #[default]
    Platform,
    /// Every message is sent whole, and the hub's own limit decides (413).
    Off,
    /// As the platform does it, with another limit or other members that are removed.
    Custom(SizeRule),
}

impl SizePolicy {
    fn rule(self) -> Option<SizeRule> {
        match self {
            Self::Platform => Some(SizeRule::SERVICE_BUS),
            Self::Off => None,
            Self::Custom(rule) => Some(rule),
        }
    }
}

impl From<SizeRule> for SizePolicy {
    fn from(rule: SizeRule) -> Self {
        Self::Custom(rule)
    }
}
