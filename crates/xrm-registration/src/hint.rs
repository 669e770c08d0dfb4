//! Hints about an operation that may not fire what its author expects.

use std::fmt;

use crate::known_message::KnownMessage;
use crate::operation::Operation;
use crate::pipeline::CarriedOut;
use crate::registration::Registration;

/// Something that may explain why an operation fires other steps than its author expects.
///
/// [`Display`](fmt::Display) is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// The platform carries the message out as another one.
    CarriedOut(CarriedOut),
    /// The operation's message is an id, or has other capitals than the platform's.
    MessageSpelling {
        /// How it is written.
        meant: &'static str,
    },
    /// The request bypasses more steps by their ids than the platform lets it, by default.
    TooManyBypassed {
        /// How many.
        count: usize,
        /// How many it may bypass.
        limit: usize,
    },
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CarriedOut(carried_out) => carried_out.fmt(f),
            Self::MessageSpelling { meant } => {
                write!(f, "messages are compared exactly, and this one is written `{meant}`")
            }
            Self::TooManyBypassed { count, limit } => write!(
                f,
                "the request bypasses {count} steps by their ids; the platform refuses more than {limit}"
            ),
        }
    }
}

impl Registration {
    /// Returns what may explain why an operation fires other steps than its author expects.
    ///
    /// ```
    /// use xrm_context::Entity;
    /// use xrm_registration::{Operation, Registration};
    ///
    /// let registration = Registration::new(vec![], vec![]);
    /// let upsert = Operation::on_record("Upsert", Entity::new("account"));
    /// assert_eq!(
    ///     registration.hints(&upsert)[0].to_string(),
    ///     "Upsert on a standard table is carried out as Create, if the row was not there",
    /// );
    /// ```
    #[must_use]
    pub fn hints(&self, operation: &Operation) -> Vec<Hint> {
        let spelling = KnownMessage::meant_by(&operation.message)
            .map(|it| Hint::MessageSpelling { meant: it.name });
        let (count, limit) = (operation.bypassed_step_ids().count(), Operation::BYPASSED_STEPS);
        let bypassed = (count > limit).then_some(Hint::TooManyBypassed { count, limit });
        let carried_out = operation.carried_out_as(self.behavior()).map(Hint::CarriedOut);
        spelling.into_iter().chain(bypassed).chain(carried_out).collect()
    }
}
