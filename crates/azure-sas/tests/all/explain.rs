//! Every mistake made on purpose, and what is said of it.

use azure_sas::explain::{Finding, Usage, explain};
use azure_sas::{Error, Field, Reason, Resource, SharedAccessKey, SharedAccessSignature, Signer};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::at;

/// Base64 of 32 bytes, as Azure makes keys.
const KEY: &str = "bm90LWEtcmVhbC1rZXktYnV0LW9mLWl0cy1sZW5ndGg=";
const NOW: i64 = 1_767_225_600;
const EXPIRES: i64 = NOW + 3_600;
const URI: &str = "https://contoso.servicebus.windows.net/orders/messages";
const SENT: &str = "https%3A%2F%2Fcontoso.servicebus.windows.net%2Forders";

fn key() -> SharedAccessKey {
    SharedAccessKey::new(KEY).unwrap()
}

fn findings(token: &str) -> Vec<Finding> {
    let key = key();
    explain(token, &Usage::new(URI).key(&key).key_name("send").at(at(NOW)))
}

#[track_caller]
fn check(token: &str, expected: &[Finding]) {
    let found = findings(token);
    assert_eq!(found, expected, "{token}");
    let signature = token.split("sig=").nth(1).and_then(|it| it.split(['%', '&', ' ']).next());
    for finding in found {
        let shown = format!("{} {finding} {finding:?}", finding.id());
        assert!(!shown.contains(KEY), "{shown}");
        assert!(signature.is_none_or(|it| it.len() < 4 || !shown.contains(it)), "{shown}");
        assert!(
            finding.id().bytes().all(|b| b.is_ascii_lowercase() || b"-0123456789".contains(&b))
        );
    }
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.chain_update(text).finalize().into_bytes().into()
}

fn encode(text: &str) -> String {
    text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D").replace(':', "%3A")
}

fn compose(sr: &str, sig: &str, se: impl std::fmt::Display, skn: &str) -> String {
    format!("SharedAccessSignature sr={sr}&sig={sig}&se={se}&skn={skn}")
}

/// A token whose signature is `signature` and all else is right.
fn with_signature(signature: &[u8]) -> String {
    compose(SENT, &encode(&STANDARD.encode(signature)), EXPIRES, "send")
}

/// A token that sends `sr` and whose signature is over `string`.
fn signed(sr: &str, string: &str) -> String {
    let signature = hmac(KEY.as_bytes(), string);
    compose(sr, &encode(&STANDARD.encode(signature)), EXPIRES, "send")
}

fn good_at(expires: i64) -> String {
    let resource = Resource::new("https://contoso.servicebus.windows.net/orders").unwrap();
    Signer::new("send", &key()).unwrap().sign(&resource, at(expires)).authorization().to_owned()
}

fn good() -> String {
    good_at(EXPIRES)
}

/// An expiry for which the signature holds both a `+` and a `/`.
fn with_plus_and_slash() -> (i64, String) {
    let signature = |expires| STANDARD.encode(hmac(KEY.as_bytes(), &format!("{SENT}\n{expires}")));
    let mut signatures = (EXPIRES..).map(|expires| (expires, signature(expires)));
    signatures.find(|(_, it)| it.contains('+') && it.contains('/')).unwrap()
}

#[test]
fn a_good_token_has_no_findings() {
    check(&good(), &[]);
    check(&format!("  {}\n", good()), &[]);
}

#[test]
fn what_the_service_does_not_mind_is_not_mentioned() {
    for sr in [
        "https%3a%2f%2fcontoso.servicebus.windows.net%2forders",
        "sb%3A%2F%2Fcontoso.servicebus.windows.net%2Forders%2F",
        "http%3A%2F%2FContoso.ServiceBus.Windows.Net%2FOrders",
        "contoso.servicebus.windows.net",
        "https://contoso.servicebus.windows.net/orders",
        "https%3A%2F%2Fcontoso.servicebus.windows.net%3A443",
    ] {
        check(&signed(sr, &format!("{sr}\n{EXPIRES}")), &[]);
    }
    let token = good();
    let fields = token.strip_prefix("SharedAccessSignature ").unwrap();
    let reversed: Vec<_> = fields.split('&').rev().collect();
    check(&format!("sharedaccesssignature {}", reversed.join("&")), &[]);
}

