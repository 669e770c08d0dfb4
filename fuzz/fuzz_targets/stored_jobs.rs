//! Whatever is in the columns of a stored job, or in an export, it is a job or is said to be none:
//! everything else goes on.

#![no_main]

use std::io::BufReader;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use pollster::block_on;
use rusqlite::types::Value;
use xrm_fuzz::store::{self, Store};
use xrm_jobs::operations::{ImportOptions, Selection, check, export, import};
use xrm_jobs::{Error, JobQuery, MemoryJobStore, PayloadLoss, StatusCode};

#[derive(Arbitrary, Debug)]
enum Input<'a> {
    /// Columns of the first of two rows, and what they hold.
    Row(Vec<(u8, Column<'a>)>),
    /// Columns of its message.
    Message(Vec<(u8, Column<'a>)>),
    /// The lines of an export, after its header.
    Export(&'a [u8]),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Column<'a> {
    Null,
    Small(i8),
    Number(i64),
    Text(&'a str),
    /// Bytes that need be no text, as damage makes them.
    Spoilt(&'a [u8]),
    Blob(&'a [u8]),
}

/// The columns of a row, by number.
const JOB: &[&str] = &[
    "asyncoperationid",
    "name",
    "operationtype",
    "endpoint",
    "messagename",
    "primaryentitytype",
    "regardingobjectid",
    "correlationid",
    "requestid",
    "operationid",
    "owningextensionid",
    "depth",
    "createdon",
    "messageid",
    "partitionkey",
    "autodelete",
    "statecode",
    "statuscode",
    "modifiedon",
    "startedon",
    "completedon",
    "postponeuntil",
    "retrycount",
    "errorcode",
    "message",
    "friendlymessage",
    "hostid",
    "cause",
    "leaseuntil",
    "attempts",
    "dueon",
    "revision",
    "isblocked",
];
const MESSAGE: &[&str] = &["contenttype", "properties", "encoding", "length", "checksum", "body"];

fuzz_target!(|input: Input<'_>| match input {
    Input::Row(columns) => row(&columns),
    Input::Message(columns) => message(&columns),
    Input::Export(lines) => exported(lines),
});

/// A damaged row is read, set aside or left to a later version, and the other job is sent.
fn row(columns: &[(u8, Column<'_>)]) {
    let store = Store::empty();
    store.insert(2);
    spoil(&store, "asyncoperation", JOB, columns);
    let jobs = store.jobs();
    let all = Selection::from(JobQuery::default());
    block_on(async {
        let mut claimed = Vec::new();
        for _ in 0..3 {
            claimed.extend(jobs.claim(store::claim(1)).await.expect("a row stops no claim"));
        }
        assert!(claimed.iter().any(|it| it.job.id() == store::id(2)), "the other is sent");
        jobs.next_due("").await.expect("a row stops no worker");
        let found = jobs.query(JobQuery::default()).await.expect("a row stops no query");
        assert_eq!(found.len(), 2);
        let counts = jobs.count(JobQuery::default()).await.expect("a row stops no count");
        assert_eq!(counts.values().sum::<u64>(), 2);
        check(jobs, |_| ()).await.expect("a row stops no check");
        export(jobs, &all, &mut Vec::new(), |_| ()).await.expect("a row stops no export");
        let ids = found.iter().filter(|it| it.status() == StatusCode::Failed);
        let ids: Vec<_> = ids.map(|it| it.id()).collect();
        for deleted in jobs.delete(ids).await.expect("a row stops no deletion") {
            // The row of a later version that has lost its id is not found by the one it is shown with.
            assert!(matches!(deleted, Ok(()) | Err(Error::Missing { .. })), "{deleted:?}");
        }
    });
}

/// A damaged message is the one that was stored, or is not sent.
fn message(columns: &[(u8, Column<'_>)]) {
    let store = Store::empty();
    store.insert(2);
    spoil(&store, "payload", MESSAGE, columns);
    let claimed = block_on(store.jobs().claim(store::claim(2))).expect("a message stops no claim");
    assert_eq!(claimed.len(), 2);
    // Without its checksum, it is one of an earlier version, and not verified.
    let has_checksum = !columns.iter().any(|(column, value)| {
        matches!((name(MESSAGE, *column), value), ("checksum", Column::Null))
    });
    for claimed in claimed {
        match claimed.payload {
            Ok(payload) if has_checksum => assert_eq!(payload, store::payload()),
            Ok(_) => {}
            Err(PayloadLoss::Damaged(reason)) => assert!(!reason.is_empty()),
            Err(other) => panic!("it is stored: {other:?}"),
        }
    }
}

/// Lines are imported or refused, and what was imported is exported as it is.
fn exported(lines: &[u8]) {
    let header = &b"{\"format\":\"xrm-eventhub-jobs\",\"version\":1}\n"[..];
    let read = |export: &[u8]| {
        let store = MemoryJobStore::new();
        let options = ImportOptions::default().max_line_bytes(4096);
        let imported = block_on(import(&store, BufReader::new(export), options, |_| ()));
        (store, imported.map(|it| it.imported))
    };
    let (store, imported) = read(&[header, lines].concat());
    if let Err(error) = imported {
        assert!(!error.to_string().is_empty());
    }
    let written = |store: &MemoryJobStore| {
        let mut out = Vec::new();
        let all = Selection::from(JobQuery::default());
        block_on(export(store, &all, &mut out, |_| ())).expect("memory can be written");
        out
    };
    let first = written(&store);
    if first.split(|it| *it == b'\n').any(|line| line.len() > 4096) {
        return;
    }
    let (again, imported) = read(&first);
    imported.expect("what was exported can be imported");
    assert!(written(&again) == first, "an export is imported as it was");
}

fn name(columns: &[&'static str], number: u8) -> &'static str {
    columns[usize::from(number) % columns.len()]
}

fn spoil(store: &Store, table: &str, columns: &[&'static str], values: &[(u8, Column<'_>)]) {
    for (column, value) in values {
        let mut mark = "?1";
        let value = match *value {
            Column::Null => Value::Null,
            Column::Small(it) => Value::Integer(it.into()),
            Column::Number(it) => Value::Integer(it),
            Column::Text(it) => Value::Text(it.to_owned()),
            Column::Spoilt(it) => {
                mark = "CAST(?1 AS TEXT)";
                Value::Blob(it.to_vec())
            }
            Column::Blob(it) => Value::Blob(it.to_vec()),
        };
        let column = name(columns, *column);
        // What the table refuses, no damage of a value can make of it.
        let change = format!("UPDATE {table} SET {column} = {mark} WHERE sequence = 1");
        let _ = store.connection().execute(&change, [value]);
    }
}
