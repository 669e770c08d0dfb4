//! Optional parameters of requests: those that bypass steps, and the shared variable `tag`.

use std::fmt;

use xrm_context::{Mode, ParameterCollection, Value};

use crate::known_message::KnownMessage;
use crate::operation::Operation;
use crate::step::Step;

/// A parameter by which a request keeps steps from firing ([bypass custom business
/// logic](https://learn.microsoft.com/power-apps/developer/data-platform/bypass-custom-business-logic)).
///
/// The page speaks of plug-ins and workflows. That it holds for the steps of service endpoints too
/// is inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Bypass {
    /// `BypassBusinessLogicExecution` names the step's mode, as `CustomSync` or `CustomAsync`.
    Mode,
    /// `BypassBusinessLogicExecutionStepIds` has the step's id.
    StepId,
    /// `BypassCustomPluginExecution` is true, and the step is synchronous.
    Synchronous,
}

const MODES: &str = "BypassBusinessLogicExecution";
const STEP_IDS: &str = "BypassBusinessLogicExecutionStepIds";
const SYNCHRONOUS: &str = "BypassCustomPluginExecution";
const TAG: &str = "tag";

/// The optional parameters ([optional
/// parameters](https://learn.microsoft.com/power-apps/developer/data-platform/optional-parameters)).
/// In recorded bodies, they are among the parameters of the parent context alone.
const OPTIONAL: &[&str] = &[
    MODES,
    STEP_IDS,
    SYNCHRONOUS,
    "SolutionUniqueName",
    "SuppressCallbackRegistrationExpanderJob",
    "SuppressDuplicateDetection",
    "partitionid",
    TAG,
];

impl Bypass {
    /// The name of the parameter.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Mode => MODES,
            Self::StepId => STEP_IDS,
            Self::Synchronous => SYNCHRONOUS,
        }
    }
}

impl fmt::Display for Bypass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.parameter())
    }
}

impl Operation {
    /// How many steps the platform lets a request bypass by their ids, unless an administrator set
    /// `BypassBusinessLogicExecutionStepIdsLimit`.
    pub(crate) const BYPASSED_STEPS: usize = 3;

    /// The parameter by which the request bypasses a step, if it does.
    ///
    /// Only the request itself is bypassed: operations that steps of Microsoft do because of it have
    /// parameters of their own.
    pub(crate) fn bypass(&self, step: &Step) -> Option<Bypass> {
        // Of the whole pipeline, as the operations that one is carried out as are one request.
        if self.bypassed_step_ids().any(|it| it == step.id) {
            return Some(Bypass::StepId);
        }
        let mode = match step.mode {
            Mode::ASYNCHRONOUS => "CustomAsync",
            _ => "CustomSync",
        };
        if self.listed(MODES).any(|it| it == mode) {
            return Some(Bypass::Mode);
        }
        let is_bypassed = matches!(self.optional(SYNCHRONOUS), Some(Value::Bool(true)));
        (is_bypassed && step.mode == Mode::SYNCHRONOUS).then_some(Bypass::Synchronous)
    }

    /// The steps that the request bypasses by their ids. Texts that are no ids would bypass nothing.
    pub(crate) fn bypassed_step_ids(&self) -> impl Iterator<Item = uuid::Uuid> {
        self.listed(STEP_IDS).filter_map(|it| uuid::Uuid::try_parse(it).ok())
    }

    /// The parameters of the step's own context: without the optional ones, which only the request
    /// has.
    pub(crate) fn own_parameters(&self) -> ParameterCollection {
        let mut parameters = self.input_parameters.clone();
        if OPTIONAL.iter().any(|it| parameters.contains_key(*it)) {
            parameters.retain(|name, _| !self.is_optional(name.as_str()));
        }
        parameters
    }

    /// The shared variables of a context, with those that the request brings: the caller's `tag`.
    pub(crate) fn with_tag(&self, variables: &ParameterCollection) -> ParameterCollection {
        let mut variables = variables.clone();
        if let Some(tag) = self.optional(TAG).filter(|_| self.is_optional(TAG)) {
            // It cannot be changed later, so what is there already is the same.
            if !variables.contains_key(TAG) {
                variables.insert(TAG, tag.clone());
            }
        }
        variables
    }

    fn optional(&self, name: &str) -> Option<&Value> {
        let of_request = self.main_operation.as_ref().and_then(|it| it.input_parameters.get(name));
        of_request.or_else(|| self.input_parameters.get(name))
    }

    /// The texts between the commas of a parameter.
    fn listed(&self, name: &str) -> impl Iterator<Item = &str> {
        let text = match self.optional(name) {
            Some(Value::String(text)) => text.as_str(),
            _ => "",
        };
        text.split(',').map(str::trim).filter(|it| !it.is_empty())
    }

    /// Whether a parameter is an optional one, and not one of the message's own.
    fn is_optional(&self, name: &str) -> bool {
        // A custom API may have a parameter with a name as plain as these.
        let is_plain = matches!(name, TAG | "partitionid");
        OPTIONAL.contains(&name) && (!is_plain || KnownMessage::get(&self.message).is_some())
    }
}
