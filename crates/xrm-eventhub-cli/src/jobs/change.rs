//! `jobs cancel`, `jobs pause`, `jobs resume`, `jobs release`, `jobs postpone` and `jobs retry`

use clap::Args;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use xrm_jobs::operations::{self, BulkChange, Report, Selection};
use xrm_jobs::{Move, StatusCode, SystemJob};

use crate::error::{Error, Exit};
use crate::jobs::arguments::{JobsArgs, STORE, TargetArgs};
use crate::machine;
use crate::terminal::output;
use crate::terminal::progress::ProgressLine;
use crate::terminal::table::Table;
use crate::terminal::time::Moment;

/// Jobs to change.
#[derive(Args, Debug)]
pub(crate) struct ChangeJobs {
    #[command(flatten)]
    jobs: JobsArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// Postpone the next attempt of jobs until a given time.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct PostponeJobs {
    #[command(flatten)]
    change: ChangeJobs,
    /// Until when: 2026-01-05T08:00:00Z, or 90m, 12h, 7d from now.
    #[arg(long, value_name = "TIME", help_heading = None::<&str>)]
    until: Moment,
}

/// Retry jobs: resume waiting ones, and send the messages of failed ones again.
///
/// A Failed or Canceled job stays as it is; a new one sends its message, with the same message id.
/// What was sent again before is not sent once more. Unless --status or --id say otherwise, these
/// are Waiting and Failed jobs. A job whose message was dropped can't be sent again.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct RetryJobs {
    #[command(flatten)]
    change: ChangeJobs,
}

impl ChangeJobs {
    /// Changes the jobs for which the move is legal.
    pub(crate) async fn change(&self, operation: BulkChange, it: Move) -> Result<Exit, Error> {
        let now = machine::time();
        let statuses = StatusCode::ALL.iter().copied();
        let changeable = statuses.filter(|status| it.target(*status).is_some());
        let selection = self.target.selection(changeable, now)?;
        let store = self.jobs.store.open().await?;
        let progress = ProgressLine::over(&*store, &selection).await?;
        let show = |it: &Report| progress.at(it.seen());
        let report = operations::change(&*store, &selection, operation, now, show).await?;
        drop(progress);
        self.print(&report, &selection)
    }

    /// Releases jobs, and warns of what that may lead to.
    pub(crate) async fn release(&self) -> Result<Exit, Error> {
        let exit = self.change(BulkChange::Release, Move::Abandon).await?;
        output::note(
            "a worker that is still at a released job is not stopped: its message may be sent twice",
        );
        Ok(exit)
    }

    fn print(&self, report: &Report, selection: &Selection) -> Result<Exit, Error> {
        self.jobs.form.print(|| line(report), || table(report).render())?;
        // What a filter found is gone because others were faster; what was named should be there.
        let is_missed = matches!(selection, Selection::Ids(_)) && report.gone > 0;
        // Nobody has to act on what was sent again before.
        let is_refused = report.refused() > report.already_there;
        Ok(if is_missed || is_refused { Exit::Failed } else { Exit::Done })
    }
}

impl PostponeJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let until = self.until.ahead(machine::time());
        self.change.change(BulkChange::Postpone { until }, Move::Postpone).await
    }
}

impl RetryJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let now = machine::time();
        let statuses = [StatusCode::Waiting, StatusCode::Failed].into_iter();
        let selection = self.change.target.selection(statuses, now)?;
        let store = self.change.jobs.store.open().await?;
        let progress = ProgressLine::over(&*store, &selection).await?;
        let show = |it: &Report| progress.at(it.seen());
        let mut sent = Vec::new();
        let new_id = |old: &SystemJob| {
            let id = id_of_retry(old.id());
            sent.push((old.id(), id));
            id
        };
        let report = operations::retry(&*store, &selection, new_id, now, show).await;
        drop(progress);
        // Before an error too: these are in the store. A filter may find thousands, of which nobody reads such a list.
        if matches!(selection, Selection::Ids(_)) {
            for (old, new) in sent {
                output::note(format_args!("the message of {old} is sent by {new}"));
            }
        }
        self.change.print(&report?, &selection)
    }
}

/// The id of the job that sends another's message again. It depends on that job alone, so that
/// asking twice sends nothing twice.
fn id_of_retry(id: Uuid) -> Uuid {
    // Stores hold such ids: another text here would let jobs be sent again that were sent before.
    Uuid::new_v5(&id, b"retry")
}

fn line(report: &Report) -> Value {
    let not_legal = report.not_legal.iter();
    let not_legal: Map<_, _> =
        not_legal.map(|(status, count)| (status.label().to_owned(), json!(count))).collect();
    json!({
        "changed": report.changed,
        "sent_again": report.sent_again,
        "not_legal": not_legal,
        "without_message": report.without_message,
        "damaged": report.damaged,
        "already_sent_again": report.already_there,
        "gone": report.gone,
        "contested": report.contested,
    })
}

/// The counts that are not zero, and that of the changed jobs unless jobs were only sent again.
fn table(report: &Report) -> Table {
    let mut table = Table::default();
    if report.changed > 0 || report.sent_again == 0 {
        table.push(["changed".to_owned(), report.changed.to_string()]);
    }
    for (status, count) in &report.not_legal {
        table.push([format!("not possible when {status}"), count.to_string()]);
    }
    table.push_counts([
        ("sent again", report.sent_again),
        ("sent again before", report.already_there),
        ("not possible without the message", report.without_message),
        ("not possible with a damaged message", report.damaged),
        ("gone", report.gone),
        ("changed by others all the time", report.contested),
    ]);
    table
}
