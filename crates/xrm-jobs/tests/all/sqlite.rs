use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pollster::block_on;
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;
use xrm_jobs::{
    BoxFuture, Cause, Claim, ClaimedJob, Error, JobDescription, JobQuery, JobStore, NewJob,
    Payload, PayloadCompression, PayloadLoss, PayloadRetention, Revision, SqliteDurability,
    SqliteJobStore, SqliteOptions, StatusCode, StoreErrorKind, SystemJob, conformance::RULES,
};

use xrm_jobs::operations::{BulkChange, Retention, Selection, change, check, export, purge};

use crate::model;

/// A file in a folder of its own, which goes with it.
struct File {
    folder: TempDir,
}

impl File {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder can be made") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("jobs.db")
    }

    /// The log of changes beside the file.
    fn log(&self) -> PathBuf {
        self.folder.path().join("jobs.db-wal")
    }

    fn open(&self) -> SqliteJobStore {
        self.open_with(&SqliteOptions::new())
    }

    fn open_with(&self, options: &SqliteOptions) -> SqliteJobStore {
        block_on(options.open(self.path())).expect("the file is a store's, or new")
    }

    /// Does something with a store, and closes it.
    fn with_store<T>(&self, options: &SqliteOptions, act: impl FnOnce(&SqliteJobStore) -> T) -> T {
        let store = self.open_with(options);
        let result = act(&store);
        close(store);
        result
    }

    fn connect(&self) -> Connection {
        Connection::open(self.path()).expect("the file can be opened")
    }

    fn sql(&self, statements: &str) {
        self.connect().execute_batch(statements).expect("the statements are right");
    }

    /// Does something while no store can commit.
    fn while_locked(&self, act: impl FnOnce()) {
        let connection = self.connect();
        connection.execute_batch("BEGIN IMMEDIATE").expect("nobody else has the lock");
        act();
        connection.execute_batch("ROLLBACK").expect("the lock is held");
    }
}

#[test]
fn every_rule_is_kept() {
    for (name, rule) in RULES {
        println!("{name}");
        block_on(rule(&File::new().open()));
    }
}

#[test]
fn every_operation_works() {
    for (name, rule) in xrm_jobs::conformance::operations::RULES {
        println!("{name}");
        block_on(rule(&File::new().open()));
    }
}

