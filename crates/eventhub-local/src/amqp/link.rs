//! The links of a session: what a peer sends on one, and what it is sent.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use crate::amqp::seats::Seat;
use crate::hub::Hub;
use crate::log::Held;
use crate::rule::AccessRight;
use crate::submission;

/// How many replies wait for a client that asks and does not grant credit.
const MAX_REPLIES: usize = 256;

/// The credit of a peer that sends; it is renewed at half.
pub(crate) const CREDIT: u32 = 1000;

/// A node that takes requests and sends replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Cbs,
    Management,
}

/// A link on which the peer receives.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) name: String,
    /// Where the peer says that messages go, for `reply-to`.
    pub(crate) target: Option<String>,
    pub(crate) source: OutgoingSource,
    pub(crate) credit: u32,
    pub(crate) delivery_count: u32,
    pub(crate) drain: bool,
    /// Whether deliveries are settled when they are sent. If not, no state is kept for them all the
    /// same: Microsoft's Python client asks for unsettled deliveries and never settles them.
    pub(crate) settled: bool,
    /// The message whose first frames were sent.
    pub(crate) partial: Option<Partial>,
}

#[derive(Debug)]
pub(crate) enum OutgoingSource {
    Replies { node: Node, queue: VecDeque<Vec<u8>> },
    Events(Box<Reader>),
}

/// A message on its way out, in two parts.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) delivery_id: u32,
    pub(crate) prefix: Vec<u8>,
    pub(crate) message: Bytes,
    pub(crate) sent: usize,
}

/// A receiver of the events of a partition.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) hub: Arc<Hub>,
    pub(crate) partition: u32,
    /// The sequence number of the next event.
    pub(crate) next: i64,
    /// Events that were taken from the log and not sent yet.
    pub(crate) taken: VecDeque<Arc<Held>>,
    /// Whether each event comes with facts about the last one of the partition.
    pub(crate) metrics: bool,
    pub(crate) seat: Seat,
    /// The path that a token has to open.
    pub(crate) path: String,
}

impl Outgoing {
    /// Queues a reply, unless too many wait already.
    pub(crate) fn reply(&mut self, message: Vec<u8>) -> bool {
        match &mut self.source {
            OutgoingSource::Replies { queue, .. } if queue.len() < MAX_REPLIES => {
                queue.push_back(message);
                true
            }
            _ => false,
        }
    }
}

impl Reader {
    /// The next event; `None` if there is none yet.
    pub(crate) fn next_event(&mut self, wanted: u32) -> Option<Arc<Held>> {
        /// How many events, and of how many bytes, are taken from the log at once.
        const EVENTS: usize = 64;
        const BYTES: usize = 256 << 10;

        if self.taken.is_empty() {
            let count = EVENTS.min(wanted as usize);
            self.taken = self.hub.read(self.partition, self.next, count, BYTES).into();
        }
        let event = self.taken.pop_front()?;
        self.next = event.place.sequence + 1;
        Some(event)
    }
}

/// A link on which the peer sends.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) target: IncomingTarget,
    pub(crate) credit: u32,
    pub(crate) delivery_count: u32,
    /// The delivery whose first frames have come.
    pub(crate) partial: Option<Delivery>,
}

#[derive(Debug)]
pub(crate) enum IncomingTarget {
    Requests(Node),
    Events(Box<Sender>),
}

/// Where events go that a peer sends.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) hub: Arc<Hub>,
    pub(crate) address: submission::Address,
    pub(crate) path: String,
}

/// A delivery that comes in.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) id: u32,
    pub(crate) format: u32,
    pub(crate) settled: bool,
    pub(crate) message: Vec<u8>,
}

#[derive(Debug)]
pub(crate) enum Link {
    Outgoing(Outgoing),
    Incoming(Incoming),
}

impl Link {
    /// The path that a token has to open for the link, and the right.
    pub(crate) fn access(&self) -> Option<(&str, AccessRight)> {
        match self {
            Self::Outgoing(Outgoing { source: OutgoingSource::Events(it), .. }) => {
                Some((&it.path, AccessRight::Listen))
            }
            Self::Incoming(Incoming { target: IncomingTarget::Events(it), .. }) => {
                Some((&it.path, AccessRight::Send))
            }
            _ => None,
        }
    }

    /// The hub that the link reads or writes.
    pub(crate) fn hub(&self) -> Option<&Hub> {
        match self {
            Self::Outgoing(Outgoing { source: OutgoingSource::Events(it), .. }) => Some(&it.hub),
            Self::Incoming(Incoming { target: IncomingTarget::Events(it), .. }) => Some(&it.hub),
            _ => None,
        }
    }
}
