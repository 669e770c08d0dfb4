//! What endpoints and steps must keep to together.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::endpoint::ServiceEndpoint;
use crate::problem::{Problem, ProblemKind};
use crate::registration::Registration;
use crate::step::{Rules, Step};

impl Registration {
    /// Everything that is wrong with the registration, at once: with each endpoint, with each step
    /// and its images, and among them.
    #[must_use]
    pub fn check(&self, rules: Rules) -> Vec<Problem> {
        let contracts: HashMap<_, _> =
            self.endpoints.iter().map(|it| (it.id, it.contract)).collect();
        let mut problems: Vec<_> =
            self.endpoints.iter().flat_map(ServiceEndpoint::validate).collect();
        problems.extend(ServiceEndpoint::unique_names(&self.endpoints));
        for step in &self.steps {
            let contract = contracts.get(&step.event_handler).copied();
            problems.extend(step.validate(contract, rules));
            if contract.is_none() {
                let id = step.event_handler;
                problems.push(Problem::new(step.place(), ProblemKind::NoEndpoint { id }));
            }
        }
        problems.extend(self.repeated_ids());
        problems.extend(self.repeated_events());
        problems.extend(self.unused_endpoints());
        problems
    }

    fn repeated_ids(&self) -> impl Iterator<Item = Problem> {
        let mut ids = HashSet::new();
        let endpoints = self.endpoints.iter().map(|it| (it.id, it.place()));
        let steps = self.steps.iter().map(|it| (it.id, it.place()));
        endpoints
            .chain(steps)
            .filter(move |(id, _)| !ids.insert(*id))
            .map(|(_, place)| Problem::new(place, ProblemKind::IdNotUnique))
    }

    /// Steps with other filters may well be meant.
    fn repeated_events(&self) -> impl Iterator<Item = Problem> {
        let mut events = HashMap::new();
        self.steps.iter().filter_map(move |step| {
            let earlier = events.insert(event(step), step.name.as_str())?;
            let other = earlier.to_owned();
            Some(Problem::new(step.place(), ProblemKind::SameEvent { other }))
        })
    }

    fn unused_endpoints(&self) -> impl Iterator<Item = Problem> {
        let used: HashSet<Uuid> = self.steps.iter().map(|it| it.event_handler).collect();
        self.endpoints
            .iter()
            .filter(move |it| !used.contains(&it.id))
            .map(|it| Problem::new(it.place(), ProblemKind::UnusedEndpoint))
    }
}

/// What a step fires on, and where that is posted.
fn event(step: &Step) -> impl Eq + std::hash::Hash {
    let mut filter: Vec<_> = step.filtering_attributes.listed().collect();
    filter.sort_unstable();
    (step.event_handler, &step.message, step.primary_table(), step.stage, step.mode, filter)
}
