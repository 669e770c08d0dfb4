use std::fs;
use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use crate::command::{Run, command, page, run, run_with};

const REGISTRATION: &str = r#"
[[endpoints]]
id = "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001"
name = "Accounts"
contract = "Event Hub"
message_format = "Json"
auth_type = "SAS Key"
namespace_address = "sb://contoso.servicebus.windows.net/"
path = "accounts"
sas_key_name = "send"
sas_key_variable = "ACCOUNTS_KEY"

[[steps]]
id = "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002"
name = "Accounts: Update of account"
event_handler = "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001"
message = "Update"
table = "account"
rank = 2
filtering_attributes = ["name", "revenue"]

[[steps]]
id = "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0003"
name = "Accounts: Update of any Entity"
event_handler = "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001"
message = "Update"
"#;

const OPERATION: &str = r#"{"message": "Update", "target": {
    "LogicalName": "account", "Attributes": {"revenue": {"Money": "12.50"}}
}}"#;

/// Documents in a folder of their own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder can be made"))
    }

    fn with(self, name: &str, text: &str) -> Self {
        fs::write(self.path(name), text).expect("the file can be written");
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `registration` in this folder.
    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = command(&["registration"]);
        command.args(arguments).current_dir(self.0.path());
        run(command)
    }
}

/// The registration after this change, and an operation.
fn folder(from: &str, to: &str) -> Folder {
    let registration = REGISTRATION.replace(from, to);
    Folder::new().with("registration.toml", &registration).with("operation.json", OPERATION)
}

/// What a run prints if it is done.
#[track_caller]
fn check_output(run: &Run, code: i32, stdout: &str) {
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (code, stdout, ""));
}

#[test]
fn a_registration_without_problems_has_nothing_to_tell() {
    check_output(&folder("", "").run(&["check", "registration.toml"]), 0, "");
}

#[test]
fn problems_are_told_all_at_once_and_errors_exit_with_1() {
    let wrong = REGISTRATION
        .replace("0001\"\nmessage = \"Update\"\ntable", "0009\"\nmessage = \"Update\"\ntable")
        .replace("filtering_attributes = [\"name\", \"revenue\"]", "");
    let folder = Folder::new().with("registration.toml", &wrong);
    let stdout = "\
warning[every-update]: step `Accounts: Update of account`: without filtering attributes, the step fires on every update of the table
error[no-endpoint]: step `Accounts: Update of account`: there is no endpoint with the id 6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0009
";
    check_output(&folder.run(&["check", "registration.toml"]), 1, stdout);
    let lines = folder.run(&["check", "--json", "registration.toml"]).json_lines();
    let expected = json!({
        "severity": "error",
        "problem": "no-endpoint",
        "place": "step `Accounts: Update of account`",
        "id": "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002",
        "text": "there is no endpoint with the id 6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0009",
    });
    assert_eq!((lines.len(), &lines[1]), (2, &expected));
}

#[test]
fn warnings_exit_with_1_if_asked() {
    let folder = folder("filtering_attributes = [\"name\", \"revenue\"]", "");
    assert_eq!(folder.run(&["check", "registration.toml"]).code, 0);
    assert_eq!(folder.run(&["check", "--deny-warnings", "registration.toml"]).code, 1);
}

#[test]
fn synchronous_steps_of_endpoints_are_a_matter_of_the_rules() {
    let folder = folder("rank = 2", "mode = \"Synchronous\"");
    assert_eq!(folder.run(&["check", "registration.toml"]).code, 1);
    check_output(&folder.run(&["check", "--allow-synchronous", "registration.toml"]), 0, "");
}

#[test]
fn documents_are_toml_or_json() {
    let json = r#"{"endpoints": [], "steps": []}"#;
    let folder = Folder::new().with("registration.JSON", json).with("registration.yaml", json);
    check_output(&folder.run(&["check", "registration.JSON"]), 0, "");
    for text in [json, "steps = []"] {
        let read = run_with(command(&["registration", "check", "-"]), text.as_bytes());
        check_output(&read, 0, "");
    }
    let refused = folder.run(&["check", "registration.yaml"]);
    let reason =
        "registration.yaml is neither TOML nor JSON: it ends neither in .toml nor in .json";
    assert_eq!((refused.code, refused.stderr), (2, format!("xrm-eventhub: {reason}\n")));
    let absent = folder.run(&["check", "absent.toml"]);
    assert_eq!(absent.code, 2);
    assert!(absent.stderr.starts_with("xrm-eventhub: absent.toml can't be read: "), "{absent:?}");
}

