//! Reasons why steps do not fire.

use std::fmt;

use crate::attributes::Attributes;
use crate::choices::{StepState, SupportedDeployment};
use crate::known_message::KnownMessage;
use crate::operation::Operation;
use crate::optional_parameters::Bypass;
use crate::pipeline::CarriedOut;
use crate::step::Step;

/// The reason why an operation does not fire a step, if it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation<'a> {
    /// The step.
    pub step: &'a Step,
    /// The first reason that applies; `None` if the step fires.
    pub reason: Option<Reason>,
    /// The message that is carried out as the step's, where the operation's own is not the step's.
    pub carried_out: Option<CarriedOut>,
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
    /// The step's message, or the operation's, is not written as the platform writes it. Messages are
    /// compared exactly.
    MessageSpelling {
        /// How both are to be written.
        meant: &'static str,
    },
    /// The step is registered on another table, or on another secondary one.
    Table,
    /// The platform carries the message out as another one, and fires the steps on that.
    CarriedOut(CarriedOut),
    /// The step is disabled.
    Disabled,
    /// The step runs at another stage than is asked for.
    Stage,
    /// The request includes none of the filtering attributes.
    Filter,
    /// The step is for offline clients.
    Deployment,
    /// The step runs in another mode than is asked for.
    Mode,
    /// The request bypasses the step.
    Bypassed(Bypass),
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
            Self::MessageSpelling { .. } => "message-spelling",
            Self::Table => "table",
            Self::CarriedOut(_) => "carried-out",
            Self::Stage => "stage",
            Self::Filter => "filter",
            Self::Disabled => "disabled",
            Self::Deployment => "deployment",
            Self::Mode => "mode",
            Self::Bypassed(_) => "bypassed",
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
        // other messages nothing else is of interest. The state comes next, because it is the usual
        // cause: the platform's import leaves steps disabled.
        let table = step.primary_table();
        let secondary = step.secondary_table();
        let is_of_table = (table.is_none() || table == operation.primary_table())
            && (secondary.is_none() || secondary == operation.secondary_table());
        Some(if step.message != operation.message {
            match meant_by_both(&step.message, &operation.message) {
                Some(meant) => Self::MessageSpelling { meant },
                None => Self::Message,
            }
        } else if !is_of_table {
            Self::Table
        } else if step.state != StepState::ENABLED {
            Self::Disabled
        } else if operation.stage.is_some_and(|stage| stage != step.stage) {
            Self::Stage
        } else if step.is_filtered() && !includes_any(&step.filtering_attributes) {
            Self::Filter
        } else if step.supported_deployment == SupportedDeployment::OUTLOOK_CLIENT_ONLY {
            Self::Deployment
        } else if operation.mode.is_some_and(|mode| mode != step.mode) {
            Self::Mode
        } else if let Some(bypass) = operation.bypass(step) {
            Self::Bypassed(bypass)
        } else if operation.depth > limit {
            Self::Depth { limit }
        } else {
            return None;
        })
    }
}

/// The message that two different texts mean, as names with other capitals or as an id.
fn meant_by_both(one: &str, other: &str) -> Option<&'static str> {
    let meant = |text: &str| {
        let known = KnownMessage::get(text).or_else(|| KnownMessage::meant_by(text));
        known.map(|it| it.name)
    };
    // Names of the table are compared first: most steps are on another message that is known, and
    // looking for what they mean takes longer.
    let are_known = KnownMessage::get(one).is_some() && KnownMessage::get(other).is_some();
    meant(one).filter(|it| !are_known && meant(other) == Some(*it))
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Message => "it is registered on another message",
            Self::MessageSpelling { meant } => {
                return write!(
                    f,
                    "the message is written `{meant}`, exactly, in step and operation"
                );
            }
            Self::Table => "it is registered on another table",
            Self::CarriedOut(carried_out) => return carried_out.fmt(f),
            Self::Disabled => "it is disabled",
            Self::Stage => "it runs at another stage",
            Self::Filter => "the request includes none of its filtering attributes",
            Self::Deployment => "it is for offline clients",
            Self::Mode => "it runs in another mode",
            Self::Bypassed(bypass) => return write!(f, "the request bypasses it by {bypass}"),
            Self::Depth { limit } => {
                return write!(f, "the operation is deeper in a chain than {limit}");
            }
        })
    }
}
