//! A local hub whose files can't grow.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use xrm_eventhub::ConnectionString;
use xrm_eventhub::sas::Resource;

use crate::command::{Run, command, run};

/// A local hub that keeps its events in a folder, in files of some KiB at most if they are limited.
struct Hub {
    child: Child,
    connection: ConnectionString,
}

impl Hub {
    fn start(folder: &Path, is_limited: bool) -> Self {
        let ready = folder.join("ready");
        let _ = std::fs::remove_file(&ready);
        // A write over the limit then fails, instead of ending the process by a signal.
        let limit = if is_limited { "trap '' XFSZ; ulimit -f 64; " } else { "" };
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{limit}exec \"$@\""), "sh"]);
        shell.arg(env!("CARGO_BIN_EXE_xrm-eventhub"));
        shell.args(["local", "serve", "--http", "127.0.0.1:0", "--hub", "accounts:1", "--data"]);
        shell.arg(folder.join("data")).arg("--ready-file").arg(&ready);
        let child = shell.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell");
        while !ready.exists() {
            std::thread::yield_now();
        }
        let text = std::fs::read_to_string(&ready).expect("it is whole");
        Self { child, connection: text.trim_end().parse().expect("a connection string") }
    }

    fn host(&self) -> String {
        self.connection.endpoint().origin().replace("http://", "")
    }

    /// Posts an event, and returns the answer.
    fn post(&self, body: &str) -> String {
        let hub = Resource::hub(self.connection.endpoint(), "accounts").expect("it is a hub");
        let expires = "2100-01-01T00:00:00Z".parse().expect("it is a time");
        let token = self.connection.signer().expect("it has a key").sign(&hub, expires);
        let head = format!(
            "POST /accounts/messages HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.host(),
            token.authorization(),
            body.len(),
        );
        let mut stream = TcpStream::connect(self.host()).expect("it listens");
        stream.write_all((head + body).as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    fn events(&self) -> Run {
        run(command(&["local", "events", &format!("http://{}/accounts", self.host())]))
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_can_not_be_written_is_refused_and_what_was_acknowledged_stays() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::start(folder.path(), true);
    let body = "x".repeat(3000);
    let mut accepted = 0;
    let refused = loop {
        let answer = hub.post(&body);
        if !answer.starts_with("HTTP/1.1 201") {
            break answer;
        }
        accepted += 1;
        assert!(accepted < 100, "the files grow over their limit");
    };
    assert!(accepted > 5, "{refused}");
    assert!(refused.starts_with("HTTP/1.1 500"), "{refused}");
    assert!(
        refused.contains("The local hub could not write its files: File too large"),
        "{refused}"
    );
    assert!(hub.post(&body).starts_with("HTTP/1.1 500"));
    let held = |hub: &Hub| hub.events().stdout.lines().count();
    assert_eq!(held(&hub), accepted, "what was refused is not there");

    // With room again, all goes on where it was.
    drop(hub);
    let hub = Hub::start(folder.path(), false);
    assert_eq!(held(&hub), accepted);
    assert!(hub.post(&body).starts_with("HTTP/1.1 201"));
    let events = hub.events();
    let last = events.json_lines().pop().unwrap();
    assert_eq!(last["sequence"], accepted);
}