#[test]
fn what_stands_around_the_token() {
    let good = good();
    for (open, close) in [("\"", "\""), ("'", "'"), ("\u{201c}", "\u{201d}"), ("", "\"")] {
        check(&format!("{open}{good}{close}"), &[Finding::Quotes]);
    }
    check(&format!("Authorization: {good}"), &[Finding::HeaderName]);
    check(&format!("'authorization:{good}'"), &[Finding::Quotes, Finding::HeaderName]);
    check(&format!("Authorization: \"{good}\""), &[Finding::Quotes, Finding::HeaderName]);
    check(&good.replace("&se", "\r\n  &se"), &[Finding::LineBreak]);
    check(&good.replace('&', "&amp;"), &[Finding::HtmlEscaped]);
    let whole = good.replace('%', "%25").replace('=', "%3D").replace('&', "%26");
    check(&whole, &[Finding::EncodedAsWhole]);
    check(&whole.replace(' ', "%20"), &[Finding::EncodedAsWhole]);
}

#[test]
fn the_scheme_is_missing() {
    let good = good();
    let fields = good.strip_prefix("SharedAccessSignature ").unwrap();
    check(fields, &[Finding::MissingScheme]);
    check(&format!("SharedAccessSignature{fields}"), &[Finding::MissingScheme]);
    check(&format!("SharedAccessSignature={good}"), &[Finding::MissingScheme]);
}

#[test]
fn what_is_no_token() {
    check("", &[Finding::NotAToken]);
    check(KEY, &[Finding::NotAToken]);
    check("Bearer abc.def.ghi", &[Finding::BearerToken]);
    check("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", &[Finding::BearerToken]);
    let connection = format!("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey={KEY}");
    check(&connection, &[Finding::ConnectionString]);
}

#[test]
fn a_field_is_missing_or_given_twice() {
    let good = good();
    let without = |name: &str| {
        let fields = good.split_once(' ').unwrap().1.split('&');
        let fields: Vec<_> = fields.filter(|it| !it.starts_with(&format!("{name}="))).collect();
        format!("SharedAccessSignature {}", fields.join("&"))
    };
    check(&without("sr"), &[Finding::MissingField(Field::Resource)]);
    check(&without("sig"), &[Finding::MissingField(Field::Signature)]);
    check(&without("se"), &[Finding::MissingField(Field::Expiry)]);
    check(&without("skn"), &[Finding::MissingField(Field::KeyName)]);
    check(&format!("{}&skn=", without("skn")), &[Finding::MissingField(Field::KeyName)]);
    check(&format!("{good}&se=1"), &[Finding::RepeatedField(Field::Expiry)]);
}

#[test]
fn encoding_went_wrong() {
    let good = good();
    let broken = Finding::BadPercentEncoding;
    check(&good.replace("&skn=send", "&skn=sen%d"), &[broken(Field::KeyName)]);
    check(&good.replace("%3D&se", "%3&se"), &[broken(Field::Signature)]);

    let double = Finding::DoubleEncoded;
    let sr = SENT.replace('%', "%25");
    check(&signed(&sr, &format!("{sr}\n{EXPIRES}")), &[double(Field::Resource)]);
    check(&signed(&sr, &format!("{SENT}\n{EXPIRES}")), &[double(Field::Resource)]);
    check(&good.replace("%3D&se", "%253D&se"), &[double(Field::Signature)]);
    check(&good.replace("&skn=send", "&skn=%2573end"), &[double(Field::KeyName)]);
}

