//! Four `listen` processes share a hub through a store, are killed and lose their connections, and together
//! print every event.
//!
//! `cargo test` runs the short form. `--events`, `--kills`, `--cuts` and `--seed` change it; `.ci/long` has
//! the long one.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its verdict is for people")]

mod crew;
mod proxy;
mod verdict;

use std::process::ExitCode;

use crate::crew::Crew;
use crate::proxy::Proxy;
use crate::verdict::Verdict;

/// How large the test is.
#[derive(Clone, Copy, Debug)]
struct Size {
    events: usize,
    kills: usize,
    /// How many of the connections are cut, in percent.
    cuts: u64,
    seed: u64,
}

impl Size {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut size = Self { events: 1_500, kills: 4, cuts: 25, seed: 1 };
        let mut arguments = arguments;
        while let Some(name) = arguments.next() {
            let mut number = || {
                let text = arguments.next().unwrap_or_default();
                text.parse::<u64>().map_err(|error| format!("{name} {text}: {error}"))
            };
            match &*name {
                "--events" => size.events = number()? as usize,
                "--kills" => size.kills = number()? as usize,
                "--cuts" => size.cuts = number()?,
                "--seed" => size.seed = number()?,
                // What cargo and its like give to every test binary.
                _ if name.starts_with("--") => {}
                // The name of another test.
                _ => return Err(String::new()),
            }
        }
        Ok(size)
    }
}

fn main() -> ExitCode {
    let size = match Size::parse(std::env::args().skip(1)) {
        Ok(size) => size,
        Err(error) if error.is_empty() => return ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let verdict = runtime.expect("a runtime can be started").block_on(run(size));
    println!("{verdict}");
    if verdict.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(size: Size) -> Verdict {
    let hub = crew::serve(size.events).await;
    let proxy =
        Proxy::start(hub.amqp_address().expect("it serves AMQP"), size.cuts, size.seed).await;
    let mut crew = Crew::start(&proxy.connection(&hub), 4);
    let mut random = proxy::Random::new(size.seed);
    // Sent while they listen: some events are there when a partition is taken over, others come later.
    let sending = crew::send(&hub, size.events);
    let killing = async {
        for kill in 1..=size.kills {
            // Spread over the events, so that each kill meets a listener at work.
            crew.printed(size.events * kill / (size.kills + 1)).await;
            crew.kill(random.below(4) as usize);
        }
        crew.printed(size.events).await;
    };
    tokio::join!(sending, killing);
    let cut = proxy.cut();
    Verdict::of(size, cut, &crew.end())
}
