//! Writing a body into a buffer that is used again.

use divan::Bencher;
use divan::counter::BytesCount;
use quick_xml::events::Event;
use quick_xml::{Reader, Writer};
use serde_json::Value;
use xrm_benches::{Fixture, Sample};
use xrm_body::{EncodeOptions, MessageFormat, encode_with};

fn main() {
    divan::main();
}

/// `write` appends to the buffer as often as it is asked to; the bytes counted are the body's.
fn bench(bencher: Bencher<'_, '_>, body: &[u8], write: impl Fn(&mut Vec<u8>) + Sync) {
    let mut out = Vec::with_capacity(2 * body.len());
    write(&mut out);
    assert!(out.len().abs_diff(body.len()) * 10 < body.len(), "the baseline writes something else");
    bencher.counter(BytesCount::of_slice(body)).bench_local(|| {
        out.clear();
        write(divan::black_box(&mut out));
    });
}

fn xrm_body_of(bencher: Bencher<'_, '_>, fixture: Fixture, format: MessageFormat) {
    let Sample { context, body } = fixture.load(format);
    let options = EncodeOptions::new(format);
    bench(bencher, &body, |out| {
        encode_with(&context, &options, out).expect("it was written before");
    });
}

fn memcpy_of(bencher: Bencher<'_, '_>, fixture: Fixture, format: MessageFormat) {
    let Sample { body, .. } = fixture.load(format);
    bench(bencher, &body, |out| out.extend_from_slice(divan::black_box(&body)));
}

#[divan::bench_group]
mod json {
    use super::*;

    #[divan::bench(args = Fixture::ALL)]
    fn xrm_body(bencher: Bencher<'_, '_>, fixture: Fixture) {
        xrm_body_of(bencher, fixture, MessageFormat::Json);
    }

    #[divan::bench(args = Fixture::ALL)]
    fn memcpy(bencher: Bencher<'_, '_>, fixture: Fixture) {
        memcpy_of(bencher, fixture, MessageFormat::Json);
    }

    #[divan::bench(args = Fixture::ALL)]
    fn serde_json_value(bencher: Bencher<'_, '_>, fixture: Fixture) {
        let Sample { body, .. } = fixture.load(MessageFormat::Json);
        let value: Value = serde_json::from_slice(&body).expect("the body is JSON");
        bench(bencher, &body, |out| {
            serde_json::to_writer(out, &value).expect("a buffer takes everything");
        });
    }
}

#[divan::bench_group]
mod xml {
    use super::*;

    #[divan::bench(args = Fixture::ALL)]
    fn xrm_body(bencher: Bencher<'_, '_>, fixture: Fixture) {
        xrm_body_of(bencher, fixture, MessageFormat::Xml);
    }

    #[divan::bench(args = Fixture::ALL)]
    fn memcpy(bencher: Bencher<'_, '_>, fixture: Fixture) {
        memcpy_of(bencher, fixture, MessageFormat::Xml);
    }

    #[divan::bench(args = Fixture::ALL)]
    fn quick_xml_events(bencher: Bencher<'_, '_>, fixture: Fixture) {
        let Sample { body, .. } = fixture.load(MessageFormat::Xml);
        let events = events(&body);
        bench(bencher, &body, |out| {
            let mut writer = Writer::new(out);
            for event in &events {
                writer.write_event(event.borrow()).expect("a buffer takes everything");
            }
        });
    }

    fn events(body: &[u8]) -> Vec<Event<'static>> {
        let mut reader = Reader::from_reader(body);
        let mut events = Vec::new();
        loop {
            match reader.read_event().expect("the body is XML") {
                Event::Eof => return events,
                event => events.push(event.into_owned()),
            }
        }
    }
}
