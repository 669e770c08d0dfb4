//! A session: its windows, its links, and what goes over them
//! ([AMQP 1.0, 2.5](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-transport-v1.0-os.html#section-sessions),
//! [2.6](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-transport-v1.0-os.html#section-links)).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;

use crate::amqp::address::{self, Address};
use crate::amqp::context::{Context, MAX_OUTPUT};
use crate::amqp::failure::{
    self, ARGUMENT_OUT_OF_RANGE, DECODE_ERROR, Failure, HANDLE_IN_USE, NOT_ALLOWED,
    NOT_IMPLEMENTED, RESOURCE_LIMIT, TRANSFER_LIMIT, UNATTACHED_HANDLE, WINDOW_VIOLATION,
};
use crate::amqp::frame::{TRANSFER_OVERHEAD, transfer};
use crate::amqp::link::{
    CREDIT, Delivery, Incoming, IncomingTarget, Link, Node, Outgoing, OutgoingSource, Partial,
    Reader, Sender,
};
use crate::amqp::message::Message;
use crate::amqp::performative::{
    Attach, Begin, Detach, Disposition, End, Flow, List, Performative, Raw, Rejected, Source,
    Target, Transfer, write_accepted,
};
use crate::amqp::request;
use crate::amqp::seats::{Claim, Seats};
use crate::amqp::selector;
use crate::amqp::submission::submission;
use crate::amqp::value::{DecodeError, split};
use crate::hub::Hub;
use crate::rule::AccessRight;
use crate::submission::Address as SendAddress;

/// How many frames of transfers a peer may send before it hears how many more. The service has the
/// same window, and the same number of links.
const INCOMING_WINDOW: u32 = 5000;
const HANDLE_MAX: u32 = 255;

/// A session that a peer has begun.
#[derive(Debug)]
pub(crate) struct Session {
    numbers: Numbers,
    links: BTreeMap<u32, Link>,
    /// The handles of links that were detached here, and not yet by the peer.
    detached: BTreeSet<u32>,
    /// The first and last delivery that were accepted, and not yet acknowledged.
    accepted: Option<(u32, u32)>,
    /// The link that was served last.
    turn: u32,
}

/// The channel of a session, and its counts.
#[derive(Debug)]
struct Numbers {
    channel: u16,
    /// Counts frames of transfers.
    next_outgoing_id: u32,
    /// Counts deliveries: the JavaScript client stops without an error if ids are those of frames.
    next_delivery_id: u32,
    /// How many more frames the peer takes.
    remote_window: u32,
    next_incoming_id: u32,
    incoming_window: u32,
}

impl Session {
    /// Answers the beginning of a session on the channel of the same number.
    pub(crate) fn begin(channel: u16, begin: &Begin<'_>, context: &mut Context) -> Self {
        let numbers = Numbers {
            channel,
            next_outgoing_id: 0,
            next_delivery_id: 0,
            remote_window: begin.incoming_window.unwrap_or(0),
            next_incoming_id: begin.next_outgoing_id.unwrap_or(0),
            incoming_window: INCOMING_WINDOW,
        };
        let answer = Begin {
            remote_channel: Some(channel),
            next_outgoing_id: Some(0),
            incoming_window: Some(INCOMING_WINDOW),
            outgoing_window: Some(INCOMING_WINDOW),
            handle_max: Some(HANDLE_MAX),
            ..Begin::default()
        };
        context.control(channel, |out| answer.write(out));
        Self { numbers, links: BTreeMap::new(), detached: BTreeSet::new(), accepted: None, turn: 0 }
    }

    /// Takes a frame. An error ends the session.
    pub(crate) fn take(
        &mut self,
        performative: &Performative<'_>,
        payload: &[u8],
        context: &mut Context,
    ) -> Result<(), Failure> {
        match performative {
            Performative::Attach(it) => self.attach(it, context),
            Performative::Flow(it) => self.flow(it, context),
            Performative::Transfer(it) => self.transfer(it, payload, context),
            Performative::Detach(it) => self.detach_by_peer(it, context),
            // Deliveries are not kept until they are settled: a hub has no message to put back.
            Performative::Disposition => Ok(()),
            _ => Err(Failure::new(NOT_ALLOWED, "This performative is not of a session.")),
        }
    }

