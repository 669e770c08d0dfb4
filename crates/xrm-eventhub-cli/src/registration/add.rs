//! `registration add-endpoint` and `registration add-step`

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use xrm_eventhub::{ConnectionString, MessageFormat, service_endpoint};
use xrm_registration::{
    Attributes, AuthType, Image, Problem, Registration, Rules, ServiceEndpoint, Severity, Step,
};

use crate::error::{Error, Exit, exit_codes};
use crate::given::document::{self, Format};
use crate::given::environment::PlainHostArgs;
use crate::given::file;
use crate::given::input::{self, format_parser};
use crate::machine;
use crate::registration::check;
use crate::terminal::output;

/// Add a service endpoint, an event hub, to a registration.
///
/// The document is created if there is none. What is in it stays as it is; the endpoint comes
/// after it. Its address, hub and policy are those of the connection string in the variable; its key
/// stays there, and the document names the variable. Standard output gets the endpoint's id.
#[derive(Args, Debug)]
#[command(after_help = exit_codes!(
    "done",
    "the endpoint would break rules, or the document can't be written",
    "the arguments, the variable or the document are invalid",
))]
pub(crate) struct AddEndpoint {
    /// The registration's document, .toml or .json.
    #[arg(value_name = "FILE")]
    registration: PathBuf,
    /// The name of the endpoint.
    #[arg(long)]
    name: String,
    /// The environment variable that holds the connection string of the event hub.
    #[arg(long, value_name = "NAME")]
    variable: String,
    /// The format of the bodies that are posted there.
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = format_parser())]
    format: MessageFormat,
    #[command(flatten)]
    plain_host: PlainHostArgs,
}

/// Add a step to a registration: what is posted to one of its endpoints.
///
/// The step is asynchronous and runs after the operation. What is in the document stays as it
/// is; the step comes after it. Standard output gets the step's id.
#[derive(Args, Debug)]
#[command(after_help = exit_codes!(
    "done",
    "the step would break rules, or the document can't be written",
    "the arguments or the document are invalid",
))]
pub(crate) struct AddStep {
    /// The registration's document, .toml or .json.
    #[arg(value_name = "FILE")]
    registration: PathBuf,
    /// The name of the endpoint.
    #[arg(long, value_name = "NAME")]
    endpoint: String,
    /// The message, such as Create, Update or Delete.
    #[arg(long)]
    message: String,
    /// The logical name of the table [default: every table].
    #[arg(long)]
    table: Option<String>,
    /// The name of the step [default: `ENDPOINT: MESSAGE of TABLE`].
    #[arg(long)]
    name: Option<String>,
    /// The columns of which a request must include one [default: all].
    #[arg(long, value_name = "COLUMNS", default_value = "", hide_default_value = true)]
    filter: String,
    /// An image of the record before, with these columns or with all; may be given more than once.
    #[arg(long, value_name = "ALIAS[=COLUMNS]", value_parser = image)]
    pre_image: Vec<(String, Attributes)>,
    /// An image of the record after, with these columns or with all; may be given more than once.
    #[arg(long, value_name = "ALIAS[=COLUMNS]", value_parser = image)]
    post_image: Vec<(String, Attributes)>,
    /// The order among several steps: low ranks come first.
    #[arg(long, default_value_t = 1)]
    rank: i32,
    /// Delete the system job when it has succeeded.
    #[arg(long)]
    auto_delete: bool,
}

/// Parses an image: its alias and, if not all, its columns.
fn image(text: &str) -> Result<(String, Attributes), &'static str> {
    let (alias, columns) = text.split_once('=').unwrap_or((text, ""));
    if alias.is_empty() {
        return Err("the alias is missing");
    }
    Ok((alias.to_owned(), columns.into()))
}

impl AddEndpoint {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let path = &self.registration;
        let connection = self.plain_host.connection_string_in(&self.variable)?;
        let mut endpoint = event_hub(&self.name, &connection, self.format);
        // A connection string may hold a token in place of a key.
        let variable = match endpoint.auth_type {
            Some(AuthType::SAS_TOKEN) => &mut endpoint.sas_token_variable,
            _ => &mut endpoint.sas_key_variable,
        };
        *variable = Some(self.variable.clone());
        let mut endpoints = match path.exists() {
            true => document::registration(path)?.endpoints().to_vec(),
            false => Vec::new(),
        };
        endpoints.push(endpoint.clone());
        let mut problems = endpoint.validate();
        // Only the name can clash with what is there: the id is new.
        problems.extend(ServiceEndpoint::unique_names(&endpoints));
        let id = endpoint.id.to_string();
        add(path, &problems, &id, &Addition { endpoints: &[endpoint], steps: &[] })
    }
}

