//! A connection: bytes in, bytes out, and the time as an argument
//! ([AMQP 1.0, 2.4](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-transport-v1.0-os.html#section-connections),
//! [5.3](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-security-v1.0-os.html#section-sasl)).
//!
//! It does no I/O. Whoever drives it passes on what was read (`receive`), asks for what is to be written
//! (`take_output`), and calls `pump` when the deadline has come or the connection was woken.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::amqp::context::{Context, Now};
use crate::amqp::encode;
use crate::amqp::failure::{
    CONNECTION_FORCED, DECODE_ERROR, FRAMING_ERROR, Failure, NOT_ALLOWED, RESOURCE_LIMIT,
};
use crate::amqp::frame::{
    self, AMQP_HEADER, Frame, HEARTBEAT, Kind, MAX_FRAME_SIZE, MIN_MAX_FRAME_SIZE, SASL_HEADER,
};
use crate::amqp::performative::{
    Close, List, Open, Performative, Raw, SaslInit, SaslMechanisms, SaslOutcome,
};
use crate::amqp::session::{Session, undecodable};
use crate::amqp::value::{check, split};
use crate::namespace::Namespace;

/// The mechanisms that are offered. ANONYMOUS is the one that most clients need; MSSBCBS is what the C
/// client takes for the same. Neither proves anything: the tokens that a client puts do.
const MECHANISMS: [&str; 4] = ["MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"];

/// How long a peer has to open the connection.
const OPENING: Duration = Duration::from_secs(60);

/// After how long without a frame the peer should send an empty one; it is given twice that.
const IDLE: Duration = Duration::from_secs(60);

/// How long a closed connection waits for a peer that does not read the rest.
const LINGER: Duration = Duration::from_secs(10);

/// The highest number of a channel, and so of sessions.
const CHANNEL_MAX: u16 = 255;

/// How far a connection has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The peer's first protocol header is due.
    Start,
    /// Its choice of a mechanism is due.
    Sasl,
    /// Its protocol header after SASL is due.
    Authenticated,
    /// Its OPEN is due.
    Opening,
    Open,
    /// Nothing more is read; what is left to write is written.
    Closed,
}

/// The connection of a peer.
#[derive(Debug)]
pub(crate) struct Connection {
    context: Context,
    stage: Stage,
    /// The beginning of a frame that is not whole yet.
    input: Vec<u8>,
    /// By channel. `None` is a session that ended with an error, and that the peer has not ended yet.
    sessions: BTreeMap<u16, Option<Session>>,
    /// The session that was served last.
    turn: u16,
    last_received: Duration,
    last_sent: Duration,
    /// How often the peer wants to hear something.
    heartbeat: Option<Duration>,
    /// When the next token expires.
    expiry: Option<Duration>,
    /// When the connection was closed.
    closed: Option<Duration>,
}

impl Connection {
    pub(crate) fn new(namespace: Arc<Namespace>, wake: Arc<Notify>, now: Now) -> Self {
        Self {
            context: Context::new(namespace, wake, now),
            stage: Stage::Start,
            input: Vec::new(),
            sessions: BTreeMap::new(),
            turn: 0,
            last_received: now.elapsed,
            last_sent: now.elapsed,
            heartbeat: None,
            expiry: None,
            closed: None,
        }
    }

    /// Whether nothing more is to be read, and what was to be written is taken.
    pub(crate) fn is_done(&self) -> bool {
        self.stage == Stage::Closed && self.context.out.is_empty()
    }

    /// Whether the peer was waited for long enough after the end.
    pub(crate) fn is_over(&self, now: Now) -> bool {
        self.closed.is_some_and(|it| now.elapsed >= it + LINGER)
    }

    /// Whether more should be read: not from a peer that does not read what it asked for.
    pub(crate) fn takes_input(&self) -> bool {
        self.stage != Stage::Closed && !self.context.is_full()
    }