    /// Ends the session with an error.
    pub(crate) fn end(self, failure: &Failure, context: &mut Context) {
        let channel = self.numbers.channel;
        self.discard(context);
        let error = failure.encoded();
        let end = End { error: element(&error) };
        context.control(channel, |out| end.write(out));
    }

    /// Answers the end of the session.
    pub(crate) fn end_by_peer(self, context: &mut Context) {
        let channel = self.numbers.channel;
        self.discard(context);
        context.control(channel, |out| End::default().write(out));
    }

    fn discard(self, context: &mut Context) {
        for link in self.links.into_values() {
            context.forget(&link);
        }
    }

    fn attach(&mut self, attach: &Attach<'_>, context: &mut Context) -> Result<(), Failure> {
        let (Some(handle), Some(name)) = (attach.handle, attach.name) else {
            return Err(missing("name or handle of ATTACH"));
        };
        if handle > HANDLE_MAX {
            let text = format!("The handle {handle} is over the limit of {HANDLE_MAX}.");
            return Err(Failure::new(NOT_ALLOWED, text));
        }
        if self.links.contains_key(&handle) || self.detached.contains(&handle) {
            return Err(Failure::new(HANDLE_IN_USE, format!("The handle {handle} is in use.")));
        }
        let receives = attach.role.unwrap_or_default();
        let link = termini(attach).and_then(|(source, target)| {
            let link = if receives {
                outgoing(name, attach, &source, &target, context).map(Link::Outgoing)?
            } else {
                incoming(attach, &target, context).map(Link::Incoming)?
            };
            Ok((link, source, target))
        });
        match link {
            Ok((link, source, target)) => {
                self.answer_attach(attach, Some(&source), Some(&target), context);
                self.links.insert(handle, link);
                self.renew_credit(handle, context);
            }
            Err(failure) => {
                // A link without a source or target is refused, and the reason follows (2.6.3).
                let failure = failure.tracked(&context.namespace, context.now.time);
                let (source, target) = (Source::default(), Target::default());
                let (source, target) =
                    if receives { (None, Some(&target)) } else { (Some(&source), None) };
                self.answer_attach(attach, source, target, context);
                self.detach(handle, &failure, context);
            }
        }
        Ok(())
    }

    /// Answers with what was asked for. The Rust client refuses a link whose answer has other settle
    /// modes, or another filter, than it sent.
    fn answer_attach(
        &self,
        attach: &Attach<'_>,
        source: Option<&Source<'_>>,
        target: Option<&Target<'_>>,
        context: &mut Context,
    ) {
        const MIXED: u8 = 2;
        const FIRST: u8 = 0;

        let (source, target) = (source.map(|it| it.encoded()), target.map(|it| it.encoded()));
        let receives = attach.role.unwrap_or_default();
        let answer = Attach {
            name: attach.name,
            handle: attach.handle,
            role: Some(!receives),
            snd_settle_mode: attach.snd_settle_mode.or(Some(MIXED)),
            rcv_settle_mode: attach.rcv_settle_mode.or(Some(FIRST)),
            source: source.as_deref().and_then(element),
            target: target.as_deref().and_then(element),
            incomplete_unsettled: Some(false),
            initial_delivery_count: receives.then_some(0),
            max_message_size: Some(context.namespace.limits.max_message_bytes as u64),
            ..Attach::default()
        };
        context.control(self.numbers.channel, |out| answer.write(out));
    }

