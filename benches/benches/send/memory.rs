//! Resident memory before and after many sends.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use azure_sas::{Renewal, SharedAccessKey, Signer};
use chrono::DateTime;
use eventhub_rest::{Event, Sender};
use tokio::runtime::Runtime;

use crate::contender::{client, hub};
use crate::server::{Scheme, Server, runtime};

const IN_FLIGHT: usize = 16;

/// What may come and go with the allocator's moods, in KiB.
const TOLERANCE: u64 = 4 * 1024;

/// Sends a tenth as many events first, so that every pool and cache is as large as it gets.
pub fn run(sends: usize) -> ExitCode {
    let server = Server::start(Scheme::Plain);
    let sender = sender(&server);
    let runtime = runtime();
    send_all(&runtime, &sender, sends / 10);
    let before = resident();
    send_all(&runtime, &sender, sends);
    let after = resident();
    println!("{sends} sends: {before} KiB resident before, {after} KiB after");
    if after > before + TOLERANCE {
        eprintln!("memory is not flat: it grew by more than {TOLERANCE} KiB");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn sender(server: &Server) -> Sender {
    let hub = hub(server, Scheme::Plain);
    let key = SharedAccessKey::new("c2VjcmV0").expect("the key is plain text");
    let signer = Signer::new("send", &key).expect("the name is plain text");
    let renewal = Renewal::new(signer, hub.resource().clone(), Renewal::LIFETIME, Renewal::MARGIN)
        .expect("the lifetime is longer than the margin");
    // A clock by which a token is renewed every few thousand sends.
    let ticks = AtomicI64::new(0);
    let clock = move || {
        let seconds = ticks.fetch_add(1, Ordering::Relaxed);
        DateTime::from_timestamp(seconds, 0).expect("fewer sends than seconds in a calendar")
    };
    Sender::builder(client(server), hub, Arc::new(renewal), clock, || 0).build()
}

fn send_all(runtime: &Runtime, sender: &Sender, sends: usize) {
    let left = Arc::new(AtomicUsize::new(sends));
    let lanes: Vec<_> = (0..IN_FLIGHT)
        .map(|_| runtime.spawn(send_some(sender.clone(), Arc::clone(&left))))
        .collect();
    for lane in lanes {
        runtime.block_on(lane).expect("every send is accepted");
    }
}

async fn send_some(sender: Sender, left: Arc<AtomicUsize>) {
    let one_less = |left: usize| left.checked_sub(1);
    while let Ok(left) = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) {
        let event = Event::new(format!("{{\"left\":{left}}}"), "application/json")
            .and_then(|event| event.with_partition_key(&format!("till-{}", left % 1_000)))
            .expect("the event is well-formed");
        let outcome = sender.send(&event).await;
        assert!(outcome.is_accepted(), "{outcome:?}");
    }
}

/// Resident memory of this process in KiB, as Linux tells it.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    number.expect("the kernel tells the resident size")
}
