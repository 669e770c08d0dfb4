use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::command::{Run, Served, command, fixture, run};

fn listen(connection: &str, arguments: &[&str]) -> Command {
    let mut command = command(&["listen"]);
    command.args(arguments).env("AMQP_CONNECTION_STRING", connection);
    command
}

/// Publishes bodies of fixtures.
fn publish(served: &Served, names: &[&str]) {
    let paths: Vec<_> = names.iter().map(|it| fixture(it).display().to_string()).collect();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let published = run(served.publish(&paths));
    assert_eq!(published.code, 0, "{published:?}");
}

/// Posts a body that is no context.
fn publish_anything(served: &Served, body: &str) {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("body.json");
    std::fs::write(&path, body).expect("a file");
    let published = run(served.publish(&["--force", path.to_str().expect("a text")]));
    assert_eq!(published.code, 0, "{published:?}");
}

const CREATE: &str = "captured/005.json";
const UPDATE: &str = "bodies/msg-update-sync-images/body.json";

#[test]
fn contexts_are_lines_and_what_is_none_says_so() {
    let (served, connection) = Served::with_amqp(&["--hub", "accounts:1"]);
    publish(&served, &[CREATE, UPDATE]);
    publish_anything(&served, r#"{"name":"Contoso"}"#);
    let printed = run(listen(&connection, &["--max", "3"]));
    assert_eq!((printed.code, &*printed.stderr), (0, ""), "{printed:?}");
    let lines: Vec<Vec<_>> =
        printed.stdout.lines().map(|it| it.split_whitespace().collect()).collect();
    assert_eq!(lines[0][..3], ["TIME", "PARTITION", "SEQUENCE"]);
    assert_eq!(lines[1][1..4], ["0", "0", "Create"]);
    assert_eq!(lines[2][1..4], ["0", "1", "Update"]);
    assert!(lines[3].join(" ").contains("no context: the JSON body has no member of an"));
}

#[test]
fn filters_and_forms_and_starts() {
    let (served, connection) = Served::with_amqp(&["--hub", "accounts:1"]);
    publish(&served, &[CREATE, UPDATE]);
    let lines = |arguments: &[&str]| {
        let printed = run(listen(&connection, &[arguments, &["--max", "1"]].concat()));
        assert_eq!((printed.code, &*printed.stderr), (0, ""), "{arguments:?}: {printed:?}");
        printed
    };
    let flat = lines(&["--message", "update", "--format", "flat"]).json_lines();
    assert_eq!(flat[0]["message"], "Update");
    let event = lines(&["--from", "1", "--json", "--partition", "0"]).json_lines();
    assert_eq!(
        (&event[0]["sequence"], &event[0]["records"][0]["message"]),
        (&1.into(), &"Update".into())
    );
    let body = lines(&["--format", "json", "--from", "1"]).stdout;
    assert_eq!(body.trim_end(), std::fs::read_to_string(fixture(UPDATE)).unwrap().trim_end());
    let xml = lines(&["accounts", "--format", "xml", "--from", "2020-01-01T00:00:00Z"]).stdout;
    assert!(xml.starts_with("<RemoteExecutionContext "), "{xml}");
}

#[test]
fn what_is_wrong_is_said_at_once() {
    let (served, connection) = Served::with_amqp(&["--hub", "accounts:2"]);
    let wrong_key = connection.replace("SharedAccessKey=", "SharedAccessKey=x");
    for (connection, arguments, code, reason) in [
        (&*connection, &["orders"][..], 1, "the hub orders of sb://127.0.0.1:"),
        (&connection, &["--group", "nobody"], 1, "could not be found"),
        (&connection, &["--partition", "7"], 2, "no partition \"7\"; its partitions are 0, 1"),
        (&wrong_key, &[], 1, "401 InvalidSignature"),
        (&connection, &["--store", "postgres:X"], 2, "expected a store as sqlite:PATH"),
        ("nothing", &[], 2, "the environment variable AMQP_CONNECTION_STRING can't be used"),
    ] {
        let refused = run(listen(connection, arguments));
        assert_eq!((refused.code, &*refused.stdout), (code, ""), "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains(reason), "{arguments:?}: {refused:?}");
        assert!(!refused.stderr.contains(served.part("SharedAccessKey")), "{refused:?}");
    }
    served.kill();
    let gone = run(listen(&connection, &[]));
    assert_eq!(gone.code, 1, "{gone:?}");
    assert!(gone.stderr.contains("can't be connected to"), "{gone:?}");
}

#[test]
fn with_a_store_it_goes_on_where_it_ended() {
    let (served, connection) = Served::with_amqp(&["--hub", "accounts:1"]);
    let folder = TempDir::new().unwrap();
    let store = format!("sqlite:{}", folder.path().join("listener.db").display());
    publish(&served, &[CREATE, UPDATE, CREATE]);
    let sequences = |max: &str| {
        let printed = run(listen(&connection, &["--store", &store, "--json", "--max", max]));
        assert_eq!((printed.code, &*printed.stderr), (0, ""), "{printed:?}");
        let lines = printed.json_lines();
        lines.iter().map(|it| it["sequence"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(sequences("2"), [0, 1]);
    assert_eq!(sequences("1"), [2]);
}

/// Reads a line of a command that goes on.
fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("it prints text");
    line
}

#[cfg(unix)]
#[test]
fn it_follows_until_it_is_asked_to_end() {
    let (served, connection) = Served::with_amqp(&["--hub", "accounts:1"]);
    let mut listening = listen(&connection, &["--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    publish(&served, &[CREATE]);
    assert!(first_line(&mut listening).contains("\"sequence\":0"));
    let kill = format!("kill -INT {}", listening.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let ended: Run = listening.wait_with_output().unwrap().into();
    assert_eq!((ended.code, &*ended.stderr), (0, ""), "{ended:?}");
}

#[test]
fn a_reader_that_goes_away_ends_it() {
    let (served, connection) = Served::with_amqp(&["--hub", "accounts:1"]);
    publish(&served, &[CREATE]);
    let mut listening = listen(&connection, &["--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    first_line(&mut listening);
    drop(listening.stdout.take());
    publish(&served, &[UPDATE]);
    let ended = listening.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(1), &b""[..]), "{ended:?}");
}