    /// Takes bytes that were read.
    pub(crate) fn receive(&mut self, bytes: &[u8], now: Now) {
        self.context.now = now;
        self.last_received = now.elapsed;
        let mut input = mem::take(&mut self.input);
        input.extend_from_slice(bytes);
        let mut taken = 0;
        while self.stage != Stage::Closed
            && let Some(length) = self.step(&input[taken..])
        {
            taken += length;
        }
        // Less than a frame is left.
        input.drain(..taken);
        self.input = input;
        for session in self.sessions.values_mut().flatten() {
            session.acknowledge(&mut self.context);
        }
        // One that has expired already is `pump`'s to see.
        if self.expiry.is_none_or(|it| now.elapsed < it) {
            self.note_expiry();
        }
        self.pump(now);
    }

    /// Notes when the next token expires. The hub's clock says it, and may be another than the
    /// connection's.
    fn note_expiry(&mut self) {
        let now = self.context.now;
        self.expiry = self.context.tokens.next_expiry(now.time).map(|it| now.elapsed + it);
    }

    /// Does what is due: heartbeats, the ends of what has lasted too long, and events for receivers.
    pub(crate) fn pump(&mut self, now: Now) {
        self.context.now = now;
        if self.stage == Stage::Closed {
            self.closed.get_or_insert(now.elapsed);
            return;
        }
        if self.stage != Stage::Open {
            if now.elapsed >= OPENING {
                self.stage = Stage::Closed;
            }
            return;
        }
        if now.elapsed >= self.last_received + IDLE * 2 {
            let text = "The connection was idle for too long.";
            self.close(Some(&Failure::new(CONNECTION_FORCED, text)));
            return;
        }
        let token_expired = self.expiry.is_some_and(|it| it <= now.elapsed);
        if token_expired {
            self.note_expiry();
        }
        for session in self.sessions.values_mut().flatten() {
            session.review(token_expired, &mut self.context);
        }
        self.send_events();
        let is_due = |it| now.elapsed >= self.last_sent + it;
        if self.context.out.is_empty() && self.heartbeat.is_some_and(is_due) {
            self.context.out.extend(HEARTBEAT);
        }
    }

    /// The time of the connection's clock at which [`pump`](Self::pump) has something to do.
    pub(crate) fn deadline(&self) -> Duration {
        let end = match self.stage {
            Stage::Open => self.last_received + IDLE * 2,
            // At once, to note when that was.
            Stage::Closed => self.closed.map_or(Duration::ZERO, |it| it + LINGER),
            _ => OPENING,
        };
        let is_open = self.stage == Stage::Open;
        // While something waits to be written, that is as good as a heartbeat; and there would be no end
        // of deadlines if the peer does not read it.
        let is_silent = is_open && self.context.out.is_empty();
        let heartbeat = self.heartbeat.filter(|_| is_silent).map(|it| self.last_sent + it);
        let expiry = self.expiry.filter(|_| is_open);
        let deadlines = [heartbeat, expiry, self.context.held_until];
        deadlines.into_iter().flatten().fold(end, Duration::min)
    }

    /// Takes what is to be written, in exchange for an empty buffer, unless it waits; see
    /// [`Context::hold`].
    pub(crate) fn take_output(&mut self, buffer: &mut Vec<u8>, now: Now) {
        if self.context.held_until.is_some_and(|it| now.elapsed < it) {
            return;
        }
        // Also while a slow peer keeps the buffer: this deadline would pass again and again.
        self.context.held_until = None;
        if buffer.is_empty() && !self.context.out.is_empty() {
            mem::swap(buffer, &mut self.context.out);
            self.last_sent = now.elapsed;
        }
    }

    fn send_events(&mut self) {
        loop {
            let channels = self.sessions.range(self.turn.wrapping_add(1)..);
            let channels = channels.chain(self.sessions.range(..=self.turn));
            let channels: Vec<_> = channels.map(|(channel, _)| *channel).collect();
            let mut sent = false;
            for channel in channels {
                if self.context.is_full() {
                    return;
                }
                if let Some(Some(session)) = self.sessions.get_mut(&channel) {
                    sent |= session.pump(&mut self.context);
                    self.turn = channel;
                }
            }
            if !sent {
                return;
            }
        }
    }

