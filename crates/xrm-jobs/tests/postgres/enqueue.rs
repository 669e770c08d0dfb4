//! Jobs that are enqueued in a transaction of the application, by the store and by the function.

use tokio_postgres::IsolationLevel;
use xrm_jobs::{Error, JobStore as _, NewJob, Payload, StoreErrorKind};

use crate::database::{Database, at, claim, eventually, id, insert, keyed, new_job};

crate::tests!(
    a_job_exists_if_the_transaction_is_committed,
    what_the_function_stores_is_what_the_store_stores,
    a_taken_id_is_refused,
    jobs_of_a_key_follow_each_other_whoever_enqueues_them,
    a_job_with_a_key_needs_a_transaction_that_is_read_committed,
    properties_that_are_none_are_refused,
    workers_are_woken_if_that_is_asked_for,
);

/// Calls the function with these arguments more.
fn enqueue(number: u128, more: &str) -> String {
    format!(
        "SELECT {{schema}}.enqueue_v1(id => '{}', endpoint => '', name => 'job',
            content_type => 'text/plain', body => 'message',
            created_on => '1970-01-01T00:00:00Z' {more})",
        id(number),
    )
}

async fn a_job_exists_if_the_transaction_is_committed(database: Database) {
    let store = database.store().await;
    let mut client = database.client().await;
    for (number, is_committed) in [(1, true), (2, false)] {
        let transaction = client.transaction().await.expect("the server is there");
        let jobs = vec![new_job(number), keyed(number + 10, Some("k"))];
        let stored = store.insert_in(&transaction, jobs).await.expect("new ids are accepted");
        assert_eq!(stored[0].id(), id(number));
        assert!(matches!(store.get(id(number)).await, Err(Error::Missing { .. })), "not yet");
        match is_committed {
            true => transaction.commit().await,
            false => transaction.rollback().await,
        }
        .expect("the transaction ends");
        let found = store.get(id(number)).await;
        assert_eq!(found.ok(), is_committed.then(|| stored[0].clone()));
    }
    let claimed = store.claim(claim("host-1", 9, at(1))).await.expect("the store works");
    assert_eq!(claimed.len(), 2);
    assert!(claimed.iter().all(|it| it.payload.is_ok()));
}

