use serde_json::json;
use xrm_registration::{Change, Difference};

use crate::cli::DiffRegistrations;
use crate::error::Error;
use crate::given::document;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::table::printable;

/// `registration diff`
pub(super) fn diff(arguments: &DiffRegistrations) -> Result<Status, Error> {
    let earlier = document::registration(&arguments.earlier)?;
    let later = document::registration(&arguments.later)?;
    for difference in earlier.diff(&later) {
        output::line(&if arguments.form.json {
            json(&difference)
        } else {
            printable(&difference.to_string())
        })?;
    }
    Ok(Status::Done)
}

fn json(difference: &Difference) -> String {
    let mut line = json!({
        "place": difference.component.to_string(),
        "id": difference.component.id(),
        "change": "changed",
    });
    match &difference.change {
        Change::Changed { column, from, to } => {
            line["column"] = json!(column);
            line["from"] = json!(from);
            line["to"] = json!(to);
        }
        // It is called what it is.
        other => line["change"] = json!(other.to_string()),
    }
    line.to_string()
}
