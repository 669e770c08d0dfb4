//! The instructions of one `publish_context`, with a transport that accepts at once and the store
//! in memory: everything that is ours between a context and the socket.

use std::error::Error;
use std::fmt;
use std::hint::black_box;

use pollster::block_on;
use xrm_benches::{Body, nested_account_updates};
use xrm_body::{EncodeOptions, MessageFormat, decode, encode_with};
use xrm_context::RemoteExecutionContext;
use xrm_eventhub::rest::{Attempt, Event, Hub, Verdict};
use xrm_eventhub::sas::Token;
use xrm_eventhub::{Publisher, StatusCode, Transport};

use crate::{count, twice};

/// A Create of a record that a live server posted, 9.5 KB of JSON.
const CAPTURED: &[u8] = include_bytes!("../../../../fixtures/captured/005.json");

/// No key of anything: base64 of "not a key".
const CONNECTION: &str = "Endpoint=sb://contoso.servicebus.windows.net/;\
    SharedAccessKeyName=send;SharedAccessKey=bm90IGEga2V5;EntityPath=accounts";

/// What is published.
#[derive(Clone, Copy, Debug)]
enum Sample {
    /// An update of three columns: 2 KB of JSON, 5 KB of XML.
    Small,
    /// The captured Create: 9.5 KB of JSON, 18 KB of XML.
    Captured,
    /// An update of an account, with images: 12 KB of JSON, 27 KB of XML.
    Account,
    /// Updates of an account that caused each other: 150 KB, below the limit of the platform.
    Nested,
}

impl Sample {
    const ALL: [Self; 4] = [Self::Small, Self::Captured, Self::Account, Self::Nested];

    fn context(self, format: MessageFormat) -> RemoteExecutionContext {
        match self {
            Self::Small => Body::Small.context(),
            Self::Captured => {
                decode(CAPTURED, MessageFormat::Json).expect("a captured body is one")
            }
            Self::Account => Body::AccountUpdate.context(),
            Self::Nested if format == MessageFormat::Json => nested_account_updates(15),
            Self::Nested => nested_account_updates(6),
        }
    }
}

/// Prints a row for each context and format.
pub(crate) fn print_table() -> Result<(), Box<dyn Error>> {
    println!("| instructions   | `publish_context` | encoding alone | over 1.1 times that |");
    println!("|----------------|------------------:|---------------:|--------------------:|");
    for (sample, format) in samples() {
        let publish = count(&Case { sample, format, task: Task::Publish }.to_string())?;
        let encode = count(&Case { sample, format, task: Task::Encode }.to_string())?;
        println!(
            "| {:<14} | {publish:>17} | {encode:>14} | {:>19} |",
            format!("{sample:?}, {format}").to_lowercase(),
            publish.saturating_sub(encode + encode / 10),
        );
    }
    Ok(())
}

/// Does the work of the case with this name, if there is one.
pub(crate) fn run(name: &str) -> bool {
    let case = Case::all().find(|it| it.to_string() == name);
    case.map(Case::run).is_some()
}

fn samples() -> impl Iterator<Item = (Sample, MessageFormat)> {
    let formats = [MessageFormat::Json, MessageFormat::Xml];
    Sample::ALL.into_iter().flat_map(move |sample| formats.map(|format| (sample, format)))
}

#[derive(Clone, Copy, Debug)]
enum Task {
    Publish,
    Encode,
}

#[derive(Clone, Copy)]
struct Case {
    sample: Sample,
    format: MessageFormat,
    task: Task,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let tasks = [Task::Publish, Task::Encode];
        samples().flat_map(move |(sample, format)| tasks.map(|task| Self { sample, format, task }))
    }

    fn run(self) {
        let context = self.sample.context(self.format);
        match self.task {
            Task::Publish => self.publish(&context),
            Task::Encode => self.encode(&context),
        }
    }

    fn publish(self, context: &RemoteExecutionContext) {
        let connection = CONNECTION.parse().expect("the connection string is complete");
        let publisher = Publisher::builder(connection)
            .message_format(self.format)
            .transport(Accepting)
            .build()
            .expect("the connection string names a hub");
        twice(|| {
            let job = block_on(publisher.publish_context(black_box(context))).expect(RECORDS);
            assert_eq!(job.status(), StatusCode::Succeeded);
            job
        });
    }

    fn encode(self, context: &RemoteExecutionContext) {
        let options = EncodeOptions::new(self.format);
        let mut out = Vec::new();
        twice(|| {
            out.clear();
            encode_with(black_box(context), &options, &mut out).expect("it was read");
        });
    }
}

const RECORDS: &str = "the store in memory records every job";

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "publish {:?}, {}, {:?}", self.sample, self.format, self.task)
    }
}

/// Takes every event without looking at it.
struct Accepting;

impl Transport for Accepting {
    fn send<'a>(&'a self, _: &'a Hub, _: &'a Event, _: &'a Token) -> Attempt<'a> {
        Box::pin(async { Verdict::Accepted })
    }
}
