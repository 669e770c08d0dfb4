//! `registration show`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use xrm_registration::{Attributes, Behavior, Registration, Step};

use crate::error::{Error, Exit};
use crate::given::document;
use crate::registration::arguments::DOCUMENTS;
use crate::terminal::output::{self, JsonArgs};
use crate::terminal::table::Table;

/// Show a registration: endpoints, plug-in types, and steps with their images.
///
/// With --json, there is a line for each endpoint, plug-in type and step, as a document
/// in JSON has it, after its `kind`.
#[derive(Args, Debug)]
#[command(after_help = DOCUMENTS)]
pub(crate) struct ShowRegistration {
    /// The registration's document.
    #[arg(value_name = "FILE")]
    registration: PathBuf,
    #[command(flatten)]
    form: JsonArgs,
}

impl ShowRegistration {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let registration = document::registration(&self.registration)?;
        if self.form.json {
            print_lines(&registration)?;
        } else {
            output::text(&text(&registration))?;
        }
        Ok(Exit::Done)
    }
}

/// A row of a document, and of which kind it is.
#[derive(Serialize)]
struct Line<'a, T> {
    kind: &'static str,
    #[serde(flatten)]
    row: &'a T,
}

fn print_lines(registration: &Registration) -> Result<(), Error> {
    fn print<T: Serialize>(kind: &'static str, rows: &[T]) -> Result<(), Error> {
        output::json_lines(rows.iter().map(|row| Line { kind, row }))
    }

    // A key that was pasted into `sas_key_variable` is shown nowhere.
    let mut endpoints = registration.endpoints().to_vec();
    for endpoint in &mut endpoints {
        endpoint.sas_key_variable = endpoint.shown_sas_key_variable().map(str::to_owned);
    }
    print("endpoint", &endpoints)?;
    print("plugin_type", registration.plugin_types())?;
    print("step", registration.steps())
}

fn text(registration: &Registration) -> String {
    let sections = [
        ("Endpoints", endpoints(registration)),
        ("Plug-in types", plugin_types(registration)),
        ("Steps", steps(registration)),
        ("Images", images(registration)),
    ];
    let sections = sections.into_iter().filter(|(_, rows)| !rows.is_empty());
    let sections = sections.map(|(title, rows)| format!("{title}\n{}", rows.render()));
    let depth = format!("Steps fire up to depth {}.\n", registration.max_depth());
    let sections: Vec<_> =
        sections.chain([depth]).chain(behavior(registration.behavior())).collect();
    sections.join("\n")
}

/// What the organization does otherwise than most, if anything.
fn behavior(behavior: &Behavior) -> Option<String> {
    let elastic = behavior.elastic_tables.join(", ");
    let elastic = Some(format!("Elastic tables: {elastic}.\n")).filter(|_| !elastic.is_empty());
    let set_state = behavior.set_state_updates.then(|| "SetState is an Update too.\n".to_owned());
    let assign = behavior.assign_updates.then(|| "Assign is an Update too.\n".to_owned());
    let lines: String = [elastic, set_state, assign].into_iter().flatten().collect();
    Some(lines).filter(|it| !it.is_empty())
}

/// The label of a choice or, where it has none, its number.
macro_rules! label {
    ($choice:expr) => {
        $choice.label().map_or_else(|| $choice.0.to_string(), str::to_owned)
    };
}

fn endpoints(registration: &Registration) -> Table {
    let header = ["NAME", "CONTRACT", "FORMAT", "AUTHORIZATION", "ADDRESS", "PATH", "KEY", "ID"];
    let mut table = Table::with_header(&header).indented(2);
    for it in registration.endpoints() {
        let variable = it.shown_sas_key_variable().or_else(|| it.shown_sas_token_variable());
        let key = variable.map(|variable| format!("in {variable}"));
        table.push([
            it.name.clone(),
            label!(it.contract),
            it.message_format.map(|it| label!(it)).unwrap_or_default(),
            it.auth_type.map(|it| label!(it)).unwrap_or_default(),
            match &it.url {
                Some(url) => url.to_string(),
                None => it.namespace_address.clone(),
            },
            it.path.clone(),
            key.unwrap_or_default(),
            it.id.to_string(),
        ]);
    }
    table
}

fn plugin_types(registration: &Registration) -> Table {
    let mut table = Table::with_header(&["NAME", "DESCRIPTION", "ID"]).indented(2);
    for it in registration.plugin_types() {
        let description = it.description.clone().unwrap_or_default();
        table.push([it.name.clone(), description, it.id.to_string()]);
    }
    table
}

fn steps(registration: &Registration) -> Table {
    let header =
        ["NAME", "MESSAGE", "TABLE", "FILTER", "STAGE", "MODE", "RANK", "HANDLER", "STATE", "ID"];
    let mut table = Table::with_header(&header).indented(2);
    for it in registration.steps() {
        let filter = &it.filtering_attributes;
        table.push([
            it.name.clone(),
            it.message.clone(),
            it.primary_table().unwrap_or("any").to_owned(),
            columns(filter),
            label!(it.stage),
            label!(it.mode),
            it.rank.to_string(),
            handler(registration, it),
            label!(it.state),
            it.id.to_string(),
        ]);
    }
    table
}

fn images(registration: &Registration) -> Table {
    let mut table = Table::with_header(&["ALIAS", "TYPE", "COLUMNS", "STEP"]).indented(2);
    for step in registration.steps() {
        for it in &step.images {
            let columns = columns(&it.attributes);
            table.push([
                it.entity_alias.clone(),
                label!(it.image_type),
                columns,
                step.name.clone(),
            ]);
        }
    }
    table
}

fn columns(attributes: &Attributes) -> String {
    if attributes.is_all() { "all".to_owned() } else { attributes.to_string() }
}

/// The name of what a step runs, or its id if it is not there.
fn handler(registration: &Registration, step: &Step) -> String {
    let id = step.event_handler;
    let name = match step.runs_plugin() {
        true => registration.plugin_type(id).map(|it| &it.name),
        false => registration.endpoint(id).map(|it| &it.name),
    };
    name.cloned().unwrap_or_else(|| id.to_string())
}
