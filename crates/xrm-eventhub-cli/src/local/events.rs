//! `local events`

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use http::header::HOST;
use http::uri::Scheme;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use serde::Deserialize;
use xrm_eventhub::rest::{Verdict, verdict};

use crate::body::show;
use crate::error::{Error, Exit, OrError as _};
use crate::given::input::{Input, ReadingArgs};
use crate::local::connect::connect;
use crate::terminal::output;

/// Print the events that a local hub holds, one JSON line per event.
///
/// They are in the order in which they came, each with `partition`, `sequence`, `offset`,
/// `enqueued_time`, `content_type`,
/// `partition_key`, `properties`, `body_base64`.
///
/// With https, the certificate of the local hub must be trusted: by the machine, or by the file that
/// SSL_CERT_FILE names.
///
/// Standard error has a line if the hub dropped events because it was full: how many of those that
/// arrived are missing.
///
/// With --flat, the line of an event is that of the context in it, as from `body show`: what changed,
/// before and after.
#[derive(Args, Debug)]
pub(crate) struct Events {
    /// The hub: the server's address and the hub's name.
    #[arg(value_name = "http[s]://ADDR/HUB", value_parser = hub_url)]
    hub: HubUrl,
    /// Read the contexts, and print what changed.
    #[arg(long)]
    flat: bool,
    /// Go on with the events that arrive later, until Ctrl-C or the end of the local hub.
    #[arg(long)]
    follow: bool,
}

impl Events {
    pub(crate) async fn run(self) -> Result<Exit, Error> {
        let authority = &self.hub.authority;
        let broke_off = format!("the connection to the local hub at {authority} broke");
        let mut sender = connect(&self.hub.scheme, &self.hub.host, authority).await?;
        let response = sender.send_request(self.hub.request(self.follow)).await;
        let mut response = response.or_failed(&broke_off)?;
        if response.status() != StatusCode::OK {
            let verdict = refusal(response).await.or_failed(&broke_off)?;
            let what = format!("the server at {authority} does not show events: {verdict}");
            return Err(Error::failed(what));
        }
        note_dropped(response.headers());
        let mut unfinished = Vec::new();
        while let Some(frame) = response.frame().await {
            // Trailers are frames without data.
            let Ok(data) = frame.or_failed(&broke_off)?.into_data() else { continue };
            if !self.flat {
                // As they come: the lines are those of the local hub, and may be many.
                output::bytes(&data)?;
                continue;
            }
            // Lines end where they end, and not with the pieces that the network hands out.
            unfinished.extend_from_slice(&data);
            while let Some(end) = unfinished.iter().position(|it| *it == b'\n') {
                let line: Vec<_> = unfinished.drain(..=end).collect();
                print_flat(&line)?;
            }
        }
        Ok(Exit::Done)
    }
}

/// An event, as the local hub shows it.
#[derive(Deserialize)]
struct Event {
    partition: String,
    sequence: i64,
    body_base64: String,
}

fn print_flat(line: &[u8]) -> Result<(), Error> {
    const FAILED: &str = "an event can't be read";

    let event: Event = serde_json::from_slice(line).or_failed(FAILED)?;
    let body = STANDARD.decode(&event.body_base64).or_failed(FAILED)?;
    let name = format!("event {} of partition {}", event.sequence, event.partition);
    show::print(&Input::new(name, body), ReadingArgs::default())
}

/// A hub of a local server: `http://127.0.0.1:5123/orders`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct HubUrl {
    /// `http` or `https`.
    scheme: Scheme,
    /// The host as written.
    host: String,
    /// The host as written, and a port.
    authority: String,
    /// The path of its events, without the value of `follow`.
    events: String,
}

