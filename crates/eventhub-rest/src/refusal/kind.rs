use http::StatusCode;

/// The sub-code of a signature that was not made with one of the policy's keys.
const INVALID_SIGNATURE: u32 = 40103;

/// The sub-code of "server busy".
const SERVER_BUSY: u32 = 50002;

/// What a refusal means.
///
/// | answer | kind | transient |
/// |---|---|---|
/// | 401, sub-code 40103, "invalid authorization token signature" or "InvalidSignature" | [`InvalidSignature`](Self::InvalidSignature) | no |
/// | 401 or 403 that says "LocalAuthDisabled" | [`LocalAuthDisabled`](Self::LocalAuthDisabled) | no |
/// | 401 or 403 that names the `'Send'` right, 401 that says "InvalidAudience" | [`MissingRight`](Self::MissingRight) | no |
/// | 401 that says "Ip has been prevented to connect" | [`Forbidden`](Self::Forbidden) | no |
/// | 401 that says that the token is expired | [`ExpiredToken`](Self::ExpiredToken) | no |
/// | 401 that says "Malformed authorization token" or "MalformedToken" | [`MalformedToken`](Self::MalformedToken) | no |
/// | other 401 | [`Unauthorized`](Self::Unauthorized) | no |
/// | 403 that says "currently disabled" | [`HubDisabled`](Self::HubDisabled) | no |
/// | other 403 | [`Forbidden`](Self::Forbidden) | no |
/// | 404, 410 | [`MissingHub`](Self::MissingHub) | no |
/// | 408 | [`Timeout`](Self::Timeout) | yes |
/// | 413 | [`TooLarge`](Self::TooLarge) | no |
/// | 429, and 5xx with sub-code 50002 or "server busy" | [`Throttled`](Self::Throttled) | yes |
/// | 501, 505 | [`Unsupported`](Self::Unsupported) | no |
/// | 407, 511, and 1xx to 3xx | [`Proxy`](Self::Proxy) | no |
/// | other 5xx | [`ServerError`](Self::ServerError) | yes |
/// | other 4xx | [`BadRequest`](Self::BadRequest) | no |
/// | 600 and above | [`Other`](Self::Other) | no |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The token's signature was not made with one of the policy's keys, or there is no such
    /// policy: the service answers both in the same words. Another key may do.
    InvalidSignature,
    /// The namespace takes no shared access keys: its local authentication is disabled.
    LocalAuthDisabled,
    /// The token's policy lacks the Send right, or the token is for another resource.
    MissingRight,
    /// The token has expired by the service's clock.
    ExpiredToken,
    /// What was sent as a token can't be read as one.
    MalformedToken,
    /// The token is refused for another reason, or for none that the service gives.
    Unauthorized,
    /// The hub is disabled for sending.
    HubDisabled,
    /// A quota is used up, or a network rule forbids the access.
    Forbidden,
    /// The namespace has no such hub.
    MissingHub,
    /// The service, or a gateway before it, gave up waiting for the request.
    Timeout,
    /// The body is larger than the service allows.
    TooLarge,
    /// The service allows no more requests for the moment.
    Throttled,
    /// The service, or a gateway before it, failed.
    ServerError,
    /// The server does not implement the request's method or its version of HTTP.
    Unsupported,
    /// Something between the client and the service answered: the service itself has no such
    /// status.
    Proxy,
    /// The request is malformed.
    BadRequest,
    /// The status is not one of HTTP's.
    Other,
}

impl RefusalKind {
    /// The one place that decides what an answer means. `texts` are the service's own, in lower
    /// case.
    ///
    /// The service documents 201, 401 and 500 only
    /// (<https://learn.microsoft.com/rest/api/eventhub/send-event>). The words are those of answers
    /// that users have published, which `docs/src/failures.md` lists; sub-codes are not always
    /// among them.
    pub(crate) fn new(status: StatusCode, sub_code: Option<u32>, texts: &str) -> Self {
        let says = |words: &[&str]| words.iter().any(|it| texts.contains(it));
        match status.as_u16() {
            401 if sub_code == Some(INVALID_SIGNATURE)
                || says(&["invalid authorization token signature", "invalidsignature"]) =>
            {
                Self::InvalidSignature
            }
            // Before what follows: no other token is better.
            401 | 403 if says(&["localauthdisabled"]) => Self::LocalAuthDisabled,
            // Before expiry: a token that lacks the right is no better when it is fresh.
            401 | 403 if says(&["'send'"]) => Self::MissingRight,
            401 if says(&["invalidaudience"]) => Self::MissingRight,
            // The firewall of the namespace answers 401 too.
            401 if says(&["ip has been prevented to connect"]) => Self::Forbidden,
            401 if says(&["expiredtoken", "token is expired", "token has expired"]) => {
                Self::ExpiredToken
            }
            401 if says(&["malformed authorization token", "malformedtoken"]) => {
                Self::MalformedToken
            }
            401 => Self::Unauthorized,
            403 if says(&["currently disabled"]) => Self::HubDisabled,
            403 => Self::Forbidden,
            404 | 410 => Self::MissingHub,
            408 => Self::Timeout,
            413 => Self::TooLarge,
            429 => Self::Throttled,
            // Before the other 4xx and 5xx: the service sends neither.
            407 | 511 => Self::Proxy,
            500..=599 if is_server_busy(sub_code, texts) => Self::Throttled,
            // RFC 9110, 15.6.2 and 15.6.6: what the server lacks, it will lack the next time too.
            501 | 505 => Self::Unsupported,
            // RFC 9110, 15: a status that is not known counts as the x00 of its class.
            500..=599 => Self::ServerError,
            400..=499 => Self::BadRequest,
            100..=399 => Self::Proxy,
            _ => Self::Other,
        }
    }

    /// Whether the same request may succeed a little later.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Timeout | Self::Throttled | Self::ServerError)
    }
}

/// Whether the service says that it is busy, by the number or in words.
pub(crate) fn is_server_busy(sub_code: Option<u32>, texts: &str) -> bool {
    sub_code == Some(SERVER_BUSY)
        || ["50002", "server busy", "server-busy"].iter().any(|it| texts.contains(it))
}