    /// Gives the peer of an incoming link credit, once it has used half of it.
    fn renew_credit(&mut self, handle: u32, context: &mut Context) {
        if let Some(Link::Incoming(link)) = self.links.get_mut(&handle)
            && link.credit <= CREDIT / 2
        {
            link.credit = CREDIT;
            let flow = Flow {
                handle: Some(handle),
                delivery_count: Some(link.delivery_count),
                link_credit: Some(CREDIT),
                ..self.numbers.flow()
            };
            context.control(self.numbers.channel, |out| flow.write(out));
        }
    }

    fn flow(&mut self, flow: &Flow<'_>, context: &mut Context) -> Result<(), Failure> {
        // Before the peer has seen our BEGIN it has no id to count from, and none has been sent.
        let next_incoming_id = flow.next_incoming_id.unwrap_or(0);
        let window = flow.incoming_window.ok_or_else(|| missing("incoming-window of FLOW"))?;
        self.numbers.remote_window =
            next_incoming_id.wrapping_add(window).wrapping_sub(self.numbers.next_outgoing_id);
        let Some(handle) = flow.handle else {
            if flow.echo == Some(true) {
                let answer = self.numbers.flow();
                context.frame(self.numbers.channel, |out| answer.write(out));
            }
            return Ok(());
        };
        match self.links.get_mut(&handle) {
            Some(Link::Outgoing(link)) => {
                let count = flow.delivery_count.unwrap_or(0);
                let credit = flow.link_credit.unwrap_or(0);
                link.credit = count.wrapping_add(credit).wrapping_sub(link.delivery_count);
                // A peer that counts behind what was sent has used its credit up.
                if link.credit > credit {
                    link.credit = 0;
                }
                link.drain = flow.drain.unwrap_or_default();
                if flow.echo == Some(true) && !link.drain {
                    let answer = self.numbers.flow_of(handle, link);
                    context.frame(self.numbers.channel, |out| answer.write(out));
                }
                Ok(())
            }
            Some(Link::Incoming(link)) => {
                if flow.echo == Some(true) {
                    let answer = Flow {
                        handle: Some(handle),
                        delivery_count: Some(link.delivery_count),
                        link_credit: Some(link.credit),
                        ..self.numbers.flow()
                    };
                    context.frame(self.numbers.channel, |out| answer.write(out));
                }
                Ok(())
            }
            None => self.unattached(handle),
        }
    }

    fn unattached(&self, handle: u32) -> Result<(), Failure> {
        // What the peer sent before it heard that the link is gone is nobody's fault.
        if self.detached.contains(&handle) {
            return Ok(());
        }
        Err(Failure::new(UNATTACHED_HANDLE, format!("No link has the handle {handle}.")))
    }

