//! Reading a body.

use divan::Bencher;
use divan::counter::BytesCount;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;
use xrm_benches::Fixture;
use xrm_body::{MessageFormat, decode};

fn main() {
    divan::main();
}

fn bench<T>(
    bencher: Bencher<'_, '_>,
    fixture: Fixture,
    format: MessageFormat,
    read: impl Fn(&[u8]) -> T + Sync,
) {
    let body = fixture.load(format).body;
    bencher.counter(BytesCount::of_slice(&body)).bench_local(|| read(divan::black_box(&body)));
}

#[divan::bench_group]
mod json {
    use super::*;

    #[divan::bench(args = Fixture::ALL)]
    fn xrm_body(bencher: Bencher<'_, '_>, fixture: Fixture) {
        bench(bencher, fixture, MessageFormat::Json, |body| {
            decode(body, MessageFormat::Json).expect("the body is one of ours")
        });
    }

    #[divan::bench(args = Fixture::ALL)]
    fn serde_json_value(bencher: Bencher<'_, '_>, fixture: Fixture) {
        bench(bencher, fixture, MessageFormat::Json, |body| {
            serde_json::from_slice::<Value>(body).expect("the body is JSON")
        });
    }
}

#[divan::bench_group]
mod xml {
    use super::*;

    #[divan::bench(args = Fixture::ALL)]
    fn xrm_body(bencher: Bencher<'_, '_>, fixture: Fixture) {
        bench(bencher, fixture, MessageFormat::Xml, |body| {
            decode(body, MessageFormat::Xml).expect("the body is one of ours")
        });
    }

    #[divan::bench(args = Fixture::ALL)]
    fn quick_xml_events(bencher: Bencher<'_, '_>, fixture: Fixture) {
        bench(bencher, fixture, MessageFormat::Xml, count_events);
    }

    fn count_events(body: &[u8]) -> usize {
        let mut reader = Reader::from_reader(body);
        let mut events = 0;
        while !matches!(reader.read_event().expect("the body is XML"), Event::Eof) {
            events += 1;
        }
        events
    }
}
