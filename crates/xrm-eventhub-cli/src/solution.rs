//! Registrations at work.

use std::path::Path;
use std::sync::Arc;

use xrm_eventhub::{EventHubSolution, EventHubSolutionBuilder, JobStore};
use xrm_registration::{Registration, SasKey, Step};

use crate::error::Error;
use crate::registration::document;
use crate::{environment, output};

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
    let mut builder = set(EventHubSolution::from_registration(registration));
    if let Some(store) = store {
        builder = builder.shared_job_store(store);
    }
    builder.build().map_err(Error::NotAtWork)
}

fn without_plugins(registration: &Registration) -> Registration {
    let (plugins, posts): (Vec<_>, Vec<_>) =
        registration.steps().iter().cloned().partition(Step::is_of_plugin);
    for step in plugins {
        output::note(format_args!("the step {} is left out: it runs a plug-in", step.name));
    }
    Registration::new(registration.endpoints().to_vec(), posts)
        .with_max_depth(registration.max_depth())
}

/// Gives the endpoints their keys: those that steps post to must have one.
fn set_keys(registration: &mut Registration) -> Result<(), Error> {
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
