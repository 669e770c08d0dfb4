//! Says in plain words why a token is refused.
//!
//! A service that refuses a token says 401 and little more. [`explain`] looks at the token's text
//! as a person would: it reads even what is not well formed, and tries which mistake would have
//! made the signature that it sees.
//!
//! ```
//! use azure_sas::explain::{Usage, explain};
//! use azure_sas::SharedAccessKey;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SharedAccessKey::new("c2VjcmV0")?;
//! let usage = Usage::new("https://contoso.servicebus.windows.net/orders/messages")
//!     .key(&key)
//!     .key_name("send")
//!     .at("2026-01-01T00:00:00Z".parse()?);
//!
//! let token = "\"SharedAccessSignature sr=https%3a%2f%2fcontoso.servicebus.windows.net%2fsales\
//!     &sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3d&se=1767222000&skn=send\"";
//! let findings = explain(token, &usage);
//! let ids: Vec<_> = findings.iter().map(|finding| finding.id()).collect();
//! assert_eq!(ids, ["quotes", "expired", "wrong-path", "wrong-key"]);
//! assert_eq!(
//!     findings[1].to_string(),
//!     "the token expired 3600 seconds ago (se=1767222000, now 1767225600): sign a new one, or set \
//!      this machine's clock if it is wrong"
//! );
//! # Ok(())
//! # }
//! ```
//!
//! | what is looked at | findings |
//! |---|---|
//! | the text | quotes, `Authorization:` before it, line breaks, a missing `SharedAccessSignature`, another kind of secret, encoding of the whole |
//! | the fields | missing, repeated, badly or twice encoded |
//! | `sig` | a `+` lost or at risk, hex, base64url, a wrong length |
//! | `se` against the clock | expired, about to expire, a duration or milliseconds in place of a time, a clock that is wrong |
//! | `skn` against the expected policy | wrong policy, a key in place of a name |
//! | `sr` against the URI | wrong host, wrong path |
//! | `sig` against the key | the mistake that was made in signing, or the wrong key |
//!
//! Differences that the service accepts are not findings: the case of hex digits, the scheme (`sb`,
//! `https`, `amqps` or none), the order of the fields, and a `/` at the end, as long as what was
//! signed is what is sent.
//!
//! No finding contains a key or a signature.

mod finding;
mod reading;
mod signing;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};

use crate::encoding::time;
use crate::endpoint::split_port;
use crate::key::SharedAccessKey;
use crate::signature::{SharedAccessSignature, covers, scope_of};
pub use finding::Finding;
use reading::Reading;

/// Azure Event Hubs opened to the public on 2014-10-29; a clock before that day is wrong.
const GENERAL_AVAILABILITY: DateTime<Utc> =
    DateTime::from_timestamp(1_414_540_800, 0).expect("chrono has the year 2014");

/// An expiry before 2001-09-09 is none: it is a duration.
const LONGEST_DURATION: u64 = 1_000_000_000;

/// An expiry after the year 5138 counts milliseconds: as such it is a date since 1973.
const SHORTEST_MILLISECONDS: u64 = 100_000_000_000;

/// How near an expiry may be before the difference of two clocks matters.
const SOON: TimeDelta = TimeDelta::minutes(1);

/// How far an expiry may be before it can't be meant: ten years.
const FAR: TimeDelta = TimeDelta::days(10 * 365);

/// The request that a token is used for, and what else is known about it.
///
/// The more of it is set, the more [`explain`] checks.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Usage<'a> {
    uri: &'a str,
    key: Option<&'a SharedAccessKey>,
    key_name: Option<&'a str>,
    now: Option<DateTime<Utc>>,
}

impl<'a> Usage<'a> {
    /// A token used for a request to `uri`, such as
    /// `https://contoso.servicebus.windows.net/orders/messages`. The query is ignored.
    pub fn new(uri: &'a str) -> Self {
        Self { uri, key: None, key_name: None, now: None }
    }

