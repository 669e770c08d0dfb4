//! `registration explain`

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use xrm_registration::{Explanation, Step};

use crate::error::{Error, Exit};
use crate::given::document;
use crate::given::input::{self, ForceArgs};
use crate::registration::arguments::DOCUMENTS;
use crate::terminal::output::{self, JsonArgs};
use crate::terminal::table::Table;
use crate::trigger::operation;

/// Explain which steps an operation fires, and why the others do not.
///
/// Steps are in the order of the document; those that fire have the number at which they do, or
/// the numbers where the operation is several. With --json, there is a line for each step, with
/// `id`, `name`, `fires`, `order`, which is a list of these numbers, `reason` and `text`. Standard
/// error gets hints: that the platform carries the message out as another one, for example.
#[derive(Args, Debug)]
#[command(after_help = DOCUMENTS)]
pub(crate) struct ExplainRegistration {
    /// The registration's document.
    #[arg(value_name = "FILE")]
    registration: PathBuf,
    /// The operation's document.
    operation: PathBuf,
    /// Read it as a body, of either format, and explain its operation.
    #[arg(long)]
    recorded: bool,
    #[command(flatten)]
    form: JsonArgs,
}

impl ExplainRegistration {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let registration = document::registration(&self.registration)?;
        let operation =
            operation(&self.operation, self.recorded.then_some(&ForceArgs::NOT_NEEDED))?;
        for hint in registration.hints(&operation) {
            output::note(format_args!("{}: {hint}", input::name(&self.operation)));
        }
        let orders = orders(&registration.matches(&operation));
        let mut table = Table::with_header(&["FIRES", "STEP", "REASON"]);
        for explanation in registration.explain(&operation) {
            let order = orders.get(&std::ptr::from_ref(explanation.step));
            let order = order.map_or(&[][..], Vec::as_slice);
            if self.form.json {
                output::json(&json(&explanation, order))?;
            }
            let numbers: Vec<_> = order.iter().map(ToString::to_string).collect();
            table.push([
                if order.is_empty() { "no".to_owned() } else { numbers.join(", ") },
                explanation.step.name.clone(),
                reason(&explanation).unwrap_or_default(),
            ]);
        }
        if !self.form.json {
            output::text(&table.render())?;
        }
        Ok(Exit::Done)
    }
}

/// The numbers at which each step fires.
// By address: two steps may have one id, which `registration check` reports.
fn orders(fired: &[&Step]) -> HashMap<*const Step, Vec<usize>> {
    let mut orders: HashMap<_, Vec<_>> = HashMap::new();
    for (order, step) in (1..).zip(fired) {
        orders.entry(std::ptr::from_ref(*step)).or_default().push(order);
    }
    orders
}

fn json(explanation: &Explanation<'_>, order: &[usize]) -> Value {
    json!({
        "id": explanation.step.id,
        "name": explanation.step.name,
        "fires": explanation.fires(),
        "order": order,
        "reason": explanation.reason.map(|it| it.id()),
        "text": reason(explanation),
    })
}

/// Why a step stays silent, or why it fires though it is on another message.
fn reason(explanation: &Explanation<'_>) -> Option<String> {
    let carried_out = explanation.carried_out.map(|it| it.to_string());
    explanation.reason.map(|it| it.to_string()).or(carried_out)
}
