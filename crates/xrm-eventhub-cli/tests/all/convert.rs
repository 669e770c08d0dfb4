use std::fs;
use std::path::Path;

use crate::command::{command, fixture, fixture_text, run, run_with};

fn convert<'a>(from: &'a str, to: &'a str, rest: &[&'a str]) -> std::process::Command {
    let mut command = command(&["body", "convert", "--from", from, "--to", to]);
    command.args(rest);
    command
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let name = |it: std::io::Result<fs::DirEntry>| {
        it.expect("the folder can be read").file_name().into_string().expect("names are text")
    };
    entries.map(name).collect()
}

#[test]
fn a_body_goes_to_the_other_format_and_back() {
    let captured = fixture("captured/014.json");
    let captured = captured.to_str().unwrap();
    let json = run(convert("json", "json", &[captured]));
    let xml = run(convert("json", "xml", &[captured]));
    assert_eq!((json.code, xml.code), (0, 0), "{xml:?}");
    assert!(xml.stdout.starts_with("<RemoteExecutionContext xmlns="));
    assert!(!xml.stdout.ends_with('\n'), "nothing is added to a body");
    let again = run_with(convert("xml", "xml", &[]), xml.stdout.as_bytes());
    assert_eq!(again.stdout, xml.stdout);
    let again = run_with(convert("json", "xml", &["-"]), json.stdout.as_bytes());
    assert_eq!(again.stdout, xml.stdout);
}

#[test]
fn an_output_file_is_written_or_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("body.xml");
    let path = output.to_str().unwrap();
    let xml = run_with(convert("json", "xml", &[]), fixture_text("captured/005.json").as_bytes());
    for before in [None, Some("something longer, ".repeat(10_000))] {
        if let Some(before) = before {
            fs::write(&output, before).unwrap();
        }
        let text = fixture_text("captured/005.json");
        let written = run_with(convert("json", "xml", &["-", "-o", path]), text.as_bytes());
        assert_eq!((written.code, &*written.stdout, &*written.stderr), (0, "", ""));
        assert_eq!(fs::read_to_string(&output).unwrap(), xml.stdout);
    }
    assert_eq!(names(folder.path()), ["body.xml"]);
}

#[test]
fn bad_input_is_told_by_offset_path_and_reason_and_writes_nothing() {
    let cases = [
        ("json", "", "offset 0, path (root): the body is empty"),
        ("json", "<a/>", "offset 0, path (root): "),
        ("json", r#"{"Depth":"one"}"#, "offset 9, path Depth: "),
        (
            "json",
            r#"{"InputParameters":[{"key":"Target","value":{"__type":"#,
            r#"path InputParameters["Target"]"#,
        ),
        ("json", "{\"MessageName\":\"\u{1}\"}", "path MessageName: "),
        ("xml", "{}", "offset 0, path (root): "),
        ("xml", "<Entity/>", "path (root): "),
        ("xml", "<RemoteExecutionContext", "path (root): "),
    ];
    for (from, body, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("out");
        let path = output.to_str().unwrap();
        let refused = run_with(convert(from, "json", &["-o", path]), body.as_bytes());
        assert_eq!((refused.code, &*refused.stdout), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains("offset "), "{refused:?}");
        assert!(refused.stderr.contains(expected), "{refused:?}");
        assert!(names(folder.path()).is_empty());

        fs::write(&output, "before").unwrap();
        run_with(convert(from, "json", &["-o", path]), body.as_bytes());
        assert_eq!(fs::read_to_string(&output).unwrap(), "before");
        assert_eq!(names(folder.path()), ["out"]);
    }
}

#[test]
fn what_the_other_format_cannot_carry_is_refused() {
    let refused = run_with(convert("json", "xml", &[]), br#"{"Riddle":42}"#);
    assert_eq!((refused.code, &*refused.stdout), (2, ""));
    assert!(refused.stderr.contains("standard input can't be written as XML"), "{refused:?}");
    assert!(refused.stderr.contains("`Riddle`"), "{refused:?}");
}

#[test]
fn an_output_that_cannot_be_written_exits_with_1() {
    let text = fixture_text("captured/005.json");
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/out");
    let here = folder.path().to_str().unwrap();
    for path in [missing.to_str().unwrap(), here] {
        let refused = run_with(convert("json", "xml", &["-o", path]), text.as_bytes());
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains("can't be written: "), "{refused:?}");
    }
    let missing = run(convert("json", "xml", &[missing.to_str().unwrap()]));
    assert_eq!(missing.code, 2, "an input is not an output");
}

#[cfg(unix)]
#[test]
fn links_permissions_and_pipes_are_respected() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "before").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&file, &link).unwrap();
    let text = fixture_text("captured/005.json");
    for path in [link.to_str().unwrap(), "-", "/dev/stdout"] {
        let written = run_with(convert("json", "json", &["-o", path]), text.as_bytes());
        assert_eq!(written.code, 0, "{written:?}");
        assert_eq!(written.stdout.is_empty(), path != "-" && path != "/dev/stdout");
    }
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().starts_with(r#"{"BusinessUnitId":"#));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);

    let made = folder.path().join("made");
    let path = made.to_str().unwrap();
    run_with(convert("json", "json", &["-o", path]), text.as_bytes());
    let ordinary = folder.path().join("ordinary");
    fs::write(&ordinary, "").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&made), mode(&ordinary));
}

/// What a body in JSON becomes in JSON, with these options.
#[track_caller]
fn converted(body: &str, options: &[&str]) -> String {
    let run = run_with(convert("json", "json", options), body.as_bytes());
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}

