use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;
use xrm_jobs::{
    Cause, Diagnosis, JobDescription, JobQuery, JobStore, NewJob, Payload, SqliteJobStore,
    StatusCode, SystemJob,
};

use crate::command::{Run, command, page, run, run_with};

/// A Monday morning.
fn at(seconds: i64) -> DateTime<Utc> {
    let start = DateTime::parse_from_rfc3339("2026-01-05T08:00:00Z").expect("a time");
    start.to_utc() + TimeDelta::seconds(seconds)
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x7b1f_0a3e_2c5d_4e8f_9a6b_0c1d_2e3f_0000 + number)
}

fn describe(number: u128) -> JobDescription {
    let mut description =
        JobDescription::new(id(number), "accounts: Update of account", at(number as i64));
    description.endpoint = "accounts".to_owned();
    description.message_name = "Update".to_owned();
    description.primary_entity_type = "account".to_owned();
    description.regarding_object_id = Some(Uuid::from_u128(0xa0 + number));
    description.correlation_id = Uuid::from_u128(0xc0);
    description
}

fn diagnosis(cause: Cause, status: &str, reason: &str) -> Diagnosis {
    Diagnosis::new(cause)
        .with_evidence("status", status)
        .with_evidence("reason", reason)
        .with_evidence("namespace", "contoso.servicebus.windows.net")
        .with_evidence("hub", "accounts")
}

/// 1: Failed at once, for a wrong key.
fn failed() -> SystemJob {
    let mut job = SystemJob::new(describe(1));
    let reason = "SubCode=40103: Unauthorized; Invalid authorization token signature";
    let diagnosis = diagnosis(Cause::WrongKey, "401", reason);
    job.begin("till-7", at(100), at(2)).expect("it is ready");
    job.fail(&diagnosis, at(3)).expect("it is under way");
    job
}

/// 2: Waiting for its third attempt.
fn waiting() -> SystemJob {
    let mut description = describe(2);
    description.partition_key = Some("account-a2".to_owned());
    let mut job = SystemJob::new(description);
    let diagnosis = diagnosis(Cause::Throttled, "429", "Error code : 50002");
    job.begin("till-7", at(100), at(3)).expect("it is ready");
    job.wait_until(at(33), &diagnosis, at(4)).expect("it is under way");
    job.begin("till-8", at(133), at(33)).expect("it is due");
    job.wait_until(at(1233), &diagnosis, at(63)).expect("it is under way");
    job
}

/// 3: Succeeded.
fn succeeded() -> SystemJob {
    let mut job = SystemJob::new(describe(3));
    job.begin("till-7", at(100), at(4)).expect("it is ready");
    job.succeed(at(4) + TimeDelta::milliseconds(180)).expect("it is under way");
    job
}

/// 4: Canceled before any attempt, of another endpoint.
fn canceled() -> SystemJob {
    let mut description = describe(4);
    description.endpoint = "contacts".to_owned();
    description.primary_entity_type = "contact".to_owned();
    let mut job = SystemJob::new(description);
    job.cancel(at(5)).expect("it is ready");
    job
}

fn payload() -> Payload {
    Payload::new("application/json", vec![b'x'; 1834]).with_property("a", "1")
}

/// A store of SQLite in a folder of its own.
struct Store {
    folder: TempDir,
}

impl Store {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder can be made") }
    }

    /// A store with a job of each kind.
    fn with_jobs() -> Self {
        let store = Self::new();
        store.insert([failed(), waiting(), succeeded(), canceled()]);
        store
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("jobs.db")
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    fn insert(&self, jobs: impl IntoIterator<Item = SystemJob>) {
        let new = jobs.into_iter().map(|job| NewJob::new(job, payload())).collect();
        self.with_store(async |store| store.insert(new).await.expect("new ids are accepted"));
    }

    fn with_store<T>(&self, run: impl AsyncFnOnce(&SqliteJobStore) -> T) -> T {
        let runtime =
            tokio::runtime::Builder::new_current_thread().build().expect("it can be made");
        runtime.block_on(async {
            let store = SqliteJobStore::open(self.path()).await.expect("the store can be opened");
            let answer = run(&store).await;
            store.close().await.expect("the store can be closed");
            answer
        })
    }

    fn job(&self, id: Uuid) -> SystemJob {
        self.with_store(async |store| store.get(id).await.expect("it is there"))
    }

    fn jobs(&self) -> Vec<SystemJob> {
        self.with_store(async |store| store.query(JobQuery::default()).await.expect("it answers"))
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(self.command(arguments))
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = command(&["jobs"]);
        command.args(arguments).args(["--store", &self.url()]);
        command
    }
}