    fn transfer(
        &mut self,
        transfer: &Transfer<'_>,
        payload: &[u8],
        context: &mut Context,
    ) -> Result<(), Failure> {
        self.count_incoming(context)?;
        let handle = transfer.handle.ok_or_else(|| missing("handle of TRANSFER"))?;
        let Some(Link::Incoming(link)) = self.links.get_mut(&handle) else {
            return self.unattached(handle);
        };
        let limit = context.namespace.limits.max_message_bytes;
        match link.receive(transfer, payload, limit, &mut context.buffered) {
            Ok(Some(delivery)) => {
                self.complete(handle, delivery, context);
                self.renew_credit(handle, context);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(failure) if failure.condition == DECODE_ERROR => Err(failure),
            Err(failure) => {
                self.detach(handle, &failure, context);
                Ok(())
            }
        }
    }

    /// Counts a frame of a transfer, and opens the window again before it is closed.
    fn count_incoming(&mut self, context: &mut Context) -> Result<(), Failure> {
        let numbers = &mut self.numbers;
        let text = "The peer sent more than the window of the session allows.";
        numbers.incoming_window = numbers
            .incoming_window
            .checked_sub(1)
            .ok_or_else(|| Failure::new(WINDOW_VIOLATION, text))?;
        numbers.next_incoming_id = numbers.next_incoming_id.wrapping_add(1);
        if numbers.incoming_window <= INCOMING_WINDOW / 2 {
            numbers.incoming_window = INCOMING_WINDOW;
            let flow = numbers.flow();
            context.frame(numbers.channel, |out| flow.write(out));
        }
        Ok(())
    }

    /// Does what a delivery asks for, and says how it went.
    fn complete(&mut self, handle: u32, delivery: Delivery, context: &mut Context) {
        let Some(Link::Incoming(link)) = self.links.get(&handle) else { return };
        let outcome = match &link.target {
            IncomingTarget::Requests(node) => {
                let node = *node;
                self.request(node, &delivery.message, context)
            }
            IncomingTarget::Events(sender) => keep(sender, &delivery, context),
        };
        match outcome {
            _ if delivery.settled => {}
            Ok(()) => self.accept(delivery.id, context),
            Err(failure) => {
                let failure = failure.tracked(&context.namespace, context.now.time).encoded();
                let rejected = Rejected { error: element(&failure) };
                self.settle(delivery.id, delivery.id, |out| rejected.write(out), context);
            }
        }
    }

    /// Notes that a delivery was accepted. Deliveries in a row are acknowledged together.
    fn accept(&mut self, id: u32, context: &mut Context) {
        self.accepted = match self.accepted {
            Some((first, last)) if last.wrapping_add(1) == id => Some((first, id)),
            earlier => {
                self.accepted = earlier;
                self.acknowledge(context);
                Some((id, id))
            }
        };
    }

    /// Acknowledges what was accepted; called when all frames that have come were taken.
    pub(crate) fn acknowledge(&mut self, context: &mut Context) {
        if let Some((first, last)) = self.accepted.take() {
            self.settle(first, last, write_accepted, context);
        }
    }

    fn settle(
        &self,
        first: u32,
        last: u32,
        state: impl FnOnce(&mut Vec<u8>),
        context: &mut Context,
    ) {
        const RECEIVER: bool = true;

        let mut encoded = Vec::new();
        state(&mut encoded);
        let disposition = Disposition {
            role: Some(RECEIVER),
            first: Some(first),
            last: Some(last),
            settled: Some(true),
            state: element(&encoded),
            batchable: Some(false),
        };
        context.control(self.numbers.channel, |out| disposition.write(out));
    }

    /// Answers a request, on the link of this session on which its sender receives.
    fn request(
        &mut self,
        node: Node,
        message: &[u8],
        context: &mut Context,
    ) -> Result<(), Failure> {
        let request = Message::read(message).map_err(undecodable)?;
        let reply = context.answer(node, &request).write(&request);
        let Some(link) = self.reply_link(node, request.properties.reply_to) else {
            let text = "No link of the session receives replies.";
            return Err(Failure::new(failure::NOT_FOUND, text));
        };
        if !link.reply(reply) {
            let text = "Too many replies wait to be received.";
            return Err(Failure::new(RESOURCE_LIMIT, text));
        }
        context.hold();
        Ok(())
    }

    /// The link on which the replies of a node are received. Clients name it in three ways: by its
    /// name, by its target, or not at all.
    fn reply_link(&mut self, node: Node, address: Option<&str>) -> Option<&mut Outgoing> {
        let links = self.links.values_mut().filter_map(Link::as_outgoing);
        let is_of_node = |source: &OutgoingSource| match source {
            OutgoingSource::Replies { node: it, .. } => *it == node,
            OutgoingSource::Events(_) => false,
        };
        let mut links: Vec<_> = links.filter(|it| is_of_node(&it.source)).collect();
        let is_named = |link: &Outgoing| {
            address.is_some_and(|it| it == link.name || Some(it) == link.target.as_deref())
        };
        let named = links.iter().position(|it| is_named(it)).unwrap_or(0);
        (named < links.len()).then(|| links.swap_remove(named))
    }

    /// Detaches a link with an error, and forgets it.
    fn detach(&mut self, handle: u32, failure: &Failure, context: &mut Context) {
        if let Some(link) = self.links.remove(&handle) {
            context.forget(&link);
        }
        self.detached.insert(handle);
        let error = failure.encoded();
        let detach = Detach { handle: Some(handle), closed: Some(true), error: element(&error) };
        context.control(self.numbers.channel, |out| detach.write(out));
    }

    fn detach_by_peer(
        &mut self,
        detach: &Detach<'_>,
        context: &mut Context,
    ) -> Result<(), Failure> {
        let handle = detach.handle.ok_or_else(|| missing("handle of DETACH"))?;
        if self.detached.remove(&handle) {
            return Ok(());
        }
        let Some(link) = self.links.remove(&handle) else { return self.unattached(handle) };
        context.forget(&link);
        let answer = Detach {
            handle: Some(handle),
            closed: detach.closed.or(Some(false)),
            ..Detach::default()
        };
        context.control(self.numbers.channel, |out| answer.write(out));
        Ok(())
    }

    /// Detaches the links that may not go on: receivers that lost their place, links to a hub that is
    /// gone, and, if a token has expired, those that no token opens any more.
    pub(crate) fn review(&mut self, token_expired: bool, context: &mut Context) {
        let failures: Vec<_> = self
            .links
            .iter()
            .filter_map(|(handle, link)| Some((*handle, context.objection(link, token_expired)?)))
            .collect();
        for (handle, failure) in failures {
            let failure = failure.tracked(&context.namespace, context.now.time);
            self.detach(handle, &failure, context);
        }
    }

    /// Sends what the peer has credit for, until the output is full. Returns whether it sent anything.
    pub(crate) fn pump(&mut self, context: &mut Context) -> bool {
        // From the link after the one that was served last, so that each gets its turn.
        let handles =
            self.links.range(self.turn.wrapping_add(1)..).chain(self.links.range(..=self.turn));
        let handles: Vec<_> = handles.map(|(handle, _)| *handle).collect();
        let mut sent = false;
        for handle in handles {
            if context.is_full() {
                break;
            }
            if let Some(Link::Outgoing(link)) = self.links.get_mut(&handle) {
                sent |= send(handle, link, &mut self.numbers, context);
                self.turn = handle;
            }
        }
        sent
    }
}

impl Numbers {
    fn flow<'a>(&self) -> Flow<'a> {
        Flow {
            next_incoming_id: Some(self.next_incoming_id),
            incoming_window: Some(self.incoming_window),
            next_outgoing_id: Some(self.next_outgoing_id),
            outgoing_window: Some(INCOMING_WINDOW),
            available: Some(0),
            drain: Some(false),
            echo: Some(false),
            ..Flow::default()
        }
    }

