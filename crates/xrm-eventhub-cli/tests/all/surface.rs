//! What others script against.

use crate::command::{command, run};

#[test]
fn the_version_is_that_of_the_crate() {
    let version = run(command(&["--version"]));
    let expected = format!("xrm-eventhub {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((version.code, version.stdout), (0, expected));
}

#[test]
fn help_names_the_exit_codes_and_the_environment() {
    for (arguments, texts) in [
        (&["--help"][..], &["Exit codes:", "  0  ", "  1  ", "  2  ", "Secrets are never"][..]),
        (
            &["publish", "--help"],
            &[
                "EVENTHUB_CONNECTION_STRING",
                "Exit codes:",
                "`statuscode`",
                "published all the same",
            ],
        ),
        (&["body", "convert", "--help"], &["--from <FORMAT>", "offset", "nothing is written"]),
        (&["local", "serve", "--help"], &["NAME[:PARTITIONS]", "exactly one line"]),
        (&["local", "events", "--help"], &["http[s]://ADDR/HUB", "`body_base64`"]),
        (
            &["listen", "--help"],
            &["AMQP_CONNECTION_STRING", "--from <POSITION>", "sqlite:PATH", "Exit codes:"],
        ),
        (&["dead-letters", "--help"], &["list", "show", "replay", "delete"]),
        (
            &["dead-letters", "replay", "--help"],
            &["EVENTHUB_CONNECTION_STRING", "sqlite:PATH", "Exit codes:"],
        ),
        (&["hub", "create", "--help"], &["EVENTHUB_CONNECTION_STRING", "--rights <RIGHTS>"]),
        (&["hub", "show", "--help"], &["`authorization_rules`", "Exit codes:"]),
        (&["hub", "list", "--help"], &["EVENTHUB_CONNECTION_STRING"]),
        (&["hub", "publisher", "revoke", "--help"], &["<HUB> <NAME>", "Exit codes:"]),
        (&["hub", "publisher", "restore", "--help"], &["EVENTHUB_CONNECTION_STRING"]),
        (&["hub", "publisher", "list", "--help"], &["`name`", "EVENTHUB_CONNECTION_STRING"]),
        (&["jobs", "--help"], &["list", "groups", "postpone", "purge"]),
        (
            &["jobs", "list", "--help"],
            &["sqlite:PATH", "postgres:VARIABLE", "asyncoperation", "Exit codes:"],
        ),
        (
            &["jobs", "run", "--help"],
            &["EVENTHUB_CONNECTION_STRING", "--until-done", "`succeeded`", "Exit codes:"],
        ),
        (&["publish", "--help"], &["--store <URL>", "--enqueue", "--in-order", "sqlite:PATH"]),
        (
            &["jobs", "retry", "--help"],
            &["--all", "--id <GUID,...>", "same message id", "Exit codes:"],
        ),
        (&["jobs", "purge", "--help"], &["--older-than <AGE>", "90m, 12h, 7d"]),
        (&["registration", "--help"], &["check", "diff", "show", "explain", "schema"]),
        (
            &["registration", "check", "--help"],
            &["--allow-synchronous", "--deny-warnings", ".toml or .json", "Exit codes:"],
        ),
        (&["registration", "explain", "--help"], &["<FILE> <OPERATION>", "`order`"]),
        (&["registration", "diff", "--help"], &["<EARLIER> <LATER>", "`column`"]),
        (
            &["registration", "import", "--help"],
            &["`customizations.xml`", "--message <NAME=GUID>", "Exit codes:"],
        ),
        (&["registration", "export", "--help"], &["--unpacked <FOLDER>", "Exit codes:"]),
        (&["sas", "explain", "--help"], &["EVENTHUB_SHARED_ACCESS_KEY", "--now <UNIX>"]),
        (&["schedule", "preview", "--help"], &["--first-delay <AGE>", "`earliest`", "Exit codes:"]),
        (&["sas", "sign", "--help"], &["EVENTHUB_SHARED_ACCESS_KEY", "--expiry <UNIX>"]),
    ] {
        let help = run(command(arguments));
        assert_eq!((help.code, &*help.stderr), (0, ""), "{arguments:?}");
        for text in texts {
            assert!(help.stdout.contains(text), "{arguments:?} without {text:?}:\n{}", help.stdout);
        }
    }
}

#[test]
fn the_readme_has_the_exit_codes_of_the_help() {
    let help = run(command(&["--help"])).stdout;
    let (_, codes) = help.split_once("Exit codes:\n").expect("it lists them");
    let (codes, _) = codes.split_once("\n\n").expect("more follows");
    let readme = include_str!("../../README.md");
    let rows = codes.replace("\n     ", " ");
    let rows = rows.lines().map(|it| {
        let words: Vec<_> = it.split_whitespace().collect();
        let (code, meaning) = words.split_first().expect("a code and its meaning");
        format!("| {code} | {} |\n", meaning.join(" "))
    });
    assert!(readme.contains(&rows.collect::<String>()), "the README lacks:\n{codes}");
}

#[test]
fn help_tells_what_a_job_is_chosen_by_apart_from_the_rest() {
    let help = run(command(&["jobs", "postpone", "--help"])).stdout;
    let (options, filters) = help.split_once("Which jobs:").expect("it has this part");
    for option in ["--store", "--json", "--until"] {
        assert!(options.contains(option) && !filters.contains(option), "{help}");
    }
    assert!(filters.contains("--status <STATUS,...>") && filters.contains("--all"), "{help}");
}

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &[][..],
        &["fly"],
        &["body", "convert"],
        &["body", "convert", "--from", "json", "--to", "yaml"],
        &["publish", "--format", "msbin1"],
        &["publish", "--connection-string", "Endpoint=sb://x/"],
        &["local", "serve", "--hub", "accounts"],
        &["listen", "--from", "yesterday"],
        &["listen", "--json", "--format", "flat"],
        &["listen", "--max", "0"],
        &["dead-letters", "list"],
        &["dead-letters", "delete", "--store", "sqlite:x"],
        &["dead-letters", "replay", "--store", "sqlite:x", "--all", "1"],
        &["local", "events"],
        &["local", "events", "amqp://127.0.0.1:1/accounts"],
        &["sas", "sign", "--uri", "x", "--key-name", "y"],
        &["sas", "explain"],
        &["hub"],
        &["hub", "delete"],
        &["hub", "publisher"],
        &["hub", "publisher", "revoke", "orders"],
        &["registration"],
        &["registration", "check"],
        &["registration", "diff", "registration.toml"],
        &["registration", "schema", "step"],
        &["jobs"],
        &["jobs", "list"],
        &["jobs", "run"],
        &["registration", "import"],
        &["registration", "import", "a.xml", "--message", "Win"],
        &["registration", "export", "a.toml", "-o", "a.xml", "--unpacked", "a"],
        &["publish", "--enqueue", "body.json"],
        &["publish", "--store", "mysql:x", "body.json"],
        &["jobs", "show", "--store", "sqlite:jobs.db"],
        &["jobs", "purge", "--store", "sqlite:jobs.db", "--older-than", "old"],
        &["local", "serve", "--http", "127.0.0.1:0"],
    ] {
        let refused = run(command(arguments));
        assert_eq!((refused.code, &*refused.stdout), (2, ""), "{arguments:?}: {refused:?}");
        assert!(!refused.stderr.is_empty());
    }
}