async fn what_the_function_stores_is_what_the_store_stores(database: Database) {
    let store = database.store().await;
    let mut job = keyed(1, Some("k"));
    job.payload = Payload::new("text/plain", *b"message").with_property("ü", "\"");
    store.insert(vec![job]).await.expect("a new id is accepted");
    database.execute(&enqueue(2, r#", partition_key => 'k2', properties => '[["ü","\""]]'"#)).await;
    // But for the ids and what follows from them.
    let differences = database
        .number(
            "SELECT count(*) FROM (
                SELECT key, value FROM {schema}.asyncoperation,
                    jsonb_each(to_jsonb(asyncoperation)) WHERE asyncoperationid = '{first}'
                EXCEPT
                SELECT key, value FROM {schema}.asyncoperation,
                    jsonb_each(to_jsonb(asyncoperation)) WHERE asyncoperationid <> '{first}'
            ) AS differences
            WHERE key NOT IN ('sequence', 'asyncoperationid', 'operationid', 'messageid', 'partitionkey')"
                .replace("{first}", &id(1).to_string())
                .as_str(),
        )
        .await;
    assert_eq!(differences, 0);
    let claimed = store.claim(claim("host-1", 9, at(1))).await.expect("the store works");
    let [first, second] = &claimed[..] else { unreachable!("both are due: {claimed:?}") };
    // With its checksum, which would be a reason to lose it.
    assert_eq!(first.payload, second.payload);
    assert!(second.payload.is_ok());
    assert_eq!(second.job.description().message_id, id(2));
}

async fn a_taken_id_is_refused(database: Database) {
    let store = database.store().await;
    insert(&store, 1).await;
    let mut client = database.client().await;
    for jobs in [vec![new_job(2), new_job(1)], vec![new_job(3), new_job(3)]] {
        let taken = jobs[1].job.id();
        let transaction = client.transaction().await.expect("the server is there");
        let refused = store.insert_in(&transaction, jobs).await;
        assert!(matches!(refused, Err(Error::AlreadyExists { id }) if id == taken), "{refused:?}");
    }
    let call = enqueue(1, "").replace("{schema}", &database.schema);
    let refused = client.batch_execute(&call).await.expect_err("the id is taken");
    assert_eq!(refused.code().map(|it| it.code()), Some("23505"));
}

async fn jobs_of_a_key_follow_each_other_whoever_enqueues_them(database: Database) {
    let store = database.store().await;
    store.insert(vec![keyed(1, Some("k"))]).await.expect("a new id is accepted");
    database.execute(&enqueue(2, ", partition_key => 'k'")).await;
    let mut client = database.client().await;
    let transaction = client.transaction().await.expect("the server is there");
    store.insert_in(&transaction, [keyed(3, Some("k"))]).await.expect("a new id is accepted");
    // While the application has the key, nobody completes a job of it.
    let first = store.claim(claim("host-1", 9, at(1))).await.expect("the store works");
    assert_eq!(first.iter().map(|it| it.job.id()).collect::<Vec<_>>(), [id(1)]);
    let mut job = first.into_iter().next().expect("it was claimed").job;
    job.succeed(at(2)).expect("an attempt is under way");
    let completer = database.store().await;
    let completed = tokio::spawn(async move { completer.update(vec![job]).await });
    database.connections(1, "wait_event = 'advisory'").await;
    transaction.commit().await.expect("the transaction ends");
    completed.await.expect("no panic").expect("the store works").remove(0).expect("it is held");
    for number in 2..=3 {
        let claimed = store.claim(claim("host-1", 9, at(2))).await.expect("the store works");
        assert_eq!(claimed.iter().map(|it| it.job.id()).collect::<Vec<_>>(), [id(number)]);
        let mut job = claimed.into_iter().next().expect("it was claimed").job;
        job.succeed(at(3)).expect("an attempt is under way");
        store.update(vec![job]).await.expect("the store works").remove(0).expect("it is held");
    }
}

async fn a_job_with_a_key_needs_a_transaction_that_is_read_committed(database: Database) {
    let store = database.store().await;
    let mut client = database.client().await;
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
    let call = |number, more| enqueue(number, more).replace("{schema}", &database.schema);
    client.batch_execute(&format!("{begin}; {}; COMMIT", call(1, ""))).await.expect("it has none");
    let refused =
        client.batch_execute(&format!("{begin}; {}", call(2, ", partition_key => 'k'"))).await;
    assert!(refused.is_err_and(|it| {
        it.as_db_error().is_some_and(|it| it.message().contains("READ COMMITTED"))
    }));
    client.batch_execute("ROLLBACK").await.expect("the transaction ends");
    let level = IsolationLevel::RepeatableRead;
    let transaction = client.build_transaction().isolation_level(level).start().await;
    let transaction = transaction.expect("the server is there");
    let refused = store.insert_in(&transaction, [keyed(3, Some("k"))]).await;
    let error = refused.expect_err("the snapshot is too old");
    let error = error.store_error().expect("the store says why");
    assert_eq!(error.kind(), StoreErrorKind::Other);
    assert!(error.to_string().contains("READ COMMITTED"), "{error}");
}

async fn properties_that_are_none_are_refused(database: Database) {
    drop(database.store().await);
    let client = database.client().await;
    for wrong in ["{}", "[1]", "[[\"a\"]]", "[[\"a\",1]]", "nothing", "[[\"a\",\"b\",\"c\"]]"] {
        let call = enqueue(1, &format!(", properties => '{wrong}'"));
        let refused = client.batch_execute(&call.replace("{schema}", &database.schema)).await;
        assert!(refused.is_err(), "{wrong}");
    }
    assert_eq!(database.number("SELECT count(*) FROM {schema}.asyncoperation").await, 0);
}

async fn workers_are_woken_if_that_is_asked_for(database: Database) {
    let store = database.store().await;
    let listening = "query LIKE 'SELECT pg_notify%' AND state = 'idle'";
    database.connections(1, listening).await;
    let changed = store.changed();
    database.execute(&enqueue(1, ", notify => true")).await;
    changed.await;
    let changed = store.changed();
    let mut client = database.client().await;
    let transaction = client.transaction().await.expect("the server is there");
    let new: NewJob = new_job(2);
    store.insert_in(&transaction, [new]).await.expect("a new id is accepted");
    transaction.commit().await.expect("the transaction ends");
    store.wake();
    changed.await;
    eventually(async || store.next_due("").await.is_ok_and(|it| it.is_some())).await;
}
