//! Signing a token.

use azure_sas::{Renewal, Resource, SharedAccessKey, Signer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use divan::{Bencher, black_box};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const KEY: &str = "r9rdIglXNiIPN2Lgj/HyhgOuq+aGht0qH3n+/lYQhfo=";
const HUB: &str = "https://contoso.servicebus.windows.net/orders";
const NOW: DateTime<Utc> = at(1_767_225_600);
const EXPIRES: i64 = 1_767_229_200;

const fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("chrono knows the time")
}

fn main() {
    divan::main();
}

fn signer() -> Signer {
    let key = SharedAccessKey::new(KEY).expect("the key is plain text");
    Signer::new("RootManageSharedAccessKey", &key).expect("the name is plain text")
}

fn hub() -> Resource {
    Resource::new(HUB).expect("the URI has no blanks")
}

#[divan::bench]
fn cached_token(bencher: Bencher<'_, '_>) {
    let renewal = Renewal::new(signer(), hub(), Renewal::LIFETIME, Renewal::MARGIN)
        .expect("the lifetime is longer than the margin");
    bencher.bench_local(|| renewal.token_at(black_box(NOW)));
}

#[divan::bench]
fn fresh_token(bencher: Bencher<'_, '_>) {
    let (signer, hub) = (signer(), hub());
    bencher.bench_local(|| signer.sign(black_box(&hub), black_box(at(EXPIRES))));
}

/// What no token can do without: one HMAC over the string to sign, its key taken in before, and
/// its base64, on the stack.
#[divan::bench]
fn bare_hmac_and_base64(bencher: Bencher<'_, '_>) {
    let keyed = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("any length will do");
    let string_to_sign = format!("{}\n{EXPIRES}", hub().encoded());
    bencher.bench_local(|| {
        let mut mac = keyed.clone();
        mac.update(black_box(string_to_sign.as_bytes()));
        let mut base64 = [0; 44];
        STANDARD
            .encode_slice(mac.finalize().into_bytes(), &mut base64)
            .expect("32 bytes are 44 characters of base64");
        base64
    });
}