/// The one line of JSON that a run printed.
fn json_of(run: &Run) -> Value {
    let mut lines = run.json_lines();
    assert_eq!(lines.len(), 1, "{run:?}");
    lines.remove(0)
}

const NOW: &str = "2026-01-05T08:10:00Z";

/// What stands in the documentation is what the command prints.
#[test]
fn the_page_shows_what_show_prints() {
    let store = Store::with_jobs();
    let page = page("jobs.md");
    for number in 1..=3 {
        let id = id(number).to_string();
        let shown = store.run(&["show", &id, "--now", NOW]);
        assert_eq!((shown.code, &*shown.stderr), (0, ""), "{shown:?}");
        let block = format!("```text\n$ xrm-eventhub jobs show {id}\n{}```\n", shown.stdout);
        assert!(page.contains(&block), "the page lacks:\n{block}");
    }
    let listed = store.run(&["list", "--now", NOW]);
    let block = format!("```text\n$ xrm-eventhub jobs list\n{}```\n", listed.stdout);
    assert!(page.contains(&block), "the page lacks:\n{block}");
    let grouped = store.run(&["groups", "--now", NOW]);
    let block = format!("```text\n$ xrm-eventhub jobs groups\n{}```\n", grouped.stdout);
    assert!(page.contains(&block), "the page lacks:\n{block}");
}

/// A job that failed at once, for this cause.
fn failed_for(cause: Cause, number: u128) -> SystemJob {
    let mut job = SystemJob::new(describe(number));
    let (status, reason) = match cause {
        Cause::MissingHub => ("404", "The messaging entity could not be found."),
        Cause::BodyTooLarge => ("413", "The received message exceeds the maximum size allowed."),
        _ => ("400", "as the service put it"),
    };
    job.begin("till-7", at(100), at(20)).expect("it is ready");
    job.fail(&diagnosis(cause, status, reason), at(21)).expect("it is under way");
    job
}

#[test]
fn the_page_shows_jobs_that_failed_for_other_causes() {
    let store = Store::new();
    let failed = [(11, Cause::MissingHub), (12, Cause::BodyTooLarge)];
    store.insert(failed.map(|(number, cause)| failed_for(cause, number)));
    let page = page("jobs.md");
    for (number, _) in failed {
        let id = id(number).to_string();
        let shown = store.run(&["show", &id, "--now", NOW]);
        let block = format!("```text\n$ xrm-eventhub jobs show {id}\n{}```\n", shown.stdout);
        assert!(page.contains(&block), "the page lacks:\n{block}");
    }
}

/// Whatever stopped a post, `show` tells what happened, what to check on which side, and by what
/// it was told.
#[test]
fn a_failed_job_shows_what_a_person_needs() {
    let store = Store::new();
    let causes = || (100..).zip(Cause::ALL);
    store.insert(causes().map(|(number, cause)| failed_for(*cause, number)));
    for (number, cause) in causes() {
        let shown = store.run(&["show", &id(number).to_string(), "--now", NOW]);
        assert_eq!((shown.code, &*shown.stderr), (0, ""), "{shown:?}");
        // Long lines are broken at blanks.
        let text = shown.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let holds = |part: &str| {
            assert!(text.contains(part), "{cause}: `{part}` is not in:\n{}", shown.stdout);
        };
        holds("Status Failed (31), Completed");
        holds(&format!("Cause {cause}"));
        holds(&cause.error_code().to_string());
        holds(cause.what());
        for check in cause.checks() {
            holds(&format!("{} {}", check.side, check.text));
        }
        holds("reason");
        holds("# BEGAN TOOK HOST OUTCOME");
        holds(&format!("1 s till-7 {cause}"));
    }
}

