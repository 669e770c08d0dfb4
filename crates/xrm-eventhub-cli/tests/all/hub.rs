use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::command::{Run, Served, command, fixture, page, publish, run};

/// `hub` with this connection string.
fn hub(connection: &str, arguments: &[&str]) -> Run {
    let mut command = command(&["hub"]);
    command.args(arguments).env("EVENTHUB_CONNECTION_STRING", connection);
    run(command)
}

/// The one line that a run printed.
fn line(run: &Run) -> &str {
    assert_eq!(run.code, 0, "{run:?}");
    let line = run.stdout.strip_suffix('\n').expect("a line ends");
    assert!(!line.contains('\n'), "{run:?}");
    line
}

#[test]
fn what_a_created_hub_prints_can_be_published_with() {
    let served = Served::new();
    let created = hub(&served.connection, &["create", "orders", "--partitions", "2"]);
    let connection = line(&created);
    let parts: BTreeMap<_, _> = connection.split(';').filter_map(|it| it.split_once('=')).collect();
    assert_eq!(parts["Endpoint"], format!("sb://{}", served.address()));
    assert_eq!((parts["SharedAccessKeyName"], parts["EntityPath"]), ("send", "orders"));
    assert_ne!(parts["SharedAccessKey"], served.part("SharedAccessKey"));
    assert_eq!(created.stderr, "xrm-eventhub: created orders, partitions: 2\n");

    let body = fixture("captured/005.json");
    let published = run(publish(connection, &[body.to_str().expect("a path of text")]));
    assert_eq!(published.code, 0, "{published:?}");
    let url = format!("http://{}/orders", served.address());
    let events = run(command(&["local", "events", &url]));
    assert_eq!(events.stdout.lines().count(), 1);

    let shown = hub(&served.connection, &["show", "orders", "--rule", "send"]);
    assert_eq!(line(&shown), connection);
}

#[test]
fn a_hub_is_shown_listed_and_deleted() {
    let served = Served::with(&["--hub", "accounts:1", "--hub", "returns"]);
    let namespace = &served.connection;
    let arguments =
        ["create", "orders", "--retention", "3", "--rule", "till", "--rights", "listen,send"];
    assert_eq!(hub(namespace, &arguments).code, 0);

    let shown = hub(namespace, &["show", "orders"]);
    let described: Value = serde_json::from_str(line(&shown)).unwrap();
    assert_eq!(described["name"], "orders");
    assert_eq!(described["status"], "Active");
    assert_eq!(described["message_retention_in_days"], 3);
    let rules = json!([{"name": "till", "rights": ["Send", "Listen"]}]);
    assert_eq!(described["authorization_rules"], rules);
    let ids = described["partition_ids"].as_array().expect("a list").len();
    assert_eq!(described["partition_count"], ids);

    let listed = hub(namespace, &["list"]);
    let names: Vec<_> = listed.json_lines().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["accounts", "orders", "returns"]);
    assert!(listed.stdout.contains(&shown.stdout), "both describe in the same way");
    assert!(!listed.stdout.contains(served.part("SharedAccessKey")));

    let deleted = hub(namespace, &["delete", "orders"]);
    assert_eq!((deleted.code, &*deleted.stdout), (0, ""), "{deleted:?}");
    assert_eq!(hub(namespace, &["list"]).stdout.lines().count(), 2);
}

