use std::fmt;

use http::StatusCode;
use http::header::HeaderMap;

use crate::redaction::without_token;
use crate::refusal::Refusal;

/// The result of one attempt to send.
///
/// ```
/// use eventhub_rest::http::{HeaderMap, StatusCode};
/// use eventhub_rest::{Verdict, verdict};
///
/// let busy = verdict(StatusCode::SERVICE_UNAVAILABLE, b"Server Busy", &HeaderMap::new(), b"");
/// assert!(busy.is_transient() && !busy.may_be_delivered());
/// assert_eq!(busy.to_string(), "refused: 503 Server Busy");
/// match busy {
///     Verdict::Accepted => {}
///     Verdict::Refused(refusal) => assert_eq!(refusal.status(), 503),
///     Verdict::NoAnswer(no_answer) => println!("{}", no_answer.detail),
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The service took the event: it answered 201.
    Accepted,
    /// The service answered something else.
    Refused(Refusal),
    /// No answer came.
    NoAnswer(NoAnswer),
}

impl Verdict {
    /// Whether the service took the event.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted)
    }

    /// Whether the same request may succeed a little later: after no answer, unless the transport
    /// can't carry the request, and after a refusal whose [kind](Refusal::kind) is transient.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Accepted => false,
            Self::Refused(refusal) => refusal.is_transient(),
            // Including names that do not resolve and certificates that are not trusted: someone
            // else often fixes both within minutes.
            Self::NoAnswer(no_answer) => no_answer.kind != NoAnswerKind::Unsupported,
        }
    }

    /// Whether the event may be in the hub although it was not accepted, so that a retry may make
    /// a duplicate: the connection was lost after the request had been written, or a server on the
    /// way gave up waiting (408, 500, 502, 504).
    #[must_use]
    pub fn may_be_delivered(&self) -> bool {
        match self {
            Self::Accepted => false,
            Self::Refused(refusal) => refusal.may_be_delivered(),
            Self::NoAnswer(no_answer) => no_answer.kind.may_be_delivered(),
        }
    }
}

/// Writes one line.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::NoAnswer(no_answer) => write!(f, "no answer: {no_answer}"),
        }
    }
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoAnswer {
    /// What failed.
    pub kind: NoAnswerKind,
    /// What the HTTP client, the TLS library and the operating system say; may be empty. It holds
    /// no address, no header and no body.
    pub detail: String,
}

impl NoAnswer {
    /// A failed exchange, with a detail that is cut where it begins to repeat a token.
    #[must_use]
    pub fn new(kind: NoAnswerKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: without_token(detail.into()) }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.detail {
            "" => write!(f, "{}", self.kind),
            detail => write!(f, "{} ({detail})", self.kind),
        }
    }
}

/// What failed when no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswerKind {
    /// The host's name has no address, or the name service could not be asked.
    #[error("the host is unknown")]
    UnknownHost,
    /// The host refused the connection: nothing listens at the port.
    #[error("the connection was refused")]
    ConnectionRefused,
    /// There is no way to the host.
    #[error("the host can't be reached")]
    Unreachable,
    /// No connection was made in time.
    #[error("no connection was made in time")]
    ConnectTimeout,
    /// TLS failed: a certificate that is not trusted, no common version, or not TLS at all.
    #[error("TLS failed")]
    Tls,
    /// The connection failed or was closed before the request was written.
    #[error("the connection failed before the request was sent")]
    NotSent,
    /// No answer came in time. *The event may be in the hub.*
    #[error("no answer came in time")]
    Timeout,
    /// The connection was lost after the request, or a part of it, had been written. *The event
    /// may be in the hub.*
    #[error("the connection was lost after the request was sent")]
    ConnectionLost,
    /// What came is not HTTP. *The event may be in the hub.*
    #[error("the answer was not HTTP")]
    Malformed,
    /// There was no token to send with; nothing was sent.
    #[error("there was no token to send with")]
    NoToken,
    /// The deadline of all attempts passed before anything was sent.
    #[error("the deadline passed before anything was sent")]
    Deadline,
    /// The runtime ended before the answer came. *The event may be in the hub.*
    #[error("the runtime ended before the answer came")]
    Abandoned,
    /// The transport carries no requests of this kind; nothing was sent.
    #[error("the transport does not carry such a request")]
    Unsupported,
}

impl NoAnswerKind {
    /// Whether the request, or a part of it, had been written, so that the event may be in the
    /// hub.
    #[must_use]
    pub fn may_be_delivered(self) -> bool {
        // `Malformed` is one of them: something received the request, and may have passed it on.
        matches!(self, Self::Timeout | Self::ConnectionLost | Self::Malformed | Self::Abandoned)
    }
}

/// Reads an answer.
///
/// `reason` is the HTTP reason phrase, without which some refusals say nothing at all; it is empty
/// where there is none, as in HTTP/2. Of `body`, the first 64 KiB are read; a client need not hand
/// over more, and nothing at all for a 201.
///
/// ```
/// use eventhub_rest::{Verdict, verdict};
/// use http::{HeaderMap, StatusCode};
///
/// let created = verdict(StatusCode::CREATED, b"Created", &HeaderMap::new(), b"");
/// assert_eq!(created, Verdict::Accepted);
/// ```
///
/// Only 201 is an acceptance: a 200 comes from something else on the way, such as a proxy's
/// sign-in page.
#[must_use]
pub fn verdict(status: StatusCode, reason: &[u8], headers: &HeaderMap, body: &[u8]) -> Verdict {
    if status == StatusCode::CREATED {
        return Verdict::Accepted;
    }
    Verdict::Refused(Refusal::read(status, reason, headers, body))
}
