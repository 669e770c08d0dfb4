//! Rows that can't be read, and those of later releases.

use xrm_jobs::operations::{BulkChange, Selection, change};
use xrm_jobs::{Cause, JobQuery, JobStore as _, StatusCode};

use crate::database::{Database, at, claim, id, insert, keyed};

crate::tests!(
    rows_that_cannot_be_read_are_set_aside_and_all_others_are_worked_on,
    rows_that_cannot_be_read_stop_no_command,
    what_a_later_release_records_is_kept_and_stops_nothing,
);

async fn rows_that_cannot_be_read_are_set_aside_and_all_others_are_worked_on(database: Database) {
    let store = database.store().await;
    store
        .insert((1..=20).map(|it| keyed(it, (it < 3).then_some("key"))).collect())
        .await
        .expect("it works");
    database
        .execute(
            "UPDATE {schema}.asyncoperation SET attempts = 'no JSON' WHERE sequence = 1;
            UPDATE {schema}.asyncoperation SET cause = 'Weather' WHERE sequence = 3;
            UPDATE {schema}.asyncoperation SET createdon = 9000000000000000000 WHERE sequence = 4;
            UPDATE {schema}.asyncoperation SET statuscode = 30 WHERE sequence = 5",
        )
        .await;
    let mut claimed = Vec::new();
    for _ in 0..20 {
        let jobs = store.claim(claim("host-1", 2, at(1))).await.expect("it works");
        claimed.extend(jobs.into_iter().map(|it| it.job.id()));
    }
    claimed.sort_unstable();
    let expected: Vec<_> = [2].into_iter().chain(6..=20).map(id).collect();
    assert_eq!(claimed, expected, "the second of the key goes on when the first is set aside");
    for number in [1, 3, 4, 5] {
        let job = store.get(id(number)).await.expect("it works");
        assert_eq!(
            (job.status(), job.progress().cause),
            (StatusCode::Failed, Some(Cause::UnreadableRow))
        );
        assert!(job.progress().message.as_ref().expect("it works").contains("row={"));
    }
    let deleted = store.delete([1, 3, 4, 5].map(id).to_vec()).await.expect("it works");
    assert!(deleted.iter().all(Result::is_ok));
}

async fn rows_that_cannot_be_read_stop_no_command(database: Database) {
    let store = database.store().await;
    insert(&store, 3).await;
    database
        .execute(
            "UPDATE {schema}.asyncoperation
            SET statecode = 1, statuscode = 10, dueon = NULL, attempts = '?' WHERE sequence = 1",
        )
        .await;
    assert_eq!(store.get(id(1)).await.expect("it works").status(), StatusCode::Failed);
    assert_eq!(store.count(JobQuery::default()).await.expect("it works").values().sum::<u64>(), 3);
    let all = Selection::from(JobQuery::default());
    let canceled = change(&store, &all, BulkChange::Cancel, at(1), |_| ()).await.expect("it works");
    assert_eq!((canceled.changed, canceled.refused()), (2, 1));
    assert!(store.query(JobQuery::uncompleted()).await.expect("it works").is_empty());
}

async fn what_a_later_release_records_is_kept_and_stops_nothing(database: Database) {
    let store = database.store().await;
    insert(&store, 4).await;
    database
        .execute(
            r#"ALTER TABLE {schema}.asyncoperation ADD COLUMN later text;
            UPDATE {schema}.asyncoperation SET statecode = 1, statuscode = 10, dueon = NULL,
                cause = 'quota_exceeded', startedon = 0, retrycount = 1, later = 'kept', attempts =
                '[{"number":1,"host_id":"later","started_on":"2026-01-05T08:00:00Z",
                   "ended_on":null,"cause":"quota_exceeded","message":null,"region":"west"}]'
                WHERE sequence = 1;
            UPDATE {schema}.asyncoperation SET statuscode = 40 WHERE sequence = 2"#,
        )
        .await;
    assert_eq!(store.claim(claim("host-1", 9, at(1))).await.expect("it works").len(), 2);
    let mut job = store.get(id(1)).await.expect("it works");
    job.resume(at(1)).expect("it works");
    store.update(vec![job]).await.expect("it works").remove(0).expect("it works");
    assert_eq!(store.claim(claim("host-1", 9, at(1))).await.expect("it works").len(), 1);
    assert_eq!(store.query(JobQuery::default()).await.expect("it works").len(), 4);
    let kept = "SELECT count(*) FROM {schema}.asyncoperation WHERE sequence = 1
        AND cause = 'quota_exceeded' AND later = 'kept' OR sequence = 2 AND statuscode = 40";
    assert_eq!(database.number(kept).await, 2);
}
