//! The hub, what is sent to it, and the processes that listen.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use eventhub_local::LocalEventHub;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use xrm_eventhub::Client;
use xrm_eventhub::rest::{Batch, BatchBuilder, Event, Hub};

use crate::verdict::{Place, place};

const PARTITIONS: usize = 8;

/// How long may pass without a line from any process. Longer than a lease and its waits.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn serve(events: usize) -> LocalEventHub {
    let builder = LocalEventHub::builder()
        .hub("accounts", PARTITIONS as u32)
        .max_events_per_partition(events)
        .max_bytes_per_hub(1 << 30)
        .amqp(([127, 0, 0, 1], 0));
    builder.serve(([127, 0, 0, 1], 0)).await.expect("a local hub can be served")
}

/// Sends numbered contexts to the partitions in turn, in batches.
pub(crate) async fn send(local: &LocalEventHub, events: usize) {
    const BATCH: usize = 50;

    let connection = local.connection_string("accounts").expect("it has this hub");
    let hub = Hub::new(connection.endpoint().clone(), "accounts").expect("a name of a hub");
    let client = Client::new().expect("a client");
    let far = "2100-01-01T00:00:00Z".parse().expect("a time");
    let numbers: Vec<usize> = (0..events).collect();
    for (index, batch) in numbers.chunks(BATCH).enumerate() {
        let hub = hub.partition(&(index % PARTITIONS).to_string()).expect("a partition");
        let token = connection.signer().expect("a key").sign(hub.resource(), far);
        let mut builder = BatchBuilder::new(Batch::STANDARD_LIMIT);
        for number in batch {
            let body = format!(r#"{{"Depth":1,"MessageName":"{number}"}}"#);
            let event = Event::new(body, "application/json").expect("an event");
            builder.try_add(&event).expect("a batch has room");
        }
        let batch = builder.take().expect("it is not empty");
        let verdict = client.send_batch(&hub, &batch, &token).await;
        assert!(verdict.is_accepted(), "{verdict}");
    }
}

/// The processes that listen, and what they have printed.
pub(crate) struct Crew {
    connection: String,
    folder: TempDir,
    processes: Vec<Child>,
    /// The output of each process that was ever started.
    outputs: Vec<Output>,
    distinct: BTreeSet<Place>,
}

/// What a process has printed.
struct Output {
    path: PathBuf,
    /// The bytes that were read.
    read: u64,
    places: Vec<Place>,
}

impl Output {
    /// Reads the lines that are new. A process that was killed may have left half of its last line, which
    /// does not count.
    fn read_on(&mut self) -> &[Place] {
        let mut file = File::open(&self.path).expect("it was created");
        file.seek(SeekFrom::Start(self.read)).expect("it was as long before");
        let mut text = Vec::new();
        file.read_to_end(&mut text).expect("it can be read");
        let whole = text.iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
        self.read += whole as u64;
        let before = self.places.len();
        let text = std::str::from_utf8(&text[..whole]).expect("it prints text");
        self.places.extend(text.lines().map(place));
        &self.places[before..]
    }
}

impl Crew {
    pub(crate) fn start(connection: &str, count: usize) -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut crew = Self {
            connection: connection.to_owned(),
            folder,
            processes: Vec::new(),
            outputs: Vec::new(),
            distinct: BTreeSet::new(),
        };
        for _ in 0..count {
            let process = crew.spawn();
            crew.processes.push(process);
        }
        crew
    }

    fn spawn(&mut self) -> Child {
        let number = self.outputs.len();
        let path = |kind: &str| self.folder.path().join(format!("{number}.{kind}"));
        let file = |kind: &str| File::create(path(kind)).expect("a file");
        let store = format!("sqlite:{}", self.folder.path().join("listener.db").display());
        let process = Command::new(env!("CARGO_BIN_EXE_xrm-eventhub"))
            .args(["listen", "--json", "--interval", "1s", "--store", &store])
            .env("AMQP_CONNECTION_STRING", &self.connection)
            .stdin(Stdio::null())
            .stdout(file("out"))
            .stderr(file("err"))
            .spawn()
            .expect("the command was built");
        self.outputs.push(Output { path: path("out"), read: 0, places: Vec::new() });
        process
    }

    /// Kills a process by SIGKILL, and starts another one in its place. The command prints an event before
    /// its checkpoint, so what was printed was handled.
    pub(crate) fn kill(&mut self, index: usize) {
        self.processes[index].kill().expect("it runs");
        self.processes[index].wait().expect("it was killed");
        self.processes[index] = self.spawn();
    }

    /// Waits until so many different events were printed.
    pub(crate) async fn printed(&mut self, events: usize) {
        let reached = async {
            loop {
                for output in &mut self.outputs {
                    self.distinct.extend(output.read_on().iter().cloned());
                }
                if self.distinct.len() >= events {
                    return;
                }
                // The lines are in files of other processes, which report nothing.
                sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(PATIENCE, reached).await.is_err() {
            println!("only {} of {events} events within {PATIENCE:?}", self.distinct.len());
        }
    }

    /// Ends the processes, and returns what each that ever ran has printed.
    pub(crate) fn end(mut self) -> Vec<Vec<Place>> {
        for process in &mut self.processes {
            process.kill().expect("it runs");
            process.wait().expect("it was killed");
        }
        for output in &mut self.outputs {
            output.read_on();
        }
        self.outputs.iter_mut().map(|it| std::mem::take(&mut it.places)).collect()
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // It may have ended.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
