//! `jobs list`

use chrono::{DateTime, Utc};
use clap::Args;
use xrm_jobs::operations::JobPages;
use xrm_jobs::{AsyncOperation, JobStore, StateCode, SystemJob};

use crate::error::{Error, Exit};
use crate::jobs::arguments::{JobsArgs, STORE, SelectionArgs};
use crate::terminal::output;
use crate::terminal::table::Table;
use crate::terminal::time::{NowArgs, distance, with_age};

/// The number of jobs that people are shown by default.
const LIMIT: usize = 100;

/// List jobs, the oldest first.
///
/// With --json, each line is a job as a row of the platform's asyncoperation table, in the JSON of
/// its Web API.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct ListJobs {
    #[command(flatten)]
    jobs: JobsArgs,
    #[command(flatten)]
    which: SelectionArgs,
    #[command(flatten)]
    now: NowArgs,
    /// The maximum number of jobs [default: 100; with --json, all].
    #[arg(long, value_name = "COUNT", help_heading = None::<&str>)]
    limit: Option<usize>,
}

impl ListJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let now = self.now.time();
        let store = self.jobs.store.open_read_only().await?;
        if self.jobs.form.json {
            let print =
                |jobs: &[SystemJob]| output::json_lines(jobs.iter().map(AsyncOperation::from));
            return self.each(&*store, now, self.limit.unwrap_or(usize::MAX), print).await;
        }
        let limit = self.limit.unwrap_or(LIMIT);
        let mut rows = Vec::new();
        let collect = |jobs: &[SystemJob]| {
            rows.extend(jobs.iter().map(|it| cells(it, now)));
            Ok(())
        };
        // One more, which is not shown, to see whether there are more.
        let exit = self.each(&*store, now, limit.saturating_add(1), collect).await?;
        let mut table = Table::with_header(&[
            "ID", "STATUS", "CAUSE", "ATTEMPTS", "ENDPOINT", "MESSAGE", "CREATED", "NEXT",
        ]);
        let are_more = rows.len() > limit;
        rows.into_iter().take(limit).for_each(|it| table.push(it));
        output::text(&table.render())?;
        if are_more {
            output::note(format_args!("there are more than {limit} jobs; --limit shows more"));
        }
        Ok(exit)
    }

    /// Passes the selected jobs to `print`, page by page.
    async fn each(
        &self,
        store: &dyn JobStore,
        now: DateTime<Utc>,
        mut limit: usize,
        mut print: impl FnMut(&[SystemJob]) -> Result<(), Error>,
    ) -> Result<Exit, Error> {
        let mut exit = Exit::Done;
        // One by one, in the order given, because a missing one is to be named.
        for id in self.which.ids.iter().take(limit) {
            match store.get(*id).await {
                Ok(job) => print(&[job])?,
                Err(error @ xrm_jobs::Error::Missing { .. }) => {
                    output::note(error);
                    exit = Exit::Failed;
                }
                Err(error) => return Err(error.into()),
            }
        }
        if !self.which.ids.is_empty() {
            return Ok(exit);
        }
        let mut query = self.which.filter.query(now);
        // A page is what is held in memory at once; JSON lines have no limit unless one is given.
        query.limit = limit.min(JobPages::MAX_JOBS);
        let mut pages = JobPages::new(store, query);
        while limit > 0
            && let Some(page) = pages.next().await?
        {
            let page = page.get(..limit).unwrap_or(&page);
            print(page)?;
            limit -= page.len();
        }
        Ok(exit)
    }
}

fn cells(job: &SystemJob, now: DateTime<Utc>) -> [String; 8] {
    let (description, progress) = (job.description(), job.progress());
    let next = match (job.status().state(), job.due_on()) {
        (StateCode::Suspended, None) => "when resumed".to_owned(),
        (StateCode::Suspended, Some(due)) if due > now => distance(due, now),
        (StateCode::Suspended | StateCode::Ready, _) => "when a worker is free".to_owned(),
        _ => String::new(),
    };
    [
        job.id().to_string(),
        job.status().to_string(),
        progress.cause.map(|it| it.id().to_owned()).unwrap_or_default(),
        progress.retry_count.to_string(),
        description.endpoint.clone(),
        message(job),
        with_age(description.created_on, now),
        next,
    ]
}

/// What is posted: `Update of account`.
pub(crate) fn message(job: &SystemJob) -> String {
    let description = job.description();
    match (&*description.message_name, &*description.primary_entity_type) {
        (message, "") => message.to_owned(),
        ("", table) => table.to_owned(),
        (message, table) => format!("{message} of {table}"),
    }
}
