//! Events per second, as ratios of ways to send that take turns.

use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use xrm_benches::Body;

use crate::contender::{BareBatch, BareSingle, Batched, Contender, Single};
use crate::server::{Scheme, Server, runtime};

const ROUNDS: usize = 15;

/// How long each contender runs in each round.
const TURN: Duration = Duration::from_millis(200);

pub fn run() -> ExitCode {
    let runtime = runtime();
    println!(
        "| body | | in flight | bare reqwest | `Client::send` | to bare | bare batches | \
         batches of 64 | to bare batches | to `Client::send` |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for body in [Body::Small, Body::AccountUpdate] {
        for scheme in [Scheme::Plain, Scheme::Tls] {
            compare(&runtime, scheme, body);
        }
    }
    ExitCode::SUCCESS
}

fn compare(runtime: &Runtime, scheme: Scheme, body: Body) {
    let server = Server::start(scheme);
    let ways = Ways {
        bare: BareSingle::new(&server, scheme, body),
        single: Single::new(&server, scheme, body),
        bare_batch: BareBatch::new(&server, scheme, body),
        batched: Batched::new(&server, scheme, body),
    };
    for in_flight in [1, 16, 64] {
        let rounds = Rounds::take(runtime, in_flight, &ways);
        println!("| {body} | {scheme:?} | {in_flight} | {rounds}");
    }
}

struct Ways {
    bare: BareSingle,
    single: Single,
    bare_batch: BareBatch,
    batched: Batched,
}

/// Events per second of the ways to send in one round.
struct Round {
    bare: f64,
    single: f64,
    bare_batch: f64,
    batched: f64,
}

struct Rounds(Vec<Round>);

impl Rounds {
    /// The first round is to warm up.
    fn take(runtime: &Runtime, in_flight: usize, ways: &Ways) -> Self {
        let round = |_| Round {
            bare: events_per_second(runtime, in_flight, &ways.bare),
            single: events_per_second(runtime, in_flight, &ways.single),
            bare_batch: events_per_second(runtime, in_flight, &ways.bare_batch),
            batched: events_per_second(runtime, in_flight, &ways.batched),
        };
        Self((0..=ROUNDS).map(round).skip(1).collect())
    }

    fn median(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        let mut figures: Vec<_> = self.0.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    }
}

impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = self.median(|it| it.bare);
        let single = self.median(|it| it.single);
        let to_bare = self.median(|it| it.single / it.bare);
        let bare_batch = self.median(|it| it.bare_batch);
        let batched = self.median(|it| it.batched);
        let to_bare_batch = self.median(|it| it.batched / it.bare_batch);
        let to_single = self.median(|it| it.batched / it.single);
        write!(
            f,
            "{bare:.0} | {single:.0} | {to_bare:.2} | {bare_batch:.0} | {batched:.0} | \
             {to_bare_batch:.2} | {to_single:.1} |"
        )
    }
}

fn events_per_second<C: Contender>(runtime: &Runtime, in_flight: usize, contender: &C) -> f64 {
    let sent = Arc::new(AtomicUsize::new(0));
    let began = now();
    let lanes: Vec<_> = (0..in_flight)
        .map(|_| {
            let (contender, sent) = (contender.clone(), Arc::clone(&sent));
            runtime.spawn(async move {
                while began.elapsed() < TURN {
                    contender.send().await;
                    sent.fetch_add(C::EVENTS, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for lane in lanes {
        runtime.block_on(lane).expect("every send is accepted");
    }
    let sent = u32::try_from(sent.load(Ordering::Relaxed)).expect("a turn is short");
    f64::from(sent) / began.elapsed().as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is there to read the clock")]
fn now() -> Instant {
    Instant::now()
}
