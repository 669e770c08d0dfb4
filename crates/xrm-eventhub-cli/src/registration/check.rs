use serde_json::json;
use xrm_registration::{Problem, Rules, Severity};

use crate::cli::CheckRegistration;
use crate::error::Error;
use crate::given::document;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::table::printable;

/// `registration check`
pub(super) fn check(arguments: &CheckRegistration) -> Result<Status, Error> {
    let registration = document::registration(&arguments.registration)?;
    let rules = Rules::default().synchronous_endpoints(arguments.allow_synchronous);
    let mut status = Status::Done;
    for problem in registration.check(rules) {
        let is_wrong = problem.severity() == Severity::Error || arguments.deny_warnings;
        status = status.max(if is_wrong { Status::Unsuccessful } else { Status::Done });
        output::line(&if arguments.form.json { json(&problem) } else { text(&problem) })?;
    }
    Ok(status)
}

fn text(problem: &Problem) -> String {
    let line = format!("{}[{}]: {problem}", problem.severity(), problem.kind.id());
    printable(&line)
}

fn json(problem: &Problem) -> String {
    let line = json!({
        "severity": problem.severity().to_string(),
        "problem": problem.kind.id(),
        "place": problem.component.to_string(),
        "id": problem.component.id(),
        "text": problem.kind.to_string(),
    });
    line.to_string()
}