    fn flow_of<'a>(&self, handle: u32, link: &Outgoing) -> Flow<'a> {
        Flow {
            handle: Some(handle),
            delivery_count: Some(link.delivery_count),
            link_credit: Some(link.credit),
            drain: Some(link.drain),
            ..self.flow()
        }
    }
}

impl Incoming {
    /// Takes a frame of a delivery, and returns the delivery once it is whole.
    fn receive(
        &mut self,
        transfer: &Transfer<'_>,
        payload: &[u8],
        limit: usize,
        buffered: &mut usize,
    ) -> Result<Option<Delivery>, Failure> {
        /// How many bytes of unfinished deliveries a connection may have.
        const MAX_BUFFERED: usize = 64 << 20;

        let mut delivery = match self.partial.take() {
            Some(delivery) => {
                *buffered -= delivery.message.len();
                delivery
            }
            None => self.first(transfer)?,
        };
        if transfer.aborted == Some(true) {
            return Ok(None);
        }
        let length = delivery.message.len() + payload.len();
        if length > limit {
            let text = format!(
                "The received message (delivery-id:{}, size:{length} bytes) exceeds the limit ({limit} \
                 bytes) currently allowed on the link.",
                delivery.id,
            );
            return Err(Failure::new(failure::MESSAGE_SIZE, text));
        }
        delivery.message.extend_from_slice(payload);
        delivery.settled |= transfer.settled.unwrap_or_default();
        if transfer.more != Some(true) {
            return Ok(Some(delivery));
        }
        *buffered += delivery.message.len();
        self.partial = Some(delivery);
        if *buffered > MAX_BUFFERED {
            return Err(Failure::new(
                RESOURCE_LIMIT,
                "The connection has too many unfinished deliveries.",
            ));
        }
        Ok(None)
    }

