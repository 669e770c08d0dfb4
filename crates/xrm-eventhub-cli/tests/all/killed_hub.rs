//! A local hub that is killed under load, again and again: what it acknowledged is there again.
//!
//! `LOCAL_HUB_KILLS` and `LOCAL_HUB_EVENTS` make a long form of it: how often it is killed, and how many
//! events are acknowledged before each time.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use xrm_eventhub::ConnectionString;
use xrm_eventhub::sas::Resource;

use crate::amqp::Sender;
use crate::command::{command, run};

/// How many senders there are for each door.
const SENDERS: u64 = 3;

/// How many events a sender over AMQP has under way.
const WINDOW: u64 = 8;

/// What the senders and the killer share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The connection strings of the hub that runs now.
    connections: Option<(Arc<ConnectionString>, Arc<ConnectionString>)>,
    /// How many events of each sender were acknowledged: all from 0 on.
    acknowledged: BTreeMap<String, u64>,
    over: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no sender panics while it is locked")
    }

    fn total(&self) -> u64 {
        self.lock().acknowledged.values().sum()
    }

    fn acknowledge(&self, sender: &str, count: u64) {
        self.lock().acknowledged.insert(sender.to_owned(), count);
        self.changed.notify_all();
    }

    /// The connection strings of the running hub; `None` at the end.
    fn connections(&self) -> Option<(Arc<ConnectionString>, Arc<ConnectionString>)> {
        let waits = |it: &mut State| it.connections.is_none() && !it.over;
        let state = self.changed.wait_while(self.lock(), waits).expect("no sender panics");
        if state.over { None } else { state.connections.clone() }
    }
}

/// A local hub that keeps its events in a folder.
struct Hub {
    child: Child,
    lines: [String; 2],
}

impl Hub {
    fn start(folder: &Path) -> Self {
        let mut command = command(&["local", "serve", "--http", "127.0.0.1:0"]);
        command.args(["--amqp", "127.0.0.1:0", "--hub", "accounts:4", "--max-events", "1000000"]);
        // A sixteenth of it is the length of a segment.
        command.args(["--max-bytes", "33554432", "--data"]).arg(folder);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = || {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("it prints lines");
            line.trim_end().to_owned()
        };
        let lines = [line(), line()];
        Self { child, lines }
    }

    fn connections(&self) -> (Arc<ConnectionString>, Arc<ConnectionString>) {
        let [rest, amqp] = &self.lines;
        let read = |it: &String| Arc::new(it.parse().expect("it is a connection string"));
        (read(rest), read(amqp))
    }

    /// Kills it, and returns what it said on standard error.
    fn kill(mut self) -> String {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        let mut stderr = String::new();
        let mut piped = self.child.stderr.take().expect("it is piped");
        piped.read_to_string(&mut stderr).expect("it prints text");
        stderr
    }
}

fn host(connection: &ConnectionString) -> String {
    connection.endpoint().origin().replace("http://", "")
}

/// The body of an event: its sender, its number, and so many bytes as make files of some length.
fn body(sender: &str, number: u64) -> String {
    format!("{sender} {number} {}", "x".repeat(200 + (number * 37 % 900) as usize))
}

/// Sends one event after the other over REST, and each again until it is acknowledged.
fn send_over_rest(shared: &Shared, sender: &str) {
    let mut number = 0;
    while let Some((connection, _)) = shared.connections() {
        let _ = rest_session(shared, sender, &connection, &mut number);
    }
}

fn rest_session(
    shared: &Shared,
    sender: &str,
    connection: &ConnectionString,
    number: &mut u64,
) -> std::io::Result<()> {
    let hub = Resource::hub(connection.endpoint(), "accounts").expect("it is a hub");
    let expires = "2100-01-01T00:00:00Z".parse().expect("it is a time");
    let token = connection.signer().expect("it has a key").sign(&hub, expires);
    let host = host(connection);
    let mut stream = TcpStream::connect(&host)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while !shared.lock().over {
        let body = body(sender, *number);
        let head = format!(
            "POST /accounts/messages HTTP/1.1\r\nHost: {host}\r\nAuthorization: {}\r\n\
             BrokerProperties: {{\"PartitionKey\":\"{sender}\"}}\r\nContent-Length: {}\r\n\r\n",
            token.authorization(),
            body.len(),
        );
        stream.write_all((head + &body).as_bytes())?;
        let mut status = String::new();
        reader.read_line(&mut status)?;
        if status.is_empty() {
            return Ok(());
        }
        assert!(status.starts_with("HTTP/1.1 201"), "{status}");
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line)?;
        }
        *number += 1;
        shared.acknowledge(sender, *number);
    }
    Ok(())
}

/// Sends some events at a time over AMQP, and those again that were not acknowledged.
fn send_over_amqp(shared: &Shared, sender: &str, partition: u64) {
    let mut number = 0;
    while let Some((_, connection)) = shared.connections() {
        let _ = amqp_session(shared, sender, partition, &connection, &mut number);
    }
}

