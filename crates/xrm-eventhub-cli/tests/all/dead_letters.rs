use std::path::Path;

use tempfile::TempDir;
use xrm_eventhub::listener::{
    DeadLetterReason, DeadLetterStore as _, Event, NewDeadLetter, SqliteStore, StreamName,
};

use crate::command::{Run, Served, command, run};

/// A store with dead letters of the hub `accounts`, whose bodies these are.
async fn store(folder: &TempDir, bodies: &[&[u8]]) -> String {
    let path = folder.path().join("listener.db");
    let store = SqliteStore::open(&path).await.expect("a store");
    let stream = StreamName::new("127.0.0.1", "accounts", "$Default");
    let time = "2026-01-05T08:00:00Z".parse().expect("a time");
    for (number, body) in (0..).zip(bodies) {
        let event = Event::new("1", number, time, body.to_vec())
            .with_content_type("application/json")
            .with_property("xrm-message-id", "42")
            .with_property("count", 7);
        let reason = DeadLetterReason::HandlerFailed;
        let letter = NewDeadLetter::new(event, reason, "no such account", 3, time);
        store.put_dead_letter(&stream, letter).await.expect("it can be stored");
    }
    url(&path)
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

fn dead_letters(store: &str, arguments: &[&str]) -> Run {
    run(command(&[&["dead-letters"], arguments, &["--store", store]].concat()))
}

#[tokio::test]
async fn dead_letters_are_listed_and_shown_with_their_bytes() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder, &[b"first", b"{\"x\":1}"]).await;
    let now = ["list", "--now", "2026-01-05T10:00:00Z"];
    let listed = dead_letters(&store, &now);
    assert_eq!((listed.code, &*listed.stderr), (0, ""), "{listed:?}");
    let rows: Vec<Vec<_>> =
        listed.stdout.lines().map(|it| it.split_whitespace().collect()).collect();
    assert_eq!(rows[2][..6], ["2", "accounts/$default", "1", "1", "handler-failed", "3"]);
    assert!(listed.stdout.contains("(2 h ago)") && listed.stdout.contains("no such account"));

    let json = dead_letters(&store, &["list", "--json"]).json_lines();
    assert_eq!((&json[0]["id"], &json[0]["event"]["body_base64"]), (&1.into(), &"Zmlyc3Q=".into()));
    let body = dead_letters(&store, &["show", "2", "--body"]);
    assert_eq!((body.code, &*body.stdout), (0, "{\"x\":1}"));
    let text = dead_letters(&store, &["show", "2"]).stdout;
    for part in ["the handler failed", "xrm-message-id", "7 bytes; --body prints it"] {
        assert!(text.contains(part), "{text}");
    }
    let missing = dead_letters(&store, &["show", "9"]);
    assert_eq!((missing.code, &*missing.stdout), (1, ""));
    let nowhere = dead_letters(&url(&folder.path().join("nowhere.db")), &["list"]);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.stderr.contains("there is no store at "), "{nowhere:?}");
}

#[tokio::test]
async fn a_replay_sends_the_event_again_and_deletes_the_dead_letter() {
    let folder = TempDir::new().unwrap();
    let store = store(&folder, &[b"{\"x\":1}", b"second"]).await;
    let served = Served::with(&["--hub", "accounts:2"]);
    let replay = |connection: &str, which: &[&str]| {
        let mut command =
            command(&[&["dead-letters", "replay", "--store", &store], which].concat());
        command.env("EVENTHUB_CONNECTION_STRING", connection);
        run(command)
    };
    let wrong = served.connection.replace("SharedAccessKey=", "SharedAccessKey=x");
    let refused = replay(&wrong, &["1"]);
    assert_eq!((refused.code, refused.stderr.contains("dead letter 1: ")), (1, true));
    let replayed = replay(&served.connection, &["1", "9"]);
    assert_eq!(replayed.code, 1, "one is missing: {replayed:?}");
    assert!(replayed.stderr.contains("there is no dead letter 9"), "{replayed:?}");
    assert!(replayed.stderr.contains("1 replayed"), "{replayed:?}");
    let events = served.events().json_lines();
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&events[0]["body_base64"], &events[0]["partition"]),
        (&"eyJ4IjoxfQ==".into(), &"1".into())
    );
    assert_eq!(
        (&events[0]["properties"]["count"], events[0]["properties"]["xrm-message-id"].as_str()),
        (&7.into(), Some("42"))
    );

    let left = dead_letters(&store, &["list", "--json"]).json_lines();
    assert_eq!(left.iter().map(|it| &it["id"]).collect::<Vec<_>>(), [2]);
    let deleted = dead_letters(&store, &["delete", "--all"]);
    assert_eq!((deleted.code, deleted.stderr.contains("1 deleted")), (0, true), "{deleted:?}");
    assert_eq!(dead_letters(&store, &["list", "--json"]).stdout, "");
}
