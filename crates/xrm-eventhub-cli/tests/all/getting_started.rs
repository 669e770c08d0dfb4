//! The pages that get people started do what they say.

#![cfg(unix)]

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::command::{command, page, run};

/// The port of the pages' local hub.
const PORT: &str = "5123";

/// A command of the page, and what it prints.
#[derive(Debug, PartialEq, Eq)]
struct Example {
    command: String,
    output: String,
}

/// The commands of the page's consoles: lines after `$`, and after `>` where they go on.
fn examples(page: &str) -> Vec<Example> {
    let consoles = page.split("```console\n").skip(1).filter_map(|it| it.split("```").next());
    let mut examples: Vec<Example> = Vec::new();
    for line in consoles.flat_map(str::lines) {
        if let Some(command) = line.strip_prefix("$ ") {
            examples.push(Example { command: command.to_owned(), output: String::new() });
            continue;
        }
        let example = examples.last_mut().expect("a console begins with a command");
        match line.strip_prefix("> ") {
            Some(more) => example.command.push_str(&format!("\n{more}")),
            None => example.output.push_str(&format!("{line}\n")),
        }
    }
    examples
}

/// A port that no one listens on.
fn free_port() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    listener.local_addr().expect("it is bound").port().to_string()
}

/// Runs a script that finds the command on its path, and ends what the script leaves running.
fn run_script(script: &str, port: &str, folder: &Path) -> Output {
    let command_folder = Path::new(env!("CARGO_BIN_EXE_xrm-eventhub")).parent();
    let path = format!(
        "{}:{}",
        command_folder.expect("a file is in a folder").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let script = script.replace(PORT, port);
    // Under `set -e`, a failing trap is the script's failure, and `kill` fails if no job is left.
    // Not `sh`: without a terminal, dash neither ends jobs by their numbers nor lists them to the trap.
    Command::new("bash")
        .arg("-c")
        .arg(format!("exec 2>&1\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}"))
        .current_dir(folder)
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .expect("bash is installed")
}

/// The text with each id replaced by the number at which it first stands.
fn with_numbered_ids(text: &str) -> String {
    let mut known = HashMap::new();
    let mut result = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let id = rest.get(..36).filter(|it| uuid::Uuid::try_parse(it).is_ok());
        let length = match id {
            Some(id) => {
                let next = known.len() + 1;
                result.push_str(&format!("id {}", known.entry(id.to_owned()).or_insert(next)));
                id.len()
            }
            None => {
                let first = rest.chars().next().expect("it is not empty");
                result.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    result
}

#[test]
fn the_page_prints_what_its_commands_print() {
    let examples = examples(&page("getting-started.md"));
    assert!(examples.len() > 20, "the page has {} commands", examples.len());
    // Each command follows a line that no command prints.
    let script: String = (examples.iter().enumerate())
        .map(|(number, example)| format!("echo '@@{number}'\n{}\n", example.command))
        .collect();

    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = free_port();
    let output = run_script(&script, &port, folder.path());
    let printed = String::from_utf8(output.stdout).expect("it prints text");

    let mut expected = String::new();
    for (number, example) in examples.iter().enumerate() {
        expected.push_str(&format!("@@{number}\n{}", example.output));
    }
    let printed = with_numbered_ids(&printed.replace(&port, PORT));
    assert_eq!(printed, with_numbered_ids(&expected), "as printed");
}

#[test]
fn the_commands_of_the_readme_run_one_after_the_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("there is a README");
    let (_, by_hand) = readme.split_once("By hand, each line after").expect("it has the paragraph");
    let (_, block) = by_hand.split_once("```sh\n").expect("a block follows");
    let (commands, _) = block.split_once("```").expect("the block ends");

    let folder = tempfile::tempdir().expect("a temporary folder");
    std::os::unix::fs::symlink(root.join("fixtures"), folder.path().join("fixtures"))
        .expect("the folder is new");
    let output = run_script(&format!("set -e\n{commands}"), &free_port(), folder.path());
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
    // Published at once, by the worker, and by the step that fires.
    assert_eq!(printed.matches(r#""statuscode":30"#).count(), 2, "{printed}");
    assert!(printed.contains(r#""succeeded":1"#), "{printed}");
}

#[test]
fn a_walk_through_the_tasks_ends_well_and_badly() {
    for format in ["json", "xml"] {
        let walked = run(command(&["tasks", "--format", format]));
        assert_eq!((walked.code, &*walked.stderr), (0, ""), "{walked:?}");
        let titles = walked.stdout.lines().filter(|it| it.starts_with(char::is_numeric));
        assert_eq!(
            titles.collect::<Vec<_>>(),
            [
                "1. Create an event hub",
                "2. Register a service endpoint",
                "3. Register a step",
                "4. Listen",
                "5. Trigger",
                "6. Verify by the system job",
            ]
        );
        let statuses = walked.stdout.lines().filter_map(|it| it.trim().strip_prefix("status: "));
        assert_eq!(statuses.collect::<Vec<_>>(), ["Succeeded (30)", "Failed (31)"]);
        let told = |text: &str| assert!(walked.stdout.contains(text), "{text}:\n{}", walked.stdout);
        told(&format!("bytes of {}", format.to_uppercase()));
        told("name before: Cöntösö");
        told("The access key is not the one of the shared access policy `send`");
        told("SharedAccessKey=redacted");
    }
}
