use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tempfile::TempDir;
use xrm_listener::conformance::{DEAD_LETTER_RULES, RULES};
use xrm_listener::{
    BoxFuture, Checkpoint, CheckpointStore, Claim, MemoryStore, Ownership, SqliteStore, StoreError,
    StreamName,
};

#[tokio::test]
async fn the_memory_store_keeps_every_rule() {
    for (name, rule) in RULES {
        println!("{name}");
        rule(&MemoryStore::new()).await;
    }
    for (name, rule) in DEAD_LETTER_RULES {
        println!("{name}");
        rule(&MemoryStore::new()).await;
    }
}

#[tokio::test]
async fn the_sqlite_store_keeps_every_rule() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(format!("{name}.db"));
    for (name, rule) in RULES {
        println!("{name}");
        rule(&SqliteStore::open(path(name)).await.unwrap()).await;
    }
    for (name, rule) in DEAD_LETTER_RULES {
        println!("{name}");
        rule(&SqliteStore::open(path(name)).await.unwrap()).await;
    }
}

/// A store that claims by no version and records checkpoints for everyone, to see that the suite notices.
#[derive(Debug, Default)]
struct Careless(MemoryStore);

impl CheckpointStore for Careless {
    fn announce<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        lease: Duration,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        self.0.announce(stream, listener, lease, now)
    }

    fn withdraw<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.withdraw(stream, listener)
    }

    fn ownerships<'a>(
        &'a self,
        stream: &'a StreamName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<Ownership>, StoreError>> {
        self.0.ownerships(stream, now)
    }

    fn claim<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        claims: &'a [Claim],
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Vec<Ownership>, StoreError>> {
        Box::pin(async move {
            let current = self.0.ownerships(stream, now).await?;
            let version = |partition: &str| {
                let found = current.iter().find(|it| it.partition == partition);
                found.map(|it| it.version.clone())
            };
            let claims: Vec<_> = claims
                .iter()
                .map(|it| Claim {
                    partition: it.partition.clone(),
                    version: version(&it.partition),
                })
                .collect();
            self.0.claim(stream, listener, &claims, now).await
        })
    }

    fn release<'a>(
        &'a self,
        stream: &'a StreamName,
        listener: &'a str,
        partitions: &'a [String],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.release(stream, listener, partitions)
    }

    fn checkpoints<'a>(
        &'a self,
        stream: &'a StreamName,
    ) -> BoxFuture<'a, Result<Vec<Checkpoint>, StoreError>> {
        self.0.checkpoints(stream)
    }

    fn set_checkpoint<'a>(
        &'a self,
        stream: &'a StreamName,
        _: Option<&'a str>,
        checkpoint: &'a Checkpoint,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.0.set_checkpoint(stream, None, checkpoint)
    }
}

#[tokio::test]
async fn the_suite_notices_a_careless_store() {
    let mut broken = Vec::new();
    for (name, rule) in RULES {
        let store = Arc::new(Careless::default());
        if tokio::spawn(async move { rule(&*store).await }).await.is_err() {
            broken.push(*name);
        }
    }
    assert_eq!(
        broken,
        [
            "of_claims_by_the_same_version_one_wins",
            "claims_are_decided_one_by_one",
            "a_former_owner_records_no_checkpoint",
            "a_checkpoint_goes_back_by_hand_alone",
        ]
    );
}

#[tokio::test]
async fn a_file_is_shared_by_stores_and_keeps_what_was_recorded() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("listener.db");
    let stream = StreamName::new("namespace", "hub", "group");
    // Opened at the same time, as by processes that start together.
    let (one, other) = tokio::join!(SqliteStore::open(&path), SqliteStore::open(&path));
    let (one, other) = (one.unwrap(), other.unwrap());
    let claims = [Claim { partition: "0".to_owned(), version: None }];
    let now = DateTime::UNIX_EPOCH;
    let (a, b) = tokio::join!(
        one.claim(&stream, "a", &claims, now),
        other.claim(&stream, "b", &claims, now)
    );
    let won = [a.unwrap(), b.unwrap()].concat();
    assert_eq!(won.len(), 1);
    let owner = won[0].owner.as_deref();
    let checkpoint = Checkpoint::new("0", 3, "300");
    assert!(one.set_checkpoint(&stream, owner, &checkpoint).await.unwrap());
    drop((one, other));
    let reopened = SqliteStore::open(&path).await.unwrap();
    assert_eq!(reopened.checkpoints(&stream).await.unwrap(), [checkpoint]);
}

#[tokio::test]
async fn a_file_of_a_newer_release_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("listener.db");
    drop(SqliteStore::open(&path).await.unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE xrm_listener_version SET version = 2", []).unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err().to_string();
    assert_eq!(error, "the tables have version 2, and this release supports up to 1");
    let no_database = folder.path().join("text.db");
    std::fs::write(&no_database, "this is a text, and much longer than a header of SQLite is")
        .unwrap();
    assert!(SqliteStore::open(&no_database).await.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new().unwrap();
    let path = folder.path().join("listener.db");
    drop(SqliteStore::open(&path).await.unwrap());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
