use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;
use xrm_jobs::operations::{self, Operation, Report, Selection};
use xrm_jobs::{Move, StatusCode, SystemJob};

use crate::cli::{ChangeJobs, PostponeJobs};
use crate::error::Error;
use crate::given::store;
use crate::machine;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::progress::Progress;
use crate::terminal::table::Table;

/// `jobs postpone`
pub(super) async fn postpone(arguments: &PostponeJobs) -> Result<Status, Error> {
    let until = arguments.until.ahead(machine::time());
    change(&arguments.change, Operation::Postpone { until }).await
}

/// `jobs cancel`, `pause`, `resume`
pub(super) async fn change(arguments: &ChangeJobs, operation: Operation) -> Result<Status, Error> {
    let now = machine::time();
    let selection = arguments.target.selection(changeable(operation), now)?;
    let store = store::open_existing(&arguments.store.url).await?;
    let progress = Progress::over(&*store, &selection).await?;
    let tell = |it: &Report| progress.at(it.seen());
    let report = operations::change(&*store, &selection, operation, now, tell).await;
    drop(progress);
    print(&report.map_err(Error::Jobs)?, &selection, arguments.form.json)
}

/// The statuses in which an operation is legal.
fn changeable(operation: Operation) -> impl Iterator<Item = StatusCode> {
    let it = match operation {
        Operation::Cancel => Some(Move::Cancel),
        Operation::Pause => Some(Move::Pause),
        Operation::Resume => Some(Move::Resume),
        Operation::Postpone { .. } => Some(Move::Postpone),
        _ => None,
    };
    let statuses = StatusCode::ALL.iter().copied();
    statuses.filter(move |status| it.is_none_or(|it| it.target(*status).is_some()))
}

/// `jobs retry`
pub(super) async fn retry(arguments: &ChangeJobs) -> Result<Status, Error> {
    let now: DateTime<Utc> = machine::time();
    let statuses = [StatusCode::Waiting, StatusCode::Failed].into_iter();
    let selection = arguments.target.selection(statuses, now)?;
    let store = store::open_existing(&arguments.store.url).await?;
    let progress = Progress::over(&*store, &selection).await?;
    let tell = |it: &Report| progress.at(it.seen());
    let mut given = Vec::new();
    let is_told = matches!(selection, Selection::Ids(_));
    let new_id = |old: &SystemJob| {
        let id = id_of_retry(old.id());
        if is_told {
            given.push((old.id(), id));
        }
        id
    };
    let report = operations::retry(&*store, &selection, new_id, now, tell).await;
    drop(progress);
    for (old, new) in given {
        output::note(format_args!("the message of {old} is sent by {new}"));
    }
    print(&report.map_err(Error::Jobs)?, &selection, arguments.form.json)
}

/// The id of the job that sends another's message again. It depends on that job alone, so that
/// nothing is sent twice by asking twice.
fn id_of_retry(id: Uuid) -> Uuid {
    Uuid::new_v5(&id, b"retry")
}

fn print(report: &Report, selection: &Selection, as_json: bool) -> Result<Status, Error> {
    if as_json {
        output::line(&line(report).to_string())?;
    } else {
        output::bytes(table(report).render().as_bytes())?;
    }
    // What a filter found is gone because others were faster; what was named should be there.
    let is_missed = matches!(selection, Selection::Ids(_)) && report.gone > 0;
    // What was sent again before needs nobody to act.
    let is_refused = report.refused() > report.already_there;
    Ok(if is_missed || is_refused { Status::Unsuccessful } else { Status::Done })
}

fn line(report: &Report) -> Value {
    let not_legal = report.not_legal.iter();
    let not_legal: serde_json::Map<_, _> =
        not_legal.map(|(status, count)| (status.label().to_owned(), json!(count))).collect();
    json!({
        "changed": report.changed,
        "sent_again": report.sent_again,
        "not_legal": not_legal,
        "without_message": report.without_message,
        "already_sent_again": report.already_there,
        "gone": report.gone,
        "contested": report.contested,
    })
}

/// The counts that are not zero; of the changed ones, always.
fn table(report: &Report) -> Table {
    let mut table = Table::default();
    let mut push = |label: String, count: u64| table.push([label, count.to_string()]);
    if report.changed > 0 || report.sent_again == 0 {
        push("changed".to_owned(), report.changed);
    }
    for (status, count) in &report.not_legal {
        push(format!("not possible when {status}"), *count);
    }
    for (label, count) in [
        ("sent again", report.sent_again),
        ("sent again before", report.already_there),
        ("not possible without the message", report.without_message),
        ("gone", report.gone),
        ("changed by others all the time", report.contested),
    ] {
        if count > 0 {
            push(label.to_owned(), count);
        }
    }
    table
}
