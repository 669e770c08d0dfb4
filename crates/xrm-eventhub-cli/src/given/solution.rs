//! Registrations at work, with the keys that they name in the environment.

use std::path::Path;
use std::sync::Arc;

use xrm_eventhub::sas::Endpoint;
use xrm_eventhub::{
    ConnectionString, EventHubSolution, EventHubSolutionBuilder, JobStore, SolutionError,
};
use xrm_registration::{AuthType, Registration, ServiceEndpoint, Step};

use crate::error::Error;
use crate::given::client::NetworkArgs;
use crate::given::{document, environment};
use crate::terminal::output;

/// The registration of a document at work, with a store, if there is one.
///
/// Steps of plug-ins are left out, with a note: their code is an application's.
pub(crate) fn open(
    path: &Path,
    store: Option<Arc<dyn JobStore>>,
    network: &NetworkArgs,
    set: impl FnOnce(EventHubSolutionBuilder) -> EventHubSolutionBuilder,
) -> Result<EventHubSolution, Error> {
    build(without_plugins(&document::registration(path)?), store, network, set)
}

/// A registration at work, with the secrets in the variables that it names.
pub(crate) fn build(
    registration: Registration,
    store: Option<Arc<dyn JobStore>>,
    network: &NetworkArgs,
    set: impl FnOnce(EventHubSolutionBuilder) -> EventHubSolutionBuilder,
) -> Result<EventHubSolution, Error> {
    note_other_parts(&registration)?;
    let endpoints = registration.endpoints().to_vec();
    let builder = with_secrets(EventHubSolution::builder(registration))?;
    let mut builder = set(builder.transport(network.client()?));
    if let Some(store) = store {
        builder = builder.job_store(store);
    }
    builder.build().map_err(|error| {
        let keyless = match &error {
            SolutionError::NoKey { endpoint } => endpoints.iter().find(|it| it.name == *endpoint),
            _ => None,
        };
        let keyless = keyless.map(no_secret);
        keyless.unwrap_or_else(|| Error::invalid("cannot use the registration").caused_by(&error))
    })
}

/// The error of an endpoint that lacks its secret. It names the variable, which is what to set.
pub(crate) fn no_secret(endpoint: &ServiceEndpoint) -> Error {
    let name = &endpoint.name;
    if endpoint.auth_type == Some(AuthType::MANAGED_IDENTITY) {
        return Error::invalid(format_args!(
            "the endpoint `{name}` authorizes by a managed identity, which this version does not use"
        ));
    }
    let variable = match endpoint.auth_type {
        Some(AuthType::SAS_TOKEN) => endpoint.shown_sas_token_variable(),
        _ => endpoint.shown_sas_key_variable(),
    };
    match variable {
        Some(variable) => Error::invalid(format_args!(
            "the environment variable {variable} is not set, which is to hold the secret of the \
             endpoint `{name}`"
        )),
        None => Error::invalid(format_args!("the endpoint `{name}` names no variable of a secret")),
    }
}

fn without_plugins(registration: &Registration) -> Registration {
    let (plugins, posts): (Vec<_>, Vec<_>) =
        registration.steps().iter().cloned().partition(Step::runs_plugin);
    for step in plugins {
        output::note(format_args!("the step {} is left out: it runs a plug-in", step.name));
    }
    Registration::new(registration.endpoints().to_vec(), posts)
        .with_max_depth(registration.max_depth())
        .with_behavior(registration.behavior().clone())
}

/// Says which connection strings are those of another hub than the endpoints that name them: the service
/// would refuse such a key without saying why. A key by itself can't be compared with anything.
fn note_other_parts(registration: &Registration) -> Result<(), Error> {
    for endpoint in registration.endpoints() {
        let Some(variable) = &endpoint.sas_key_variable else { continue };
        if let Some(connection) = environment::optional_connection_string(variable)?
            && let Some(part) = other_part(endpoint, &connection)
        {
            output::note(format_args!(
                "the connection string in {variable} has another {part} than the endpoint {}, \
                 whose own is used",
                endpoint.name
            ));
        }
    }
    Ok(())
}

/// Gives the endpoints the secrets in the variables that they name.
fn with_secrets(builder: EventHubSolutionBuilder) -> Result<EventHubSolutionBuilder, Error> {
    // The closure can't fail, so the first error is kept beside it.
    let mut failed = None;
    let builder = builder.secrets(|variable| match environment::optional_secret(variable) {
        Ok(text) => text.map(|mut it| std::mem::take(&mut *it)),
        Err(error) => {
            failed.get_or_insert(error);
            None
        }
    });
    match (failed, builder) {
        (Some(error), _) => Err(error),
        (None, Ok(builder)) => Ok(builder),
        (None, Err(SolutionError::Secret { variable, source })) => {
            Err(Error::invalid(environment::unusable(&variable)).caused_by(&source))
        }
        (None, Err(error)) => Err(Error::invalid("cannot use the registration").caused_by(&error)),
    }
}

/// The part in which a connection string differs from an endpoint: its key may be for another hub.
fn other_part(endpoint: &ServiceEndpoint, connection: &ConnectionString) -> Option<&'static str> {
    let address = endpoint.namespace_address.parse::<Endpoint>().ok();
    let authority = |it: &Endpoint| (it.host().to_ascii_lowercase(), it.port());
    let is_elsewhere = address.is_some_and(|it| authority(&it) != authority(connection.endpoint()));
    // A connection string without EntityPath is one of the namespace, which opens all its hubs.
    let is_of_other_hub = connection.entity_path().is_some_and(|it| it != endpoint.path);
    let key_name = endpoint.sas_key_name.as_deref().unwrap_or_default();
    let parts = [
        (is_elsewhere, "Endpoint"),
        (is_of_other_hub, "EntityPath"),
        (connection.key_name() != key_name, "SharedAccessKeyName"),
    ];
    parts.into_iter().find(|(differs, _)| *differs).map(|it| it.1)
}
