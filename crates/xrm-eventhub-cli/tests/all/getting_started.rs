//! The page that gets people started does what it says.

#![cfg(unix)]

use std::collections::HashMap;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::command::{command, page, run};

/// What the page's endpoint listens on.
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

/// A script that runs the commands, each after a line that no command prints, and that ends what
/// they leave running.
fn script(examples: &[Example], port: &str) -> String {
    let mut script = "trap 'kill $(jobs -p) 2>/dev/null' EXIT\n".to_owned();
    for (number, example) in examples.iter().enumerate() {
        let command = example.command.replace(PORT, port);
        script.push_str(&format!("echo '@@{number}'\n{command}\n"));
    }
    script
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
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    let port = listener.local_addr().expect("it is bound").port().to_string();
    drop(listener);

    let folder = tempfile::tempdir().expect("a temporary folder");
    let command_folder = std::path::Path::new(env!("CARGO_BIN_EXE_xrm-eventhub")).parent();
    let path = format!(
        "{}:{}",
        command_folder.expect("a file is in a folder").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("exec 2>&1\n{}", script(&examples, &port)))
        .current_dir(folder.path())
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    let printed = String::from_utf8(output.stdout).expect("it prints text");

    let mut expected = String::new();
    for (number, example) in examples.iter().enumerate() {
        expected.push_str(&format!("@@{number}\n{}", example.output));
    }
    let printed = with_numbered_ids(&printed.replace(&port, PORT));
    assert_eq!(printed, with_numbered_ids(&expected), "as printed");
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