/// The table of moves in the documentation is the model's.
#[test]
fn the_page_shows_every_move() {
    let page = page("jobs.md");
    for it in xrm_jobs::Move::ALL {
        let targets = StatusCode::ALL.iter().filter(|it| !it.state().is_completed());
        let cells: Vec<_> =
            targets.map(|from| it.target(*from).map(|to| to.label()).unwrap_or_default()).collect();
        let row = format!("| {it} | {} |", cells.join(" | "));
        assert!(page.contains(&row), "the page lacks: {row}");
    }
    for status in StatusCode::ALL {
        let row = format!(
            "| {} | {} | {} | {} |",
            status.state(),
            status.state().number(),
            status,
            status.number()
        );
        assert!(page.contains(&row), "the page lacks: {row}");
    }
}

#[test]
fn jobs_are_listed_by_what_they_are() {
    let store = Store::with_jobs();
    for (arguments, expected) in [
        (&[][..], &[1, 2, 3, 4][..]),
        (&["--status", "failed,canceled"], &[1, 4]),
        (&["--endpoint", "contacts"], &[4]),
        (&["--table", "account", "--cause", "throttled"], &[2]),
        (&["--message", "Create"], &[]),
        (&["--partition-key", "account-a2"], &[2]),
        (&["--step", "00000000-0000-0000-0000-000000000001"], &[]),
        (&["--since", "2026-01-05T08:00:03Z"], &[3, 4]),
        (&["--before", "2026-01-05T08:00:03Z"], &[1, 2]),
        (&["--since", "596s", "--now", NOW], &[4]),
        (&["--limit", "3"], &[1, 2, 3]),
        (&["--limit", "0"], &[]),
        (&["--id", "7b1f0a3e-2c5d-4e8f-9a6b-0c1d2e3f0003"], &[3]),
    ] {
        let mut all = vec!["list", "--json"];
        all.extend(arguments);
        let listed = store.run(&all);
        assert_eq!((listed.code, &*listed.stderr), (0, ""), "{arguments:?}: {listed:?}");
        let rows = listed.json_lines();
        let ids: Vec<_> = rows.iter().map(|it| it["asyncoperationid"].clone()).collect();
        let expected: Vec<_> = expected.iter().map(|it| json!(id(*it).to_string())).collect();
        assert_eq!(ids, expected, "{arguments:?}");
        let table = store.run(&[&["list"], arguments].concat());
        assert_eq!(table.stdout.lines().count(), 1 + expected.len(), "{table:?}");
    }
    let row = store.run(&["list", "--json", "--status", "failed"]);
    let row: xrm_jobs::AsyncOperation = serde_json::from_str(&row.stdout).unwrap();
    assert_eq!(SystemJob::try_from(row).unwrap(), store.job(id(1)));
    let short = store.run(&["list", "--limit", "3"]);
    assert_eq!(short.stderr, "xrm-eventhub: there are more than 3 jobs; --limit shows more\n");
}

#[test]
fn a_job_that_is_not_there_is_told() {
    let store = Store::with_jobs();
    let missing = id(9).to_string();
    for arguments in [
        &["show", &missing][..],
        &["list", "--json", "--id", &missing],
        &["cancel", "--json", "--id", &missing],
    ] {
        assert_eq!(store.run(arguments).code, 1, "{arguments:?}");
    }
    let shown = store.run(&["show", &missing]);
    let told = format!("xrm-eventhub: job {missing} is not in the store\n");
    assert_eq!((shown.stdout, shown.stderr), (String::new(), told));
}

#[test]
fn jobs_are_counted_and_failures_grouped() {
    let store = Store::with_jobs();
    let counted = store.run(&["count"]);
    assert_eq!(
        counted.stdout,
        "Waiting    1\nSucceeded  1\nFailed     1\nCanceled   1\nTotal      4\n"
    );
    let counted = store.run(&["count", "--json", "--status", "failed"]);
    let expected = json!({"statecode": 3, "statuscode": 31, "status": "Failed", "count": 1});
    assert_eq!(json_of(&counted), expected);

    let groups = store.run(&["groups", "--json", "--endpoint", "accounts"]);
    let causes: Vec<_> = groups.json_lines().iter().map(|it| it["cause"].clone()).collect();
    assert_eq!(causes, ["throttled", "wrong_key"], "{groups:?}");
    assert_eq!(groups.json_lines()[0]["waiting"], 1);
}

