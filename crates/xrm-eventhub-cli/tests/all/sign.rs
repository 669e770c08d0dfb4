use serde_json::Value;

use crate::command::{Run, command, fixture_text, run};

fn sign(uri: &str, key_name: &str, expiry: &str, key: Option<&str>) -> Run {
    let arguments = ["sas", "sign", "--uri", uri, "--key-name", key_name, "--expiry", expiry];
    let mut command = command(&arguments);
    if let Some(key) = key {
        command.env("EVENTHUB_SHARED_ACCESS_KEY", key);
    }
    run(command)
}

/// `fixtures/sas/SOURCE.md` tells who published them.
#[test]
fn tokens_are_those_that_others_publish() {
    let file: Value = serde_json::from_str(&fixture_text("sas/sas-vectors.json")).unwrap();
    // Those of clients that encode the resource as this one does.
    let same = ["go-azeventhubs", "rust-azeventhubs", "notificationhubs-js", "rust-broker-1"];
    let vectors = file["vectors"].as_array().unwrap().iter();
    let vectors: Vec<_> = vectors.filter(|it| same.contains(&it["id"].as_str().unwrap())).collect();
    assert_eq!(vectors.len(), same.len());
    for it in vectors {
        let text = |key: &str| it[key].as_str().unwrap();
        let signed = sign(text("uri"), text("keyName"), &it["se"].to_string(), Some(text("key")));
        let token = format!(
            "SharedAccessSignature sr={}&sig={}&se={}&skn={}\n",
            text("sr"),
            text("sigEncoded"),
            it["se"],
            text("keyName")
        );
        let expected = Run { code: 0, stdout: token, stderr: String::new() };
        assert_eq!(signed, expected, "{}", it["id"]);
    }
}

#[test]
fn the_key_may_stand_in_a_connection_string() {
    let connection = "Endpoint=sb://contoso/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0";
    let by_key = sign("https://contoso/", "send", "1", Some("c2VjcmV0"));
    assert_eq!(sign("https://contoso/", "send", "1", Some(connection)), by_key);
    assert_eq!(by_key.code, 0, "{by_key:?}");
}

#[test]
fn what_cannot_be_signed_exits_with_2() {
    let secret = "c2VjcmV0IGtleQ==";
    let key = Some(secret);
    let line = format!("{secret}\n");
    for (refused, reason) in [
        (sign("audience", "send", "1", None), "EVENTHUB_SHARED_ACCESS_KEY is not set"),
        (sign("audience", "send", "1", Some("")), "the shared access key is empty"),
        (
            sign("audience", "send", "1", Some(&line)),
            "contains a character that is not allowed there",
        ),
        (sign("", "send", "1", key), "the resource is empty"),
        (sign("two words", "send", "1", key), "the resource contains a character"),
        (sign("audience", "", "1", key), "the shared access key's name is empty"),
        (sign("audience", "send", "soon", key), "invalid value 'soon'"),
        (sign("audience", "send", "-1", key), "-1"),
    ] {
        assert_eq!((refused.code, &*refused.stdout), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains(reason), "{refused:?}");
        assert!(!refused.stderr.contains(secret), "{refused:?}");
    }
}