#[test]
fn every_rule_is_kept_with_compressed_messages_and_less_durable_commits() {
    let options = SqliteOptions::new()
        .payload_compression(PayloadCompression::Zlib)
        .durability(SqliteDurability::ProcessCrash);
    for (name, rule) in RULES {
        println!("{name}");
        block_on(rule(&File::new().open_with(&options)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_answers_as_the_store_in_memory_does(operations in model::operations()) {
        let file = File::new();
        let options = SqliteOptions::new().durability(SqliteDurability::ProcessCrash);
        block_on(model::compare(&file.open_with(&options), operations));
    }
}

#[test]
fn everything_is_there_after_reopening() {
    let file = File::new();
    let (stored, claimed) = file
        .with_store(&SqliteOptions::new(), |store| (insert(store, 1..=3), claim(store, 1, at(0))));
    assert!(!file.log().exists(), "closing tidies up");

    let store = file.open_with(&SqliteOptions::new().payload_compression(PayloadCompression::Zlib));
    assert!(store.is_durable());
    assert_eq!(block_on(store.get(id(1))).unwrap(), claimed[0].job);
    assert_eq!(block_on(store.get(id(2))).unwrap(), stored[1]);
    assert_eq!(block_on(store.payload(id(3))).unwrap(), Some(payload(3)));
    let mut job = claimed[0].job.clone();
    job.succeed(at(1)).unwrap();
    block_on(store.update(vec![job])).unwrap().remove(0).unwrap();
    assert_eq!(block_on(store.payload(id(1))).unwrap(), None);
    assert_eq!(ids(&claim(&store, 9, at(1))), [id(2), id(3)]);
}

/// What is left when the machine stops in the midst of writing: the log ends anywhere.
#[test]
fn a_torn_log_loses_whole_changes_and_the_last_ones_only() {
    let file = File::new();
    close(file.open());
    let store = file.open();
    for first in [1, 4, 7, 10] {
        insert(&store, first..=first + 2);
    }
    claim(&store, 6, at(1));
    let log = fs::read(file.log()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for length in (0..=log.len()).step_by(1500).chain([log.len()]) {
        let torn = File::new();
        fs::copy(file.path(), torn.path()).unwrap();
        fs::write(torn.log(), &log[..length]).unwrap();
        let store = torn.open();
        let stored = stored_ids(&store);
        assert_eq!(stored, (1..=stored.len() as u128).map(id).collect::<Vec<_>>());
        assert!(stored.len().is_multiple_of(3), "{} jobs", stored.len());
        let in_progress = JobQuery::default().statuses([StatusCode::InProgress]);
        let claimed = block_on(store.query(in_progress)).unwrap().len();
        assert!(claimed == 0 || (claimed == 6 && stored.len() == 12), "{claimed} are claimed");
        seen.insert((stored.len(), claimed));
    }
    assert_eq!(Vec::from_iter(seen), [(0, 0), (3, 0), (6, 0), (9, 0), (12, 0), (12, 6)]);
}

#[test]
fn messages_are_read_in_whichever_way_they_were_stored() {
    let file = File::new();
    let always = SqliteOptions::new().payload_retention(PayloadRetention::Always);
    file.with_store(&always, |store| insert(store, 1..=1));
    let compressed = always.payload_compression(PayloadCompression::Zlib);
    file.with_store(&compressed, |store| insert(store, 2..=2));
    let lengths: Vec<i64> = {
        let connection = Connection::open(file.path()).unwrap();
        let mut statement = connection.prepare("SELECT length(body) FROM payload").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert!(lengths[0] == 4000 && lengths[1] < 400, "{lengths:?}");
    let store = file.open();
    for number in 1..=2 {
        assert_eq!(block_on(store.payload(id(number))).unwrap(), Some(payload(number)));
    }
}

#[test]
fn stores_on_one_file_give_each_job_to_one_worker() {
    let file = File::new();
    let patient = SqliteOptions::new()
        .durability(SqliteDurability::ProcessCrash)
        .busy_timeout(Duration::from_secs(60));
    insert(&file.open_with(&patient), 1..=200);
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let store = file.open_with(&patient);
            thread::spawn(move || {
                let mut mine = Vec::new();
                loop {
                    let claimed = claim(&store, 3, at(1));
                    if claimed.is_empty() {
                        return mine;
                    }
                    mine.extend(ids(&claimed));
                }
            })
        })
        .collect();
    let mut claimed: Vec<_> = workers.into_iter().flat_map(|it| it.join().unwrap()).collect();
    claimed.sort();
    assert_eq!(claimed, (1..=200).map(id).collect::<Vec<_>>());
}

#[test]
fn stores_on_one_file_see_each_others_changes() {
    let file = File::new();
    let (one, other) = (file.open(), file.open());
    let job = insert(&one, 1..=1).remove(0);
    assert_eq!(block_on(other.get(id(1))).unwrap(), job);
    assert_eq!(ids(&claim(&other, 1, at(1))), [id(1)]);
    let mut stale = job;
    stale.cancel(at(2)).unwrap();
    let refused = block_on(one.update(vec![stale])).unwrap().remove(0).unwrap_err();
    assert!(refused.is_conflict(), "{refused:?}");
}

#[test]
fn many_open_a_new_file_at_once() {
    let file = File::new();
    thread::scope(|scope| {
        for number in 1..=8 {
            let file = &file;
            scope.spawn(move || insert(&file.open(), number..=number));
        }
    });
    assert_eq!(block_on(file.open().query(JobQuery::default())).unwrap().len(), 8);
}

#[test]
fn what_comes_in_at_once_is_committed_together() {
    let file = File::new();
    let store = file.open();
    let inserts: Vec<_> = (1..=500).map(|number| store.insert(vec![new_job(number)])).collect();
    block_on(all(inserts)).into_iter().for_each(|it| assert_eq!(it.unwrap().len(), 1));
    let commits = store.commits();
    assert!(commits < 100, "{commits} commits for 500 inserts");
    insert(&store, 501..=600);
    assert_eq!(store.commits(), commits + 1);
}

#[test]
fn one_refusal_spoils_nothing_that_is_committed_with_it() {
    let file = File::new();
    let store = file.open();
    insert(&store, 1..=1);
    let inserts: Vec<_> = [vec![2], vec![3, 1], vec![4, 4], vec![5]]
        .map(|numbers| store.insert(numbers.into_iter().map(new_job).collect()))
        .into_iter()
        .collect();
    let is_ok: Vec<_> = block_on(all(inserts)).into_iter().map(|it| it.is_ok()).collect();
    assert_eq!(is_ok, [true, false, false, true]);
    assert_eq!(stored_ids(&store), [1, 2, 4 + 1].map(id));
}

#[test]
fn a_future_that_is_dropped_leaves_its_change_whole() {
    let file = File::new();
    let store = file.open();
    let mut insert = store.insert((1..=50).map(new_job).collect());
    file.while_locked(|| assert!(is_pending(&mut insert)));
    drop(insert);
    drop(store.insert(vec![new_job(99)]));
    close(store);
    assert_eq!(stored_ids(&file.open()), (1..=50).map(id).collect::<Vec<_>>());
}

#[test]
fn a_full_store_refuses_what_it_has_no_room_for_and_nothing_else() {
    let file = File::new();
    let store = file.open_with(&SqliteOptions::new().max_size(400_000));
    let mut kept = 0;
    let error = loop {
        match block_on(store.insert(vec![new_job(kept + 1)])) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(kind(&error), StoreErrorKind::Full);
    assert!(kept > 10, "{kept}");

    let mut canceled = block_on(store.get(id(1))).unwrap();
    canceled.cancel(at(1)).unwrap();
    let mut large = store.insert((1000..1100).map(new_job).collect());
    let mut update = store.update(vec![canceled]);
    file.while_locked(|| {
        assert!(is_pending(&mut large) && is_pending(&mut update));
    });
    assert_eq!(kind(&block_on(large).unwrap_err()), StoreErrorKind::Full);
    let updated = block_on(update).unwrap().remove(0).unwrap();
    assert_eq!(updated.status(), StatusCode::Canceled, "it was committed without the other");

    let expected: Vec<_> = (1..=kept).map(id).collect();
    assert_eq!(stored_ids(&store), expected);
    close(store);
    let store = file.open();
    assert_eq!(stored_ids(&store), expected);
    insert(&store, 1000..=1100);
    assert_eq!(stored_ids(&store).len(), expected.len() + 101);
}

#[test]
fn a_store_that_is_read_only_reads() {
    let file = File::new();
    let missing = block_on(SqliteJobStore::open_read_only(file.path())).unwrap_err();
    assert_eq!(kind(&missing), StoreErrorKind::Unavailable);

    let store = file.open();
    insert(&store, 1..=2);
    let reader = block_on(SqliteJobStore::open_read_only(file.path())).unwrap();
    insert(&store, 3..=3);
    assert_eq!(stored_ids(&reader), [1, 2, 3].map(id));
    assert_eq!(block_on(reader.payload(id(1))).unwrap(), Some(payload(1)));
    assert_eq!(block_on(reader.next_due("")).unwrap(), Some(at(0)));

    let job = block_on(reader.get(id(1))).unwrap();
    let errors = [
        block_on(reader.insert(vec![new_job(4)])).unwrap_err(),
        block_on(reader.update(vec![job])).unwrap_err(),
        block_on(reader.claim(claim_of(1, at(1)))).unwrap_err(),
        block_on(reader.delete(vec![id(1)])).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(kind(&error), StoreErrorKind::ReadOnly);
    }
    assert_eq!(ids(&claim(&store, 9, at(1))), [1, 2, 3].map(id));
}

#[test]
fn what_is_no_store_is_not_made_one() {
    let check = |make: fn(&File), expected| {
        let file = File::new();
        make(&file);
        let before = fs::read(file.path()).ok();
        let open = block_on(SqliteJobStore::open(file.path())).unwrap_err();
        let open_read_only = block_on(SqliteJobStore::open_read_only(file.path())).unwrap_err();
        assert_eq!([kind(&open), kind(&open_read_only)], [expected; 2]);
        assert_eq!(fs::read(file.path()).ok(), before, "the file is as it was");
    };
    check(|it| it.sql("CREATE TABLE a (b)"), StoreErrorKind::ForeignSchema);
    check(|it| it.sql("PRAGMA application_id = 7"), StoreErrorKind::ForeignSchema);
    check(|it| fs::write(it.path(), "text\n".repeat(2000)).unwrap(), StoreErrorKind::Corrupt);
    check(
        |it| {
            close(it.open());
            it.sql("PRAGMA user_version = 99");
        },
        StoreErrorKind::NewerSchema,
    );
}

#[test]
fn names_that_sqlite_takes_for_something_else_are_files() {
    let folder = tempfile::tempdir().unwrap();
    for name in [":memory:", "file:x?mode=memory"] {
        let path = folder.path().join(name);
        insert(&block_on(SqliteJobStore::open(&path)).unwrap(), 1..=1);
        assert!(path.is_file(), "{name}");
    }
    for (path, why) in [
        (folder.path(), "the path is a folder"),
        ("".as_ref(), "the path is empty or can't be resolved"),
        (&folder.path().join("none/jobs.db"), "the folder of the file does not exist"),
    ] {
        let error = block_on(SqliteJobStore::open(path)).unwrap_err();
        assert_eq!(kind(&error), StoreErrorKind::Unavailable, "{path:?} is no file");
        assert_eq!(error.store_error().map(ToString::to_string).as_deref(), Some(why));
    }
}

#[test]
fn a_damaged_file_is_told() {
    let file = File::new();
    file.with_store(&SqliteOptions::new(), |store| insert(store, 1..=200));
    let overwrite = |from: u64, length: usize| {
        let mut it = fs::OpenOptions::new().write(true).open(file.path()).unwrap();
        it.seek(SeekFrom::Start(from)).unwrap();
        it.write_all(&vec![0xA5; length]).unwrap();
    };
    let length = fs::metadata(file.path()).unwrap().len();
    overwrite(3 * 4096, length as usize - 3 * 4096);
    let store = file.open();
    let error = block_on(store.query(JobQuery::default())).unwrap_err();
    assert_eq!(kind(&error), StoreErrorKind::Corrupt);
    assert_eq!(error.to_string(), "the job store failed");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the storage is damaged");
    assert!(source.source().is_some(), "SQLite tells more");
    let error = block_on(store.insert(vec![new_job(1000)])).unwrap_err();
    assert_eq!(kind(&error), StoreErrorKind::Corrupt);
    // The damage may also keep the log from being written into the file.
    let _ = block_on(store.close());

    overwrite(0, 100);
    assert_eq!(
        kind(&block_on(SqliteJobStore::open(file.path())).unwrap_err()),
        StoreErrorKind::Corrupt
    );
}

/// What bit flips, hands and mistakes make of rows, each with what the message says about it.
const POISON: &[(&str, &str)] = &[
    ("attempts = 'no JSON'", "the history of its attempts can't be read"),
    ("cause = 'Sp\u{e4}ter'", "is not a cause"),
    ("name = CAST(x'ff' AS TEXT)", "{\"base64\":\"/w==\"}"),
    ("createdon = 9000000000000000000", "a time is outside of the calendar"),
    ("statuscode = 30", "does not belong to state"),
    ("retrycount = -1", "number of attempts is negative"),
    ("asyncoperationid = x'0102'", "{\"base64\":\"AQI=\"}"),
    ("partitionkey = CAST(x'ff' AS TEXT)", "partitionkey"),
    ("leaseuntil = 5", "a job is leased exactly while"),
];

#[test]
fn rows_that_cannot_be_read_are_set_aside_and_all_others_are_worked_on() {
    let poisoned = POISON.len() as u128;
    let file = File::new();
    let store = file.open();
    insert(&store, 1..=20);
    for ((change, _), sequence) in POISON.iter().zip(1..) {
        file.sql(&format!("UPDATE asyncoperation SET {change} WHERE sequence = {sequence}"));
    }
    // Fewer than are damaged: they must not stand in the way of the others.
    let mut claimed = Vec::new();
    for _ in 0..20 {
        claimed.extend(ids(&claim(&store, 3, at(1))));
    }
    assert_eq!(claimed, (poisoned + 1..=20).map(id).collect::<Vec<_>>());
    assert_eq!(block_on(store.next_due("")).unwrap(), Some(at(61)), "that of the leases");

    let failed = JobQuery::default().statuses([StatusCode::Failed]);
    let mut failed = block_on(store.query(failed)).unwrap();
    failed.sort_by_key(|it| it.revision());
    assert_eq!(failed.len(), POISON.len());
    for (_, reason) in POISON {
        let holds = |job: &SystemJob| {
            let message = job.progress().message.as_deref().unwrap();
            message.starts_with("unreadable_row: damage=") && message.contains(reason)
        };
        assert!(failed.iter().any(holds), "{reason}");
    }
    // They can be shown, exported and deleted like any others.
    let mut lines = Vec::new();
    let all = Selection::from(JobQuery::default());
    let exported = block_on(export(&store, &all, &mut lines, |_| ())).unwrap();
    assert_eq!(exported.exported, POISON.len() as u64);
    let ids: Vec<_> = failed.iter().map(SystemJob::id).collect();
    assert!(block_on(store.delete(ids)).unwrap().iter().all(Result::is_ok));
    assert_eq!(stored_ids(&store).len(), 20 - POISON.len());
}

#[test]
fn rows_that_cannot_be_read_stop_no_command() {
    let file = File::new();
    let store = file.open();
    insert(&store, 1..=3);
    // Not due, so no worker meets it.
    file.sql(
        "UPDATE asyncoperation SET statecode = 1, statuscode = 10, dueon = NULL, attempts = '?'
         WHERE sequence = 1",
    );
    let reader = block_on(SqliteJobStore::open_read_only(file.path())).unwrap();
    for store in [&reader, &store] {
        assert_eq!(block_on(store.get(id(1))).unwrap().status(), StatusCode::Failed);
        assert_eq!(block_on(store.query(JobQuery::default())).unwrap().len(), 3);
    }
    let all = Selection::from(JobQuery::default());
    let canceled = block_on(change(&store, &all, BulkChange::Cancel, at(1), |_| ())).unwrap();
    assert_eq!((canceled.changed, canceled.refused()), (2, 1));
    assert!(block_on(store.query(JobQuery::uncompleted())).unwrap().is_empty());
    let retention = Retention::for_all(Duration::ZERO);
    let later = at(100);
    let purged = block_on(purge(&store, &JobQuery::default(), retention, later, |_| ())).unwrap();
    assert_eq!(purged.total(), 3);
}

#[test]
fn the_next_job_of_a_key_goes_on_when_a_row_is_set_aside() {
    for damage in ["attempts = '?'", "partitionkey = CAST(x'ff' AS TEXT)"] {
        let file = File::new();
        let store = file.open();
        let keyed = |number| {
            let mut new = new_job(number);
            let mut description = new.job.description().clone();
            description.partition_key = Some("key".to_owned());
            new.job = SystemJob::new(description);
            new
        };
        block_on(store.insert((1..=3).map(keyed).collect())).unwrap();
        file.sql(&format!("UPDATE asyncoperation SET {damage} WHERE sequence = 1"));
        assert!(claim(&store, 9, at(1)).is_empty(), "{damage}");
        assert_eq!(ids(&claim(&store, 9, at(1))), [id(2)], "{damage}");
    }
}

/// Workers of two releases on one store: the later one has added causes, columns, members of the
/// history and a status.
#[test]
fn what_a_later_release_records_is_kept_and_stops_nothing() {
    let file = File::new();
    let store = file.open();
    insert(&store, 1..=4);
    file.sql(
        r#"ALTER TABLE asyncoperation ADD COLUMN later TEXT;
         UPDATE asyncoperation SET statecode = 1, statuscode = 10, cause = 'quota_exceeded',
             dueon = NULL, startedon = 0, retrycount = 1, later = 'kept', attempts =
             '[{"number":1,"host_id":"later","started_on":"2026-01-05T08:00:00Z","ended_on":null,
                "cause":"quota_exceeded","message":null,"region":"west"}]'
             WHERE sequence = 1;
         UPDATE asyncoperation SET statuscode = 40 WHERE sequence = 2;"#,
    );
    assert_eq!(ids(&claim(&store, 9, at(1))), [id(3), id(4)]);
    let mut job = block_on(store.get(id(1))).unwrap();
    assert_eq!(job.progress().cause.as_ref().map(Cause::id), Some("quota_exceeded"));
    job.resume(at(1)).unwrap();
    block_on(store.update(vec![job])).unwrap().remove(0).unwrap();
    assert_eq!(ids(&claim(&store, 9, at(1))), [id(1)]);
    assert_eq!(block_on(store.query(JobQuery::default())).unwrap().len(), 4);

    let kept = "SELECT count(*) FROM asyncoperation WHERE
        sequence = 1 AND cause = 'quota_exceeded' AND later = 'kept' OR sequence = 2 AND statuscode = 40";
    let kept: i64 = file.connect().query_row(kept, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 2, "a status of a later release is left to its workers");
}

#[test]
fn a_message_that_is_damaged_is_lost_and_its_job_is_not() {
    let file = File::new();
    let store = file.open_with(&SqliteOptions::new().payload_compression(PayloadCompression::Zlib));
    insert(&store, 1..=1);
    file.sql("UPDATE payload SET length = length + 1");
    let error = block_on(store.payload(id(1))).unwrap_err();
    assert!(matches!(error, Error::DamagedPayload { id, .. } if id == Uuid::from_u128(1)));
    let claimed = claim(&store, 9, at(1));
    let loss = PayloadLoss::Damaged("it is shorter or longer than it was");
    assert_eq!((ids(&claimed), &claimed[0].payload), (vec![id(1)], &Err(loss)));
}

#[test]
fn a_file_that_was_removed_or_replaced_is_noticed() {
    let replace: [fn(&File); 2] = [
        |file| fs::remove_file(file.path()).unwrap(),
        |file| {
            let other = File::new();
            close(other.open());
            fs::rename(other.path(), file.path()).unwrap();
        },
    ];
    for replace in replace {
        let file = File::new();
        let store = file.open();
        insert(&store, 1..=1);
        replace(&file);
        let error = block_on(store.claim(claim_of(1, at(1)))).unwrap_err();
        assert_eq!(kind(&error), StoreErrorKind::Replaced);
        let error = block_on(store.insert(vec![new_job(2)])).unwrap_err();
        assert_eq!(kind(&error), StoreErrorKind::Replaced);
    }
}

#[cfg(unix)]
#[test]
fn a_new_file_and_its_log_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = File::new();
    let store = file.open();
    insert(&store, 1..=1);
    for path in [file.path(), file.log()] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // A file that others may read stays so: its owner has decided that.
    close(store);
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).unwrap();
    close(file.open());
    assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_copy_of_a_file_in_use_has_all_that_was_committed() {
    let file = File::new();
    let store = file.open();
    insert(&store, 1..=50);
    assert!(fs::metadata(file.log()).unwrap().len() > 0, "a part is in the log");
    let reader = block_on(SqliteJobStore::open_read_only(file.path())).unwrap();
    let (copy, again) = (file.folder.path().join("copy.db"), file.folder.path().join("again.db"));
    block_on(reader.backup(&copy)).unwrap();
    insert(&store, 51..=51);
    let copied = block_on(SqliteJobStore::open(&copy)).unwrap();
    assert_eq!(stored_ids(&copied), (1..=50).map(id).collect::<Vec<_>>());
    assert_eq!(block_on(copied.payload(id(50))).unwrap(), Some(payload(50)));
    assert!(block_on(copied.check_file()).unwrap().is_empty());
    assert_eq!(kind(&block_on(store.backup(&copy)).unwrap_err()), StoreErrorKind::Options);
    block_on(store.backup(&again)).unwrap();
    assert_eq!(stored_ids(&block_on(SqliteJobStore::open(&again)).unwrap()).len(), 51);
}

/// Pages of a file are zeroed in turn: what is on the others is worked on, and is copied.
#[test]
fn a_damaged_page_stops_no_job_on_another() {
    const PAGE: usize = 4096;
    const JOBS: u64 = 200;
    let intact = File::new();
    intact.with_store(&SqliteOptions::new(), |store| insert(store, 1..=JOBS.into()));
    let bytes = fs::read(intact.path()).unwrap();
    assert!(block_on(intact.open().check_file()).unwrap().is_empty());
    let (mut worked, mut readable, mut whole) = (0, 0, 0);
    for page in (1..bytes.len() / PAGE).step_by(5) {
        let file = File::new();
        let mut damaged = bytes.clone();
        damaged[page * PAGE..(page + 1) * PAGE].fill(0);
        fs::write(file.path(), damaged).unwrap();

        let new = file.folder.path().join("new.db");
        let salvaged = block_on(SqliteJobStore::salvage(file.path(), &new)).unwrap();
        assert_eq!(salvaged.jobs + salvaged.lost, JOBS, "{page}: {salvaged:?}");
        let copied = block_on(SqliteJobStore::open(&new)).unwrap();
        assert!(block_on(copied.check_file()).unwrap().is_empty(), "{page}");
        assert_eq!(stored_ids(&copied).len() as u64, salvaged.jobs);
        whole += u64::from(salvaged.jobs == JOBS && salvaged.damaged_messages == 0);

        let store = file.open();
        let mut claimed = 0;
        // An error ends it, and jobs that are left out must not make it endless.
        for _ in 0..100 {
            match block_on(store.claim(claim_of(20, at(1)))) {
                Ok(jobs) if jobs.is_empty() => break,
                Ok(jobs) => claimed += jobs.len() as u64,
                Err(error) => {
                    assert_eq!(kind(&error), StoreErrorKind::Corrupt, "{page}");
                    break;
                }
            }
        }
        assert!(claimed <= salvaged.jobs, "{page}: {claimed} of {salvaged:?}");
        (worked, readable) = (worked + claimed, readable + salvaged.jobs);
        let _ = block_on(store.close());
    }
    // A row that grows may need room on the page beside, and a claim writes to indexes. So not all that
    // can be read can be begun.
    println!("{worked} of {readable} jobs begun, all saved of {whole} files");
    assert!(worked * 10 > readable * 8 && whole > 0, "{worked} of {readable}, {whole}");
}

#[test]
fn what_is_saved_of_a_damaged_file_keeps_its_order() {
    let file = File::new();
    let store = file.open();
    let keyed = |number| {
        let mut new = new_job(number);
        let mut description = new.job.description().clone();
        description.partition_key = Some("key".to_owned());
        new.job = SystemJob::new(description);
        new
    };
    block_on(store.insert((1..=3).map(keyed).collect())).unwrap();
    assert_eq!(ids(&claim(&store, 9, at(1))), [id(1)]);
    file.sql(
        "UPDATE payload SET body = x'00' WHERE sequence = 2;
         UPDATE asyncoperation SET attempts = '?' WHERE sequence = 1",
    );
    let new = file.folder.path().join("new.db");
    let salvaged = block_on(SqliteJobStore::salvage(file.path(), &new)).unwrap();
    let found = (salvaged.jobs, salvaged.unreadable, salvaged.damaged_messages, salvaged.lost);
    assert_eq!(found, (3, 1, 1, 0));
    let copied = block_on(SqliteJobStore::open(&new)).unwrap();
    let mut claimed = claim(&copied, 9, at(1));
    assert_eq!(ids(&claimed), [id(2)], "the first is set aside, the third waits");
    assert!(claimed.remove(0).payload.is_err());
    let checked = block_on(check(&copied, |_| ())).unwrap();
    assert_eq!((checked.jobs, checked.unreadable, checked.damaged_messages), (3, 1, 1));
    assert_eq!(checked.damaged, [id(1), id(2)]);
}

#[test]
fn a_flipped_bit_of_a_message_is_found_and_spoils_nothing_else() {
    let file = File::new();
    let store = file.open();
    insert(&store, 1..=2);
    // The last byte of the body, by SQL: what a bit flip on the disk comes to.
    file.sql(
        "UPDATE payload SET body = CAST(substr(body, 1, length(body) - 1) || x'21' AS BLOB)
         WHERE sequence = 1",
    );
    let claimed = claim(&store, 9, at(1));
    let loss = Err(PayloadLoss::Damaged("its checksum differs"));
    assert_eq!((&claimed[0].payload, &claimed[1].payload), (&loss, &Ok(payload(2))));

    // The message of another job is damage too.
    file.sql(
        "UPDATE payload SET body = (SELECT body FROM payload WHERE sequence = 2),
             checksum = (SELECT checksum FROM payload WHERE sequence = 2)
         WHERE sequence = 1",
    );
    let error = block_on(store.payload(id(1))).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the message of job {} is damaged: its checksum differs", id(1))
    );
}

