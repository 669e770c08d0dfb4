//! Entrances for the fuzz targets `amqp_frames` and `amqp_performatives`, which exist under
//! `cfg(fuzzing)` alone.

use std::time::Duration;

use crate::amqp::context::MAX_OUTPUT;
use crate::amqp::message::Message;
use crate::amqp::peer::{Peer, data, filter, namespace, raw};
use crate::amqp::performative::{
    Attach, Begin, Close, Detach, Disposition, End, Flow, List, Open, Source, Target, Transfer,
};
use crate::amqp::value::{check, split};
use crate::event::EventData;
use crate::submission::Destination;

/// More than the output may have: a frame that begins below its limit, and the replies of one read.
const OUTPUT: usize = MAX_OUTPUT + (1 << 20);

/// Values, messages and frames: any bytes are read or refused, and what is read is whole.
pub fn frames(bytes: &[u8]) {
    if let Ok((element, rest)) = split(bytes) {
        assert_eq!(element.encoded().len() + rest.len(), bytes.len());
        if check(element.encoded()).is_ok() {
            let _ = (element.pairs().count(), element.texts());
        }
    }
    if let Ok(message) = Message::read(bytes) {
        let event = message.to_new_event();
        let namespace = namespace();
        let hub = namespace.hub("small").expect("the hub is there");
        let kept = hub.keep(Destination::Any, vec![event], crate::amqp::peer::start());
        assert!(kept.is_ok(), "memory takes all");
        assert_eq!(hub.events().len(), 1);
    }
    let mut peer = Peer::new(&namespace());
    for piece in bytes.chunks(61) {
        peer.receive(piece);
        assert!(peer.bytes().len() <= OUTPUT);
    }
}

/// A peer that may do all, and does what the bytes say: a performative, and a byte for each field.
pub fn performatives(bytes: &[u8]) {
    let namespace = namespace();
    let hub = namespace.hub("first").expect("the hub is there");
    let event =
        |size: usize| EventData { body: vec![b'x'; size].into(), ..EventData::default() }.into();
    let events = vec![event(1), event(3000), event(2)];
    let kept = hub.keep(Destination::Partition(0), events, crate::amqp::peer::start());
    assert!(kept.is_ok(), "memory takes all");
    let open = Open { container_id: Some("fuzz"), max_frame_size: Some(512), ..Open::default() };
    let mut peer = Peer::open_with(&namespace, open);
    peer.put_token_only();
    let mut bytes = bytes.iter().copied();
    while let Some(step) = bytes.next() {
        let mut next = || bytes.next().unwrap_or(0);
        step_of(&mut peer, step, &mut next);
        assert!(peer.bytes().len() <= OUTPUT);
    }
}

const ADDRESSES: [&str; 8] = [
    "first",
    "first/ConsumerGroups/$Default/Partitions/0",
    "first/ConsumerGroups/$Default/Partitions/1",
    "first/Partitions/2",
    "first/Publishers/one",
    "$cbs",
    "$management",
    "nowhere",
];

fn step_of(peer: &mut Peer, step: u8, next: &mut dyn FnMut() -> u8) {
    // A small number, or one near the end of the range: counts wrap.
    let number =
        |byte: u8| if byte < 0xf0 { u32::from(byte) } else { u32::MAX - u32::from(byte - 0xf0) };
    let handle = |byte: u8| Some(u32::from(byte % 5));
    let flag = |byte: u8| (byte % 3 > 0).then_some(byte % 3 > 1);
    match step % 9 {
        0 => peer.begin(u16::from(next() % 3), number(next())),
        1 => {
            let (mut source, mut target) = (Vec::new(), Vec::new());
            let filter = filter("amqp.annotation.x-opt-offset > '-1'");
            let address = Some(ADDRESSES[usize::from(next() % 8)]);
            Source { address, filter: Some(raw(&filter)), ..Source::default() }.write(&mut source);
            Target { address, ..Target::default() }.write(&mut target);
            let attach = Attach {
                name: Some("link"),
                handle: handle(next()),
                role: flag(next()),
                snd_settle_mode: Some(next() % 4),
                source: Some(raw(&source)),
                target: Some(raw(&target)),
                initial_delivery_count: Some(number(next())),
                ..Attach::default()
            };
            peer.send(0, |out| attach.write(out));
        }
        2 => {
            let flow = Flow {
                next_incoming_id: Some(number(next())),
                incoming_window: Some(number(next())),
                handle: flag(next()).map(u32::from),
                delivery_count: Some(number(next())),
                link_credit: Some(number(next())),
                drain: flag(next()),
                echo: flag(next()),
                ..Flow::default()
            };
            peer.send(u16::from(next() % 2), |out| flow.write(out));
        }
        3 => {
            let transfer = Transfer {
                handle: handle(next()),
                delivery_id: Some(number(next())),
                message_format: Some(if next() % 4 == 0 { 0x8001_3700 } else { 0 }),
                settled: flag(next()),
                more: flag(next()),
                aborted: flag(next()),
                ..Transfer::default()
            };
            let length = usize::from(next()) * 100;
            peer.send(0, |out| {
                transfer.write(out);
                out.extend(data(&data(&vec![b'y'; length])));
            });
        }
        4 => {
            let detach =
                Detach { handle: handle(next()), closed: flag(next()), ..Detach::default() };
            peer.send(0, |out| detach.write(out));
        }
        5 => {
            let disposition = Disposition { first: Some(number(next())), ..Disposition::default() };
            peer.send(0, |out| disposition.write(out));
        }
        6 => peer.send(u16::from(next() % 3), |out| End::default().write(out)),
        7 => peer.wait(Duration::from_secs(u64::from(next()))),
        // Rarely, for little comes after it.
        _ if next() == 0 => peer.send(0, |out| Close::default().write(out)),
        _ => peer.send(0, |out| Begin::default().write(out)),
    }
}
