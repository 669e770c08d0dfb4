//! The processes, and what is done to them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::place::{self, Damage, Place, VARIABLE, server};
use crate::roles::{CONNECTION, LEASE};
use crate::{Arguments, Result};

/// What happens beside the kills.
const DISTURBANCES: [Disturbance; 7] = [
    Disturbance::Stop,
    Disturbance::Lock,
    Disturbance::Flip,
    Disturbance::Spoil,
    Disturbance::Terminate,
    Disturbance::Restart,
    Disturbance::Flip,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Disturbance {
    /// A worker is stopped for longer than its lease.
    Stop,
    /// The tables are locked.
    Lock,
    /// A stored message is damaged.
    Flip,
    /// A stored row is damaged.
    Spoil,
    /// The server ends all connections.
    Terminate,
    /// The server is restarted.
    Restart,
    /// A worker begins with a clock that is a minute off.
    Skew,
    /// A worker begins with a clock that is a day ahead, claims jobs and dies.
    DayAhead,
    /// A worker begins with a disk that is full.
    Full,
}

/// The jobs that were damaged.
#[derive(Default)]
pub(crate) struct Damaged {
    pub(crate) bodies: BTreeSet<Uuid>,
    pub(crate) rows: BTreeSet<Uuid>,
}

/// A publisher and its workers, each in a process of its own.
pub(crate) struct Crew<'a> {
    contexts: u32,
    connection: String,
    /// A port that takes connections and never answers, because nobody accepts them.
    silence: TcpListener,
    place: &'a Place,
    random: u64,
    /// The first context that was not acknowledged.
    next: u32,
    /// How far the publisher is told to go.
    goal: u32,
    publisher: Option<Publisher>,
    workers: Vec<Child>,
    /// The processes that are stopped, and until when.
    stopped: Vec<(Instant, u32)>,
    /// What goes on beside.
    beside: JoinSet<()>,
    damaged: Damaged,
    pub(crate) kills: u32,
    done: BTreeMap<Disturbance, u32>,
}

/// The publisher, which is told how far to go and says how far it is.
struct Publisher {
    child: Child,
    goals: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl<'a> Crew<'a> {
    pub(crate) fn new(arguments: &Arguments, connection: &str, place: &'a Place) -> Result<Self> {
        let mut crew = Self {
            contexts: arguments.contexts,
            connection: connection.to_owned(),
            silence: TcpListener::bind(("127.0.0.1", 0))?,
            place,
            random: arguments.seed,
            next: 0,
            goal: 0,
            publisher: None,
            workers: Vec::new(),
            stopped: Vec::new(),
            beside: JoinSet::new(),
            damaged: Damaged::default(),
            kills: 0,
            done: BTreeMap::new(),
        };
        crew.start_publisher()?;
        for _ in 0..arguments.workers {
            let worker = crew.start(&["worker"], None)?;
            crew.workers.push(worker);
        }
        Ok(crew)
    }

    /// Lets them work, and disturbs them after each kill. The contexts are spread over the kills.
    pub(crate) async fn work_and_be_disturbed(&mut self, kills: u32) -> Result<()> {
        for kill in 1..=kills {
            let share = u64::from(self.contexts) * u64::from(kill) / u64::from(kills);
            self.goal = u32::try_from(share)?;
            let moment = sleep(Duration::from_millis(self.random(300)));
            let enqueued = async {
                self.enqueue().await?;
                std::future::pending::<Result<()>>().await
            };
            tokio::select! {
                failed = enqueued => failed?,
                () = moment => {}
            }
            self.disturb().await?;
            let victim = usize::try_from(self.random(self.workers.len() as u64 + 1))?;
            match victim.checked_sub(1) {
                None => self.kill_publisher().await?,
                Some(worker) => self.kill_worker(worker).await?,
            }
            self.kills += 1;
            self.let_go_on(Instant::now());
        }
        Ok(())
    }

    /// Lets the publisher come to its end.
    pub(crate) async fn finish_enqueuing(&mut self) -> Result<()> {
        self.goal = self.contexts;
        self.enqueue().await
    }

    /// Lets everything that is disturbed go on, with workers whose clocks are right, and says what was
    /// damaged.
    pub(crate) async fn rest(&mut self) -> Result<Damaged> {
        self.let_go_on(Instant::now() + 2 * LEASE);
        while self.beside.join_next().await.is_some() {}
        for worker in 0..self.workers.len() {
            self.workers[worker].kill().await?;
            self.workers[worker] = self.start(&["worker"], None)?;
        }
        Ok(std::mem::take(&mut self.damaged))
    }

    /// Ends the workers, whose work is done.
    pub(crate) async fn end(&mut self) -> Result<()> {
        for worker in &mut self.workers {
            if let Some(status) = worker.try_wait()? {
                return Err(format!("a worker ended by itself: {status}").into());
            }
            worker.kill().await?;
        }
        Ok(())
    }

    /// How often each of the disturbances happened.
    pub(crate) fn disturbances(&self) -> String {
        let done: Vec<_> = self.done.iter().map(|(it, count)| format!("{count} {it:?}")).collect();
        done.join(", ")
    }

    async fn disturb(&mut self) -> Result<()> {
        let which = usize::try_from(self.random(2 * DISTURBANCES.len() as u64))?;
        let Some(disturbance) = DISTURBANCES.get(which).copied() else { return Ok(()) };
        let address = self.place.address.clone();
        let server = address.strip_prefix("postgres:").map(str::to_owned);
        let happened = match (disturbance, server) {
            (Disturbance::Stop, _) => {
                let worker = usize::try_from(self.random(self.workers.len() as u64))?;
                let pid = self.workers[worker].id();
                let until = Instant::now() + LEASE + Duration::from_millis(self.random(2000));
                self.stopped.extend(pid.map(|pid| (until, pid)));
                pid.is_some_and(|pid| signal(pid, "STOP"))
            }
            (Disturbance::Lock, _) => {
                // One lock at a time, now and then for longer than anybody waits.
                let time = Duration::from_millis(200 + self.random(6500));
                while self.beside.try_join_next().is_some() {}
                let is_free = self.beside.is_empty();
                if is_free {
                    self.beside.spawn(async move {
                        let _ = place::lock(address, time).await;
                    });
                }
                is_free
            }
            (Disturbance::Flip, _) => {
                // Refused while the tables are locked.
                let id = place::damage(&address, Damage::Body).await.ok().flatten();
                self.damaged.bodies.extend(id);
                id.is_some()
            }
            (Disturbance::Spoil, _) => {
                let id = place::damage(&address, Damage::Row).await.ok().flatten();
                self.damaged.rows.extend(id);
                id.is_some()
            }
            (Disturbance::Terminate, Some(server)) => server::terminate(&server).await.is_ok(),
            // Rarely: a server that recovers takes its time.
            (Disturbance::Restart, Some(server)) if self.random(8) == 0 => {
                server::restart(&server).await.unwrap_or_default()
            }
            _ => false,
        };
        self.count(disturbance, happened);
        Ok(())
    }

    fn count(&mut self, disturbance: Disturbance, happened: bool) {
        *self.done.entry(disturbance).or_default() += u32::from(happened);
    }

    /// Lets the processes go on whose time has come by then.
    fn let_go_on(&mut self, now: Instant) {
        self.stopped.retain(|(until, pid)| {
            let stays = *until > now;
            if !stays {
                signal(*pid, "CONT");
            }
            stays
        });
    }

    /// Tells the publisher how far to go, and reads what it says until it is there. It is given up at
    /// the moment of a kill; what it said and was not read then is read later.
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
        self.start_publisher()
    }

