//! Connections that are lost in the midst of something.

use xrm_jobs::{Error, JobQuery, JobStore as _, Revision, StatusCode, StoreError, StoreErrorKind};

use crate::database::{Database, at, claim, id, insert, new_job};
use crate::proxy::Proxy;

crate::tests!(
    a_transaction_that_loses_its_connection_is_undone,
    an_answer_that_is_lost_can_be_asked_for,
    the_next_operation_finds_a_new_connection,
    nothing_is_lost_while_connections_are,
);

fn is_lost<T>(answer: &Result<T, Error>) -> bool {
    let error = answer.as_ref().err().and_then(Error::store_error);
    error.map(StoreError::kind) == Some(StoreErrorKind::ConnectionLost)
}

async fn a_transaction_that_loses_its_connection_is_undone(database: Database) {
    let store = database.store().await;
    let mut jobs = insert(&store, 3).await;
    for job in &mut jobs {
        job.cancel(at(1)).expect("a new job can be canceled");
    }
    // The store waits for the third job, and has the others, when its connection ends.
    let client = database.client().await;
    client.batch_execute("BEGIN").await.expect("a transaction begins");
    let lock = "SELECT FROM {schema}.asyncoperation WHERE asyncoperationid = $1 FOR UPDATE";
    let lock = lock.replace("{schema}", &database.schema);
    client.execute(&lock, &[&id(3)]).await.expect("the row is free");
    let store = std::sync::Arc::new(store);
    let blocked = tokio::spawn({
        let (store, jobs) = (std::sync::Arc::clone(&store), jobs.clone());
        async move { store.update(jobs).await }
    });
    database.connections(1, "wait_event_type = 'Lock'").await;
    assert_eq!(database.terminate("wait_event_type = 'Lock'").await, 1);
    let answer = blocked.await.expect("no panic");
    assert!(is_lost(&answer), "{answer:?}");
    client.batch_execute("COMMIT").await.expect("the transaction ends");

    for number in 1..=3 {
        let job = store.get(id(number)).await.expect("it is there");
        assert_eq!((job.status(), job.revision()), (StatusCode::WaitingForResources, Revision(1)));
    }
    let updated = store.update(jobs).await.expect("the store has another connection");
    assert!(updated.iter().all(Result::is_ok), "{updated:?}");
}

async fn an_answer_that_is_lost_can_be_asked_for(database: Database) {
    let proxy = Proxy::to(&database.server).await;
    let connection = format!("{} sslmode=disable", proxy.connection());
    let store = database.options().open(&connection).await.expect("it opens");
    insert(&store, 1).await;

    proxy.lose_answers();
    let answer = store.insert(vec![new_job(2), new_job(3)]).await;
    assert!(is_lost(&answer), "{answer:?}");
    proxy.pass_answers();
    let again = store.insert(vec![new_job(2), new_job(3)]).await;
    assert!(matches!(again, Err(Error::AlreadyExists { id: it }) if it == id(2)), "{again:?}");
    assert!(store.get(id(3)).await.is_ok(), "it was kept with the other");

    let mut job = store.get(id(1)).await.expect("it is there");
    job.cancel(at(1)).expect("a new job can be canceled");
    // The connection knows the statements by now.
    let absent = new_job(9).job.at_revision(Revision(1));
    store.update(vec![absent]).await.expect("the store works");
    proxy.lose_answers();
    let answer = store.update(vec![job.clone()]).await;
    assert!(is_lost(&answer), "{answer:?}");
    proxy.pass_answers();
    let again = store.update(vec![job]).await.expect("the store works").remove(0);
    let next = Revision(2);
    assert!(matches!(again, Err(Error::Conflict { found, .. }) if found == next), "{again:?}");
    assert_eq!(store.get(id(1)).await.expect("it is there").status(), StatusCode::Canceled);
}

async fn the_next_operation_finds_a_new_connection(database: Database) {
    let store = database.store().await;
    insert(&store, 1).await;
    assert!(database.terminate("true").await > 0);
    database.connections(0, "query NOT LIKE '%LISTEN%' AND query NOT LIKE '%pg_%'").await;
    // The end of a connection is noticed by a task of its own.
    crate::database::eventually(async || store.get(id(1)).await.is_ok()).await;
    assert_eq!(store.claim(claim("host-1", 1, at(1))).await.expect("it works").len(), 1);
}

async fn nothing_is_lost_while_connections_are(database: Database) {
    const JOBS: u128 = 300;
    let store = database.store().await;
    let killer = tokio::spawn({
        let database = database.clone();
        async move {
            loop {
                database.terminate("state = 'active'").await;
            }
        }
    });
    let mut losses = 0;
    for number in (1..=JOBS).step_by(3) {
        loop {
            match store.insert((number..number + 3).map(new_job).collect()).await {
                Ok(_) => break,
                Err(Error::AlreadyExists { id: it }) if it == id(number) => break,
                Err(Error::Store(_)) => losses += 1,
                Err(other) => unreachable!("{other}"),
            }
        }
    }
    let mut now = 0;
    loop {
        // What a lost claim began is due again when its lease is over.
        now += 61;
        let Ok(claimed) = store.claim(claim("host-1", 20, at(now))).await else {
            losses += 1;
            continue;
        };
        if claimed.is_empty() {
            break;
        }
        let mut jobs: Vec<_> = claimed.into_iter().map(|it| it.job).collect();
        for job in &mut jobs {
            job.succeed(at(now)).expect("an attempt is under way");
        }
        losses += usize::from(store.update(jobs).await.is_err());
    }
    killer.abort();
    let _ = killer.await;
    assert!(losses > 0, "the test loses connections");
    let succeeded =
        "SELECT count(*) FROM {schema}.asyncoperation WHERE statuscode = 30 AND leaseuntil IS NULL";
    assert_eq!(database.number(succeeded).await, JOBS as i64);
    assert_eq!(database.number("SELECT count(*) FROM {schema}.payload").await, 0);
    let store = database.store().await;
    let found = store.query(JobQuery::default()).await.expect("the store works");
    assert_eq!(found.len(), JOBS as usize);
}