#[test]
fn the_signature_is_written_otherwise() {
    let (expires, signature) = with_plus_and_slash();
    let token = |sig: &str| compose(SENT, sig, expires, "send");
    let bytes = STANDARD.decode(&signature).unwrap();
    check(&token(&encode(&signature)), &[]);
    check(&token(&encode(&signature).replace("%2B", " ")), &[Finding::PlusLost]);
    check(&token(&encode(&signature).replace("%2B", "%20")), &[Finding::PlusLost]);
    check(&token(&signature), &[Finding::PlusNotEncoded]);
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    check(&token(&hex), &[Finding::HexSignature]);
    check(&token(&hex.to_uppercase()), &[Finding::HexSignature]);
    check(&token(&URL_SAFE.encode(&bytes)), &[Finding::Base64UrlSignature]);
    let unpadded = encode(signature.trim_end_matches('='));
    check(&token(&unpadded), &[Finding::UnpaddedSignature]);
    let url_unpadded = URL_SAFE.encode(&bytes).replace('=', "");
    check(&token(&url_unpadded), &[Finding::Base64UrlSignature]);
    let short = STANDARD.encode([0; 20]);
    check(&token(&encode(&short)), &[Finding::SignatureLength { bytes: Some(20) }]);
    check(&token("@"), &[Finding::SignatureLength { bytes: None }]);
}

#[test]
fn the_expiry_is_no_time_to_come() {
    let now = at(NOW);
    check(&good_at(NOW), &[Finding::Expired { expires: at(NOW), now }]);
    check(&good_at(NOW - 600), &[Finding::Expired { expires: at(NOW - 600), now }]);
    check(&good_at(NOW + 59), &[Finding::ExpiresSoon { expires: at(NOW + 59), now }]);
    check(&good_at(NOW + 60), &[]);
    check(&good_at(3_600), &[Finding::ExpiryIsDuration { expires: 3_600 }]);
    let milliseconds = EXPIRES * 1_000;
    check(
        &good_at(milliseconds),
        &[Finding::ExpiryInMilliseconds { expires: milliseconds.cast_unsigned() }],
    );
    let far = NOW + 11 * 365 * 86_400;
    check(&good_at(far), &[Finding::ExpiryFar { expires: at(far) }]);
    let sr = format!("{SENT}\n2026-01-01T00:00:00Z");
    let date = signed(SENT, &sr).replace(&format!("se={EXPIRES}"), "se=2026-01-01T00:00:00Z");
    check(&date, &[Finding::ExpiryNotNumber]);
}

#[test]
fn a_clock_that_stands_at_its_beginning_is_wrong() {
    let key = key();
    let token = good_at(3_600);
    let found = explain(&token, &Usage::new(URI).key(&key).at(at(5)));
    let expected =
        [Finding::ClockWrong { now: at(5) }, Finding::ExpiryIsDuration { expires: 3_600 }];
    assert_eq!(found, expected);
    let found = explain(&good(), &Usage::new(URI).key(&key).at(at(5)));
    assert_eq!(found, [Finding::ClockWrong { now: at(5) }]);
}

#[test]
fn without_a_clock_only_what_is_wrong_at_any_time_is_told() {
    let usage = Usage::new(URI);
    assert_eq!(explain(&good_at(NOW - 1), &usage), []);
    let expected = [Finding::ExpiryIsDuration { expires: 60 }];
    assert_eq!(explain(&good_at(60), &usage), expected);
}

#[test]
fn the_policy_is_another() {
    let wrong = good().replace("skn=send", "skn=RootManageSharedAccessKey");
    let found = "RootManageSharedAccessKey".to_owned();
    check(&wrong, &[Finding::WrongKeyName { found, expected: "send".to_owned() }]);
    assert_eq!(explain(&wrong, &Usage::new(URI)), []);
}

#[test]
fn a_key_in_place_of_a_name_is_not_repeated() {
    let other = STANDARD.encode([7; 32]);
    for key in [KEY, &other] {
        let token = good().replace("skn=send", &format!("skn={}", encode(key)));
        check(&token, &[Finding::KeyAsKeyName]);
        assert!(!format!("{:?}", findings(&token)).contains(key));
    }
}

