//! Jobs per second, as ratios of contenders that take turns.

use tokio::runtime::Runtime;

use crate::bare::Bare;
use crate::jobs::Jobs;
use crate::ours::Ours;
use crate::{median, per_second};

const ROUNDS: usize = 7;

/// How many jobs a contender handles in a turn, one by one or in groups.
const SINGLES: u32 = 512;
const GROUPED: u32 = 4096;

const GROUP: u32 = 64;
const WORKERS: u32 = 4;

pub fn run(server: &str) {
    let runtime = Runtime::new().expect("a runtime can be made");
    print(&runtime.block_on(rounds(server)));
}

async fn rounds(server: &str) -> Vec<Round> {
    // The store makes the tables for both.
    drop(Ours::open(server, "bare", Jobs::new()).await);
    let mut bare = Bare::open(server, "bare", WORKERS, Jobs::new()).await;
    let mut ours = Ours::open(server, "ours", Jobs::new()).await;
    let mut rounds = Vec::new();
    for _ in 0..=ROUNDS {
        rounds.push(Round {
            bare_single: per_second(SINGLES, bare.insert(SINGLES, 1)).await,
            single: per_second(SINGLES, ours.insert(SINGLES, WORKERS, 1)).await,
            bare_group: per_second(GROUPED, bare.insert(GROUPED, GROUP)).await,
            group: per_second(GROUPED, ours.insert(GROUPED, WORKERS, GROUP)).await,
            bare_work: per_second(GROUPED, bare.work(GROUPED, GROUP)).await,
            work: per_second(GROUPED, ours.work(GROUPED, WORKERS, GROUP)).await,
        });
    }
    // The first round is to warm up.
    rounds.split_off(1)
}

/// Jobs per second of each contender.
struct Round {
    bare_single: f64,
    single: f64,
    bare_group: f64,
    group: f64,
    bare_work: f64,
    work: f64,
}

fn print(rounds: &[Round]) {
    println!("| | jobs/s | bare tokio-postgres | ratio |");
    println!("|---|--:|--:|--:|");
    let row = |what: &str, ours: fn(&Round) -> f64, bare: fn(&Round) -> f64| {
        let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
        let ratio = median(rounds.iter().map(|it| ours(it) / bare(it)).collect());
        println!("| {what} | {:.0} | {:.0} | {ratio:.2} |", of(ours), of(bare));
    };
    row("store one by one", |it| it.single, |it| it.bare_single);
    row("store in groups of 64", |it| it.group, |it| it.bare_group);
    row("claim and complete in groups of 64", |it| it.work, |it| it.bare_work);
}
