//! The AMQP door, byte for byte: what official clients need of the bytes, and what becomes of peers that
//! do as they please.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use crate::amqp::context::MAX_OUTPUT;
use crate::amqp::encode;
use crate::amqp::frame::{HEARTBEAT, SASL_HEADER, TRANSFER_OVERHEAD, transfer};
use crate::amqp::message::Message;
use crate::amqp::peer::{
    Got, HOST, KEY, Peer, application_properties, builder, data, filter, namespace, raw, request,
    start, token,
};
use crate::amqp::performative::{
    Attach, Begin, Close, Detach, Disposition, End, Flow, List, Open, Properties, Raw, SaslInit,
    Source, Symbol, Target, Transfer,
};
use crate::amqp::value::{DecodeError, Element, check, split};
use crate::event::{EventData, PropertyValue, ReceivedEvent};
use crate::namespace::Namespace;
use crate::submission::Destination;

const RECEIVER: &str = "first/ConsumerGroups/$Default/Partitions/0";

/// Puts events into partition 0 of the hub `first`.
fn keep(namespace: &Namespace, bodies: &[&[u8]]) {
    keep_at(namespace, bodies, start());
}

fn keep_at(namespace: &Namespace, bodies: &[&[u8]], time: chrono::DateTime<chrono::Utc>) {
    let event =
        |body: &&[u8]| EventData { body: body.to_vec().into(), ..EventData::default() }.into();
    let hub = namespace.hub("first").expect("the hub is there");
    namespace
        .keep(&hub, Destination::Partition(0), bodies.iter().map(event).collect(), time)
        .expect("memory takes all");
}

fn kept(namespace: &Namespace, hub: &str) -> Vec<ReceivedEvent> {
    namespace.hub(hub).expect("the hub is there").events()
}

fn only(frames: &[Got], code: u8) -> Got {
    let mut found = frames.iter().filter(|it| it.code() == code);
    let (Some(one), None) = (found.next(), found.next()) else {
        unreachable!("not one frame 0x{code:02x} in {frames:02x?}")
    };
    one.clone()
}

/// The condition and the text of the error in the last field of a performative.
fn error(frame: &Got) -> (String, String) {
    let fields = frame.fields();
    let error = fields.last().expect("it has fields").list().expect("it has an error");
    let texts: Vec<_> = error.map(|it| it.expect("it is whole")).take(2).collect();
    let text = |it: &Element<'_>| it.text().expect("it is a text").to_owned();
    (text(&texts[0]), text(&texts[1]))
}

/// The event of a transfer.
fn sequence_of(transfer: &Got) -> i64 {
    let message = Message::read(transfer.payload()).expect("an event is a message");
    let annotations = message.annotations.expect("an event has annotations");
    let sequence = annotations.get("x-opt-sequence-number").expect("it has a sequence number");
    sequence.signed().expect("that is a number")
}

fn sequences(frames: &[Got]) -> Vec<i64> {
    frames.iter().filter(|it| it.code() == Transfer::CODE).map(sequence_of).collect()
}

#[test]
fn every_performative_has_all_its_fields() {
    let namespace = namespace();
    keep(&namespace, &[b"x"]);
    let mut peer = Peer::new(&namespace);
    peer.receive(b"AMQP\x00\x01\x00\x00");
    peer.send(0, |out| Open { container_id: Some("test"), ..Open::default() }.write(out));
    peer.begin(0, 2048);
    peer.put_token_only();
    peer.receiver(0, RECEIVER, Some("amqp.annotation.x-opt-offset > '-1'"));
    peer.credit(0, 10);
    peer.sender(1, "first");
    peer.transfer(1, 1, 0, &data(b"y"));
    peer.send(0, |out| {
        Detach { handle: Some(1), closed: Some(true), ..Detach::default() }.write(out);
    });
    peer.send(0, |out| End::default().write(out));
    peer.send(0, |out| Close::default().write(out));
    let frames = peer.output();
    for (code, fields) in [
        (Open::CODE, 10),
        (Begin::CODE, 8),
        (Attach::CODE, 14),
        (Flow::CODE, 11),
        (Transfer::CODE, 11),
        (Disposition::CODE, 6),
        (Detach::CODE, 3),
        (End::CODE, 1),
        (Close::CODE, 1),
    ] {
        let found: Vec<_> = frames.iter().filter(|it| it.code() == code).collect();
        assert!(!found.is_empty(), "no frame 0x{code:02x}");
        for frame in found {
            assert_eq!(frame.fields().len(), fields, "0x{code:02x}");
            // The Python client can't read the empty list.
            assert!(frame.fields().iter().all(|it| it.encoded() != [0x45]), "0x{code:02x}");
        }
    }
}

#[test]
fn what_clients_compare_is_not_null() {
    let namespace = namespace();
    let mut peer = Peer::new(&namespace);
    peer.receive(b"AMQP\x00\x01\x00\x00");
    peer.send(0, |out| Open { container_id: Some("test"), ..Open::default() }.write(out));
    peer.begin(0, 2048);
    peer.put_token_only();
    peer.receiver(0, RECEIVER, Some("amqp.annotation.x-opt-offset > '-1'"));
    let frames = peer.output();
    let field = |code: u8, index: usize| {
        let frame = frames.iter().rfind(|it| it.code() == code).expect("there is one");
        frame.fields()[index].encoded().to_vec()
    };
    let uint = |number| {
        let mut out = Vec::new();
        encode::uint(&mut out, number);
        out
    };
    assert_eq!(field(Open::CODE, 2), uint(65_536), "max-frame-size");
    assert_eq!(field(Open::CODE, 3), b"\x60\x00\xff", "channel-max");
    assert_eq!(field(Open::CODE, 4), uint(60_000), "idle-time-out");
    assert_eq!(field(Begin::CODE, 0), b"\x60\x00\x00", "remote-channel");
    assert_eq!(field(Begin::CODE, 4), uint(255), "handle-max");
    // The link is answered with the name, the settle modes and the filter that were asked for.
    assert_eq!(field(Attach::CODE, 0), b"\xa1\x04link");
    assert_eq!(field(Attach::CODE, 2), b"\x42", "the role of a sender");
    assert_eq!(field(Attach::CODE, 3), b"\x50\x02", "mixed");
    assert_eq!(field(Attach::CODE, 4), b"\x50\x00", "first");
    assert_eq!(field(Attach::CODE, 9), b"\x43", "initial-delivery-count");
    let source = field(Attach::CODE, 5);
    let source = Source::read(split(&source).unwrap().0).unwrap();
    assert_eq!(source.address, Some(RECEIVER));
    let Some(Raw(echoed)) = source.filter else { unreachable!("the filter is echoed") };
    assert_eq!(echoed.encoded(), filter("amqp.annotation.x-opt-offset > '-1'"));
    let target = field(Attach::CODE, 6);
    assert_eq!(Target::read(split(&target).unwrap().0).unwrap().address, Some("here"));
}

