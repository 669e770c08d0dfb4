//! `jobs count`

use clap::Args;
use serde_json::json;

use crate::error::{Error, Exit};
use crate::jobs::arguments::{FilterArgs, JobsArgs, STORE};
use crate::machine;
use crate::terminal::output;
use crate::terminal::table::Table;

/// Count jobs by their status.
///
/// With --json, each line is a status: `statecode`, `statuscode`, `status`, `count`.
#[derive(Args, Debug)]
#[command(after_help = STORE)]
pub(crate) struct CountJobs {
    #[command(flatten)]
    jobs: JobsArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

impl CountJobs {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let store = self.jobs.store.open_read_only().await?;
        let counts = store.count(self.filter.query(machine::time())).await?;
        let mut table = Table::default();
        for (status, count) in &counts {
            if self.jobs.form.json {
                output::json(&json!({
                    "statecode": status.state(),
                    "statuscode": status,
                    "status": status.label(),
                    "count": count,
                }))?;
            }
            table.push([status.to_string(), count.to_string()]);
        }
        if !self.jobs.form.json {
            // Also without jobs, so that the output is never empty.
            let total: u64 = counts.values().sum();
            table.push(["Total".to_owned(), total.to_string()]);
            output::text(&table.render())?;
        }
        Ok(Exit::Done)
    }
}