#[test]
fn a_rule_with_manage_manages_its_hub() {
    let served = Served::new();
    let created = hub(&served.connection, &["create", "orders", "--rights", "manage"]);
    let shown = hub(line(&created), &["show", "orders"]);
    assert!(line(&shown).contains(r#""rights":["Manage","Send","Listen"]"#), "{shown:?}");
    assert_eq!(hub(line(&created), &["show", "accounts"]).code, 1);
    let unknown = hub(&served.connection, &["show", "orders", "--rule", "till"]);
    assert_eq!((unknown.code, &*unknown.stdout), (1, ""), "{unknown:?}");
    assert!(unknown.stderr.contains("the event hub orders has no rule till"), "{unknown:?}");
}

#[test]
fn a_publisher_is_revoked_listed_and_restored() {
    let served = Served::new();
    let namespace = &served.connection;
    let publisher = |arguments: &[&str]| hub(namespace, &[&["publisher"], arguments].concat());
    assert_eq!((publisher(&["list", "accounts"])).stdout, "");

    let revoked = publisher(&["revoke", "accounts", "till-7"]);
    assert_eq!((revoked.code, &*revoked.stdout), (0, ""), "{revoked:?}");
    assert_eq!(revoked.stderr, "xrm-eventhub: revoked till-7\n");
    assert_eq!(line(&publisher(&["list", "accounts"])), r#"{"name":"till-7"}"#);

    let restored = publisher(&["restore", "accounts", "till-7"]);
    assert_eq!((restored.code, &*restored.stdout), (0, ""), "{restored:?}");
    assert_eq!(restored.stderr, "xrm-eventhub: restored till-7\n");
    assert_eq!((publisher(&["list", "accounts"])).stdout, "");
}

#[test]
fn what_cannot_be_used_exits_with_2() {
    let good = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=a;SharedAccessKey=c2VjcmV0;\
                UseDevelopmentEmulator=true";
    for (connection, arguments, reason) in [
        ("", &["list"][..], "EVENTHUB_CONNECTION_STRING can't be used"),
        ("Endpoint=c2VjcmV0", &["list"], "EVENTHUB_CONNECTION_STRING can't be used"),
        (good, &["show", "a/b"], "the hub's name contains a character"),
        (good, &["create", "orders", "--rule", "a b"], "rule's name contains a character"),
        (good, &["create", "orders", "--rights", "fly"], "invalid value 'fly'"),
        (good, &["create", "orders", "--partitions", "-1"], "-1"),
        (good, &["create"], "<NAME>"),
        (good, &["publisher", "revoke", "orders", "a/b"], "publisher's name contains a character"),
        (good, &["publisher", "restore", "a/b", "till-7"], "the hub's name contains a character"),
        (good, &["publisher", "list", "a/b"], "the hub's name contains a character"),
    ] {
        let refused = hub(connection, arguments);
        assert_eq!((refused.code, &*refused.stdout), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains(reason), "{refused:?}");
        assert!(!refused.stderr.contains("c2VjcmV0"), "{refused:?}");
    }
    let unset = run(command(&["hub", "list"]));
    assert!(unset.stderr.contains("EVENTHUB_CONNECTION_STRING is not set"), "{unset:?}");
}

/// The rows of the table under "When a hub is managed" in the documentation.
#[test]
fn every_listed_failure_is_told_as_listed() {
    let page = page("failures.md");
    let (_, section) = page.split_once("## When a hub is managed").expect("the section");
    let rows = section.lines().filter_map(|it| it.strip_prefix("| ")?.strip_suffix(" |"));
    let rows: Vec<_> = rows.skip(1).map(|row| row.split(" | ").collect::<Vec<_>>()).collect();
    assert_eq!(rows.len(), 9);
    for row in rows {
        let [failure, status, sub_code, text, cause, check] = row[..] else { panic!("{row:?}") };
        let failed = produce(failure);
        assert_eq!((failed.code, &*failed.stdout), (1, ""), "{failure}: {failed:?}");
        let (told, checked) = failed.stderr.trim_end().split_once("\nCheck: ").expect("a check");
        assert_eq!(checked, check, "{failure}");
        assert!(told.contains(&format!(": {cause}")), "{failure}: {told}");
        assert!(told.contains(text), "{failure}: {told}");
        // What does not exist is told in no more words.
        if status != "-" && status != "404" {
            assert!(told.contains(&format!("{cause}: {status} ")), "{failure}: {told}");
        }
        let code = format!("SubCode={sub_code}");
        assert!(sub_code == "-" || told.contains(&code), "{failure}: {told}");
    }
}

fn produce(failure: &str) -> Run {
    let served = Served::new();
    let namespace = &served.connection;
    match failure {
        "the tier has not so many partitions" => {
            hub(namespace, &["create", "orders", "--partitions", "33"])
        }
        "the key is not the policy's" => {
            hub(&namespace.replace(served.part("SharedAccessKey"), "d3Jvbmc="), &["list"])
        }
        "the policy lacks the Manage right" => {
            let created = hub(namespace, &["create", "orders"]);
            hub(line(&created), &["show", "orders"])
        }
        "there are as many hubs as may be" => {
            let names = (1..10).map(|number| format!("hub-{number}"));
            names.for_each(|name| assert_eq!(hub(namespace, &["create", &name]).code, 0));
            hub(namespace, &["create", "hub-10"])
        }
        "the hub does not exist" => hub(namespace, &["delete", "orders"]),
        "the hub exists already" => hub(namespace, &["create", "accounts"]),
        "the publisher is revoked already" => {
            let revoke = || hub(namespace, &["publisher", "revoke", "accounts", "till-7"]);
            assert_eq!(revoke().code, 0);
            revoke()
        }
        "the publisher is not revoked" => {
            hub(namespace, &["publisher", "restore", "accounts", "till-7"])
        }
        "nothing listens" => hub(&served.kill(), &["list"]),
        _ => unreachable!("nothing produces {failure:?}"),
    }
}
