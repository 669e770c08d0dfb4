//! Reading a body. Freeing what was read is not measured.

use divan::Bencher;
use divan::counter::BytesCount;
use xrm_benches::{Body, baseline};
use xrm_body::{MessageFormat, decode};

fn main() {
    divan::main();
}

fn bench<T>(
    bencher: Bencher<'_, '_>,
    body: Body,
    format: MessageFormat,
    read: impl Fn(&[u8]) -> T,
) {
    let bytes = body.encoded(format);
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| read(divan::black_box(&bytes)));
}

fn bench_ours(bencher: Bencher<'_, '_>, body: Body, format: MessageFormat) {
    bench(bencher, body, format, |bytes| decode(bytes, format).expect("the body is ours"));
}

fn bench_memcpy(bencher: Bencher<'_, '_>, body: Body, format: MessageFormat) {
    bench(bencher, body, format, <[u8]>::to_vec);
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
        bench(bencher, body, MessageFormat::Json, |bytes| {
            baseline::json::decode(bytes).expect("the baseline reads our bodies")
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
        bench(bencher, body, MessageFormat::Xml, |bytes| {
            baseline::xml::decode(bytes).expect("the baseline reads our bodies")
        });
    }
}