    /// Takes a protocol header or a frame from the beginning of the input, and returns its length;
    /// `None` if it is not whole yet, or nothing can be made of it.
    fn step(&mut self, input: &[u8]) -> Option<usize> {
        if matches!(self.stage, Stage::Start | Stage::Authenticated) {
            let header = input.first_chunk::<8>()?;
            self.header(header);
            return Some(header.len());
        }
        match frame::split(input) {
            Ok(Some((frame, rest))) => {
                if let Err(failure) = self.frame(&frame) {
                    self.close(Some(&failure));
                }
                Some(input.len() - rest.len())
            }
            Ok(None) => None,
            Err(error) => {
                self.close(Some(&Failure::new(FRAMING_ERROR, format!("{error}."))));
                None
            }
        }
    }

    fn header(&mut self, header: &[u8; 8]) {
        self.stage = match (self.stage, header) {
            (Stage::Start, SASL_HEADER) => {
                self.context.out.extend(SASL_HEADER);
                let mut mechanisms = Vec::new();
                encode::array(&mut mechanisms, 0xb3, MECHANISMS.iter());
                let mechanisms = split(&mechanisms).ok().map(|(it, _)| Raw(it));
                self.sasl(|out| {
                    SaslMechanisms { mechanisms }.write(out);
                });
                Stage::Sasl
            }
            // SASL may be left out: the tokens decide.
            (_, AMQP_HEADER) => {
                self.context.out.extend(AMQP_HEADER);
                Stage::Opening
            }
            // The answer to another protocol is the one that is spoken here, and the end (2.2).
            (Stage::Start, _) => {
                self.context.out.extend(SASL_HEADER);
                Stage::Closed
            }
            _ => {
                self.context.out.extend(AMQP_HEADER);
                Stage::Closed
            }
        };
    }

    fn sasl(&mut self, body: impl FnOnce(&mut Vec<u8>)) {
        frame::write(&mut self.context.out, Kind::Sasl, 0, body);
    }

    fn frame(&mut self, frame: &Frame<'_>) -> Result<(), Failure> {
        let expected = if self.stage == Stage::Sasl { Kind::Sasl } else { Kind::Amqp };
        if frame.kind != expected {
            return Err(Failure::new(FRAMING_ERROR, "A frame of this type is not expected here."));
        }
        if frame.body.is_empty() {
            return Ok(());
        }
        let (element, payload) = split(frame.body).map_err(undecodable)?;
        // All that is read later was walked once, so depth, sizes and counts are sound.
        check(element.encoded()).map_err(undecodable)?;
        if self.stage == Stage::Sasl {
            let init = SaslInit::read(element).map_err(undecodable)?;
            self.authenticate(&init);
            return Ok(());
        }
        let performative = Performative::read(element).map_err(undecodable)?;
        match (self.stage, &performative) {
            (Stage::Opening, Performative::Open(open)) => self.open(open),
            (Stage::Open, Performative::Close) => self.close(None),
            (Stage::Open, _) => return self.session(frame.channel, &performative, payload),
            // A peer may close what it has not opened.
            (_, Performative::Close) => self.stage = Stage::Closed,
            _ => return Err(Failure::new(NOT_ALLOWED, "The connection is not open.")),
        }
        Ok(())
    }

    fn authenticate(&mut self, init: &SaslInit<'_>) {
        const OK: u8 = 0;
        const AUTH: u8 = 1;

        let mechanism = init.mechanism.map_or("", |it| it.0);
        let accepted = match mechanism {
            "PLAIN" => self.put_key(init.initial_response.unwrap_or_default()),
            _ => MECHANISMS.contains(&mechanism),
        };
        let code = Some(if accepted { OK } else { AUTH });
        self.sasl(|out| SaslOutcome { code, ..SaslOutcome::default() }.write(out));
        self.stage = if accepted { Stage::Authenticated } else { Stage::Closed };
    }

