//! How messages are stored.

use xrm_jobs::{
    Error, JobStore as _, NewJob, Payload, PayloadCompression, PayloadLoss, PayloadRetention,
};

use crate::database::{Database, at, claim, id, insert, new_job};

crate::tests!(
    messages_are_compressed_where_that_is_asked_for,
    messages_are_kept_for_as_long_as_is_asked_for,
    the_server_computes_the_same_checksum,
    a_flipped_bit_of_a_message_is_found,
    releases_that_added_to_the_tables_work_beside_those_that_did_not,
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

/// The formula of the documentation, by which other programs insert messages.
async fn the_server_computes_the_same_checksum(database: Database) {
    let store = database.store().await;
    let mut new = new_job(1);
    new.payload = Payload::new("text/plain", [0, 255, b'\'']).with_property("ü", "\"\0\n");
    store.insert(vec![new]).await.expect("a new id is accepted");
    let differ =
        "SELECT count(*) FROM {schema}.asyncoperation JOIN {schema}.payload USING (sequence)
        WHERE checksum IS DISTINCT FROM sha256(
            uuid_send(asyncoperationid) || convert_to(contenttype, 'UTF8') || '\\x00'::bytea
            || convert_to(properties, 'UTF8') || '\\x00'::bytea || body)";
    assert_eq!(database.number(differ).await, 0);
}

async fn a_flipped_bit_of_a_message_is_found(database: Database) {
    let store = database.store().await;
    insert(&store, 3).await;
    database
        .execute(
            "UPDATE {schema}.payload SET body = set_bit(body, 3, 1 - get_bit(body, 3))
                WHERE sequence = 1;
            UPDATE {schema}.payload SET checksum = NULL WHERE sequence = 2",
        )
        .await;
    assert!(matches!(store.payload(id(1)).await, Err(Error::DamagedPayload { .. })));
    let claimed = store.claim(claim("host-1", 3, at(1))).await.expect("it works");
    let lost: Vec<_> = claimed.into_iter().map(|it| it.payload.err()).collect();
    let damaged = Some(PayloadLoss::Damaged("its checksum differs"));
    assert_eq!(lost, [damaged, None, None], "a row without a checksum is not verified");
}

/// A later release adds columns that may be null, tables and indexes, and counts them.
async fn releases_that_added_to_the_tables_work_beside_those_that_did_not(database: Database) {
    let store = database.store().await;
    insert(&store, 1).await;
    database
        .execute(
            "ALTER TABLE {schema}.payload ADD COLUMN later bytea;
            ALTER TABLE {schema}.asyncoperation ADD COLUMN later text;
            INSERT INTO {schema}.schemaaddition (number) VALUES (99)",
        )
        .await;
    store.insert(vec![new_job(2)]).await.expect("a new id is accepted");
    let restarted = database.store().await;
    restarted.insert(vec![new_job(3)]).await.expect("a new id is accepted");
    let claimed = restarted.claim(claim("host-1", 3, at(1))).await.expect("it works");
    assert!(claimed.len() == 3 && claimed.iter().all(|it| it.payload.is_ok()));
}
