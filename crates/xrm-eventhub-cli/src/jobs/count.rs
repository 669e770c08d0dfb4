use serde_json::json;

use crate::cli::CountJobs;
use crate::error::Error;
use crate::given::store;
use crate::machine;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::table::Table;

/// `jobs count`
pub(super) async fn count(arguments: &CountJobs) -> Result<Status, Error> {
    let store = store::open_to_read(&arguments.store.url).await?;
    let query = arguments.filter.query(machine::time());
    let counts = store.count(query).await.map_err(Error::Jobs)?;
    let mut table = Table::default();
    for (status, count) in &counts {
        if arguments.form.json {
            let line = json!({
                "statecode": status.state(),
                "statuscode": status,
                "status": status.label(),
                "count": count,
            });
            output::line(&line.to_string())?;
        }
        table.push([status.to_string(), count.to_string()]);
    }
    if !arguments.form.json {
        let total: u64 = counts.values().sum();
        table.push(["Total".to_owned(), total.to_string()]);
        output::bytes(table.render().as_bytes())?;
    }
    Ok(Status::Done)
}