#[test]
fn nothing_is_changed_by_accident() {
    let store = Store::with_jobs();
    let before = store.jobs();
    for arguments in [
        &["cancel"][..],
        &["pause"],
        &["resume"],
        &["retry"],
        &["postpone", "--until", "2h"],
        &["purge"],
        &["cancel", "--all", "--endpoint", "accounts"],
        &["cancel", "--all", "--id", "7b1f0a3e-2c5d-4e8f-9a6b-0c1d2e3f0001"],
        &["cancel", "--endpoint", "accounts", "--id", "7b1f0a3e-2c5d-4e8f-9a6b-0c1d2e3f0001"],
        &["postpone", "--all", "--until", "tomorrow"],
        &["cancel", "--status", "sleeping"],
        &["cancel", "--cause", "bad_luck"],
    ] {
        let refused = store.run(arguments);
        assert_eq!((refused.code, &*refused.stdout), (2, ""), "{arguments:?}: {refused:?}");
    }
    let refused = store.run(&["cancel"]);
    let told = "xrm-eventhub: no jobs are named: tell which, by --id or a filter, or --all\n";
    assert_eq!(refused.stderr, told);
    assert_eq!(store.jobs(), before);
}

#[test]
fn jobs_are_paused_postponed_resumed_and_canceled() {
    let store = Store::with_jobs();
    let changed = |run: Run| {
        assert_eq!((run.code, &*run.stderr), (0, ""), "{run:?}");
        run.stdout
    };
    assert_eq!(changed(store.run(&["pause", "--all"])), "changed  1\n");
    assert_eq!(store.job(id(2)).due_on(), None);
    let until = ["postpone", "--endpoint", "accounts", "--until", "2030-01-01T00:00:00Z"];
    assert_eq!(changed(store.run(&until)), "changed  1\n");
    assert_eq!(store.job(id(2)).due_on().map(|it| it.timestamp()), Some(1_893_456_000));
    assert_eq!(changed(store.run(&["resume", "--cause", "throttled"])), "changed  1\n");
    assert_eq!(store.job(id(2)).status(), StatusCode::WaitingForResources);
    assert_eq!(changed(store.run(&["cancel", "--id", &id(2).to_string()])), "changed  1\n");
    assert_eq!(store.job(id(2)).status(), StatusCode::Canceled);

    // What was asked for by name and can't be done is told.
    let ids = [1, 3].map(|it| id(it).to_string()).join(",");
    let refused = store.run(&["cancel", "--id", &ids]);
    let told = "changed                      0\n\
                not possible when Succeeded  1\n\
                not possible when Failed     1\n";
    assert_eq!((refused.code, &*refused.stdout), (1, told));
    let refused = json_of(&store.run(&["cancel", "--json", "--id", &ids]));
    assert_eq!(refused["not_legal"], json!({"Succeeded": 1, "Failed": 1}));
}

