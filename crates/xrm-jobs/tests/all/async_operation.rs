use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;
use xrm_jobs::{
    AsyncOperation, Cause, Error, ErrorCode, JobDescription, Move, OperationType, Revision,
    StatusCode, SystemJob,
};

use crate::moves::make;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

/// A description with every field set.
fn described() -> JobDescription {
    let mut description = JobDescription::new(Uuid::from_u128(1), "Accounts: Update", at(0));
    description.endpoint = "accounts".to_owned();
    description.message_name = "Update".to_owned();
    description.primary_entity_type = "account".to_owned();
    description.regarding_object_id = Some(Uuid::from_u128(2));
    description.correlation_id = Uuid::from_u128(3);
    description.request_id = Some(Uuid::from_u128(4));
    description.operation_id = Uuid::from_u128(5);
    description.owning_extension_id = Some(Uuid::from_u128(6));
    description.owner_id = Some(Uuid::from_u128(8));
    description.owning_business_unit_id = Some(Uuid::from_u128(9));
    description.created_by = Some(Uuid::from_u128(10));
    description.depth = 2;
    description.message_id = Uuid::from_u128(7);
    description.partition_key = Some("account-7".to_owned());
    description.auto_delete = true;
    description
}

fn row(job: &SystemJob) -> Value {
    serde_json::to_value(AsyncOperation::from(job)).expect("a row is JSON")
}

fn job(row: &Value) -> Result<SystemJob, Error> {
    SystemJob::try_from(AsyncOperation::from_object(row.as_object().expect("an object"))?)
}

#[test]
fn a_failed_job_is_the_row_that_the_platform_would_show() {
    let mut failed = SystemJob::new(described());
    make(Move::Begin, &mut failed, at(1)).unwrap();
    make(Move::Fail, &mut failed, at(3)).unwrap();
    let mut expected = json!({
        "asyncoperationid": "00000000-0000-0000-0000-000000000001",
        "name": "Accounts: Update",
        "operationtype@OData.Community.Display.V1.FormattedValue": "System Event",
        "operationtype": 1,
        "statecode@OData.Community.Display.V1.FormattedValue": "Completed",
        "statecode": 3,
        "statuscode@OData.Community.Display.V1.FormattedValue": "Failed",
        "statuscode": 31,
        "messagename": "Update",
        "primaryentitytype": "account",
        "_regardingobjectid_value": "00000000-0000-0000-0000-000000000002",
        "correlationid": "00000000-0000-0000-0000-000000000003",
        "requestid": "00000000-0000-0000-0000-000000000004",
        "_owningextensionid_value": "00000000-0000-0000-0000-000000000006",
        "depth": 2,
        "createdon": "1970-01-01T00:00:00Z",
        "modifiedon": "1970-01-01T00:00:03Z",
        "startedon": "1970-01-01T00:00:01Z",
        "completedon": "1970-01-01T00:00:03Z",
        "executiontimespan": 2.0,
        "postponeuntil": null,
        "retrycount": 1,
        "errorcode": -2147204747,
        "message": "wrong_key: status=401",
        "friendlymessage": failed.progress().friendly_message,
        "hostid": "host-1",
        "xrm_endpoint": "accounts",
        "xrm_messageid": "00000000-0000-0000-0000-000000000007",
        "xrm_operationid": "00000000-0000-0000-0000-000000000005",
        "xrm_partitionkey": "account-7",
        "xrm_cause": "wrong_key",
        "xrm_leaseuntil": null,
        "xrm_attempts": [{
            "number": 1,
            "host_id": "host-1",
            "started_on": "1970-01-01T00:00:01Z",
            "ended_on": "1970-01-01T00:00:03Z",
            "cause": "wrong_key",
            "message": "wrong_key: status=401",
        }],
        "xrm_autodelete": true,
        "xrm_revision": 0,
    });
    expected["_ownerid_value"] = json!("00000000-0000-0000-0000-000000000008");
    expected["_owningbusinessunit_value"] = json!("00000000-0000-0000-0000-000000000009");
    expected["_createdby_value"] = json!("00000000-0000-0000-0000-00000000000a");
    expected["iswaitingforevent"] = json!(false);
    expected["dependencytoken"] = json!("account-7");
    let unset = other_columns()
        .as_object()
        .unwrap()
        .keys()
        .map(|it| (it.clone(), Value::Null))
        .collect::<Vec<_>>();
    expected.as_object_mut().unwrap().extend(unset);
    assert_eq!(row(&failed), expected);
    let columns = expected.as_object().unwrap().keys().filter(|it| !it.contains('@')).count();
    assert_eq!(columns, AsyncOperation::COLUMNS.len());
}

