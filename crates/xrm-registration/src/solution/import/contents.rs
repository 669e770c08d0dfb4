//! What was read, until all files are.

use std::collections::{BTreeMap, HashSet};

use super::imported::{Imported, MissingKey};
use super::notice::{Notice, NoticeKind};
use super::plugin_types::{DeclaredType, NamedType, PluginTypes};
use crate::choices::{AuthType, Contract, StepState};
use crate::component::Component;
use crate::endpoint::ServiceEndpoint;
use crate::registration::Registration;
use crate::solution::location::Location;
use crate::step::Step;

/// How many names of elements are counted apart.
const MOST_NAMES: usize = 1000;

/// Where those beyond are counted.
const OTHERS: &str = "(others)";

#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) endpoints: Vec<(Location, ServiceEndpoint)>,
    pub(super) declared_types: Vec<DeclaredType>,
    pub(super) steps: Vec<ReadStep>,
    pub(super) notices: Vec<Notice>,
    /// The lists of one file that were read.
    pub(super) sections: HashSet<String>,
    left_alone: BTreeMap<String, u64>,
    pub(super) components: u64,
}

/// A step, and the plug-in type that it runs as the file names it.
#[derive(Debug)]
pub(super) struct ReadStep {
    pub(super) location: Location,
    pub(super) step: Step,
    /// Whether the file has its state.
    pub(super) has_state: bool,
    pub(super) plugin_type: Option<NamedType>,
}

impl Contents {
    /// Those of another file, which count to the same limit.
    pub(super) fn after(earlier: &Self) -> Self {
        Self { components: earlier.components, ..Self::default() }
    }

    pub(super) fn append(&mut self, later: Self) {
        self.endpoints.extend(later.endpoints);
        self.declared_types.extend(later.declared_types);
        self.steps.extend(later.steps);
        self.notices.extend(later.notices);
        self.components = later.components;
        for (name, count) in later.left_alone {
            self.leave(&name, count);
        }
    }

    /// Counts elements that were left alone.
    pub(super) fn leave(&mut self, name: &str, count: u64) {
        if count == 0 {
            return;
        }
        // Names come from the file, so their number is bounded like everything that is kept of it.
        let names = self.left_alone.len() - usize::from(self.left_alone.contains_key(OTHERS));
        let is_known = self.left_alone.contains_key(name) || names < MOST_NAMES;
        let name = if is_known { name } else { OTHERS };
        let total = self.left_alone.entry(name.to_owned()).or_default();
        *total = total.saturating_add(count);
    }

    pub(super) fn note(&mut self, component: Component, location: Location, kind: NoticeKind) {
        self.notices.push(Notice { component, location, kind });
    }

    /// What was read, where steps without a state have this one.
    pub(super) fn finish(mut self, state: StepState) -> Imported {
        let assumed_state = self.assume_state(state);
        let endpoints = self.endpoints_once();
        let (plugin_types, steps) = self.steps_once();
        let missing_keys = endpoints.iter().filter_map(|it| {
            let variable = secret_variable(it)?;
            Some(MissingKey { endpoint: it.id, name: it.name.clone(), variable })
        });
        Imported {
            missing_keys: missing_keys.collect(),
            registration: Registration::new(endpoints, steps).with_plugin_types(plugin_types.used),
            left_alone: self.left_alone,
            notices: self.notices,
            assumed_state,
        }
    }

    /// Gives the steps a state that have none; `None` if all have one.
    fn assume_state(&mut self, state: StepState) -> Option<StepState> {
        let mut assumed = None;
        for read in self.steps.iter_mut().filter(|it| !it.has_state) {
            read.step.state = state;
            assumed = Some(state);
        }
        assumed
    }

    fn endpoints_once(&mut self) -> Vec<ServiceEndpoint> {
        let mut ids = HashSet::new();
        let mut once = Vec::new();
        for (location, endpoint) in std::mem::take(&mut self.endpoints) {
            if ids.insert(endpoint.id) {
                once.push(endpoint);
            } else {
                self.note(endpoint.component(), location, NoticeKind::RepeatedId);
            }
        }
        once
    }

    // Only when all files are read: a step's plug-in type may be in a later one.
    fn steps_once(&mut self) -> (PluginTypes, Vec<Step>) {
        let mut plugin_types = PluginTypes::new(std::mem::take(&mut self.declared_types));
        let mut ids = HashSet::new();
        let mut once = Vec::new();
        for ReadStep { location, mut step, plugin_type, .. } in std::mem::take(&mut self.steps) {
            if !ids.insert(step.id) {
                self.note(step.component(), location, NoticeKind::RepeatedId);
                continue;
            }
            if let Some(named) = plugin_type {
                let (id, notice) = plugin_types.find(named);
                step.event_handler = id;
                if let Some((component, kind)) = notice {
                    self.note(component.unwrap_or_else(|| step.component()), location, kind);
                }
            }
            once.push(step);
        }
        self.leave("PluginType", plugin_types.unused());
        (plugin_types, once)
    }
}

/// The member that names the variable of the endpoint's secret. Endpoints of Service Bus authorized by
/// keys before there was a column for it.
fn secret_variable(endpoint: &ServiceEndpoint) -> Option<&'static str> {
    let is_webhook = endpoint.contract == Contract::WEBHOOK;
    match endpoint.auth_type {
        Some(AuthType::SAS_KEY) => Some("sas_key_variable"),
        Some(AuthType::SAS_TOKEN) => Some("sas_token_variable"),
        None if endpoint.contract.is_service_bus() => Some("sas_key_variable"),
        _ => is_webhook.then_some("auth_value_variable"),
    }
}