#[test]
fn a_file_of_an_earlier_release_is_read_without_being_changed() {
    let file = File::new();
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/jobs/jobs.db"), file.path())
        .unwrap();
    let before = fs::read(file.path()).unwrap();
    let store = block_on(SqliteJobStore::open_read_only(file.path())).unwrap();
    let jobs = block_on(store.query(JobQuery::default())).unwrap();
    assert_eq!(jobs.len(), 15);
    let kept = jobs.iter().filter(|it| block_on(store.payload(it.id())).unwrap().is_some());
    assert!(kept.count() > 10);
    assert!(fs::read(file.path()).unwrap() == before);
}

/// A later release adds columns that may be null, and indexes.
#[test]
fn releases_that_added_to_the_tables_work_beside_those_that_did_not() {
    let file = File::new();
    let store = file.open();
    insert(&store, 1..=1);
    file.sql(
        "ALTER TABLE payload ADD COLUMN later BLOB;
         ALTER TABLE asyncoperation ADD COLUMN later TEXT;
         CREATE INDEX later ON asyncoperation (later);",
    );
    insert(&store, 2..=2);
    let restarted = file.open();
    insert(&restarted, 3..=3);
    assert_eq!(ids(&claim(&store, 2, at(1))), [id(1), id(2)]);
    assert_eq!(ids(&claim(&restarted, 2, at(1))), [id(3)]);
    let read = block_on(SqliteJobStore::open_read_only(file.path())).unwrap();
    assert_eq!(block_on(read.payload(id(3))).unwrap(), Some(payload(3)));

    // And a release that knows no additions at all stores messages without a checksum.
    file.sql("UPDATE payload SET checksum = NULL");
    assert_eq!(block_on(store.payload(id(2))).unwrap(), Some(payload(2)));
}

