use crate::command::{command, fixture, run, run_with};

/// A line of output, as JSON.
fn line(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("a line is JSON")
}

#[test]
fn each_body_is_a_line_that_tells_what_changed() {
    let bodies = ["captured/005.json", "captured/012.json"].map(fixture);
    let shown = run({
        let mut command = command(&["body", "show"]);
        command.args(&bodies);
        command
    });
    assert_eq!((shown.code, &*shown.stderr), (0, ""));
    let lines: Vec<_> = shown.stdout.lines().map(line).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["message"], &lines[0]["table"]),
        (&"Create".into(), &"albxrm_alltypes".into())
    );
    assert_eq!(
        lines[0]["changes"]["albxrm_wholenumber"],
        serde_json::json!({"after": 987_654_321})
    );
    assert_eq!((&lines[1]["message"], &lines[1]["table"]), (&"Update".into(), &"contact".into()));
    assert_eq!(lines[1]["changes"]["firstname"], serde_json::json!({"after": "James"}));

    // The same of a body in XML, from standard input.
    let mut convert = command(&["body", "convert", "--from", "json", "--to", "xml"]);
    convert.arg(&bodies[0]);
    let xml = run(convert).stdout;
    let of_xml = run_with(command(&["body", "show"]), xml.as_bytes());
    assert_eq!((of_xml.code, line(&of_xml.stdout)), (0, lines[0].clone()));
}

#[test]
fn what_is_no_body_is_told() {
    let refused = run_with(command(&["body", "show"]), b"{\"Depth\":\"one\"}");
    assert_eq!((refused.code, &*refused.stdout), (2, ""));
    assert!(
        refused.stderr.contains("standard input is not a valid JSON body: offset 9, path Depth: ")
    );
    let neither = run_with(command(&["body", "show", "-"]), b"message");
    assert_eq!(neither.code, 2);
    assert!(neither.stderr.starts_with("xrm-eventhub: standard input "), "{}", neither.stderr);
}
