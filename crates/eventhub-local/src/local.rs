//! The routes that are ours: a look into the hubs, for this machine alone.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::event::ReceivedEvent;
use crate::namespace::{Namespace, host};
use crate::refusal::{Occasion, Refusal};

/// The address that a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

#[derive(Serialize)]
struct HubLine<'a> {
    name: &'a str,
    partitions: u32,
    events: usize,
}

pub(crate) async fn hubs(State(namespace): State<Arc<Namespace>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let occasion = namespace.occasion("", &parts);
    if !is_local(&parts) {
        return forbidden(&occasion);
    }
    let lines: Vec<_> = namespace
        .hubs
        .values()
        .map(|hub| HubLine {
            name: &hub.name,
            partitions: hub.partitions,
            events: hub.event_count(),
        })
        .collect();
    found("application/json", json(&lines))
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
    State(namespace): State<Arc<Namespace>>,
    Path(name): Path<String>,
    window: Result<Query<Window>, QueryRejection>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let occasion = namespace.occasion(&name, &parts);
    if !is_local(&parts) {
        return forbidden(&occasion);
    }
    let Ok(Query(window)) = window else {
        return occasion.error(StatusCode::BAD_REQUEST, "`from` must be a sequence number.");
    };
    let Some(hub) = namespace.hub(&name) else {
        return Refusal::NoHub.answer(&occasion);
    };
    let mut lines = Vec::new();
    for event in hub.events().iter().filter(|it| window.holds(it)) {
        lines.extend(json(event));
        lines.push(b'\n');
    }
    found("application/x-ndjson", lines)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts, numbers and maps with text keys are JSON")
}

fn found(content_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn forbidden(occasion: &Occasion) -> Response {
    occasion.error(StatusCode::FORBIDDEN, "This path is for the endpoint's own machine alone.")
}

/// Whether a request comes from this machine and calls it by a name that only this machine has.
fn is_local(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<Peer>();
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
