//! A connection: opened, authorized, and kept authorized.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use azure_sas::{Resource, Token, TokenCredential, TokenError};
use chrono::{DateTime, SecondsFormat, Utc};
use fe2o3_amqp::connection::ConnectionHandle;
use fe2o3_amqp::sasl_profile::SaslProfile;
use fe2o3_amqp::session::SessionHandle;
use fe2o3_amqp::{Connection as AmqpConnection, Session};
use fe2o3_amqp_types::primitives::{Array, Value};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::Setup;
use super::failure::{lost, timely};
use super::request::{Request, Requests, map};
use crate::error::chain;
use crate::listener::Clock;
use crate::source::{SourceError, SourceErrorKind};

/// The longest time without a frame, after which the peer counts as gone. The service closes connections that
/// are idle for longer.
const IDLE_MILLISECONDS: u32 = 60_000;

/// Receivers that one connection can have: a session each, besides that of `$cbs` and `$management`. A hub has
/// 1,024 partitions at most, of which one process hardly reads all; the service allows 255 sessions and more.
const CHANNEL_MAX: u16 = 1_100;

/// An open connection with a token.
pub(super) struct Connection {
    handle: ConnectionHandle<()>,
    /// Renews the token, and ends with the connection.
    renewal: JoinHandle<()>,
}

impl Connection {
    pub(super) async fn open(setup: &Setup) -> Result<Self, SourceError> {
        timely(setup.timeout, Self::open_now(setup)).await
    }

    async fn open_now(setup: &Setup) -> Result<Self, SourceError> {
        let stream = setup.address.connect().await.map_err(|error| {
            let text = format!("{} can't be connected to", setup.address.host);
            // By this kind, rustls reports what is wrong with a certificate, which does not pass by itself.
            let kind = match error.kind() {
                io::ErrorKind::InvalidData => SourceErrorKind::Refused,
                _ => SourceErrorKind::Transient,
            };
            SourceError::new(kind, text).with_source(error)
        })?;
        // The token that is put below counts, and no name.
        let opening = AmqpConnection::builder()
            .container_id("xrm-listener")
            .hostname(setup.address.host.trim_matches(['[', ']']))
            .sasl_profile(SaslProfile::Anonymous)
            .channel_max(CHANNEL_MAX)
            .idle_time_out(IDLE_MILLISECONDS)
            .open_with_stream(stream);
        let mut handle = opening.await.map_err(|it| lost(&it))?;
        let session = Session::begin(&mut handle).await.map_err(|it| lost(&it))?;
        let mut cbs = Requests::attach(session, "$cbs").await?;
        let token = put_token(&mut cbs, setup).await?;
        let renewal = Renewal {
            cbs,
            audience: setup.audience.clone(),
            credential: Arc::clone(&setup.credential),
            clock: Arc::clone(&setup.clock),
            timeout: setup.timeout,
        };
        Ok(Self { handle, renewal: tokio::spawn(renewal.run(token)) })
    }

    pub(super) fn is_closed(&mut self) -> bool {
        self.handle.is_closed()
    }

    /// Begins a session, for one receiver. A session each: a handler that is slow holds up its own session
    /// at most.
    pub(super) async fn session(
        &mut self,
        limit: Duration,
    ) -> Result<SessionHandle<()>, SourceError> {
        let begin = async { Session::begin(&mut self.handle).await.map_err(|it| lost(&it)) };
        timely(limit, begin).await
    }

    /// The partitions of the hub.
    pub(super) async fn partitions(&mut self, setup: &Setup) -> Result<Vec<String>, SourceError> {
        let session = self.session(setup.timeout).await?;
        let attach = Requests::attach(session, "$management");
        let mut management = timely(setup.timeout, attach).await?;
        let token = token(setup).await?;
        let properties = [
            ("operation", "READ"),
            ("name", &*setup.hub),
            ("type", "com.microsoft:eventhub"),
            ("security_token", token.authorization()),
        ];
        let request = Request { properties: &properties, body: "" };
        let reply = management.call(&request, setup.timeout).await?;
        let ids =
            reply.map(|it| map(&it)).transpose()?.and_then(|mut it| it.remove("partition_ids"));
        let texts = |ids: Vec<Value>| {
            let text = |id| match id {
                Value::String(text) => Some(text),
                _ => None,
            };
            ids.into_iter().filter_map(text).collect::<Vec<_>>()
        };
        match ids {
            Some(Value::Array(Array(ids)) | Value::List(ids)) => Ok(texts(ids)),
            _ => {
                let text = "the reply of $management names no partitions";
                Err(SourceError::new(SourceErrorKind::Refused, text))
            }
        }
    }

