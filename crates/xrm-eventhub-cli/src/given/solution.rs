//! Registrations at work.

use std::path::Path;
use std::sync::Arc;

use xrm_eventhub::sas::Endpoint;
use xrm_eventhub::{
    ConnectionString, EventHubSolution, EventHubSolutionBuilder, JobStore, SolutionError,
};
use xrm_registration::{Registration, SasKey, ServiceEndpoint, Step};

use crate::error::Error;
use crate::given::document;
use crate::given::environment;
use crate::terminal::output;

/// The registration of a document at work, with the keys that it names in the environment, and with
/// the store, if there is one.
///
/// Steps of plug-ins are left out, and told of.
pub(crate) fn open(
    path: &Path,
    store: Option<Arc<dyn JobStore>>,
    set: impl FnOnce(EventHubSolutionBuilder) -> EventHubSolutionBuilder,
) -> Result<EventHubSolution, Error> {
    let mut registration = without_plugins(&document::registration(path)?);
    set_keys(&mut registration)?;
    let endpoints = registration.endpoints().to_vec();
    let mut builder = set(EventHubSolution::builder(registration));
    if let Some(store) = store {
        builder = builder.job_store(store);
    }
    builder.build().map_err(|error| not_at_work(error, &endpoints))
}

/// Why a registration can't work. Of a key that is missing, the variable is told, which is what to
/// set.
fn not_at_work(error: SolutionError, endpoints: &[ServiceEndpoint]) -> Error {
    let keyless = match &error {
        SolutionError::NoKey { endpoint } => endpoints.iter().find(|it| it.name == *endpoint),
        _ => None,
    };
    match keyless.and_then(|it| Some((it.name.clone(), it.sas_key_variable.clone()?))) {
        Some((endpoint, variable)) => Error::NoKeyVariable { endpoint, variable },
        None => Error::NotAtWork(error),
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
}

/// Gives the endpoints their keys: those that steps post to must have one.
fn set_keys(registration: &mut Registration) -> Result<(), Error> {
    for endpoint in registration.endpoints() {
        let Some(variable) = &endpoint.sas_key_variable else { continue };
        if let Some(connection) = environment::connection_string_if_one(variable)?
            && let Some(part) = other_part(endpoint, &connection)
        {
            output::note(format_args!(
                "the connection string in {variable} has another {part} than the endpoint {}, \
                 whose own is used",
                endpoint.name
            ));
        }
    }
    let mut failed = None;
    // What is missing is told by name when the solution is built, if it is needed.
    let _ = registration.set_sas_keys(|variable| match environment::sas_key(variable) {
        Ok(key) => key.map(|it| SasKey::new(it.reveal())),
        Err(error) => {
            failed.get_or_insert(error);
            None
        }
    });
    failed.map_or(Ok(()), Err)
}

/// The part by which a connection string is not that of an endpoint: its key may open something
/// else.
fn other_part(endpoint: &ServiceEndpoint, connection: &ConnectionString) -> Option<&'static str> {
    let address = endpoint.namespace_address.parse::<Endpoint>().ok();
    let place = |it: &Endpoint| (it.host().to_ascii_lowercase(), it.port());
    let is_elsewhere = address.is_some_and(|it| place(&it) != place(connection.endpoint()));
    let is_of_other_hub = connection.entity_path().is_some_and(|it| it != endpoint.path);
    let key_name = endpoint.sas_key_name.as_deref().unwrap_or_default();
    match () {
        () if is_elsewhere => Some("Endpoint"),
        () if is_of_other_hub => Some("EntityPath"),
        () if connection.key_name() != key_name => Some("SharedAccessKeyName"),
        () => None,
    }
}
