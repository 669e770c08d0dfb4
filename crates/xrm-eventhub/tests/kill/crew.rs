//! The processes, and their killing.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use crate::roles::CONNECTION;
use crate::store::{Place, VARIABLE};
use crate::{Arguments, Result, STUCK};

/// Names the program that kills the server of the store and promotes its standby.
const FAIL_OVER: &str = "XRM_EVENTHUB_TEST_FAIL_OVER";

/// A publisher and its workers, each in a process of its own.
pub(crate) struct Crew {
    /// How many contexts there are in all.
    contexts: u32,
    connection: String,
    store: String,
    random: u64,
    /// The first context that was not acknowledged.
    next: u32,
    /// How far the publisher is told to go.
    goal: u32,
    /// What the publisher is started with, before and after the context to start from.
    role: (&'static str, &'static [&'static str]),
    publisher: Option<Publisher>,
    workers: Vec<Child>,
    pub(crate) publishers_killed: u32,
    pub(crate) workers_killed: u32,
}

/// The publisher, which is told how far to go and says how far it is.
struct Publisher {
    child: Child,
    goals: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Crew {
    pub(crate) fn new(arguments: &Arguments, connection: &str, place: &Place) -> Result<Self> {
        let mut crew = Self {
            contexts: arguments.contexts,
            connection: connection.to_owned(),
            store: place.address.clone(),
            random: arguments.seed,
            next: 0,
            goal: 0,
            role: match arguments {
                Arguments { outbox: true, .. } => ("outbox", &[]),
                Arguments { failover: true, .. } => ("publisher", &["--patient"]),
                _ => ("publisher", &[]),
            },
            publisher: None,
            workers: Vec::new(),
            publishers_killed: 0,
            workers_killed: 0,
        };
        crew.start_publisher()?;
        for _ in 0..arguments.workers {
            let worker = crew.start(&["worker"])?;
            crew.workers.push(worker);
        }
        Ok(crew)
    }

    /// Lets them work, and kills one of them at a random moment, so many times. The contexts are
    /// spread over the kills.
    pub(crate) async fn work_and_be_killed(&mut self, kills: u32) -> Result<()> {
        for kill in 1..=kills {
            let share = u64::from(self.contexts) * u64::from(kill) / u64::from(kills);
            self.goal = u32::try_from(share)?;
            let victim = usize::try_from(self.random(self.workers.len() as u64 + 1))?;
            // A publisher is killed while it enqueues, a worker while it works or starts to.
            let milliseconds = self.random(if victim == 0 { 60 } else { 400 });
            let moment = sleep(Duration::from_millis(milliseconds));
            let enqueued = async {
                self.enqueue().await?;
                std::future::pending::<Result<()>>().await
            };
            tokio::select! {
                failed = enqueued => failed?,
                () = moment => {}
            }
            match victim {
                0 => self.kill_publisher().await?,
                worker => self.kill_worker(worker - 1).await?,
            }
        }
        Ok(())
    }

    /// Lets them work, and kills the server of their store while half of the contexts are under way.
    pub(crate) async fn work_through_a_failover(&mut self) -> Result<()> {
        let program = std::env::var(FAIL_OVER)?;
        self.goal = self.contexts / 2;
        self.enqueue().await?;
        let moment = Duration::from_millis(self.random(200));
        self.goal = self.contexts;
        let failed_over = async {
            sleep(moment).await;
            let status = Command::new(program).status().await?;
            if status.success() { Ok(()) } else { Err("the standby was not promoted".into()) }
        };
        let both = async { tokio::join!(self.enqueue(), failed_over) };
        // A publisher that repeats a refusal for ever is stuck.
        let (enqueued, failed_over): (_, Result<()>) = timeout(STUCK, both).await?;
        enqueued.and(failed_over)
    }

    /// Lets the publisher come to its end.
    pub(crate) async fn finish_enqueuing(&mut self) -> Result<()> {
        self.goal = self.contexts;
        self.enqueue().await
    }

    /// Ends the workers, whose work is done. None has ended before.
    pub(crate) async fn end(&mut self) -> Result<()> {
        for worker in &mut self.workers {
            if let Some(status) = worker.try_wait()? {
                return Err(format!("a worker ended by itself: {status}").into());
            }
            worker.kill().await?;
        }
        Ok(())
    }

    pub(crate) fn kills(&self) -> u32 {
        self.publishers_killed + self.workers_killed
    }

    /// Tells the publisher how far to go, and reads what it says until it is there. It is given up
    /// at the moment of a kill; what it said and was not read then is read later.
    async fn enqueue(&mut self) -> Result<()> {
        let (goal, line) = (self.goal, format!("{}\n", self.goal));
        let Some(publisher) = &mut self.publisher else { return Ok(()) };
        publisher.goals.write_all(line.as_bytes()).await?;
        while self.next < goal {
            let line = publisher.lines.next_line().await?;
            self.next = line.ok_or("the publisher ended by itself")?.parse()?;
        }
        Ok(())
    }

    async fn kill_publisher(&mut self) -> Result<()> {
        if let Some(mut publisher) = self.publisher.take() {
            publisher.child.kill().await?;
            while let Some(line) = publisher.lines.next_line().await? {
                self.next = line.parse()?;
            }
        }
        self.publishers_killed += 1;
        self.start_publisher()
    }

    async fn kill_worker(&mut self, which: usize) -> Result<()> {
        self.workers[which].kill().await?;
        self.workers_killed += 1;
        self.workers[which] = self.start(&["worker"])?;
        Ok(())
    }

    fn start_publisher(&mut self) -> Result<()> {
        let from = self.next.to_string();
        let (role, options) = self.role;
        let mut child = self.start(&[&[role, &*from], options].concat())?;
        let lines = child.stdout.take().ok_or("the publisher has no output")?;
        let goals = child.stdin.take().ok_or("the publisher has no input")?;
        self.publisher = Some(Publisher { child, goals, lines: BufReader::new(lines).lines() });
        Ok(())
    }

    fn start(&self, arguments: &[&str]) -> Result<Child> {
        let child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .env(CONNECTION, &self.connection)
            .env(VARIABLE, &self.store)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        Ok(child)
    }

    /// A number below this one.
    fn random(&mut self, below: u64) -> u64 {
        // Knuth's linear congruential generator, of which the upper bits are random enough.
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }
}
