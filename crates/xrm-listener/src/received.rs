//! From an event to the context in it.

use std::ops::Deref;
use std::sync::Arc;

use xrm_body::{DecodeOptions, FindingKind, MessageFormat, Wrapping, decode_and_check};
use xrm_context::RemoteExecutionContext;

use crate::event::Event;

/// The application properties that publishers set. `xrm_eventhub::property` documents them; this crate
/// does not depend on it, because it depends on this one.
const MESSAGE_ID: &str = "xrm-message-id";
const ATTEMPT: &str = "xrm-attempt";
const MESSAGE_MAX_SIZE_EXCEEDED: &str = "MessageMaxSizeExceeded";

/// An event as a handler receives it, whatever its body is. It derefs to the [`Event`], and clones cheaply.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReceivedEvent {
    /// The event.
    pub event: Arc<Event>,
    /// Which call of the handler for this event this is, by this process; the first is 1.
    pub attempt: u32,
    /// Whether a message with the same [id](Event::sender_message_id) was received before, among the last
    /// that this listener remembers. A sender that got no answer sends a message again.
    pub seen_before: bool,
    /// The number of events of the partition behind this one when the source sent it, if the source knows.
    pub lag: Option<u64>,
}

impl ReceivedEvent {
    /// The first attempt at an event that was not seen before, for tests of handlers.
    #[must_use]
    pub fn new(event: Event) -> Self {
        Self { event: Arc::new(event), attempt: 1, seen_before: false, lag: None }
    }
}

impl Deref for ReceivedEvent {
    type Target = Event;

    fn deref(&self) -> &Event {
        &self.event
    }
}

/// An execution context as a handler receives it. It clones cheaply.
///
/// ```
/// use chrono::DateTime;
/// use xrm_listener::Event;
///
/// let body = r#"{"MessageName":"Update","PrimaryEntityName":"account"}"#;
/// let event = Event::new("0", 7, DateTime::UNIX_EPOCH, body)
///     .with_content_type("application/json")
///     .with_property("MessageMaxSizeExceeded", true);
/// let received = event.decode()?;
/// assert_eq!(received.context.message_name.as_deref(), Some("Update"));
/// assert!(received.trimmed);
/// # Ok::<(), xrm_listener::NoContext>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReceivedContext {
    /// The context.
    pub context: Arc<RemoteExecutionContext>,
    /// The format of the body.
    pub format: MessageFormat,
    /// Whether members were removed because the body was too large for the endpoint: the property
    /// `MessageMaxSizeExceeded` says so, or the members that the platform removes are missing. Query the
    /// record by its id then.
    pub trimmed: bool,
    /// The event that the context came in.
    pub received: ReceivedEvent,
}

impl ReceivedContext {
    /// The partition.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.received.partition
    }

    /// The number of the event in its partition.
    #[must_use]
    pub fn sequence_number(&self) -> i64 {
        self.received.sequence_number
    }

    /// The event: its properties, its time, its body.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.received.event
    }
}

impl Event {
    /// The id that is the same for each copy of a message: that of a publisher of this project, which is a
    /// property, or else the AMQP message id.
    #[must_use]
    pub fn sender_message_id(&self) -> Option<&str> {
        let own = self.property(MESSAGE_ID).and_then(|it| it.as_str());
        own.or(self.message_id.as_deref())
    }

    /// Which attempt of the sender this is, if the sender is a publisher of this project; the first is 1.
    #[must_use]
    pub fn sender_attempt(&self) -> Option<u32> {
        self.property(ATTEMPT)?.as_integer().and_then(|it| it.try_into().ok())
    }

    /// Decodes the body as an execution context: in the format that the content type names, or else in the
    /// one that the first character shows.
    ///
    /// # Errors
    ///
    /// [`NoContext`] if the body is none.
    pub fn decode(&self) -> Result<ReceivedContext, NoContext> {
        ReceivedEvent::new(self.clone()).decode()
    }
}

