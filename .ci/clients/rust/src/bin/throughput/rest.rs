//! Sends over REST: the events that are there from the start, and those of senders at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use azure_sas::{ConnectionString, Resource};
use chrono::{TimeDelta, Utc};
use ureq::Agent;
use xrm_clients::Error;

use crate::BODY;

const SENDERS: u64 = 4;

/// How long a sender waits from one event to the next.
const PACE: Duration = Duration::from_millis(8);

/// As many events as a batch has in its megabyte.
const BATCH: u64 = 900;

/// Where events are sent to, and with what token.
#[derive(Clone)]
pub(crate) struct Rest {
    origin: String,
    authorization: String,
    agent: Agent,
}

impl Rest {
    #[expect(clippy::disallowed_methods, reason = "the hub compares with the time of this machine")]
    pub(crate) fn new(connection: &ConnectionString) -> Result<Self, Error> {
        let hub = connection.entity_path().ok_or("the connection string names no hub")?;
        let resource = Resource::hub(connection.endpoint(), hub)?;
        let token = connection.signer()?.sign(&resource, Utc::now() + TimeDelta::hours(3));
        Ok(Self {
            origin: format!("{}/{hub}", connection.endpoint().origin()),
            authorization: token.authorization().to_owned(),
            agent: Agent::new_with_defaults(),
        })
    }

    fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<(), Error> {
        self.agent
            .post(format!("{}{path}", self.origin))
            .header("Authorization", &self.authorization)
            .header("Content-Type", content_type)
            .send(body)?;
        Ok(())
    }

    /// Sends so many events to each of four partitions.
    pub(crate) fn fill(&self, events: u64) -> Result<(), Error> {
        let member = format!("{{\"Body\":\"{}\"}}", str::from_utf8(&BODY)?);
        let batch = format!("[{}]", vec![member; BATCH as usize].join(","));
        for partition in 0..4 {
            for _ in 0..events.div_ceil(BATCH) {
                let path = format!("/partitions/{partition}/messages");
                self.post(&path, "application/vnd.microsoft.servicebus.json", batch.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// Senders at work, until they are dropped.
pub(crate) struct Senders {
    stopped: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Senders {
    /// Starts senders of single events, which count what the hub accepted.
    #[expect(clippy::disallowed_methods, reason = "the senders keep to a pace")]
    pub(crate) fn start(rest: &Rest, sent: &Arc<AtomicU64>) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let threads = (0..SENDERS).map(|_| {
            let (rest, sent, stopped) = (rest.clone(), Arc::clone(sent), Arc::clone(&stopped));
            thread::spawn(move || {
                let mut next = Instant::now();
                while !stopped.load(Ordering::Relaxed) {
                    if rest.post("/messages", "application/json", &BODY).is_ok() {
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                    next = (next + PACE).max(Instant::now());
                    thread::sleep(next - Instant::now());
                }
            })
        });
        Self { threads: threads.collect(), stopped }
    }
}

impl Drop for Senders {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A sender that panicked has printed why.
            let _ = thread.join();
        }
    }
}
