//! What a local hub keeps in a folder, and finds there again.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use azure_sas::SharedAccessKey;
use eventhub_local::{AccessRight, AuthorizationRule, Builder, Error, LocalEventHub};

use crate::client::{KEY, LOOPBACK, ask, at, builder, post, post_with, sign};

fn in_folder(folder: &Path) -> Builder {
    builder().data(folder)
}

async fn start(folder: &Path) -> LocalEventHub {
    in_folder(folder).serve(LOOPBACK).await.expect("the folder is sound")
}

async fn send(local: &LocalEventHub, path: &str, body: &str) {
    let answer = post(local, path, "Content-Type: text/plain\r\nalert: 7", body.as_bytes()).await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
}

fn names(local: &LocalEventHub) -> Vec<String> {
    local.hubs().into_iter().map(|(name, _)| name).collect()
}

/// The segments of a hub, oldest first.
fn segments(folder: &Path, hub: u32) -> Vec<PathBuf> {
    let files = fs::read_dir(folder.join("hubs").join(hub.to_string())).expect("a hub");
    let mut files: Vec<_> = files.map(|it| it.expect("a file").path()).collect();
    files.sort();
    files
}

fn error(result: Result<LocalEventHub, Error>) -> Error {
    result.expect_err("it can't be served")
}

#[tokio::test]
async fn events_are_there_again_with_their_places_and_properties() {
    let folder = tempfile::tempdir().unwrap();
    let local = start(folder.path()).await;
    for number in 0..10 {
        send(&local, "/accounts/messages", &number.to_string()).await;
    }
    let broker = "BrokerProperties: {\"PartitionKey\": \"k\", \"MessageId\": \"m\"}";
    assert_eq!(
        post(&local, "/tiny/messages", broker, b"x").await.status_line,
        "HTTP/1.1 201 Created"
    );
    let before = (local.events("accounts").unwrap(), local.events("tiny").unwrap());
    local.shutdown().await;

    let local = start(folder.path()).await;
    assert_eq!((local.events("accounts").unwrap(), local.events("tiny").unwrap()), before);
    assert_eq!(local.event_counts("accounts").unwrap().arrived, 10);
    assert!(local.torn_tails().is_empty());
    // The turn of the partitions goes on, too.
    send(&local, "/accounts/messages", "10").await;
    let events = local.events("accounts").unwrap();
    let last = events.last().unwrap();
    assert_eq!((&*last.partition, last.sequence), ("2", 2));
    local.wait_for("accounts", 11).await.unwrap();
}

#[tokio::test]
async fn sequence_numbers_go_on_when_all_events_were_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let one = |folder: &Path| in_folder(folder).max_events_per_partition(1);
    let local = one(folder.path()).serve(LOOPBACK).await.unwrap();
    for _ in 0..500 {
        send(&local, "/tiny/messages", &"x".repeat(1000)).await;
    }
    local.shutdown().await;
    let segments = segments(folder.path(), 2);
    assert!(segments.len() <= 2, "old segments are deleted: {segments:?}");

    let local = one(folder.path()).serve(LOOPBACK).await.unwrap();
    let counts = local.event_counts("tiny").unwrap();
    assert_eq!((counts.arrived, counts.held, counts.dropped), (500, 1, 499));
    send(&local, "/tiny/messages", "y").await;
    assert_eq!(local.events("tiny").unwrap()[0].sequence, 500);
}

#[tokio::test]
async fn keys_and_hubs_need_not_be_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let new = || LocalEventHub::builder().data(folder.path());
    let local = new().hub("accounts", 2).serve(LOOPBACK).await.unwrap();
    let connection = local.connection_string("accounts").unwrap();
    local.shutdown().await;

    let local = new().serve(LOOPBACK).await.unwrap();
    assert_eq!(names(&local), ["accounts"]);
    assert_eq!(local.connection_string("accounts").unwrap().key(), connection.key());
    local.shutdown().await;

    // A key that is given is the key from then on.
    let local = new().key(KEY.clone()).hub("orders", 1).serve(LOOPBACK).await.unwrap();
    local.shutdown().await;
    let local = new().serve(LOOPBACK).await.unwrap();
    assert_eq!(names(&local), ["accounts", "orders"]);
    assert_eq!(local.connection_string("orders").unwrap().key(), Some(&*KEY));
}

