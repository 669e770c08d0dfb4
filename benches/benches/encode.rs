//! Writing a body into a buffer that is used again.

use divan::Bencher;
use divan::counter::BytesCount;
use xrm_benches::{Body, baseline};
use xrm_body::{EncodeOptions, MessageFormat, encode_with};

fn main() {
    divan::main();
}

/// `write` appends a body to the buffer; what is counted is the bytes that it wrote.
fn bench(
    bencher: Bencher<'_, '_>,
    body: Body,
    format: MessageFormat,
    write: impl Fn(&mut Vec<u8>),
) {
    let mut out = Vec::with_capacity(2 * body.encoded(format).len());
    write(&mut out);
    bencher.counter(BytesCount::of_slice(&out)).bench_local(|| {
        out.clear();
        write(divan::black_box(&mut out));
    });
}

fn bench_ours(bencher: Bencher<'_, '_>, body: Body, format: MessageFormat) {
    let context = body.context();
    let options = EncodeOptions::new(format);
    bench(bencher, body, format, |out| {
        encode_with(&context, &options, out).expect("the context has a body");
    });
}

fn bench_memcpy(bencher: Bencher<'_, '_>, body: Body, format: MessageFormat) {
    let bytes = body.encoded(format);
    bench(bencher, body, format, |out| out.extend_from_slice(divan::black_box(&bytes)));
}

#[divan::bench_group]
mod json {
    use super::*;

    #[divan::bench(args = Body::ALL)]
    fn xrm_body(bencher: Bencher<'_, '_>, body: Body) {
        bench_ours(bencher, body, MessageFormat::Json);
    }

    #[divan::bench(args = Body::ALL)]
    fn memcpy(bencher: Bencher<'_, '_>, body: Body) {
        bench_memcpy(bencher, body, MessageFormat::Json);
    }

    #[divan::bench(args = Body::ALL)]
    fn serde_json(bencher: Bencher<'_, '_>, body: Body) {
        let context = baseline::json::decode(&body.encoded(MessageFormat::Json))
            .expect("the baseline reads our bodies");
        bench(bencher, body, MessageFormat::Json, |out| {
            baseline::json::encode(&context, out).expect("a buffer takes everything");
        });
    }
}

#[divan::bench_group]
mod xml {
    use super::*;

    #[divan::bench(args = Body::ALL)]
    fn xrm_body(bencher: Bencher<'_, '_>, body: Body) {
        bench_ours(bencher, body, MessageFormat::Xml);
    }

    #[divan::bench(args = Body::ALL)]
    fn memcpy(bencher: Bencher<'_, '_>, body: Body) {
        bench_memcpy(bencher, body, MessageFormat::Xml);
    }

    #[divan::bench(args = Body::ALL)]
    fn quick_xml(bencher: Bencher<'_, '_>, body: Body) {
        let context = baseline::xml::decode(&body.encoded(MessageFormat::Xml))
            .expect("the baseline reads our bodies");
        bench(bencher, body, MessageFormat::Xml, |out| {
            baseline::xml::encode(&context, out).expect("a buffer takes everything");
        });
    }
}
