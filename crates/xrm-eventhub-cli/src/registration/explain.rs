use serde_json::json;
use xrm_registration::{Explanation, Step};

use crate::cli::ExplainRegistration;
use crate::error::Error;
use crate::given::document;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::table::Table;
use crate::trigger::operation;

/// `registration explain`
pub(super) fn explain(arguments: &ExplainRegistration) -> Result<Status, Error> {
    let registration = document::registration(&arguments.registration)?;
    let operation = operation(&arguments.operation, arguments.recorded)?;
    let fired = registration.matches(&operation);
    let mut table = Table::with_header(&["FIRES", "STEP", "REASON"]);
    for explanation in registration.explain(&operation) {
        // Two steps may have one id, which `registration check` tells.
        let is_it = |step: &Step| std::ptr::eq(step, explanation.step);
        let order: Vec<_> = (1..).zip(&fired).filter(|(_, it)| is_it(it)).map(|it| it.0).collect();
        if arguments.form.json {
            output::line(&json(&explanation, &order))?;
        }
        let numbers: Vec<_> = order.iter().map(ToString::to_string).collect();
        table.push([
            if order.is_empty() { "no".to_owned() } else { numbers.join(", ") },
            explanation.step.name.clone(),
            explanation.reason.map(|it| it.to_string()).unwrap_or_default(),
        ]);
    }
    if !arguments.form.json {
        output::bytes(table.render().as_bytes())?;
    }
    Ok(Status::Done)
}

fn json(explanation: &Explanation<'_>, order: &[usize]) -> String {
    let line = json!({
        "id": explanation.step.id,
        "name": explanation.step.name,
        "fires": explanation.fires(),
        "order": order,
        "reason": explanation.reason.map(|it| it.id()),
        "text": explanation.reason.map(|it| it.to_string()),
    });
    line.to_string()
}
