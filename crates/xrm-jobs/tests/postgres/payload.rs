//! How messages are stored.

use xrm_jobs::{JobStore as _, NewJob, Payload, PayloadCompression, PayloadRetention};

use crate::database::{Database, at, claim, id, new_job};

crate::tests!(
    messages_are_compressed_where_that_is_asked_for,
    messages_are_kept_for_as_long_as_is_asked_for,
);

async fn messages_are_compressed_where_that_is_asked_for(database: Database) {
    let payload = Payload::new("application/json", b"{\"a\":0}".repeat(2000));
    let new = |number| NewJob::new(new_job(number).job, payload.clone());
    let plain = database.store().await;
    plain.insert(vec![new(1)]).await.expect("a new id is accepted");
    let compressing =
        database.store_with(database.options().payload_compression(PayloadCompression::Zlib)).await;
    compressing.insert(vec![new(2)]).await.expect("a new id is accepted");
    let lengths = "SELECT length(body)::bigint FROM {schema}.payload ORDER BY length(body) LIMIT 1";
    assert!(database.number(lengths).await < 1000);
    for number in [1, 2] {
        for store in [&plain, &compressing] {
            let found = store.payload(id(number)).await.expect("the job is there");
            assert_eq!(found.as_ref(), Some(&payload));
        }
    }
}

async fn messages_are_kept_for_as_long_as_is_asked_for(database: Database) {
    let mut kept = Vec::new();
    for (number, retention) in [
        (1, PayloadRetention::Always),
        (3, PayloadRetention::UntilSucceeded),
        (5, PayloadRetention::UntilCompleted),
    ] {
        let options = database.options().payload_retention(retention);
        let store = database.store_with(options).await;
        store.insert(vec![new_job(number), new_job(number + 1)]).await.expect("new ids");
        let claimed = store.claim(claim("host-1", 2, at(1))).await.expect("it works");
        let mut jobs: Vec<_> = claimed.into_iter().map(|it| it.job).collect();
        jobs[0].succeed(at(2)).expect("an attempt is under way");
        jobs[1].cancel(at(2)).expect("a job in progress can be canceled");
        jobs[1].abandon(at(61)).expect("the lease is over");
        for updated in store.update(jobs).await.expect("it works") {
            updated.expect("nobody else changed it");
        }
        for number in [number, number + 1] {
            kept.push(store.payload(id(number)).await.expect("the job is there").is_some());
        }
    }
    assert_eq!(kept, [true, true, false, true, false, false]);
}