    async fn kill_worker(&mut self, which: usize) -> Result<()> {
        let pid = self.workers[which].id();
        self.workers[which].kill().await?;
        self.stopped.retain(|(_, stopped)| Some(*stopped) != pid);
        // Most begin as they should.
        let (arguments, disturbance): (&[&str], _) = match self.random(12) {
            0 => (&["worker", "--ahead", "60"], Some(Disturbance::Skew)),
            1 => (&["worker", "--ahead", "-60"], Some(Disturbance::Skew)),
            2 => (&["worker", "--ahead", "86400", "--hangs"], Some(Disturbance::DayAhead)),
            3 if self.place.is_sqlite() => (&["worker", "--full"], Some(Disturbance::Full)),
            _ => (&["worker"], None),
        };
        self.workers[which] = self.start(arguments, disturbance)?;
        if let Some(disturbance) = disturbance {
            self.count(disturbance, true);
        }
        Ok(())
    }

    fn start_publisher(&mut self) -> Result<()> {
        let mut child = self.start(&["publisher", &self.next.to_string()], None)?;
        let lines = child.stdout.take().ok_or("the publisher has no output")?;
        let goals = child.stdin.take().ok_or("the publisher has no input")?;
        self.publisher = Some(Publisher { child, goals, lines: BufReader::new(lines).lines() });
        Ok(())
    }

    fn start(&self, arguments: &[&str], disturbance: Option<Disturbance>) -> Result<Child> {
        let connection = match disturbance {
            Some(Disturbance::DayAhead) => self.unanswered()?,
            _ => self.connection.clone(),
        };
        let child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .env(CONNECTION, connection)
            .env(VARIABLE, &self.place.address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        Ok(child)
    }

    /// The connection string with an endpoint that never answers.
    fn unanswered(&self) -> Result<String> {
        let address = self.silence.local_addr()?;
        let parts = self.connection.split(';').map(|part| match part.strip_prefix("Endpoint=") {
            Some(_) => format!("Endpoint=sb://{address}/"),
            None => part.to_owned(),
        });
        Ok(parts.collect::<Vec<_>>().join(";"))
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

fn signal(pid: u32, name: &str) -> bool {
    let sent = std::process::Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .stderr(Stdio::null())
        .status();
    sent.is_ok_and(|it| it.success())
}
