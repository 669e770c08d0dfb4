use chrono::{DateTime, Utc};
use xrm_jobs::operations::{Pages, Selection};
use xrm_jobs::{AsyncOperation, JobStore, StateCode, SystemJob};

use crate::cli::ListJobs;
use crate::error::Error;
use crate::given::store;
use crate::machine;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::table::Table;
use crate::terminal::time::{distance, with_age};

/// How many jobs people are shown unless told otherwise.
const LIMIT: usize = 100;

/// `jobs list`
pub(super) async fn list(arguments: &ListJobs) -> Result<Status, Error> {
    let now = arguments.now.now.unwrap_or_else(machine::time);
    let store = store::open_to_read(&arguments.store.url).await?;
    let selection = arguments.which.selection(now);
    if arguments.form.json {
        let mut limit = arguments.limit.unwrap_or(usize::MAX);
        return each(&*store, &selection, &mut limit, |jobs| {
            let lines: Vec<_> = jobs.iter().map(json).collect();
            output::bytes(lines.concat().as_bytes())
        })
        .await;
    }
    let mut table = Table::with_header(&[
        "ID", "STATUS", "CAUSE", "ATTEMPTS", "ENDPOINT", "MESSAGE", "CREATED", "NEXT",
    ]);
    // One more tells that there are more.
    let asked = arguments.limit.unwrap_or(LIMIT);
    let mut limit = asked.saturating_add(1);
    let mut shown = 0;
    let status = each(&*store, &selection, &mut limit, |jobs| {
        for job in jobs.iter().take(asked - shown) {
            table.push(row(job, now));
            shown += 1;
        }
        Ok(())
    })
    .await?;
    output::bytes(table.render().as_bytes())?;
    if limit == 0 {
        output::note(format_args!("there are more than {asked} jobs; --limit shows more"));
    }
    Ok(status)
}

/// Hands out the selected jobs page by page, up to a limit, from which they are taken off.
async fn each(
    store: &dyn JobStore,
    selection: &Selection,
    limit: &mut usize,
    mut print: impl FnMut(&[SystemJob]) -> Result<(), Error>,
) -> Result<Status, Error> {
    let query = match selection {
        Selection::All(query) => query,
        Selection::Ids(ids) => {
            let mut status = Status::Done;
            for id in ids.iter().take(*limit) {
                match store.get(*id).await {
                    Ok(job) => print(&[job])?,
                    Err(error @ xrm_jobs::Error::Missing { .. }) => {
                        output::note(error);
                        status = Status::Unsuccessful;
                    }
                    Err(error) => return Err(Error::Jobs(error)),
                }
            }
            *limit -= ids.len().min(*limit);
            return Ok(status);
        }
        _ => return Ok(Status::Done),
    };
    let mut query = (**query).clone();
    query.limit = (*limit).min(Pages::MAX_JOBS);
    let mut pages = Pages::new(store, query);
    while *limit > 0 {
        let Some(page) = pages.next().await.map_err(Error::Jobs)? else { break };
        let page = &page[..page.len().min(*limit)];
        print(page)?;
        *limit -= page.len();
    }
    Ok(Status::Done)
}

/// A job as a line of JSON.
pub(super) fn json(job: &SystemJob) -> String {
    let row = AsyncOperation::from(job);
    serde_json::to_string(&row).expect("texts and numbers are JSON") + "\n"
}

fn row(job: &SystemJob, now: DateTime<Utc>) -> [String; 8] {
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
pub(super) fn message(job: &SystemJob) -> String {
    let description = job.description();
    match (&*description.message_name, &*description.primary_entity_type) {
        (message, "") => message.to_owned(),
        ("", table) => table.to_owned(),
        (message, table) => format!("{message} of {table}"),
    }
}
