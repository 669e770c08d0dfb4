mod flat;

use std::future::poll_fn;
use std::pin::Pin;
use std::str::FromStr;

use http::header::HOST;
use http::{Request, Response, StatusCode, Uri};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::ext::ReasonPhrase;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use xrm_eventhub::rest::{Verdict, verdict};

use crate::cli::Events;
use crate::error::Error;
use crate::status::Status;
use crate::terminal::output;

/// A hub of a local endpoint: `http://127.0.0.1:5123/orders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HubUrl {
    /// The host as written, and a port.
    authority: String,
    /// Where it shows its events.
    events: Uri,
}

impl FromStr for HubUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "it is not of the form http://ADDR/HUB";

        let uri: Uri = text.parse().map_err(|_| FORM)?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http")).ok_or(FORM)?;
        let port = match authority.as_str().strip_prefix(authority.host()).ok_or(FORM)? {
            "" => 80,
            _ => authority.port_u16().ok_or(FORM)?,
        };
        let hub = uri.path().trim_matches('/');
        if hub.is_empty() || hub.contains('/') || uri.query().is_some() {
            return Err(FORM);
        }
        let authority = format!("{}:{port}", authority.host());
        // A hub's name may be too long for an address that is longer than this one.
        let events = format!("/$local/hubs/{hub}/events").parse().map_err(|_| FORM)?;
        Ok(Self { authority, events })
    }
}

/// `local events`
pub(crate) async fn events(arguments: &Events) -> Result<Status, Error> {
    let url = &arguments.hub;
    let authority = || url.authority.clone();
    let broke_off = |source| Error::Exchange { authority: authority(), source };
    let stream = TcpStream::connect(&url.authority)
        .await
        .map_err(|source| Error::Connect { authority: authority(), source })?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(broke_off)?;
    // It ends with the exchange, and what goes wrong on it goes wrong with the exchange too.
    tokio::spawn(connection);
    let mut response = sender.send_request(request(url)).await.map_err(broke_off)?;
    if response.status() != StatusCode::OK {
        let verdict = Box::new(refusal(response).await.map_err(broke_off)?);
        return Err(Error::NoEvents { authority: authority(), verdict });
    }
    let mut held = Vec::new();
    while let Some(data) = next_data(response.body_mut()).await.map_err(broke_off)? {
        if !arguments.flat {
            output::bytes(&data)?;
            continue;
        }
        held.extend_from_slice(&data);
        while let Some(end) = held.iter().position(|it| *it == b'\n') {
            let line: Vec<_> = held.drain(..=end).collect();
            flat::print(&line)?;
        }
    }
    Ok(Status::Done)
}

fn request(url: &HubUrl) -> Request<String> {
    Request::get(url.events.clone())
        .header(HOST, &url.authority)
        .body(String::new())
        .expect("an authority is visible ASCII")
}

/// What the endpoint says instead of showing events.
async fn refusal(mut response: Response<Incoming>) -> hyper::Result<Verdict> {
    let mut body = Vec::new();
    while let Some(data) = next_data(response.body_mut()).await? {
        body.extend_from_slice(&data);
    }
    let reason = response.extensions().get::<ReasonPhrase>();
    let reason = reason.map_or(&b""[..], ReasonPhrase::as_bytes);
    Ok(verdict(response.status(), reason, response.headers(), &body))
}

async fn next_data(body: &mut Incoming) -> hyper::Result<Option<hyper::body::Bytes>> {
    while let Some(frame) = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
        // Trailers are frames without data.
        if let Ok(data) = frame?.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::{HubUrl, Uri};

    #[test]
    fn a_hub_is_an_address_and_a_name() {
        for (text, authority) in [
            ("http://127.0.0.1:5123/orders", "127.0.0.1:5123"),
            ("http://localhost/orders", "localhost:80"),
            ("http://[::1]:5123/orders/", "[::1]:5123"),
        ] {
            let events = Uri::from_static("/$local/hubs/orders/events");
            let url = HubUrl { authority: authority.to_owned(), events };
            assert_eq!(text.parse(), Ok(url), "{text}");
        }
    }

    #[test]
    fn a_name_too_long_for_the_address_of_its_events_is_refused() {
        let with = |length| format!("http://h/{}", "a".repeat(length)).parse::<HubUrl>();
        let longest = usize::from(u16::MAX - 1) - "/$local/hubs//events".len();
        assert!(with(longest).is_ok());
        assert!(with(longest + 1).is_err());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "orders",
            "127.0.0.1:5123/orders",
            "https://127.0.0.1:5123/orders",
            "http://127.0.0.1:5123",
            "http://127.0.0.1:5123/",
            "http://127.0.0.1:5123/orders/messages",
            "http://127.0.0.1:5123/orders?from=1",
            "http://127.0.0.1:99999/orders",
            "http://127.0.0.1:/orders",
            "http://somebody@127.0.0.1:5123/orders",
        ] {
            assert!(text.parse::<HubUrl>().is_err(), "{text}");
        }
    }
}
