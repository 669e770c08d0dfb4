//! A receiver of one partition.

use std::collections::VecDeque;

use fe2o3_amqp::Receiver;
use fe2o3_amqp::link::delivery::{Delivery, DeliveryInfo};
use fe2o3_amqp::link::{CreditMode, RecvError};
use fe2o3_amqp::session::SessionHandle;
use fe2o3_amqp_types::definitions::{Fields, ReceiverSettleMode, SenderSettleMode};
use fe2o3_amqp_types::messaging::{Body, Source};
use fe2o3_amqp_types::primitives::{LazyValue, Symbol, Value};
use futures_util::FutureExt as _;
use serde_amqp::described::Described;
use serde_amqp::descriptor::Descriptor;
use tracing::warn;

use super::failure::{lost, of_attach, of_receive};
use super::message::{event, last_enqueued};
use crate::event::Event;
use crate::position::Position;
use crate::source::{Batch, EventReceiver, Receive, SourceError};
use crate::store::BoxFuture;

/// The selector filter, by name and by code
/// ([AMQP filters](https://svn.apache.org/repos/asf/qpid/trunk/qpid/specs/apache-filters.xml)).
const SELECTOR: &str = "apache.org:selector-filter:string";
const SELECTOR_CODE: u64 = 0x0000_468C_0000_0004;

/// The property of a link that is its owner level.
const OWNER_LEVEL: &str = "com.microsoft:epoch";

/// Asks for the last enqueued event of the partition with each event: the lag, without a request for it.
const RUNTIME_METRIC: &str = "com.microsoft:enable-receiver-runtime-metric";

pub(super) struct AmqpReceiver {
    receiver: Receiver,
    session: SessionHandle<()>,
    partition: String,
    /// The credit that is given to the service when half of it is used.
    credit: u32,
    used: u32,
    /// What was received and not returned: a future that is dropped loses nothing.
    events: VecDeque<Event>,
    settled: Vec<DeliveryInfo>,
    last_enqueued: Option<i64>,
    failed: Option<RecvError>,
}

impl AmqpReceiver {
    pub(super) async fn attach(
        mut session: SessionHandle<()>,
        hub: &str,
        receive: Receive,
        number: u64,
    ) -> Result<Self, SourceError> {
        let Receive { partition, group, position, owner_level, prefetch } = receive;
        let properties: Fields = owner_level
            .map(|it| (Symbol::from(OWNER_LEVEL), Value::Long(it)))
            .into_iter()
            .collect();
        let attach = Receiver::builder()
            .name(format!("xrm-listener-{partition}-{number}"))
            .source(source(hub, &group, &partition, position))
            // As Microsoft's .NET client: events are settled as they are sent, so nobody keeps a list of them.
            .sender_settle_mode(SenderSettleMode::Settled)
            .receiver_settle_mode(ReceiverSettleMode::First)
            .properties(properties)
            .add_desired_capabilities(RUNTIME_METRIC)
            // By hand: the crate counts deliveries that it settles, and these are settled before.
            .credit_mode(CreditMode::Manual)
            .attach(&mut session);
        let mut receiver = attach.await.map_err(|it| of_attach(&it))?;
        receiver.set_credit(prefetch).await.map_err(|it| lost(&it))?;
        Ok(Self {
            receiver,
            session,
            partition,
            credit: prefetch,
            used: 0,
            events: VecDeque::new(),
            settled: Vec::new(),
            last_enqueued: None,
            failed: None,
        })
    }

    /// Waits for events if there are none, and takes those that are there, up to a number.
    async fn fill(&mut self, limit: usize) -> Result<(), SourceError> {
        while self.events.is_empty() {
            if let Some(error) = self.failed.take() {
                return Err(of_receive(&error));
            }
            // Dropping this future loses nothing: it waits for a frame, and takes it in one step.
            let delivery = self.receiver.recv().await;
            self.take(delivery);
            while self.events.len() < limit
                && self.failed.is_none()
                && let Some(delivery) = self.receiver.recv().now_or_never()
            {
                self.take(delivery);
            }
        }
        if self.used >= self.credit.div_ceil(2) {
            self.used = 0;
            self.receiver.set_credit(self.credit).await.map_err(|it| lost(&it))?;
        }
        // Those that the service did not settle itself are accepted; of the others nothing is sent.
        let settled = std::mem::take(&mut self.settled);
        self.receiver.accept_all(settled).await.map_err(|it| lost(&it))
    }

    fn take(&mut self, delivery: Result<Delivery<Body<LazyValue>>, RecvError>) {
        match delivery {
            Ok(delivery) => {
                let (info, message) = delivery.into_parts();
                self.used += 1;
                self.settled.push(info);
                self.last_enqueued = last_enqueued(&message).or(self.last_enqueued);
                match event(&self.partition, message) {
                    Some(event) => self.events.push_back(event),
                    None => warn!(
                        partition = self.partition,
                        "a message without a sequence number was skipped"
                    ),
                }
            }
            Err(RecvError::MessageDecode(error)) => {
                self.used += 1;
                let error = format!("{error:?}");
                warn!(partition = self.partition, error, "a message that is not AMQP was skipped");
            }
            Err(error) => self.failed = Some(error),
        }
    }
}

fn source(hub: &str, group: &str, partition: &str, position: Position) -> Source {
    let selector = Described {
        descriptor: Descriptor::Code(SELECTOR_CODE),
        value: Value::String(position.selector()),
    };
    Source::builder()
        .address(format!("{hub}/ConsumerGroups/{group}/Partitions/{partition}"))
        .add_to_filter(SELECTOR, selector)
        .build()
}

impl EventReceiver for AmqpReceiver {
    fn next(&mut self, limit: usize) -> BoxFuture<'_, Result<Batch, SourceError>> {
        Box::pin(async move {
            self.fill(limit).await?;
            let count = limit.min(self.events.len());
            let events = self.events.drain(..count).collect();
            Ok(Batch { events, last_enqueued: self.last_enqueued })
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async {
            let Self { receiver, mut session, .. } = *self;
            // What fails here is gone already.
            let _ = receiver.close().await;
            let _ = session.end().await;
        })
    }
}
