//! The routes that are ours: a look into the hubs, and what goes wrong there, for this machine
//! alone.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::event::ReceivedEvent;
use crate::fault::FaultPlan;
use crate::hub::{Faults, Hub};
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
    events: usize,
}

pub(crate) async fn hubs(_: FromHere, State(namespace): State<Arc<Namespace>>) -> Response {
    let hubs = namespace.hubs();
    let lines: Vec<_> = hubs
        .values()
        .map(|hub| HubLine {
            name: &hub.name,
            partitions: hub.partitions,
            events: hub.event_count(),
        })
        .collect();
    Json(lines).into_response()
}

/// Which events are wanted.
#[derive(Deserialize)]
pub(crate) struct Window {
    #[serde(default)]
    from: i64,
    partition: Option<String>,
}

impl Window {
    fn holds(&self, event: &ReceivedEvent) -> bool {
        event.sequence >= self.from
            && self.partition.as_ref().is_none_or(|it| *it == event.partition)
    }
}

pub(crate) async fn events(
    HubHere { hub, occasion }: HubHere,
    window: Result<Query<Window>, QueryRejection>,
) -> Response {
    let Ok(Query(window)) = window else {
        return occasion.error(StatusCode::BAD_REQUEST, "`from` must be a sequence number.");
    };
    let mut lines = Vec::new();
    for event in hub.events().iter().filter(|it| window.holds(it)) {
        serde_json::to_writer(&mut lines, event).expect("texts and numbers are JSON");
        lines.push(b'\n');
    }
    ([(CONTENT_TYPE, "application/x-ndjson")], lines).into_response()
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
