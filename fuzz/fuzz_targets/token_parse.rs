//! A token that is read is read again from its own text; and what is signed for any resource
//! verifies, for as long as it says.

#![no_main]

use azure_sas::{Error, Resource, SharedAccessKey, SharedAccessSignature, Signer, Token};
use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::fuzz_target;

/// 2026-01-01.
const EXPIRES: DateTime<Utc> = DateTime::from_timestamp(1_767_225_600, 0).unwrap();

fuzz_target!(|text: &str| {
    read(text);
    sign(text);
});

fn read(text: &str) {
    match text.parse::<SharedAccessSignature>() {
        Ok(token) => {
            let again = token.reveal().parse::<SharedAccessSignature>();
            assert!(again.is_ok_and(|again| again == token), "a token's own text reads otherwise");
            assert_eq!(Token::from(&token).authorization(), token.reveal());
            assert!(!token.is_signed_by(&key()), "a token is signed by a key that it never saw");
            // Whether it does is not asked, only that the answer is given without a panic.
            let _ = token.covers("contoso.servicebus.windows.net", token.resource());
        }
        Err(error) => assert!(!format!("{error}{error:?}").is_empty()),
    }
}

fn sign(text: &str) {
    // The text is the resource and the name of the policy, parted by the first line feed.
    let (uri, key_name) = text.split_once('\n').unwrap_or((text, "send"));
    let (Ok(resource), Ok(signer)) = (Resource::new(uri), Signer::new(key_name, &key())) else {
        return;
    };
    let token = signer.sign(&resource, EXPIRES);
    let read: SharedAccessSignature =
        token.authorization().parse().expect("a token that was signed is well-formed");
    assert_eq!((read.resource(), read.key_name()), (uri, key_name));
    assert!(read.verify(&key(), EXPIRES - TimeDelta::seconds(1)).is_ok());
    let expired = read.verify(&key(), EXPIRES);
    assert_eq!(expired, Err(Error::Expired { expired: EXPIRES, now: EXPIRES }));
}

fn key() -> SharedAccessKey {
    SharedAccessKey::new("c2VjcmV0IG9mIHRoZSBmdXp6IHRhcmdldCAgICAgICA=").expect("it is plain text")
}
