//! Reading and checking received tokens.

use azure_sas::{
    Error, Field, Reason, Resource, SharedAccessKey, SharedAccessSignature, Signer, Token,
};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

use crate::at;

const SIG: &str = "sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3D";

fn read(fields: &str) -> Result<SharedAccessSignature, Error> {
    format!("SharedAccessSignature {fields}").parse()
}

fn signed_for(uri: &str) -> SharedAccessSignature {
    let signer = Signer::new("send", &SharedAccessKey::new("secret").unwrap()).unwrap();
    signer.sign(&Resource::new(uri).unwrap(), at(100)).authorization().parse().unwrap()
}

#[test]
fn a_malformed_token_names_its_field() {
    let field = |field, reason| Error::Signature { field, reason };
    let nth = |position, reason| Error::SignatureField { position, reason };
    for (fields, expected) in [
        ("x=y", field(Field::Expiry, Reason::Missing)),
        (&*format!("sr=a&{SIG}&skn=k"), field(Field::Expiry, Reason::Missing)),
        (&format!("{SIG}&se=1&skn=k"), field(Field::Resource, Reason::Missing)),
        (&format!("sr=a&{SIG}&se=1"), field(Field::KeyName, Reason::Missing)),
        ("sr=a&se=1&skn=k", field(Field::Signature, Reason::Missing)),
        ("sr=", field(Field::Resource, Reason::Empty)),
        ("skn=a&SKN=b", field(Field::KeyName, Reason::Repeated)),
        ("sr=a&&se", nth(3, Reason::NoEquals)),
        ("sr=a b", nth(1, Reason::Character)),
        ("sr=\u{e9}", nth(1, Reason::Character)),
        (&format!("sr=%zz&{SIG}&se=1&skn=k"), field(Field::Resource, Reason::PercentEncoding)),
        (&format!("sr=a%4&{SIG}&se=1&skn=k"), field(Field::Resource, Reason::PercentEncoding)),
        (&format!("sr=%ff&{SIG}&se=1&skn=k"), field(Field::Resource, Reason::PercentEncoding)),
        (&format!("sr=a&{SIG}&se=1&skn=%0a"), field(Field::KeyName, Reason::Character)),
        (&format!("sr=a&{SIG}&se=-1&skn=k"), field(Field::Expiry, Reason::NotNumber)),
        (&format!("sr=a&{SIG}&se=+1&skn=k"), field(Field::Expiry, Reason::NotNumber)),
        (
            &format!("sr=a&{SIG}&se=18446744073709551616&skn=k"),
            field(Field::Expiry, Reason::NotNumber),
        ),
        ("sr=a&sig=AAAA&se=1&skn=k", field(Field::Signature, Reason::Base64)),
        ("sr=a&sig=!&se=1&skn=k", field(Field::Signature, Reason::Base64)),
    ] {
        assert_eq!(read(fields), Err(expected), "{fields}");
    }
    for text in [
        "",
        "SharedAccessSignature",
        "SharedAccessSignature ",
        "Bearer sr=a",
        "\"SharedAccessSignature sr=a\"",
    ] {
        assert_eq!(text.parse::<SharedAccessSignature>(), Err(Error::NotASignature), "{text}");
    }
}

#[test]
fn the_signature_may_be_raw_base64() {
    let key = SharedAccessKey::new("r9rdIglXNiIPN2Lgj/HyhgOuq+aGht0qH3n+/lYQhfo=").unwrap();
    let token = read(
        "sr=amqps%3A%2F%2Ffe2o3-amqp-example.servicebus.windows.net\
         &sig=WOVqJi+2fowHpCC2g3ztxEQrYAU173BGWrkVaPlvPj4=&se=1667344375&skn=Root",
    );
    assert!(token.unwrap().is_signed_by(&key));
}

#[test]
fn a_key_name_is_encoded_once_and_back() {
    let key = SharedAccessKey::new("secret").unwrap();
    let token = Signer::new("send & receive/\u{e9}", &key).unwrap();
    let token = token.sign(&Resource::new("r").unwrap(), at(1));
    assert!(token.authorization().ends_with("&skn=send%20%26%20receive%2F%C3%A9"));
    let read: SharedAccessSignature = token.authorization().parse().unwrap();
    assert_eq!(read.key_name(), "send & receive/\u{e9}");
}

