use serde_json::json;
use xrm_jobs::operations::{self, Retention};

use crate::cli::PurgeJobs;
use crate::error::Error;
use crate::given::store;
use crate::machine;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::progress::Progress;
use crate::terminal::table::Table;

/// `jobs purge`
pub(super) async fn purge(arguments: &PurgeJobs) -> Result<Status, Error> {
    let now = machine::time();
    let store = store::open_existing(&arguments.store.url).await?;
    let query = arguments.filter.query(now);
    let progress = Progress::endless();
    let tell = |it: &operations::Purged| progress.at(it.total());
    let purged = operations::purge(&*store, &query, retention(arguments), now, tell).await;
    drop(progress);
    let purged = purged.map_err(Error::Jobs)?;
    if arguments.form.json {
        let deleted = purged.deleted.iter();
        let deleted: serde_json::Map<_, _> =
            deleted.map(|(status, count)| (status.label().to_owned(), json!(count))).collect();
        output::line(&json!({ "deleted": deleted, "gone": purged.gone }).to_string())?;
    } else {
        let mut table = Table::default();
        for (status, count) in &purged.deleted {
            table.push([format!("deleted, {status}"), count.to_string()]);
        }
        table.push(["deleted".to_owned(), purged.total().to_string()]);
        output::bytes(table.render().as_bytes())?;
    }
    Ok(Status::Done)
}

fn retention(arguments: &PurgeJobs) -> Retention {
    let mut retention = Retention::default();
    retention.succeeded = arguments.succeeded.or(arguments.older_than);
    retention.failed = arguments.failed.or(arguments.older_than);
    retention.canceled = arguments.canceled.or(arguments.older_than);
    retention
}
