//! Why an attempt failed, told from the verdict and from what is known on this side.
//!
//! | verdict | cause |
//! |---|---|
//! | 401, sub-code 40103 | wrong key |
//! | 401 or 403 that names the `'Send'` right | missing right |
//! | 401, "expired", the token is past its expiry by this clock too | expired token |
//! | 401, "expired", the token is fresh by this clock | clock skew |
//! | 401, nothing said, the token is past its expiry by this clock | expired token |
//! | 403 that says "is currently disabled" | hub disabled |
//! | other 401, 403 | unauthorized, forbidden |
//! | 404, 410 | missing hub |
//! | 413 | body too large |
//! | 429, and 5xx that says "server busy" or 50002 | throttled |
//! | 408 | timeout |
//! | other 5xx | server error |
//! | 407, 511, and 1xx to 3xx, which the service does not answer | proxy |
//! | other 4xx | bad request |
//! | 600 and above | other |
//! | no answer, the request was on its way | maybe delivered |
//! | no answer, no connection | unknown host, connection refused, timeout, TLS |

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use eventhub_rest::{Hub, NoAnswer, NoAnswerKind, Refusal, RetryAfter, Verdict};
use xrm_body::{MessageFormat, SizePlan};
use xrm_jobs::{Cause, Diagnosis};

use crate::credentials::unix_seconds;

/// The service's number for a signature that does not fit the policy.
const INVALID_SIGNATURE: u32 = 40103;

/// What is known of an attempt on this side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) key_name: &'a str,
    /// When the token expires, in seconds since the Unix epoch.
    pub(crate) token_expires: u64,
    pub(crate) body_bytes: usize,
    /// Which attempt of its job this was, the first being 1.
    pub(crate) attempt: u32,
    /// This machine's time when the attempt ended.
    pub(crate) now: DateTime<Utc>,
}

/// Why the attempt failed, or `None` if it did not.
pub(crate) fn of(verdict: &Verdict, facts: &Facts<'_>) -> Option<Diagnosis> {
    let diagnosis = match verdict {
        Verdict::Accepted => return None,
        Verdict::Refused(refusal) => of_refusal(refusal, facts),
        Verdict::NoAnswer(no_answer) => of_no_answer(no_answer, facts),
    };
    let diagnosis = match verdict.may_be_delivered() {
        true => diagnosis.with_evidence("maybe_delivered", "true"),
        false => diagnosis,
    };
    Some(with_facts(diagnosis, facts))
}

/// The context can't be written in the endpoint's format.
pub(crate) fn not_encodable(error: &xrm_body::Error, format: MessageFormat) -> Diagnosis {
    let diagnosis = Diagnosis::of(Cause::NotEncodable)
        .with_what(format!("The message can't be written as {format}: {error}."))
        .with_evidence("format", format.to_string())
        .with_evidence("reason", error.kind().to_string());
    match error.path() {
        path if path.is_empty() => diagnosis,
        path => diagnosis.with_evidence("path", path),
    }
}

/// The message is too large, even without the members that are removed from a large one.
pub(crate) fn too_large(plan: &SizePlan<'_>) -> Diagnosis {
    let (size, limit) = (plan.size(), plan.limit());
    let removed: Vec<_> = plan.removed().iter().map(|part| part.name()).collect();
    let what = match removed.as_slice() {
        [] => format!("The message has {size} bytes, more than the {limit} that are sent."),
        removed => format!(
            "The message has {size} bytes without {}, more than the {limit} that are sent.",
            removed.join(", ")
        ),
    };
    Diagnosis::of(Cause::BodyTooLarge)
        .with_what(what)
        .with_evidence("reason", format!("the message has more than {limit} bytes"))
        .with_evidence("body_bytes", size.to_string())
        .with_evidence("whole_bytes", plan.whole_size().to_string())
        .with_evidence("limit_bytes", limit.to_string())
        .with_evidence("removed", removed.join(","))
}

