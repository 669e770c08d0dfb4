//! Writing solutions.

mod endpoint;
mod error;
mod loss;
mod markup;
mod step;

pub use error::ExportError;
pub use loss::{Loss, LossKind};

use std::collections::HashSet;
use std::io::{self, Write};

use uuid::Uuid;

use crate::component::Component;
use crate::endpoint::ServiceEndpoint;
use crate::registration::Registration;
use crate::solution::message_id::MessageIds;
use loss::Losses;
use markup::Markup;
use step::ExportedStep;

/// A registration as files of a solution.
///
/// Elements stand in the order that the schema of `customizations.xml` gives them. What comes of
/// one registration is always the same, byte by byte, and is [read](crate::solution::Import) as the
/// same registration, but for its [losses](Self::losses).
///
/// A solution has other files besides: its manifest lists the endpoints (as root components of type
/// 95) and the steps (type 92), and is left to the tools that pack one.
#[derive(Clone, Debug)]
pub struct Export<'a> {
    endpoints: Vec<&'a ServiceEndpoint>,
    steps: Vec<ExportedStep<'a>>,
    losses: Vec<Loss>,
}

/// A file of an unpacked solution.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportedFile {
    /// Its path in the solution's folder, with `/` between names.
    pub path: String,
    /// What it holds.
    pub content: Vec<u8>,
}

impl<'a> Export<'a> {
    /// Prepares a registration for writing, with these ids of messages.
    ///
    /// # Errors
    ///
    /// [`ExportError::Character`] if a text has a character that XML can't hold.
    pub fn new(registration: &'a Registration, messages: &MessageIds) -> Result<Self, ExportError> {
        let mut losses = Losses::new(registration);
        let endpoints = endpoints(registration, &mut losses);
        let steps = steps(registration, messages, &mut losses);
        let used = steps.iter().filter(|it| it.step.runs_plugin()).map(|it| it.step.event_handler);
        losses.plugin_types(registration, &used.collect());
        let export = Self { endpoints, steps, losses: losses.into_losses() };
        // A trial, so that a text which XML can't hold is an error here, where the registration is
        // at hand, and what is left for `files` and `write_customizations` are errors of the writer.
        export.write_customizations(io::sink())?;
        Ok(export)
    }

    /// The parts of the registration that the files do not hold.
    #[must_use]
    pub fn losses(&self) -> &[Loss] {
        &self.losses
    }

    /// Writes `customizations.xml`, with the sections of steps and endpoints and no others.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`] if the writer fails.
    pub fn write_customizations(&self, mut out: impl Write) -> Result<(), ExportError> {
        // Exports declare this namespace, whether they use it or not.
        let attributes = [("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")];
        Markup::document(&mut out, |markup| {
            markup.element(Component::Registration, "ImportExportXml", &attributes, |markup| {
                markup.list("SdkMessageProcessingSteps", &self.steps, step::write)?;
                self.write_endpoints(markup)
            })
        })
    }

    /// The files of the unpacked solution: one for all endpoints, if there are any, and one for
    /// each step.
    ///
    /// Errors are those of a writer, and memory takes whatever is written.
    pub fn files(&self) -> impl Iterator<Item = Result<ExportedFile, ExportError>> {
        let endpoints = (!self.endpoints.is_empty()).then(|| {
            let path = "PluginAssemblies/ServiceEndpoints.xml".to_owned();
            ExportedFile::written(path, |markup| self.write_endpoints(markup))
        });
        let steps = self.steps.iter().map(|it| {
            let path = format!("SdkMessageProcessingSteps/{{{}}}.xml", it.step.id);
            ExportedFile::written(path, |markup| step::write(markup, it))
        });
        endpoints.into_iter().chain(steps)
    }

    fn write_endpoints(&self, markup: &mut Markup<'_>) -> Result<(), ExportError> {
        markup.list("ServiceEndpoints", &self.endpoints, |markup, it| endpoint::write(markup, it))
    }
}

impl ExportedFile {
    fn written(
        path: String,
        write: impl FnOnce(&mut Markup<'_>) -> Result<(), ExportError>,
    ) -> Result<Self, ExportError> {
        let mut content = Vec::new();
        Markup::document(&mut content, write)?;
        Ok(Self { path, content })
    }
}

/// The endpoints, each id once.
fn endpoints<'a>(registration: &'a Registration, losses: &mut Losses) -> Vec<&'a ServiceEndpoint> {
    // An id names one component wherever a solution goes, so of several only the first is written.
    let mut ids = HashSet::new();
    let mut endpoints = Vec::new();
    for endpoint in registration.endpoints() {
        if ids.insert(endpoint.id) {
            endpoints.push(endpoint);
        } else {
            losses.add(endpoint.component(), LossKind::RepeatedId);
        }
    }
    endpoints
}

/// The steps whose message has an id, each id once.
fn steps<'a>(
    registration: &'a Registration,
    messages: &MessageIds,
    losses: &mut Losses,
) -> Vec<ExportedStep<'a>> {
    let mut ids = HashSet::new();
    let mut steps = Vec::new();
    for step in registration.steps() {
        let Some(message) = message_id(&step.message, messages) else {
            let message = step.message.clone();
            losses.add(step.component(), LossKind::UnknownMessage { message });
            continue;
        };
        if !ids.insert(step.id) {
            losses.add(step.component(), LossKind::RepeatedId);
            continue;
        }
        losses.step(step);
        let plugin_type = registration.plugin_type(step.event_handler);
        let plugin_type = plugin_type.filter(|_| step.runs_plugin()).map(|it| it.name.as_str());
        steps.push(ExportedStep { step, message, plugin_type });
    }
    steps
}

/// The id of a message, by its name. A step whose message was not known by name when it was read
/// has the id itself.
fn message_id(message: &str, messages: &MessageIds) -> Option<Uuid> {
    messages.id(message).or_else(|| {
        let id = Uuid::try_parse(message).ok()?;
        // `try_parse` takes other forms too, and a message might have such a name.
        (id.to_string() == message).then_some(id)
    })
}
