use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::command::{Run, Served, command, fixture, fixture_text, publish, run, run_with};

const CAPTURED: &str = "captured/005.json";

fn captured() -> String {
    fixture(CAPTURED).to_str().expect("the checkout's path is text").to_owned()
}

/// The body that `body convert` makes of the captured one.
fn converted(format: &str) -> String {
    run(command(&["body", "convert", "--from", "json", "--to", format, &captured()])).stdout
}

fn body(event: &Value) -> String {
    let base64 = event["body_base64"].as_str().expect("an event has a body");
    String::from_utf8(STANDARD.decode(base64).expect("base64")).expect("a body is UTF-8")
}

fn keys(line: &Value) -> Vec<&str> {
    line.as_object().expect("a line is an object").keys().map(String::as_str).collect()
}

/// `(statecode, statuscode, cause)` of each job.
fn standing(run: &Run) -> Vec<(i64, i64, Option<String>)> {
    let job = |it: Value| {
        let number = |key: &str| it[key].as_i64().expect("a number");
        (number("statecode"), number("statuscode"), it["cause"].as_str().map(str::to_owned))
    };
    run.json_lines().into_iter().map(job).collect()
}

fn temporary(name: &str, content: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("the folder can be written to");
    (folder, path)
}

#[test]
fn bodies_arrive_as_they_were_converted() {
    let served = Served::new();
    for format in ["json", "xml"] {
        let published = run(served.publish(&["--format", format, &captured()]));
        assert_eq!(published.code, 0, "{published:?}");
        assert_eq!(published.stderr, "");
        let [line] = &published.json_lines()[..] else { panic!("{published:?}") };
        assert_eq!(keys(line), ["cause", "id", "message", "name", "statecode", "statuscode"]);
        let id = line["id"].as_str().unwrap();
        let expected = format!(
            r#"{{"id":"{id}","name":"accounts: Create of albxrm_alltypes","statecode":3,"statuscode":30,"message":null,"cause":null}}"#
        );
        assert_eq!(published.stdout, format!("{expected}\n"), "keys come in the documented order");
    }
    let events = served.events();
    assert_eq!((events.code, &*events.stderr), (0, ""));
    let lines = events.json_lines();
    assert_eq!(lines.len(), 2);
    for (line, format) in lines.iter().zip(["json", "xml"]) {
        assert_eq!(line["content_type"], json!(format!("application/{format}")));
        let properties = ["traceparent", "xrm-attempt", "xrm-message-id"];
        assert_eq!(keys(&line["properties"]), properties);
        assert_eq!(body(line), converted(format));
    }
    assert_eq!(
        keys(&lines[0]),
        [
            "body_base64",
            "content_type",
            "enqueued_time",
            "offset",
            "partition",
            "partition_key",
            "properties",
            "sequence"
        ]
    );
}

#[test]
fn standard_input_is_the_default_and_the_format_of_input_is_recognised() {
    let served = Served::new();
    let xml = converted("xml");
    for (arguments, stdin) in [
        (&[][..], fixture_text(CAPTURED)),
        (&["-"][..], xml.clone()),
        (&["--format", "xml"][..], xml.clone()),
    ] {
        let published = run_with(served.publish(arguments), stdin.as_bytes());
        assert_eq!(published.code, 0, "{published:?}");
    }
    let events = served.events().json_lines();
    let types: Vec<_> = events.iter().map(|it| it["content_type"].as_str().unwrap()).collect();
    assert_eq!(types, ["application/json", "application/json", "application/xml"]);
    assert_eq!(body(&events[2]), xml);
}

#[test]
fn a_job_that_does_not_succeed_exits_with_1_and_says_why() {
    let served = Served::new();
    let wrong_key = served.connection.replace(served.part("SharedAccessKey"), "d3Jvbmc=");
    let missing_hub = served.connection.replace("=accounts", "=orders");
    for (connection, cause, check) in [
        (wrong_key, "wrong_key", "SharedAccessKey of the connection string"),
        (missing_hub, "missing_hub", "has no event hub `orders`"),
    ] {
        let published = run(publish(&connection, &[&captured()]));
        assert_eq!(published.code, 1, "{published:?}");
        assert_eq!(standing(&published), [(3, 31, Some(cause.to_owned()))]);
        assert!(published.stderr.contains(check), "{published:?}");
    }
    let stopped = served.kill();
    let published = run(publish(&stopped, &[&captured()]));
    assert_eq!(published.code, 1);
    assert_eq!(standing(&published), [(1, 10, Some("connection_refused".to_owned()))]);
    assert!(published.stderr.contains("run it again, or keep the job by --store"), "{published:?}");
}

