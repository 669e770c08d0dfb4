//! The server's clock, and how long a statement may take.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use xrm_jobs::{
    Claim, JobStore as _, LeaseRenewal, PostgresClock, StatusCode, StoreError, StoreErrorKind,
};

use crate::database::{Database, claim, id, insert, new_job};

crate::tests!(
    the_servers_clock_decides_when_leases_end,
    a_statement_waits_for_a_lock_no_longer_than_allowed,
);

async fn server_time(database: &Database) -> DateTime<Utc> {
    let micros = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    DateTime::from_timestamp_micros(database.number(micros).await).expect("it is in the calendar")
}

async fn the_servers_clock_decides_when_leases_end(database: Database) {
    let store = database.store_with(database.options().clock(PostgresClock::Server)).await;
    assert!(store.has_clock());
    insert(&store, 2).await;
    let (before, minute) = (server_time(&database).await, TimeDelta::seconds(60));
    // One worker is a day ahead, and another one a day behind.
    let ahead = Claim { now: before + TimeDelta::days(1), ..claim("ahead", 1, before) };
    let behind = Claim { now: before - TimeDelta::days(1), ..claim("behind", 9, before) };
    let claimed = store.claim(ahead.clone()).await.expect("it works");
    let others = store.claim(behind).await.expect("it works");
    let stolen = store.claim(Claim { limit: 9, ..ahead.clone() }).await.expect("it works");
    assert_eq!((claimed.len(), others.len(), stolen.len()), (1, 1, 0), "no live lease is taken");
    for job in [&claimed[0].job, &others[0].job] {
        let until = job.progress().lease_until.expect("it is leased");
        let after = server_time(&database).await;
        assert!(until >= before + minute - TimeDelta::seconds(1) && until <= after + minute);
    }

    let renewal = LeaseRenewal {
        host_id: "ahead".to_owned(),
        ids: vec![claimed[0].job.id()],
        lease: Duration::from_secs(600),
        now: ahead.now,
    };
    store.renew(renewal).await.expect("it works");
    let job = store.get(claimed[0].job.id()).await.expect("it is there");
    let until = job.progress().lease_until.expect("it is leased");
    assert!(
        until > before + minute && until <= server_time(&database).await + TimeDelta::seconds(600)
    );
}

async fn a_statement_waits_for_a_lock_no_longer_than_allowed(database: Database) {
    let options = database.options().lock_timeout(Duration::from_millis(200));
    let store = database.store_with(options).await;
    insert(&store, 1).await;
    let client = database.client().await;
    let lock = "BEGIN; LOCK TABLE {schema}.asyncoperation IN ACCESS EXCLUSIVE MODE";
    client.batch_execute(&lock.replace("{schema}", &database.schema)).await.expect("it is free");
    let refused = store.insert(vec![new_job(2)]).await.expect_err("the table is locked");
    let kind = refused.store_error().map(StoreError::kind);
    assert_eq!(kind, Some(StoreErrorKind::Busy), "{refused:?}");
    client.batch_execute("ROLLBACK").await.expect("it began");
    store.insert(vec![new_job(2)]).await.expect("the table is free");
    assert_eq!(
        store.get(id(2)).await.expect("it is there").status(),
        StatusCode::WaitingForResources
    );

    let options = database.options().statement_timeout(Duration::from_millis(200));
    let hasty = database.store_with(options.lock_timeout(Duration::ZERO)).await;
    client.batch_execute(&lock.replace("{schema}", &database.schema)).await.expect("it is free");
    let refused = hasty.get(id(1)).await.expect_err("the table is locked");
    assert_eq!(refused.store_error().map(StoreError::kind), Some(StoreErrorKind::Busy));
}
