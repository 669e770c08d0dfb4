use std::error::Error as _;
use std::io::{self, BufReader, Read, Write};

use chrono::{DateTime, TimeDelta, Utc};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;
use xrm_jobs::operations::{ImportOptions, ImportReason, Imported, Selection, export, import};
use xrm_jobs::{
    Error, JobDescription, JobQuery, JobStore, MemoryJobStore, Move, NewJob, Payload,
    PayloadRetention, Revision, SystemJob,
};

use crate::moves::make;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn failed(number: u128, payload: Payload) -> NewJob {
    let mut job = SystemJob::new(JobDescription::new(Uuid::from_u128(number), "job", at(0)));
    make(Move::Begin, &mut job, at(1)).expect("it is legal");
    make(Move::Fail, &mut job, at(2)).expect("it is legal");
    NewJob::new(job, payload)
}

fn store_of(jobs: Vec<NewJob>) -> MemoryJobStore {
    let store = MemoryJobStore::new();
    block_on(store.insert(jobs)).expect("new ids are accepted");
    store
}

fn exported(store: &MemoryJobStore) -> String {
    let mut out = Vec::new();
    let all = Selection::from(JobQuery::default());
    block_on(export(store, &all, &mut out, |_| ())).expect("memory can be written");
    String::from_utf8(out).expect("it is text")
}

fn imported(store: &MemoryJobStore, text: &str) -> Result<Imported, Error> {
    block_on(import(store, text.as_bytes(), ImportOptions::default(), |_| ()))
}

#[test]
fn an_export_is_a_header_and_a_line_for_each_job() {
    let payload = Payload::new("application/json", *b"{}").with_property("a", "1");
    let text = exported(&store_of(vec![failed(1, payload)]));
    let lines: Vec<Value> =
        text.lines().map(|it| serde_json::from_str(it).expect("each line is JSON")).collect();
    let [header, line] = &lines[..] else { unreachable!("two lines") };
    assert_eq!(header, &json!({"format": "xrm-eventhub-jobs", "version": 1}));
    let message = json!({
        "content_type": "application/json",
        "properties": [["a", "1"]],
        "body": "e30=",
    });
    assert_eq!(line["message"], message);
    assert_eq!(line["job"]["statuscode"], 31);
    assert_eq!(line["job"]["xrm_revision"], Value::Null);
}

#[test]
fn what_is_not_dead_is_not_exported() {
    let mut job = failed(1, Payload::new("text/plain", *b"x"));
    job.job = SystemJob::new(JobDescription::new(Uuid::from_u128(1), "job", at(0)));
    let store = store_of(vec![job, failed(2, Payload::new("text/plain", *b"x"))]);
    assert_eq!(exported(&store).lines().count(), 2);
    let ids: Vec<_> = [1, 2, 3].map(Uuid::from_u128).to_vec();
    let result = block_on(export(&store, &Selection::from(ids), &mut Vec::new(), |_| ())).unwrap();
    assert_eq!((result.exported, result.not_dead, result.gone), (1, 1, 1));
}

#[test]
fn a_job_without_its_message_is_exported_and_not_imported() {
    let store = MemoryJobStore::with_payload_retention(PayloadRetention::UntilCompleted);
    block_on(store.insert(vec![failed(1, Payload::new("text/plain", *b"x"))])).unwrap();
    let text = exported(&store);
    assert!(text.ends_with("\"message\":null}\n"), "{text}");
    let result = imported(&MemoryJobStore::new(), &text).unwrap();
    assert_eq!((result.imported, result.without_message), (0, 1));
}