/// The job holds something that can't be sent as an event.
pub(crate) fn not_sendable(error: &eventhub_rest::Error) -> Diagnosis {
    Diagnosis::of(Cause::Other)
        .with_what(format!("The job's message can't be sent: {error}."))
        .with_evidence("reason", error.to_string())
}

fn of_refusal(refusal: &Refusal, facts: &Facts<'_>) -> Diagnosis {
    let cause = refusal_cause(refusal, facts);
    let mut diagnosis = with_what(Diagnosis::of(cause), facts);
    if cause == Cause::WrongKey {
        // The service answers a policy that does not exist in the same way.
        diagnosis.check.to_mut().extend(Cause::WrongPolicy.checks());
    }
    let evidence = [
        ("status", Some(Cow::from(refusal.status.as_str()))),
        ("reason", refusal.reason.as_deref().map(without_token)),
        ("code", refusal.code.as_deref().map(without_token)),
        ("detail", refusal.detail.as_deref().map(without_token)),
        ("sub_code", refusal.sub_code.map(|it| it.to_string().into())),
        ("tracking_id", refusal.tracking_id.as_deref().map(without_token)),
        ("retry_after", refusal.retry_after.map(|it| retry_after(it).into())),
    ];
    let known = evidence.into_iter().filter_map(|(key, value)| Some((key, value?)));
    known.fold(diagnosis, |it, (key, value)| it.with_evidence(key, value))
}

fn refusal_cause(refusal: &Refusal, facts: &Facts<'_>) -> Cause {
    match refusal.status.as_u16() {
        401 if refusal.sub_code == Some(INVALID_SIGNATURE) => Cause::WrongKey,
        401 | 403 if says(refusal, &["'send'"]) => Cause::MissingRight,
        401 => unauthorized_cause(refusal, facts),
        403 if says(refusal, &["currently disabled"]) => Cause::HubDisabled,
        403 => Cause::Forbidden,
        404 | 410 => Cause::MissingHub,
        408 => Cause::Timeout,
        413 => Cause::BodyTooLarge,
        429 => Cause::Throttled,
        407 | 511 => Cause::Proxy,
        500..=599 if refusal.is_server_busy() => Cause::Throttled,
        500..=599 => Cause::ServerError,
        400..=499 => Cause::BadRequest,
        100..=399 => Cause::Proxy,
        _ => Cause::Other,
    }
}

fn unauthorized_cause(refusal: &Refusal, facts: &Facts<'_>) -> Cause {
    let expired_here = facts.token_expires <= unix_seconds(facts.now);
    let expired_there = says(refusal, &["expiredtoken", "token is expired", "token has expired"]);
    match (expired_here, expired_there) {
        (true, _) => Cause::ExpiredToken,
        (false, true) => Cause::ClockSkew,
        (false, false) => Cause::Unauthorized,
    }
}

/// Whether the service's words hold one of `markers`, which are in lower case.
fn says(refusal: &Refusal, markers: &[&str]) -> bool {
    let texts = [&refusal.reason, &refusal.code, &refusal.detail];
    texts.into_iter().flatten().any(|text| {
        let text = text.to_ascii_lowercase();
        markers.iter().any(|marker| text.contains(marker))
    })
}

fn of_no_answer(no_answer: &NoAnswer, facts: &Facts<'_>) -> Diagnosis {
    let authority = authority(facts.hub);
    let diagnosis = Diagnosis::of(no_answer_cause(no_answer.kind));
    let diagnosis = match no_answer.kind {
        NoAnswerKind::Unreachable => {
            diagnosis.with_what(format!("There is no network route to {authority}."))
        }
        NoAnswerKind::NotSent => diagnosis.with_what(format!(
            "The connection to {authority} failed before the message was sent."
        )),
        _ => with_what(diagnosis, facts),
    };
    let diagnosis = diagnosis.with_evidence("no_answer", no_answer.kind.to_string());
    match &*no_answer.detail {
        "" => diagnosis,
        detail => diagnosis.with_evidence("detail", without_token(detail)),
    }
}

