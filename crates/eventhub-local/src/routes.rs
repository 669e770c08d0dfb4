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
use crate::local;
use crate::management::{Manage, handler};
use crate::namespace::Namespace;
use crate::refusal::date;
use crate::send::send;

pub(crate) fn router(namespace: Arc<Namespace>) -> Router {
    let faults = get(local::faults).put(local::set_faults).delete(local::clear_faults);
    let hub = put(handler(Manage::put_hub))
        .get(handler(Manage::get_hub))
        .delete(handler(Manage::delete_hub));
    let group = || {
        put(handler(Manage::put_group))
            .get(handler(Manage::get_group))
            .delete(handler(Manage::delete_group))
    };
    let revoked = || put(handler(Manage::revoke)).delete(handler(Manage::restore));
    Router::new()
        .route("/{hub}", hub)
        // The documentation spells these paths in several ways. axum matches the case, so each
        // spelling is a route; a layer that lowers the path would change what tokens are checked
        // against.
        .route("/$Resources/EventHubs", get(handler(Manage::list_hubs)))
        .route("/$Resources/Eventhubs", get(handler(Manage::list_hubs)))
        .route("/$Resources/eventhubs", get(handler(Manage::list_hubs)))
        .route("/{hub}/consumergroups", get(handler(Manage::list_groups)))
        .route("/{hub}/ConsumerGroups", get(handler(Manage::list_groups)))
        .route("/{hub}/consumergroups/{name}", group())
        .route("/{hub}/ConsumerGroups/{name}", group())
        .route("/{hub}/revokedpublishers", get(handler(Manage::list_revoked)))
        .route("/{hub}/RevokedPublishers", get(handler(Manage::list_revoked)))
        .route("/{hub}/revokedpublishers/{name}", revoked())
        .route("/{hub}/RevokedPublishers/{name}", revoked())
        .route("/{hub}/messages", post(send))
        .route("/{hub}/partitions/{partition}/messages", post(send))
        .route("/{hub}/publishers/{publisher}/messages", post(send))
        .route("/{hub}/publisher/{publisher}/messages", post(send))
        .route("/$local/hubs", get(local::hubs))
        .route("/$local/hubs/{hub}/events", get(local::events))
        .route("/$local/hubs/{hub}/faults", faults)
        // What axum answers by itself has no XML and no tracking id.
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
