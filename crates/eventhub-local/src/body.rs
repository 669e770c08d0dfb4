//! Reading the body of a request, wanted or not, within a time.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::header::EXPECT;
use http::request::Parts;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::refusal::Refusal;

/// Reads a body of up to `limit` bytes.
///
/// What is over the limit is read all the same, within reason: a client that is still sending when
/// its connection closes may never see the answer.
pub(crate) async fn read(mut body: Body, limit: usize) -> Result<Bytes, Refusal> {
    /// After so many bytes over the limit the client is cut short.
    const PATIENCE: usize = 64 << 20;
    /// So many bytes are given room on a client's word that they will come.
    const TRUST: usize = 1 << 20;

    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut kept = Vec::with_capacity(announced.min(limit).min(TRUST));
    let mut length = 0_usize;
    while let Some(data) = next_data(&mut body).await? {
        length = length.saturating_add(data.len());
        // Past the limit, bytes are counted and not kept.
        if length <= limit {
            kept.extend_from_slice(&data);
        } else if length - limit > PATIENCE {
            break;
        }
    }
    if length > limit { Err(Refusal::TooLarge { limit }) } else { Ok(kept.into()) }
}

/// Reads a body that is not wanted, unless the client waits to be asked for it.
pub(crate) async fn discard(parts: &Parts, body: Body) {
    // With `Expect: 100-continue`, a read would make hyper ask for the body that is not wanted.
    if !parts.headers.contains_key(EXPECT) {
        // Whether it is too long or cut short, the answer is decided already.
        let _ = read(body, 0).await;
    }
}

async fn next_data(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            None => return Ok(None),
            Some(Err(error)) if is_timeout(&error) => return Err(Refusal::BodyTimeout),
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

fn is_timeout(error: &axum::Error) -> bool {
    error.source().is_some_and(<dyn StdError>::is::<TimedOut>)
}

/// A body that fails with [`TimedOut`] if it is not there in time, whoever reads it.
///
/// The time is for the whole body, and runs from the head of the request on: a limit for each piece
/// would let a client go on for days, a byte at a time.
pub(crate) struct TimedBody {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

/// The body of a request took longer than it may.
#[derive(Debug, thiserror::Error)]
#[error("the body took too long")]
struct TimedOut;

impl TimedBody {
    pub(crate) fn new(body: Incoming, timeout: Duration) -> Self {
        Self { body, deadline: Box::pin(sleep(timeout)) }
    }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        // What has come already is read, however late it is.
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|it| it.map_err(Into::into)));
        }
        self.deadline.as_mut().poll(context).map(|()| Some(Err(TimedOut.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
