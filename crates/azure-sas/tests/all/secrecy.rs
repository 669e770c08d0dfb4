//! No secret in what programs print.

use std::error::Error as _;
use std::time::Duration;

use azure_sas::{
    ConnectionString, Error, Renewal, Resource, SharedAccessKey, SharedAccessSignature, Signer,
};

use crate::at;

const KEY: &str = "bm90LWEtcmVhbC1rZXk=";
const SIG: &str = "8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g";

fn check(shown: &str) {
    for secret in [KEY, SIG] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn nothing_shows_a_key_or_a_signature() {
    let text = format!(
        "Endpoint=sb://h/;SharedAccessKeyName=send;SharedAccessKey={KEY};EntityPath=orders"
    );
    let connection: ConnectionString = text.parse().unwrap();
    let token = format!("SharedAccessSignature sr=audience&sig={SIG}%3D&se=1&skn=send");
    let signature: SharedAccessSignature = token.parse().unwrap();
    let ready_made: ConnectionString =
        format!("Endpoint=sb://h/;SharedAccessSignature={token}").parse().unwrap();

    for shown in [
        format!("{connection} {connection:?} {connection:#?}"),
        format!("{ready_made} {ready_made:?} {ready_made:#?}"),
        format!("{signature:?} {signature:#?}"),
        format!("{:?}", connection.key().unwrap()),
    ] {
        check(&shown);
    }
    assert_eq!(connection.to_string(), text.replace(KEY, "redacted"));
}

#[test]
fn nothing_shows_a_signature_that_was_made() {
    let signer = Signer::new("key", &SharedAccessKey::new("key").unwrap()).unwrap();
    let resource = Resource::new("audience").unwrap();
    let token = signer.sign(&resource, at(1_578_099_723));
    assert!(token.authorization().contains(SIG));
    check(&format!("{token:?} {token:#?} {signer:?}"));
    let lifetime = Duration::from_secs(60);
    let renewal = Renewal::new(signer, resource, lifetime, Duration::ZERO).unwrap();
    let token = renewal.token_at(at(1_578_099_663));
    assert!(token.authorization().contains(SIG));
    check(&format!("{renewal:?}"));
}

#[test]
fn no_error_repeats_what_it_was_given() {
    for text in [
        format!("Endpoint=sb://h/{KEY}"),
        format!("Endpoint={KEY}"),
        KEY.to_owned(),
        KEY.trim_end_matches('=').to_owned(),
        format!("={KEY}"),
        format!("Endpoint=sb://{KEY}@h/;SharedAccessKeyName=n;SharedAccessKey={KEY}"),
        format!("Endpoint=sb://h;SharedAccessKey={KEY};SharedAccessKey={KEY}"),
        format!("Endpoint=sb://h;SharedAccessKey={KEY}\u{0}"),
        format!("Endpoint=sb://h;SharedAccessSignature={KEY}"),
        format!("Endpoint=sb://h;SharedAccessSignature=SharedAccessSignature sig={SIG}&sr={KEY}"),
        format!(
            "Endpoint=sb://contoso.example;UseDevelopmentEmulator={KEY};SharedAccessKeyName=n;\
             SharedAccessKey={KEY}"
        ),
    ] {
        let error: Error = text.parse::<ConnectionString>().unwrap_err();
        check(&format!("{error} {error:?}"));
        assert!(error.source().is_none());
        assert!(!error.to_string().is_empty());
    }
}
