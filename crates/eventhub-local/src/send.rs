//! Sends: what is done with them, and what goes wrong on demand.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use chrono::TimeDelta;
use http::StatusCode;
use http::header::{DATE, RETRY_AFTER};
use http::request::Parts;
use tokio::time::sleep;

use crate::body::{discard, read};
use crate::fault::{self, Fault};
use crate::hub::Hub;
use crate::namespace::Namespace;
use crate::refusal::{Occasion, Refusal, date};
use crate::rule::Access;
use crate::submission::{Address, Submission};
use crate::wire::{Delivery, Wire};

/// Answers a send to a hub, to its `partition` or as a `publisher`, whichever the path names.
pub(crate) async fn send(
    State(namespace): State<Arc<Namespace>>,
    Path(mut names): Path<BTreeMap<String, String>>,
    request: Request,
) -> Response {
    let hub = &*names.remove("hub").unwrap_or_default();
    let address = match (names.remove("partition"), names.remove("publisher")) {
        (Some(partition), _) => Address::Partition(partition),
        (None, Some(publisher)) => Address::Publisher(publisher),
        (None, None) => Address::Hub,
    };
    let (parts, body) = request.into_parts();
    let wire = parts.extensions.get().cloned().unwrap_or_default();
    let occasion = namespace.occasion(hub, &parts);
    // Before anything is checked: a fault simulates trouble in front of the service too, and a
    // plan counts every send, also one that would be refused.
    let fault = namespace.hub(hub).and_then(|it| it.next_fault());
    let sending = Sending { namespace: &namespace, parts, address, occasion, wire };
    match fault {
        None => sending.work(body).await,
        Some(fault) => sending.fail(fault, body).await,
    }
}

/// A request that sends, apart from its body.
struct Sending<'a> {
    namespace: &'a Namespace,
    parts: Parts,
    address: Address,
    occasion: Occasion,
    wire: Wire,
}

impl Sending<'_> {
    async fn work(&self, body: Body) -> Response {
        match self.take(body).await {
            Ok(()) => self.occasion.created(),
            Err(refusal) => refusal.answer(&self.occasion),
        }
    }

    async fn fail(mut self, fault: Fault, body: Body) -> Response {
        match fault {
            Fault::Hang => {
                discard(&self.parts, body).await;
                pending().await
            }
            Fault::HangAfterKeeping => {
                self.work(body).await;
                pending().await
            }
            Fault::Status(status) => {
                discard(&self.parts, body).await;
                self.refuse(status)
            }
            Fault::RetryAfter(status, pause) => {
                discard(&self.parts, body).await;
                let mut response = self.refuse(status);
                response.headers_mut().insert(RETRY_AFTER, pause.as_secs().into());
                response
            }
            Fault::Delay(pause) => {
                // The body is not read yet: a client with a large one waits in its own send.
                sleep(pause).await;
                self.work(body).await
            }
            // A response is needed for hyper to write something, which the stream then resets.
            Fault::ResetBeforeReading => self.deliver(Delivery::Nothing, self.occasion.created()),
            Fault::ResetAfterReading => {
                // The connection ends in any case.
                let _ = read(body, 0).await;
                self.deliver(Delivery::Nothing, self.occasion.created())
            }
            Fault::ResetAfterKeeping => self.deliver(Delivery::Nothing, self.work(body).await),
            Fault::Truncate(bytes) => self.deliver(Delivery::First(bytes), self.work(body).await),
            Fault::Trickle(pause) => self.deliver(Delivery::Trickle(pause), self.work(body).await),
            Fault::ClockSkew(skew) => {
                self.skew(skew);
                let mut response = self.work(body).await;
                response.headers_mut().insert(DATE, date(self.occasion.now));
                response
            }
        }
    }

    fn deliver(&self, delivery: Delivery, response: Response) -> Response {
        self.wire.deliver(delivery);
        response
    }

    fn refuse(&self, status: StatusCode) -> Response {
        match status {
            StatusCode::UNAUTHORIZED => Refusal::BearerToken.answer(&self.occasion),
            _ => self.occasion.error(status, fault::detail(status)),
        }
    }

    fn skew(&mut self, skew: TimeDelta) {
        let now = &mut self.occasion.now;
        // Beyond the end of the calendar, the clock is not changed.
        *now = now.checked_add_signed(skew).unwrap_or(*now);
    }

    async fn take(&self, body: Body) -> Result<(), Refusal> {
        // Before the body is read into memory: that is for those who may send.
        let hub = match self.admit() {
            Ok(hub) => hub,
            Err(refusal) => {
                discard(&self.parts, body).await;
                return Err(refusal);
            }
        };
        let body = read(body, self.namespace.limits.max_body_bytes).await?;
        let rules = self.namespace.rules_of(&hub);
        let submission = Submission::read(&self.parts.headers, body, &self.address, rules)?;
        let events = submission.events.into_iter().map(Into::into).collect();
        self.namespace.keep(&hub, submission.destination, events, self.occasion.now)
    }

    /// The hub that the request may send to.
    fn admit(&self) -> Result<Arc<Hub>, Refusal> {
        let Occasion { path, hub, .. } = &self.occasion;
        let plural = plural(path);
        let paths = [path.as_str(), plural.as_deref().unwrap_or(path)];
        // The token comes before the hub, so that nobody without one can try which hubs there are.
        self.namespace.authorize(&self.parts, &self.occasion, Access::Send, &paths)?;
        let hub = self.namespace.hub(hub).ok_or(Refusal::NoHub)?;
        hub.entity().check(&self.address)?;
        Ok(hub)
    }
}

/// The path that a publisher's token is signed for, if this is the one in the singular that the
/// example of the service's documentation has
/// ([Send event with publisher ID](https://learn.microsoft.com/rest/api/eventhub/send-event-with-publisher-id)).
fn plural(path: &str) -> Option<String> {
    let (hub, rest) = path.strip_prefix('/')?.split_once('/')?;
    let rest = rest.strip_prefix("publisher/")?;
    Some(format!("/{hub}/publishers/{rest}"))
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn only_the_publisher_of_a_hub_has_a_plural() {
        for (path, expected) in [
            ("/h/publisher/p/messages", Some("/h/publishers/p/messages")),
            ("/publisher/publisher/p/messages", Some("/publisher/publishers/p/messages")),
            ("/publisher/p/messages", None),
            ("/h/publishers/p/messages", None),
            ("/h/messages", None),
            ("", None),
        ] {
            assert_eq!(plural(path).as_deref(), expected, "{path}");
        }
    }
}
