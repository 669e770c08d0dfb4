//! Writing into a buffer that has room allocates nothing.

use allocation_counter::measure;
use xrm_benches::Body;
use xrm_body::{EncodeOptions, MessageFormat, decode, encode_with};

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

#[test]
fn the_measure_sees_allocations() {
    let context = Body::Small.context();
    let options = EncodeOptions::new(MessageFormat::Json);
    let written = measure(|| {
        encode_with(&context, &options, &mut Vec::new()).expect("it is written");
    });
    assert!(written.count_total > 0);
}
