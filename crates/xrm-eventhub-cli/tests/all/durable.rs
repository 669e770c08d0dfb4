//! Jobs that outlive the command which made them.

use std::process::Stdio;

use serde_json::json;
use tempfile::TempDir;

use crate::command::{Run, Served, command, fixture, publish, run};

/// A store in a folder of its own, and a captured body.
struct Setup {
    folder: TempDir,
    body: String,
}

impl Setup {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let body = fixture("captured/005.json").to_str().expect("the path is text").to_owned();
        Self { folder, body }
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("jobs.db").display())
    }

    fn publish(&self, connection: &str, arguments: &[&str]) -> Run {
        let url = self.url();
        let given = [&["--store", &url], arguments, &[&self.body]].concat();
        run(publish(connection, &given))
    }

    /// `jobs run --until-done`
    fn work(&self, connection: &str, arguments: &[&str]) -> Run {
        let url = self.url();
        let mut command = command(&["jobs", "run", "--until-done", "--store", &url]);
        run({
            command.args(arguments).env("EVENTHUB_CONNECTION_STRING", connection);
            command
        })
    }

    fn counts(&self) -> Vec<(i64, u64)> {
        let counted = run(command(&["jobs", "count", "--json", "--store", &self.url()]));
        let count = |it: &serde_json::Value| {
            let number = |key: &str| it[key].as_i64().expect("a number");
            (number("statuscode"), number("count").cast_unsigned())
        };
        counted.json_lines().iter().map(count).collect()
    }
}

#[test]
fn what_is_enqueued_is_sent_by_a_worker() {
    let (served, setup) = (Served::new(), Setup::new());
    let enqueued = setup.publish(&served.connection, &["--enqueue"]);
    assert_eq!((enqueued.code, &*enqueued.stderr), (0, ""), "{enqueued:?}");
    let line = &enqueued.json_lines()[0];
    assert_eq!((&line["statecode"], &line["statuscode"]), (&json!(0), &json!(0)));
    assert_eq!(served.events().stdout, "");
    assert_eq!(setup.counts(), [(0, 1)]);

    let worked = setup.work(&served.connection, &[]);
    assert_eq!(worked.code, 0, "{worked:?}");
    let report =
        json!({"succeeded": 1, "waiting": 0, "suspended": 0, "failed": 0, "interrupted": 0});
    assert_eq!(worked.json_lines(), [report]);
    assert_eq!(setup.counts(), [(30, 1)]);
    let event = &served.events().json_lines()[0];
    assert_eq!(event["properties"]["xrm-message-id"], line["id"]);
}

#[test]
fn what_waits_is_left_to_a_worker_with_another_connection() {
    let (served, setup) = (Served::new(), Setup::new());
    let gone = Served::new().kill();
    let waiting = setup.publish(&gone, &["--endpoint", "Contoso"]);
    assert_eq!(waiting.code, 0, "{waiting:?}");
    let cause = &waiting.json_lines()[0]["cause"];
    assert_eq!(cause, &json!("connection_refused"));
    assert!(waiting.stderr.contains("Waiting"), "{waiting:?}");

    // Its time has not come yet, unless somebody resumes it.
    let resumed = run(command(&["jobs", "resume", "--all", "--store", &setup.url()]));
    assert_eq!(resumed.code, 0, "{resumed:?}");
    let other = setup.work(&served.connection, &[]);
    assert_eq!(other.json_lines()[0]["succeeded"], 0, "it works for another endpoint");
    let worked = setup.work(&served.connection, &["--endpoint", "Contoso"]);
    assert_eq!(worked.json_lines()[0]["succeeded"], 1, "{worked:?}");
    assert_eq!(served.events().json_lines()[0]["properties"]["xrm-attempt"], 2);
}

#[test]
fn a_refused_key_is_no_end_for_a_job_that_is_stored() {
    let (served, setup) = (Served::new(), Setup::new());
    let key = served.part("SharedAccessKey");
    let wrong = served.connection.replace(key, "d3Jvbmc=");
    let refused = setup.publish(&wrong, &[]);
    assert_eq!(refused.code, 0, "{refused:?}");
    let line = &refused.json_lines()[0];
    assert_eq!((&line["statuscode"], &line["cause"]), (&json!(10), &json!("wrong_key")));

    let worked = setup.work(&served.connection, &[]);
    assert_eq!(worked.json_lines()[0]["succeeded"], 1, "{worked:?}");
    assert_eq!(setup.counts(), [(30, 1)]);
}

#[test]
fn a_worker_deletes_completed_jobs_by_their_age() {
    let (served, setup) = (Served::new(), Setup::new());
    for _ in 0..2 {
        setup.publish(&served.connection, &[]);
    }
    setup.work(&served.connection, &[]);
    assert_eq!(setup.counts(), [(30, 2)], "for 30 days");
    setup.publish(&served.connection, &["--enqueue"]);
    setup.work(&served.connection, &["--succeeded-persistence", "0s"]);
    assert_eq!(setup.counts(), [(30, 1)], "which was not completed when the worker looked");
    let refused = setup.work(&served.connection, &["--failed-persistence", "never"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("7d, or forever"), "{}", refused.stderr);
}

#[cfg(unix)]
#[test]
fn a_worker_ends_when_it_is_asked_to() {
    let (served, setup) = (Served::new(), Setup::new());
    let mut worker = command(&["jobs", "run", "--store", &setup.url()]);
    worker.env("EVENTHUB_CONNECTION_STRING", &served.connection);
    let mut child =
        worker.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it was built");
    let mut line = String::new();
    let stderr = child.stderr.as_mut().expect("it is piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stderr), &mut line).expect("text");
    assert!(line.contains("working on the jobs of accounts, to accounts"), "{line}");
    // The first line names what is deleted.
    assert!(line.contains("keeps Succeeded jobs for 30 days, Canceled jobs for 60 days"), "{line}");
    let pid = child.id().to_string();
    std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("there is a kill");
    let ended: Run = child.wait_with_output().expect("it runs").into();
    assert_eq!(ended.code, 0);
    assert_eq!(ended.json_lines()[0]["interrupted"], 0);
}

/// The hub takes the connection and never answers, so the first signal is waited out.
#[cfg(unix)]
#[test]
fn a_second_signal_ends_a_worker_at_once() {
    let (served, setup) = (Served::new(), Setup::new());
    setup.publish(&served.connection, &["--enqueue"]);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = silent.local_addr().expect("it is bound").to_string();
    let connection = served.connection.replace(served.address(), &address);
    let mut worker = command(&["jobs", "run", "--store", &setup.url()]);
    worker.env("EVENTHUB_CONNECTION_STRING", &connection);
    let mut child =
        worker.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it was built");
    // The attempt is under way.
    let (_attempt, _) = silent.accept().expect("the worker connects");
    let pid = child.id().to_string();
    let terminate = || {
        std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("there is a kill")
    };
    terminate();
    // The second is not to be taken for the first, which may not have been handled yet: it is sent until
    // the process ends, which without it would take half a minute.
    let status = loop {
        match child.try_wait().expect("it runs") {
            Some(status) => break status,
            None => drop(terminate()),
        }
    };
    assert_eq!(status.code(), Some(1));
    assert_eq!(setup.counts(), [(20, 1)], "the job is left to another worker, as after a crash");
}
