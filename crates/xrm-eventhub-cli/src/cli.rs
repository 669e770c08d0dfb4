//! The command line: what can be asked for, and how it is explained.

/// How a job store is named, for the help of the commands that take one.
macro_rules! stores {
    () => {
        "\
Stores:
  sqlite:PATH        a file of SQLite
  postgres:VARIABLE  a PostgreSQL database whose connection string is in this environment variable

"
    };
}

mod add;
mod body;
mod hub;
mod jobs;
mod registration;
mod trigger;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use xrm_eventhub::MessageFormat;

use crate::local::events::HubUrl;
use crate::terminal::time::unix_time;
pub(crate) use add::{AddEndpoint, AddStep};
pub(crate) use body::{Body, Convert, Reading, ShowBodies};
pub(crate) use hub::{
    CreateHub, DeleteHub, Hub, OnePublisher, Publisher, RevokedPublishers, Right, ShowHub,
};
pub(crate) use jobs::{
    ChangeJobs, CountJobs, ExportJobs, Filter, GroupJobs, ImportJobs, Jobs, ListJobs, PostponeJobs,
    PurgeJobs, RunJobs, ShowJob, Target, Which,
};
pub(crate) use registration::{
    CheckRegistration, DiffRegistrations, DocumentFormat, DocumentKind, ExplainRegistration,
    ExportRegistration, ImportRegistration, Messages, Registration, ShowRegistration,
};
pub(crate) use trigger::{Tasks, Trigger};

/// How many partitions a local hub has unless told otherwise.
const PARTITIONS: u32 = 4;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  tried without success: a job is not Succeeded, is not there, or can't be changed as
     asked; a token or a registration is wrong; an event hub was not created, shown or
     deleted, a publisher not revoked or restored; an endpoint can't be reached or listened
     on; a job store fails; the output can't be written
  2  something that was given can't be used: the arguments, the environment, an input

Secrets are never arguments; they are read from the environment, and a token from a file or
from standard input.";

/// Publish Dynamics 365 / Dataverse execution contexts to Azure Event Hubs.
#[derive(Debug, Parser)]
#[command(name = "xrm-eventhub", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Convert message bodies from one format to the other.
    #[command(subcommand)]
    Body(Body),
    Publish(Publish),
    Trigger(Trigger),
    Tasks(Tasks),
    /// Create, describe, list and delete event hubs, and revoke their publishers.
    #[command(subcommand)]
    Hub(Hub),
    /// Look after the system jobs of a store.
    #[command(subcommand)]
    Jobs(Box<Jobs>),
    /// Run a local Event Hubs endpoint, and look into one.
    #[command(subcommand)]
    Local(Local),
    /// Make documents of registrations, and look into them: service endpoints, steps and images.
    #[command(subcommand)]
    Registration(Registration),
    /// Work with shared access signatures.
    #[command(subcommand)]
    Sas(Sas),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Local {
    Serve(Serve),
    Events(Events),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sas {
    Sign(Sign),
    Explain(Explain),
}

/// Publish message bodies to an event hub, each as a system job.
///
/// They go to the hub that the connection string names, one after the other. Standard output gets
/// one JSON line per job: its `id`, `name`, `statecode`, `statuscode`, `message` and
/// `cause`; the last two are null when the job has Succeeded. What to check about a job that has
/// not is told on standard error. Each job is attempted once; with --store, jobs are kept there, and
/// `jobs run` makes the other attempts.
///
/// An input that can't be read is reported with its name, the offset, the path inside the body, and
/// the reason. The others are published all the same.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Environment:
  EVENTHUB_CONNECTION_STRING  the connection string of the event hub, with its EntityPath

",
    stores!(),
    "\
Exit codes:
  0  every job is Succeeded or, with --store, left to `jobs run`
  1  a job is neither, or could not be stored
  2  an input, the connection string or the store can't be used, whatever the jobs are"
))]
pub(crate) struct Publish {
    /// The format in which bodies are published.
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = format_parser())]
    pub(crate) format: MessageFormat,
    /// Keep the jobs in this store, which is made if there is none: sqlite:PATH or
    /// postgres:VARIABLE.
    #[arg(long = "store", value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Store the jobs and leave every attempt to `jobs run`.
    #[arg(long, requires = "store")]
    pub(crate) enqueue: bool,
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
    /// The files to read, of either format; `-` is standard input, and so is no file at all.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) files: Vec<PathBuf>,
}

/// Whose jobs, and in which order.
#[derive(Args, Debug)]
pub(crate) struct Endpoint {
    /// The name of the service endpoint, by which a store knows its jobs [default: the hub's name].
    #[arg(long = "endpoint", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Keep the messages about one record in order, with the record's id for their partition key.
    #[arg(long)]
    pub(crate) in_order: bool,
}