#[test]
fn a_locked_file_is_waited_for_no_longer_than_asked() {
    let file = File::new();
    let store = file.open_with(&SqliteOptions::new().busy_timeout(Duration::ZERO));
    insert(&store, 1..=1);
    file.while_locked(|| {
        let error = block_on(store.insert(vec![new_job(2)])).unwrap_err();
        assert_eq!(kind(&error), StoreErrorKind::Busy);
        assert!(kind(&error).is_transient());
        assert_eq!(stored_ids(&store), [id(1)], "reading needs no lock");
    });
    insert(&store, 2..=2);
}

#[test]
fn a_clock_that_is_set_back_loses_nothing() {
    let file = File::new();
    let store = file.open();
    insert(&store, 1..=2);
    let begun = claim(&store, 1, at(1_000_000)).remove(0).job;
    assert_eq!(ids(&claim(&store, 9, at(-1_000_000))), [id(2)], "what is ready is due");
    assert!(claim(&store, 9, at(-1_000_000)).is_empty(), "what is leased is not");
    let mut job = begun;
    job.succeed(at(-999_999)).unwrap();
    block_on(store.update(vec![job])).unwrap().remove(0).unwrap();
    assert_eq!(ids(&claim(&store, 9, at(0))), [id(2)], "its lease ran out");
}

