//! `publish`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use xrm_eventhub::{
    ConnectionString, MessageFormat, MessageOrder, Publisher, PublisherBuilder, StatusCode,
    SystemJob,
};

use crate::error::{Error, Exit, OrError as _, exit_codes};
use crate::given::client::{NetworkArgs, network};
use crate::given::environment;
use crate::given::environment::PlainHostArgs;
use crate::given::input::{self, ForceArgs, Input, format_parser};
use crate::given::store::{KeepArgs, exit_of, stores};
use crate::terminal::output;

/// Publish message bodies to an event hub, each as a system job.
///
/// They go to the hub that the connection string names, one after the other. Standard output gets
/// one JSON line per job: its `id`, `name`, `statecode`, `statuscode`, `message` and
/// `cause`; the last two are null when the job has Succeeded. Standard error says what to check about
/// a job that has not. Each job is attempted once; with --store, jobs are stored there, and
/// `jobs run` makes the other attempts.
///
/// An input that can't be read is reported with its name, the offset, the path inside the body, and
/// the reason, and so is one that is no execution context. The others are published all the same.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Environment:
  EVENTHUB_CONNECTION_STRING  the connection string of the event hub, with its EntityPath
",
    network!(),
    stores!(),
    exit_codes!(
        "every job is Succeeded or, with --store, left to `jobs run`",
        "a job is neither, or could not be stored",
        "an input, the connection string or the store is invalid, whatever the jobs are",
    )
))]
pub(crate) struct Publish {
    /// The format in which bodies are published.
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = format_parser())]
    format: MessageFormat,
    #[command(flatten)]
    keep: KeepArgs,
    #[command(flatten)]
    endpoint: EndpointArgs,
    #[command(flatten)]
    force: ForceArgs,
    #[command(flatten)]
    network: NetworkArgs,
    /// The files to read, of either format; reads standard input if a file is `-` or omitted.
    #[arg(value_name = "FILE", default_value = "-")]
    files: Vec<PathBuf>,
}

/// A service endpoint, and the order of its messages.
#[derive(Args, Debug)]
pub(crate) struct EndpointArgs {
    /// The name of the service endpoint, by which a store finds its jobs [default: the hub's name].
    #[arg(long = "endpoint", value_name = "NAME")]
    name: Option<String>,
    /// Keep the messages about one record in order, with the record's id as their partition key.
    #[arg(long)]
    in_order: bool,
    #[command(flatten)]
    plain_host: PlainHostArgs,
}

impl Publish {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let mut builder = Publisher::builder(self.endpoint.connection_string()?)
            .transport(self.network.client()?);
        if let Some(store) = self.keep.open().await? {
            builder = builder.job_store(store);
        }
        let publisher = self.endpoint.publisher(builder.message_format(self.format))?;
        let mut exit = Exit::Done;
        for path in &self.files {
            let published = match Input::read(path).and_then(|input| input.whole(&self.force)) {
                Ok(context) => {
                    // A note and no error: the data contract allows it, and so may the consumer.
                    if context.message_name.is_none() {
                        output::note(format_args!(
                            "{} has no MessageName, which every execution context has",
                            input::name(path)
                        ));
                    }
                    let job = match self.keep.enqueue {
                        true => publisher.enqueue_context(&context).await,
                        false => publisher.publish_context(&context).await,
                    };
                    report(&or_stopped(job)?, self.keep.is_stored())?
                }
                Err(error) => output::error(&error),
            };
            exit = exit.max(published);
        }
        Ok(exit)
    }
}

impl EndpointArgs {
    /// The connection string to publish with.
    pub(crate) fn connection_string(&self) -> Result<ConnectionString, Error> {
        self.plain_host.connection_string()
    }

    /// The publisher of this service endpoint.
    pub(crate) fn publisher(&self, mut builder: PublisherBuilder) -> Result<Publisher, Error> {
        // Files are bodies that others made: they are sent as they are.
        builder = builder.identify_contexts(false);
        if let Some(name) = &self.name {
            builder = builder.endpoint(name);
        }
        if self.in_order {
            builder = builder.message_order(MessageOrder::PerRecord);
        }
        match builder.build() {
            Err(xrm_eventhub::Error::Hub(error)) => Err(error).or_invalid(format_args!(
                "the connection string in {} can't be published to",
                environment::CONNECTION_STRING
            )),
            built => built.or_failed("there is nothing to publish with"),
        }
    }
}

/// The error of a job that could not be recorded. A post that fails is not one: it is in the job.
pub(crate) fn or_stopped<T>(done: Result<T, xrm_eventhub::Error>) -> Result<T, Error> {
    done.map_err(|error| {
        let exit = match &error {
            xrm_eventhub::Error::Jobs(error) => exit_of(error),
            _ => Exit::Failed,
        };
        Error::new(exit, "publishing had to stop").caused_by(&error)
    })
}

/// A job, as one line of output.
#[derive(Serialize)]
struct JobLine<'a> {
    id: String,
    name: &'a str,
    statecode: i32,
    statuscode: i32,
    message: Option<&'a str>,
    cause: Option<&'a str>,
}

/// Prints a job's line and, if somebody has to act, what to check. A stored job that is not completed
/// is left to a worker.
pub(crate) fn report(job: &SystemJob, is_stored: bool) -> Result<Exit, Error> {
    let (status, progress) = (job.status(), job.progress());
    // A struct and not `json!`, which would sort the keys.
    output::json(&JobLine {
        id: job.id().to_string(),
        name: &job.description().name,
        statecode: status.state().number(),
        statuscode: status.number(),
        message: progress.message.as_deref(),
        cause: progress.cause.as_ref().map(|it| it.id()),
    })?;
    if let Some(text) = &progress.friendly_message {
        output::note(format_args!("{}: {status}\n{text}", job.description().name));
    }
    // Without a store a job is in memory: one that waits for its next attempt is lost.
    let is_open = !status.state().is_completed();
    if is_open && !is_stored {
        output::note("the job ends with this command: run it again, or keep the job by --store");
    }
    let is_left = is_open && is_stored;
    Ok(if is_left || status == StatusCode::Succeeded { Exit::Done } else { Exit::Failed })
}
