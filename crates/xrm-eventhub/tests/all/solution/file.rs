//! Solutions from the documents of their registrations.

use std::error::Error as _;
use std::fs;

use eventhub_rest::{Hub, Verdict};
use xrm_eventhub::registration::AuthType;
use xrm_eventhub::{DocumentFormat, EventHubSolution, SolutionError, StatusCode};

use super::stage::{endpoint, step, update};
use crate::fixture::{KEY, Script, at, connection};

/// The registration that the command writes, with a secret in this variable.
fn document(auth_type: AuthType, variable: &str) -> String {
    let mut endpoint = endpoint();
    drop((endpoint.take_sas_key(), endpoint.take_sas_token()));
    endpoint.auth_type = Some(auth_type);
    match auth_type {
        AuthType::SAS_TOKEN => endpoint.sas_token_variable = Some(variable.to_owned()),
        _ => endpoint.sas_key_variable = Some(variable.to_owned()),
    }
    let steps = [step(11, &endpoint)];
    serde_json::json!({ "endpoints": [endpoint], "steps": steps }).to_string()
}

fn in_json(auth_type: AuthType) -> String {
    document(auth_type, "ACCOUNTS")
}

#[tokio::test]
async fn a_variable_has_the_secret_alone_or_in_a_connection_string() {
    let hub = Hub::try_from(&connection()).unwrap();
    let token = connection().signer().unwrap().sign(hub.resource(), at(4_102_444_800));
    let signature = token.authorization();
    let string = |credential: &str| {
        format!("Endpoint=sb://contoso.servicebus.windows.net/;{credential};EntityPath=accounts")
    };
    let key = string(&format!("SharedAccessKeyName=send;SharedAccessKey={KEY}"));
    let token = string(&format!("SharedAccessSignature={signature}"));
    for (auth_type, secret) in [
        (AuthType::SAS_KEY, format!("{KEY}\n")),
        (AuthType::SAS_KEY, key),
        (AuthType::SAS_TOKEN, format!("{signature}\n")),
        (AuthType::SAS_TOKEN, token),
    ] {
        let transport = Script::new([Verdict::Accepted]);
        let solution = EventHubSolution::from_text(&in_json(auth_type), DocumentFormat::Json)
            .unwrap()
            .secrets(|name| (name == "ACCOUNTS").then(|| secret.clone()))
            .unwrap()
            .transport(transport)
            .build()
            .unwrap();
        let jobs = solution.trigger(&update()).await.unwrap();
        assert_eq!(jobs[0].status(), StatusCode::Succeeded, "{auth_type:?}");
    }
}

#[test]
fn the_environment_has_the_secrets_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    // Cargo sets this variable for the tests that it runs, and any text is a key.
    for (variable, is_set) in [("CARGO_PKG_NAME", true), ("XRM_EVENTHUB_TEST_NOT_SET", false)] {
        let path = folder.path().join("accounts.JSON");
        fs::write(&path, document(AuthType::SAS_KEY, variable)).unwrap();
        let built = EventHubSolution::from_file(&path).unwrap().build();
        match built {
            Ok(_) => assert!(is_set),
            Err(SolutionError::NoKey { endpoint }) => assert!(!is_set && endpoint == "Accounts"),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn what_cannot_be_used_is_said_without_its_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| EventHubSolution::from_file(folder.path().join(name)).err().unwrap();
    fs::write(folder.path().join("accounts.yaml"), "").unwrap();
    for (error, reason) in [
        (file("absent.toml"), "No such file"),
        (file("accounts.yaml"), "its name ends neither in .toml nor in .json"),
        (file("."), "its name ends neither in .toml nor in .json"),
    ] {
        assert!(error.to_string().starts_with("cannot read "), "{error}");
        assert!(error.source().unwrap().to_string().contains(reason), "{error:?}");
    }

    let text = format!("steps = \"{KEY}\"");
    let error = EventHubSolution::from_text(&text, DocumentFormat::Toml).err().unwrap();
    let source = error.source().unwrap().to_string();
    assert!(source.starts_with("line 1, column 9: invalid type: a long string"), "{source}");
    assert!(!format!("{error:?}").contains(KEY), "{error:?}");

    let builder = EventHubSolution::from_text(&in_json(AuthType::SAS_KEY), DocumentFormat::Json);
    let secrets = builder.unwrap().secrets(|_| Some(format!("Endpoint=x;SharedAccessKey={KEY}")));
    let error = secrets.err().unwrap();
    assert_eq!(error.to_string(), "the environment variable ACCOUNTS can't be used");
    assert!(!format!("{error:?} {:?}", error.source()).contains(KEY), "{error:?}");
}