#[test]
fn an_endless_resource_is_checked_as_it_is() {
    let sr = format!("{SENT}{}", "%2Fa".repeat(100_000));
    let found = findings(&signed(&sr, &format!("{sr}\n{EXPIRES}")));
    assert!(matches!(&found[..], [Finding::WrongPath { .. }]));
    let found = findings(&signed(&sr, &format!("{sr}\r\n{EXPIRES}")));
    assert!(matches!(&found[..], [Finding::WrongPath { .. }, Finding::CrLf]));
}

#[test]
fn the_scope_does_not_reach() {
    let host = |found: &str| Finding::WrongHost {
        found: found.to_owned(),
        expected: "contoso.servicebus.windows.net".to_owned(),
    };
    let path = |found: &str| Finding::WrongPath {
        found: found.to_owned(),
        expected: "/orders/messages".to_owned(),
    };
    for (uri, finding) in [
        ("https://fabrikam.servicebus.windows.net/orders", host("fabrikam.servicebus.windows.net")),
        ("orders", host("orders")),
        ("https://contoso/orders", host("contoso")),
        ("https://contoso.servicebus.windows.net/sales", path("sales")),
        ("https://contoso.servicebus.windows.net/order", path("order")),
        ("sb://contoso.servicebus.windows.net/orders/publishers/a", path("orders/publishers/a")),
    ] {
        let sr = encode(uri);
        check(&signed(&sr, &format!("{sr}\n{EXPIRES}")), &[finding]);
    }
    // As Microsoft's first clients for Python sign.
    let sr = encode("https://contoso.servicebus.windows.net/orders/messages?api-version=2014-01");
    check(&signed(&sr, &format!("{sr}\n{EXPIRES}")), &[]);
    for uri in ["contoso.servicebus.windows.net/orders", "", "/orders", "https://"] {
        assert_eq!(explain(&good(), &Usage::new(uri)), [Finding::UriNotAbsolute], "{uri}");
    }
    let uri = "https://user@CONTOSO.servicebus.windows.net:443/Orders/messages?timeout=60";
    assert_eq!(explain(&good(), &Usage::new(uri)), []);
}

#[test]
fn the_key_was_used_wrongly() {
    let string = format!("{SENT}\n{EXPIRES}");
    let with = |key: &[u8]| with_signature(&hmac(key, &string));
    check(&with(&STANDARD.decode(KEY).unwrap()), &[Finding::KeyBase64Decoded]);
    check(&with(format!("{KEY}\n").as_bytes()), &[Finding::KeyWithLineBreak]);
    check(&with(format!("{KEY}\r\n").as_bytes()), &[Finding::KeyWithLineBreak]);
    check(&with(KEY.trim_end_matches('=').as_bytes()), &[Finding::KeyPaddingLost]);
    check(&with(b"another"), &[Finding::WrongKey]);
    check(&with_signature(&Sha256::digest(&string)), &[Finding::NotHmac]);
}

#[test]
fn the_string_to_sign_is_another() {
    for (string, finding) in [
        (format!("{SENT}\r\n{EXPIRES}"), Finding::CrLf),
        (format!("{SENT}\r\n{EXPIRES}\r\n"), Finding::CrLf),
        (format!("{SENT}\\n{EXPIRES}"), Finding::LiteralNewline),
        (format!("{SENT}{EXPIRES}"), Finding::NoNewline),
        (format!("{SENT}\n{EXPIRES}\n"), Finding::TrailingNewline),
    ] {
        check(&signed(SENT, &string), &[finding]);
    }
    let altered = signed(SENT, &format!("{SENT}\n{}", EXPIRES + 1));
    check(&altered, &[Finding::WrongKey]);
}