#[test]
fn failed_jobs_are_sent_again_once() {
    let store = Store::with_jobs();
    let retried = store.run(&["retry", "--all"]);
    assert_eq!((retried.code, &*retried.stdout), (0, "changed     1\nsent again  1\n"));
    let jobs = store.jobs();
    let [new] = &jobs[4..] else { panic!("one more: {jobs:?}") };
    assert_eq!(new.status(), StatusCode::WaitingForResources);
    assert_eq!(new.description().message_id, id(1));
    let sent = store.with_store(async |it| it.payload(new.id()).await.expect("it is there"));
    assert_eq!(sent, Some(payload()));

    let again = store.run(&["retry", "--json", "--id", &id(1).to_string()]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(json_of(&again)["already_sent_again"], 1);
    let told = format!("xrm-eventhub: the message of {} is sent by {}\n", id(1), new.id());
    assert_eq!(again.stderr, told);
    assert_eq!(store.jobs().len(), 5);
    // The message of a job that succeeded is not kept, nor is it sent twice.
    assert_eq!(store.run(&["retry", "--status", "succeeded"]).code, 1);
    assert_eq!(store.run(&["retry", "--status", "canceled"]).stdout, "sent again  1\n");
}

#[test]
fn dead_jobs_are_moved_by_export_and_import() {
    let (store, other) = (Store::with_jobs(), Store::new());
    let file = other.folder.path().join("dead.jsonl");
    let path = file.to_str().expect("a path of text");
    let exported = store.run(&["export", "-o", path]);
    assert_eq!((exported.code, &*exported.stdout), (0, ""), "{exported:?}");
    assert_eq!(exported.stderr, "xrm-eventhub: exported 2 jobs\n");
    let printed = store.run(&["export"]);
    assert_eq!(printed.stdout, std::fs::read_to_string(&file).unwrap());

    let imported = other.run(&["import", path]);
    assert_eq!((imported.code, &*imported.stdout), (0, "imported  2\n"), "{imported:?}");
    assert_eq!(other.jobs(), [store.job(id(1)), store.job(id(4))]);
    let again = run_with(other.command(&["import", "--json"]), printed.stdout.as_bytes());
    let expected = json!({"imported": 0, "already_there": 2, "without_message": 0});
    assert_eq!((again.code, json_of(&again)), (0, expected));

    let broken = printed.stdout.replace("\"statuscode\":32", "\"statuscode\":33");
    let broken = run_with(Store::new().command(&["import"]), broken.as_bytes());
    assert_eq!((broken.code, &*broken.stdout), (2, "imported  1\n"));
    let told = "xrm-eventhub: standard input can't be imported as a whole: \
                line 3 of the export can't be imported: column `statuscode` does not hold \
                a status of a system job: 0, 10, 20 to 22 or 30 to 32\n";
    assert_eq!(broken.stderr, told);

    // Where nothing can be written, nothing is replaced.
    let nowhere = other.folder.path().join("none").join("dead.jsonl");
    let refused = store.run(&["export", "-o", nowhere.to_str().expect("a path of text")]);
    assert_eq!(refused.code, 1, "{refused:?}");
}

/// Flips a bit in each stored message, as a disk does. Pages may hold older copies of them.
fn flip_bits(store: &Store) {
    let mut bytes = std::fs::read(store.path()).expect("it is there");
    let payload = payload();
    let message = &payload.body()[..1000];
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(message.len()).position(|it| it == message) {
        bytes[at + found] ^= 1;
        at += found + message.len();
    }
    std::fs::write(store.path(), bytes).expect("it can be written");
}

#[test]
fn damage_is_found_and_what_can_be_read_is_saved() {
    let store = Store::with_jobs();
    let checked = store.run(&["check"]);
    assert_eq!((checked.code, &*checked.stdout, &*checked.stderr), (0, "jobs  4\n", ""));
    flip_bits(&store);
    let checked = store.run(&["check", "--json"]);
    assert_eq!(checked.code, 3, "{checked:?}");
    let line = json_of(&checked);
    assert_eq!((&line["jobs"], &line["unreadable"]), (&json!(4), &json!(0)));
    assert_eq!((&line["damaged_messages"], &line["findings"]), (&json!(3), &json!([])));
    let damaged = line["damaged"][0].as_str().expect("an id");
    let shown = store.run(&["show", damaged]);
    assert!(shown.stdout.contains("damaged: its checksum differs"), "{shown:?}");
    let exported = store.run(&["export"]);
    assert_eq!(exported.code, 0, "{exported:?}");

    let new = store.folder.path().join("saved.db");
    let to = format!("sqlite:{}", new.display());
    let salvaged = store.run(&["salvage", "--to", &to]);
    let expected = "copied                          4\nof them with a damaged message  3\n";
    assert_eq!((salvaged.code, &*salvaged.stdout), (1, expected), "{salvaged:?}");
    let again = store.run(&["salvage", "--to", &to]);
    assert_eq!(again.code, 2, "a file that is there is not replaced: {again:?}");
}

#[test]
fn a_page_that_is_damaged_has_an_exit_code() {
    let store = Store::with_jobs();
    let mut bytes = std::fs::read(store.path()).expect("it is there");
    // The page of the table of jobs, which follows that of the schema.
    bytes[4096..2 * 4096].fill(0);
    std::fs::write(store.path(), bytes).expect("it can be written");
    let listed = store.run(&["list"]);
    assert_eq!(listed.code, 3, "{listed:?}");
    let checked = store.run(&["check"]);
    assert_eq!(checked.code, 3, "{checked:?}");
    assert!(checked.stderr.contains("damaged"), "{checked:?}");
}

#[test]
fn a_store_in_use_is_copied() {
    let store = Store::with_jobs();
    let copy = Store::new();
    store.with_store(async |_| {
        let copied = store.run(&["backup", "--to", &copy.url()]);
        assert_eq!(copied.code, 0, "{copied:?}");
    });
    assert_eq!(copy.jobs(), store.jobs());
    let refused = run(command(&["jobs", "backup", "--store", "postgres:NAME", "--to", "sqlite:x"]));
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn a_job_is_released_from_a_worker_that_is_gone() {
    let mut job = SystemJob::new(describe(1));
    job.begin("till-7", at(3_000_000_000), at(2)).expect("it is ready");
    let store = Store::new();
    store.insert([job]);
    let released = store.run(&["release", "--id", &id(1).to_string()]);
    assert_eq!((released.code, &*released.stdout), (0, "changed  1\n"), "{released:?}");
    assert!(released.stderr.contains("may be sent twice"), "{released:?}");
    assert_eq!(store.job(id(1)).status(), StatusCode::WaitingForResources);
    assert_eq!(store.run(&["release", "--id", &id(1).to_string()]).code, 1, "nobody has it");
}

#[cfg(unix)]
#[test]
fn stores_and_exports_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let store = Store::with_jobs();
    let (export, copy) = (store.folder.path().join("dead.jsonl"), Store::new());
    store.run(&["export", "-o", export.to_str().expect("a path of text")]);
    store.run(&["backup", "--to", &copy.url()]);
    for path in [store.path(), export, copy.path()] {
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn completed_jobs_are_purged_by_their_age() {
    let store = Store::with_jobs();
    let young = store.run(&["purge", "--older-than", "99999w"]);
    assert_eq!((young.code, &*young.stdout), (0, "deleted  0\n"), "{young:?}");
    let purged = store.run(&["purge", "--succeeded", "0s"]);
    assert_eq!(purged.stdout, "deleted, Succeeded  1\ndeleted             1\n");
    let purged = store.run(&["purge", "--older-than", "0s", "--failed", "99999w", "--json"]);
    assert_eq!(json_of(&purged), json!({"deleted": {"Canceled": 1}, "gone": 0}));
    let left: Vec<_> = store.jobs().iter().map(|it| it.status()).collect();
    assert_eq!(left, [StatusCode::Failed, StatusCode::Waiting]);
}

#[test]
fn a_store_that_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let missing = format!("sqlite:{}", folder.path().join("none.db").display());
    let file = folder.path().join("text");
    std::fs::write(&file, "this is no store, however long the text may be").unwrap();
    let text = format!("sqlite:{}", file.display());
    for (url, code, reason) in [
        ("jobs.db", 2, "expected a store as sqlite:PATH or postgres:VARIABLE"),
        ("sqlite:", 2, "expected a store as sqlite:PATH or postgres:VARIABLE"),
        (
            "postgres://ann:secret@host/jobs",
            2,
            "expected a store as sqlite:PATH or postgres:VARIABLE",
        ),
        (
            "postgres:host=x password=secret",
            2,
            "expected a store as sqlite:PATH or postgres:VARIABLE",
        ),
        ("postgres:XRM_EVENTHUB_NO_SUCH_VARIABLE", 2, "is not set"),
        (&missing, 2, "there is no job store at"),
        (&text, 2, "can't be opened"),
        ("sqlite:.", 1, "the path is a folder"),
    ] {
        for operation in [&["list"][..], &["cancel", "--all"], &["export"]] {
            let mut command = command(&["jobs"]);
            command.args(operation).args(["--store", url]);
            let refused = run(command);
            assert_eq!((refused.code, &*refused.stdout), (code, ""), "{url}: {refused:?}");
            assert!(refused.stderr.contains(reason), "{url}: {refused:?}");
            assert!(!refused.stderr.contains("secret"), "{url}: {refused:?}");
        }
    }
    assert!(!folder.path().join("none.db").exists());
}

#[test]
fn what_a_job_holds_does_not_reach_the_terminal_as_commands() {
    let store = Store::new();
    let mut description = describe(1);
    description.name = "\u{1b}[2J\u{7}".to_owned();
    description.endpoint = "a\u{1b}[2J\r\n".to_owned();
    let mut job = SystemJob::new(description);
    let diagnosis = Diagnosis::new(Cause::Other).with_what("\u{1b}[2J");
    job.give_up(&diagnosis, at(1)).expect("it is ready");
    store.insert([job]);
    for arguments in [&["list"][..], &["show", &id(1).to_string()], &["groups"]] {
        let shown = store.run(arguments);
        assert_eq!(shown.code, 0, "{shown:?}");
        assert!(!shown.stdout.contains(['\u{1b}', '\u{7}', '\r']), "{shown:?}");
    }
}