impl ReceivedEvent {
    /// Decodes the body, as [`Event::decode`] does.
    ///
    /// # Errors
    ///
    /// [`NoContext`] if the body is none.
    pub fn decode(&self) -> Result<ReceivedContext, NoContext> {
        let body = &self.event.body;
        let named = self.event.content_type.as_deref().and_then(MessageFormat::from_content_type);
        let Some(format) = named.or_else(|| MessageFormat::recognize(body)) else {
            return Err(NoContext::Unrecognized { wrapping: Wrapping::recognize(body) });
        };
        let decoded = decode_and_check(body, &DecodeOptions::new(format))?;
        let has = |kind: FindingKind| decoded.findings.iter().any(|it| *it.kind() == kind);
        if has(FindingKind::NoKnownMember) {
            return Err(NoContext::OtherContent { format });
        }
        let is_marked = self.event.property(MESSAGE_MAX_SIZE_EXCEEDED);
        let is_marked = is_marked.and_then(|it| it.as_bool()).unwrap_or(false);
        Ok(ReceivedContext {
            trimmed: is_marked || has(FindingKind::TooLarge),
            context: Arc::new(decoded.context),
            format,
            received: self.clone(),
        })
    }
}

/// Why the body of an event is no execution context.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoContext {
    /// The body is neither JSON nor XML.
    #[error("the body is neither JSON nor XML{}", wrapped(.wrapping.as_ref()))]
    Unrecognized {
        /// What is around the context, if the body looks like one that was wrapped.
        wrapping: Option<Wrapping>,
    },
    /// The body is malformed, or breaks the contracts.
    #[error("the body can't be decoded as an execution context")]
    Malformed(#[from] xrm_body::Error),
    /// The body is JSON or XML of something else.
    #[error("the {format} body has no member of an execution context")]
    OtherContent {
        /// The format of the body.
        format: MessageFormat,
    },
}

fn wrapped(wrapping: Option<&Wrapping>) -> String {
    wrapping.map(|it| format!(": {it}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn event(body: &str) -> Event {
        Event::new("0", 0, DateTime::UNIX_EPOCH, body.to_owned())
    }

    const JSON: &str = r#"{"MessageName":"Update","Depth":1}"#;

    #[test]
    fn the_content_type_names_the_format_and_else_the_body_shows_it() {
        for content_type in [None, Some("application/json; charset=utf-8"), Some("text/plain")] {
            let mut event = event(JSON);
            event.content_type = content_type.map(str::to_owned);
            assert_eq!(event.decode().unwrap().format, MessageFormat::Json, "{content_type:?}");
        }
        let misnamed = event(JSON).with_content_type("application/xml");
        assert!(matches!(misnamed.decode(), Err(NoContext::Malformed(_))));
    }

    #[test]
    fn what_is_no_context_says_so() {
        for (body, text) in [
            ("hello", "the body is neither JSON nor XML"),
            (r#"{"name":"Contoso"}"#, "the JSON body has no member of an execution context"),
            ("{", "the body can't be decoded as an execution context"),
        ] {
            assert_eq!(event(body).decode().unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn a_trimmed_message_is_marked_by_its_property_in_any_case() {
        assert!(!event(JSON).decode().unwrap().trimmed);
        for (name, value) in
            [("MessageMaxSizeExceeded", "True"), ("messagemaxsizeexceeded", "true")]
        {
            assert!(event(JSON).with_property(name, value).decode().unwrap().trimmed, "{name}");
        }
    }

    #[test]
    fn the_publishers_id_comes_before_the_messages_own() {
        let mut event = event("");
        assert_eq!((event.sender_message_id(), event.sender_attempt()), (None, None));
        event.message_id = Some("amqp".to_owned());
        assert_eq!(event.sender_message_id(), Some("amqp"));
        let event = event.with_property("xrm-message-id", "own").with_property("xrm-attempt", "2");
        assert_eq!((event.sender_message_id(), event.sender_attempt()), (Some("own"), Some(2)));
    }
}
