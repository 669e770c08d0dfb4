//! Which request goes where.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::map_response_with_state;
use axum::response::Response;
use axum::routing::{get, post, put};
use http::StatusCode;
use http::header::DATE;

use crate::body::discard;
use crate::namespace::Namespace;
use crate::refusal::date;
use crate::{local, management, send};

pub(crate) fn router(namespace: Arc<Namespace>) -> Router {
    let faults = get(local::faults).put(local::set_faults).delete(local::clear_faults);
    let hub = put(management::put_hub).get(management::get_hub).delete(management::delete_hub);
    let group =
        || put(management::put_group).get(management::get_group).delete(management::delete_group);
    let revoked = || put(management::revoke).delete(management::restore);
    Router::new()
        .route("/{hub}", hub)
        // The documentation writes these paths now so and now so.
        .route("/$Resources/EventHubs", get(management::list_hubs))
        .route("/$Resources/Eventhubs", get(management::list_hubs))
        .route("/$Resources/eventhubs", get(management::list_hubs))
        .route("/{hub}/consumergroups", get(management::list_groups))
        .route("/{hub}/ConsumerGroups", get(management::list_groups))
        .route("/{hub}/consumergroups/{group}", group())
        .route("/{hub}/ConsumerGroups/{group}", group())
        .route("/{hub}/revokedpublishers", get(management::list_revoked))
        .route("/{hub}/RevokedPublishers", get(management::list_revoked))
        .route("/{hub}/revokedpublishers/{publisher}", revoked())
        .route("/{hub}/RevokedPublishers/{publisher}", revoked())
        .route("/{hub}/messages", post(send::to_hub))
        .route("/{hub}/partitions/{partition}/messages", post(send::to_partition))
        .route("/{hub}/publishers/{publisher}/messages", post(send::as_publisher))
        .route("/{hub}/publisher/{publisher}/messages", post(send::as_publisher))
        .route("/$local/hubs", get(local::hubs))
        .route("/$local/hubs/{hub}/events", get(local::events))
        .route("/$local/hubs/{hub}/faults", faults)
        .fallback(nothing_here)
        .layer(map_response_with_state(Arc::clone(&namespace), stamp))
        .with_state(namespace)
}

/// Dates every answer by the local hub's own clock, unless it is dated.
async fn stamp(State(namespace): State<Arc<Namespace>>, mut response: Response) -> Response {
    let now = || date((namespace.clock)());
    response.headers_mut().entry(DATE).or_insert_with(now);
    response
}

async fn nothing_here(State(namespace): State<Arc<Namespace>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let occasion = namespace.occasion("", &parts);
    discard(&parts, body).await;
    occasion.error(StatusCode::NOT_FOUND, "There is nothing at this path.")
}
