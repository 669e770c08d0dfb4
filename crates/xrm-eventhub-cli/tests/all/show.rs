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

#[test]
fn what_a_body_lacks_is_told_beside_its_line() {
    let shown = run_with(command(&["body", "show"]), br#"{"messageName":"Update"}"#);
    assert_eq!((shown.code, line(&shown.stdout)["message"].is_null()), (0, true));
    assert_eq!(
        shown.stderr,
        "xrm-eventhub: standard input: no member of an execution context is there\n\
         xrm-eventhub: standard input: the member `messageName` is not the contract's \
         `MessageName`: names are case-sensitive\n"
    );
}

#[test]
fn a_wrapped_body_is_told_with_the_cure() {
    for (name, told) in [
        (
            "array.json",
            "is neither a JSON nor an XML body: offset 0, path (root): the body is an array",
        ),
        ("json-in-a-string.json", "the body is inside of a JSON string: parse the string"),
        ("service-bus-string.bin", "`@string3http://schemas.microsoft.com/2003/10/Serialization/`"),
    ] {
        let mut show = command(&["body", "show"]);
        show.arg(fixture(&format!("wrapped/{name}")));
        let refused = run(show);
        assert_eq!((refused.code, &*refused.stdout), (2, ""));
        assert!(refused.stderr.contains(told), "{name}: {}", refused.stderr);
        let mut convert = command(&["body", "convert", "--from", "json", "--to", "json"]);
        convert.arg(fixture(&format!("wrapped/{name}")));
        let cure = told.rsplit(": ").next().unwrap_or(told);
        assert!(run(convert).stderr.contains(cure), "{name}");
    }
    let empty = run_with(command(&["body", "show"]), b"");
    assert!(empty.stderr.contains("the body is empty"), "{}", empty.stderr);
}

/// Every command reads what `body convert` reads.
#[test]
fn utf_16_is_recognized() {
    for name in ["utf16-bom.json", "utf16-bom.xml"] {
        let mut show = command(&["body", "show"]);
        show.arg(fixture(&format!("wrapped/{name}")));
        let shown = run(show);
        assert_eq!((shown.code, &*shown.stderr), (0, ""), "{name}");
        assert_eq!(line(&shown.stdout)["message"], "Update");
    }
}

/// Every message is shown, and each record of one that has several.
#[test]
fn what_a_message_did_besides_columns_is_shown() {
    let of = |case: &str| {
        let mut show = command(&["body", "show"]);
        show.arg(fixture(&format!("bodies/{case}/body.json")));
        let shown = run(show);
        assert_eq!((shown.code, &*shown.stderr), (0, ""), "{case}");
        line(&shown.stdout)
    };
    let associate = of("msg-associate");
    assert!(associate["request"]["Relationship"]["SchemaName"].is_string(), "{associate}");
    let grant = of("msg-grantaccess");
    assert!(grant["request"]["PrincipalAccess"]["AccessMask"][0].is_string(), "{grant}");
    assert!(of("msg-setstate")["request"]["State"].is_i64());
    assert!(of("msg-assign")["request"]["Assignee"]["id"].is_string());

    let hint = |name: &str| {
        format!(r#""__type":"{name}:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts""#)
    };
    let record = |id: u8, name: &str| {
        format!(
            r#"{{"Attributes":[{{"key":"name","value":"{name}"}}],"Id":"00000000-0000-0000-0000-00000000000{id}","LogicalName":"account"}}"#
        )
    };
    let body = format!(
        r#"{{"InputParameters":[{{"key":"Targets","value":{{{},"Entities":[{},{}]}}}}],"MessageName":"UpdateMultiple"}}"#,
        hint("EntityCollection"),
        record(1, "A"),
        record(2, "B")
    );
    let shown = run_with(command(&["body", "show"]), body.as_bytes());
    let lines: Vec<_> = shown.stdout.lines().map(line).collect();
    let names = lines.iter().map(|line| line["changes"]["name"]["after"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["A", "B"], "{shown:?}");
}
