use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use pollster::block_on;
use proptest::prelude::*;
use uuid::Uuid;
use xrm_jobs::operations::{FailureGroup, failure_groups, message_pattern};
use xrm_jobs::{
    Cause, Diagnosis, JobDescription, JobQuery, JobStore, MemoryJobStore, NewJob, Payload,
    StatusCode, SystemJob,
};

fn check(message: &str, expected: &str) {
    assert_eq!(message_pattern(message), expected);
}

#[test]
fn what_differs_from_job_to_job_has_a_placeholder() {
    check("", "");
    check("no hub of this name", "no hub of this name");
    check("id=7B1F0A3E-2c5d-4e8f-9a6b-0c1d2e3f4a5b_G12", "id=<id>_G<n>");
    check("{7b1f0a3e-2c5d-4e8f-9a6b-0c1d2e3f4a5b}", "{<id>}");
    check("7b1f0a3e2c5d4e8f9a6b0c1d2e3f4a5b", "<id>");
    check("worker-7f9c4d8b6-x2x9z", "worker-<id>-<id>");
    check("deadbeef", "deadbeef");
    check("host-17 of 3 hosts, tls12, 15ms", "host-<n> of <n> hosts, tls<n>, <n>ms");
    check("1,834.50 of 7.", "<n> of <n>.");
    check("at 2026-01-05T08:00:00Z.", "at <time>.");
    check("2026-01-05T08:00:00.123+01:00", "<time>");
    check("on 2026-01-05, at 08:00", "on <time>, at <n>:<n>");
    check("2026-01-05 08:00:00: late", "<time>: late");
    check("20260-01-05", "<n>-<n>-<n>");
    check("to 10.0.0.17:443 or [fd00::17]:443", "to <address> or [<address>]:<n>");
    check("to 10.0.0.17.", "to <address>.");
    check("std::net :: x", "std::net :: x");
    check("ü 7 帳戶 8", "ü <n> 帳戶 <n>");
}

#[test]
fn what_tells_failures_apart_stays() {
    check("status=503; retry_after=12", "status=503; retry_after=<n>");
    check(
        "SubCode=40103. Error code : 50002. SubCode: 7",
        "SubCode=40103. Error code : 50002. SubCode: <n>",
    );
    check("failed with 0x80044175", "failed with 0x80044175");
}

proptest! {
    #[test]
    fn a_pattern_is_bounded_and_its_own_pattern(message in any::<String>()) {
        let once = message_pattern(&message);
        prop_assert!(once.chars().count() <= 512);
        prop_assert_eq!(message_pattern(&once), once);
    }
}

#[test]
fn a_long_pattern_is_cut() {
    assert_eq!(message_pattern(&"ü".repeat(600)), "ü".repeat(512));
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn new_job(number: u128, endpoint: &str) -> SystemJob {
    let mut description = JobDescription::new(Uuid::from_u128(number), "job", at(0));
    description.endpoint = endpoint.to_owned();
    SystemJob::new(description)
}

/// A job that was stopped by a cause at a time, and waits or has failed.
fn stopped(
    number: u128,
    endpoint: &str,
    cause: Cause,
    status: StatusCode,
    seconds: i64,
) -> SystemJob {
    let mut job = new_job(number, endpoint);
    let diagnosis = Diagnosis::new(cause)
        .with_evidence("status", "503")
        .with_evidence("body_bytes", number.to_string());
    match status {
        StatusCode::Failed => job.give_up(&diagnosis, at(seconds)),
        _ => job.hold(&diagnosis, at(seconds)),
    }
    .expect("it is legal for a new job");
    job
}

fn store_of(jobs: impl IntoIterator<Item = SystemJob>) -> MemoryJobStore {
    let store = MemoryJobStore::new();
    let new = |job| NewJob::new(job, Payload::new("text/plain", *b"x"));
    block_on(store.insert(jobs.into_iter().map(new).collect())).expect("new ids are accepted");
    store
}

fn groups(store: &MemoryJobStore, query: JobQuery) -> Vec<FailureGroup> {
    block_on(failure_groups(store, &query, |_| ())).expect("the store answers")
}

#[test]
fn failures_of_one_reason_are_one_group() {
    use StatusCode::{Failed, Waiting};
    let mut canceled = new_job(6, "accounts");
    canceled.cancel(at(1)).unwrap();
    let mut paused = new_job(7, "accounts");
    paused.pause(at(1)).unwrap();
    let store = store_of([
        stopped(1, "accounts", Cause::Throttled, Failed, 30),
        stopped(2, "accounts", Cause::Throttled, Waiting, 10),
        stopped(3, "accounts", Cause::Throttled, Failed, 20),
        stopped(4, "accounts", Cause::ServerError, Failed, 50),
        stopped(5, "contacts", Cause::Throttled, Failed, 60),
        canceled,
        paused,
    ]);
    let query = JobQuery::default().limit(2);
    let [first, second, third] = &groups(&store, query)[..] else { unreachable!("three groups") };
    assert_eq!((first.cause, &*first.endpoint), (Some(Cause::Throttled), "accounts"));
    assert_eq!(first.message, "throttled: status=503; body_bytes=<n>");
    assert_eq!((first.count(), &first.jobs), (3, &BTreeMap::from([(Waiting, 1), (Failed, 2)])));
    assert_eq!((first.first, first.last), (at(10), at(30)));
    assert_eq!(first.example, Uuid::from_u128(1));
    assert_eq!((second.count(), &*second.endpoint), (1, "contacts"));
    assert_eq!(third.cause, Some(Cause::ServerError));

    let waiting = JobQuery::default().statuses([Waiting]);
    assert_eq!(groups(&store, waiting)[0].count(), 1);
    let canceled = JobQuery::default().statuses([StatusCode::Canceled]);
    assert_eq!(groups(&store, canceled), []);
}

#[test]
fn there_is_an_end_to_groups() {
    let words = |number: u128| {
        let letter = |digit: u128| char::from(b'a' + u8::try_from(digit % 26).unwrap());
        format!("{}{}{}", letter(number / 676), letter(number / 26), letter(number))
    };
    let jobs = (0..1100).map(|number| {
        let mut job = new_job(number, "accounts");
        let reason = Diagnosis::new(Cause::Other).with_evidence("reason", words(number));
        job.give_up(&reason, at(1)).unwrap();
        job
    });
    let groups = groups(&store_of(jobs), JobQuery::default());
    assert_eq!(groups.len(), 1001);
    assert_eq!((&*groups[0].message, groups[0].count()), ("(other messages)", 100));
}
