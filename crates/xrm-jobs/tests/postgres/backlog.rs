//! Work is found by indexes.

use xrm_jobs::{
    Cause, JobDescription, JobQuery, JobStore as _, NewJob, Payload, PostgresJobStore, StatusCode,
    SystemJob,
};

use crate::database::{Database, at, claim, id};

crate::tests!(
    a_claim_reads_no_more_of_a_large_backlog_than_of_a_small_one,
    a_claim_that_was_planned_among_few_jobs_reads_few_of_many,
    a_workers_questions_read_no_more_of_a_large_backlog,
);

/// Connections that have looked for work; others may be new.
const READS: &str = "query NOT LIKE '%LISTEN%' AND query NOT LIKE '%pg_notify%' AND query <> ''";

/// Rows of the table that were read, however they were found.
const ROWS_READ: &str = "
    SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_all_tables
    WHERE schemaname = '{schema}' AND relname = 'asyncoperation'";

/// Copies of a job of another endpoint: ready, due later, and held up by another one. What is read for
/// them is counted before the statement answers, and not when its connection is gone: it would be
/// taken for reads of the store.
const BACKLOG: &str = "
    INSERT INTO {schema}.asyncoperation (asyncoperationid, name, operationtype, endpoint,
        messagename, primaryentitytype, correlationid, operationid, depth, createdon, messageid,
        partitionkey, autodelete, statecode, statuscode, modifiedon, retrycount, attempts, dueon,
        revision, isblocked)
    SELECT gen_random_uuid(), name, operationtype, '', messagename, primaryentitytype,
        correlationid, operationid, depth, createdon + n, messageid,
        CASE WHEN n % 3 = 2 THEN 'k' END, autodelete,
        CASE WHEN n % 3 = 1 THEN 1 ELSE 0 END, CASE WHEN n % 3 = 1 THEN 10 ELSE 0 END,
        modifiedon, retrycount, attempts,
        createdon + n + CASE WHEN n % 3 = 1 THEN 1000000000000 ELSE 0 END,
        revision, n % 3 = 2
    FROM {schema}.asyncoperation, generate_series(1, {count}) AS n
    WHERE endpoint = 'template';
    SELECT pg_stat_force_next_flush()";

async fn a_claim_reads_no_more_of_a_large_backlog_than_of_a_small_one(database: Database) {
    // The statements are planned while the tables are empty, as they are in a new store, and no
    // statistics tell the server that they are not so any more.
    let store = database.store().await;
    database.execute("ALTER TABLE {schema}.asyncoperation SET (autovacuum_enabled = false)").await;
    for round in 0..6 {
        look_for_work(&store, round, 0).await;
    }
    store.insert(vec![template()]).await.expect("a new id is accepted");
    let mut costs = Vec::new();
    for count in ["1000", "30000"] {
        database.execute(&BACKLOG.replace("{count}", count)).await;
        let before = rows_read(&database).await;
        look_for_work(&store, 10, 10).await;
        close(&database).await;
        costs.push(rows_read(&database).await - before);
    }
    assert!(costs[0] > 0 && costs[1] <= costs[0] + 50, "rows read by a claim: {costs:?}");
}

async fn a_claim_that_was_planned_among_few_jobs_reads_few_of_many(database: Database) {
    // With so few jobs as the statistics tell, it would cost less to read all of them.
    let store = database.store().await;
    database.execute("ALTER TABLE {schema}.asyncoperation SET (autovacuum_enabled = false)").await;
    store.insert(vec![template()]).await.expect("a new id is accepted");
    database.execute(&BACKLOG.replace("{count}", "180")).await;
    database.execute("ANALYZE {schema}.asyncoperation").await;
    for round in 0..6 {
        look_for_work(&store, round, 10).await;
    }
    database.execute(&BACKLOG.replace("{count}", "30000")).await;
    let before = rows_read(&database).await;
    look_for_work(&store, 10, 10).await;
    close(&database).await;
    let read = rows_read(&database).await - before;
    // What the connection read before the jobs were many is counted when it is closed, too.
    assert!(read < 3000, "{read} rows read");
}

async fn look_for_work(store: &PostgresJobStore, now: i64, expected: usize) {
    let claimed = store.claim(claim("host-1", 10, at(now))).await.expect("the store works");
    assert_eq!(claimed.len(), expected);
    store.next_due("").await.expect("the store works");
}

async fn a_workers_questions_read_no_more_of_a_large_backlog(database: Database) {
    // What workers and publishers ask at each look: is a job held back, and is a key in use?
    let held = JobQuery::default()
        .statuses([StatusCode::Waiting, StatusCode::Failed])
        .endpoint(String::new())
        .causes([Cause::WrongKey, Cause::ExpiredToken])
        .limit(1);
    let open = StatusCode::ALL.iter().copied().filter(|it| !it.state().is_completed());
    let in_use =
        JobQuery::default().statuses(open).endpoint(String::new()).partition_key("unused").limit(1);
    let store = database.store().await;
    store.insert(vec![template()]).await.expect("a new id is accepted");
    database.execute(&BACKLOG.replace("{count}", "30000")).await;
    database.execute("ANALYZE {schema}.asyncoperation").await;
    let before = rows_read(&database).await;
    for query in [held, in_use] {
        assert_eq!(store.query(query).await.expect("the store works"), []);
    }
    close(&database).await;
    let read = rows_read(&database).await - before;
    assert!(read < 100, "{read} rows read");
}

fn template() -> NewJob {
    let mut description = JobDescription::new(id(1), "job", at(0));
    description.endpoint = "template".to_owned();
    NewJob::new(SystemJob::new(description), Payload::new("", *b""))
}

/// Closes the store's connections, for the server knows what one has read when it is closed.
async fn close(database: &Database) {
    database.terminate("true").await;
    database.connections(0, READS).await;
}

async fn rows_read(database: &Database) -> i64 {
    database.number(ROWS_READ).await
}
