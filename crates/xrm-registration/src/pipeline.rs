//! Operations that are several: each has steps of its own.
//!
//! Two things make more than one of an operation, and both are documented:
//!
//! - An update of the state, or of the owner of a table that a business unit owns, together with
//!   other columns runs the steps of `Update` [once for the other columns and once for the special
//!   ones](https://learn.microsoft.com/power-apps/developer/data-platform/special-update-operation-behavior),
//!   before and after the operation.
//! - `CreateMultiple` and `UpdateMultiple` [run the steps of `Create` and `Update`
//!   too](https://learn.microsoft.com/power-apps/developer/data-platform/write-plugin-multiple-operation),
//!   for each record, and the other way round.
//!
//! What steps are given then is not documented, and inferred: see [`parts`] and [`several`].

mod parts;
mod several;

use std::borrow::Cow;

use xrm_context::Stage;

use crate::operation::Operation;
use crate::registration::Reason;
use crate::step::Step;

/// An operation that has steps of its own.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline<'a> {
    pub(crate) operation: Cow<'a, Operation>,
    /// Which comes first: those of one turn go through the stages together.
    pub(crate) turn: usize,
    stages: Stages,
}

/// The stages at which a pipeline has steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stages {
    All,
    PreValidation,
    AllButPreValidation,
}

impl Stages {
    fn include(self, stage: Stage) -> bool {
        match self {
            Self::All => true,
            Self::PreValidation => stage == Stage::PRE_VALIDATION,
            Self::AllButPreValidation => stage != Stage::PRE_VALIDATION,
        }
    }
}

impl<'a> Pipeline<'a> {
    /// All of an operation, and its only turn.
    fn whole(operation: &'a Operation) -> Self {
        Self { operation: Cow::Borrowed(operation), turn: 0, stages: Stages::All }
    }

    /// The same of an operation that was made.
    fn made(operation: Operation) -> Self {
        Self { operation: Cow::Owned(operation), turn: 0, stages: Stages::All }
    }

    /// Why the step does not fire, if it does not.
    pub(crate) fn silence(&self, step: &Step, max_depth: i32) -> Option<Reason> {
        let reason = Reason::of_silence(step, &self.operation, max_depth);
        let is_elsewhere = !self.stages.include(step.stage);
        match reason {
            Some(reason @ (Reason::Message | Reason::Table)) => Some(reason),
            _ if is_elsewhere => Some(Reason::Stage),
            reason => reason,
        }
    }
}

impl Operation {
    /// What the operation consists of, where `has_steps` tells whether there are any on a message:
    /// what nobody listens to is not made.
    pub(crate) fn pipelines(&self, has_steps: impl Fn(&str) -> bool) -> Vec<Pipeline<'_>> {
        match self.message.as_str() {
            "Create" => {
                let mut pipelines = vec![Pipeline::whole(self)];
                if has_steps("CreateMultiple") {
                    pipelines.extend(self.as_several("CreateMultiple").map(Pipeline::made));
                }
                pipelines
            }
            "Update" => {
                let mut pipelines = self.split();
                if has_steps("UpdateMultiple") {
                    pipelines.extend(self.as_several("UpdateMultiple").map(Pipeline::made));
                }
                pipelines
            }
            "CreateMultiple" if has_steps("Create") => {
                let mut pipelines = vec![Pipeline::whole(self)];
                pipelines.extend(self.singles("Create").map(Pipeline::made));
                pipelines
            }
            "UpdateMultiple" if has_steps("Update") => {
                let mut pipelines = vec![Pipeline::whole(self)];
                for single in self.singles("Update") {
                    pipelines.extend(single.split().into_iter().map(Pipeline::into_owned));
                }
                pipelines
            }
            _ => vec![Pipeline::whole(self)],
        }
    }

    /// The pipelines of an update: itself, or its parts.
    fn split(&self) -> Vec<Pipeline<'_>> {
        let parts = self.parts();
        if parts.is_empty() {
            return vec![Pipeline::whole(self)];
        }
        let whole = Pipeline { stages: Stages::PreValidation, ..Pipeline::whole(self) };
        let parts = (1..).zip(parts).map(|(turn, part)| Pipeline {
            turn,
            stages: Stages::AllButPreValidation,
            ..Pipeline::made(part)
        });
        [whole].into_iter().chain(parts).collect()
    }
}

impl Pipeline<'_> {
    fn into_owned<'b>(self) -> Pipeline<'b> {
        Pipeline {
            operation: Cow::Owned(self.operation.into_owned()),
            turn: self.turn,
            stages: self.stages,
        }
    }
}
