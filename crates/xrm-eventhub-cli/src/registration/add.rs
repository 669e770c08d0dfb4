//! Registering endpoints and steps.

use std::path::Path;

use serde::Serialize;
use xrm_eventhub::{ConnectionString, MessageFormat, service_endpoint};
use xrm_registration::{Image, Problem, Registration, Rules, ServiceEndpoint, Severity, Step};

use crate::cli::{AddEndpoint, AddStep};
use crate::error::Error;
use crate::given::document::{self, Format};
use crate::given::{environment, file, input};
use crate::machine;
use crate::status::Status;
use crate::terminal::output;

/// What is added, as it stands in a document.
#[derive(Serialize)]
struct Addition<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    endpoints: &'a [ServiceEndpoint],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    steps: &'a [Step],
}

/// `registration add-endpoint`
pub(super) fn add_endpoint(arguments: &AddEndpoint) -> Result<Status, Error> {
    let path = &arguments.registration;
    let connection = environment::connection_string_in(&arguments.variable)?;
    let mut endpoint = event_hub(&arguments.name, &connection, arguments.format);
    endpoint.sas_key_variable = Some(arguments.variable.clone());
    let id = endpoint.id;
    let registration = if path.exists() {
        document::registration(path)?
    } else {
        Registration::new(Vec::new(), Vec::new())
    };
    let mut endpoints = registration.endpoints().to_vec();
    endpoints.push(endpoint.clone());
    let mut problems = endpoint.validate();
    problems.extend(ServiceEndpoint::unique_names(&endpoints));
    if is_refused(&problems) {
        return Ok(Status::Unsuccessful);
    }
    append(path, &Addition { endpoints: &[endpoint], steps: &[] })?;
    output::line(&id.to_string())?;
    Ok(Status::Done)
}

/// `registration add-step`
pub(super) fn add_step(arguments: &AddStep) -> Result<Status, Error> {
    let path = &arguments.registration;
    let registration = document::registration(path)?;
    let name = &arguments.endpoint;
    let endpoint = registration.endpoints().iter().find(|it| it.name == *name);
    let endpoint = endpoint.ok_or_else(|| Error::NoEndpoint { name: name.clone() })?;
    let step = step(arguments, endpoint);
    if is_refused(&step.validate(Some(endpoint.contract), Rules::default())) {
        return Ok(Status::Unsuccessful);
    }
    let id = step.id;
    append(path, &Addition { endpoints: &[], steps: &[step] })?;
    output::line(&id.to_string())?;
    Ok(Status::Done)
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

fn step(arguments: &AddStep, endpoint: &ServiceEndpoint) -> Step {
    let id = machine::random_id();
    let mut step = Step::new(id, endpoint, &arguments.message, arguments.table.as_deref());
    if let Some(name) = &arguments.name {
        step.name.clone_from(name);
    }
    step.filtering_attributes = arguments.filter.as_str().into();
    step.rank = arguments.rank;
    step.async_auto_delete = arguments.auto_delete;
    let pre = arguments.pre_image.iter().map(|it| Image::pre(&it.alias, it.columns.clone()));
    let post = arguments.post_image.iter().map(|it| Image::post(&it.alias, it.columns.clone()));
    step.images = pre.chain(post).collect();
    step
}

/// Tells what is wrong, and whether it is too much.
fn is_refused(problems: &[Problem]) -> bool {
    for problem in problems {
        output::note(format_args!("{}[{}]: {problem}", problem.severity(), problem.kind.id()));
    }
    problems.iter().any(|it| it.severity() == Severity::Error)
}

/// Adds to a document, and leaves what stands in it as it is.
fn append(path: &Path, addition: &Addition<'_>) -> Result<(), Error> {
    let name = || input::name(path);
    if path.as_os_str() == "-" {
        return Err(Error::NotAppendable { name: name() });
    }
    let text = if path.exists() { document::text(path)? } else { String::new() };
    let format = Format::of(path, &text).ok_or_else(|| Error::DocumentFormat { name: name() })?;
    let longer = match format {
        Format::Toml => appended_to_toml(&text, addition),
        Format::Json => appended_to_json(&text, addition),
    };
    let longer = longer.ok_or_else(|| Error::NotAppendable { name: name() })?;
    document::parse::<Registration>(&longer, format)
        .map_err(|_| Error::NotAppendable { name: name() })?;
    let written = file::write(path, longer.as_bytes());
    written.map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// A table of an array of tables can stand at the end of any document.
fn appended_to_toml(text: &str, addition: &Addition<'_>) -> Option<String> {
    let addition = toml::to_string(addition).ok()?;
    let text = text.trim_end();
    Some(if text.is_empty() { addition } else { format!("{text}\n\n{addition}") })
}

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
