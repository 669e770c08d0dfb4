//! Opening a store, and what can be in the way.

use xrm_jobs::{Error, JobStore as _, PostgresOptions, StoreError, StoreErrorKind};

use crate::database::{Database, id, insert, new_job};

crate::tests!(
    stores_may_be_opened_at_the_same_time,
    the_tables_of_a_later_version_are_refused,
    somebody_elses_tables_are_refused,
    a_user_without_rights_is_told,
    a_user_needs_no_right_to_make_what_is_there,
    a_read_only_server_is_told,
    a_text_with_a_zero_is_refused,
    stores_in_other_schemas_share_nothing,
);

fn kind<T>(answer: Result<T, Error>) -> Option<StoreErrorKind> {
    answer.err().as_ref().and_then(Error::store_error).map(StoreError::kind)
}

async fn stores_may_be_opened_at_the_same_time(database: Database) {
    let opened = (0..6).map(|_| {
        let database = database.clone();
        tokio::spawn(async move { database.store().await })
    });
    for store in opened.collect::<Vec<_>>() {
        store.await.expect("each opens");
    }
    let repeated = "SELECT count(*) - max(version) FROM {schema}.schemaversion";
    assert_eq!(database.number(repeated).await, 0, "each step was made once");
}

async fn the_tables_of_a_later_version_are_refused(database: Database) {
    drop(database.store().await);
    database.execute("INSERT INTO {schema}.schemaversion (version) VALUES (99)").await;
    let opened = database.options().open(&database.server).await;
    let told = opened.as_ref().err().and_then(|it| Some(it.store_error()?.to_string()));
    assert!(told.is_some_and(|it| it.contains("99")));
    assert_eq!(kind(opened), Some(StoreErrorKind::NewerSchema));
}

async fn somebody_elses_tables_are_refused(database: Database) {
    database.execute("CREATE SCHEMA {schema}; CREATE TABLE {schema}.asyncoperation (a int)").await;
    let opened = database.options().open(&database.server).await;
    assert_eq!(kind(opened), Some(StoreErrorKind::ForeignSchema));
    let kept = database.number("SELECT count(*) FROM {schema}.asyncoperation").await;
    assert_eq!(kept, 0, "they are left alone");
}

async fn a_user_without_rights_is_told(database: Database) {
    let user = as_user(&database, "").await;
    let opened = database.options().open(&user).await;
    assert_eq!(kind(opened), Some(StoreErrorKind::PermissionDenied));
    drop(database.store().await);
    let opened = database.options().open(&user).await;
    assert_eq!(kind(opened), Some(StoreErrorKind::PermissionDenied));
    drop_user(&database).await;
}

async fn a_user_needs_no_right_to_make_what_is_there(database: Database) {
    drop(database.store().await);
    let user = as_user(
        &database,
        "GRANT USAGE ON SCHEMA {schema} TO {schema}_user;
        GRANT SELECT ON {schema}.schemaversion TO {schema}_user;
        GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.asyncoperation, {schema}.payload
            TO {schema}_user;",
    )
    .await;
    let store = database.options().open(&user).await.expect("it opens");
    insert(&store, 1).await;
    drop(store);
    drop_user(&database).await;
}

/// A connection string of a new user with these rights.
async fn as_user(database: &Database, grants: &str) -> String {
    database.execute(&format!("CREATE ROLE {{schema}}_user LOGIN; {grants}")).await;
    // Of a key that is given twice the last one counts.
    format!("{} user={}_user", database.server, database.schema)
}

async fn drop_user(database: &Database) {
    database.execute("DROP OWNED BY {schema}_user; DROP ROLE {schema}_user").await;
}

async fn a_read_only_server_is_told(database: Database) {
    drop(database.store().await);
    let read_only = format!("{} options='-c default_transaction_read_only=on'", database.server);
    let store = database.options().open(&read_only).await.expect("it opens");
    assert_eq!(kind(store.insert(vec![new_job(1)]).await), Some(StoreErrorKind::ReadOnly));
    assert!(matches!(store.get(id(1)).await, Err(Error::Missing { .. })), "it can be read");
}

async fn a_text_with_a_zero_is_refused(database: Database) {
    let store = database.store().await;
    let mut job = new_job(2);
    job.payload = xrm_jobs::Payload::new("text/\0", *b"x");
    let refused = store.insert(vec![new_job(1), job]).await;
    assert_eq!(kind(refused), Some(StoreErrorKind::Other));
    assert!(matches!(store.get(id(1)).await, Err(Error::Missing { .. })), "nothing is kept");
}

async fn stores_in_other_schemas_share_nothing(database: Database) {
    let quoted = format!("{} \"x\" É", database.schema);
    let options = PostgresOptions::new().schema(&quoted);
    let (one, other) = (database.store().await, database.store_with(options).await);
    insert(&one, 1).await;
    insert(&other, 2).await;
    assert!(matches!(one.get(id(2)).await, Err(Error::Missing { .. })));
    drop(other);
    database.execute(&format!("DROP SCHEMA \"{}\" CASCADE", quoted.replace('"', "\"\""))).await;
}
