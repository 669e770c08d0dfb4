//! Workers of other processes are woken.

use std::time::Duration;

use xrm_jobs::JobStore as _;

use crate::database::{Database, at, claim, id, new_job};

crate::tests!(
    a_change_wakes_the_workers_of_other_stores,
    who_waits_is_woken_when_the_connection_is_back,
    stores_in_other_schemas_are_left_alone,
);

/// Far longer than a notification takes.
const LONG: Duration = Duration::from_secs(20);

/// Waits until so many stores listen. Beginning to listen wakes who waits, and is past then; what
/// wakes them afterwards is a notification.
async fn listening(database: &Database, stores: i64) {
    database.connections(stores, "query LIKE 'SELECT pg_notify%' AND state = 'idle'").await;
}

async fn a_change_wakes_the_workers_of_other_stores(database: Database) {
    let (worker, publisher) = (database.store().await, database.store().await);
    listening(&database, 2).await;
    for number in 1..=5 {
        let changed = worker.changed();
        publisher.insert(vec![new_job(number)]).await.expect("a new id is accepted");
        tokio::time::timeout(LONG, changed).await.expect("the worker is woken by a new job");
    }
    let changed = worker.changed();
    let mut job = publisher.get(id(1)).await.expect("it is there");
    job.postpone(at(5), at(1)).expect("a new job can be postponed");
    publisher.update(vec![job]).await.expect("it works").remove(0).expect("it is unchanged");
    tokio::time::timeout(LONG, changed).await.expect("the worker is woken by a change");
    assert_eq!(worker.claim(claim("host-1", 9, at(5))).await.expect("it works").len(), 5);
}

async fn who_waits_is_woken_when_the_connection_is_back(database: Database) {
    let (worker, publisher) = (database.store().await, database.store().await);
    listening(&database, 2).await;
    let changed = worker.changed();
    assert_eq!(database.terminate("query LIKE 'SELECT pg_notify%'").await, 2);
    tokio::time::timeout(LONG, changed)
        .await
        .expect("the worker is woken, because notifications may be lost");
    for number in 1..=3 {
        let changed = worker.changed();
        publisher.insert(vec![new_job(number)]).await.expect("a new id is accepted");
        tokio::time::timeout(LONG, changed).await.expect("the worker is woken by a new job");
    }
}

async fn stores_in_other_schemas_are_left_alone(database: Database) {
    let elsewhere = Database { schema: format!("{}_b", database.schema), ..database.clone() };
    let worker = database.store().await;
    let (other, witness) = (elsewhere.store().await, elsewhere.store().await);
    listening(&database, 1).await;
    listening(&elsewhere, 2).await;
    let (mut changed, heard) = (worker.changed(), witness.changed());
    other.insert(vec![new_job(1)]).await.expect("a new id is accepted");
    tokio::time::timeout(LONG, heard).await.expect("a store of the schema is woken");
    let poll = std::future::poll_fn(|it| std::task::Poll::Ready(changed.as_mut().poll(it))).await;
    assert!(poll.is_pending(), "notifications of another schema wake nobody");
    database.execute("DROP SCHEMA {schema}_b CASCADE").await;
}
