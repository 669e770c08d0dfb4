//! `jobs`: what can be asked of a job store.

use std::path::PathBuf;

use chrono::TimeDelta;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, Subcommand};
use uuid::Uuid;
use xrm_jobs::{Cause, StatusCode};

use crate::terminal::time::{Moment, age};

const STORE: &str = concat!(
    stores!(),
    "\
Exit codes:
  0  done
  1  a job is not there, or what was asked for could not be done for each job; the store or the
     output failed
  2  something that was given can't be used: the arguments, the environment, an input"
);

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    List(ListJobs),
    Show(ShowJob),
    Groups(GroupJobs),
    Count(CountJobs),
    /// Call jobs off: at once or, while an attempt is under way, after it.
    #[command(after_help = STORE)]
    Cancel(ChangeJobs),
    /// Hold jobs back until they are resumed: at once or, while an attempt is under way, after it.
    #[command(after_help = STORE)]
    Pause(ChangeJobs),
    /// Let waiting jobs run as soon as a worker is free.
    #[command(after_help = STORE)]
    Resume(ChangeJobs),
    Postpone(PostponeJobs),
    Retry(RetryJobs),
    Export(ExportJobs),
    Import(ImportJobs),
    Purge(PurgeJobs),
    Run(RunJobs),
}

/// Where the jobs are.
#[derive(Args, Debug)]
pub(crate) struct Store {
    /// The job store: sqlite:PATH or postgres:VARIABLE.
    #[arg(long = "store", value_name = "URL")]
    pub(crate) url: String,
}

/// How results are printed.
#[derive(Args, Debug)]
#[command(next_help_heading = None::<&str>)]
pub(crate) struct Form {
    /// Print JSON for programs.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What time it is.
#[derive(Args, Debug)]
#[command(next_help_heading = None::<&str>)]
pub(crate) struct Now {
    /// Take this time for now, such as 2026-01-05T08:00:00Z [default: the clock's].
    #[arg(long, value_name = "TIME", value_parser = Moment::parse_time)]
    pub(crate) now: Option<chrono::DateTime<chrono::Utc>>,
}

/// Which jobs: those that have all of these.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Which jobs")]
pub(crate) struct Filter {
    /// In one of these statuses: waiting-for-resources, waiting, in-progress, pausing, canceling,
    /// succeeded, failed, canceled.
    #[arg(long, value_name = "STATUS,...", value_delimiter = ',', value_parser = status)]
    pub(crate) status: Vec<StatusCode>,
    /// Of this service endpoint.
    #[arg(long, value_name = "NAME")]
    pub(crate) endpoint: Option<String>,
    /// Of this step.
    #[arg(long, value_name = "GUID")]
    pub(crate) step: Option<Uuid>,
    /// About records of this table.
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// Posting this message, such as Update.
    #[arg(long, value_name = "NAME")]
    pub(crate) message: Option<String>,
    /// Of this partition key.
    #[arg(long, value_name = "KEY")]
    pub(crate) partition_key: Option<String>,
    /// Stopped or held back by one of these, such as wrong_key.
    #[arg(long, value_name = "CAUSE,...", value_delimiter = ',', value_parser = cause_parser(),
        hide_possible_values = true)]
    pub(crate) cause: Vec<Cause>,
    /// Created at this time or later: 2026-01-05T08:00:00Z, or 90m, 12h, 7d ago.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,
    /// Created before this time, told like --since.
    #[arg(long, value_name = "TIME")]
    pub(crate) before: Option<Moment>,
}

/// Which jobs, by their ids or by a filter.
#[derive(Args, Debug)]
pub(crate) struct Which {
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// The jobs of these ids, whatever else they are.
    #[arg(
        long = "id",
        value_name = "GUID,...",
        value_delimiter = ',',
        conflicts_with = "Filter",
        help_heading = "Which jobs"
    )]
    pub(crate) ids: Vec<Uuid>,
}

/// Which jobs to change. All of them only if that is said.
#[derive(Args, Debug)]
pub(crate) struct Target {
    #[command(flatten)]
    pub(crate) which: Which,
    /// All jobs of the store.
    #[arg(long, conflicts_with_all = ["Filter", "ids"], help_heading = "Which jobs")]
    pub(crate) all: bool,
}

/// List jobs, the oldest first.
///
/// With --json, each line is a job as a row of the platform's asyncoperation table, in the JSON of
/// its Web API.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct ListJobs {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) now: Now,
    /// How many jobs at most [default: 100; with --json, all].
    #[arg(long, value_name = "COUNT", help_heading = None::<&str>)]
    pub(crate) limit: Option<usize>,
}

/// Tell all about a job: what happened to it, what to check, its attempts, when the next one is.
///
/// With --json, it is the line that `jobs list` has for it.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct ShowJob {
    #[command(flatten)]
    pub(crate) store: Store,
    /// The job's id.
    #[arg(value_name = "GUID")]
    pub(crate) id: Uuid,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) now: Now,
}

/// Tell which failures there are: Failed and Waiting jobs by cause, endpoint and message.
///
/// In the message, <id>, <n>, <time> and <address> stand for what differs from job to job. With
/// --json, each line is a group: `cause`, `endpoint`, `message`, `count`, `failed`, `waiting`,
/// `first`, `last`, `example`.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct GroupJobs {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) filter: Filter,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) now: Now,
}

