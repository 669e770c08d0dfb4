//! `registration check`

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use xrm_registration::{Problem, Rules, Severity};

use crate::error::{Error, Exit};
use crate::given::document;
use crate::registration::arguments::DOCUMENTS;
use crate::terminal::output::JsonArgs;
use crate::terminal::table::printable;

/// Check a registration and report all problems together.
///
/// Standard output gets a line for each problem: `error[no-key]: endpoint ...: there is no shared
/// access key ...`, or `warning[...]` for what works but is probably not as meant; nothing if
/// nothing was found. The word in brackets stays the same from version to version. No line holds a
/// secret. With --json, lines have `severity`, `problem`, which is the word, `place`, `id` and
/// `text`.
#[derive(Args, Debug)]
#[command(after_help = DOCUMENTS)]
pub(crate) struct CheckRegistration {
    /// The registration's document.
    #[arg(value_name = "FILE")]
    registration: PathBuf,
    /// Let steps of Service Bus and Event Hubs be synchronous.
    #[arg(long)]
    allow_synchronous: bool,
    /// End with exit code 1 for warnings too.
    #[arg(long)]
    deny_warnings: bool,
    #[command(flatten)]
    form: JsonArgs,
}

impl CheckRegistration {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let registration = document::registration(&self.registration)?;
        let rules = Rules::default().synchronous_endpoints(self.allow_synchronous);
        let mut exit = Exit::Done;
        for problem in registration.check(rules) {
            let is_wrong = problem.severity() == Severity::Error || self.deny_warnings;
            exit = exit.max(if is_wrong { Exit::Failed } else { Exit::Done });
            self.form.print_line(|| json(&problem), || printable(&text(&problem)))?;
        }
        Ok(exit)
    }
}

/// A problem as a line: `error[no-key]: endpoint ...`.
pub(crate) fn text(problem: &Problem) -> String {
    format!("{}[{}]: {problem}", problem.severity(), problem.kind.id())
}

fn json(problem: &Problem) -> Value {
    json!({
        "severity": problem.severity().to_string(),
        "problem": problem.kind.id(),
        "place": problem.component.to_string(),
        "id": problem.component.id(),
        "text": problem.kind.to_string(),
    })
}
