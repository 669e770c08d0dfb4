//! Signing, against an independent computation.

use azure_sas::{Error, Reason, Resource, SharedAccessKey, SharedAccessSignature, Signer};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::at;

#[test]
fn a_malformed_key_or_name_is_refused() {
    assert_eq!(SharedAccessKey::new(""), Err(Error::Key(Reason::Empty)));
    assert_eq!(SharedAccessKey::new("c2VjcmV0\n"), Err(Error::Key(Reason::Character)));
    let key = SharedAccessKey::new("c2VjcmV0").unwrap();
    let refused = |name| Signer::new(name, &key).map(|_| ()).unwrap_err();
    assert_eq!(refused(""), Error::KeyName(Reason::Empty));
    assert_eq!(refused("a\rb"), Error::KeyName(Reason::Character));
}

#[test]
fn a_time_before_1970_counts_as_its_beginning() {
    let signer = Signer::new("send", &SharedAccessKey::new("secret").unwrap()).unwrap();
    let token = signer.sign(&Resource::new("r").unwrap(), at(-1));
    assert!(token.authorization().contains("&se=0&"));
    assert_eq!(token.expires(), at(0));
}

proptest! {
    #[test]
    fn a_token_is_what_the_rfcs_say(
        uri in "[^\\p{Cc}\\s]{1,60}",
        key in "[^\\p{Cc}]{1,100}",
        name in "[^\\p{Cc}]{1,20}",
        expires in 0..=DateTime::<Utc>::MAX_UTC.timestamp(),
    ) {
        let key_text = key.clone();
        let key = SharedAccessKey::new(key).unwrap();
        let token = Signer::new(&name, &key).unwrap().sign(&Resource::new(&*uri).unwrap(), at(expires));

        let sr = percent_encoded(&uri);
        let signature = hmac_sha256(key_text.as_bytes(), format!("{sr}\n{expires}").as_bytes());
        let sig = percent_encoded(&base64(&signature));
        let skn = percent_encoded(&name);
        prop_assert_eq!(
            token.authorization(),
            format!("SharedAccessSignature sr={sr}&sig={sig}&se={expires}&skn={skn}")
        );

        let read: SharedAccessSignature = token.authorization().parse().unwrap();
        prop_assert!(read.is_signed_by(&key));
        prop_assert_eq!((read.resource(), read.key_name(), read.expires()), (&*uri, &*name, at(expires)));
    }
}

/// RFC 2104 by its definition.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(message);
    let outer = Sha256::new().chain_update(block.map(|b| b ^ 0x5c));
    outer.chain_update(inner.finalize()).finalize().into()
}

/// RFC 4648, section 4, six bits at a time.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, i| bits << 8 | u32::from(*chunk.get(i).unwrap_or(&0)));
        for i in 0..4 {
            let sextet = (bits >> (18 - 6 * i) & 63) as usize;
            text.push(if i <= chunk.len() { ALPHABET[sextet] as char } else { '=' });
        }
    }
    text
}

fn percent_encoded(text: &str) -> String {
    let encode = |b: u8| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(b).to_string()
        }
        _ => format!("%{b:02X}"),
    };
    text.bytes().map(encode).collect()
}
