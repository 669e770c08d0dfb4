//! What a failed exchange was, by the types of its causes.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::iter;

use crate::verdict::{NoAnswer, NoAnswerKind};

pub(super) fn no_answer(error: reqwest::Error) -> NoAnswer {
    // The address is known to the caller, and details go into logs.
    let error = error.without_url();
    NoAnswer::new(kind(&error), detail(&error))
}

fn kind(error: &reqwest::Error) -> NoAnswerKind {
    // The order matters. Name resolution and TLS fail while a connection is made, so reqwest calls
    // them connection errors too; and a connection that times out is both of these.
    if error.is_dns() {
        return NoAnswerKind::UnknownHost;
    }
    // By the type of the cause, because reqwest has no predicate for TLS failures.
    if find::<rustls::Error>(error).is_some() {
        return NoAnswerKind::Tls;
    }
    if error.is_connect() {
        return connect_kind(error);
    }
    // hyper cancels a request whose connection of the pool was closed before it was written.
    if error.is_builder() || hyper_says(error, hyper::Error::is_canceled) {
        return NoAnswerKind::NotSent;
    }
    if error.is_timeout() {
        return NoAnswerKind::Timeout;
    }
    if hyper_says(error, hyper::Error::is_parse) {
        return NoAnswerKind::Malformed;
    }
    // The event may be in the hub: of what is not known, the worse is assumed.
    NoAnswerKind::ConnectionLost
}

fn connect_kind(error: &reqwest::Error) -> NoAnswerKind {
    if error.is_timeout() {
        return NoAnswerKind::ConnectTimeout;
    }
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => NoAnswerKind::ConnectionRefused,
        Some(
            ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable,
        ) => NoAnswerKind::Unreachable,
        // Whatever it was, there was no connection to send anything on.
        _ => NoAnswerKind::NotSent,
    }
}

fn hyper_says(error: &reqwest::Error, predicate: fn(&hyper::Error) -> bool) -> bool {
    find::<hyper::Error>(error).is_some_and(predicate)
}

/// The first cause that is a `T`.
fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// What each cause says, from the outermost in.
fn detail(error: &reqwest::Error) -> String {
    let mut texts: Vec<_> = causes(error).map(ToString::to_string).collect();
    // An I/O error that wraps another prints the wrapped one's text.
    texts.dedup();
    texts.join(": ")
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    iter::successors(Some(error as &(dyn StdError + 'static)), |error| cause(*error))
}

/// `source()` of an [`io::Error`] skips the error that it wraps, and that is the one of TLS.
fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