impl AddStep {
    pub(crate) fn run(&self) -> Result<Exit, Error> {
        let path = &self.registration;
        let registration = document::registration(path)?;
        let name = &self.endpoint;
        let endpoint = registration.endpoints().iter().find(|it| it.name == *name);
        let endpoint = endpoint.ok_or_else(|| {
            Error::invalid(format_args!("the registration has no endpoint named {name}"))
        })?;
        let step = self.step(endpoint);
        // The step alone: problems of other steps are no reason to refuse this one.
        let problems = step.validate(Some(endpoint.contract), Rules::default());
        let id = step.id.to_string();
        add(path, &problems, &id, &Addition { endpoints: &[], steps: &[step] })
    }

    fn step(&self, endpoint: &ServiceEndpoint) -> Step {
        let id = machine::random_id();
        let mut step = Step::new(id, endpoint, &self.message, self.table.as_deref());
        if let Some(name) = &self.name {
            step.name.clone_from(name);
        }
        step.filtering_attributes = self.filter.as_str().into();
        step.rank = self.rank;
        step.async_auto_delete = self.auto_delete;
        let pre = self.pre_image.iter().map(|(alias, columns)| Image::pre(alias, columns.clone()));
        let post =
            self.post_image.iter().map(|(alias, columns)| Image::post(alias, columns.clone()));
        step.images = pre.chain(post).collect();
        step
    }
}

/// A new endpoint: the event hub of a connection string.
pub(crate) fn event_hub(
    name: &str,
    connection: &ConnectionString,
    format: MessageFormat,
) -> ServiceEndpoint {
    let mut endpoint = service_endpoint(machine::random_id(), name, connection);
    if format == MessageFormat::Xml {
        endpoint.message_format = Some(xrm_registration::MessageFormatCode::TEXT_XML);
    }
    endpoint
}

/// What is added, as a document has it.
#[derive(Serialize)]
struct Addition<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    endpoints: &'a [ServiceEndpoint],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    steps: &'a [Step],
}

/// Reports the problems and, unless one is an error, adds to a document and prints the new id.
fn add(
    path: &Path,
    problems: &[Problem],
    id: &str,
    addition: &Addition<'_>,
) -> Result<Exit, Error> {
    for problem in problems {
        output::note(check::text(problem));
    }
    if problems.iter().any(|it| it.severity() == Severity::Error) {
        return Ok(Exit::Failed);
    }
    append(path, addition)?;
    output::line(id)?;
    Ok(Exit::Done)
}

/// Adds to a document, and leaves what is in it as it is.
fn append(path: &Path, addition: &Addition<'_>) -> Result<(), Error> {
    let refused = || {
        let name = input::name(path);
        let what = format!("{name} can't be added to, for what it is or how it is written");
        Error::invalid(what)
    };
    if input::is_standard(path) {
        return Err(refused());
    }
    let text = if path.exists() { document::text(path)? } else { String::new() };
    let format = Format::detect(path, &text)?;
    let longer = match format {
        Format::Toml => appended_to_toml(&text, addition),
        Format::Json => appended_to_json(&text, addition),
    };
    let longer = longer.ok_or_else(refused)?;
    // Not every document can be continued: a TOML list that is written inline can't be added to.
    document::parse::<Registration>(&longer, format).map_err(|_| refused())?;
    file::write(path, longer.as_bytes())
}

/// A table of an array of tables can stand at the end of any document.
fn appended_to_toml(text: &str, addition: &Addition<'_>) -> Option<String> {
    let addition = toml::to_string(addition).ok()?;
    let text = text.trim_end();
    Some(if text.is_empty() { addition } else { format!("{text}\n\n{addition}") })
}

/// JSON can't be continued at its end, so the whole document is written again: its values are kept,
/// and its layout is not.
fn appended_to_json(text: &str, addition: &Addition<'_>) -> Option<String> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    let mut document: serde_json::Value = serde_json::from_str(text).ok()?;
    let document = document.as_object_mut()?;
    for (name, added) in serde_json::to_value(addition).ok()?.as_object()? {
        let list = document.entry(name).or_insert_with(|| serde_json::json!([]));
        list.as_array_mut()?.extend(added.as_array()?.iter().cloned());
    }
    let text = serde_json::to_string_pretty(document).ok()?;
    Some(format!("{text}\n"))
}