    /// Takes the name of a policy and its key, as PLAIN writes them (RFC 4616).
    fn put_key(&mut self, response: &[u8]) -> bool {
        let mut parts = response.split(|it| *it == 0).map(str::from_utf8);
        let (Some(Ok(_)), Some(Ok(name)), Some(Ok(key)), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let namespace = Arc::clone(&self.context.namespace);
        self.context.tokens.put_key(&namespace, name, key)
    }

    fn open(&mut self, open: &Open<'_>) {
        let size = open.max_frame_size.unwrap_or(u32::MAX);
        // Larger frames save nothing: a transfer of 64 KiB has 44 bytes of its own.
        let size = size.clamp(MIN_MAX_FRAME_SIZE, MAX_FRAME_SIZE);
        self.context.max_frame_size = size as usize;
        // Half of what the peer waits for, because frames take their time.
        let idle = open.idle_time_out.filter(|it| *it > 0);
        self.heartbeat =
            idle.map(|it| (Duration::from_millis(it.into()) / 2).max(Duration::from_millis(1)));
        let answer = Open {
            container_id: Some("eventhub-local"),
            max_frame_size: Some(MAX_FRAME_SIZE),
            channel_max: Some(CHANNEL_MAX),
            idle_time_out: Some(IDLE.as_millis() as u32),
            ..Open::default()
        };
        self.context.control(0, |out| answer.write(out));
        self.stage = Stage::Open;
    }

    /// Takes a frame of a session.
    fn session(
        &mut self,
        channel: u16,
        performative: &Performative<'_>,
        payload: &[u8],
    ) -> Result<(), Failure> {
        let context = &mut self.context;
        match (performative, self.sessions.get_mut(&channel)) {
            (Performative::Begin(_), _) if channel > CHANNEL_MAX => {
                let text = format!("The channel {channel} is over the limit of {CHANNEL_MAX}.");
                return Err(Failure::new(RESOURCE_LIMIT, text));
            }
            (Performative::Begin(begin), None) => {
                self.sessions.insert(channel, Some(Session::begin(channel, begin, context)));
            }
            (Performative::Begin(_) | Performative::Open(_), _) => {
                return Err(Failure::new(NOT_ALLOWED, "What is open can't be opened again."));
            }
            (_, None) => {
                let text = format!("No session has the channel {channel}.");
                return Err(Failure::new(NOT_ALLOWED, text));
            }
            (Performative::End, Some(session)) => {
                if let Some(session) = session.take() {
                    session.end_by_peer(context);
                }
                self.sessions.remove(&channel);
            }
            // The rest of a session that ended here.
            (_, Some(None)) => {}
            (_, Some(Some(session))) => {
                if let Err(failure) = session.take(performative, payload, context) {
                    if failure.condition == DECODE_ERROR {
                        return Err(failure);
                    }
                    if let Some(session) = self.sessions.insert(channel, None).flatten() {
                        session.end(&failure, &mut self.context);
                    }
                }
            }
        }
        Ok(())
    }

    /// Closes the connection, with an error or in answer to the peer.
    fn close(&mut self, failure: Option<&Failure>) {
        if self.stage == Stage::Open || self.stage == Stage::Opening {
            let error = failure.map(Failure::encoded);
            let error = error.as_deref().and_then(|it| split(it).ok()).map(|(it, _)| Raw(it));
            if self.stage == Stage::Opening {
                // A CLOSE comes after an OPEN, if only for the sake of the error.
                let open = Open { container_id: Some("eventhub-local"), ..Open::default() };
                self.context.frame(0, |out| open.write(out));
            }
            self.context.control(0, |out| Close { error }.write(out));
        }
        self.stage = Stage::Closed;
        self.sessions.clear();
    }
}