/// The answer of a Web API to `asyncoperations?$select=...`, shortened.
#[test]
fn a_row_of_the_platforms_own_is_a_job() {
    let waiting = json!({
        "@odata.etag": "W/\"5173922\"",
        "asyncoperationid": "7B1F0A3E-2C5D-4E8F-9A6B-0C1D2E3F4A5B",
        "name": "accounts: Update of account",
        "statecode@OData.Community.Display.V1.FormattedValue": "Suspended",
        "statecode": 1,
        "statuscode": 10,
        "createdon": "2026-01-05T08:00:00Z",
        "startedon": "2026-01-05T08:00:05Z",
        "postponeuntil": "2026-01-05T09:01:05+01:00",
        "retrycount": 0,
        "errorcode": -2147204743,
        "owningextensionid": null,
        "_ownerid_value": "e8a5c0aa-0d6c-4a55-8ac5-2b8ac1d6a2b8",
    });
    let read = job(&waiting).unwrap();
    assert_eq!(read.status(), StatusCode::Waiting);
    let created = DateTime::parse_from_rfc3339("2026-01-05T08:00:00Z").unwrap();
    assert_eq!(read.due_on(), Some((created + TimeDelta::seconds(65)).to_utc()));
    assert_eq!(read.progress().error_code, Some(ErrorCode::SERVICE_BUS_POST_POSTPONED));
    assert_eq!((read.description().depth, read.progress().retry_count), (1, 1));
}

/// Every other column of the platform's table, with a value of its type.
pub(crate) fn other_columns() -> Value {
    json!({
        "callerorigin": "CrmApplication",
        "parentpluginexecutionid": "00000000-0000-0000-0000-000000000101",
        "rootexecutioncontext": "root",
        "breadcrumbid": "00000000-0000-0000-0000-000000000102",
        "correlationupdatedtime": "2026-01-05T08:00:00Z",
        "data": "<data/>",
        "datablobid": "00000000-0000-0000-0000-000000000103",
        "sequence": 9_007_199_254_740_993_i64,
        "subtype": 255,
        "workload": 1,
        "retainjobhistory": false,
        "recurrencepattern": "FREQ=DAILY;INTERVAL=1",
        "recurrencestarttime": "2026-01-05T08:00:01Z",
        "expanderstarttime": "2026-01-05T08:00:02Z",
        "_workflowactivationid_value": "00000000-0000-0000-0000-000000000104",
        "workflowstagename": "Qualify",
        "_owninguser_value": "00000000-0000-0000-0000-000000000105",
        "_owningteam_value": "00000000-0000-0000-0000-000000000106",
        "_createdonbehalfby_value": "00000000-0000-0000-0000-000000000107",
        "_modifiedby_value": "00000000-0000-0000-0000-000000000108",
        "_modifiedonbehalfby_value": "00000000-0000-0000-0000-000000000109",
        "timezoneruleversionnumber": 4,
        "utcconversiontimezonecode": 110,
    })
}

#[test]
fn columns_without_a_meaning_here_are_kept() {
    let others = other_columns();
    let others = others.as_object().unwrap();
    let mut platforms = json!({
        "asyncoperationid": Uuid::from_u128(1).to_string(),
        "statecode": 3,
        "statuscode": 30,
        "createdon": "2026-01-05T08:00:00Z",
        "dependencytoken": "token",
        "_ownerid_value": "00000000-0000-0000-0000-000000000008",
    });
    platforms.as_object_mut().unwrap().extend(others.clone());
    let read = job(&platforms).unwrap();
    assert_eq!(read.description().owner_id, Some(Uuid::from_u128(8)));
    // A token has the meaning of a partition key: jobs of one are carried out one after another.
    assert_eq!(read.description().partition_key.as_deref(), Some("token"));
    let written = row(&read);
    for (column, value) in platforms.as_object().unwrap() {
        assert_eq!(&written[column], value, "{column}");
    }
    let new = SystemJob::new(described());
    assert_eq!(job(&row(&new)).unwrap().description().other_columns, None);
}

#[test]
fn a_job_that_somebody_has_to_resume_waits_for_an_event() {
    let mut job = SystemJob::new(described());
    assert_eq!(row(&job)["iswaitingforevent"], false);
    job.postpone(at(60), at(1)).unwrap();
    assert_eq!(row(&job)["iswaitingforevent"], false);
    job.pause(at(2)).unwrap();
    assert_eq!(row(&job)["iswaitingforevent"], true);
}