fn no_answer_cause(kind: NoAnswerKind) -> Cause {
    use NoAnswerKind::{
        ConnectTimeout, ConnectionLost, ConnectionRefused, Malformed, NotSent, Timeout, Tls,
        UnknownHost, Unreachable,
    };
    match kind {
        UnknownHost => Cause::UnknownHost,
        ConnectionRefused | Unreachable | NotSent => Cause::ConnectionRefused,
        ConnectTimeout => Cause::Timeout,
        Tls => Cause::Tls,
        Timeout | ConnectionLost | Malformed => Cause::MaybeDelivered,
        _ => Cause::Other,
    }
}

/// Says what happened with the names and numbers of this post, where they help.
fn with_what(diagnosis: Diagnosis, facts: &Facts<'_>) -> Diagnosis {
    let (hub, authority, policy) = (facts.hub.name(), authority(facts.hub), facts.key_name);
    let (expiry, now) = (expiry(facts.token_expires), timestamp(facts.now));
    let what = match diagnosis.cause {
        Cause::WrongKey => format!(
            "The access key is not the one of the shared access policy `{policy}`, or there is no \
             policy of this name."
        ),
        Cause::MissingRight => {
            format!("The shared access policy `{policy}` may not send to the event hub `{hub}`.")
        }
        Cause::ExpiredToken => format!("The access token expired at {expiry}; it is {now} now."),
        Cause::ClockSkew => format!(
            "The event hub takes a token for expired that is valid until {expiry}, while this \
             machine's clock shows {now}: one of the two clocks is wrong."
        ),
        Cause::MissingHub => format!("The namespace {authority} has no event hub `{hub}`."),
        Cause::BodyTooLarge => format!(
            "The message has {} bytes, more than the event hub `{hub}` takes.",
            facts.body_bytes
        ),
        Cause::UnknownHost => {
            format!("The host name {} could not be resolved.", facts.hub.endpoint().host())
        }
        Cause::ConnectionRefused => format!("The connection to {authority} was refused."),
        Cause::Tls => format!("No secure connection to {authority} could be made."),
        Cause::Proxy => format!("Something between this machine and {authority} answered for it."),
        _ => return diagnosis,
    };
    diagnosis.with_what(what)
}

fn with_facts(diagnosis: Diagnosis, facts: &Facts<'_>) -> Diagnosis {
    diagnosis
        .with_evidence("namespace", authority(facts.hub))
        .with_evidence("hub", facts.hub.name())
        .with_evidence("key_name", facts.key_name)
        .with_evidence("body_bytes", facts.body_bytes.to_string())
        .with_evidence("token_expires", expiry(facts.token_expires))
        .with_evidence("now", timestamp(facts.now))
        .with_evidence("attempt", facts.attempt.to_string())
}

/// The namespace's host, and its port where that is not HTTPS's own.
fn authority(hub: &Hub) -> &str {
    hub.messages().authority().map_or_else(|| hub.endpoint().host(), |it| it.as_str())
}

fn expiry(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|it| DateTime::from_timestamp(it, 0));
    time.map_or_else(|| format!("{seconds} seconds after 1970"), timestamp)
}

fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn retry_after(retry_after: RetryAfter) -> String {
    match retry_after {
        RetryAfter::Seconds(seconds) => format!("{seconds} seconds"),
        RetryAfter::At(time) => expiry(time),
    }
}

/// The text up to where it begins to repeat the token, as an answer of a proxy that prints the
/// request it refuses may.
fn without_token(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase();
    let markers = ["sharedaccesssignature", "sig=", "sig%3d"];
    let start = markers.iter().filter_map(|marker| lower.find(marker)).min();
    // Lower case leaves every character where it was, for only ASCII is changed.
    match start.and_then(|start| text.get(..start)) {
        Some(clean) => format!("{clean}(redacted)").into(),
        None => text.into(),
    }
}