    pub(super) async fn close(mut self, limit: Duration) {
        self.renewal.abort();
        // A peer that does not answer is left to its own time-outs.
        let _ = timeout(limit.min(Duration::from_secs(5)), self.handle.close()).await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

async fn token(setup: &Setup) -> Result<Arc<Token>, SourceError> {
    setup.credential.token((setup.clock)()).await.map_err(no_token)
}

fn no_token(error: TokenError) -> SourceError {
    let kind = if error.is_transient() {
        SourceErrorKind::Transient
    } else {
        SourceErrorKind::Unauthorized
    };
    SourceError::new(kind, "there is no token").with_source(error)
}

async fn put_token(cbs: &mut Requests, setup: &Setup) -> Result<Arc<Token>, SourceError> {
    let token = token(setup).await?;
    put(cbs, &setup.audience, &token, setup.timeout).await?;
    Ok(token)
}

/// Puts a token, so that the connection may use what it opens
/// ([claims-based security](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#claims-based-authorization)).
async fn put(
    cbs: &mut Requests,
    audience: &Resource,
    token: &Token,
    limit: Duration,
) -> Result<(), SourceError> {
    let text = token.authorization();
    let bearer = text.strip_prefix("Bearer ");
    let kind = if bearer.is_some() { "jwt" } else { "servicebus.windows.net:sastoken" };
    let expiration = token.expires().to_rfc3339_opts(SecondsFormat::Secs, true);
    let properties = [
        ("operation", "put-token"),
        ("type", kind),
        ("name", audience.uri()),
        ("expiration", &expiration),
    ];
    let request = Request { properties: &properties, body: bearer.unwrap_or(text) };
    cbs.call(&request, limit).await.map(drop)
}

/// Puts a new token before the present one expires.
struct Renewal {
    cbs: Requests,
    audience: Resource,
    credential: Arc<dyn TokenCredential>,
    clock: Clock,
    timeout: Duration,
}

/// The wait before a token is asked for again, if there was no new one.
const PAUSE: Duration = Duration::from_secs(1);

impl Renewal {
    /// Renews until the connection is lost: its links report that, and the task ends.
    async fn run(mut self, mut token: Arc<Token>) {
        let mut pause = Duration::ZERO;
        loop {
            sleep(wait(token.expires(), (self.clock)()).max(pause)).await;
            pause = PAUSE;
            match self.renew(token.expires()).await {
                Ok(Some(next)) => {
                    token = next;
                    pause = Duration::ZERO;
                }
                // One that was made elsewhere can't be renewed.
                Ok(None) => {}
                Err(error) => {
                    let error = chain(&error);
                    warn!(error, "the token could not be renewed, which is tried again");
                }
            }
        }
    }

    /// Puts the credential's present token, if that is another one.
    async fn renew(&mut self, expires: DateTime<Utc>) -> Result<Option<Arc<Token>>, SourceError> {
        let next = self.credential.token((self.clock)()).await.map_err(no_token)?;
        if next.expires() == expires {
            return Ok(None);
        }
        put(&mut self.cbs, &self.audience, &next, self.timeout).await?;
        Ok(Some(next))
    }
}

/// The time until a token is renewed: until it is valid for as long as the credential of a connection string
/// renews it before, or for a quarter of its time, if that is less.
fn wait(expires: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    let left = (expires - now).to_std().unwrap_or_default();
    left - (left / 4).min(azure_sas::Renewal::MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_in_time() {
        let wait = |seconds| {
            wait(DateTime::UNIX_EPOCH + Duration::from_secs(seconds), DateTime::UNIX_EPOCH)
                .as_secs()
        };
        assert_eq!((wait(3_600), wait(4), wait(0)), (54 * 60, 3, 0));
    }
}
