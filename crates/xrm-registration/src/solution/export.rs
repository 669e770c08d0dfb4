//! Writing solutions.

mod endpoint;
mod error;
mod loss;
mod manifest;
mod markup;
mod step;

pub use error::ExportError;
pub use loss::{Loss, LossKind};
pub use manifest::Manifest;

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use uuid::Uuid;

use crate::choices::{Contract, EventHandlerType};
use crate::component::Component;
use crate::endpoint::ServiceEndpoint;
use crate::registration::Registration;
use crate::solution::message_id::MessageIds;
use crate::solution::system_handler::SystemHandler;
use crate::step::Step;
use loss::Losses;
use markup::Markup;
use step::{ExportedHandler, ExportedMessage, ExportedStep};

/// The attributes of roots. Exports declare this namespace, whether they use it or not.
const ROOT: &[(&str, &str)] = &[("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")];

/// A registration as files of a solution.
///
/// Elements have the order and the form of today's exports. The files of one registration are always
/// the same, byte by byte, and are [read](crate::solution::Import) as the same registration, but for
/// its [losses](Self::losses). [`write_manifest`](Self::write_manifest) writes the manifest.
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
        Markup::document(&mut out, |markup| {
            markup.element(Component::Registration, "ImportExportXml", ROOT, |markup| {
                markup.list("SdkMessageProcessingSteps", &[], &self.steps, |markup, it| {
                    step::write(markup, it, &[])
                })?;
                self.write_endpoints(markup, &[])
            })
        })
    }

    /// Writes `solution.xml`, the manifest, which lists the endpoints and steps as root components.
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_registration::solution::{Export, Manifest, MessageIds};
    /// use xrm_registration::{ConnectionParts, Registration, ServiceEndpoint};
    ///
    /// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: None };
    /// let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
    /// let registration = Registration::new(vec![endpoint], vec![]);
    /// let export = Export::new(&registration, &MessageIds::known())?;
    /// let mut manifest = Vec::new();
    /// export.write_manifest(&Manifest::new("ContosoEvents", "contoso", "contoso"), &mut manifest)?;
    /// let manifest = String::from_utf8(manifest)?;
    /// assert!(manifest.contains("<RootComponent type=\"95\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`] if the writer fails, [`ExportError::Character`] if a name has a character
    /// that XML can't hold.
    pub fn write_manifest(
        &self,
        manifest: &Manifest,
        mut out: impl Write,
    ) -> Result<(), ExportError> {
        let endpoints = self.endpoints.iter().map(|it| (manifest::ENDPOINT, it.id));
        let steps = self.steps.iter().map(|it| (manifest::STEP, it.step.id));
        let components: Vec<_> = endpoints.chain(steps).collect();
        manifest.write(&components, &mut out)
    }

    /// The files of the unpacked solution: one for all endpoints, if there are any, and one for
    /// each step.
    ///
    /// Errors are those of a writer, and memory takes whatever is written.
    pub fn files(&self) -> impl Iterator<Item = Result<ExportedFile, ExportError>> {
        let endpoints = (!self.endpoints.is_empty()).then(|| {
            let path = "PluginAssemblies/ServiceEndpoints.xml".to_owned();
            ExportedFile::written(path, |markup| self.write_endpoints(markup, ROOT))
        });
        let steps = self.steps.iter().map(|it| {
            let path = format!("SdkMessageProcessingSteps/{{{}}}.xml", it.step.id);
            ExportedFile::written(path, |markup| step::write(markup, it, ROOT))
        });
        endpoints.into_iter().chain(steps)
    }

    fn write_endpoints(
        &self,
        markup: &mut Markup<'_>,
        attributes: &[(&'static str, &str)],
    ) -> Result<(), ExportError> {
        markup.list("ServiceEndpoints", attributes, &self.endpoints, |markup, it| {
            endpoint::write(markup, it)
        })
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

/// The steps, each id once.
fn steps<'a>(
    registration: &'a Registration,
    messages: &MessageIds,
    losses: &mut Losses,
) -> Vec<ExportedStep<'a>> {
    let contracts: HashMap<_, _> =
        registration.endpoints().iter().map(|it| (it.id, it.contract)).collect();
    let plugin_types: HashMap<_, _> =
        registration.plugin_types().iter().map(|it| (it.id, it)).collect();
    let mut ids = HashSet::new();
    let mut steps = Vec::new();
    for step in registration.steps() {
        if !ids.insert(step.id) {
            losses.add(step.component(), LossKind::RepeatedId);
            continue;
        }
        losses.step(step);
        let handler = match step.event_handler_type {
            EventHandlerType::PLUGIN_TYPE => {
                ExportedHandler::PluginType(plugin_types.get(&step.event_handler).copied())
            }
            EventHandlerType::SERVICE_ENDPOINT => {
                let contract = contracts.get(&step.event_handler).copied();
                if contract.is_none() {
                    losses.add(step.component(), LossKind::UnknownContract);
                }
                ExportedHandler::Endpoint(SystemHandler::of(contract.unwrap_or(Contract::QUEUE)))
            }
            _ => ExportedHandler::Other,
        };
        steps.push(ExportedStep { step, message: message(step, messages), handler });
    }
    steps
}

/// The message as a step names it: by its id if that is known, else by its name. A step whose message
/// was not known by name when it was read has the id itself.
fn message<'a>(step: &'a Step, messages: &MessageIds) -> ExportedMessage<'a> {
    let name = step.message.as_str();
    let id = step.message_id.or_else(|| messages.id(name)).or_else(|| {
        let id = Uuid::try_parse(name).ok()?;
        // `try_parse` takes other forms too, and a message might have such a name.
        (id.to_string() == name).then_some(id)
    });
    id.map_or(ExportedMessage::Name(name), ExportedMessage::Id)
}
