//! What all sessions of a connection share.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::amqp::frame::{self, Kind, MIN_MAX_FRAME_SIZE};
use crate::amqp::link::{Link, Node};
use crate::amqp::message::Message;
use crate::amqp::request::{self, Reply};
use crate::amqp::tokens::Tokens;
use crate::namespace::Namespace;

/// How many bytes wait for a peer that reads slowly, before nothing more is sent or read.
pub(crate) const MAX_OUTPUT: usize = 512 << 10;

/// How long answers to what a peer does wait.
///
/// Microsoft's Rust client (azure_core_amqp 1.2.0-beta.1, with fe2o3-amqp 0.16.2) registers a session
/// and an unsettled delivery after it has sent them, and loses an answer that is faster than that:
/// sending, or opening a consumer, then waits for ever. 100 µs were enough in all runs.
const HOLD: Duration = Duration::from_millis(1);

/// The time, by the connection's clock and by the hub's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    /// Since the connection was accepted.
    pub(crate) elapsed: Duration,
    pub(crate) time: DateTime<Utc>,
}

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) namespace: Arc<Namespace>,
    /// Notified when there is something new to send.
    pub(crate) wake: Arc<Notify>,
    pub(crate) tokens: Tokens,
    /// The largest frame that the peer reads.
    pub(crate) max_frame_size: usize,
    pub(crate) now: Now,
    /// Frames that are ready to be sent.
    pub(crate) out: Vec<u8>,
    /// Until when they wait.
    pub(crate) held_until: Option<Duration>,
    /// The bytes of unfinished deliveries on all links.
    pub(crate) buffered: usize,
}

impl Context {
    pub(crate) fn new(namespace: Arc<Namespace>, wake: Arc<Notify>, now: Now) -> Self {
        Self {
            namespace,
            wake,
            tokens: Tokens::default(),
            max_frame_size: MIN_MAX_FRAME_SIZE as usize,
            now,
            out: Vec::new(),
            held_until: None,
            buffered: 0,
        }
    }

    /// Appends a frame.
    pub(crate) fn frame(&mut self, channel: u16, body: impl FnOnce(&mut Vec<u8>)) {
        frame::write(&mut self.out, Kind::Amqp, channel, body);
    }

    /// Appends a frame that answers one of the peer, and waits.
    pub(crate) fn control(&mut self, channel: u16, body: impl FnOnce(&mut Vec<u8>)) {
        self.frame(channel, body);
        self.hold();
    }

    /// Holds all output back for a moment, so that frames stay in order.
    pub(crate) fn hold(&mut self) {
        self.held_until.get_or_insert(self.now.elapsed + HOLD);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.out.len() >= MAX_OUTPUT
    }

    /// Answers a request to a node.
    pub(crate) fn answer(&mut self, node: Node, message: &Message<'_>) -> Reply {
        let answer = match node {
            Node::Cbs => request::put_token,
            Node::Management => request::read_entity,
        };
        answer(message, &mut self.tokens, &self.namespace, self.now.time)
    }

    /// Forgets what a link has buffered.
    pub(crate) fn forget(&mut self, link: &Link) {
        if let Link::Incoming(link) = link {
            self.buffered -= link.partial.as_ref().map_or(0, |it| it.message.len());
        }
    }
}
