//! Requests and their replies, over a pair of links: how `$cbs` and `$management` are used.

use std::collections::BTreeMap;
use std::time::Duration;

use fe2o3_amqp::session::SessionHandle;
use fe2o3_amqp::{Receiver, Sender};
use fe2o3_amqp_types::messaging::{
    ApplicationProperties, Body, Message, MessageId, Properties, Source, Target,
};
use fe2o3_amqp_types::primitives::{LazyValue, OrderedMap, SimpleValue, Value};

use super::failure::{lost, of_attach, of_receive, of_send, timely};
use crate::source::{SourceError, SourceErrorKind};

/// A pair of links to a node that answers requests, in a session of their own.
pub(super) struct Requests {
    sender: Sender,
    receiver: Receiver,
    reply_to: String,
    next: u64,
    // The links end with it.
    _session: SessionHandle<()>,
}

/// What is asked, besides the node.
pub(super) struct Request<'a> {
    pub(super) properties: &'a [(&'a str, &'a str)],
    pub(super) body: &'a str,
}

impl Requests {
    /// Attaches the links.
    pub(super) async fn attach(
        mut session: SessionHandle<()>,
        node: &str,
    ) -> Result<Self, SourceError> {
        let reply_to = format!("{node}-reply");
        let receiver = Receiver::builder()
            .name(format!("{node}-receiver"))
            .source(Source::builder().address(node).build())
            .target(Target::builder().address(&*reply_to).build())
            .auto_accept(true)
            .attach(&mut session)
            .await
            .map_err(|it| of_attach(&it))?;
        let sender = Sender::builder()
            .name(format!("{node}-sender"))
            .source(&*reply_to)
            .target(node)
            .attach(&mut session)
            .await
            .map_err(|it| lost(&it))?;
        Ok(Self { sender, receiver, reply_to, next: 0, _session: session })
    }

    /// Sends a request, and returns the body of its reply, encoded, if the status is a success.
    pub(super) async fn call(
        &mut self,
        request: &Request<'_>,
        limit: Duration,
    ) -> Result<Option<LazyValue>, SourceError> {
        timely(limit, self.exchange(request)).await
    }

    async fn exchange(&mut self, request: &Request<'_>) -> Result<Option<LazyValue>, SourceError> {
        let id = MessageId::Ulong(self.next);
        self.next += 1;
        let mut properties = ApplicationProperties::builder();
        for (name, value) in request.properties {
            properties = properties.insert(*name, *value);
        }
        let message = Message::builder()
            .properties(
                Properties::builder().message_id(id.clone()).reply_to(&*self.reply_to).build(),
            )
            .application_properties(properties.build())
            .value(request.body.to_owned())
            .build();
        self.sender.send(message).await.map_err(|it| of_send(&it))?;
        loop {
            let reply = self.receiver.recv::<Body<LazyValue>>().await;
            let reply = reply.map_err(|it| of_receive(&it))?.into_message();
            let correlation = reply.properties.as_ref().and_then(|it| it.correlation_id.as_ref());
            // The reply to a request that was given up may still come.
            if correlation == Some(&id) {
                return answer(reply);
            }
        }
    }
}

fn answer(reply: Message<Body<LazyValue>>) -> Result<Option<LazyValue>, SourceError> {
    let properties = reply.application_properties.map(|it| it.0).unwrap_or_default();
    let text = |name: &str| match properties.get(name) {
        Some(SimpleValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let status = properties.get("status-code").or_else(|| properties.get("statusCode"));
    let status = match status {
        Some(SimpleValue::Int(status)) => *status,
        _ => 0,
    };
    let description = text("status-description").or_else(|| text("statusDescription"));
    let description = description.unwrap_or_default();
    let kind = match status {
        200..=299 => return Ok(reply.body.try_into_value().ok()),
        401 | 403 => SourceErrorKind::Unauthorized,
        404 => SourceErrorKind::NotFound,
        400..=499 => SourceErrorKind::Refused,
        _ => SourceErrorKind::Transient,
    };
    Err(SourceError::new(kind, format!("the service refused: {status} {description}")))
}

/// A map of the reply. The service wrote it, and only names and plain values are of interest.
pub(super) fn map(body: &LazyValue) -> Result<BTreeMap<String, Value>, SourceError> {
    let read: Result<OrderedMap<String, Value>, _> = serde_amqp::from_slice(body.as_slice());
    let map = read.map_err(|it| {
        SourceError::new(SourceErrorKind::Refused, "the reply of $management can't be read")
            .with_source(it)
    })?;
    Ok(map.into_iter().collect())
}
