//! Whether work is found as fast among many jobs as among few.

use tempfile::TempDir;
use xrm_jobs::{SqliteDurability, SqliteOptions};

use crate::jobs::Jobs;
use crate::ours::Ours;
use crate::{median, micros};

const FEW: u32 = 1_000;
const ROUNDS: usize = 25;
const GROUP: u32 = 64;

pub fn run(many: u32) {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let mut few = fill(&folder, FEW);
    let mut many_jobs = fill(&folder, many);
    println!("| | among {FEW} jobs | among {many} jobs | ratio |");
    println!("|---|--:|--:|--:|");
    type Act = fn(&mut Ours) -> f64;
    let acts: [(&str, Act); 2] = [("claim 64", claim), ("look for jobs held back", look)];
    for (what, act) in acts {
        // The first rounds are to warm up.
        let rounds: Vec<_> =
            (0..ROUNDS + 2).map(|_| (act(&mut few), act(&mut many_jobs))).skip(2).collect();
        let of = |figure: fn(&(f64, f64)) -> f64| median(rounds.iter().map(figure).collect());
        let ratio = of(|(few, many)| many / few);
        println!("| {what} | {:.0} us | {:.0} us | {ratio:.2} |", of(|it| it.0), of(|it| it.1));
    }
}

/// A store with so many ready jobs, whose messages are small: it is the jobs that are many.
fn fill(folder: &TempDir, jobs: u32) -> Ours {
    let options = SqliteOptions::new().durability(SqliteDurability::ProcessCrash);
    let path = folder.path().join(format!("{jobs}.db"));
    let mut store = Ours::open(&path, &options, Jobs::with_body(*b"{}"));
    store.insert(jobs, FEW);
    store
}

/// Microseconds of a claim. The jobs are completed afterwards, and as many are stored.
fn claim(store: &mut Ours) -> f64 {
    let (claimed, taken) = micros(|| store.claim(GROUP));
    store.complete(claimed);
    store.insert(GROUP, GROUP);
    taken
}

fn look(store: &mut Ours) -> f64 {
    micros(|| store.look_for_held()).1
}
