use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use xrm_jobs::StatusCode;
use xrm_jobs::operations::{FailureGroup, failure_groups};

use crate::cli::GroupJobs;
use crate::error::Error;
use crate::given::store;
use crate::machine;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::progress::Progress;
use crate::terminal::table::printable;
use crate::terminal::time::{utc, with_age};

/// `jobs groups`
pub(super) async fn groups(arguments: &GroupJobs) -> Result<Status, Error> {
    let now = arguments.now.now.unwrap_or_else(machine::time);
    let store = store::open_to_read(&arguments.store.url).await?;
    let query = arguments.filter.query(now);
    let progress = Progress::endless();
    let groups = failure_groups(&*store, &query, |seen| progress.at(seen)).await;
    drop(progress);
    let groups = groups.map_err(Error::Jobs)?;
    if arguments.form.json {
        groups.iter().try_for_each(|it| output::line(&line(it).to_string()))?;
    } else {
        let texts: Vec<_> = groups.iter().map(|it| text(it, now)).collect();
        output::bytes(texts.join("\n").as_bytes())?;
    }
    Ok(Status::Done)
}

fn of(group: &FailureGroup, status: StatusCode) -> u64 {
    group.jobs.get(&status).copied().unwrap_or(0)
}

fn line(group: &FailureGroup) -> Value {
    json!({
        "cause": group.cause,
        "endpoint": group.endpoint,
        "message": group.message,
        "count": group.count(),
        "failed": of(group, StatusCode::Failed),
        "waiting": of(group, StatusCode::Waiting),
        "first": utc(group.first),
        "last": utc(group.last),
        "example": group.example.to_string(),
    })
}

fn text(group: &FailureGroup, now: DateTime<Utc>) -> String {
    let cause = group.cause.map_or("no known cause", |it| it.id());
    let jobs = [StatusCode::Failed, StatusCode::Waiting].map(|it| (of(group, it), it));
    let jobs: Vec<_> = jobs
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, status)| format!("{count} {status}"))
        .collect();
    format!(
        "{}  {cause}  {}\n  first    {}\n  last     {}\n  example  {}\n  {}\n",
        jobs.join(", "),
        printable(&group.endpoint),
        with_age(group.first, now),
        with_age(group.last, now),
        group.example,
        printable(&group.message),
    )
}
