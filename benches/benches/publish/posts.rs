//! Contexts per second, as ratios of ways to post that take turns.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::contender::{Contender, Count, Encoded, Prepared, Published, PublishedMany, Serde};
use crate::median;
use crate::now;
use crate::sample::Sample;
use crate::server::{Scheme, Server, runtime};

const ROUNDS: usize = 5;

/// How long each contender runs in each round.
const TURN: Duration = Duration::from_millis(250);

pub fn run() {
    println!(
        "| body | | in flight | prepared | encode and reqwest | serde_json and reqwest | \
         `publish_context` | to encode and reqwest | to serde_json and reqwest | to prepared | \
         `publish_many` |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let runtime = runtime();
    for sample in Sample::all() {
        for scheme in [Scheme::Plain, Scheme::Tls] {
            let server = Server::start(scheme);
            let ways = Ways::new(&server, scheme, sample);
            for in_flight in [1, 16, 64] {
                let rates = ways.rates(&runtime, in_flight);
                println!("| {sample} | {scheme:?} | {in_flight} | {rates}");
            }
        }
    }
}

struct Ways {
    prepared: Prepared,
    encoded: Encoded,
    serde: Option<Serde>,
    published: Published,
    many: PublishedMany,
}

impl Ways {
    fn new(server: &Server, scheme: Scheme, sample: Sample) -> Self {
        Self {
            prepared: Prepared::new(server, scheme, sample),
            encoded: Encoded::new(server, scheme, sample),
            serde: Serde::new(server, scheme, sample),
            published: Published::new(server, scheme, sample),
            many: PublishedMany::new(server, scheme, sample),
        }
    }

    /// A row of the medians. The first round is to warm up.
    fn rates(&self, runtime: &Runtime, in_flight: usize) -> String {
        let round = |_| {
            [
                rate(runtime, in_flight, Some(&self.prepared)),
                rate(runtime, in_flight, Some(&self.encoded)),
                rate(runtime, in_flight, self.serde.as_ref()),
                rate(runtime, in_flight, Some(&self.published)),
                rate(runtime, in_flight, Some(&self.many)),
            ]
        };
        let rounds: Vec<[f64; 5]> = (0..=ROUNDS).map(round).skip(1).collect();
        let per_second = |way: usize| median(rounds.iter().map(|it| it[way]).collect());
        let to = |way: usize| median(rounds.iter().map(|it| it[3] / it[way]).collect());
        let has_serde = self.serde.is_some();
        let only_json = |text: String| if has_serde { text } else { String::new() };
        format!(
            "{:.0} | {:.0} | {} | {:.0} | {:.2} | {} | {:.2} | {:.0} |",
            per_second(0),
            per_second(1),
            only_json(format!("{:.0}", per_second(2))),
            per_second(3),
            to(1),
            only_json(format!("{:.2}", to(2))),
            to(0),
            per_second(4),
        )
    }
}

/// Contexts per second of a way to post, if there is one.
fn rate<C: Contender>(runtime: &Runtime, in_flight: usize, contender: Option<&C>) -> f64 {
    let Some(contender) = contender else { return f64::NAN };
    let posted = Arc::new(Count::default());
    let began = now();
    let tasks: Vec<_> = (0..in_flight)
        .map(|_| {
            let (contender, posted) = (contender.clone(), Arc::clone(&posted));
            runtime.spawn(async move {
                while began.elapsed() < TURN {
                    posted.add(contender.post().await);
                }
            })
        })
        .collect();
    for task in tasks {
        runtime.block_on(task).expect("every post is accepted");
    }
    let posted = u32::try_from(posted.get()).expect("a turn is short");
    f64::from(posted) / began.elapsed().as_secs_f64()
}
