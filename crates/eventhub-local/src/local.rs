//! The routes that are ours: a look into the hubs, and what goes wrong there, for this machine
//! alone.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderName, StatusCode};
use serde::{Deserialize, Serialize};

use crate::fault::FaultPlan;
use crate::hub::{Cursor, Faults, Hub};
use crate::log::{EventCounts, Held};
use crate::namespace::{Namespace, host};
use crate::refusal::{Occasion, Refusal};

/// The address that a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// A request from this machine.
pub(crate) struct FromHere(Occasion);

impl FromRequestParts<Arc<Namespace>> for FromHere {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        namespace: &Arc<Namespace>,
    ) -> Result<Self, Response> {
        let path = Path::<String>::from_request_parts(parts, namespace).await;
        let hub = path.map_or_else(|_| String::new(), |Path(hub)| hub);
        let occasion = namespace.occasion(&hub, parts);
        if is_local(parts) { Ok(Self(occasion)) } else { Err(Refusal::NotLocal.answer(&occasion)) }
    }
}

/// The hub that a request from this machine names.
pub(crate) struct HubHere {
    hub: Arc<Hub>,
    occasion: Occasion,
}

impl FromRequestParts<Arc<Namespace>> for HubHere {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        namespace: &Arc<Namespace>,
    ) -> Result<Self, Response> {
        let FromHere(occasion) = FromHere::from_request_parts(parts, namespace).await?;
        match namespace.hub(&occasion.hub) {
            Some(hub) => Ok(Self { hub, occasion }),
            None => Err(Refusal::NoHub.answer(&occasion)),
        }
    }
}

#[derive(Serialize)]
struct HubLine<'a> {
    name: &'a str,
    partitions: u32,
    /// The events that are held.
    events: u64,
    arrived: u64,
    dropped: u64,
}

pub(crate) async fn hubs(_: FromHere, State(namespace): State<Arc<Namespace>>) -> Response {
    let hubs = namespace.hubs();
    let lines: Vec<_> = hubs
        .values()
        .map(|hub| {
            let EventCounts { arrived, held, dropped } = hub.event_counts();
            HubLine { name: &hub.name, partitions: hub.partitions, events: held, arrived, dropped }
        })
        .collect();
    Json(lines).into_response()
}

/// The counts of the hub when a request for its events came, as headers of the answer.
const ARRIVED: HeaderName = HeaderName::from_static("local-events-arrived");
const DROPPED: HeaderName = HeaderName::from_static("local-events-dropped");

/// Which events are wanted.
#[derive(Deserialize)]
pub(crate) struct Window {
    #[serde(default)]
    from: i64,
    partition: Option<String>,
    /// Whether the answer goes on with the events that arrive later.
    #[serde(default)]
    follow: bool,
}

impl Window {
    fn holds(&self, held: &Held) -> bool {
        held.place.sequence >= self.from
            && self.partition.as_ref().is_none_or(|it| *it == held.partition.to_string())
    }
}

pub(crate) async fn events(
    HubHere { hub, occasion }: HubHere,
    window: Result<Query<Window>, QueryRejection>,
) -> Response {
    let Ok(Query(window)) = window else {
        let detail = "`from` must be a sequence number, and `follow` true or false.";
        return occasion.error(StatusCode::BAD_REQUEST, detail);
    };
    let EventCounts { arrived, dropped, .. } = hub.event_counts();
    let lines = Lines { cursor: Cursor::new(hub), end: arrived, window };
    let chunks = stream::unfold(lines, async |mut lines| {
        let chunk = lines.next_chunk().await?;
        Some((Ok::<_, Infallible>(chunk), lines))
    });
    let headers = [(ARRIVED, arrived), (DROPPED, dropped)];
    let headers = headers.map(|(name, count)| (name, count.to_string()));
    let content_type = [(CONTENT_TYPE, "application/x-ndjson")];
    (headers, content_type, Body::from_stream(chunks)).into_response()
}

/// The events of a hub as lines of JSON. They are read as the client takes them, so that a slow one
/// costs no memory, and no sender waits for it.
struct Lines {
    cursor: Cursor,
    /// The first arrival that is not wanted any more, unless the window follows.
    end: u64,
    window: Window,
}

impl Lines {
    /// The next lines, about 64 KiB of them or one that is longer; `None` at the end.
    async fn next_chunk(&mut self) -> Option<Bytes> {
        /// How many events are looked at before another task gets its turn.
        const EVENTS: usize = 256;
        const BYTES: usize = 64 << 10;

        loop {
            let events = if self.window.follow {
                self.cursor.next(EVENTS, BYTES).await
            } else {
                self.cursor.take(EVENTS, BYTES)
            };
            if events.is_empty() {
                return None;
            }
            let ended = |it: &Held| !self.window.follow && it.arrival >= self.end;
            let mut chunk = Vec::new();
            for held in events.iter().filter(|it| self.window.holds(it) && !ended(it)) {
                serde_json::to_writer(&mut chunk, &held.event())
                    .expect("texts and numbers are JSON");
                chunk.push(b'\n');
            }
            if !chunk.is_empty() {
                return Some(chunk.into());
            }
            if events.iter().any(|it| ended(it)) {
                return None;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// What goes wrong with the sends to a hub.
#[derive(Serialize)]
struct FaultLine {
    plan: Option<serde_json::Value>,
    count: u64,
}

pub(crate) async fn faults(HubHere { hub, .. }: HubHere) -> Response {
    let Faults { plan, count } = hub.faults();
    Json(FaultLine { plan: plan.map(|it| it.to_json()), count }).into_response()
}

pub(crate) async fn set_faults(HubHere { hub, occasion }: HubHere, body: Bytes) -> Response {
    match FaultPlan::from_json(&body) {
        Ok(plan) => {
            hub.set_fault_plan(Some(plan));
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => {
            let detail = format!("The plan could not be read: {error}.");
            occasion.error(StatusCode::BAD_REQUEST, &detail)
        }
    }
}

pub(crate) async fn clear_faults(HubHere { hub, .. }: HubHere) -> Response {
    hub.set_fault_plan(None);
    StatusCode::NO_CONTENT.into_response()
}

/// Whether a request comes from this machine and calls it by a name that only this machine has.
fn is_local(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<Peer>();
    // Both: a browser on this machine is a local peer, and sends what pages from elsewhere ask it to;
    // but it names their host (DNS rebinding).
    peer.is_some_and(|Peer(address)| address.ip().is_loopback()) && is_loopback_name(host(parts))
}

fn is_loopback_name(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(|it: IpAddr| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback_name;

    #[test]
    fn only_loopback_names_are_local() {
        for name in ["localhost", "LOCALHOST:1", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:80"] {
            assert!(is_loopback_name(name), "{name}");
        }
        for name in
            ["", "localhost.example.com", "10.0.0.1", "evil.example:80", "127.0.0.1.example"]
        {
            assert!(!is_loopback_name(name), "{name}");
        }
    }
}
