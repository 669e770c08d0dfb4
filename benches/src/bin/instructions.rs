//! Counts the instructions that it takes to write and to read a body, ours beside the baseline.
//!
//! Run without arguments, it runs itself under valgrind's callgrind for each row and side. Such a
//! run does its work twice and counts the second time alone: the buffer has its room then, and
//! what is made on first use is there. Counts are those of one build: neither the machine's load
//! nor its speed changes them.

use std::env;
use std::error::Error;
use std::fmt::{self, Debug};
use std::hint::black_box;
use std::process::Command;

use xrm_benches::{Body, baseline};
use xrm_body::{EncodeOptions, MessageFormat, decode, encode_with};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => print_table(),
        [case] => {
            let case = Case::all().find(|known| known.to_string() == *case);
            case.ok_or("there is no such case")?.run();
            Ok(())
        }
        _ => Err("at most one argument: a case".into()),
    }
}

fn print_table() -> Result<(), Box<dyn Error>> {
    println!("| instructions per byte       |   bytes |  ours | baseline | ratio |");
    println!("|-----------------------------|--------:|------:|---------:|------:|");
    for (case, baseline) in Case::rows() {
        let bytes = case.body.encoded(case.format).len();
        let (ours, theirs) = (count(case)?, count(baseline)?);
        println!(
            "| {:<27} | {bytes:>7} | {:>5.2} | {:>8.2} | {:>5.2} |",
            case.row(),
            per_byte(ours, bytes),
            per_byte(theirs, bytes),
            per_byte(theirs, 1) / per_byte(ours, 1),
        );
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "both numbers are far below 2^52")]
fn per_byte(instructions: u64, bytes: usize) -> f64 {
    instructions as f64 / bytes as f64
}

/// Runs a case under callgrind, which says `Collected : 12345` at the end.
fn count(case: Case) -> Result<u64, Box<dyn Error>> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*measured*"])
        .arg("--callgrind-out-file=/dev/null")
        .arg(env::current_exe()?)
        .arg(case.to_string())
        .output()
        .map_err(|error| format!("valgrind does not run: {error}"))?;
    let told = String::from_utf8_lossy(&run.stderr);
    let collected = told.lines().find_map(|line| line.split_once("Collected :"));
    match collected {
        Some((_, count)) if run.status.success() => Ok(count.trim().parse()?),
        _ => Err(format!("{case} failed under valgrind:\n{told}").into()),
    }
}

/// The instructions of this function are counted.
#[inline(never)]
fn measured<T>(work: &mut impl FnMut() -> T) -> T {
    black_box(work())
}

/// Does the work once to warm up and once to be counted. What it gives is freed uncounted.
fn twice<T>(mut work: impl FnMut() -> T) {
    drop(work());
    drop(measured(&mut work));
}

#[derive(Clone, Copy)]
struct Case {
    body: Body,
    task: Task,
    format: MessageFormat,
    side: Side,
}

#[derive(Clone, Copy, Debug)]
enum Task {
    Encode,
    Decode,
}

#[derive(Clone, Copy, Debug)]
enum Side {
    Ours,
    SerdeJson,
    QuickXml,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        Self::rows().flat_map(|(ours, baseline)| [ours, baseline])
    }

    /// Ours and the baseline, for each body, task and format.
    fn rows() -> impl Iterator<Item = (Self, Self)> {
        const FORMATS: [(MessageFormat, Side); 2] =
            [(MessageFormat::Json, Side::SerdeJson), (MessageFormat::Xml, Side::QuickXml)];
        Body::ALL.into_iter().flat_map(|body| {
            [Task::Encode, Task::Decode].into_iter().flat_map(move |task| {
                FORMATS.into_iter().map(move |(format, baseline)| {
                    let ours = Self { body, task, format, side: Side::Ours };
                    (ours, Self { side: baseline, ..ours })
                })
            })
        })
    }

    /// What both sides do.
    fn row(self) -> String {
        format!("{}, {:?} {:?}", self.body, self.task, self.format).to_lowercase()
    }

    fn run(self) {
        match self.task {
            Task::Encode => self.encode(),
            Task::Decode => self.decode(),
        }
    }

    fn encode(self) {
        let bytes = self.body.encoded(self.format);
        let mut out = Vec::new();
        match self.side {
            Side::Ours => {
                let context = self.body.context();
                let options = EncodeOptions::new(self.format);
                twice(|| {
                    out.clear();
                    encode_with(black_box(&context), &options, &mut out).expect(WRITES);
                });
            }
            Side::SerdeJson => {
                let context = baseline::json::decode(&bytes).expect(READS);
                twice(|| {
                    out.clear();
                    baseline::json::encode(black_box(&context), &mut out).expect(WRITES);
                });
            }
            Side::QuickXml => {
                let context = baseline::xml::decode(&bytes).expect(READS);
                twice(|| {
                    out.clear();
                    baseline::xml::encode(black_box(&context), &mut out).expect(WRITES);
                });
            }
        }
    }

    fn decode(self) {
        let bytes = self.body.encoded(self.format);
        let bytes = bytes.as_slice();
        match self.side {
            Side::Ours => twice(|| decode(black_box(bytes), self.format).expect(READS)),
            Side::SerdeJson => twice(|| baseline::json::decode(black_box(bytes)).expect(READS)),
            Side::QuickXml => twice(|| baseline::xml::decode(black_box(bytes)).expect(READS)),
        }
    }
}

const READS: &str = "both sides read our bodies";
const WRITES: &str = "both sides write these contexts";

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {:?}", self.row(), self.side)
    }
}