#[test]
fn settle_modes_are_those_that_were_asked_for() {
    let namespace = namespace();
    keep(&namespace, &[b"x"]);
    for (asked, answered, settled) in
        [(None, 2, true), (Some(0), 0, false), (Some(1), 1, true), (Some(2), 2, true)]
    {
        let mut peer = Peer::authorized(&namespace);
        peer.receiver_with(
            0,
            RECEIVER,
            None,
            Attach { snd_settle_mode: asked, ..Attach::default() },
        );
        peer.credit(0, 1);
        let frames = peer.output();
        assert_eq!(only(&frames, Attach::CODE).fields()[3].unsigned(), Ok(answered));
        assert_eq!(only(&frames, Transfer::CODE).fields()[4].boolean(), Ok(settled));
    }
}

#[test]
fn an_event_has_the_types_that_clients_read() {
    let namespace = namespace();
    let hub = namespace.hub("first").unwrap();
    let event = EventData {
        content_type: Some("application/json".to_owned()),
        partition_key: Some("key".to_owned()),
        publisher: Some("key".to_owned()),
        message_id: Some("id-1".to_owned()),
        correlation_id: Some("id-2".to_owned()),
        properties: [
            ("MessageMaxSizeExceeded", PropertyValue::Boolean(true)),
            ("int", PropertyValue::Integer(3)),
            ("long", PropertyValue::Integer(1 << 40)),
            ("double", PropertyValue::Double(1.5)),
            ("null", PropertyValue::Null),
            ("text", "42".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into(),
        body: "{}".into(),
    };
    namespace
        .keep(&hub, Destination::Partition(0), vec![event.into()], start())
        .expect("memory takes all");
    let mut peer = Peer::authorized(&namespace);
    peer.receiver(0, RECEIVER, None);
    peer.credit(0, 1);
    let transfer = only(&peer.output(), Transfer::CODE);
    let fields = transfer.fields();
    assert_eq!(fields[2].binary().map(<[u8]>::len), Ok(4), "the delivery tag is not null");
    assert_eq!(fields[3].encoded(), b"\x43", "neither is the message format");

    let message = Message::read(transfer.payload()).unwrap();
    let annotation = |name| message.annotations.unwrap().get(name).unwrap().encoded().to_vec();
    assert_eq!(annotation("x-opt-sequence-number"), b"\x55\x00", "a long");
    assert_eq!(annotation("x-opt-offset"), b"\xa1\x010", "a string");
    assert_eq!(annotation("x-opt-enqueued-time")[0], 0x83, "a timestamp");
    assert_eq!(annotation("x-opt-partition-key"), b"\xa1\x03key");
    assert_eq!(annotation("x-opt-publisher"), b"\xa1\x03key");
    let property =
        |name| message.application_properties.unwrap().get(name).unwrap().encoded().to_vec();
    assert_eq!(property("MessageMaxSizeExceeded"), b"\x41");
    assert_eq!(property("int"), b"\x54\x03", "an int where it fits");
    assert_eq!(property("long")[0], 0x81);
    assert_eq!(property("double")[0], 0x82);
    assert_eq!(property("null"), b"\x40");
    assert_eq!(property("text"), b"\xa1\x0242");
    assert_eq!(message.properties.content_type, Some(Symbol("application/json")));
    let id = |raw: Option<Raw<'_>>| raw.unwrap().0.text().unwrap().to_owned();
    assert_eq!(
        (id(message.properties.message_id), id(message.properties.correlation_id)),
        ("id-1".into(), "id-2".into())
    );
    assert_eq!(message.data().collect::<Vec<_>>(), [b"{}"]);
}

#[test]
fn sasl_offers_what_clients_choose() {
    let namespace = namespace();
    for (mechanism, response, code) in [
        ("ANONYMOUS", &b"anonymous"[..], 0),
        ("MSSBCBS", b"", 0),
        ("EXTERNAL", b"", 0),
        ("PLAIN", b"\0root\0dGhlIGtleSBvZiB0aGUgdGVzdHM=", 0),
        ("PLAIN", b"\0root\0another", 1),
        ("PLAIN", b"root", 1),
        ("SCRAM-SHA-256", b"", 1),
    ] {
        let mut peer = Peer::new(&namespace);
        peer.receive(SASL_HEADER);
        let mut init = Vec::new();
        let frame = SaslInit {
            mechanism: Some(Symbol(mechanism)),
            initial_response: Some(response),
            ..SaslInit::default()
        };
        crate::amqp::frame::write(&mut init, crate::amqp::frame::Kind::Sasl, 0, |out| {
            frame.write(out);
        });
        peer.receive(&init);
        let frames = peer.output();
        assert_eq!(frames[0].fields()[0].texts(), ["MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"]);
        assert_eq!(frames[1].fields()[0].unsigned(), Ok(code), "{mechanism}");
        assert_eq!(peer.connection.takes_input(), code == 0, "{mechanism}");
    }
}

#[test]
fn the_key_of_plain_opens_all() {
    let namespace = namespace();
    let mut peer = Peer::new(&namespace);
    peer.receive(SASL_HEADER);
    let response = format!("\0root\0{KEY}");
    let init = SaslInit {
        mechanism: Some(Symbol("PLAIN")),
        initial_response: Some(response.as_bytes()),
        ..SaslInit::default()
    };
    let mut frame = Vec::new();
    crate::amqp::frame::write(&mut frame, crate::amqp::frame::Kind::Sasl, 0, |out| init.write(out));
    peer.receive(&frame);
    peer.receive(b"AMQP\x00\x01\x00\x00");
    peer.send(0, |out| Open { container_id: Some("test"), ..Open::default() }.write(out));
    peer.begin(0, 2048);
    peer.sender(0, "first");
    peer.transfer(0, 0, 0, &data(b"x"));
    peer.output();
    assert_eq!(kept(&namespace, "first").len(), 1);
}

#[test]
fn tokens_are_verified() {
    let namespace = namespace();
    for (token, status, text) in [
        (token(KEY, HOST), 202, "Accepted"),
        (token("YW5vdGhlcg==", HOST), 401, "InvalidSignature: The token has an invalid signature."),
        ("nonsense".to_owned(), 401, "MalformedToken: "),
    ] {
        let mut peer = Peer::open(&namespace);
        let reply = peer.put_token(&token);
        let reply = Message::read(&reply).unwrap();
        let properties = reply.application_properties.unwrap();
        for name in ["status-code", "statusCode"] {
            assert_eq!(properties.get(name).unwrap().signed(), Ok(status));
        }
        for name in ["status-description", "statusDescription"] {
            assert!(properties.get(name).unwrap().text().unwrap().starts_with(text), "{text}");
        }
        let Some(Raw(correlation)) = reply.properties.correlation_id else { unreachable!() };
        assert_eq!(correlation.encoded(), b"\x53\x07");
        // Without a token, nothing is opened.
        peer.receiver(0, RECEIVER, None);
        peer.sender(1, "first");
        let detached = peer
            .output()
            .iter()
            .filter(|it| it.code() == Detach::CODE)
            .map(error)
            .collect::<Vec<_>>();
        assert_eq!(detached.len(), if status == 202 { 0 } else { 2 });
        for ((condition, text), claim) in detached.iter().zip(["'Listen'", "'Send'"]) {
            assert_eq!(condition, "amqp:unauthorized-access");
            assert!(text.contains(claim), "{text}");
        }
    }
}

#[test]
fn a_token_opens_what_it_was_signed_for() {
    let namespace = namespace();
    for (uri, opened) in [
        ("sb://localhost/first", [true, true, false]),
        ("amqps://elsewhere/FIRST", [true, true, false]),
        ("sb://h:1/first/consumergroups/$default/partitions/0", [true, false, false]),
        ("sb://localhost/small", [false, false, true]),
        ("sb://localhost", [true, true, true]),
    ] {
        let mut peer = Peer::open(&namespace);
        peer.put_token(&token(KEY, uri));
        for (handle, opened) in (0..).zip(opened) {
            match handle {
                0 => peer.receiver(0, RECEIVER, None),
                1 => peer.sender(1, "amqps://localhost:5671/first"),
                _ => peer.sender(2, "small"),
            }
            let refused = peer.output().iter().any(|it| it.code() == Detach::CODE);
            assert_eq!(!refused, opened, "{uri}, link {handle}");
        }
    }
}

#[test]
fn a_link_ends_when_its_token_expires() {
    let namespace = namespace();
    let mut peer = Peer::authorized(&namespace);
    peer.receiver(0, RECEIVER, None);
    peer.output();
    for _ in 0..59 {
        peer.wait(Duration::from_secs(60));
        peer.receive(HEARTBEAT);
    }
    peer.wait(Duration::from_secs(50));
    assert_eq!(peer.output().len(), 0);
    assert!(peer.connection.deadline() <= peer.now.elapsed + Duration::from_secs(10));
    peer.wait(Duration::from_secs(11));
    let detached = only(&peer.output(), Detach::CODE);
    assert_eq!(detached.fields()[0].unsigned(), Ok(0));
    assert_eq!(error(&detached).0, "amqp:unauthorized-access");
}

#[test]
fn a_token_that_expires_while_frames_come_ends_its_link_too() {
    let namespace = namespace();
    let mut peer = Peer::authorized(&namespace);
    peer.receiver(0, RECEIVER, None);
    peer.output();
    // The frame is read before the deadline is seen.
    peer.now.time += Duration::from_secs(3601);
    peer.now.elapsed += Duration::from_secs(3601);
    peer.receive(HEARTBEAT);
    assert_eq!(error(&only(&peer.output(), Detach::CODE)).0, "amqp:unauthorized-access");
}

#[test]
fn a_receiver_gets_what_it_has_credit_for() {
    let namespace = namespace();
    keep(&namespace, &[b"0", b"1", b"2", b"3", b"4"]);
    let mut peer = Peer::authorized(&namespace);
    peer.receiver(0, RECEIVER, Some("amqp.annotation.x-opt-offset > '-1'"));
    assert!(sequences(&peer.output()).is_empty());
    peer.credit(0, 2);
    assert_eq!(sequences(&peer.output()), [0, 1]);
    // The count of the peer is behind: what was sent meanwhile is taken off.
    peer.flow(Flow {
        handle: Some(0),
        delivery_count: Some(1),
        link_credit: Some(2),
        ..Flow::default()
    });
    assert_eq!(sequences(&peer.output()), [2]);
    peer.flow(Flow {
        handle: Some(0),
        delivery_count: Some(3),
        link_credit: Some(100),
        ..Flow::default()
    });
    assert_eq!(sequences(&peer.output()), [3, 4]);
    // What arrives later wakes the connection up, and is sent.
    keep(&namespace, &[b"5"]);
    peer.connection.pump(peer.now);
    assert_eq!(sequences(&peer.output()), [5]);
}

#[test]
fn a_receiver_that_drains_is_told_that_nothing_is_left() {
    let namespace = namespace();
    keep(&namespace, &[b"0"]);
    let mut peer = Peer::authorized(&namespace);
    peer.receiver(0, RECEIVER, None);
    peer.output();
    peer.flow(Flow {
        handle: Some(0),
        link_credit: Some(10),
        drain: Some(true),
        ..Flow::default()
    });
    let frames = peer.output();
    assert_eq!(sequences(&frames), [0]);
    let flow = only(&frames, Flow::CODE);
    let fields = flow.fields();
    assert_eq!(
        (fields[5].unsigned(), fields[6].unsigned(), fields[8].boolean()),
        (Ok(10), Ok(0), Ok(true))
    );
}

#[test]
fn the_window_of_the_peer_is_kept() {
    let namespace = namespace();
    keep(&namespace, &[b"0", b"1", b"2", b"3"]);
    let mut peer = Peer::authorized(&namespace);
    peer.receiver(0, RECEIVER, None);
    peer.output();
    // One frame was sent already, the reply of `$cbs`; ids count from 0 and wrap.
    let window = |incoming_window| Flow {
        next_incoming_id: Some(u32::MAX),
        incoming_window: Some(incoming_window),
        handle: Some(0),
        link_credit: Some(10),
        ..Flow::default()
    };
    peer.flow(window(3));
    assert_eq!(sequences(&peer.output()), [0]);
    peer.flow(Flow { delivery_count: Some(1), ..window(5) });
    assert_eq!(sequences(&peer.output()), [1, 2]);
}

#[test]
fn large_events_travel_in_frames_that_the_peer_reads() {
    let namespace = namespace();
    let large = vec![b'x'; 3000];
    keep(&namespace, &[&large, b"small", &large]);
    let mut peer = Peer::open_with(
        &namespace,
        Open { container_id: Some("test"), max_frame_size: Some(512), ..Open::default() },
    );
    peer.put_token(&token(KEY, HOST));
    peer.receiver(0, RECEIVER, None);
    peer.credit(0, 10);
    let frames = peer.output();
    let transfers: Vec<_> = frames.iter().filter(|it| it.code() == Transfer::CODE).collect();
    let mut messages: Vec<(u64, Vec<u8>)> = Vec::new();
    for transfer in transfers {
        assert!(transfer.body.len() + 8 <= 512);
        let id = transfer.fields()[1].unsigned().unwrap();
        match messages.last_mut() {
            Some((last, message)) if *last == id => message.extend(transfer.payload()),
            _ => messages.push((id, transfer.payload().to_vec())),
        }
    }
    // One id for each delivery, after that of the reply of `$cbs`; not one for each frame.
    assert_eq!(messages.iter().map(|it| it.0).collect::<Vec<_>>(), [1, 2, 3]);
    for ((_, message), body) in messages.iter().zip([&large[..], b"small", &large]) {
        assert_eq!(Message::read(message).unwrap().data().collect::<Vec<_>>(), [body]);
    }
}

#[test]
fn the_frame_of_a_transfer_is_that_of_its_list() {
    for (handle, id, settled, more) in [(0, 0, true, false), (7, u32::MAX, false, true)] {
        let mut out = Vec::new();
        transfer(&mut out, 3, handle, id, settled, more, [b"ab", b"c"]);
        assert_eq!(out.len(), TRANSFER_OVERHEAD + 3);
        assert_eq!(u32::from_be_bytes(out[..4].try_into().unwrap()) as usize, out.len());
        let (performative, payload) = split(&out[8..]).unwrap();
        assert_eq!(payload, b"abc");
        let read = Transfer::read(performative).unwrap();
        let expected = Transfer {
            handle: Some(handle),
            delivery_id: Some(id),
            delivery_tag: Some(&id.to_be_bytes()),
            message_format: Some(0),
            settled: Some(settled),
            more: Some(more),
            resume: Some(false),
            aborted: Some(false),
            batchable: Some(false),
            ..Transfer::default()
        };
        assert_eq!(read, expected);
    }
}

#[test]
fn receivers_start_where_they_ask_to() {
    let namespace = namespace();
    for (body, seconds) in [(&b"0"[..], 0), (b"1", 10), (b"2", 20)] {
        // Clocks have finer times than the wire, where that of the second event is 10 seconds.
        let since = Duration::from_secs(seconds) + Duration::from_micros(400);
        keep_at(&namespace, &[body], start() + since);
    }
    let time = (start() + Duration::from_secs(10)).timestamp_millis();
    // Each body has one byte, so offsets are 0, 33 and 66.
    for (selector, expected) in [
        ("offset > '-1'", Ok(vec![0, 1, 2])),
        ("offset > '@latest'", Ok(vec![])),
        ("offset > '0'", Ok(vec![1, 2])),
        ("offset >= '33'", Ok(vec![1, 2])),
        ("offset > '20'", Ok(vec![1, 2])),
        ("offset > '66'", Ok(vec![])),
        (
            "offset > '67'",
            Err("The supplied offset '67' is invalid. The last offset in the system is '66'"),
        ),
        ("sequence-number > '0'", Ok(vec![1, 2])),
        ("sequence-number >= '0'", Ok(vec![0, 1, 2])),
        ("sequence-number > '2'", Ok(vec![])),
        ("sequence-number > '3'", Err("The supplied sequence number '3' is invalid. The last")),
        (&format!("enqueued-time > '{time}'"), Ok(vec![2])),
        (&format!("enqueued-time >= '{time}'"), Ok(vec![1, 2])),
        (
            "color > '3'",
            Err("The selector \"amqp.annotation.x-opt-color > '3'\" is not supported."),
        ),
    ] {
        let mut peer = Peer::authorized(&namespace);
        peer.receiver(0, RECEIVER, Some(&format!("amqp.annotation.x-opt-{selector}")));
        peer.credit(0, 10);
        let frames = peer.output();
        match expected {
            Ok(expected) => assert_eq!(sequences(&frames), expected, "{selector}"),
            Err(expected) => {
                let (condition, text) = error(&only(&frames, Detach::CODE));
                assert_eq!(condition, "com.microsoft:argument-error");
                assert!(text.starts_with(expected), "{text}");
                // The link is answered first, without a source.
                assert!(only(&frames, Attach::CODE).fields()[5].is_null());
            }
        }
    }
}

#[test]
fn what_is_not_there_can_t_be_received() {
    let namespace = namespace();
    for (address, condition) in [
        ("nowhere/ConsumerGroups/$Default/Partitions/0", "amqp:not-found"),
        ("first/ConsumerGroups/nobody/Partitions/0", "amqp:not-found"),
        ("first/ConsumerGroups/$Default/Partitions/4", "com.microsoft:argument-out-of-range"),
        ("first/ConsumerGroups/$Default/Partitions/00", "com.microsoft:argument-out-of-range"),
        ("first", "amqp:not-found"),
        ("", "amqp:not-found"),
    ] {
        let mut peer = Peer::authorized(&namespace);
        peer.receiver(0, address, None);
        assert_eq!(error(&only(&peer.output(), Detach::CODE)).0, condition, "{address}");
        // The handle is free again once the peer has detached too.
        peer.send(0, |out| {
            Detach { handle: Some(0), closed: Some(true), ..Detach::default() }.write(out);
        });
        peer.receiver(0, RECEIVER, None);
        assert_eq!(peer.output().len(), 1, "{address}");
    }
}

/// A receiver with an owner level.
fn owner(peer: &mut Peer, level: Option<i64>) {
    let mut properties = Vec::new();
    encode::map(&mut properties, 2, |out| {
        encode::symbol(out, "com.microsoft:receiver-name");
        encode::string(out, "me");
        encode::symbol(out, "com.microsoft:epoch");
        match level {
            Some(level) => encode::long(out, level),
            None => encode::null(out),
        }
    });
    let attach = Attach { properties: Some(raw(&properties)), ..Attach::default() };
    peer.receiver_with(0, RECEIVER, None, attach);
}

#[test]
fn the_higher_owner_level_has_the_partition() {
    let namespace = namespace();
    let mut peers: Vec<_> = (0..4).map(|_| Peer::authorized(&namespace)).collect();
    let outcome = |peer: &mut Peer| {
        let frames = peer.output();
        frames.iter().find(|it| it.code() == Detach::CODE).map(error)
    };
    owner(&mut peers[0], Some(1));
    assert_eq!(outcome(&mut peers[0]), None);
    owner(&mut peers[1], Some(5));
    assert_eq!(outcome(&mut peers[1]), None);
    peers[0].wait(Duration::ZERO);
    let (condition, text) = outcome(&mut peers[0]).unwrap();
    assert_eq!(condition, "amqp:link:stolen");
    let start = "New receiver 'me' with higher epoch of '5' is created hence current receiver 'me' with epoch '1' is";
    assert!(text.starts_with(start), "{text}");

    owner(&mut peers[2], Some(3));
    assert_eq!(outcome(&mut peers[2]).unwrap().0, "amqp:link:stolen");
    owner(&mut peers[3], None);
    let (condition, text) = outcome(&mut peers[3]).unwrap();
    assert_eq!(condition, "amqp:link:stolen");
    assert!(
        text.starts_with("At least one receiver for the endpoint is created with epoch of '5'"),
        "{text}"
    );

    // The place is free when the connection ends.
    peers.truncate(1);
    let mut next = Peer::authorized(&namespace);
    owner(&mut next, Some(1));
    assert_eq!(outcome(&mut next), None);
}

#[test]
fn five_receivers_without_a_level_may_share_a_partition() {
    let namespace = namespace();
    let mut peers = Vec::new();
    for count in 1..=6 {
        let mut peer = Peer::authorized(&namespace);
        peer.receiver(0, RECEIVER, None);
        let frames = peer.output();
        let detached = frames.iter().find(|it| it.code() == Detach::CODE);
        match count {
            6 => {
                let (condition, text) = error(detached.unwrap());
                assert_eq!(condition, "amqp:resource-limit-exceeded");
                assert!(
                    text.contains(
                        "which is 5. List of connected receivers - nil, nil, nil, nil, nil."
                    ),
                    "{text}"
                );
            }
            _ => assert!(detached.is_none()),
        }
        peers.push(peer);
    }
}

#[test]
fn events_are_sent_single_and_in_batches() {
    let namespace = namespace();
    let mut peer = Peer::authorized(&namespace);
    peer.sender(0, "first/Partitions/2");
    let frames = peer.output();
    let credit = only(&frames, Flow::CODE);
    assert_eq!(credit.fields()[6].unsigned(), Ok(1000));

    let mut single = Vec::new();
    Properties { content_type: Some(Symbol("text/plain")), ..Properties::default() }
        .write(&mut single);
    application_properties(&mut single, &[("Name", "value")]);
    single.extend(data(b"one"));
    peer.transfer(0, 1, 0, &single);
    let batch = [data(&data(b"two")), data(&single)].concat();
    peer.transfer(0, 2, 0x8001_3700, &batch);
    // Both are acknowledged, and settled.
    for (id, frame) in (1..).zip(peer.output()) {
        let fields = frame.fields();
        assert_eq!(
            (frame.code(), fields[1].unsigned(), fields[2].unsigned()),
            (Disposition::CODE, Ok(id), Ok(id))
        );
        assert_eq!(fields[3].boolean(), Ok(true));
        assert_eq!(fields[4].encoded(), b"\x00\x53\x24\xd0\x00\x00\x00\x04\x00\x00\x00\x00");
    }
    let events = kept(&namespace, "first");
    let bodies: Vec<_> =
        events.iter().map(|it| (&*it.partition, it.sequence, &it.body[..])).collect();
    assert_eq!(bodies, [("2", 0, &b"one"[..]), ("2", 1, b"two"), ("2", 2, b"one")]);
    assert_eq!(events[0].content_type.as_deref(), Some("text/plain"));
    assert_eq!(events[2].properties.get("Name"), Some(&"value".into()));
}

#[test]
fn deliveries_in_a_row_are_acknowledged_together() {
    let namespace = namespace();
    let mut peer = Peer::authorized(&namespace);
    peer.sender(0, "first");
    peer.output();
    let mut frames = Vec::new();
    for id in 1..=3 {
        let transfer = Transfer {
            handle: Some(0),
            delivery_id: Some(id),
            delivery_tag: Some(b"t"),
            message_format: Some(0),
            ..Transfer::default()
        };
        crate::amqp::frame::write(&mut frames, crate::amqp::frame::Kind::Amqp, 0, |out| {
            transfer.write(out);
            out.extend(data(b"x"));
        });
    }
    // Settled deliveries have no acknowledgment.
    let transfer = Transfer {
        handle: Some(0),
        delivery_id: Some(4),
        settled: Some(true),
        ..Transfer::default()
    };
    crate::amqp::frame::write(&mut frames, crate::amqp::frame::Kind::Amqp, 0, |out| {
        transfer.write(out);
        out.extend(data(b"x"));
    });
    peer.receive(&frames);
    let disposition = only(&peer.output(), Disposition::CODE);
    assert_eq!(
        (disposition.fields()[1].unsigned(), disposition.fields()[2].unsigned()),
        (Ok(1), Ok(3))
    );
    assert_eq!(kept(&namespace, "first").len(), 4);
}

#[test]
fn keys_and_publishers_are_as_at_the_other_door() {
    let namespace = namespace();
    let mut annotated = Vec::new();
    encode::descriptor(&mut annotated, 0x72);
    encode::map(&mut annotated, 3, |out| {
        encode::symbol(out, "x-opt-partition-key");
        encode::string(out, "7");
        encode::symbol(out, "x-opt-sequence-number");
        encode::long(out, 99);
        encode::symbol(out, "x-opt-mine");
        encode::string(out, "kept");
    });
    let envelope = [&annotated[..], &data(&data(b"in a batch"))].concat();
    annotated.extend(data(b"keyed"));
    let mut peer = Peer::authorized(&namespace);
    peer.sender(0, "first");
    peer.sender(1, "first/Publishers/till");
    peer.sender(2, "first/Partitions/0");
    peer.output();
    peer.transfer(0, 1, 0, &annotated);
    peer.transfer(0, 2, 0x8001_3700, &envelope);
    peer.transfer(1, 3, 0, &data(b"published"));
    assert!(peer.output().iter().all(|it| it.fields()[4].encoded().starts_with(b"\x00\x53\x24")));
    let events = kept(&namespace, "first");
    // The fixture of partition keys has key 7 in partition 1 of 4.
    let facts: Vec<_> = events
        .iter()
        .map(|it| (&*it.partition, it.partition_key.as_deref(), it.sequence))
        .collect();
    assert_eq!(facts[..2], [("1", Some("7"), 0), ("1", Some("7"), 1)]);
    assert_eq!(
        (events[2].partition_key.as_deref(), events[2].publisher.as_deref()),
        (Some("till"), Some("till"))
    );

    // A key and a partition, another publisher's key, a batch without events, an unknown format.
    for (handle, id, format, message) in [
        (2, 4, 0, &annotated[..]),
        (1, 5, 0, &annotated),
        (0, 6, 0x8001_3700, b"\x00\x53\x77\x40"),
        (0, 7, 5, &annotated),
        (0, 8, 0, b"\x00\x53\x75"),
    ] {
        peer.transfer(handle, id, format, message);
        let rejected = only(&peer.output(), Disposition::CODE);
        assert!(rejected.fields()[4].encoded().starts_with(b"\x00\x53\x25"), "delivery {id}");
    }
    assert_eq!(kept(&namespace, "first").len(), 3);

    // The sender's own annotations reach receivers, and the hub's are the hub's.
    peer.receiver(5, "first/ConsumerGroups/$Default/Partitions/1", None);
    peer.credit(5, 1);
    let transfer = only(&peer.output(), Transfer::CODE);
    assert_eq!(sequence_of(&transfer), 0);
    let message = Message::read(transfer.payload()).unwrap();
    assert_eq!(message.annotations.unwrap().get("x-opt-mine").unwrap().text(), Ok("kept"));
    assert_eq!(message.annotations.unwrap().pairs().count(), 5);
}

#[test]
fn a_message_over_the_limit_ends_the_link() {
    let namespace = Arc::new(builder().max_body_bytes(1000).namespace().unwrap());
    let mut peer = Peer::authorized(&namespace);
    peer.sender(0, "first");
    let attach = only(&peer.output(), Attach::CODE);
    assert_eq!(attach.fields()[10].unsigned(), Ok(1000), "max-message-size");
    let first =
        Transfer { handle: Some(0), delivery_id: Some(1), more: Some(true), ..Transfer::default() };
    peer.transfer_with(first, &data(&[b'x'; 900]));
    assert_eq!(peer.output().len(), 0);
    peer.transfer_with(
        Transfer { handle: Some(0), more: Some(true), ..Transfer::default() },
        &[b'x'; 200],
    );
    let detached = only(&peer.output(), Detach::CODE);
    assert_eq!(error(&detached).0, "amqp:link:message-size-exceeded");
    // The rest of the delivery was on its way.
    peer.transfer_with(Transfer { handle: Some(0), ..Transfer::default() }, &[b'x'; 200]);
    assert_eq!((peer.output().len(), kept(&namespace, "first").len()), (0, 0));
}

#[test]
fn an_aborted_delivery_is_forgotten() {
    let namespace = namespace();
    let mut peer = Peer::authorized(&namespace);
    peer.sender(0, "first");
    peer.output();
    let first =
        Transfer { handle: Some(0), delivery_id: Some(1), more: Some(true), ..Transfer::default() };
    peer.transfer_with(first, b"\x00\x53");
    peer.transfer_with(
        Transfer { handle: Some(0), aborted: Some(true), ..Transfer::default() },
        b"",
    );
    peer.transfer(0, 2, 0, &data(b"next"));
    assert_eq!(only(&peer.output(), Disposition::CODE).fields()[1].unsigned(), Ok(2));
    assert_eq!(kept(&namespace, "first")[0].body, "next");
}

#[test]
fn hubs_and_partitions_are_read() {
    let namespace = namespace();
    keep(&namespace, &[b"x", b"y"]);
    let mut peer = Peer::authorized(&namespace);
    peer.sender(0, "$management");
    peer.receiver(1, "amqps://localhost/first/$management", None);
    peer.credit(1, 10);
    peer.output();
    let mut ask = |properties: &[(&str, &str)]| {
        peer.transfer(0, 1, 0, &request(properties, None));
        let frames = peer.output();
        only(&frames, Transfer::CODE).payload().to_vec()
    };
    let hub = ask(&[("operation", "READ"), ("name", "first"), ("type", "com.microsoft:eventhub")]);
    let hub = Message::read(&hub).unwrap().value.unwrap();
    assert_eq!(hub.get("name").unwrap().text(), Ok("first"));
    assert_eq!(hub.get("partition_count").unwrap().signed(), Ok(4));
    assert_eq!(hub.get("partition_ids").unwrap().texts(), ["0", "1", "2", "3"]);
    assert_eq!(hub.get("created_at").unwrap().timestamp(), Some(start()));
    let partition = |id| {
        [
            ("operation", "READ"),
            ("name", "first"),
            ("type", "com.microsoft:partition"),
            ("partition", id),
        ]
    };
    for (id, last, offset, time, empty) in [
        ("0", 1, "33", start().timestamp_millis(), false),
        ("3", -1, "-1", -62_135_596_800_000, true),
    ] {
        let reply = ask(&partition(id));
        let value = Message::read(&reply).unwrap().value.unwrap();
        assert_eq!(value.get("last_enqueued_sequence_number").unwrap().signed(), Ok(last));
        assert_eq!(value.get("last_enqueued_offset").unwrap().text(), Ok(offset));
        assert_eq!(
            value.get("last_enqueued_time_utc").unwrap().timestamp().unwrap().timestamp_millis(),
            time
        );
        assert_eq!(value.get("is_partition_empty").unwrap().boolean(), Ok(empty));
        assert_eq!(value.get("begin_sequence_number").unwrap().signed(), Ok(0));
        assert_eq!(value.get("last_enqueued_sequence_number_epoch").unwrap().signed(), Ok(-1));
    }
    for (properties, status) in [
        (&partition("4")[..], 404),
        (&[("operation", "READ"), ("name", "nowhere"), ("type", "com.microsoft:eventhub")], 404),
        (&[("operation", "READ"), ("name", "first"), ("type", "com.microsoft:topic")], 400),
        (&[("operation", "DELETE"), ("name", "first"), ("type", "com.microsoft:eventhub")], 501),
    ] {
        let reply = ask(properties);
        let properties = Message::read(&reply).unwrap().application_properties.unwrap();
        assert_eq!(properties.get("status-code").unwrap().signed(), Ok(status));
    }
}

#[test]
fn a_receiver_that_asks_for_it_hears_of_the_last_event() {
    let namespace = namespace();
    keep(&namespace, &[b"x", b"y"]);
    let mut capabilities = Vec::new();
    encode::array(&mut capabilities, 0xb3, ["com.microsoft:enable-receiver-runtime-metric"].iter());
    let mut peer = Peer::authorized(&namespace);
    let attach = Attach { desired_capabilities: Some(raw(&capabilities)), ..Attach::default() };
    peer.receiver_with(0, RECEIVER, None, attach);
    peer.credit(0, 1);
    let transfer = only(&peer.output(), Transfer::CODE);
    let (annotations, rest) = split(transfer.payload()).unwrap();
    let facts = annotations.without_descriptor();
    assert_eq!(facts.get("last_enqueued_sequence_number").unwrap().encoded(), b"\x55\x01");
    assert_eq!(facts.get("last_enqueued_offset").unwrap().encoded(), b"\xa1\x0233");
    assert_eq!(facts.get("last_enqueued_time_utc").unwrap().timestamp(), Some(start()));
    assert!(facts.get("runtime_info_retrieval_time_utc").unwrap().timestamp().is_some());
    assert!(rest.starts_with(b"\x00\x53\x72"));
}

#[test]
fn a_deleted_hub_detaches_its_links() {
    let namespace = namespace();
    let mut peer = Peer::authorized(&namespace);
    peer.receiver(0, RECEIVER, None);
    peer.sender(1, "small");
    peer.output();
    namespace.remove("first").unwrap();
    peer.wait(Duration::ZERO);
    assert_eq!(error(&only(&peer.output(), Detach::CODE)).0, "amqp:not-found");
}

#[test]
fn answers_wait_for_a_moment() {
    let namespace = namespace();
    let mut peer = Peer::authorized(&namespace);
    peer.sender(0, "first");
    let mut output = Vec::new();
    peer.connection.take_output(&mut output, peer.now);
    assert!(output.is_empty());
    assert_eq!(peer.connection.deadline(), peer.now.elapsed + Duration::from_millis(1));
    peer.now.elapsed += Duration::from_millis(1);
    peer.connection.take_output(&mut output, peer.now);
    assert!(!output.is_empty());
}

#[test]
fn heartbeats_are_sent_and_expected() {
    let namespace = namespace();
    let mut peer = Peer::open_with(
        &namespace,
        Open { container_id: Some("test"), idle_time_out: Some(10_000), ..Open::default() },
    );
    peer.wait(Duration::from_secs(4));
    assert_eq!(peer.bytes(), b"");
    assert!(peer.connection.deadline() <= peer.now.elapsed + Duration::from_secs(1));
    peer.wait(Duration::from_secs(2));
    assert_eq!(peer.bytes(), HEARTBEAT);
    peer.receive(HEARTBEAT);
    peer.wait(Duration::from_secs(119));
    assert_eq!(peer.bytes(), HEARTBEAT);
    peer.wait(Duration::from_secs(2));
    assert_eq!(error(&only(&peer.output(), Close::CODE)).0, "amqp:connection:forced");
    assert!(peer.connection.is_done());
}

#[test]
fn a_peer_that_does_not_open_is_cut() {
    let namespace = namespace();
    let mut peer = Peer::new(&namespace);
    peer.receive(b"AMQ");
    peer.wait(Duration::from_secs(59));
    assert!(peer.connection.takes_input());
    peer.wait(Duration::from_secs(1));
    assert!(peer.connection.is_done());
}

#[test]
fn another_protocol_is_answered_with_ours() {
    let namespace = namespace();
    for bytes in [&b"GET / HTTP/1.1\r\n"[..], b"AMQP\x02\x01\x00\x00", b"AMQP\x00\x00\x09\x01"] {
        let mut peer = Peer::new(&namespace);
        peer.receive(bytes);
        assert_eq!(peer.bytes(), SASL_HEADER);
        assert!(peer.connection.is_done());
    }
}

#[test]
fn frames_that_are_none_close_the_connection() {
    let namespace = namespace();
    let framing = "amqp:connection:framing-error";
    for (frame, condition) in [
        (&b"\x00\x01\x00\x01\x02\x00\x00\x00"[..], framing),
        (b"\xff\xff\xff\xff\x02\x00\x00\x00", framing),
        (b"\x00\x00\x00\x07\x02\x00\x00\x00", framing),
        (b"\x00\x00\x00\x08\x01\x00\x00\x00", framing),
        (b"\x00\x00\x00\x08\x03\x00\x00\x00", framing),
        (b"\x00\x00\x00\x08\x02\x07\x00\x00", framing),
        (b"\x00\x00\x00\x08\x02\x01\x00\x00", framing),
        (b"\x00\x00\x00\x0b\x02\x00\x00\x00\x00\x53\x13", "amqp:decode-error"),
        // A list of four billion fields in nine bytes.
        (
            b"\x00\x00\x00\x14\x02\x00\x00\x00\x00\x53\x13\xd0\x00\x00\x00\x04\xff\xff\xff\xff",
            "amqp:decode-error",
        ),
        (b"\x00\x00\x00\x0c\x02\x00\x00\x00\x00\x53\x10\x45", "amqp:not-allowed"),
        (b"\x00\x00\x00\x0c\x02\x00\x00\x07\x00\x53\x13\x45", "amqp:not-allowed"),
        (b"\x00\x00\x00\x0c\x02\x00\x00\x00\x00\x53\x13\x45", "amqp:decode-error"),
    ] {
        let mut peer = Peer::authorized(&namespace);
        peer.receive(frame);
        assert_eq!(error(&only(&peer.output(), Close::CODE)).0, condition, "{frame:02x?}");
        assert!(peer.connection.is_done());
    }
}

#[test]
fn a_violation_ends_the_session_and_not_the_connection() {
    let namespace = namespace();
    for (step, condition) in [
        (0, "amqp:session:handle-in-use"),
        (1, "amqp:session:unattached-handle"),
        (2, "amqp:not-allowed"),
    ] {
        let mut peer = Peer::authorized(&namespace);
        match step {
            0 => peer.sender(100, "first"),
            1 => peer.transfer(9, 1, 0, b""),
            _ => peer.sender(256, "first"),
        }
        assert_eq!(error(&only(&peer.output(), End::CODE)).0, condition);
        // What was on its way is ignored, until the peer ends the session too and begins another.
        peer.transfer(0, 1, 0, b"");
        assert_eq!(peer.output().len(), 0);
        peer.send(0, |out| End::default().write(out));
        peer.begin(0, 10);
        assert_eq!(only(&peer.output(), Begin::CODE).channel, 0);
    }
}

#[test]
fn a_peer_that_reads_slowly_costs_little() {
    let namespace = namespace();
    let body = vec![b'x'; 100_000];
    keep(&namespace, &[&body[..]; 40]);
    let mut peer = Peer::authorized(&namespace);
    peer.receiver(0, RECEIVER, None);
    peer.credit(0, 1000);
    for _ in 0..10 {
        peer.wait(Duration::ZERO);
    }
    // Nothing more is read from it either, so requests do not pile up.
    assert!(!peer.connection.takes_input());
    let mut total = 0;
    loop {
        let bytes = peer.bytes();
        if bytes.is_empty() {
            break;
        }
        assert!(bytes.len() <= MAX_OUTPUT + 70_000, "{}", bytes.len());
        total += bytes.len();
    }
    assert!(total > 40 * body.len());
    assert!(peer.connection.takes_input());
}

#[test]
fn a_peer_that_grants_no_credit_is_cut_off_its_replies() {
    let namespace = namespace();
    let mut peer = Peer::authorized(&namespace);
    peer.sender(0, "$management");
    peer.receiver(1, "$management", None);
    peer.output();
    let rejected = (1..400).filter(|id| {
        peer.transfer(0, *id, 0, &request(&[("operation", "READ")], None));
        let frames = peer.output();
        let is_rejected =
            |it: &Got| it.code() == Disposition::CODE && it.fields()[4].encoded()[2] == 0x25;
        frames.iter().any(is_rejected)
    });
    assert_eq!(rejected.count(), 399 - 256);
}

#[test]
fn receivers_of_a_connection_take_turns() {
    let namespace = namespace();
    let hub = namespace.hub("first").unwrap();
    let event = || EventData { body: vec![b'x'; 10_000].into(), ..EventData::default() }.into();
    for partition in 0..2 {
        let events = (0..200).map(|_| event()).collect();
        namespace
            .keep(&hub, Destination::Partition(partition), events, start())
            .expect("memory takes all");
    }
    let mut peer = Peer::authorized(&namespace);
    peer.receiver(0, RECEIVER, None);
    peer.receiver(1, "first/ConsumerGroups/$Default/Partitions/1", None);
    peer.output();
    peer.credit(0, 1000);
    peer.credit(1, 1000);
    let mut handles = Vec::new();
    for _ in 0..4 {
        let frames = peer.output();
        handles.extend(
            frames
                .iter()
                .filter(|it| it.code() == Transfer::CODE)
                .map(|it| it.fields()[0].unsigned().unwrap()),
        );
    }
    let count = |handle| handles.iter().filter(|it| **it == handle).count();
    assert!(count(0) > 40 && count(1) > 40, "{} and {}", count(0), count(1));
}

#[test]
fn values_nested_too_deep_are_refused() {
    let nested = |levels: usize| {
        let mut value = vec![0x40];
        for _ in 0..levels {
            let mut outer = Vec::new();
            encode::list(&mut outer, 1, |out| out.extend_from_slice(&value));
            value = outer;
        }
        value
    };
    assert_eq!(check(&nested(60)), Ok(()));
    assert_eq!(check(&nested(100)), Err(DecodeError::TooDeep));
    assert_eq!(check(&vec![0x00; 10_000]), Err(DecodeError::TooDeep));
}

#[test]
fn bodies_that_are_no_data_are_shown_as_they_are() {
    let namespace = namespace();
    let mut peer = Peer::authorized(&namespace);
    peer.sender(0, "small");
    let value = b"\x00\x53\x77\xa1\x02hi";
    let sequence = b"\x00\x53\x76\xc0\x03\x01\x53\x01";
    peer.transfer(0, 1, 0, value);
    peer.transfer(0, 2, 0, sequence);
    peer.transfer(0, 3, 0, &[data(b"ab"), data(b"cd")].concat());
    peer.transfer(0, 4, 0, b"");
    let events = kept(&namespace, "small");
    let shown: Vec<_> = events.iter().map(|it| (it.body_type, &it.body[..])).collect();
    assert_eq!(
        shown,
        [(Some("value"), &value[..]), (Some("sequence"), sequence), (None, b"abcd"), (None, b"")]
    );
}

#[test]
fn every_scalar_is_shown() {
    let mut properties = Vec::new();
    let uuid = [&b"\x98"[..], &[0x11; 16]].concat();
    let values: [(&[u8], PropertyValue); 12] = [
        (b"\x41", PropertyValue::Boolean(true)),
        (b"\x56\x00", PropertyValue::Boolean(false)),
        (b"\x50\x07", PropertyValue::Integer(7)),
        (b"\x51\xff", PropertyValue::Integer(-1)),
        (b"\x80\xff\xff\xff\xff\xff\xff\xff\xff", PropertyValue::Double(u64::MAX as f64)),
        (b"\x72\x3f\xc0\x00\x00", PropertyValue::Double(1.5)),
        (b"\x73\x00\x00\x00A", "A".into()),
        (b"\x83\x00\x00\x00\x00\x00\x00\x03\xe8", "1970-01-01T00:00:01.000Z".into()),
        (&uuid, "11111111-1111-1111-1111-111111111111".into()),
        (b"\xa0\x01\x00", "AA==".into()),
        (b"\xa3\x01s", "s".into()),
        (b"\x40", PropertyValue::Null),
    ];
    encode::descriptor(&mut properties, 0x74);
    encode::map(&mut properties, values.len() as u32, |out| {
        for (index, (value, _)) in values.iter().enumerate() {
            encode::string(out, &index.to_string());
            out.extend_from_slice(value);
        }
    });
    let namespace = namespace();
    let mut peer = Peer::authorized(&namespace);
    peer.sender(0, "small");
    peer.transfer(0, 1, 0, &properties);
    let event = &kept(&namespace, "small")[0];
    for (index, (_, expected)) in values.iter().enumerate() {
        assert_eq!(event.properties.get(&index.to_string()), Some(expected), "{index}");
    }
}

/// An encoded value, of any type and depth.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let of = |write: fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        write(&mut out);
        Just(out)
    };
    let scalar = prop_oneof![
        of(encode::null),
        any::<bool>().prop_map(|it| encoded(|out| encode::boolean(out, it))),
        any::<u32>().prop_map(|it| encoded(|out| encode::uint(out, it))),
        any::<i64>().prop_map(|it| encoded(|out| encode::long(out, it))),
        ".{0,300}".prop_map(|it| encoded(|out| encode::string(out, &it))),
        prop::collection::vec(any::<u8>(), 0..300)
            .prop_map(|it| encoded(|out| encode::binary(out, &it))),
        prop::collection::vec("[a-z]{0,9}", 0..5).prop_map(|it| encoded(|out| encode::array(
            out,
            0xb3,
            it.iter()
        ))),
    ];
    scalar.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| encoded(|out| {
                encode::list(out, items.len() as u32, |out| out.extend(items.concat()));
            })),
            prop::collection::vec((inner.clone(), inner.clone()), 0..4).prop_map(|pairs| encoded(
                |out| {
                    let items: Vec<_> = pairs.into_iter().flat_map(|(a, b)| [a, b]).collect();
                    encode::map(out, items.len() as u32 / 2, |out| out.extend(items.concat()));
                }
            )),
            (any::<u8>(), inner).prop_map(|(code, value)| encoded(|out| {
                encode::descriptor(out, code);
                out.extend(value);
            })),
        ]
    })
}

