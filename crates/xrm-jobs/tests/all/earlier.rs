//! What an earlier build stored and exported can still be read, whole, and its jobs be worked on.

use std::fs;
use std::io::BufReader;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pollster::block_on;
use serde_json::Value;
use tempfile::TempDir;
use xrm_jobs::operations::{ImportOptions, Selection, export, import};
use xrm_jobs::{
    AsyncOperation, Claim, JobQuery, JobStore, MemoryJobStore, SqliteJobStore, StatusCode,
};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/jobs")).join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(fixture(name)).expect("the fixture is there")
}

/// The store, copied, because opening one may change its file.
fn store() -> (SqliteJobStore, TempDir) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let copy = folder.path().join("jobs.db");
    fs::copy(fixture("jobs.db"), &copy).expect("the fixture can be copied");
    (block_on(SqliteJobStore::open(copy)).expect("an earlier store opens"), folder)
}

/// Later than all that happened in the fixture, its leases included.
fn later() -> DateTime<Utc> {
    "2026-12-02T00:00:00Z".parse().expect("it is a time")
}

/// Takes out of a row the columns that the earlier build did not have. They are null, but for the two
/// that follow from others.
fn as_before(mut row: Value, earlier: &Value) -> Value {
    let known = earlier.as_object().expect("a row is an object");
    row.as_object_mut().expect("a row is an object").retain(|column, value| {
        let is_known = known.contains_key(column);
        let follows = ["iswaitingforevent", "dependencytoken"].contains(&column.as_str());
        assert!(is_known || follows || value.is_null(), "{column}: {value}");
        is_known
    });
    row
}

#[test]
fn every_column_of_a_stored_job_is_read() {
    let (store, _folder) = store();
    let jobs = block_on(store.query(JobQuery::default())).expect("the store is read");
    let expected = text("jobs.jsonl");
    assert_eq!(jobs.len(), expected.lines().count());
    for (job, earlier) in jobs.iter().zip(expected.lines()) {
        let row = serde_json::to_value(AsyncOperation::from(job)).expect("rows are JSON");
        let earlier = serde_json::from_str(earlier).expect("a row is JSON");
        assert_eq!(as_before(row, &earlier), earlier);
    }
}

/// A reader that may not extend an earlier file reads it all the same.
#[test]
fn an_earlier_store_is_read_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let copy = folder.path().join("jobs.db");
    fs::copy(fixture("jobs.db"), &copy).expect("the fixture can be copied");
    let reader = block_on(SqliteJobStore::open_read_only(&copy)).expect("an earlier store opens");
    let query = |query: JobQuery| block_on(reader.query(query)).expect("the store is read");
    let all = query(JobQuery::default());
    assert_eq!(all.len(), text("jobs.jsonl").lines().count());
    // Jobs of a partition key are looked for by an index of their own.
    let mut ready = JobQuery::default();
    ready.statuses = vec![StatusCode::WaitingForResources];
    ready.endpoint = Some("Accounts".to_owned());
    ready.partition_key = Some("ec4e2f7d-9d60-e811-a95a-000d3af24950".to_owned());
    assert_eq!(query(ready).len(), 2);
    let bytes = |path: PathBuf| fs::read(path).expect("the file is there");
    assert!(bytes(copy) == bytes(fixture("jobs.db")), "the file was changed");
}

#[test]
fn stored_jobs_are_exported_as_before() {
    let (store, _folder) = store();
    let mut out = Vec::new();
    let all = Selection::from(JobQuery::default());
    block_on(export(&store, &all, &mut out, |_| ())).expect("memory can be written");
    let (out, expected) = (String::from_utf8(out).expect("it is text"), text("export.jsonl"));
    assert_eq!(out.lines().count(), expected.lines().count());
    assert_eq!(out.lines().next(), expected.lines().next(), "the header");
    for (line, earlier) in out.lines().zip(expected.lines()).skip(1) {
        let [mut line, earlier]: [Value; 2] =
            [line, earlier].map(|it| serde_json::from_str(it).expect("a line is JSON"));
        line["job"] = as_before(line["job"].take(), &earlier["job"]);
        assert!(line == earlier, "{}", earlier["job"]);
    }
}

#[test]
fn an_export_is_imported() {
    let store = MemoryJobStore::new();
    let lines = text("export.jsonl");
    let imported = block_on(import(
        &store,
        BufReader::new(lines.as_bytes()),
        ImportOptions::default(),
        |_| (),
    ));
    assert_eq!(imported.expect("the export is read").imported, 3);
    let counts = block_on(store.count(JobQuery::default())).expect("it is in memory");
    assert_eq!(counts, [(StatusCode::Failed, 2), (StatusCode::Canceled, 1)].into());
}

#[test]
fn stored_jobs_are_worked_on() {
    let (store, _folder) = store();
    let claim = |endpoint: &str| Claim {
        host_id: "later".to_owned(),
        endpoint: endpoint.to_owned(),
        limit: 10,
        lease: Duration::from_secs(120),
        now: later(),
    };
    // Of the two about one record, the second has to wait; the job in progress is taken over.
    for (endpoint, due) in [("Accounts", 2), ("Down", 1), ("Interrupted", 2), ("Later", 0)] {
        let claimed = block_on(store.claim(claim(endpoint))).expect("the store is read");
        assert_eq!(claimed.len(), due, "{endpoint}");
        assert!(claimed.iter().all(|it| it.payload.is_ok()), "{endpoint}");
    }
}
