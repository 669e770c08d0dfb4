//! Answers other than 201.

mod kind;
mod page;
mod retry_after;

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};

use crate::redaction::without_token;
use crate::xml::Element;

pub use kind::RefusalKind;
pub use retry_after::RetryAfter;

/// How much of an answer's body is read: far more than any error that the service writes.
pub(crate) const LONGEST_BODY: usize = 64 * 1024;

/// How long to wait after "server busy": its text says "Please wait 4 seconds and try again".
const BUSY: Duration = Duration::from_secs(4);

/// An answer other than 201, with everything in it that helps to find out why.
///
/// Event Hubs answers in two forms: XML in the body, or no body and the reason in the HTTP reason
/// phrase alone.
///
/// | answer | contents |
/// |---|---|
/// | `401 SubCode=40103: Invalid authorization token signature` | `reason`, `sub_code` 40103 |
/// | `413`, `<Error><Code>413</Code><Detail>The maximum message size ... TrackingId:1b2c_G18, ...</Detail></Error>` | `code` `413`, `detail`, `tracking_id` `1b2c_G18` |
///
/// [`verdict`](crate::verdict) reads it. It prints as one line. The texts are the service's own,
/// with white space and control characters made single spaces, and cut where they begin to repeat
/// a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    reason: Option<String>,
    code: Option<String>,
    detail: Option<String>,
    sub_code: Option<u32>,
    tracking_id: Option<String>,
    retry_after: Option<RetryAfter>,
}

impl Refusal {
    /// A refusal that says no more than its status.
    #[must_use]
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

    /// The same refusal with the header `Retry-After`.
    #[must_use]
    pub fn with_retry_after(self, retry_after: RetryAfter) -> Self {
        Self { retry_after: Some(retry_after), ..self }
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
        // In what the service wrote, before the texts are cut: the ids often come last.
        let find = |markers| texts.into_iter().flatten().find_map(|text| after(text, markers));
        Self {
            status,
            // Published answers contain both `SubCode=40103` and `Error code : 50002`.
            sub_code: find(&["subcode", "error code"]).and_then(leading_number),
            tracking_id: find(&["trackingid", "tracking id"]).and_then(leading_token),
            retry_after: RetryAfter::read(headers),
            reason: reason
                // The standard phrase only repeats the status.
                .filter(|reason| Some(&**reason) != status.canonical_reason())
                .map(without_token),
            code: code.map(without_token),
            detail: detail.map(without_token),
        }
    }

    /// What the refusal means.
    ///
    /// ```
    /// use eventhub_rest::http::{HeaderMap, StatusCode};
    /// use eventhub_rest::{RefusalKind, Verdict, verdict};
    ///
    /// let reason = b"SubCode=40103: Invalid authorization token signature";
    /// let verdict = verdict(StatusCode::UNAUTHORIZED, reason, &HeaderMap::new(), b"");
    /// let Verdict::Refused(refusal) = verdict else { unreachable!("401 is a refusal") };
    /// assert_eq!(refusal.kind(), RefusalKind::InvalidSignature);
    /// ```
    #[must_use]
    pub fn kind(&self) -> RefusalKind {
        RefusalKind::new(self.status, self.sub_code, &self.lower_texts())
    }

    /// Whether the same request may succeed a little later, as [`RefusalKind`] says.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.kind().is_transient()
    }

    /// Whether the event may be in the hub all the same: a server on the way gave up waiting, or
    /// failed while it worked on the request (408, 500, 502, 504).
    #[must_use]
    pub fn may_be_delivered(&self) -> bool {
        // Not 503 and 429: the service, or a gateway, turned the request away before it was worked on.
        matches!(self.status.as_u16(), 408 | 500 | 502 | 504)
    }

    /// Whether a batch may succeed in smaller parts: it was refused for what is in it, as malformed
    /// or too large (400, 413).
    #[must_use]
    pub fn may_succeed_in_parts(&self) -> bool {
        matches!(self.status.as_u16(), 400 | 413)
    }

    /// Whether the service says that it is throttling: sub-code 50002, or "server busy".
    #[must_use]
    pub fn is_server_busy(&self) -> bool {
        kind::is_server_busy(self.sub_code, &self.lower_texts())
    }

    /// How long to wait at least before a retry, at `now`: what `Retry-After` asks for, and 4
    /// seconds or more from a server that says it is busy. Zero if the service does not say.
    #[must_use]
    pub fn minimum_wait(&self, now: DateTime<Utc>) -> Duration {
        let asked = self.retry_after.map_or(Duration::ZERO, |retry_after| retry_after.wait(now));
        // The longer of the two: the header may ask for less than the text, or be absent.
        if self.is_server_busy() { asked.max(BUSY) } else { asked }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The HTTP reason phrase, where it is another than the status's own.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// `Code` of the XML body.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// `Detail` of the XML body, the whole body if it is plain text, or else the beginning of what the
    /// body shows, such as the page of a gateway: at most 500 characters, without markup.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The service's own number for the cause, such as 40103 for a wrong signature or 50002 for a
    /// busy server, taken from the texts.
    #[must_use]
    pub fn sub_code(&self) -> Option<u32> {
        self.sub_code
    }

    /// The id to quote when asking Azure's support, taken from the texts.
    #[must_use]
    pub fn tracking_id(&self) -> Option<&str> {
        self.tracking_id.as_deref()
    }

    /// The header `Retry-After`.
    #[must_use]
    pub fn retry_after(&self) -> Option<RetryAfter> {
        self.retry_after
    }

    fn lower_texts(&self) -> String {
        let texts = [self.reason(), self.code(), self.detail()];
        let texts: Vec<_> = texts.into_iter().flatten().collect();
        texts.join("\n").to_ascii_lowercase()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        if let Some(reason) = self.reason().or_else(|| self.status.canonical_reason()) {
            write!(f, " {reason}")?;
        }
        self.detail().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}

/// `Code` and `Detail` of an XML body; any other text is a detail by itself.
fn read_body(headers: &HeaderMap, body: &[u8]) -> (Option<String>, Option<String>) {
    // Whoever carries answers here may not have cut them.
    let body = body.get(..LONGEST_BODY).unwrap_or(body);
    let text = String::from_utf8_lossy(body);
    match Element::read_beginning(&text) {
        Some(error) if error.name == "Error" => {
            let line = |name| error.child_text(name).and_then(one_line);
            (line("Code"), line("Detail"))
        }
        // Windows Communication Foundation, with which the service is built, answers so where the service
        // itself failed: a SOAP 1.2 fault (https://www.w3.org/TR/soap12-part1/#soapfault).
        Some(fault) if fault.name == "Fault" => {
            let line = |parent: Option<&Element>, name| parent?.child_text(name).and_then(one_line);
            let code = fault.child("Code");
            let sub_code = line(code.and_then(|it| it.child("Subcode")), "Value");
            (sub_code.or_else(|| line(code, "Value")), line(fault.child("Reason"), "Text"))
        }
        _ if is_plain_text(headers) => (None, one_line(&text)),
        // The service answers in no other form, so something on the way did, and says why on its page.
        _ => (None, page::text(body)),
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
    // The texts go into logs, in which a line break of a stranger would begin a false entry.
    let separator = |c: char| c.is_whitespace() || c.is_control();
    let words: Vec<_> = text.split(separator).filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// What follows the first of `markers`, which are in lower case, and its `=` or `:`.
fn after<'a>(text: &'a str, markers: &[&str]) -> Option<&'a str> {
    // ASCII only, which keeps every position as it is in the text itself.
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
