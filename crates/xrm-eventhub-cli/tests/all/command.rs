//! Runs the command.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

pub(crate) fn fixture_text(name: &str) -> String {
    fs::read_to_string(fixture(name)).expect("the fixture is part of the checkout")
}

/// A page of the documentation.
pub(crate) fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src").join(name);
    fs::read_to_string(path).expect("the page is part of the checkout")
}

/// The command without the environment that it reads.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xrm-eventhub"));
    command
        .args(arguments)
        .env_remove("EVENTHUB_CONNECTION_STRING")
        .env_remove("AMQP_CONNECTION_STRING")
        .env_remove("EVENTHUB_SHARED_ACCESS_KEY")
        .stdin(Stdio::null());
    command
}

/// What a run printed, and its exit code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The lines of standard output, as JSON.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).expect("every line is JSON");
        self.stdout.lines().map(read).collect()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("it prints text");
        Self {
            code: output.status.code().expect("it ends by itself"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

pub(crate) fn run(mut command: Command) -> Run {
    command.output().expect("the command was built").into()
}

/// Runs the command with this on its standard input.
pub(crate) fn run_with(mut command: Command, stdin: &[u8]) -> Run {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command was built");
    // It may end before it has read all, and then says why.
    let _ = child.stdin.take().expect("it is piped").write_all(stdin);
    child.wait_with_output().expect("it runs").into()
}

/// `local serve`, ended when dropped.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) connection: String,
    stdout: BufReader<ChildStdout>,
}

impl Served {
    /// Serves the hub `accounts` with one partition at a free port.
    pub(crate) fn new() -> Self {
        Self::with(&["--hub", "accounts:1"])
    }

    pub(crate) fn with(arguments: &[&str]) -> Self {
        let mut command = command(&["local", "serve", "--http", "127.0.0.1:0"]);
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command was built");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut connection = String::new();
        stdout.read_line(&mut connection).expect("it prints a line");
        Self { child, connection: connection.trim_end().to_owned(), stdout }
    }

    /// Serves hubs over AMQP too, and returns the connection string for it.
    pub(crate) fn with_amqp(arguments: &[&str]) -> (Self, String) {
        let mut served = Self::with(&[&["--amqp", "127.0.0.1:0"], arguments].concat());
        let mut connection = String::new();
        served.stdout.read_line(&mut connection).expect("it prints a second line");
        (served, connection.trim_end().to_owned())
    }

    /// A part of the connection string.
    pub(crate) fn part(&self, name: &str) -> &str {
        let mut parts = self.connection.split(';').filter_map(|part| part.split_once('='));
        parts.find(|(it, _)| *it == name).expect("the connection string has this part").1
    }

    /// `127.0.0.1:5123`
    pub(crate) fn address(&self) -> &str {
        self.part("Endpoint").trim_start_matches("sb://").trim_end_matches('/')
    }

    pub(crate) fn publish(&self, arguments: &[&str]) -> Command {
        publish(&self.connection, arguments)
    }

    /// The events that the hub holds.
    pub(crate) fn events(&self) -> Run {
        let url = format!("http://{}/{}", self.address(), self.part("EntityPath"));
        run(command(&["local", "events", &url]))
    }

    /// Waits for its end, and returns its exit code and the rest of what it printed.
    #[cfg(unix)]
    pub(crate) fn end(mut self) -> Run {
        let mut rest = Run { code: -1, stdout: String::new(), stderr: String::new() };
        self.stdout.read_to_string(&mut rest.stdout).expect("it prints text");
        let mut stderr = self.child.stderr.take().expect("it is piped");
        stderr.read_to_string(&mut rest.stderr).expect("it prints text");
        rest.code = self.child.wait().expect("it runs").code().expect("it ends by itself");
        rest
    }

    /// Ends it at once, and returns its connection string.
    pub(crate) fn kill(mut self) -> String {
        self.stop();
        std::mem::take(&mut self.connection)
    }

    fn stop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
    }
}

/// `publish` to the hub of a connection string.
pub(crate) fn publish(connection: &str, arguments: &[&str]) -> Command {
    let mut command = command(&["publish"]);
    command.args(arguments).env("EVENTHUB_CONNECTION_STRING", connection);
    command
}