fn hub_url(text: &str) -> Result<HubUrl, &'static str> {
    const FORM: &str = "it is not of the form http://ADDR/HUB or https://ADDR/HUB";

    let uri: Uri = text.parse().map_err(|_| FORM)?;
    let known = |it: &&Scheme| **it == Scheme::HTTP || **it == Scheme::HTTPS;
    let scheme = uri.scheme().filter(known).ok_or(FORM)?;
    let authority = uri.authority().ok_or(FORM)?;
    let port = match authority.as_str().strip_prefix(authority.host()).ok_or(FORM)? {
        "" if *scheme == Scheme::HTTPS => 443,
        "" => 80,
        _ => authority.port_u16().ok_or(FORM)?,
    };
    let hub = uri.path().trim_matches('/');
    if hub.is_empty() || hub.contains('/') || uri.query().is_some() {
        return Err(FORM);
    }
    let authority = format!("{}:{port}", authority.host());
    // `$local` can't be the name of a hub, so this is no path of the Event Hubs API.
    // A hub's name may be too long for an address that is longer than this one.
    let events = format!("/$local/hubs/{hub}/events?follow=");
    format!("{events}false").parse::<Uri>().map_err(|_| FORM)?;
    let host = uri.host().unwrap_or_default().to_owned();
    Ok(HubUrl { scheme: scheme.clone(), host, authority, events })
}

impl HubUrl {
    fn request(&self, follow: bool) -> Request<String> {
        Request::get(format!("{}{follow}", self.events))
            .header(HOST, &self.authority)
            .body(String::new())
            .expect("the path was parsed, and an authority is visible ASCII")
    }
}

/// Says how many events are missing, if any are. A local hub of an earlier version does not say it.
fn note_dropped(headers: &HeaderMap) {
    let count = |name| headers.get(name)?.to_str().ok()?.parse().ok();
    let (arrived, dropped): (Option<u64>, Option<u64>) =
        (count("local-events-arrived"), count("local-events-dropped"));
    if let (Some(arrived), Some(dropped @ 1..)) = (arrived, dropped) {
        output::note(format_args!(
            "the hub has dropped the oldest {dropped} of the {arrived} events that arrived"
        ));
    }
}

/// The verdict on an answer that shows no events.
async fn refusal(response: Response<Incoming>) -> hyper::Result<Verdict> {
    let (head, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    let reason = head.extensions.get::<ReasonPhrase>();
    let reason = reason.map_or(&b""[..], ReasonPhrase::as_bytes);
    Ok(verdict(head.status, reason, &head.headers, &body))
}

#[cfg(test)]
mod tests {
    use super::{HubUrl, Scheme, hub_url};

    #[test]
    fn a_hub_is_an_address_and_a_name() {
        for (text, scheme, host, authority) in [
            ("http://127.0.0.1:5123/orders", Scheme::HTTP, "127.0.0.1", "127.0.0.1:5123"),
            ("http://localhost/orders", Scheme::HTTP, "localhost", "localhost:80"),
            ("https://localhost/orders", Scheme::HTTPS, "localhost", "localhost:443"),
            ("http://[::1]:5123/orders/", Scheme::HTTP, "[::1]", "[::1]:5123"),
        ] {
            let events = "/$local/hubs/orders/events?follow=".to_owned();
            let (host, authority) = (host.to_owned(), authority.to_owned());
            let url = HubUrl { scheme, host, authority, events };
            assert_eq!(hub_url(text), Ok(url), "{text}");
        }
    }

    #[test]
    fn a_name_too_long_for_the_address_of_its_events_is_refused() {
        let with = |length| hub_url(&format!("http://h/{}", "a".repeat(length)));
        let longest = usize::from(u16::MAX - 1) - "/$local/hubs//events?follow=false".len();
        assert!(with(longest).is_ok());
        assert!(with(longest + 1).is_err());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "orders",
            "127.0.0.1:5123/orders",
            "ftp://127.0.0.1:5123/orders",
            "http://127.0.0.1:5123",
            "http://127.0.0.1:5123/",
            "http://127.0.0.1:5123/orders/messages",
            "http://127.0.0.1:5123/orders?from=1",
            "http://127.0.0.1:99999/orders",
            "http://127.0.0.1:/orders",
            "http://somebody@127.0.0.1:5123/orders",
        ] {
            assert!(hub_url(text).is_err(), "{text}");
        }
    }
}