    fn first(&mut self, transfer: &Transfer<'_>) -> Result<Delivery, Failure> {
        let id = transfer.delivery_id.ok_or_else(|| missing("delivery-id of TRANSFER"))?;
        self.credit = self
            .credit
            .checked_sub(1)
            .ok_or_else(|| Failure::new(TRANSFER_LIMIT, "The link has no credit left."))?;
        self.delivery_count = self.delivery_count.wrapping_add(1);
        let format = transfer.message_format.unwrap_or(0);
        Ok(Delivery { id, format, settled: false, message: Vec::new() })
    }
}

/// Appends the events of a delivery to a hub.
fn keep(sender: &Sender, delivery: &Delivery, context: &Context) -> Result<(), Failure> {
    let hub = &sender.hub;
    hub.entity().check(&sender.address).map_err(Failure::of_send)?;
    let rules = context.namespace.rules_of(hub);
    let (destination, events) = submission(delivery, &sender.address, rules)?;
    let kept = context.namespace.keep(hub, destination, events, context.now.time);
    kept.map_err(Failure::of_send)
}

/// The link on which a peer receives.
fn outgoing(
    name: &str,
    attach: &Attach<'_>,
    source: &Source<'_>,
    target: &Target<'_>,
    context: &Context,
) -> Result<Outgoing, Failure> {
    const UNSETTLED: u8 = 0;

    let address = source.address.unwrap_or_default();
    let replies = |node| OutgoingSource::Replies { node, queue: VecDeque::new() };
    let source = match Address::read(address) {
        Some(Address::Cbs) => replies(Node::Cbs),
        Some(Address::Management) => replies(Node::Management),
        Some(Address::Receiver { hub, group, partition }) => {
            let path = format!("/{}", address::path(address));
            let reader = reader((hub, group, partition), path, attach, source, context)?;
            OutgoingSource::Events(Box::new(reader))
        }
        _ => return Err(Failure::not_found(address::path(address))),
    };
    Ok(Outgoing {
        name: name.to_owned(),
        target: target.address.map(str::to_owned),
        source,
        credit: 0,
        delivery_count: 0,
        drain: false,
        settled: attach.snd_settle_mode != Some(UNSETTLED),
        partial: None,
    })
}

/// The receiver of a partition for a consumer group.
fn reader(
    (hub, group, partition): (&str, &str, &str),
    path: String,
    attach: &Attach<'_>,
    source: &Source<'_>,
    context: &Context,
) -> Result<Reader, Failure> {
    const METRICS: &str = "com.microsoft:enable-receiver-runtime-metric";

    // The token comes before the hub, as at the other door.
    context.open(&path, AccessRight::Listen)?;
    let hub = context.namespace.hub(hub).ok_or_else(|| Failure::not_found(hub))?;
    if !hub.entity().settings.status.gives_events() {
        return Err(Failure::new(
            failure::ENTITY_DISABLED,
            "The messaging entity is currently disabled.",
        ));
    }
    if hub.entity().group(group).is_none() {
        return Err(Failure::not_found(&format!("{}/consumergroups/{group}", hub.name)));
    }
    let partition = known_partition(&hub, partition)?;
    let property = |name: &str| attach.properties.and_then(|Raw(it)| it.get(name));
    let text = |name: &str| property(name).and_then(|it| it.text().ok()).map(str::to_owned);
    let claim = Claim {
        partition,
        group: group.to_ascii_lowercase(),
        epoch: property("com.microsoft:epoch").and_then(|it| it.signed().ok()),
        // The Rust client spells it in its own way.
        name: text("com.microsoft:receiver-name")
            .or_else(|| text("com.microsoft.com:receiver-name")),
    };
    let next = hub.start(partition, selector::read(source.filter)?)?;
    let seat = Seats::take(&hub, claim, &context.wake)?;
    let metrics = attach.desired_capabilities.is_some_and(|Raw(it)| it.texts().contains(&METRICS));
    Ok(Reader { hub, partition, next, taken: VecDeque::new(), metrics, seat, path })
}

fn known_partition(hub: &Hub, id: &str) -> Result<u32, Failure> {
    hub.partition(id).ok_or_else(|| {
        let text = format!(
            "The specified partition is invalid for an EventHub partition sender or receiver. It \
             should be between 0 and {}.",
            hub.partitions - 1,
        );
        Failure::new(ARGUMENT_OUT_OF_RANGE, text)
    })
}

/// The link on which a peer sends.
fn incoming(
    attach: &Attach<'_>,
    target: &Target<'_>,
    context: &Context,
) -> Result<Incoming, Failure> {
    let address = target.address.unwrap_or_default();
    let path = format!("/{}", address::path(address));
    let sender = |hub: &str, address, path: String| {
        context.open(&path, AccessRight::Send)?;
        let hub = context.namespace.hub(hub).ok_or_else(|| Failure::not_found(hub))?;
        if let SendAddress::Partition(id) = &address {
            known_partition(&hub, id)?;
        }
        Ok::<_, Failure>(IncomingTarget::Events(Box::new(Sender { hub, address, path })))
    };
    let target = match Address::read(address) {
        Some(Address::Cbs) => IncomingTarget::Requests(Node::Cbs),
        Some(Address::Management) => IncomingTarget::Requests(Node::Management),
        Some(Address::Hub { hub }) => sender(hub, SendAddress::Hub, path)?,
        Some(Address::Partition { hub, partition }) => {
            sender(hub, SendAddress::Partition(partition.to_owned()), path)?
        }
        Some(Address::Publisher { hub, publisher }) => {
            sender(hub, SendAddress::Publisher(publisher.to_owned()), path)?
        }
        _ => return Err(Failure::not_found(address::path(address))),
    };
    let delivery_count = attach.initial_delivery_count.unwrap_or(0);
    Ok(Incoming { target, credit: 0, delivery_count, partial: None })
}

/// Sends what a link has credit for, up to some deliveries. Returns whether it sent anything.
fn send(handle: u32, link: &mut Outgoing, numbers: &mut Numbers, context: &mut Context) -> bool {
    /// How many deliveries a link sends before another gets its turn.
    const DELIVERIES: usize = 64;

    let mut sent = false;
    for _ in 0..DELIVERIES {
        if numbers.remote_window == 0 || context.is_full() {
            return sent;
        }
        let Some(partial) = link.partial.take().or_else(|| next(link, numbers, context)) else {
            break;
        };
        sent = true;
        link.partial = send_frames(handle, link.settled, partial, numbers, context);
        if link.partial.is_some() {
            return sent;
        }
    }
    if !sent && link.drain && link.credit > 0 {
        // Nothing is left to send, so the credit is used up (2.6.7).
        link.delivery_count = link.delivery_count.wrapping_add(link.credit);
        link.credit = 0;
        let flow = numbers.flow_of(handle, link);
        context.frame(numbers.channel, |out| flow.write(out));
    }
    sent
}

/// The next message of a link, if the link has credit for one.
fn next(link: &mut Outgoing, numbers: &mut Numbers, context: &Context) -> Option<Partial> {
    if link.credit == 0 {
        return None;
    }
    let (prefix, message) = match &mut link.source {
        OutgoingSource::Replies { queue, .. } => (Vec::new(), Bytes::from(queue.pop_front()?)),
        OutgoingSource::Events(reader) => {
            let event = reader.next_event(link.credit)?;
            let metrics = reader.metrics;
            let facts = metrics.then(|| reader.hub.facts(reader.partition));
            let prefix = facts.map(|it| request::runtime_metrics(&it, context.now.time));
            (prefix.unwrap_or_default(), event.encoded.clone())
        }
    };
    link.credit -= 1;
    link.delivery_count = link.delivery_count.wrapping_add(1);
    let delivery_id = numbers.next_delivery_id;
    numbers.next_delivery_id = delivery_id.wrapping_add(1);
    Some(Partial { delivery_id, prefix, message, sent: 0 })
}

/// Sends the frames of a message while the window and the output have room; returns what is left.
fn send_frames(
    handle: u32,
    settled: bool,
    mut partial: Partial,
    numbers: &mut Numbers,
    context: &mut Context,
) -> Option<Partial> {
    let room = context.max_frame_size - TRANSFER_OVERHEAD;
    let length = partial.prefix.len() + partial.message.len();
    loop {
        let end = length.min(partial.sent + room);
        let split_at = partial.prefix.len();
        let prefix = &partial.prefix[partial.sent.min(split_at)..end.min(split_at)];
        let message =
            &partial.message[partial.sent.saturating_sub(split_at)..end.saturating_sub(split_at)];
        let out = &mut context.out;
        transfer(
            out,
            numbers.channel,
            handle,
            partial.delivery_id,
            settled,
            end < length,
            [prefix, message],
        );
        numbers.next_outgoing_id = numbers.next_outgoing_id.wrapping_add(1);
        numbers.remote_window -= 1;
        partial.sent = end;
        if end == length {
            return None;
        }
        if numbers.remote_window == 0 || context.out.len() >= MAX_OUTPUT {
            return Some(partial);
        }
    }
}

/// The source and the target that a peer asks for.
fn termini<'a>(attach: &Attach<'a>) -> Result<(Source<'a>, Target<'a>), Failure> {
    // A coordinator of transactions, for one.
    let unsupported =
        |error| Failure::new(NOT_IMPLEMENTED, format!("The link is not supported: {error}."));
    let source = attach.source.map(|Raw(it)| Source::read(it)).transpose();
    let target = attach.target.map(|Raw(it)| Target::read(it)).transpose();
    let (source, target) = (source.map_err(unsupported)?, target.map_err(unsupported)?);
    Ok((source.unwrap_or_default(), target.unwrap_or_default()))
}

