//! The rounds of the comparison, and its table.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use azure_sas::{ConnectionString, SharedAccessKey};
use xrm_clients::Error;

use crate::rest::{Rest, Senders};
use crate::{BODY, peer};

/// The events in each of the four partitions when the rounds begin.
const HELD: u64 = 60_000;

/// What a client reads from.
#[derive(Clone, Copy, PartialEq)]
enum From {
    /// The bare peer, and nobody sends.
    PeerAlone,
    /// The bare peer, beside a hub that takes events.
    Peer,
    /// The hub that takes events.
    Hub,
}

struct Client {
    name: String,
    events: String,
    command: Vec<String>,
    /// Events per second, of each round.
    rates: [Vec<f64>; 3],
}

/// A local hub that ends when it is dropped.
struct Served {
    process: Child,
    rest: ConnectionString,
    amqp: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is there to read the clock")]
pub(crate) fn run(command: &str, rounds: usize, clients: &[&str]) -> Result<(), Error> {
    let mut clients = clients.iter().map(|it| Client::new(it)).collect::<Result<Vec<_>, _>>()?;
    let peer = peer_connection(peer::serve(&BODY)?)?;
    let served = serve(command)?;
    let rest = Rest::new(&served.rest)?;
    rest.fill(HELD)?;
    let sent = Arc::new(AtomicU64::new(0));
    let (load_before, mut sending) = (load(), Duration::ZERO);
    for round in 0..rounds {
        for client in &mut clients {
            let mut turns = [From::PeerAlone, From::Peer, From::Hub];
            turns.rotate_left(round % 3);
            for from in turns {
                let started = Instant::now();
                let senders = (from != From::PeerAlone).then(|| Senders::start(&rest, &sent));
                let connection = if from == From::Hub { &served.amqp } else { &*peer };
                client.rates[from as usize].push(client.measure(connection)?);
                if senders.is_some() {
                    sending += started.elapsed();
                }
            }
        }
    }
    let rate = sent.load(Ordering::Relaxed) as f64 / sending.as_secs_f64();
    println!(
        "{rounds} rounds; {rate:.0} events per second came in over REST; load {load_before} before, {} after\n",
        load()
    );
    println!(
        "| client | peer alone | peer beside senders | hub and senders | to peer alone | to peer beside senders |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    clients.iter().for_each(Client::print);
    Ok(())
}

impl Client {
    fn new(text: &str) -> Result<Self, Error> {
        let mut parts = text.splitn(3, '=').map(str::to_owned);
        let (Some(name), Some(events), Some(command)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(format!("expected NAME=EVENTS=COMMAND, found {text:?}").into());
        };
        let command = command.split(' ').map(str::to_owned).collect();
        Ok(Self { name, events, command, rates: Default::default() })
    }

    /// Runs the client, and returns how many events a second it received.
    fn measure(&self, connection: &str) -> Result<f64, Error> {
        let [program, arguments @ ..] = &self.command[..] else { return Err("no command".into()) };
        let output = Command::new(program)
            .args(arguments)
            .args([connection, &self.events])
            .stderr(Stdio::inherit())
            .output()?;
        let printed = String::from_utf8(output.stdout)?;
        let seconds: f64 = printed.trim().parse().map_err(|_| {
            format!("{} ended with {} and printed {printed:?}", self.name, output.status)
        })?;
        Ok(self.events.parse::<f64>()? / seconds)
    }

    fn print(&self) {
        let [alone, peer, hub] = &self.rates;
        let ratio = |beside: &[f64]| {
            let ratios: Vec<_> = hub.iter().zip(beside).map(|(hub, peer)| hub / peer).collect();
            let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
            let most = ratios.iter().copied().fold(0.0, f64::max);
            format!("{:.2} ({least:.2} to {most:.2})", median(&ratios))
        };
        println!(
            "| {} | {:.0} | {:.0} | {:.0} | {} | {} |",
            self.name,
            median(alone),
            median(peer),
            median(hub),
            ratio(alone),
            ratio(peer)
        );
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn peer_connection(address: std::net::SocketAddr) -> Result<String, Error> {
    let endpoint = format!("sb://{address}").parse::<azure_sas::Endpoint>()?.into_emulator()?;
    let key = SharedAccessKey::new("cGVlcg==")?;
    let connection = ConnectionString::new(endpoint, "peer", key, Some("accounts"))?;
    Ok(connection.to_secret_string().to_string())
}

/// Starts the command's local hub, which keeps all events of the run.
fn serve(command: &str) -> Result<Served, Error> {
    let ready = std::env::temp_dir().join(format!("xrm-throughput-{}", std::process::id()));
    let mut process = Command::new(command)
        .args(["local", "serve", "--http", "127.0.0.1:0", "--amqp", "127.0.0.1:0"])
        .args(["--hub", "accounts:4", "--max-events", "1000000", "--max-bytes", "4000000000"])
        .arg("--ready-file")
        .arg(&ready)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    while !Path::new(&ready).exists() {
        if let Some(status) = process.try_wait()? {
            return Err(format!("{command} ended with {status}").into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    let lines = fs::read_to_string(&ready)?;
    fs::remove_file(&ready)?;
    let (rest, amqp) = lines.trim().split_once('\n').ok_or("the hub serves no AMQP")?;
    Ok(Served { rest: rest.parse()?, amqp: amqp.to_owned(), process })
}

/// The load of the last minute.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}
