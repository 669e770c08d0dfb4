//! Reasons why steps do not fire.

use std::fmt;

use crate::attributes::Attributes;
use crate::choices::{StepState, SupportedDeployment};
use crate::operation::Operation;
use crate::step::Step;

/// The reason why an operation does not fire a step, if it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation<'a> {
    /// The step.
    pub step: &'a Step,
    /// The first reason that applies; `None` if the step fires.
    pub reason: Option<Reason>,
}

impl Explanation<'_> {
    /// Whether the step fires.
    #[must_use]
    pub const fn fires(&self) -> bool {
        self.reason.is_none()
    }
}

/// A reason why an operation does not fire a step, in the order in which they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The step is registered on another message.
    Message,
    /// The step is registered on another table, or on another secondary one.
    Table,
    /// The step runs at another stage than is asked for.
    Stage,
    /// The request includes none of the filtering attributes.
    Filter,
    /// The step is disabled.
    Disabled,
    /// The step is for offline clients.
    Deployment,
    /// The step runs in another mode than is asked for.
    Mode,
    /// The operation is deeper in a chain than the registration allows.
    Depth {
        /// How deep an operation may be.
        limit: i32,
    },
}

impl Reason {
    /// The id of the reason, which stays the same from version to version.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Table => "table",
            Self::Stage => "stage",
            Self::Filter => "filter",
            Self::Disabled => "disabled",
            Self::Deployment => "deployment",
            Self::Mode => "mode",
            Self::Depth { .. } => "depth",
        }
    }

    /// The first reason against firing the step. `includes_any` returns whether the request includes
    /// one of these columns.
    pub(crate) fn against_firing(
        step: &Step,
        operation: &Operation,
        includes_any: impl Fn(&Attributes) -> bool,
        limit: i32,
    ) -> Option<Self> {
        // Message and table first: `explain` is asked why a step did not fire, and of the steps on
        // other messages nothing else is of interest. State and mode come after the filter because
        // a step that would not fire anyway need not be enabled first.
        let table = step.primary_table();
        let secondary = step.secondary_table();
        let is_of_table = (table.is_none() || table == operation.primary_table())
            && (secondary.is_none() || secondary == operation.secondary_table());
        Some(if step.message != operation.message {
            Self::Message
        } else if !is_of_table {
            Self::Table
        } else if operation.stage.is_some_and(|stage| stage != step.stage) {
            Self::Stage
        } else if step.is_filtered() && !includes_any(&step.filtering_attributes) {
            Self::Filter
        } else if step.state != StepState::ENABLED {
            Self::Disabled
        } else if step.supported_deployment == SupportedDeployment::OUTLOOK_CLIENT_ONLY {
            Self::Deployment
        } else if operation.mode.is_some_and(|mode| mode != step.mode) {
            Self::Mode
        } else if operation.depth > limit {
            Self::Depth { limit }
        } else {
            return None;
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Message => "it is registered on another message",
            Self::Table => "it is registered on another table",
            Self::Stage => "it runs at another stage",
            Self::Filter => "the request includes none of its filtering attributes",
            Self::Disabled => "it is disabled",
            Self::Deployment => "it is for offline clients",
            Self::Mode => "it runs in another mode",
            Self::Depth { limit } => {
                return write!(f, "the operation is deeper in a chain than {limit}");
            }
        })
    }
}