#[tokio::test]
async fn what_management_changed_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let rule = |rights| {
        let key = || SharedAccessKey::new("b3duIGtleQ==").unwrap();
        AuthorizationRule::new("till", rights, key(), key()).unwrap()
    };
    let given = in_folder(folder.path()).hub_authorization_rule("tiny", rule([AccessRight::Send]));
    let local = given.serve(LOOPBACK).await.unwrap();
    let entry = |name: &str, content: &str| {
        format!(
            "<entry xmlns=\"http://www.w3.org/2005/Atom\"><content type=\"application/xml\"><{name} \
             xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\">{content}\
             </{name}></content></entry>"
        )
    };
    let hub = entry(
        "EventHubDescription",
        "<UserMetadata>mine</UserMetadata><PartitionCount>7</PartitionCount>",
    );
    let group = entry("ConsumerGroupDescription", "<UserMetadata>yours</UserMetadata>");
    let revoked = entry("RevokedPublisherDescription", "<Name>p</Name>");
    for (method, path, body, status) in [
        ("PUT", "/orders", &*hub, "201"),
        ("PUT", "/gone", &hub, "201"),
        ("PUT", "/tiny/consumergroups/Audit", &group, "201"),
        ("PUT", "/tiny/consumergroups/gone", &group, "201"),
        ("DELETE", "/tiny/consumergroups/gone", "", "200"),
        ("PUT", "/tiny/revokedpublishers/p", &revoked, "201"),
        ("DELETE", "/gone", "", "200"),
    ] {
        let answer = ask(&local, method, path, "", body).await;
        assert!(answer.status_line.contains(status), "{method} {path}: {answer:?}");
    }
    send(&local, "/orders/messages", "x").await;
    let mut before = Vec::new();
    for path in ["/orders", "/tiny/consumergroups", "/tiny/revokedpublishers"] {
        before.push((path, ask(&local, "GET", path, "", "").await.body));
    }
    local.shutdown().await;

    let local = start(folder.path()).await;
    assert_eq!(names(&local), ["accounts", "orders", "tiny"]);
    assert_eq!(
        fs::read_dir(folder.path().join("hubs")).unwrap().count(),
        3,
        "the third was deleted"
    );
    // The port is another, and nothing else.
    let plain = |text: &str| {
        let mut parts = text.split("127.0.0.1:");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, it| all + it.trim_start_matches(|c: char| c.is_ascii_digit()))
    };
    for (path, body) in before {
        assert_eq!(plain(&ask(&local, "GET", path, "", "").await.body), plain(&body), "{path}");
    }
    let events = local.events("orders").unwrap();
    assert_eq!((events.len(), &*events[0].body), (1, &b"x"[..]));
    let path = format!("{}/tiny/messages", local.origin());
    let key = local.authorization_rule("tiny", "till").unwrap().primary_key().clone();
    let authorization = sign(&key, "till", &path, at(i64::from(i32::MAX)).timestamp());
    let headers = format!("Authorization: {authorization}");
    let answer = post_with(&local, "/tiny/messages", &headers, b"x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 201 Created");
}

#[tokio::test]
async fn consumer_groups_can_be_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let given = || in_folder(folder.path()).consumer_group("Tiny", "audit");
    for builder in [given().consumer_group("tiny", "$Default"), given(), in_folder(folder.path())] {
        let local = builder.serve(LOOPBACK).await.unwrap();
        let groups = ask(&local, "GET", "/tiny/consumergroups", "", "").await.body;
        assert_eq!(groups.matches("<entry").count(), 2, "{groups}");
        local.shutdown().await;
    }
}

#[tokio::test]
async fn a_send_that_was_not_written_to_its_end_is_cut_off_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let local = start(folder.path()).await;
    for body in ["a", "b"] {
        send(&local, "/tiny/messages", body).await;
    }
    local.shutdown().await;
    let file = segments(folder.path(), 2).pop().unwrap();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 3]).unwrap();

    let local = start(folder.path()).await;
    let events = local.events("tiny").unwrap();
    assert_eq!((events.len(), &*events[0].body), (1, &b"a"[..]));
    let [torn] = local.torn_tails() else { panic!("{:?}", local.torn_tails()) };
    assert_eq!(torn.path, file);
    assert_eq!(torn.offset + torn.bytes, whole.len() as u64 - 3);
    send(&local, "/tiny/messages", "c").await;
    local.shutdown().await;

    let local = start(folder.path()).await;
    let events = local.events("tiny").unwrap();
    let bodies: Vec<_> = events.iter().map(|it| (it.sequence, &*it.body)).collect();
    assert_eq!(bodies, [(0, &b"a"[..]), (1, b"c")]);
    assert!(local.torn_tails().is_empty());
}