/// An encoded value as a field.
fn element(encoded: &[u8]) -> Option<Raw<'_>> {
    split(encoded).ok().map(|(it, _)| Raw(it))
}

fn missing(field: &'static str) -> Failure {
    undecodable(DecodeError::Missing(field))
}

pub(crate) fn undecodable(error: DecodeError) -> Failure {
    Failure::new(DECODE_ERROR, format!("The peer sent something that can't be read: {error}."))
}

/// The right and the texts of objections to a link.
impl Context {
    /// Whether a path may be used for a right.
    fn open(&self, path: &str, right: AccessRight) -> Result<(), Failure> {
        if self.tokens.opens(path, &[right], self.now.time) {
            return Ok(());
        }
        Err(Failure::unauthorized(right.name(), path))
    }

    fn objection(&self, link: &Link, token_expired: bool) -> Option<Failure> {
        if let Link::Outgoing(Outgoing { source: OutgoingSource::Events(reader), .. }) = link
            && let Some(failure) = reader.seat.displaced()
        {
            return Some(failure);
        }
        if let Some(hub) = link.hub().filter(|it| !it.is_open()) {
            return Some(Failure::not_found(&hub.name));
        }
        let (path, right) = link.access().filter(|_| token_expired)?;
        let opened = self.tokens.opens(path, &[right], self.now.time);
        let text = "The token that opened the link is expired. Put another one before it expires.";
        (!opened).then(|| Failure::new(failure::UNAUTHORIZED, text))
    }
}

impl Link {
    fn as_outgoing(&mut self) -> Option<&mut Outgoing> {
        match self {
            Self::Outgoing(it) => Some(it),
            Self::Incoming(_) => None,
        }
    }
}
