use serde_json::json;
use xrm_registration::Explanation;

use crate::cli::ExplainRegistration;
use crate::error::Error;
use crate::output;
use crate::registration::document;
use crate::status::Status;
use crate::table::Table;

/// `registration explain`
pub(super) fn explain(arguments: &ExplainRegistration) -> Result<Status, Error> {
    let registration = document::registration(&arguments.registration)?;
    let operation = document::operation(&arguments.operation)?;
    let fired = registration.matches(&operation);
    let mut table = Table::with_header(&["FIRES", "STEP", "REASON"]);
    for explanation in registration.explain(&operation) {
        // Two steps may have one id, which `registration check` tells.
        let place = fired.iter().position(|it| std::ptr::eq(*it, explanation.step));
        let order = place.map(|it| it + 1);
        if arguments.form.json {
            output::line(&json(&explanation, order))?;
        }
        table.push([
            order.map_or_else(|| "no".to_owned(), |it| it.to_string()),
            explanation.step.name.clone(),
            explanation.reason.map(|it| it.to_string()).unwrap_or_default(),
        ]);
    }
    if !arguments.form.json {
        output::bytes(table.render().as_bytes())?;
    }
    Ok(Status::Done)
}

fn json(explanation: &Explanation<'_>, order: Option<usize>) -> String {
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