#[test]
fn a_ready_made_token_is_sent_as_it_is() {
    let text = format!("sharedaccesssignature {SIG}&sr=a%2fb&x=y&se=7&skn=k&");
    let token = Token::from(&text.parse::<SharedAccessSignature>().unwrap());
    assert_eq!((token.authorization(), token.expires()), (&*text, at(7)));
}

#[test]
fn a_wrong_key_and_an_expired_token_are_told_apart() {
    let token = signed_for("sb://h/orders");
    let [right, wrong] = ["secret", "Secret"].map(|key| SharedAccessKey::new(key).unwrap());
    assert_eq!(token.verify(&right, at(99)), Ok(()));
    assert_eq!(
        token.verify(&right, at(100)),
        Err(Error::Expired { expired: at(100), now: at(100) })
    );
    assert_eq!(token.verify(&wrong, at(99)), Err(Error::WrongKey));
    assert_eq!(token.verify(&wrong, at(100)), Err(Error::WrongKey));
}

#[test]
fn a_token_beyond_the_calendar_does_not_expire() {
    let token = read(&format!("sr=a&{SIG}&se={}&skn=k", u64::MAX)).unwrap();
    assert_eq!(token.expires(), DateTime::<Utc>::MAX_UTC);
}

#[test]
fn an_expired_token_names_both_times_in_the_seconds_of_its_field() {
    let error = Error::Expired { expired: at(100), now: at(160) };
    let expected = "the token expired at 100 and was checked at 160 (seconds since 1970)";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_altered_token_is_refused() {
    let key = SharedAccessKey::new("secret").unwrap();
    let token = signed_for("sb://h/orders");
    for (from, to) in [("orders", "others"), ("se=100", "se=0100"), ("%3A", "%3a")] {
        let altered = token.reveal().replacen(from, to, 1);
        assert_ne!(altered, token.reveal());
        let altered: SharedAccessSignature = altered.parse().unwrap();
        assert_eq!(altered.verify(&key, at(1)), Err(Error::WrongKey), "{from} -> {to}");
    }
}

#[test]
fn a_token_opens_its_resource_and_what_is_below() {
    let path = "/orders/messages";
    for (resource, host, path, opens) in [
        ("sb://h", "h", path, true),
        ("sb://h/", "h", path, true),
        ("h", "h", path, true),
        ("h/orders", "h", path, true),
        ("sb://h/orders", "h", path, true),
        ("sb://h/orders/", "h", path, true),
        ("amqps://H/ORDERS", "h", path, true),
        ("https://h:5123/orders", "h:80", path, true),
        ("https://[::1]:5123/orders", "[::1]", path, true),
        ("https://[::1]/orders", "[::1]:9", path, true),
        ("https://h/orders/messages", "h", path, true),
        ("https://h/orders/messages", "h", "orders/messages/", true),
        ("https://h/orders/messages?api-version=2014-01", "h", path, true),
        ("https://h/orders?a=b/c", "h", path, true),
        ("https://h?/orders2", "h", path, true),
        ("sb://h/orders", "h", "/orders", true),
        ("sb://h/orders", "h", "/", false),
        ("sb://h/orders", "h", "/orders2/messages", false),
        ("sb://h/orders2", "h", path, false),
        ("sb://h/orders/messages", "h", "/orders", false),
        ("sb://h/orders/publishers/till-7", "h", "/orders/publishers/till-7/messages", true),
        ("sb://h/orders/publishers/till-7", "h", "/orders/publishers/till-70/messages", false),
        ("sb://h/orders", "h", "/orders/../others/messages", false),
        ("sb://h/orders", "h", "/orders/./messages", false),
        ("sb://g/orders", "h", path, false),
        ("sb://h.example/orders", "h", path, false),
        ("sb://h@g/orders", "h", path, false),
        ("[::1]", "[::2]", path, false),
    ] {
        assert_eq!(signed_for(resource).covers(host, path), opens, "{resource}: {host} {path}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), fields in "[a-z%=&+ 0-9]{0,80}") {
        let _ = text.parse::<SharedAccessSignature>();
        let _ = read(&text);
        let _ = read(&fields);
        let _ = read(&format!("sr={fields}&{SIG}&se=1&skn={fields}"));
    }

    #[test]
    fn a_scope_never_reaches_a_sibling(
        hub in "[a-z]{1,6}", other in "[a-z]{1,6}", rest in "(/[a-z]{1,3}){0,3}",
    ) {
        let token = signed_for(&format!("https://h/{hub}"));
        prop_assert_eq!(token.covers("h", &format!("/{other}{rest}")), hub == other);
    }
}
