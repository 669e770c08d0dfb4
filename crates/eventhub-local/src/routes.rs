//! The routes that the service has.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Path, Request, State};
use axum::middleware::map_response_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{DATE, EXPECT};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use crate::fault::{self, Fault};
use crate::local;
use crate::namespace::Namespace;
use crate::refusal::{Occasion, Refusal};
use crate::submission::Submission;

pub(crate) fn router(namespace: Arc<Namespace>) -> Router {
    Router::new()
        .route("/{hub}/messages", post(send))
        .route("/{hub}/partitions/{partition}/messages", post(send_to_partition))
        .route("/$local/hubs", get(local::hubs))
        .route("/$local/hubs/{hub}/events", get(local::events))
        .fallback(nothing_here)
        .layer(map_response_with_state(Arc::clone(&namespace), stamp))
        .with_state(namespace)
}

/// Dates every answer by the endpoint's own clock, as HTTP writes it (RFC 9110, 5.6.7).
async fn stamp(State(namespace): State<Arc<Namespace>>, mut response: Response) -> Response {
    let date = (namespace.clock)().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let date = HeaderValue::try_from(date).expect("a date is printable ASCII");
    response.headers_mut().insert(DATE, date);
    response
}

async fn send(
    State(namespace): State<Arc<Namespace>>,
    Path(hub): Path<String>,
    request: Request,
) -> Response {
    answer(&namespace, &hub, None, request).await
}

async fn send_to_partition(
    State(namespace): State<Arc<Namespace>>,
    Path((hub, partition)): Path<(String, String)>,
    request: Request,
) -> Response {
    answer(&namespace, &hub, Some(&partition), request).await
}

async fn nothing_here(State(namespace): State<Arc<Namespace>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let occasion = namespace.occasion("", &parts);
    discard(&parts, body).await;
    occasion.error(StatusCode::NOT_FOUND, "There is nothing at this path.")
}

async fn answer(
    namespace: &Namespace,
    hub: &str,
    partition: Option<&str>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let occasion = namespace.occasion(hub, &parts);
    if let Some(fault) = namespace.hub(hub).and_then(|it| it.fault()) {
        discard(&parts, body).await;
        return fail(fault, &occasion).await;
    }
    match take(namespace, &parts, body, partition, &occasion).await {
        Ok(()) => occasion.created(),
        Err(refusal) => refusal.answer(&occasion),
    }
}

async fn take(
    namespace: &Namespace,
    parts: &Parts,
    body: Body,
    partition: Option<&str>,
    occasion: &Occasion,
) -> Result<(), Refusal> {
    let hub = match namespace.admit(parts, occasion) {
        Ok(hub) => hub,
        Err(refusal) => {
            discard(parts, body).await;
            return Err(refusal);
        }
    };
    let body = read(body, namespace.max_body_bytes).await?;
    let submission = Submission::read(&parts.headers, body, partition, namespace.rules(hub))?;
    hub.keep(submission, occasion.now);
    Ok(())
}

async fn fail(fault: Fault, occasion: &Occasion) -> Response {
    match fault {
        Fault::Hang => pending().await,
        Fault::Status(StatusCode::UNAUTHORIZED) => Refusal::BearerToken.answer(occasion),
        Fault::Status(status) => occasion.error(status, fault::detail(status)),
    }
}

/// Reads a body of up to `limit` bytes.
///
/// What is over the limit is read all the same, within reason: a client that is still sending when
/// its connection closes may never see the answer.
async fn read(mut body: Body, limit: usize) -> Result<Bytes, Refusal> {
    /// After so many bytes over the limit the client is cut short.
    const PATIENCE: usize = 64 << 20;

    let mut kept = Vec::new();
    let mut length = 0_usize;
    while let Some(data) = next_data(&mut body).await? {
        length = length.saturating_add(data.len());
        if length <= limit {
            kept.extend_from_slice(&data);
        } else if length - limit > PATIENCE {
            break;
        }
    }
    if length > limit { Err(Refusal::TooLarge { limit }) } else { Ok(kept.into()) }
}

/// Reads a body that is not wanted, unless the client waits to be asked for it.
async fn discard(parts: &Parts, body: Body) {
    if !parts.headers.contains_key(EXPECT) {
        // Whether it is too long or cut short, the answer is decided already.
        let _ = read(body, 0).await;
    }
}

async fn next_data(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            None => return Ok(None),
            Some(Err(_)) => return Err(Refusal::bad_request("The body ended too early.")),
            // Trailers are frames without data.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}