fn encoded(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in value(), rest in any::<Vec<u8>>()) {
        prop_assert_eq!(check(&value), Ok(()));
        let bytes = [&value[..], &rest].concat();
        let (element, tail) = split(&bytes).unwrap();
        prop_assert_eq!(element.encoded(), &value[..]);
        prop_assert_eq!(tail, &rest[..]);
        // Cut anywhere, it is no value.
        for end in 0..value.len() {
            prop_assert!(split(&value[..end]).is_err());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
        if let Ok((element, _)) = split(&bytes) {
            let _ = (element.list().map(Iterator::count), element.texts(), element.pairs().count());
        }
        let _ = (check(&bytes), Message::read(&bytes));
    }

    #[test]
    fn a_changed_value_is_read_or_refused(value in value(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut value = value;
        let at = at.index(value.len());
        value[at] = byte;
        let _ = (check(&value), Message::read(&value), Open::read(split(b"\x40").unwrap().0));
    }

    #[test]
    fn any_bytes_leave_others_unharmed(pieces in prop::collection::vec(any::<Vec<u8>>(), 1..5), start in 0..3) {
        let namespace = namespace();
        let mut peer = match start {
            0 => Peer::new(&namespace),
            1 => Peer::open(&namespace),
            _ => Peer::authorized(&namespace),
        };
        for piece in pieces {
            peer.receive(&piece);
            prop_assert!(peer.bytes().len() < 10_000);
        }
        let mut other = Peer::authorized(&namespace);
        other.sender(0, "first");
        other.transfer(0, 1, 0, &data(b"x"));
        prop_assert_eq!(kept(&namespace, "first").len(), 1);
    }

    #[test]
    fn an_event_of_the_other_door_is_shown_as_it_was_sent(
        body in any::<Vec<u8>>(),
        content_type in prop::option::of("[ -~]{1,40}"),
        key in prop::option::of(".{1,20}"),
        text in ".*",
        number in any::<i64>(),
    ) {
        let event = EventData {
            content_type,
            partition_key: key,
            publisher: None,
            message_id: Some(text.clone()),
            correlation_id: None,
            properties: [
                ("Text".to_owned(), PropertyValue::String(text)),
                ("Number".to_owned(), PropertyValue::Integer(number)),
            ].into(),
            body: body.into(),
        };
        let namespace = namespace();
        let hub = namespace.hub("small").unwrap();
        namespace.keep(&hub, Destination::Any, vec![event.clone().into()], start()).expect("memory takes all");
        let shown = &hub.events()[0];
        prop_assert_eq!(&shown.content_type, &event.content_type);
        prop_assert_eq!(&shown.partition_key, &event.partition_key);
        prop_assert_eq!(&shown.message_id, &event.message_id);
        prop_assert_eq!(&shown.properties, &event.properties);
        prop_assert_eq!(&shown.body, &event.body);
        prop_assert_eq!(shown.body_type, None);
    }
}