#[test]
fn what_cannot_be_imported_is_told_with_its_line() {
    let payload = || Payload::new("text/plain", *b"x");
    let jobs: Vec<_> = [1, 2, 3].map(|it| failed(it, payload())).into();
    let text = exported(&store_of(jobs));
    let check = |from: &str, to: &str, line_expected: u64, reason: &str| {
        assert!(text.contains(from), "{from}");
        let store = MemoryJobStore::new();
        let error = imported(&store, &text.replacen(from, to, 1)).unwrap_err();
        assert!(
            matches!(&error, Error::Import { line, .. } if *line == line_expected),
            "{error:?} instead of line {line_expected}"
        );
        assert_eq!(error.source().expect("the reason").to_string(), reason);
        // What stands before it is imported.
        let found = block_on(store.query(JobQuery::default())).unwrap().len();
        assert_eq!(found as u64, line_expected.saturating_sub(2), "{reason}");
    };
    let not_an_export = "it is not the header of an export of jobs";
    check("xrm-eventhub-jobs", "jobs", 1, not_an_export);
    check("{\"format\"", "", 1, not_an_export);
    check(&text, "", 1, not_an_export);
    check("\"version\":1", "\"version\":2", 1, "its version is 2, expected 1");
    check("{\"job\"", "{", 2, "it is not a job in JSON: unexpected input at byte 2");
    check(
        "0003\",\"name\"",
        "0003\",name",
        4,
        "it is not a job in JSON: unexpected input at byte 67",
    );
    check(
        "000000000003\",\"name\":\"job\"",
        "000000000003\",\"name\":7",
        4,
        "column `name` does not hold a text",
    );
    check(
        "\"statecode\":3",
        "\"statecode\":1",
        2,
        "status Failed (31) does not belong to state Suspended (1)",
    );
    check(
        "\"body\":\"eA==\"",
        "\"body\":\"secret!\"",
        2,
        "the body of its message is not in Base64",
    );

    let mut waiting = failed(1, payload()).job;
    waiting = SystemJob::new(waiting.description().clone());
    let row = serde_json::to_string(&xrm_jobs::AsyncOperation::from(&waiting)).unwrap();
    let error = imported(
        &MemoryJobStore::new(),
        &format!("{}\n\n{{\"job\":{row},\"message\":null}}", text.lines().next().unwrap()),
    );
    let error = error.unwrap_err();
    assert_eq!(error.to_string(), "line 3 of the export can't be imported");
    assert_eq!(
        error.source().expect("the reason").to_string(),
        "its job is Waiting For Resources, and only Failed and Canceled jobs can be imported"
    );
}

#[test]
fn a_line_is_no_longer_than_allowed() {
    let text = exported(&store_of(vec![failed(1, Payload::new("text/plain", *b"x"))]));
    let longest = text.lines().map(str::len).max().unwrap();
    let mut options = ImportOptions::default();
    for (limit, is_read) in [(longest, true), (longest - 1, false)] {
        options.max_line_bytes = limit;
        let result = block_on(import(&MemoryJobStore::new(), text.as_bytes(), options, |_| ()));
        assert_eq!(result.is_ok(), is_read, "{result:?}");
    }
    // Of a line without end no more is read than that.
    let endless = BufReader::new(io::repeat(b' '));
    let result = block_on(import(&MemoryJobStore::new(), endless, options, |_| ())).unwrap_err();
    let is_told = matches!(
        result,
        Error::Import { line: 1, reason: ImportReason::TooLong { limit } } if limit == longest - 1
    );
    assert!(is_told, "{result:?}");
}

/// Neither can be read nor written.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }
}

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_read_or_written_is_told() {
    let store = MemoryJobStore::new();
    let input = BufReader::new(Broken);
    let error = block_on(import(&store, input, ImportOptions::default(), |_| ())).unwrap_err();
    let is_told = matches!(error, Error::Import { line: 1, reason: ImportReason::Read(_) });
    assert!(is_told, "{error:?}");
    let all = Selection::from(JobQuery::default());
    let error = block_on(export(&store, &all, &mut Broken, |_| ())).unwrap_err();
    assert!(matches!(error, Error::Export(_)), "{error:?}");
}

proptest! {
    #[test]
    fn a_message_is_the_same_to_the_byte(
        content_type in any::<String>(),
        properties in prop::collection::vec(any::<(String, String)>(), 0..4),
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let payload = properties.iter().fold(
            Payload::new(content_type, body),
            |it, (name, value)| it.with_property(name, value),
        );
        let new = failed(1, payload.clone());
        let text = exported(&store_of(vec![new.clone()]));
        let store = MemoryJobStore::new();
        let result = imported(&store, &text).unwrap();
        prop_assert_eq!(result.imported, 1);
        let found = block_on(store.payload(new.job.id())).unwrap();
        prop_assert_eq!(found, Some(payload));
        let found = block_on(store.get(new.job.id())).unwrap();
        prop_assert_eq!(found, new.job.at_revision(Revision(1)));
    }

    #[test]
    fn nothing_that_is_read_makes_it_panic(text in any::<String>(), line in any::<String>()) {
        let store = MemoryJobStore::new();
        prop_assert!(imported(&store, &text).is_err());
        let header = r#"{"format":"xrm-eventhub-jobs","version":1}"#;
        let _ = imported(&store, &format!("{header}\n{line}"));
        prop_assert_eq!(block_on(store.query(JobQuery::default())).unwrap().len(), 0);
    }
}
