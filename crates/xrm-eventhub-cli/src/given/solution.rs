//! Registrations at work, with the keys that they name in the environment.

use std::path::Path;
use std::sync::Arc;

use xrm_eventhub::sas::Endpoint;
use xrm_eventhub::{
    ConnectionString, EventHubSolution, EventHubSolutionBuilder, JobStore, SolutionError,
};
use xrm_registration::{AuthType, Registration, SasKey, ServiceEndpoint, Step};

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
    mut registration: Registration,
    store: Option<Arc<dyn JobStore>>,
    network: &NetworkArgs,
    set: impl FnOnce(EventHubSolutionBuilder) -> EventHubSolutionBuilder,
) -> Result<EventHubSolution, Error> {
    set_keys(&mut registration)?;
    let endpoints = registration.endpoints().to_vec();
    let mut builder = set(EventHubSolution::builder(registration).transport(network.client()?));
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

/// Gives the endpoints the keys in the variables that they name.
fn set_keys(registration: &mut Registration) -> Result<(), Error> {
    for endpoint in registration.endpoints() {
        let Some(variable) = &endpoint.sas_key_variable else { continue };
        // A whole connection string may be that of another hub, whose key the service would refuse
        // without saying why; a key by itself can't be compared with anything.
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
    // The closures can't fail, so the first error is kept beside them.
    let mut failed = None;
    registration.set_sas_tokens(|variable| match environment::optional_token(variable) {
        Ok(token) => token.map(|it| SasKey::new(it.as_str())),
        Err(error) => {
            failed.get_or_insert(error);
            None
        }
    });
    // The build of the solution reports a missing key, if a step needs it.
    let _ = registration.set_sas_keys(|variable| match environment::optional_key(variable) {
        Ok(key) => key.map(|it| SasKey::new(it.reveal())),
        Err(error) => {
            failed.get_or_insert(error);
            None
        }
    });
    failed.map_or(Ok(()), Err)
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