#[test]
fn bad_input_is_reported_and_the_rest_is_published() {
    let served = Served::new();
    let (_folder, bad) = temporary("bad.json", r#"{"Depth":1,"InputParameters":[{"key":[1]}]}"#);
    let bad = bad.to_str().unwrap();
    let published = run(served.publish(&[bad, &captured(), "no such file"]));
    assert_eq!(published.code, 2, "{published:?}");
    assert_eq!(standing(&published), [(3, 30, None)]);
    let lines: Vec<_> = published.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{published:?}");
    assert!(
        lines[0].contains("bad.json is not a valid JSON body: offset 37, path InputParameters[0]")
    );
    assert!(lines[1].contains("no such file can't be read: "));
    assert_eq!(served.events().json_lines().len(), 1);

    let wrong_key = served.connection.replace(served.part("SharedAccessKey"), "d3Jvbmc=");
    let published = run(publish(&wrong_key, &[&captured(), bad]));
    assert_eq!(published.code, 2, "it wins over 1");
    assert_eq!(standing(&published).len(), 1);

    let published = run_with(served.publish(&[]), b"hello");
    assert_eq!((published.code, &*published.stdout), (2, ""));
    assert!(published.stderr.contains("standard input is neither a JSON nor an XML body"));
}

#[test]
fn a_context_that_the_format_cannot_carry_is_a_failed_job() {
    let served = Served::new();
    let (_folder, path) = temporary("riddle.json", r#"{"Depth":1,"Riddle":42}"#);
    let published = run(served.publish(&["--format", "xml", path.to_str().unwrap()]));
    assert_eq!(published.code, 1, "{published:?}");
    assert_eq!(standing(&published), [(3, 31, Some("not_encodable".to_owned()))]);
}

#[test]
fn a_connection_string_that_cannot_be_used_exits_with_2() {
    let secret = "c2VjcmV0IGtleQ==";
    let endpoint = "Endpoint=sb://127.0.0.1:1/;UseDevelopmentEmulator=true";
    let policy = format!("SharedAccessKeyName=send;SharedAccessKey={secret}");
    for (connection, reason) in [
        (String::new(), "Endpoint is missing"),
        (
            format!("{};{endpoint}", secret.trim_end_matches('=')),
            "part 1 of the connection string has no `=`",
        ),
        (
            format!("{endpoint};{policy}"),
            "xrm-eventhub: the connection string in EVENTHUB_CONNECTION_STRING can't be published \
             to: the connection string names no hub (EntityPath)\n",
        ),
        (format!("Endpoint=sb://example.com/;UseDevelopmentEmulator=true;{policy}"), "loopback"),
    ] {
        let published = run(publish(&connection, &[&captured()]));
        assert_eq!((published.code, &*published.stdout), (2, ""), "{published:?}");
        assert!(published.stderr.contains(reason), "{published:?}");
        assert!(!published.stderr.contains(secret), "{published:?}");
    }
    let published = run(command(&["publish", &captured()]));
    assert_eq!(published.code, 2);
    assert!(published.stderr.contains("EVENTHUB_CONNECTION_STRING is not set"));
}

#[test]
fn a_body_without_a_message_is_published_and_told_of() {
    let served = Served::new();
    let folder = tempfile::tempdir().expect("a folder");
    let operation = folder.path().join("update.json");
    fs::write(&operation, r#"{"Depth":1}"#).expect("it can be written");
    let published = run(served.publish(&[operation.to_str().expect("a path of text")]));
    assert_eq!(published.code, 0, "{published:?}");
    let told = "update.json has no MessageName, which every execution context has\n";
    assert!(published.stderr.ends_with(told), "{published:?}");
}

/// A file is what somebody recorded, and not for the command to complete.
#[test]
fn a_body_without_ids_is_published_as_it_is() {
    let served = Served::new();
    let (_folder, path) =
        temporary("body.json", r#"{"MessageName":"Update","OperationCreatedOn":"\/Date(0)\/"}"#);
    let published = run(served.publish(&[path.to_str().unwrap()]));
    assert_eq!(published.code, 0, "{published:?}");
    let event: Value = serde_json::from_str(&body(&served.events().json_lines()[0])).unwrap();
    // Not even members are added that the file does not have.
    let expected = json!({"MessageName": "Update", "OperationCreatedOn": "/Date(0)/"});
    assert_eq!(event, expected);
}

#[test]
fn no_secret_is_printed() {
    let served = Served::new();
    let key = served.part("SharedAccessKey").to_owned();
    let wrong = "ZW50aXJlbHkgd3Jvbmcga2V5";
    let mut printed = String::new();
    for connection in [
        served.connection.clone(),
        served.connection.replace(&key, wrong),
        served.connection.replace("=accounts", "=orders"),
        served.connection.replace(";EntityPath=accounts", ""),
        served.connection.replace("=true", "=perhaps"),
    ] {
        let published = run(publish(&connection, &[&captured()]));
        printed.push_str(&format!("{published:?}"));
    }
    printed.push_str(&format!("{:?}", served.events()));
    let stopped = served.kill();
    printed.push_str(&format!("{:?}", run(publish(&stopped, &[&captured()]))));
    for secret in [&*key, wrong, "sig=", "SharedAccessSignature"] {
        assert!(!printed.contains(secret), "{secret} was printed");
    }
}

/// Any object is a body, so a wrong file would arrive as an empty context.
#[test]
fn what_is_no_context_is_published_by_force_only() {
    let served = Served::new();
    let late = r#"{"MessageName":"Update","InputParameters":[{"key":"Target","value":{"Attributes":[],"__type":"Entity:http://schemas.microsoft.com/xrm/2011/Contracts"}}]}"#;
    for (body, told) in [
        (
            &*fixture_text("wrapped/not-a-context.json"),
            "no member of an execution context is there",
        ),
        (r#"{"Depth":1,"messageName":"Update"}"#, "the member `messageName` is not the contract's"),
        (late, "InputParameters[\"Target\"]: `__type` is not the first member"),
    ] {
        let (_folder, path) = temporary("body.json", body);
        let path = path.to_str().expect("a path of text");
        let refused = run(served.publish(&[path, &captured()]));
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("is not an execution context: "), "{refused:?}");
        assert!(refused.stderr.contains(told), "{refused:?}");
        assert!(refused.stderr.contains("Check: --force"), "{refused:?}");
        // The others are published.
        assert_eq!(refused.json_lines().len(), 1);
        let forced = run(served.publish(&["--force", path]));
        assert_eq!((forced.code, forced.json_lines().len()), (0, 1), "{forced:?}");
    }
}
