//! Writing into a buffer that has room allocates nothing, and reading no more than a body holds.

use allocation_counter::measure;
use xrm_benches::Body;
use xrm_body::{EncodeOptions, MessageFormat, decode, encode, encode_with};
use xrm_context::{Entity, EntityCollection, RemoteExecutionContext};

#[track_caller]
fn check(body: Body, format: MessageFormat) {
    let options = EncodeOptions::new(format);
    let context = body.context();
    let mut out = body.encoded(format);
    // Contexts that were read are written as those that were made.
    let read = decode(&out, format).expect("the body is one of ours");
    for context in [&context, &read] {
        out.clear();
        let written = measure(|| encode_with(context, &options, &mut out).expect("it is written"));
        assert_eq!(written.count_total, 0, "{body}, {format:?}");
    }
}

#[test]
fn encoding_into_a_used_buffer_allocates_nothing() {
    for body in Body::ALL {
        check(body, MessageFormat::Json);
        check(body, MessageFormat::Xml);
    }
}

/// The bytes that a context of these records keeps when it was read.
#[track_caller]
fn kept(records: impl IntoIterator<Item = Entity>, format: MessageFormat) -> i64 {
    let page = EntityCollection::new("account", records);
    let context = RemoteExecutionContext {
        output_parameters: [("BusinessEntityCollection", page)].into(),
        ..RemoteExecutionContext::default()
    };
    let body = encode(&context, format).expect("it is written");
    let mut read = None;
    let kept = measure(|| read = decode(&body, format).ok()).bytes_current;
    assert!(read.is_some(), "the body is one of ours");
    kept
}

#[test]
fn a_record_of_many_columns_makes_no_room_in_those_of_few() {
    let record = |columns: usize| {
        (0..columns).fold(Entity::new("account"), |it, at| it.with(format!("column{at}"), 1))
    };
    let narrow = || (0..1_000).map(|_| record(9));
    for format in [MessageFormat::Json, MessageFormat::Xml] {
        let [wide, alone] = [kept([record(64)], format), kept(narrow(), format)];
        let behind = kept([record(64)].into_iter().chain(narrow()), format);
        assert!(behind < alone + 2 * wide, "{alone} and {wide}, but together {behind}");
        let mixed = kept(narrow().flat_map(|narrow| [record(64), narrow]), format);
        let apart = alone + 1_000 * wide;
        assert!(mixed < apart * 11 / 10, "{apart} apart, {mixed} mixed");
    }
}

#[test]
fn the_measure_sees_allocations() {
    let context = Body::Small.context();
    let options = EncodeOptions::new(MessageFormat::Json);
    let written = measure(|| {
        encode_with(&context, &options, &mut Vec::new()).expect("it is written");
    });
    assert!(written.count_total > 0);
}
