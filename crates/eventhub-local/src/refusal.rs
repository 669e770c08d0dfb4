//! How the local hub answers.

use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use hyper::ext::ReasonPhrase;
use uuid::Uuid;

use crate::rule::Access;
use crate::xml;

/// Why a request was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    MissingToken,
    MalformedToken,
    BearerToken,
    InvalidSignature,
    ExpiredToken,
    /// The token was signed for something else.
    OutOfScope(Access),
    /// The token's rule does not grant the right.
    MissingRight(Access),
    NoHub,
    /// What a path of management names is not there.
    NotFound {
        path: String,
    },
    /// It is there already.
    Conflict,
    /// There would be too many of a kind.
    Quota {
        kind: &'static str,
        limit: usize,
    },
    RevokedPublisher {
        publisher: String,
    },
    /// The hub was set not to take events.
    Disabled,
    TooLarge {
        limit: usize,
    },
    BadRequest {
        detail: String,
    },
    /// The body took longer than it may.
    BodyTimeout,
    /// The files could not be written.
    Storage {
        reason: String,
    },
    /// A path for this machine alone was asked for from elsewhere.
    NotLocal,
}

/// What is asked for, and when: the facts that answers quote.
#[derive(Clone, Debug)]
pub(crate) struct Occasion {
    /// The host by which the client calls this local hub, its port included.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) hub: String,
    /// What `SystemTracker` names after the host.
    pub(crate) entity: String,
    pub(crate) now: DateTime<Utc>,
    pub(crate) tracking_id: Uuid,
}

impl Refusal {
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::BadRequest { detail: detail.into() }
    }

    pub(crate) fn answer(&self, occasion: &Occasion) -> Response {
        let Occasion { host, path, hub, tracking_id, .. } = occasion;
        match self {
            Self::MissingToken => {
                occasion.unauthorized("MissingToken: The authorization header was not found.")
            }
            Self::MalformedToken => occasion.unauthorized(
                "MalformedToken: The credentials contained in the authorization header are not \
                 in the WRAP format.",
            ),
            // The service's words for an Entra ID token that opens nothing (captured).
            Self::BearerToken => occasion.unauthorized("SubCode=40100: Unauthorized"),
            Self::InvalidSignature => {
                occasion.unauthorized("SubCode=40103: Invalid authorization token signature")
            }
            Self::ExpiredToken => {
                let trackers = occasion.trackers();
                occasion.unauthorized(&format!("ExpiredToken: The token is expired. {trackers}"))
            }
            Self::OutOfScope(Access::Send) | Self::MissingRight(Access::Send) => occasion
                .unauthorized(&format!(
                    "SubCode=40100: Unauthorized : Unauthorized access for 'Send' operation on \
                     endpoint 'sb://{host}{path}'. Tracking Id: {tracking_id}_G0",
                )),
            Self::OutOfScope(_) => {
                occasion.error(StatusCode::UNAUTHORIZED, "claim is empty or token is invalid.")
            }
            // Reading and writing are refused in different words, as they were captured.
            Self::MissingRight(Access::Read) => occasion.error(
                StatusCode::UNAUTHORIZED,
                "Manage,EntityRead claims required for this operation.",
            ),
            Self::MissingRight(Access::Write) => occasion.error(
                StatusCode::UNAUTHORIZED,
                "Authorization failed for specified action: Manage,EntityWrite.",
            ),
            Self::MissingRight(Access::Delete) => occasion.error(
                StatusCode::UNAUTHORIZED,
                "Authorization failed for specified action: Manage,EntityDelete.",
            ),
            Self::NoHub => occasion.error(
                StatusCode::NOT_FOUND,
                &format!("The messaging entity 'sb://{host}/{hub}' could not be found."),
            ),
            Self::NotFound { path } => occasion.error(
                StatusCode::NOT_FOUND,
                &format!("The messaging entity 'sb://{host}{path}' could not be found."),
            ),
            Self::Conflict => occasion.error(StatusCode::CONFLICT, "SubCode=40900. Conflict."),
            Self::Quota { kind, limit } => occasion.error(
                StatusCode::FORBIDDEN,
                &format!(
                    "SubCode=40300. The maximum number of resources of type {kind} has been \
                     reached. Actual: {limit}, Max allowed: {limit}",
                ),
            ),
            Self::RevokedPublisher { publisher } => occasion.unauthorized(&format!(
                "SubCode=40100: Unauthorized : The publisher '{publisher}' is revoked. Tracking \
                 Id: {tracking_id}_G0",
            )),
            Self::Disabled => occasion.error(
                StatusCode::FORBIDDEN,
                &format!("Messaging entity 'sb://{host}/{hub}' is currently disabled."),
            ),
            Self::TooLarge { limit } => occasion.error(
                StatusCode::PAYLOAD_TOO_LARGE,
                &format!(
                    "The maximum message size quota for outgoing messages ({limit}) has been \
                     exceeded.",
                ),
            ),
            Self::BodyTimeout => occasion.error(
                StatusCode::REQUEST_TIMEOUT,
                "The body of the request did not arrive in time.",
            ),
            Self::Storage { reason } => occasion.error(
                StatusCode::INTERNAL_SERVER_ERROR,
                &format!("The local hub could not write its files: {reason}."),
            ),
            Self::BadRequest { detail } => occasion.error(StatusCode::BAD_REQUEST, detail),
            Self::NotLocal => occasion.error(
                StatusCode::FORBIDDEN,
                "Only the local hub's own machine may request this path.",
            ),
        }
    }
}

impl Occasion {
    /// 201 and nothing else.
    pub(crate) fn created(&self) -> Response {
        StatusCode::CREATED.into_response()
    }

    /// 401 with the reason where the service puts it: in the status line, and nowhere else.
    pub(crate) fn unauthorized(&self, reason: &str) -> Response {
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        // Whatever a client may have put into its path, a status line is one line.
        let printable: Vec<u8> = reason.bytes().filter(|b| (b' '..=b'~').contains(b)).collect();
        let reason =
            ReasonPhrase::try_from(printable).expect("printable ASCII makes a reason phrase");
        response.extensions_mut().insert(reason);
        response
    }

    /// Any other failure, in XML.
    pub(crate) fn error(&self, status: StatusCode, detail: &str) -> Response {
        let body = xml::write(|xml| {
            xml::element(xml, "Error", &[], |xml| {
                xml::text(xml, "Code", status.as_str())?;
                xml::text(xml, "Detail", &format!("{detail} {}", self.trackers()))
            })
        });
        (status, [(CONTENT_TYPE, "application/xml; charset=utf-8")], body).into_response()
    }

    /// The end of every detail. The `_G` number, the service's gateway, is always 0 here.
    fn trackers(&self) -> String {
        format!(
            "TrackingId:{}_G0, SystemTracker:{}:{}, Timestamp:{}",
            self.tracking_id,
            self.host,
            self.entity,
            self.now.format("%Y-%m-%dT%H:%M:%S"),
        )
    }
}

/// A time as HTTP writes it (RFC 9110, 5.6.7).
pub(crate) fn date(time: DateTime<Utc>) -> HeaderValue {
    let date = time.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::try_from(date).expect("a date is printable ASCII")
}