#[test]
fn the_last_of_a_store_may_be_dropped_by_its_own_thread() {
    let file = File::new();
    let store = Arc::new(file.open());
    let (told, done) = mpsc::channel();
    let future = {
        let store = Arc::clone(&store);
        async move {
            let inserted = store.insert(vec![new_job(1)]).await.map(|it| it.len());
            drop(store);
            told.send(inserted.unwrap()).unwrap();
        }
    };
    let task = Arc::new(Task { future: Mutex::new(Some(Box::pin(future))) });
    Wake::wake(Arc::clone(&task));
    drop(store);
    assert_eq!(done.recv().unwrap(), 1);
    assert_eq!(stored_ids(&file.open()), [id(1)]);
}

#[test]
fn a_store_that_is_closed_refuses_everything_and_one_that_is_dropped_keeps_its_jobs() {
    let file = File::new();
    let store = file.open();
    let mut pending = store.insert(vec![new_job(1)]);
    file.while_locked(|| assert!(is_pending(&mut pending)));
    block_on(store.close()).unwrap();
    block_on(pending).unwrap();
    assert!(!file.log().exists(), "closing tidies up");
    let errors = [
        block_on(store.insert(vec![new_job(2)])).unwrap_err(),
        block_on(store.get(id(1))).unwrap_err(),
    ];
    assert!(errors.iter().all(|it| kind(it) == StoreErrorKind::Closed), "{errors:?}");
    block_on(store.close()).unwrap();

    insert(&file.open(), 2..=2);
    assert_eq!(stored_ids(&file.open()), [1, 2].map(id));
}

