//! What endpoints and steps must keep to together.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::choices::EventHandlerType;
use crate::endpoint::ServiceEndpoint;
use crate::operation::Operation;
use crate::plugin_type::PluginType;
use crate::problem::{Problem, ProblemKind};
use crate::registration::Registration;
use crate::step::{Rules, Step};

impl Registration {
    /// Checks each endpoint, each plug-in type, each step with its images, and how they fit together.
    /// Returns all problems together.
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_registration::{ConnectionParts, Registration, Rules, ServiceEndpoint, Severity};
    ///
    /// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "send", key: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", entity_path: Some("accounts") };
    /// let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
    /// let problems = Registration::new(vec![endpoint], vec![]).check(Rules::default());
    /// assert_eq!(problems[0].severity(), Severity::Warning);
    /// assert_eq!(problems[0].to_string(), "endpoint `Accounts`: no step posts to the endpoint");
    /// ```
    #[must_use]
    pub fn check(&self, rules: Rules) -> Vec<Problem> {
        let contracts: HashMap<_, _> =
            self.endpoints.iter().map(|it| (it.id, it.contract)).collect();
        let mut problems: Vec<_> =
            self.endpoints.iter().flat_map(ServiceEndpoint::validate).collect();
        problems.extend(ServiceEndpoint::unique_names(&self.endpoints));
        problems.extend(self.plugin_types.iter().flat_map(PluginType::validate));
        problems.extend(self.repeated_plugin_types());
        for step in &self.steps {
            let contract = contracts.get(&step.event_handler).copied();
            problems.extend(step.validate(contract, rules));
            problems.extend(self.missing_handler(step));
            problems.extend(self.never_fires(step));
        }
        problems.extend(self.repeated_ids());
        problems.extend(self.repeated_events());
        problems.extend(self.unused_endpoints());
        problems
    }

    /// A problem if the platform carries the step's message out as another one.
    fn never_fires(&self, step: &Step) -> Option<Problem> {
        // A step of every table is one of the elastic ones too.
        let table = step.primary_table();
        let table = table.or_else(|| self.behavior().elastic_tables.first().map(String::as_str));
        let operation = Operation::new(&step.message, table);
        let carried_out = operation.carried_out_as(self.behavior()).next()?;
        Some(Problem::new(step.component(), ProblemKind::CarriedOut { carried_out }))
    }

    fn missing_handler(&self, step: &Step) -> Option<Problem> {
        let id = step.event_handler;
        let (is_known, problem) = match step.event_handler_type {
            EventHandlerType::SERVICE_ENDPOINT => {
                (self.endpoint(id).is_some(), ProblemKind::NoEndpoint { id })
            }
            EventHandlerType::PLUGIN_TYPE => {
                (self.plugin_type(id).is_some(), ProblemKind::NoPluginType { id })
            }
            kind => (false, ProblemKind::UnknownHandlerType { kind }),
        };
        (!is_known).then(|| Problem::new(step.component(), problem))
    }

    fn repeated_plugin_types(&self) -> impl Iterator<Item = Problem> {
        let mut names = HashSet::new();
        self.plugin_types
            .iter()
            .filter(move |it| !names.insert(it.name.as_str()))
            .map(|it| Problem::new(it.component(), ProblemKind::NameNotUnique))
    }

    // One set for all kinds: ids are GUIDs, and a step names its handler by id alone, so an endpoint
    // and a plug-in type must not share one either.
    fn repeated_ids(&self) -> impl Iterator<Item = Problem> {
        let mut ids = HashSet::new();
        let endpoints = self.endpoints.iter().map(|it| (it.id, it.component()));
        let plugin_types = self.plugin_types.iter().map(|it| (it.id, it.component()));
        let steps = self.steps.iter().map(|it| (it.id, it.component()));
        endpoints
            .chain(plugin_types)
            .chain(steps)
            .filter(move |(id, _)| !ids.insert(*id))
            .map(|(_, component)| Problem::new(component, ProblemKind::IdNotUnique))
    }

    /// Steps with other filters may well be meant.
    fn repeated_events(&self) -> impl Iterator<Item = Problem> {
        let mut events = HashMap::new();
        self.steps.iter().filter_map(move |step| {
            let earlier = events.insert(event(step), step.name.as_str())?;
            let other = earlier.to_owned();
            Some(Problem::new(step.component(), ProblemKind::SameEvent { other }))
        })
    }

    fn unused_endpoints(&self) -> impl Iterator<Item = Problem> {
        // By a custom of Azure-aware plug-ins, the configuration of their step is the endpoint's id
        // (https://learn.microsoft.com/power-apps/developer/data-platform/write-custom-azure-aware-plugin).
        let configured = |step: &Step| Uuid::try_parse(step.configuration.as_deref()?.trim()).ok();
        let handlers = self.steps.iter().map(|it| it.event_handler);
        let used: HashSet<_> = handlers.chain(self.steps.iter().filter_map(configured)).collect();
        self.endpoints
            .iter()
            .filter(move |it| !used.contains(&it.id))
            .map(|it| Problem::new(it.component(), ProblemKind::UnusedEndpoint))
    }
}

/// What a step fires on, and what handles it.
fn event(step: &Step) -> impl Eq + std::hash::Hash {
    let mut filter: Vec<_> = step.filtering_attributes.listed().collect();
    filter.sort_unstable();
    let tables = (step.primary_table(), step.secondary_table());
    (step.event_handler, &step.message, tables, step.stage, step.mode, filter)
}