/// Serve event hubs on this machine, until Ctrl-C or SIGTERM.
///
/// Requests are checked and answered as by Azure, and events are kept in memory. Standard output
/// gets exactly one line, the connection string of the first hub, whose key is made anew each time.
/// Its policy is the namespace's and may manage it: `hub create` works with it, and every hub takes
/// its key. All else goes to standard error.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The loopback address to listen on, such as 127.0.0.1:5123; port 0 finds a free one.
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(crate) http: SocketAddr,
    /// A hub, and how many partitions it has (1 to 1024, by default 4); may be given more than
    /// once.
    #[arg(long = "hub", value_name = "NAME[:PARTITIONS]", required = true)]
    pub(crate) hubs: Vec<LocalHub>,
    /// The name of the shared access policy [default: RootManageSharedAccessKey].
    #[arg(long, value_name = "NAME")]
    pub(crate) key_name: Option<String>,
}

/// Print the events that a hub of a local endpoint holds, one JSON line per event.
///
/// They stand in the order in which they came, each with `partition`, `sequence`, `offset`,
/// `enqueued_time`, `content_type`,
/// `partition_key`, `properties`, `body_base64`.
///
/// With --flat, the line of an event is that of the context in it, as from `body show`: what changed,
/// before and after.
#[derive(Args, Debug)]
pub(crate) struct Events {
    /// The hub: the endpoint's address and the hub's name.
    #[arg(value_name = "http://ADDR/HUB")]
    pub(crate) hub: HubUrl,
    /// Read the contexts, and print what changed.
    #[arg(long)]
    pub(crate) flat: bool,
}

/// Sign a token and print it.
///
/// It is printed as it stands in an Authorization header:
/// `SharedAccessSignature sr=...&sig=...&se=...&skn=...`.
#[derive(Args, Debug)]
#[command(after_help = "\
Environment:
  EVENTHUB_SHARED_ACCESS_KEY  the key of the policy, or a connection string that holds it")]
pub(crate) struct Sign {
    /// What the token opens, such as https://contoso.servicebus.windows.net/orders; it is signed as
    /// written.
    #[arg(long)]
    pub(crate) uri: String,
    /// The name of the shared access policy.
    #[arg(long, value_name = "NAME")]
    pub(crate) key_name: String,
    /// When the token expires, in seconds since the Unix epoch.
    #[arg(long, value_name = "UNIX", value_parser = unix_time)]
    pub(crate) expiry: DateTime<Utc>,
}

/// Say in plain words what is wrong with a token.
///
/// Standard output gets a line for each finding, in the order in which to mend them:
/// `error[expired]: the token expired ...`, or `warning[...]` for what is only doubtful; nothing if
/// nothing was found. The word in brackets stays the same from version to version. No line holds a
/// key or a signature.
#[derive(Args, Debug)]
#[command(after_help = "\
Environment:
  EVENTHUB_SHARED_ACCESS_KEY  the key that should have signed the token, or a connection string
                              that holds it; without it, the signature is looked at but not
                              checked

Exit codes:
  0  no error was found
  1  the token is wrong
  2  the token can't be read, or the key can't be used")]
pub(crate) struct Explain {
    /// What the token is used for, such as
    /// https://contoso.servicebus.windows.net/orders/messages.
    #[arg(long)]
    pub(crate) uri: String,
    /// The name of the shared access policy that should have signed it.
    #[arg(long, value_name = "NAME")]
    pub(crate) key_name: Option<String>,
    /// When it is used, in seconds since the Unix epoch [default: now].
    #[arg(long, value_name = "UNIX", value_parser = unix_time)]
    pub(crate) now: Option<DateTime<Utc>>,
    /// The file that holds the token; `-` is standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) token: PathBuf,
}

/// A hub to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalHub {
    pub(crate) name: String,
    pub(crate) partitions: u32,
}

impl FromStr for LocalHub {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, partitions) = match text.split_once(':') {
            None => (text, PARTITIONS),
            Some((name, count)) => {
                (name, count.parse().map_err(|_| "the number of partitions is not a number")?)
            }
        };
        Ok(Self { name: name.to_owned(), partitions })
    }
}

/// An address and a port. The usual name of this machine's own stands for it.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let address = numeric.as_deref().unwrap_or(text).parse();
    address.map_err(|_| "an address is told with its port, as in 127.0.0.1:5123")
}

fn format_parser() -> impl TypedValueParser<Value = MessageFormat> {
    PossibleValuesParser::new(["json", "xml"])
        .map(|name| name.parse().expect("the possible values are names of formats"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Cli, LocalHub, address};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_address_has_a_port() {
        assert_eq!(address("localhost:5123"), address("127.0.0.1:5123"));
        assert_eq!(address("[::1]:0").map(|it| it.port()), Ok(0));
        for wrong in ["5123", "localhost", "127.0.0.1", "127.0.0.1:80000", "contoso.example:5123"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_hub_may_tell_its_partitions() {
        let hub = |name: &str, partitions| Ok(LocalHub { name: name.to_owned(), partitions });
        assert_eq!("orders".parse(), hub("orders", 4));
        assert_eq!("orders:32".parse(), hub("orders", 32));
        assert!("orders:".parse::<LocalHub>().is_err());
        assert!("orders:many".parse::<LocalHub>().is_err());
        assert!("orders:1:2".parse::<LocalHub>().is_err());
    }
}
