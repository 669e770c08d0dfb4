use crate::command::{Run, command, run, run_with};

const KEY: &str = "c2VjcmV0IGtleQ==";
const URI: &str = "https://contoso.servicebus.windows.net/orders/messages";

/// A token for the hub, as `sas sign` prints it.
fn token(expiry: &str) -> String {
    let uri = "https://contoso.servicebus.windows.net/orders";
    let arguments = ["sas", "sign", "--uri", uri, "--key-name", "send", "--expiry", expiry];
    let mut command = command(&arguments);
    command.env("EVENTHUB_SHARED_ACCESS_KEY", KEY);
    run(command).stdout
}

/// `sas explain` of a token on standard input, with a key and further arguments.
fn explain(token: &str, key: Option<&str>, arguments: &[&str]) -> Run {
    let mut command = command(&["sas", "explain", "--uri", URI]);
    command.args(arguments).envs(key.map(|it| ("EVENTHUB_SHARED_ACCESS_KEY", it)));
    let run = run_with(command, token.as_bytes());
    assert!(!run.stderr.contains(KEY) && !run.stdout.contains(KEY), "{run:?}");
    run
}

/// What the lines of a run begin with.
fn starts(run: &Run) -> Vec<&str> {
    run.stdout.lines().filter_map(|it| it.split_once(']')).map(|(it, _)| it).collect()
}

#[test]
fn a_good_token_has_nothing_wrong() {
    let arguments = ["--key-name", "send", "--now", "1767600000"];
    let good = explain(&token("1767603600"), Some(KEY), &arguments);
    assert_eq!(good, Run { code: 0, stdout: String::new(), stderr: String::new() });
}

#[test]
fn mistakes_are_told_in_the_order_in_which_to_mend_them() {
    let quoted = format!("'{}'\n", token("1767600000").trim_end());
    let found = explain(&quoted, Some("d3Jvbmc="), &["--key-name", "till", "--now", "1767603600"]);
    assert_eq!(found.code, 1, "{found:?}");
    let expected = ["error[quotes", "error[expired", "error[wrong-key-name", "error[wrong-key"];
    assert_eq!(starts(&found), expected, "{found:?}");
    let expired = "error[expired]: the token expired 3600 seconds ago (se=1767600000, now \
                   1767603600): sign a new one, or set this machine's clock if it is wrong";
    assert_eq!(found.stdout.lines().nth(1), Some(expired));
    assert_eq!(found.stderr, "");
}

#[test]
fn doubts_are_warnings() {
    let soon = explain(&token("1767600030"), Some(KEY), &["--now", "1767600000"]);
    assert_eq!((soon.code, starts(&soon)), (0, vec!["warning[expires-soon"]), "{soon:?}");
}

#[test]
fn without_a_clock_it_is_now() {
    let old = explain(&token("1420070400"), Some(KEY), &[]);
    assert_eq!((old.code, starts(&old)), (1, vec!["error[expired"]), "{old:?}");
}

#[test]
fn without_a_key_the_signature_is_not_checked() {
    let good = explain(&token("1767603600"), None, &["--now", "1767600000"]);
    assert_eq!((good.code, &*good.stdout), (0, ""), "{good:?}");
    assert!(good.stderr.contains("the signature is not checked"), "{good:?}");
}

#[test]
fn a_token_may_stand_in_a_file_with_a_line_end() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    for end in ["\n", "\r\n", ""] {
        let text = token("1767603600").trim_end().to_owned() + end;
        std::fs::write(file.path(), text).expect("the file can be written");
        let path = file.path().to_str().expect("a path of text");
        let good = explain("", Some(KEY), &["--now", "1767600000", path]);
        assert_eq!((good.code, &*good.stdout), (0, ""), "{end:?} {good:?}");
    }
}

#[test]
fn a_token_in_place_of_a_file_is_not_shown() {
    let token = token("1767603600");
    let refused = run(command(&["sas", "explain", "--uri", URI, token.trim_end()]));
    assert_eq!((refused.code, &*refused.stdout), (2, ""));
    assert!(refused.stderr.contains("the secret given in place of a file can't be read"));
    assert!(!refused.stderr.contains("sig"), "{refused:?}");
}

#[test]
fn what_cannot_be_read_exits_with_2() {
    let long = "x".repeat(64 * 1024 + 1);
    for (token, key, file, reason) in [
        (&*long, Some(KEY), "-", "the token is longer than 65536 bytes"),
        ("x", Some(""), "-", "EVENTHUB_SHARED_ACCESS_KEY can't be used"),
        ("x", Some(KEY), "/nowhere/token", "/nowhere/token can't be read"),
    ] {
        let refused = explain(token, key, &[file]);
        assert_eq!((refused.code, &*refused.stdout), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains(reason), "{refused:?}");
    }
    let binary = run_with(command(&["sas", "explain", "--uri", URI]), &[0xff]);
    assert_eq!((binary.code, &*binary.stdout), (2, ""), "{binary:?}");
    assert!(binary.stderr.contains("the token is not text"), "{binary:?}");
}
