//! The jobs that the rules are about.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::cause::Cause;
use crate::description::JobDescription;
use crate::diagnosis::Diagnosis;
use crate::job::SystemJob;
use crate::other_columns::OtherColumns;
use crate::payload::Payload;
use crate::query::{JobQuery, Position};
use crate::status::StatusCode;
use crate::store::{Claim, ClaimedJob, NewJob};

pub(super) const NONE: [Uuid; 0] = [];

pub(super) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// So many seconds after the rules' time zero, plus a few milliseconds that a store has to keep.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::milliseconds(seconds * 1000 + 123)
}

pub(super) fn diagnosis() -> Diagnosis {
    Diagnosis::new(Cause::Throttled).with_evidence("reason", "zu viel — «50002»\n'quoted\"; \\ %")
}

/// A description with only the fields that it must have.
pub(super) fn describe(number: u128) -> JobDescription {
    JobDescription::new(id(number), "Accounts: Update", at(0))
}

/// A description with every field set.
pub(super) fn describe_in_full(number: u128) -> JobDescription {
    let mut description = describe(number);
    // Texts with what SQL, JSON and encodings may get wrong: quotes, comments, other scripts.
    description.name = "Konten: \"Änderung\" '; -- 帳戶".to_owned();
    description.message_name =
        if number.is_multiple_of(3) { "Assign" } else { "Update" }.to_owned();
    description.endpoint = format!("Konten-{}", number % 2);
    description.primary_entity_type =
        if number.is_multiple_of(2) { "account" } else { "帳戶" }.to_owned();
    description.regarding_object_id = Some(id(5000 + number % 3));
    description.message_id = id(6000 + number);
    description.partition_key = Some(format!("Schlüssel {number}"));
    description.auto_delete = number % 4 == 1;
    description.correlation_id = id(2000 + number);
    description.request_id = Some(id(3000 + number));
    description.operation_id = id(4000 + number);
    description.owning_extension_id = Some(id(1000 + number % 2));
    description.owner_id = Some(id(7000 + number));
    description.owning_business_unit_id = Some(id(8000 + number));
    description.created_by = Some(id(9000 + number));
    let others = OtherColumns {
        caller_origin: Some("Import «nachts»; 'quoted\"".to_owned()),
        sequence: Some(i64::MAX),
        recurrence_start_time: Some(at(0)),
        ..OtherColumns::default()
    };
    description.other_columns = Some(Box::new(others));
    description.depth = 3;
    // Some are created at the same time, so that the order by id counts as well.
    description.created_on = at(-(number as i64 % 3));
    description
}

pub(super) fn new_job(number: u128) -> SystemJob {
    SystemJob::new(describe(number))
}

/// A job with a partition key.
pub(super) fn keyed(number: u128, key: &str) -> SystemJob {
    let mut description = describe(number);
    description.partition_key = Some(key.to_owned());
    SystemJob::new(description)
}

pub(super) fn postponed(number: u128, until: DateTime<Utc>) -> SystemJob {
    let mut job = new_job(number);
    job.postpone(until, at(0)).expect("a new job can be postponed");
    job
}

pub(super) fn paused(number: u128) -> SystemJob {
    let mut job = begun(number, at(60));
    job.pause(at(1)).expect("a job in progress can be paused");
    job.wait_until(at(2), &diagnosis(), at(2)).expect("a pausing job can wait");
    job
}

pub(super) fn begun(number: u128, lease_until: DateTime<Utc>) -> SystemJob {
    let mut job = new_job(number);
    job.begin("host-0", lease_until, at(0)).expect("a new job can be begun");
    job
}

/// A job in each status, with ids from 1; the waiting one waits to be resumed. None is deleted by
/// being stored, and all are of the endpoint that is claimed from.
pub(super) fn one_of_each_status() -> Vec<SystemJob> {
    (1..).zip(StatusCode::ALL).map(|(number, status)| job_in(*status, number)).collect()
}

