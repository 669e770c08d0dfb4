//! `jobs groups`

use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::{Value, json};
use xrm_jobs::StatusCode;
use xrm_jobs::operations::{FailureGroup, failure_groups};

use crate::error::{Error, Exit};
use crate::jobs::arguments::{FilterArgs, JobsArgs, STORE};
use crate::terminal::output;
use crate::terminal::progress::ProgressLine;
use crate::terminal::table::printable;
use crate::terminal::time::{NowArgs, utc, with_age};

/// Group failures: Failed and Waiting jobs by cause, endpoint and message.
///
/// In the message, <id>, <n>, <time> and <address> stand for what differs from job to job. With
/// --json, each line is a group: `cause`, `endpoint`, `message`, `count`, `failed`, `waiting`,
/// `first`, `last`, `example`.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct GroupJobs {
    #[command(flatten)]
    jobs: JobsArgs,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    now: NowArgs,
}

impl GroupJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let now = self.now.time();
        let store = self.jobs.store.open_read_only().await?;
        let progress = ProgressLine::endless();
        let query = self.filter.query(now);
        let groups = failure_groups(&*store, &query, |seen| progress.at(seen)).await?;
        // Before the results: on a terminal, the line would be drawn among them.
        drop(progress);
        if self.jobs.form.json {
            output::json_lines(groups.iter().map(line))?;
        } else {
            let texts: Vec<_> = groups.iter().map(|it| text(it, now)).collect();
            output::text(&texts.join("\n"))?;
        }
        Ok(Exit::Done)
    }
}

fn jobs_in(group: &FailureGroup, status: StatusCode) -> u64 {
    group.jobs.get(&status).copied().unwrap_or(0)
}

fn line(group: &FailureGroup) -> Value {
    json!({
        "cause": group.cause,
        "endpoint": group.endpoint,
        "message": group.message,
        "count": group.count(),
        "failed": jobs_in(group, StatusCode::Failed),
        "waiting": jobs_in(group, StatusCode::Waiting),
        "first": utc(group.first),
        "last": utc(group.last),
        "example": group.example.to_string(),
    })
}

fn text(group: &FailureGroup, now: DateTime<Utc>) -> String {
    let cause = group.cause.as_ref().map_or("no known cause", |it| it.id());
    let jobs = [StatusCode::Failed, StatusCode::Waiting].map(|it| (jobs_in(group, it), it));
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