/// Count jobs by their status.
///
/// With --json, each line is a status: `statecode`, `statuscode`, `status`, `count`.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct CountJobs {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) filter: Filter,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// What to change.
#[derive(Args, Debug)]
pub(crate) struct ChangeJobs {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Put the next attempt of jobs off until a given time.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct PostponeJobs {
    #[command(flatten)]
    pub(crate) change: ChangeJobs,
    /// Until when: 2026-01-05T08:00:00Z, or 90m, 12h, 7d from now.
    #[arg(long, value_name = "TIME", help_heading = None::<&str>)]
    pub(crate) until: Moment,
}

/// Have jobs tried again: resume those that wait, send the messages of those that failed again.
///
/// A Failed or Canceled job stays as it is; a new one sends its message, with the same message id.
/// What was sent again before is not sent once more. Unless --status or --id say otherwise, these
/// are Waiting and Failed jobs. A job whose message was dropped can't be sent again.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct RetryJobs {
    #[command(flatten)]
    pub(crate) change: ChangeJobs,
}

/// Write Failed and Canceled jobs with their messages to a file, as lines of JSON.
///
/// They stay in the store. Messages are business data: keep the file as you would keep that.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct ExportJobs {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) which: Which,
    /// The file to write, replaced as a whole or not at all. By default, standard output, which
    /// `-` is too.
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
}

/// Put exported jobs into a store, in the statuses that they have; `jobs retry` sends them.
///
/// A job whose id the store has already is skipped, so what was imported in part can be imported
/// again. A store of SQLite is made if there is none.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct ImportJobs {
    #[command(flatten)]
    pub(crate) store: Store,
    /// The file to read; `-` is standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) input: PathBuf,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Delete completed jobs of some age, counted from their completion.
///
/// Ages are told as 90m, 12h, 7d; 0s means whatever is completed.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
#[command(group = ArgGroup::new("ages").required(true).multiple(true))]
pub(crate) struct PurgeJobs {
    #[command(flatten)]
    pub(crate) store: Store,
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Delete what is older, in any completed status for which nothing else is told.
    #[arg(long, value_name = "AGE", value_parser = age, group = "ages")]
    pub(crate) older_than: Option<TimeDelta>,
    /// Delete Succeeded jobs that are older.
    #[arg(long, value_name = "AGE", value_parser = age, group = "ages")]
    pub(crate) succeeded: Option<TimeDelta>,
    /// Delete Failed jobs that are older.
    #[arg(long, value_name = "AGE", value_parser = age, group = "ages")]
    pub(crate) failed: Option<TimeDelta>,
    /// Delete Canceled jobs that are older.
    #[arg(long, value_name = "AGE", value_parser = age, group = "ages")]
    pub(crate) canceled: Option<TimeDelta>,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// Statuses go by their labels, as in `waiting-for-resources`.
fn status(name: &str) -> Result<StatusCode, String> {
    let of = |status: StatusCode| status.label().to_lowercase().replace(' ', "-");
    let named = StatusCode::ALL.iter().copied().find(|it| of(*it) == name);
    named.ok_or_else(|| {
        let names: Vec<_> = StatusCode::ALL.iter().map(|it| of(*it)).collect();
        format!("a status is one of {}", names.join(", "))
    })
}

fn cause_parser() -> impl TypedValueParser<Value = Cause> {
    PossibleValuesParser::new(Cause::ALL.iter().map(|it| it.id()))
        .map(|id| id.parse().expect("the possible values are ids of causes"))
}

/// Work on the jobs of a service endpoint, or of all those of a registration, until Ctrl-C or
/// SIGTERM.
///
/// A store is made if there is none. Attempts are made when they are due: those of jobs that were
/// stored and those that follow a failed one. Any number of these may work on one store. While the
/// store fails, standard error says so, and it is waited for. Asked to end, it waits for the attempts
/// under way. Standard output gets one JSON line then: how many attempts `succeeded`, are to be
/// followed by another one (`waiting`), were `suspended` for refused credentials, `failed` for
/// good, or were `interrupted`.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Environment:
  EVENTHUB_CONNECTION_STRING  the connection string of the event hub, with its EntityPath;
                              with --registration, the variables that its endpoints name
                              instead, each with a key or a connection string

",
    stores!(),
    "\
Exit codes:
  0  it was asked to end, or all was done
  1  the store failed when it was looked into first
  2  something that was given can't be used: the arguments, the environment"
))]
pub(crate) struct RunJobs {
    #[command(flatten)]
    pub(crate) store: Store,
    /// Work for every endpoint of this registration's document, in TOML or JSON.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "in_order"])]
    pub(crate) registration: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) endpoint: super::Endpoint,
    /// How many requests are under way at once.
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) requests: u16,
    /// Send each message in a request of its own, with its content type, and none in batches.
    #[arg(long)]
    pub(crate) no_batches: bool,
    /// End when every job of the endpoint, or of all of them, is completed, too.
    #[arg(long)]
    pub(crate) until_done: bool,
}
