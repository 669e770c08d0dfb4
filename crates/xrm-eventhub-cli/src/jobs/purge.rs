//! `jobs purge`

use chrono::TimeDelta;
use clap::{ArgGroup, Args};
use serde_json::{Map, json};
use xrm_jobs::operations::{Purged, Retention, purge};

use crate::error::{Error, Exit};
use crate::jobs::arguments::{FilterArgs, JobsArgs, STORE};
use crate::machine;
use crate::terminal::progress::ProgressLine;
use crate::terminal::table::Table;
use crate::terminal::time::age;

/// Delete completed jobs by their age, counted from their completion.
///
/// Ages are given as 90m, 12h, 7d; 0s means whatever is completed.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
#[command(group = ArgGroup::new("ages").required(true).multiple(true))]
pub(crate) struct PurgeJobs {
    #[command(flatten)]
    jobs: JobsArgs,
    /// Delete what is older, in any completed status without an age of its own.
    #[arg(long, value_name = "AGE", value_parser = age, group = "ages")]
    older_than: Option<TimeDelta>,
    /// Delete Succeeded jobs that are older.
    #[arg(long, value_name = "AGE", value_parser = age, group = "ages")]
    succeeded: Option<TimeDelta>,
    /// Delete Failed jobs that are older.
    #[arg(long, value_name = "AGE", value_parser = age, group = "ages")]
    failed: Option<TimeDelta>,
    /// Delete Canceled jobs that are older.
    #[arg(long, value_name = "AGE", value_parser = age, group = "ages")]
    canceled: Option<TimeDelta>,
    // After the ages, which would otherwise be listed under its heading.
    #[command(flatten)]
    filter: FilterArgs,
}

impl PurgeJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let now = machine::time();
        let store = self.jobs.store.open().await?;
        let query = self.filter.query(now);
        let progress = ProgressLine::endless();
        let show = |it: &Purged| progress.at(it.total());
        let purged = purge(&*store, &query, self.retention(), now, show).await?;
        drop(progress);
        let line = || {
            let counts = purged.deleted.iter();
            let deleted: Map<_, _> =
                counts.map(|(status, count)| (status.label().to_owned(), json!(count))).collect();
            json!({ "deleted": deleted, "gone": purged.gone })
        };
        let text = || {
            let mut table = Table::default();
            for (status, count) in &purged.deleted {
                table.push([format!("deleted, {status}"), count.to_string()]);
            }
            table.push(["deleted".to_owned(), purged.total().to_string()]);
            table.render()
        };
        self.jobs.form.print(line, text)?;
        Ok(Exit::Done)
    }

    fn retention(&self) -> Retention {
        let kept = |it: Option<TimeDelta>| it.or(self.older_than)?.to_std().ok();
        let mut retention = Retention::default();
        // An age of its own wins over the one for all statuses.
        retention.succeeded = kept(self.succeeded);
        retention.failed = kept(self.failed);
        retention.canceled = kept(self.canceled);
        retention
    }
}
