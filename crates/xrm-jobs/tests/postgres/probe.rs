//! Servers that only pretend, and poolers, are recognized when a store is opened.

use xrm_jobs::{Error, JobStore as _, PostgresJobStore, StoreError, StoreErrorKind};

use crate::database::{Database, insert};
use crate::proxy::Proxy;

crate::tests!(
    advisory_locks_that_lock_nothing_are_refused,
    rows_that_are_not_skipped_are_refused,
    a_server_that_does_not_notify_is_done_without,
    a_pooler_is_taken_in_session_mode_alone,
    a_server_is_not_probed_if_that_is_switched_off,
);

fn refusal(opened: Result<PostgresJobStore, Error>) -> String {
    let error = opened.expect_err("it is refused");
    let error = error.store_error().expect("the store says why");
    assert_eq!(error.kind(), StoreErrorKind::Unsupported, "{error:?}");
    error.to_string()
}

/// A server on which a function does nothing: ours is found before the server's.
async fn pretending(database: &Database, function: &str) -> String {
    database
        .execute(&format!(
            "CREATE SCHEMA {{schema}}_pretends; CREATE FUNCTION {{schema}}_pretends.{function}"
        ))
        .await;
    // In a connection string, a comma is one of the value.
    format!("{} options='-c search_path={}_pretends,pg_catalog'", database.server, database.schema)
}

async fn clean_up(database: &Database) {
    database.execute("DROP SCHEMA {schema}_pretends CASCADE").await;
}

/// Whether the schema of the test has been created.
async fn is_created(database: &Database) -> bool {
    let count = "SELECT count(*) FROM pg_namespace WHERE nspname = '{schema}'";
    database.number(count).await == 1
}

/// As in CockroachDB, which has the functions for compatibility.
async fn advisory_locks_that_lock_nothing_are_refused(database: Database) {
    let locks = "pg_try_advisory_xact_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'";
    let server = pretending(&database, locks).await;
    let refused = refusal(database.options().open(&server).await);
    assert!(refused.contains("advisory locks lock nothing"), "{refused}");
    assert!(!is_created(&database).await, "nothing is left behind");
    clean_up(&database).await;
}

async fn rows_that_are_not_skipped_are_refused(database: Database) {
    let proxy = Proxy::that_removes(b"SKIP LOCKED", &database.server).await;
    let connection = format!("{} sslmode=disable", proxy.connection());
    let refused = refusal(database.options().open(&connection).await);
    assert!(refused.contains("does not skip locked rows"), "{refused}");
}

async fn a_server_that_does_not_notify_is_done_without(database: Database) {
    let store = database.store().await;
    assert!(store.is_notified());
    drop(store);
    let proxy = Proxy::that_removes(b"LISTEN", &database.server).await;
    let connection = format!("{} sslmode=disable", proxy.connection());
    let store = database.options().open(&connection).await.expect("it opens");
    assert!(!store.is_notified());
    // It works all the same, and wakes its own workers.
    let changed = store.changed();
    insert(&store, 1).await;
    changed.await;
    store.close().await.expect("there is no last notification to wait for");
}

async fn a_pooler_is_taken_in_session_mode_alone(database: Database) {
    let Ok(pooler) = std::env::var("XRM_EVENTHUB_TEST_PGBOUNCER") else {
        return crate::say("SKIPPED, for there is no PgBouncer: the rest of this test");
    };
    let refused = refusal(database.options().open(&format!("{pooler} dbname=transaction")).await);
    assert!(refused.contains("use its session mode"), "{refused}");
    assert!(!is_created(&database).await, "nothing is left behind");
    let store = database.options().open(&format!("{pooler} dbname=session")).await;
    let store = store.expect("session mode keeps sessions");
    assert!(store.is_notified());
    insert(&store, 3).await;
    store.close().await.expect("it closes");
}

async fn a_server_is_not_probed_if_that_is_switched_off(database: Database) {
    let locks = "pg_try_advisory_xact_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'";
    let server = pretending(&database, locks).await;
    let opened = database.options().probe(false).open(&server).await;
    assert!(
        opened.is_ok(),
        "{:?}",
        opened.as_ref().err().and_then(Error::store_error).map(StoreError::kind)
    );
    clean_up(&database).await;
}
