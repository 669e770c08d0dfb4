//! Why an attempt failed, by the verdict and by what is known on this side.
//!
//! What an answer means is decided by [`RefusalKind`], and whether a retry can help by
//! [`Cause::class`]. This file maps the one to the other and writes the texts.
//!
//! | verdict | cause |
//! |---|---|
//! | refused, expired token or unauthorized, and the token is past its expiry by this clock | expired token |
//! | refused, expired token, and the token is fresh by this clock | clock skew |
//! | refused, unsupported | bad request |
//! | refused, any other kind | the cause of the same name |
//! | no answer, the request was on its way | maybe delivered |
//! | no answer, no connection | unknown host, connection refused, timeout, TLS |

use std::borrow::Cow;

use azure_sas::TokenError;
use chrono::{DateTime, SecondsFormat, Utc};
use eventhub_rest::{Hub, NoAnswer, NoAnswerKind, Refusal, RefusalKind, RetryAfter, Verdict};
use xrm_body::{MessageFormat, SizePlan};
use xrm_jobs::{Cause, Diagnosis};

/// What is known of an attempt on this side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) key_name: &'a str,
    /// When the token that was sent expires.
    pub(crate) token_expires: DateTime<Utc>,
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
    let diagnosis = Diagnosis::new(Cause::NotEncodable)
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
    Diagnosis::new(Cause::BodyTooLarge)
        .with_what(what)
        .with_evidence("reason", format!("the message has more than {limit} bytes"))
        .with_evidence("body_bytes", size.to_string())
        .with_evidence("whole_bytes", plan.whole_size().to_string())
        .with_evidence("limit_bytes", limit.to_string())
        .with_evidence("removed", removed.join(","))
}

/// There is no token to send the message with.
pub(crate) fn no_token(error: &TokenError) -> Diagnosis {
    let cause = match error.is_transient() {
        true => Cause::TokenUnavailable,
        false => Cause::Unauthorized,
    };
    Diagnosis::new(cause)
        .with_what(format!("No access token could be obtained: {error}."))
        .with_evidence("reason", error.to_string())
}

/// The job holds something that can't be sent as an event.
pub(crate) fn not_sendable(error: &eventhub_rest::Error) -> Diagnosis {
    Diagnosis::new(Cause::Other)
        .with_what(format!("The job's message can't be sent: {error}."))
        .with_evidence("reason", error.to_string())
}

fn of_refusal(refusal: &Refusal, facts: &Facts<'_>) -> Diagnosis {
    let cause = refusal_cause(refusal, facts);
    let mut diagnosis = with_what(Diagnosis::new(cause), facts);
    if cause == Cause::WrongKey {
        // The service answers a policy that does not exist in the same way.
        diagnosis.check.to_mut().extend(Cause::WrongPolicy.checks());
    }
    let status = refusal.status();
    let evidence = [
        ("status", Some(Cow::from(status.as_str()))),
        ("reason", refusal.reason().map(Cow::from)),
        ("code", refusal.code().map(Cow::from)),
        ("detail", refusal.detail().map(Cow::from)),
        ("sub_code", refusal.sub_code().map(|it| it.to_string().into())),
        ("tracking_id", refusal.tracking_id().map(Cow::from)),
        ("retry_after", refusal.retry_after().map(|it| retry_after(it).into())),
    ];
    let known = evidence.into_iter().filter_map(|(key, value)| Some((key, value?)));
    known.fold(diagnosis, |it, (key, value)| it.with_evidence(key, value))
}

/// The cause for each kind of refusal.
///
/// Two kinds that are lasting for a client that repeats a request within seconds are transient for
/// a job, which waits for hours: a proxy that wants a sign-in, and a hub that somebody disabled.
fn refusal_cause(refusal: &Refusal, facts: &Facts<'_>) -> Cause {
    let expired_here = facts.token_expires <= facts.now;
    match refusal.kind() {
        RefusalKind::InvalidSignature => Cause::WrongKey,
        RefusalKind::LocalAuthDisabled => Cause::LocalAuthDisabled,
        RefusalKind::MissingRight => Cause::MissingRight,
        // A 401 does not always give its reason. If the token is past its expiry by this clock,
        // that is reason enough.
        RefusalKind::ExpiredToken | RefusalKind::Unauthorized if expired_here => {
            Cause::ExpiredToken
        }
        RefusalKind::ExpiredToken => Cause::ClockSkew,
        RefusalKind::MalformedToken => Cause::MalformedToken,
        RefusalKind::Unauthorized => Cause::Unauthorized,
        RefusalKind::HubDisabled => Cause::HubDisabled,
        RefusalKind::Forbidden => Cause::Forbidden,
        RefusalKind::MissingHub => Cause::MissingHub,
        RefusalKind::Timeout => Cause::Timeout,
        RefusalKind::TooLarge => Cause::BodyTooLarge,
        RefusalKind::Throttled => Cause::Throttled,
        RefusalKind::ServerError => Cause::ServerError,
        RefusalKind::Proxy => Cause::Proxy,
        RefusalKind::Unsupported | RefusalKind::BadRequest => Cause::BadRequest,
        _ => Cause::Other,
    }
}

fn of_no_answer(no_answer: &NoAnswer, facts: &Facts<'_>) -> Diagnosis {
    let authority = authority(facts.hub);
    let diagnosis = Diagnosis::new(no_answer_cause(no_answer.kind));
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
        // The text of the operating system or the TLS library is often the only one that names the
        // cause.
        detail => diagnosis.with_evidence("detail", detail),
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
        // One cause for all three, because what to check is the same: whether the listener got the
        // message.
        Timeout | ConnectionLost | Malformed => Cause::MaybeDelivered,
        _ => Cause::Other,
    }
}

/// Says what happened with the names and numbers of this post, where they help.
fn with_what(diagnosis: Diagnosis, facts: &Facts<'_>) -> Diagnosis {
    let (hub, authority, policy) = (facts.hub.name(), authority(facts.hub), facts.key_name);
    let (expiry, now) = (timestamp(facts.token_expires), timestamp(facts.now));
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
        .with_evidence("token_expires", timestamp(facts.token_expires))
        .with_evidence("now", timestamp(facts.now))
        .with_evidence("attempt", facts.attempt.to_string())
}

/// The namespace's host, and its port where that is not HTTPS's own.
fn authority(hub: &Hub) -> &str {
    hub.messages().authority().map_or_else(|| hub.endpoint().host(), |it| it.as_str())
}

fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn retry_after(retry_after: RetryAfter) -> String {
    match retry_after {
        RetryAfter::Delay(delay) => format!("{} seconds", delay.as_secs()),
        RetryAfter::At(time) => timestamp(time),
    }
}