pub(super) fn job_in(status: StatusCode, number: u128) -> SystemJob {
    let mut description = describe_in_full(number);
    description.endpoint = String::new();
    description.auto_delete &= status != StatusCode::Succeeded;
    let mut job = SystemJob::new(description);
    if status != StatusCode::WaitingForResources {
        job.begin("host-ü", at(1000), at(1)).expect("a new job can be begun");
        job.wait_until(at(1), &diagnosis(), at(1)).expect("a job in progress can wait");
        job.begin("host-ü", at(1000), at(1)).expect("a waiting job can be begun");
    }
    match status {
        StatusCode::WaitingForResources | StatusCode::InProgress => Ok(()),
        StatusCode::Waiting => job.suspend(&diagnosis(), at(2)),
        StatusCode::Pausing => job.postpone(at(500), at(2)),
        StatusCode::Canceling => job.cancel(at(2)),
        StatusCode::Succeeded => job.succeed(at(2)),
        StatusCode::Failed => job.fail(&Diagnosis::new(Cause::MissingHub), at(2)),
        StatusCode::Canceled => {
            job.cancel(at(2)).and_then(|()| job.wait_until(at(9), &diagnosis(), at(3)))
        }
    }
    .expect("each of these is legal for a job in progress");
    assert_eq!(job.status(), status, "the suite made the job that it wants");
    job
}

/// The same job with an id beyond those of the others.
pub(super) fn renumbered(job: SystemJob) -> SystemJob {
    let number = job.id().as_u128();
    job_in(job.status(), number + 50)
}

/// Queries by each field alone and by some together, about jobs of which each is in `every`.
pub(super) fn queries(every: &[SystemJob]) -> Vec<JobQuery> {
    let any = JobQuery::default;
    let text = |text: &str| Some(text.to_owned());
    vec![
        JobQuery { statuses: vec![StatusCode::Failed, StatusCode::InProgress], ..any() },
        JobQuery { endpoint: text(""), ..any() },
        JobQuery { endpoint: text("Konten-1"), ..any() },
        JobQuery { owning_extension_id: Some(id(1001)), ..any() },
        JobQuery { correlation_id: Some(id(2001)), ..any() },
        JobQuery { primary_entity_type: text("帳戶"), ..any() },
        JobQuery { regarding_object_id: Some(id(5001)), ..any() },
        JobQuery { partition_key: text("Schlüssel 2"), ..any() },
        JobQuery { message_name: text("Assign"), ..any() },
        JobQuery { causes: vec![Cause::MissingHub, Cause::Tls], ..any() },
        JobQuery { causes: vec![Cause::Tls], ..any() },
        JobQuery { created_from: Some(at(-1)), ..any() },
        JobQuery { created_before: Some(at(-1)), ..any() },
        JobQuery { modified_before: Some(at(2)), ..any() },
        JobQuery { after: every.get(2).map(Position::from), ..any() },
        JobQuery { statuses: vec![StatusCode::Succeeded], modified_before: Some(at(0)), ..any() },
        JobQuery {
            statuses: vec![StatusCode::Waiting, StatusCode::Failed, StatusCode::Canceled],
            causes: vec![Cause::Throttled],
            primary_entity_type: text("account"),
            created_from: Some(at(-2)),
            ..any()
        },
    ]
}

pub(super) fn in_status(status: StatusCode) -> JobQuery {
    JobQuery { statuses: vec![status], ..JobQuery::default() }
}

pub(super) fn claim_at(limit: usize, now: DateTime<Utc>) -> Claim {
    Claim {
        host_id: "host-1".to_owned(),
        endpoint: String::new(),
        limit,
        lease: Duration::from_secs(60),
        now,
    }
}

pub(super) fn with_payload(job: SystemJob) -> NewJob {
    NewJob::new(job, Payload::new("text/plain", *b"x"))
}

pub(super) fn ids(claimed: &[ClaimedJob]) -> Vec<Uuid> {
    claimed.iter().map(|it| it.job.id()).collect()
}

pub(super) fn jobs(claimed: &[ClaimedJob]) -> Vec<SystemJob> {
    claimed.iter().map(|it| it.job.clone()).collect()
}
