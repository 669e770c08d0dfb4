use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use http::header::{HeaderMap, RETRY_AFTER};

/// The three forms of a date that a recipient has to read ([RFC 9110, 5.6.7]), the one that servers
/// write first.
///
/// [RFC 9110, 5.6.7]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
const DATE_FORMATS: [&str; 3] =
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// When the service wants to be asked again ([RFC 9110, 10.2.3]).
///
/// [RFC 9110, 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// After this time, in whole seconds.
    Delay(Duration),
    /// At this time.
    At(DateTime<Utc>),
}

impl RetryAfter {
    /// How long to wait from `now` on.
    #[must_use]
    pub fn wait(self, now: DateTime<Utc>) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            // A date that has passed asks for no wait.
            Self::At(time) => (time - now).to_std().unwrap_or_default(),
        }
    }

    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        // The standard has digits only, where `parse` would also take `+5`. An empty text fails to
        // parse.
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().ok().map(Duration::from_secs).map(Self::Delay);
        }
        let date = |format| NaiveDateTime::parse_from_str(text, format).ok();
        // All three are in GMT, although the last one, asctime's, does not say so.
        DATE_FORMATS.into_iter().find_map(date).map(|time| Self::At(time.and_utc()))
    }
}