#[test]
fn what_is_no_registration_is_told_with_its_place_and_not_shown() {
    #[track_caller]
    fn check(name: &str, text: &str, reason: &str) {
        let refused = Folder::new().with(name, text).run(&["check", name]);
        assert_eq!((refused.code, &*refused.stdout), (2, ""), "{refused:?}");
        let told = format!("xrm-eventhub: {name} is not a valid registration: {reason}");
        assert!(refused.stderr.starts_with(&told), "{refused:?}");
        assert!(!refused.stderr.contains("c2VjcmV0"), "{refused:?}");
    }
    let pasted =
        REGISTRATION.replace("sas_key_variable = \"ACCOUNTS_KEY\"", "sas_key = \"c2VjcmV0\"");
    check(
        "registration.toml",
        &pasted,
        "line 11, column 1: unknown field `sas_key`, expected one of ",
    );
    check("registration.toml", "steps = []\nö = \"c2VjcmV0", "line 2, column 1: ");
    check("registration.toml", "[[steps]]\nname = \"a\" \"c2VjcmV0\"", "line 2, column 12: ");
    let key = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmU=";
    let pasted = REGISTRATION.replace("Event Hub", key);
    let reason =
        "line 5, column 12: invalid value: a long string, expected a number or one of the ";
    check("registration.toml", &pasted, reason);
    check(
        "registration.json",
        &format!("{{\"steps\": \"{key}\"}}"),
        "line 1, column 60: invalid type: a long string, expected a sequence",
    );
    let json = "{\"endpoints\": [\n {\"sas_key\": \"c2VjcmV0\"}]}";
    check(
        "registration.json",
        json,
        "line 2, column 11: unknown field `sas_key`, expected one of ",
    );
    check("registration.json", "", "line 1, column 0: EOF while parsing a value");
}

#[test]
fn an_explanation_tells_of_each_step_whether_it_fires() {
    let stdout = "\
FIRES  STEP                            REASON
2      Accounts: Update of account
1      Accounts: Update of any Entity
";
    let folder = folder("", "");
    check_output(&folder.run(&["explain", "registration.toml", "operation.json"]), 0, stdout);

    let faxing = r#"{"message": "Update", "table": "account"}"#;
    let folder = folder.with("faxing.json", faxing);
    let lines = folder.run(&["explain", "--json", "registration.toml", "faxing.json"]).json_lines();
    let expected = json!({
        "id": "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002",
        "name": "Accounts: Update of account",
        "fires": false,
        "order": [],
        "reason": "filter",
        "text": "the request includes none of its filtering attributes",
    });
    assert_eq!((lines.len(), &lines[0]), (2, &expected));
    assert_eq!((&lines[1]["fires"], &lines[1]["order"]), (&json!(true), &json!([1])));
}

#[test]
fn a_step_may_fire_more_than_once() {
    let several = r#"{"message": "UpdateMultiple", "input_parameters": {"Targets": {
        "EntityCollection": {"EntityName": "account", "Entities": [
            {"LogicalName": "account", "Attributes": {"name": "a"}},
            {"LogicalName": "account", "Attributes": {"name": "b"}}
        ]}
    }}}"#;
    let folder = folder("", "").with("several.json", several);
    let stdout = "\
FIRES  STEP                            REASON
3, 4   Accounts: Update of account     UpdateMultiple is Update of each row too
1, 2   Accounts: Update of any Entity  UpdateMultiple is Update of each row too
";
    check_output(&folder.run(&["explain", "registration.toml", "several.json"]), 0, stdout);
}

