//! Jobs per second, as ratios of contenders that take turns at every single transaction.
//!
//! A disk that others use too is slow for seconds and fast for seconds. So the turns are short, and
//! what counts is the median of each contender's turns.

use tempfile::TempDir;
use xrm_jobs::{JobStore as _, SqliteJobStore, SqliteOptions};

use crate::append::Append;
use crate::bare::Bare;
use crate::jobs::Jobs;
use crate::median;
use crate::micros;
use crate::ours::Ours;

/// How many turns each contender has.
const SINGLES: u32 = 400;
const GROUPS: u32 = 120;

const GROUP: u32 = 64;

pub fn run() {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let path = |name: &str| folder.path().join(name);
    let open = |name: &str| Ours::open(&path(name), &SqliteOptions::new(), Jobs::new());
    let bare = pollster::block_on(SqliteJobStore::open(path("bare.db")));
    pollster::block_on(bare.expect("the file can be made").close()).expect("it can be closed");
    let mut bare = Bare::open(&path("bare.db"), Jobs::new());
    let mut append = Append::open(&path("append"), Jobs::new().body().clone());
    let (mut ours, mut tasks) = (open("ours.db"), open("tasks.db"));

    println!("| | jobs/s | beside | jobs/s | ratio |");
    println!("|---|--:|---|--:|--:|");
    let one = "store one by one";
    let rusqlite = "bare rusqlite";
    let turns = take_turns(SINGLES, || ours.insert(1, 1), || bare.insert(1, 1));
    turns.print(1, one, rusqlite);
    let turns = take_turns(SINGLES, || ours.insert(1, 1), || append.append(1));
    turns.print(1, one, "append and fdatasync");
    let turns = take_turns(GROUPS, || ours.insert(GROUP, GROUP), || bare.insert(GROUP, GROUP));
    turns.print(GROUP, "store in groups of 64", rusqlite);
    let turns = take_turns(GROUPS, || ours.work(GROUP, GROUP), || bare.work(GROUP, GROUP));
    turns.print(GROUP, "claim and complete 64", rusqlite);
    let by_tasks = || tasks.insert_side_by_side(GROUP, GROUP);
    let turns = take_turns(GROUPS / 8, by_tasks, || ours.insert(GROUP, 1));
    turns.print(GROUP, "store one by one, by 64 tasks", "by one task");
}

/// The microseconds of each turn.
struct Turns {
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

/// The first turns are to warm up.
fn take_turns(count: u32, mut ours: impl FnMut(), mut theirs: impl FnMut()) -> Turns {
    let turns = (0..count + 4).map(|_| (micros(&mut ours).1, micros(&mut theirs).1));
    let (ours, theirs) = turns.skip(4).unzip();
    Turns { ours, theirs }
}

impl Turns {
    fn print(self, jobs: u32, what: &str, beside: &str) {
        let per_second = |turns| f64::from(jobs) * 1e6 / median(turns);
        let (ours, theirs) = (per_second(self.ours), per_second(self.theirs));
        println!("| {what} | {ours:.0} | {beside} | {theirs:.0} | {:.2} |", ours / theirs);
    }
}