#[tokio::test]
async fn damage_is_an_error_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let local = start(folder.path()).await;
    for body in ["first", "second", "third"] {
        send(&local, "/tiny/messages", body).await;
    }
    local.shutdown().await;
    let file = segments(folder.path(), 2).pop().unwrap();
    let whole = fs::read(&file).unwrap();
    let place = whole.windows(6).position(|it| it == b"second").unwrap();
    let mut damaged = whole.clone();
    damaged[place] ^= 1;
    fs::write(&file, damaged).unwrap();
    let error_of = error(in_folder(folder.path()).serve(LOOPBACK).await);
    let Error::DataDamaged { path, offset, .. } = &error_of else { panic!("{error_of:?}") };
    assert_eq!(path, &file);
    assert!((*offset as usize) < place, "{error_of}");

    // Nothing was changed, and what was restored is read again.
    fs::write(&file, whole).unwrap();
    let local = start(folder.path()).await;
    assert_eq!(local.events("tiny").unwrap().len(), 3);
    local.shutdown().await;

    let state = folder.path().join("namespace");
    let mut bytes = fs::read(&state).unwrap();
    bytes[20] ^= 1;
    fs::write(&state, bytes).unwrap();
    let error_of = error(in_folder(folder.path()).serve(LOOPBACK).await);
    assert!(matches!(&error_of, Error::DataDamaged { path, .. } if *path == state), "{error_of:?}");
    fs::remove_file(&state).unwrap();
    let error_of = error(in_folder(folder.path()).serve(LOOPBACK).await);
    assert!(matches!(&error_of, Error::DataDamaged { .. }), "events are not removed: {error_of:?}");
}

#[tokio::test]
async fn files_of_a_killed_process_that_are_not_in_place_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path()).await.shutdown().await;
    let stray = [folder.path().join(".unfinished-a"), folder.path().join("hubs/1/.unfinished-b")];
    for path in &stray {
        fs::write(path, "half").unwrap();
    }
    // A hub that was made, and not yet written down.
    let orphan = folder.path().join("hubs/77");
    fs::create_dir(&orphan).unwrap();
    let local = start(folder.path()).await;
    assert!(stray.iter().all(|it| !it.exists()) && !orphan.exists());
    assert_eq!(names(&local), ["accounts", "tiny"]);
}

#[tokio::test]
async fn a_start_that_did_not_finish_does_not_spoil_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    // It is refused after the hubs were made.
    let refused = error(in_folder(folder.path()).consumer_group("gone", "x").serve(LOOPBACK).await);
    assert!(matches!(&refused, Error::UnknownHub { .. }), "{refused:?}");
    assert_eq!(fs::read_dir(folder.path().join("hubs")).unwrap().count(), 2);
    let local = start(folder.path()).await;
    send(&local, "/tiny/messages", "x").await;
    local.shutdown().await;
    assert_eq!(fs::read_dir(folder.path().join("hubs")).unwrap().count(), 2);
}

#[tokio::test]
async fn a_folder_is_for_one_local_hub() {
    let folder = tempfile::tempdir().unwrap();
    let local = start(folder.path()).await;
    let second = error(in_folder(folder.path()).serve(LOOPBACK).await);
    assert!(matches!(&second, Error::DataInUse { path } if path == folder.path()), "{second:?}");
    drop(local);
    start(folder.path()).await;
}

#[tokio::test]
async fn a_hub_keeps_its_partitions() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path()).await.shutdown().await;
    let other = LocalEventHub::builder().hub("Accounts", 5).data(folder.path());
    let refused = error(other.serve(LOOPBACK).await);
    assert!(matches!(refused, Error::KeptPartitionCount { kept: 4, count: 5, .. }), "{refused:?}");
}

#[tokio::test]
async fn a_folder_that_can_not_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let mut written = OpenOptions::new().write(true).create_new(true).open(&file).unwrap();
    written.write_all(b"x").unwrap();
    let refused = error(in_folder(&file).serve(LOOPBACK).await);
    assert!(matches!(&refused, Error::Data { path, .. } if path.starts_with(&file)), "{refused:?}");
    assert!(std::error::Error::source(&refused).is_some());
}

#[cfg(unix)]
#[tokio::test]
async fn keys_and_events_are_for_the_owner_of_the_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let local = in_folder(folder.path()).fsync().serve(LOOPBACK).await.unwrap();
    send(&local, "/tiny/messages", "x").await;
    let mut files = segments(folder.path(), 2);
    files.push(folder.path().join("namespace"));
    for file in files {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}
