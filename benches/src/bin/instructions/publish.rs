//! The instructions of one `publish_context`, with a transport that accepts at once and the store
//! in memory: everything that is ours between a context and the socket.

use std::error::Error;
use std::fmt;
use std::hint::black_box;

use pollster::block_on;
use xrm_body::{EncodeOptions, MessageFormat, decode, encode_with};
use xrm_context::RemoteExecutionContext;
use xrm_eventhub::rest::{Attempt, Event, Hub, Verdict};
use xrm_eventhub::sas::Token;
use xrm_eventhub::{Publisher, StatusCode, Transport};

use crate::{count, ratio, twice};

/// A Create of a record that a live server posted, 9.5 KB of JSON.
const CAPTURED: &[u8] = include_bytes!("../../../../fixtures/captured/005.json");

/// No key of anything: base64 of "not a key".
const CONNECTION: &str = "Endpoint=sb://contoso.servicebus.windows.net/;\
    SharedAccessKeyName=send;SharedAccessKey=bm90IGEga2V5;EntityPath=accounts";

/// Prints a row for each format.
pub(crate) fn print_table() -> Result<(), Box<dyn Error>> {
    println!("| instructions                | `publish_context` | encoding alone | ratio |");
    println!("|-----------------------------|------------------:|---------------:|------:|");
    for format in FORMATS {
        let publish = count(&Case { format, task: Task::Publish }.to_string())?;
        let encode = count(&Case { format, task: Task::Encode }.to_string())?;
        println!(
            "| {:<27} | {publish:>17} | {encode:>14} | {:>5.2} |",
            format!("captured create, {format}").to_lowercase(),
            ratio(publish, encode),
        );
    }
    Ok(())
}

/// Does the work of the case with this name, if there is one.
pub(crate) fn run(name: &str) -> bool {
    let case = Case::all().find(|it| it.to_string() == name);
    case.map(Case::run).is_some()
}

const FORMATS: [MessageFormat; 2] = [MessageFormat::Json, MessageFormat::Xml];

#[derive(Clone, Copy, Debug)]
enum Task {
    Publish,
    Encode,
}

#[derive(Clone, Copy)]
struct Case {
    format: MessageFormat,
    task: Task,
}

impl Case {
    fn all() -> impl Iterator<Item = Self> {
        let both = |format| [Task::Publish, Task::Encode].map(|task| Self { format, task });
        FORMATS.into_iter().flat_map(both)
    }

    fn run(self) {
        let context = decode(CAPTURED, MessageFormat::Json).expect("a captured body is one");
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
        write!(f, "captured create, {}, {:?}", self.format, self.task)
    }
}

/// Takes every event without looking at it.
struct Accepting;

impl Transport for Accepting {
    fn send<'a>(&'a self, _: &'a Hub, _: &'a Event, _: &'a Token) -> Attempt<'a> {
        Box::pin(async { Verdict::Accepted })
    }
}