fn amqp_session(
    shared: &Shared,
    sender: &str,
    partition: u64,
    connection: &ConnectionString,
    number: &mut u64,
) -> std::io::Result<()> {
    let key = connection.key().expect("it has a key").reveal();
    let target = format!("accounts/Partitions/{partition}");
    let policy = (connection.key_name(), key);
    let mut link = Sender::connect(&host(connection), policy, &target)?;
    let (first, mut next) = (*number, *number);
    while !shared.lock().over {
        while next < *number + WINDOW {
            link.send(body(sender, next).as_bytes())?;
            next += 1;
        }
        *number = first + u64::from(link.accepted()?) + 1;
        shared.acknowledge(sender, *number);
    }
    Ok(())
}

/// The numbers of each sender's events, in the order of their partitions.
fn numbers(hub: &Hub) -> BTreeMap<String, Vec<u64>> {
    let url = format!("http://{}/accounts", host(&hub.connections().0));
    let events = run(command(&["local", "events", &url]));
    assert_eq!((events.code, &*events.stderr), (0, ""));
    let mut numbers: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut sequences = BTreeMap::new();
    let mut partitions = BTreeMap::new();
    for event in events.json_lines() {
        let Value::String(body) = &event["body_base64"] else { unreachable!("{event}") };
        let body = STANDARD.decode(body).expect("it is base64");
        let body = String::from_utf8(body).expect("it is text");
        let (sender, rest) = body.split_once(' ').expect("it names its sender");
        let (number, _) = rest.split_once(' ').expect("it has a number");
        let number = number.parse().expect("that is a number");
        let partition = event["partition"].to_string();
        let sequence = sequences.entry(partition.clone()).or_insert(0);
        assert_eq!(event["sequence"], *sequence, "sequence numbers have no gaps");
        *sequence += 1;
        let first = partitions.entry(sender.to_owned()).or_insert_with(|| partition.clone());
        assert_eq!(*first, partition);
        numbers.entry(sender.to_owned()).or_default().push(number);
    }
    numbers
}

/// Checks that what was acknowledged is there and in order, and counts what is there twice.
fn check(numbers: &BTreeMap<String, Vec<u64>>, acknowledged: &BTreeMap<String, u64>) -> u64 {
    let mut again = 0;
    for (sender, count) in acknowledged {
        let mut next = 0;
        for number in numbers.get(sender).into_iter().flatten() {
            // One that comes again was sent again, and so were those after it.
            assert!(*number <= next, "{sender}: {number} comes before {next}");
            again += u64::from(*number < next);
            next = next.max(number + 1);
        }
        assert!(next >= *count, "{sender}: {count} were acknowledged, and {next} are there");
    }
    again
}

fn number_from(variable: &str, default: u64) -> u64 {
    env::var(variable).map_or(default, |it| it.parse().expect("it is a number"))
}

#[test]
fn what_was_acknowledged_outlives_a_hub_that_is_killed() {
    let kills = number_from("LOCAL_HUB_KILLS", 3);
    let events = number_from("LOCAL_HUB_EVENTS", 300);
    let folder = tempfile::tempdir().unwrap();
    let shared = Shared::default();
    let mut torn = 0;
    thread::scope(|scope| {
        let shared = &shared;
        for index in 0..SENDERS {
            scope.spawn(move || send_over_rest(shared, &format!("rest-{index}")));
            scope.spawn(move || send_over_amqp(shared, &format!("amqp-{index}"), index));
        }
        // Senders end in any case, or a failure would wait for them.
        let _end = End(shared);
        for round in 0..kills {
            let hub = Hub::start(folder.path());
            check(&numbers(&hub), &shared.lock().acknowledged);
            let total = shared.total();
            // Not after the same number each time: it would be after the same steps.
            let goal = total + events + round * 13;
            shared.lock().connections = Some(hub.connections());
            shared.changed.notify_all();
            let waits = |it: &mut State| it.acknowledged.values().sum::<u64>() < goal;
            drop(shared.changed.wait_while(shared.lock(), waits).unwrap());
            let stderr = hub.kill();
            shared.lock().connections = None;
            torn += stderr.matches("not written to its end").count();
        }
    });
    let hub = Hub::start(folder.path());
    let numbers = numbers(&hub);
    let acknowledged = &shared.lock().acknowledged;
    let again = check(&numbers, acknowledged);
    let held: usize = numbers.values().map(Vec::len).sum();
    let segments = std::fs::read_dir(folder.path().join("hubs/1")).unwrap().count();
    torn += hub.kill().matches("not written to its end").count();
    let total: u64 = acknowledged.values().sum();
    assert!(total >= kills * events && acknowledged.len() as u64 == 2 * SENDERS);
    println!(
        "{kills} kills; {total} events acknowledged, {held} held, {again} of them sent again; \
         {segments} segments, {torn} torn tails"
    );
}

/// Ends the senders when it is dropped.
struct End<'a>(&'a Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.changed.notify_all();
    }
}