#[test]
fn the_platform_may_leave_behind_what_our_moves_do_not() {
    for &status in StatusCode::ALL {
        let mut platforms = json!({
            "asyncoperationid": Uuid::from_u128(1).to_string(),
            "statecode": status.state().number(),
            "statuscode": status.number(),
            "createdon": "2026-01-05T08:00:00Z",
        });
        assert_eq!(job(&platforms).unwrap().status(), status, "with no other column");
        for column in ["startedon", "completedon", "postponeuntil", "modifiedon"] {
            platforms[column] = json!("2026-01-05T08:00:07Z");
        }
        let read = job(&platforms).unwrap();
        let again = job(&row(&read)).unwrap();
        assert_eq!(again, read, "{status}");
    }
}

#[test]
fn a_wrong_value_is_told_with_its_column() {
    let good = row(&SystemJob::new(described()));
    let check = |column: &str, value: Value, text: &str| {
        let mut spoilt = good.clone();
        spoilt[column] = value;
        assert_eq!(job(&spoilt).unwrap_err().to_string(), text);
    };
    check("asyncoperationid", json!("secret"), "column `asyncoperationid` does not hold a GUID");
    check("asyncoperationid", Value::Null, "the row has no column `asyncoperationid`");
    check("statecode", Value::Null, "the row has no column `statecode`");
    check("statuscode", Value::Null, "the row has no column `statuscode`");
    check("createdon", Value::Null, "the row has no column `createdon`");
    check(
        "createdon",
        json!("yesterday"),
        "column `createdon` does not hold a time, such as 2026-01-05T08:00:00Z",
    );
    check(
        "statuscode",
        json!(11),
        "column `statuscode` does not hold a status of a system job: 0, 10, 20 to 22 or 30 to 32",
    );
    check(
        "statecode",
        json!(4),
        "column `statecode` does not hold a state of a system job: 0 to 3",
    );
    check(
        "statecode",
        json!(3),
        "status Waiting For Resources (0) does not belong to state Completed (3)",
    );
    check("name", json!(7), "column `name` does not hold a text");
    check("depth", json!(1.5), "column `depth` does not hold a signed number of 32 bits");
    check(
        "retrycount",
        json!(-1),
        "column `retrycount` does not hold an unsigned number of 32 bits",
    );
    check("xrm_cause", json!("bad luck"), "column `xrm_cause` does not hold a cause");
    check("xrm_autodelete", json!("yes"), "column `xrm_autodelete` does not hold true or false");
    check("xrm_attempts", json!([{}]), "column `xrm_attempts` does not hold a list of attempts");
    check(
        "retrycount",
        json!(1),
        "stored job 00000000-0000-0000-0000-000000000001 contradicts itself: \
         a job has a start time exactly when attempts were made",
    );
    // By serde, the error is the same.
    let error = serde_json::from_value::<AsyncOperation>(json!({"depth": "1"})).unwrap_err();
    assert_eq!(error.to_string(), "column `depth` does not hold a signed number of 32 bits");
}

#[test]
fn a_kind_that_is_not_known_here_is_carried_and_not_named() {
    let mut other = described();
    other.operation_type = OperationType(10);
    let other = SystemJob::new(other);
    let row = row(&other);
    assert_eq!(row["operationtype"], 10);
    assert_eq!(row.get("operationtype@OData.Community.Display.V1.FormattedValue"), None);
    assert_eq!(job(&row).unwrap(), other);
}

#[test]
fn a_lease_without_end_is_kept() {
    let mut job = SystemJob::new(described());
    job.begin("host-1", DateTime::<Utc>::MAX_UTC, at(1)).unwrap();
    assert_eq!(self::job(&row(&job)).unwrap(), job);
}

proptest! {
    #[test]
    fn a_job_is_the_same_after_a_round_trip(
        moves in prop::collection::vec((prop::sample::select(Move::ALL), 0_i64..200_000), 0..30),
        is_full in any::<bool>(),
        text in any::<String>(),
        cause in prop::option::of(prop::sample::select(Cause::ALL)),
        revision in any::<u64>(),
    ) {
        let bare = JobDescription::new(Uuid::from_u128(1), text.clone(), at(-5));
        let mut job = SystemJob::new(if is_full { described() } else { bare });
        for (it, milliseconds) in moves {
            let now = at(0) + TimeDelta::milliseconds(milliseconds);
            // What is not legal changes nothing.
            let _ = make(it, &mut job, now);
        }
        let mut progress = job.progress().clone();
        progress.cause = cause;
        progress.message = Some(text);
        let description = job.description().clone();
        let job = SystemJob::restore(description, progress, Revision(revision)).unwrap();
        let json = serde_json::to_string(&AsyncOperation::from(&job)).unwrap();
        let row: AsyncOperation = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&row, &AsyncOperation::from(&job));
        prop_assert_eq!(SystemJob::try_from(row).unwrap(), job);
    }
}