#[test]
fn another_resource_was_signed_than_is_sent() {
    let plain = "https://contoso.servicebus.windows.net/orders";
    let lower_hex = "https%3a%2f%2fcontoso.servicebus.windows.net%2forders";
    let partly = "https:%2F%2Fcontoso.servicebus.windows.net%2Forders";
    let capital = "https%3A%2F%2FContoso.servicebus.windows.net%2FOrders";
    let slash = format!("{SENT}%2F");
    for (sent, string, finding) in [
        (SENT, plain, Finding::SignedUnencoded),
        (plain, SENT, Finding::SentUnencoded),
        (SENT, lower_hex, Finding::EncodedDifferently),
        (lower_hex, SENT, Finding::EncodedDifferently),
        (partly, SENT, Finding::EncodedDifferently),
        (SENT, &SENT.replace("https", "sb"), Finding::SignedOtherScheme),
        (SENT, &SENT.replace("https", "http"), Finding::SignedOtherScheme),
        (SENT, "contoso.servicebus.windows.net%2Forders", Finding::SignedOtherScheme),
        ("contoso.servicebus.windows.net%2Forders", SENT, Finding::SignedOtherScheme),
        (SENT, &slash, Finding::SignedOtherSlash),
        (&slash, SENT, Finding::SignedOtherSlash),
        (capital, &capital.replace('C', "c").replace('O', "o"), Finding::SignedLowerCase),
    ] {
        check(&signed(sent, &format!("{string}\n{EXPIRES}")), &[finding]);
    }
}

#[test]
fn several_mistakes_are_told_together() {
    let token =
        signed(SENT, &format!("https://contoso.servicebus.windows.net/orders\r\n{EXPIRES}"));
    check(&token, &[Finding::SignedUnencoded, Finding::CrLf]);
    let signature =
        STANDARD.encode(hmac(&STANDARD.decode(KEY).unwrap(), &format!("{SENT}\n{}", NOW - 1)));
    let token = format!("'{}'", compose(SENT, &encode(&signature), NOW - 1, "root"));
    check(
        &token,
        &[
            Finding::Quotes,
            Finding::Expired { expires: at(NOW - 1), now: at(NOW) },
            Finding::WrongKeyName { found: "root".to_owned(), expected: "send".to_owned() },
            Finding::KeyBase64Decoded,
        ],
    );
}

#[test]
fn what_no_rule_knows_is_told_by_the_strict_reader() {
    let token = format!("{}&nonsense", good());
    let error = Error::SignatureField { position: 5, reason: Reason::NoEquals };
    check(&token, &[Finding::Malformed(error)]);
}

#[test]
fn an_unlucky_encoding_does_not_bring_the_signature_out() {
    let token = good();
    let swallowed = token.replace("&sig=", "%26sig%3D");
    let signature = token.split("sig=").nth(1).unwrap().split(['%', '&']).next().unwrap();
    let shown = format!("{:?}", findings(&swallowed));
    assert!(shown.contains("MissingField(Signature)"), "{shown}");
    assert!(!shown.contains(signature), "{shown}");
}

proptest! {
    #[test]
    fn any_text_is_explained(text in any::<String>(), fields in "[a-z%=&+ 0-9\"\\n]{0,80}", uri in any::<String>()) {
        let key = key();
        for token in [text, format!("SharedAccessSignature sr={fields}&sig={fields}&se=1&skn=k"), fields] {
            let found = explain(&token, &Usage::new(&uri).key(&key).at(at(NOW)));
            let strict = token.parse::<SharedAccessSignature>();
            prop_assert!(strict.is_ok() || found.iter().any(Finding::is_fatal));
        }
    }

    #[test]
    fn a_token_that_verifies_has_no_fatal_finding(
        hub in "[a-z]{1,8}(/[a-z]{1,4})?",
        host in "[A-Z]{1,5}\\.[a-z]{2,5}",
        scheme in prop::sample::select(vec!["sb", "https", "amqps"]),
        key_text in "[!-~]{1,50}",
        lifetime in 1..100_000i64,
    ) {
        let key = SharedAccessKey::new(key_text).unwrap();
        let resource = Resource::new(format!("{scheme}://{host}/{hub}")).unwrap();
        let token = Signer::new("send", &key).unwrap().sign(&resource, at(NOW + lifetime));
        let uri = format!("https://{host}/{hub}/messages?timeout=60");
        let usage = Usage::new(&uri).key(&key).key_name("send").at(at(NOW));
        let found = explain(token.authorization(), &usage);
        prop_assert!(found.iter().all(|it| matches!(it, Finding::ExpiresSoon { .. })), "{:?}", found);
    }
}