#[test]
fn bodies_of_other_makes_are_read_on_request() {
    let date = r#"{"OperationCreatedOn":"2024-05-17T08:15:42Z"}"#;
    assert_eq!(run_with(convert("json", "json", &[]), date.as_bytes()).code, 2);
    let platforms = r#"{"OperationCreatedOn":"\/Date(1715933742000)\/"}"#;
    assert_eq!(converted(date, &["--iso-dates"]), platforms);

    let pair = r#"{"SharedVariables":[{"Key":"a","Value":1}]}"#;
    let platforms = r#"{"SharedVariables":[{"key":"a","value":1}]}"#;
    assert_eq!(converted(pair, &["--capital-pairs"]), platforms);

    let marked = "\u{feff}{}";
    assert_eq!(converted(marked, &[]), "{}");
    let strict = run_with(convert("json", "json", &["--strict"]), marked.as_bytes());
    assert_eq!((strict.code, &*strict.stdout), (2, ""));
}

#[test]
fn damage_is_repaired_on_request_and_told() {
    let body = r#"{"OrganizationName":"CafÃƒÂ©"}"#;
    let repaired = run_with(convert("json", "json", &["--repair"]), body.as_bytes());
    assert_eq!((repaired.code, &*repaired.stdout), (0, r#"{"OrganizationName":"Café"}"#));
    let told: Vec<_> = repaired.stderr.lines().collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[2], "xrm-eventhub: standard input: `Ã©` is `é` (at byte 24)");
}

#[test]
fn bodies_are_written_otherwise_on_request() {
    let text = r#"{"MessageName":"a\nb"}"#;
    assert_eq!(converted(text, &[]), r#"{"MessageName":"a\u000ab"}"#);
    assert_eq!(converted(text, &["--short-control-escapes"]), text);

    let captured = fixture_text("captured/005.json");
    assert!(converted(&captured, &[]).contains("InitiatingUserAzureActiveDirectoryObjectId"));
    let old = converted(&captured, &["--generation", "5.0.9690.2243"]);
    assert!(!old.contains("InitiatingUserAzureActiveDirectoryObjectId"));

    let value = |kind: &str, text: &str| {
        format!(
            r#"<RemoteExecutionContext xmlns="http://schemas.microsoft.com/xrm/2011/Contracts" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><SharedVariables xmlns:a="http://schemas.datacontract.org/2004/07/System.Collections.Generic"><KeyValuePairOfstringanyType><a:key>v</a:key><a:value i:type="b:{kind}" xmlns:b="http://www.w3.org/2001/XMLSchema">{text}</a:value></KeyValuePairOfstringanyType></SharedVariables></RemoteExecutionContext>"#
        )
    };
    for (kind, text, option, before, after) in [
        (
            "double",
            "972.17275299999994",
            "--shortest-numbers",
            ":972.17275299999994}",
            ":972.172753}",
        ),
        (
            "dateTime",
            "2024-05-17T10:15:42",
            "--utc-offset=+02:00",
            "(1715940942000+0000)",
            "(1715933742000+0200)",
        ),
    ] {
        let xml = value(kind, text);
        for (options, expected) in [(&[][..], before), (&[option], after)] {
            let run = run_with(convert("xml", "json", options), xml.as_bytes());
            assert!(run.stdout.contains(expected), "{run:?}");
        }
    }
    let wrong = run_with(convert("json", "json", &["--utc-offset", "2h"]), b"{}");
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("it is not of the form +HH:MM"), "{}", wrong.stderr);
}

/// .NET's terms help nobody who does not know which option reads such a body.
#[test]
fn the_option_that_may_help_is_named() {
    let cases = [
        (
            r#"{"OperationCreatedOn":"2024-05-17T08:15:42Z"}"#,
            "`body convert --iso-dates` reads them",
        ),
        (
            r#"{"SharedVariables":[{"Key":"a","Value":1}]}"#,
            "`body convert --capital-pairs` reads them",
        ),
    ];
    for (body, check) in cases {
        let refused = run_with(convert("json", "json", &[]), body.as_bytes());
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.contains("\nCheck: if the "), "{}", refused.stderr);
        assert!(refused.stderr.contains(check), "{}", refused.stderr);
        let options = ["--iso-dates", "--capital-pairs"];
        assert_eq!(run_with(convert("json", "json", &options), body.as_bytes()).code, 0);
    }
    let other = run_with(convert("json", "json", &[]), br#"{"Depth":"x"}"#);
    assert!(!other.stderr.contains("Check"), "{}", other.stderr);
}

#[test]
fn an_encoding_error_names_the_place() {
    let body = fixture("wrapped/no-path.json");
    let refused = run(convert("json", "xml", &[body.to_str().unwrap()]));
    assert_eq!((refused.code, &*refused.stdout), (2, ""));
    let told = "can't be written as XML: path SharedVariables[\"tag\"]: ";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
}

/// A number is read and written by the rule of one runtime.
#[test]
fn the_shortest_numbers_are_those_of_later_runtimes() {
    let body = fixture_text("differences/21-1.xml");
    let shortest = run_with(convert("xml", "json", &["--shortest-numbers"]), body.as_bytes());
    assert!(shortest.stdout.contains(r#""value":85.764325264}"#), "{shortest:?}");
    let framework = run_with(convert("xml", "json", &[]), body.as_bytes());
    assert!(framework.stdout.contains(r#""value":85.764325264}"#), "{framework:?}");
}
