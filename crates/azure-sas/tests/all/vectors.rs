//! Published tokens of other implementations, from `fixtures/sas/sas-vectors.json`.

use azure_sas::{Resource, SharedAccessKey, SharedAccessSignature, Signer};
use serde_json::Value;

use crate::at;

const VECTORS: &str = include_str!("../../../../fixtures/sas/sas-vectors.json");

#[test]
fn every_vector_holds() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let mut counts = [0; 3];
    for vector in file["vectors"].as_array().unwrap() {
        match vector["kind"].as_str().unwrap() {
            "positive" => {
                counts[0] += 1;
                check_verifies(vector);
                check_signs(vector);
            }
            "trap-decoded-key" => {
                counts[1] += 1;
                check_raw_key_text(vector);
            }
            "parse" => {
                counts[2] += 1;
                check_parse(vector);
            }
            other => panic!("unknown kind {other}"),
        }
    }
    assert_eq!(counts, [6, 1, 7]);
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_else(|| panic!("{}: {field}", vector["id"]))
}

fn key(text: &str) -> SharedAccessKey {
    SharedAccessKey::new(text).unwrap()
}

/// The published token, in the published order of fields.
fn token(vector: &Value, key_name: &str) -> SharedAccessSignature {
    let field = |name: &str| match name {
        "sr" => format!("sr={}", text(vector, "sr")),
        "sig" => format!("sig={}", text(vector, "sigEncoded")),
        "se" => format!("se={}", vector["se"]),
        _ => format!("skn={key_name}"),
    };
    let fields: Vec<_> = match vector["fieldOrder"].as_array() {
        Some(order) => order.iter().map(|name| field(name.as_str().unwrap())).collect(),
        None => ["sr", "sig", "se", "skn"].map(field).to_vec(),
    };
    format!("SharedAccessSignature {}", fields.join("&")).parse().unwrap()
}

fn check_verifies(vector: &Value) {
    let token = token(vector, text(vector, "keyName"));
    let expires = vector["se"].as_i64().unwrap();
    assert_eq!(
        token.verify(&key(text(vector, "key")), at(expires - 1)),
        Ok(()),
        "{}",
        vector["id"]
    );
    assert!(!token.is_signed_by(&key("another")), "{}", vector["id"]);
    let uri = vector["normalisedUri"].as_str().unwrap_or_else(|| text(vector, "uri"));
    assert_eq!(token.resource(), uri);
}

/// Ours is the published token wherever the publisher encodes in upper case, as we do.
fn check_signs(vector: &Value) {
    let key = key(text(vector, "key"));
    let uri = vector["normalisedUri"].as_str().unwrap_or_else(|| text(vector, "uri"));
    let resource = Resource::new(uri).unwrap();
    assert!(resource.encoded().eq_ignore_ascii_case(text(vector, "sr")));
    let signer = Signer::new(text(vector, "keyName"), &key).unwrap();
    let token = signer.sign(&resource, at(vector["se"].as_i64().unwrap()));
    if resource.encoded() == text(vector, "sr") {
        let expected = format!(
            "SharedAccessSignature sr={}&sig={}&se={}&skn={}",
            text(vector, "sr"),
            text(vector, "sigEncoded"),
            vector["se"],
            text(vector, "keyName")
        );
        assert_eq!(token.authorization(), expected, "{}", vector["id"]);
    }
    let read: SharedAccessSignature = token.authorization().parse().unwrap();
    assert!(read.is_signed_by(&key));
}

/// The vector decodes the key's base64, which is the rule of IoT Hub and not ours.
fn check_raw_key_text(vector: &Value) {
    let token = token(vector, "device");
    assert!(!token.is_signed_by(&key(text(vector, "keyText"))));
    assert!(token.is_signed_by(&key("my-awesome-shared-key")));
}

fn check_parse(vector: &Value) {
    let read = text(vector, "token").parse::<SharedAccessSignature>();
    match text(vector, "expect") {
        "accept" => {
            let token = read.unwrap();
            assert_eq!(Some(token.expires().timestamp()), vector["se"].as_i64());
            assert_eq!(token.key_name(), text(vector, "skn"));
            assert_eq!(token.resource(), text(vector, "resource"));
        }
        _ => assert!(read.is_err(), "{}", vector["id"]),
    }
}