#[test]
fn what_is_no_operation_is_refused() {
    let folder = folder("", "").with("operation.json", "{\"message\": \"Update\",\n\"tables\": 1}");
    let refused = folder.run(&["explain", "registration.toml", "operation.json"]);
    let reason =
        "operation.json is not a valid operation: line 2, column 8: unknown field `tables`";
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains(reason), "{refused:?}");
}

#[test]
fn differences_are_told_line_by_line() {
    let changed = REGISTRATION.replace("rank = 2", "rank = 3").replace("Event Hub", "Queue");
    let folder = folder("", "").with("later.toml", &changed);
    let stdout = "\
endpoint `Accounts`: `contract` was `Event Hub`, is `Queue`
step `Accounts: Update of account`: `rank` was `2`, is `3`
";
    check_output(&folder.run(&["diff", "registration.toml", "later.toml"]), 0, stdout);
    check_output(&folder.run(&["diff", "later.toml", "later.toml"]), 0, "");

    let empty = folder.with("empty.json", "{}");
    let lines = empty.run(&["diff", "--json", "registration.toml", "empty.json"]).json_lines();
    let expected = json!({
        "place": "endpoint `Accounts`",
        "id": "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001",
        "change": "removed",
    });
    assert_eq!((lines.len(), &lines[0]), (3, &expected));
}

#[test]
fn schemas_are_those_of_the_documentation() {
    for arguments in [&["schema"][..], &["schema", "registration"]] {
        check_output(&Folder::new().run(arguments), 0, &page("registration.schema.json"));
    }
    let schema = page("operation.schema.json");
    check_output(&Folder::new().run(&["schema", "operation"]), 0, &schema);
}

#[test]
fn a_registration_is_shown_by_rows() {
    let lines = folder("", "").run(&["show", "--json", "registration.toml"]).json_lines();
    let kinds: Vec<_> = lines.iter().map(|it| &it["kind"]).collect();
    assert_eq!(kinds, ["endpoint", "step", "step"]);
    assert_eq!(lines[1]["filtering_attributes"], json!(["name", "revenue"]));

    let stdout = "Steps fire up to depth 3.\n";
    let folder = Folder::new().with("empty.json", "{\"max_depth\": 3}");
    check_output(&folder.run(&["show", "empty.json"]), 0, stdout);
}

/// The blocks of a page that begin like this: what stands before each, and what is in it.
fn blocks<'a>(page: &'a str, fence: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    page.match_indices(fence).map(move |(at, _)| {
        let content = &page[at + fence.len()..];
        let end = content.find("```").expect("a block ends");
        (page[..at].trim_end(), &content[..end])
    })
}

/// The documents of the page, each under the name that stands before it.
fn documents(page: &str) -> Folder {
    let all = ["```toml\n", "```json\n"].into_iter().flat_map(|fence| blocks(page, fence));
    all.fold(Folder::new(), |folder, (before, text)| {
        let name = before.rsplit('`').nth(1).expect("a document has a name");
        folder.with(name, text)
    })
}

/// What stands in the documentation is what the command prints.
#[test]
fn the_page_shows_what_is_printed() {
    let page = page("registration.md");
    let folder = documents(&page);
    for (_, shown) in blocks(&page, "```text\n") {
        let (line, output) = shown.split_once('\n').expect("a command has an output");
        let arguments = line.strip_prefix("$ xrm-eventhub registration ").expect("a command");
        let run = folder.run(&arguments.split(' ').collect::<Vec<_>>());
        assert_eq!((output, &*run.stderr), (&*run.stdout, ""), "{line}");
    }
    check_output(&folder.run(&["check", "accounts.toml"]), 0, "");
    assert_eq!(folder.run(&["check", "wrong.toml"]).code, 1);
}

#[test]
fn a_key_in_place_of_its_variable_is_shown_nowhere() {
    let key = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmU=";
    let folder = folder("ACCOUNTS_KEY", key);
    for arguments in [
        &["show", "registration.toml"][..],
        &["show", "--json", "registration.toml"],
        &["check", "registration.toml"],
        &["diff", "registration.toml", "registration.toml"],
    ] {
        let run = folder.run(arguments);
        assert!(!format!("{run:?}").contains(key), "{arguments:?}: {run:?}");
    }
}