    /// The key that should have signed the token. By default, the signature is not checked.
    pub fn key(self, key: &'a SharedAccessKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// The name of the shared access policy that should have signed the token. By default, any is
    /// good.
    pub fn key_name(self, key_name: &'a str) -> Self {
        Self { key_name: Some(key_name), ..self }
    }

    /// The time of the use. By default, nothing is said of expiry but what is wrong at any time.
    pub fn at(self, now: DateTime<Utc>) -> Self {
        Self { now: Some(now), ..self }
    }
}

/// Returns what is wrong with `token` for this usage, in the order in which to fix it; nothing if
/// the token passed every check.
///
/// The token may be any text. One that this finds nothing [fatal](Finding::is_fatal) in is read by
/// [`SharedAccessSignature`].
pub fn explain(token: &str, usage: &Usage<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // In the order in which to fix it: what surrounds the token, its fields, then what they say,
    // and the signature last, because it changes with everything before it.
    if let Some(reading) = Reading::read(token, &mut findings) {
        check_expiry(&reading, usage.now, &mut findings);
        check_key_name(&reading, usage, &mut findings);
        check_scope(&reading, usage.uri, &mut findings);
        if let Some(key) = usage.key {
            signing::check(&reading, key, &mut findings);
        }
    }
    // Whatever this module overlooks, the strict reader does not.
    if !findings.iter().any(Finding::is_fatal)
        && let Err(error) = token.parse::<SharedAccessSignature>()
    {
        findings.push(Finding::Malformed(error));
    }
    findings
}

fn check_expiry(reading: &Reading, now: Option<DateTime<Utc>>, findings: &mut Vec<Finding>) {
    if let Some(now) = now.filter(|now| *now < GENERAL_AVAILABILITY) {
        findings.push(Finding::ClockWrong { now });
    }
    let Some(seconds) = reading.expires else { return };
    let expires = time(seconds);
    match now {
        _ if seconds < LONGEST_DURATION => {
            findings.push(Finding::ExpiryIsDuration { expires: seconds });
        }
        _ if seconds >= SHORTEST_MILLISECONDS => {
            findings.push(Finding::ExpiryInMilliseconds { expires: seconds });
        }
        // Compared with a clock that is wrong, every expiry looks far.
        Some(now) if now < GENERAL_AVAILABILITY => {}
        Some(now) if expires <= now => findings.push(Finding::Expired { expires, now }),
        Some(now) if expires - now < SOON => findings.push(Finding::ExpiresSoon { expires, now }),
        Some(now) if expires - now > FAR => findings.push(Finding::ExpiryFar { expires }),
        _ => {}
    }
}

fn check_key_name(reading: &Reading, usage: &Usage<'_>, findings: &mut Vec<Finding>) {
    let Some(found) = reading.key_name.as_deref() else { return };
    if is_key(found) || usage.key.is_some_and(|key| key.reveal() == found) {
        findings.push(Finding::KeyAsKeyName);
    } else if let Some(expected) = usage.key_name.filter(|expected| *expected != found) {
        let (found, expected) = (found.to_owned(), expected.to_owned());
        findings.push(Finding::WrongKeyName { found, expected });
    }
}

/// Whether a text has the form of the keys that Azure makes: 32 bytes in base64.
fn is_key(text: &str) -> bool {
    // The length first: names of policies are valid base64 now and then, but not of 32 bytes.
    text.len() == 44 && text.ends_with('=') && STANDARD.decode(text).is_ok()
}

fn check_scope(reading: &Reading, uri: &str, findings: &mut Vec<Finding>) {
    let Some(scope) = reading.resource.as_deref() else { return };
    let Some((host, path)) = host_and_path(uri) else {
        findings.push(Finding::UriNotAbsolute);
        return;
    };
    let (scope_host, scope_path) = scope_of(scope);
    if !scope_host.eq_ignore_ascii_case(split_port(host).0) {
        let (found, expected) = (presentable(scope_host), presentable(host));
        findings.push(Finding::WrongHost { found, expected });
    } else if !covers(scope, host, path) {
        let (found, expected) = (presentable(scope_path), presentable(path));
        findings.push(Finding::WrongPath { found, expected });
    }
}

/// `host[:port]` and the path of an absolute URI.
fn host_and_path(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.trim().split_once("://")?;
    let rest = rest.split(['?', '#']).next()?;
    // Not the strict `Endpoint`: people paste what their HTTP client logged, user names and all.
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next()?;
    (!scheme.is_empty() && !host.is_empty()).then_some((host, path))
}

/// Of a resource, what is surely address: where `&`, `=`, `?` or `%` begins, an unlucky encoding
/// may have put a signature.
fn presentable(address: &str) -> String {
    let end = address.find(['&', '=', '?', '%', '+', ' ']).unwrap_or(address.len());
    address.get(..end).unwrap_or_default().to_owned()
}
