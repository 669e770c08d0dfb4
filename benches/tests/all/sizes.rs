//! The bodies are of the sizes that the benchmarks are told for.

use std::ops::Range;

use xrm_benches::Body;
use xrm_body::MessageFormat::{self, Json, Xml};

#[track_caller]
fn check(body: Body, format: MessageFormat, bytes: Range<usize>) {
    let length = body.encoded(format).len();
    assert!(bytes.contains(&length), "{body} has {length} bytes of {format:?}");
}

#[test]
fn bodies_have_their_sizes() {
    check(Body::Small, Json, 1_800..2_200);
    check(Body::AccountUpdate, Json, 12_000..13_000);
    check(Body::AccountUpdate, Xml, 26_000..28_000);
    check(Body::Nested, Json, 380_000..420_000);
    check(Body::Large, Json, 380_000..420_000);
}
