//! The instructions per byte of writing and of reading a body.

use std::error::Error;
use std::fmt::{self, Debug};
use std::hint::black_box;

use xrm_benches::{Body, baseline};
use xrm_body::{EncodeOptions, MessageFormat, decode, encode_with};

use crate::{count, ratio, twice};

/// Prints a row for each body, task and format.
pub(crate) fn print_table() -> Result<(), Box<dyn Error>> {
    println!("| instructions per byte       |   bytes |  ours | baseline | ratio |");
    println!("|-----------------------------|--------:|------:|---------:|------:|");
    for (case, baseline) in Case::rows() {
        let bytes = case.body.encoded(case.format).len() as u64;
        let (ours, theirs) = (count(&case.to_string())?, count(&baseline.to_string())?);
        println!(
            "| {:<27} | {bytes:>7} | {:>5.2} | {:>8.2} | {:>5.2} |",
            case.row(),
            ratio(ours, bytes),
            ratio(theirs, bytes),
            ratio(theirs, ours),
        );
    }
    Ok(())
}

/// Does the work of the case with this name, if there is one.
pub(crate) fn run(name: &str) -> bool {
    let case = Case::all().find(|it| it.to_string() == name);
    case.map(Case::run).is_some()
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