/// A task that runs on whatever thread wakes it.
struct Task {
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        let mut slot = self.future.lock().expect("nobody panicked");
        if let Some(mut future) = slot.take() {
            let mut context = Context::from_waker(&waker);
            if future.as_mut().poll(&mut context).is_pending() {
                *slot = Some(future);
            }
        }
    }
}

fn close(store: SqliteJobStore) {
    block_on(store.close()).expect("the store can be closed");
}

fn is_pending<T>(future: &mut BoxFuture<'_, T>) -> bool {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

fn kind(error: &Error) -> StoreErrorKind {
    error.store_error().expect("the error is the storage's").kind()
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn payload(number: u128) -> Payload {
    Payload::new("text/plain", format!("{number:4}").repeat(1000).into_bytes())
        .with_property("number", number.to_string())
}

fn new_job(number: u128) -> NewJob {
    let description = JobDescription::new(id(number), "job", at(0));
    NewJob::new(SystemJob::new(description), payload(number))
}

fn insert(store: &SqliteJobStore, numbers: std::ops::RangeInclusive<u128>) -> Vec<SystemJob> {
    let inserted =
        block_on(store.insert(numbers.map(new_job).collect())).expect("new ids are accepted");
    assert!(inserted.iter().all(|it| it.revision() == Revision(1)));
    inserted
}

fn claim_of(limit: usize, now: DateTime<Utc>) -> Claim {
    Claim {
        host_id: "host-1".to_owned(),
        endpoint: String::new(),
        limit,
        lease: Duration::from_secs(60),
        now,
    }
}

fn claim(store: &SqliteJobStore, limit: usize, now: DateTime<Utc>) -> Vec<ClaimedJob> {
    block_on(store.claim(claim_of(limit, now))).expect("the store works")
}

fn ids(claimed: &[ClaimedJob]) -> Vec<Uuid> {
    claimed.iter().map(|it| it.job.id()).collect()
}

fn stored_ids(store: &SqliteJobStore) -> Vec<Uuid> {
    let found = block_on(store.query(JobQuery::default())).expect("the store works");
    found.iter().map(SystemJob::id).collect()
}

/// Runs futures side by side.
async fn all<T>(futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(|it| (it, None)).collect();
    std::future::poll_fn(|context| {
        let mut is_pending = false;
        for (future, answer) in futures.iter_mut().filter(|(_, answer)| answer.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(it) => *answer = Some(it),
                Poll::Pending => is_pending = true,
            }
        }
        if is_pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    futures.into_iter().filter_map(|(_, answer)| answer).collect()
}
