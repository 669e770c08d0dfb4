//! The message that a job posts.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use crate::status::StatusCode;

/// The message that a job posts: its bytes, the content type and the application properties to
/// send them with. Cloning it copies no bytes.
///
/// `Debug` shows lengths and names but neither the bytes nor the properties' values, which are
/// business data.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    content_type: Cow<'static, str>,
    properties: Vec<(String, String)>,
    // Shared: a message is in the store, in an attempt and in a request at the same time.
    body: Bytes,
}

impl Payload {
    /// Bytes with their content type, and no properties. The bytes are not copied.
    pub fn new(
        content_type: impl Into<Cow<'static, str>>,
        body: impl AsRef<[u8]> + Send + 'static,
    ) -> Self {
        let (content_type, body) = (content_type.into(), Bytes::from_owner(body));
        Self { content_type, properties: Vec::new(), body }
    }

    /// The same message with one property more. Properties keep their order.
    #[must_use]
    pub fn with_property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.properties.push((name.into(), value.into()));
        self
    }

    /// The content type to send the bytes with.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The application properties to send beside the bytes.
    #[must_use]
    pub fn properties(&self) -> &[(String, String)] {
        &self.properties
    }

    /// The bytes, shared.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of properties, the names are the platform's and the values the organization's.
        let names: Vec<_> = self.properties.iter().map(|(name, _)| name).collect();
        f.debug_struct("Payload")
            .field("content_type", &self.content_type)
            .field("properties", &names)
            .field("bytes", &self.body.len())
            .finish()
    }
}

/// For how long a store keeps the message of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PayloadRetention {
    /// As long as the job.
    Always,
    /// Until the job has succeeded. The message of a job that failed or was canceled is kept, so
    /// that it can be sent again.
    #[default]
    UntilSucceeded,
    /// Until the job is completed.
    UntilCompleted,
}

impl PayloadRetention {
    /// Whether the message of a job in this status is kept.
    #[must_use]
    pub const fn keeps(self, status: StatusCode) -> bool {
        match self {
            Self::Always => true,
            Self::UntilSucceeded => !matches!(status, StatusCode::Succeeded),
            Self::UntilCompleted => !status.state().is_completed(),
        }
    }
}

/// The form in which a store keeps the bytes of messages. Messages are read in whichever form they
/// were stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PayloadCompression {
    /// As they are.
    #[default]
    None,
    /// In the zlib format (RFC 1950) where that is shorter: saves space and costs the caller's
    /// time. A checksum at the end detects damage.
    Zlib,
}
