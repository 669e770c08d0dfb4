//! Which request goes where.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::map_response_with_state;
use axum::response::Response;
use axum::routing::{get, post, put};
use http::header::DATE;
use http::{StatusCode, Uri};

use crate::body::discard;
use crate::local;
use crate::management::{Manage, handler};
use crate::namespace::Namespace;
use crate::refusal::date;
use crate::send::send;

/// The words of paths, as the routes have them.
const WORDS: [&str; 7] = [
    "EventHubs",
    "consumergroups",
    "messages",
    "partitions",
    "publisher",
    "publishers",
    "revokedpublishers",
];

/// The target of a request as the routes have it: the service's words in any case, and a slash at the
/// end, lead to the same place. The documentation spells paths in several ways, and clients in more;
/// what tokens are checked against minds neither. Names stay as they are.
pub(crate) fn canonical(uri: Uri) -> Uri {
    let path = uri.path();
    if path.starts_with("/$local") {
        return uri;
    }
    let mut segments: Vec<_> = path.trim_end_matches('/').split('/').collect();
    // The first is empty; `/{hub}/partitions/{id}/messages` has words at the second and fourth place.
    for place in [2, 4] {
        let Some(segment) = segments.get_mut(place) else { break };
        let word = WORDS.into_iter().find(|it| it.eq_ignore_ascii_case(segment));
        *segment = word.unwrap_or(segment);
    }
    let path = segments.join("/");
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    // Nothing but the case of letters was changed, and slashes left out; `/` alone stays what it is.
    let Ok(target) = target.parse() else { return uri };
    parts.path_and_query = Some(target);
    Uri::from_parts(parts).unwrap_or(uri)
}

pub(crate) fn router(namespace: Arc<Namespace>) -> Router {
    let faults = get(local::faults).put(local::set_faults).delete(local::clear_faults);
    let hub = put(handler(Manage::put_hub))
        .get(handler(Manage::get_hub))
        .delete(handler(Manage::delete_hub));
    let group = put(handler(Manage::put_group))
        .get(handler(Manage::get_group))
        .delete(handler(Manage::delete_group));
    let revoked = put(handler(Manage::revoke)).delete(handler(Manage::restore));
    Router::new()
        .route("/{hub}", hub)
        .route("/$Resources/EventHubs", get(handler(Manage::list_hubs)))
        .route("/{hub}/consumergroups", get(handler(Manage::list_groups)))
        .route("/{hub}/consumergroups/{name}", group)
        .route("/{hub}/revokedpublishers", get(handler(Manage::list_revoked)))
        .route("/{hub}/revokedpublishers/{name}", revoked)
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

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn words_have_any_case_and_names_have_theirs() {
        for (target, expected) in [
            ("/First/Messages", "/First/messages"),
            ("/first/messages/?timeout=60", "/first/messages?timeout=60"),
            ("/Messages/PARTITIONS/0/Messages", "/Messages/partitions/0/messages"),
            ("/first/Publishers/Till-7/messages/", "/first/publishers/Till-7/messages"),
            ("/first/ConsumerGroups/Messages", "/first/consumergroups/Messages"),
            ("/$Resources/Eventhubs?$skip=1", "/$Resources/EventHubs?$skip=1"),
            ("/$local/hubs/first/Events", "/$local/hubs/first/Events"),
            ("/first/", "/first"),
            ("/", "/"),
            ("//", "//"),
            ("http://127.0.0.1:1/first/Messages", "http://127.0.0.1:1/first/messages"),
        ] {
            assert_eq!(canonical(target.parse().unwrap()).to_string(), expected, "{target}");
        }
    }
}
