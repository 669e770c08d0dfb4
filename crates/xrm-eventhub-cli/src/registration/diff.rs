//! `registration diff`

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use xrm_registration::{Change, Difference};

use crate::error::{Error, Exit};
use crate::given::document;
use crate::registration::arguments::DOCUMENTS;
use crate::terminal::output::JsonArgs;
use crate::terminal::table::printable;

/// Compare a registration with an earlier one.
///
/// Standard output gets a line for each difference; nothing if there is none. Endpoints, plug-in
/// types, steps, and the images of one step are taken for the same by their ids or, where no other
/// has the id, by their names. With --json, lines have `place`, `id`, `change`, which is `added`,
/// `removed` or `changed`, `column`, `from` and `to`.
#[derive(Args, Debug)]
#[command(after_help = DOCUMENTS)]
pub(crate) struct DiffRegistrations {
    /// The earlier document.
    earlier: PathBuf,
    /// The later document.
    later: PathBuf,
    #[command(flatten)]
    form: JsonArgs,
}

impl DiffRegistrations {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let earlier = document::registration(&self.earlier)?;
        let later = document::registration(&self.later)?;
        for difference in earlier.diff(&later) {
            self.form.print_line(|| json(&difference), || printable(&difference.to_string()))?;
        }
        Ok(Exit::Done)
    }
}

fn json(difference: &Difference) -> Value {
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
        // Their names are those of the JSON.
        other => line["change"] = json!(other.to_string()),
    }
    line
}
