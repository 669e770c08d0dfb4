use serde::Serialize;
use xrm_registration::{Attributes, Registration, Step};

use crate::cli::ShowRegistration;
use crate::error::Error;
use crate::given::document;
use crate::status::Status;
use crate::terminal::output;
use crate::terminal::table::Table;

/// `registration show`
pub(super) fn show(arguments: &ShowRegistration) -> Result<Status, Error> {
    let registration = document::registration(&arguments.registration)?;
    let text = if arguments.form.json { lines(&registration) } else { text(&registration) };
    output::bytes(text.as_bytes())?;
    Ok(Status::Done)
}

/// A row, as it stands in a document, and of which kind it is.
#[derive(Serialize)]
struct Line<'a, T> {
    kind: &'static str,
    #[serde(flatten)]
    row: &'a T,
}

fn lines(registration: &Registration) -> String {
    let endpoints = registration.endpoints().iter().map(|it| line("endpoint", it));
    let plugin_types = registration.plugin_types().iter().map(|it| line("plugin_type", it));
    let steps = registration.steps().iter().map(|it| line("step", it));
    endpoints.chain(plugin_types).chain(steps).collect()
}

fn line(kind: &'static str, row: &impl Serialize) -> String {
    let line = Line { kind, row };
    serde_json::to_string(&line).expect("rows are texts, numbers and lists") + "\n"
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
    let sections: Vec<_> = sections.chain([depth]).collect();
    sections.join("\n")
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
        let key = it.shown_sas_key_variable().map(|variable| format!("in {variable}"));
        table.push([
            it.name.clone(),
            label!(it.contract),
            it.message_format.map(|it| label!(it)).unwrap_or_default(),
            it.auth_type.map(|it| label!(it)).unwrap_or_default(),
            it.namespace_address.clone(),
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
