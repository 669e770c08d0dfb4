use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};

use crate::error_body::ErrorBody;

/// How much of an answer's body is read: far more than any error that the service writes.
pub(crate) const LONGEST_BODY: usize = 64 * 1024;

/// How long to wait after "server busy", as its text asks for.
const BUSY: Duration = Duration::from_secs(4);

/// The sub-code of a signature that is not of the policy's key.
const INVALID_SIGNATURE: u32 = 40103;

/// The sub-code of "server busy".
const SERVER_BUSY: u32 = 50002;

/// An answer other than 201, with everything in it that helps to find out why.
///
/// Event Hubs answers in two forms: XML in the body, or no body and the reason in the HTTP reason
/// phrase alone.
///
/// | answer | fields |
/// |---|---|
/// | `401 SubCode=40103: Invalid authorization token signature` | `reason`, `sub_code` 40103 |
/// | `413`, `<Error><Code>413</Code><Detail>The maximum message size ... TrackingId:1b2c_G18, ...</Detail></Error>` | `code` `413`, `detail`, `tracking_id` `1b2c_G18` |
///
/// It prints as one line. The texts are the service's own, with white space and control characters
/// made single spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The HTTP reason phrase, where it is another than the status's own.
    pub reason: Option<String>,
    /// `Code` of the XML body.
    pub code: Option<String>,
    /// `Detail` of the XML body, or the whole body if it is plain text.
    pub detail: Option<String>,
    /// The service's own number for the cause, such as 40103 for a wrong signature or 50002 for a
    /// busy server, taken from the texts.
    pub sub_code: Option<u32>,
    /// What to quote when asking Azure's support, taken from the texts.
    pub tracking_id: Option<String>,
    /// The header `Retry-After`.
    pub retry_after: Option<RetryAfter>,
}

/// When the service wants to be asked again ([RFC 9110, 10.2.3]).
///
/// [RFC 9110, 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// After this many seconds.
    Seconds(u64),
    /// At this time, in seconds since the Unix epoch.
    At(u64),
}

impl Refusal {
    /// A refusal that says no more than its status.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            reason: None,
            code: None,
            detail: None,
            sub_code: None,
            tracking_id: None,
            retry_after: None,
        }
    }

    pub(crate) fn read(
        status: StatusCode,
        reason: &[u8],
        headers: &HeaderMap,
        body: &[u8],
    ) -> Self {
        let reason = one_line(&String::from_utf8_lossy(reason));
        let (code, detail) = read_body(headers, body);
        let texts = [reason.as_deref(), detail.as_deref()];
        let find = |markers| texts.into_iter().flatten().find_map(|text| after(text, markers));
        Self {
            status,
            sub_code: find(&["subcode", "error code"]).and_then(leading_number),
            tracking_id: find(&["trackingid", "tracking id"]).and_then(leading_token),
            retry_after: RetryAfter::read(headers),
            reason: reason.filter(|reason| Some(&**reason) != status.canonical_reason()),
            code,
            detail,
        }
    }

    /// Whether the same request may succeed later: 408, 429, 500, 502, 503 and 504.
    pub fn is_transient(&self) -> bool {
        matches!(self.status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
    }

    /// Whether the service refuses the token's signature: 401 with the sub-code 40103, or with words
    /// of an invalid signature. Another key of the policy may do.
    pub fn is_invalid_signature(&self) -> bool {
        let says_so = |text: &String| {
            text.to_ascii_lowercase().contains("invalid authorization token signature")
        };
        self.status == StatusCode::UNAUTHORIZED
            && (self.sub_code == Some(INVALID_SIGNATURE) || self.texts().any(says_so))
    }

    /// Whether the service says that it is throttling: sub-code 50002, or "server busy".
    pub fn is_server_busy(&self) -> bool {
        let says_busy = |text: &String| {
            let text = text.to_ascii_lowercase();
            text.contains("50002") || text.contains("server busy") || text.contains("server-busy")
        };
        self.sub_code == Some(SERVER_BUSY) || self.texts().any(says_busy)
    }

    fn texts(&self) -> impl Iterator<Item = &String> {
        [&self.reason, &self.code, &self.detail].into_iter().flatten()
    }

    /// How long to wait at least before a retry, at `now` in seconds since the Unix epoch: what
    /// `Retry-After` asks for, and 4 seconds or more from a server that says it is busy. Zero if
    /// the service does not say.
    pub fn minimum_wait(&self, now: u64) -> Duration {
        let asked = self.retry_after.map_or(Duration::ZERO, |retry_after| retry_after.wait(now));
        if self.is_server_busy() { asked.max(BUSY) } else { asked }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        if let Some(reason) = self.reason.as_deref().or_else(|| self.status.canonical_reason()) {
            write!(f, " {reason}")?;
        }
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl RetryAfter {
    /// How long that is from `now`, in seconds since the Unix epoch.
    pub fn wait(self, now: u64) -> Duration {
        match self {
            Self::Seconds(seconds) => Duration::from_secs(seconds),
            Self::At(time) => Duration::from_secs(time.saturating_sub(now)),
        }
    }

    fn read(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().ok().map(Self::Seconds);
        }
        let time = httpdate::parse_http_date(text).ok()?;
        Some(Self::At(time.duration_since(UNIX_EPOCH).ok()?.as_secs()))
    }
}

/// `Code` and `Detail` of an XML body; a plain text is a detail by itself.
fn read_body(headers: &HeaderMap, body: &[u8]) -> (Option<String>, Option<String>) {
    let body = body.get(..LONGEST_BODY).unwrap_or(body);
    let text = String::from_utf8_lossy(body);
    match ErrorBody::read(&text) {
        Some(body) => (one_line(&body.code), one_line(&body.detail)),
        None if is_plain_text(headers) => (None, one_line(&text)),
        None => (None, None),
    }
}

fn is_plain_text(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|text| text.split(';').next());
    media_type.is_some_and(|text| text.trim().eq_ignore_ascii_case("text/plain"))
}

/// The text with its white space and control characters made single spaces; `None` if that
/// leaves nothing.
fn one_line(text: &str) -> Option<String> {
    let separator = |c: char| c.is_whitespace() || c.is_control();
    let words: Vec<_> = text.split(separator).filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// What follows the first of `markers`, which are in lower case, and its `=` or `:`.
fn after<'a>(text: &'a str, markers: &[&str]) -> Option<&'a str> {
    let lower = text.to_ascii_lowercase();
    let end = markers.iter().find_map(|marker| Some(lower.find(marker)? + marker.len()))?;
    Some(text.get(end..)?.trim_start_matches([' ', '=', ':']))
}

fn leading_number(text: &str) -> Option<u32> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn leading_token(text: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let token = text.split(|c: char| !legal(c)).next()?;
    (!token.is_empty()).then(|| token.to_owned())
}
