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
use std::ops::Deref;
use std::sync::Arc;

use xrm_context::Stage;

use crate::attributes::Attributes;
use crate::explanation::Reason;
use crate::operation::Operation;
use crate::step::Step;
use parts::Part;

/// An operation that has steps of its own.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline<'a> {
    operation: Source<'a>,
    /// The part of it that this is, unless it is all.
    part: Option<Part>,
    /// Which comes first: those of one turn go through the stages together.
    pub(crate) turn: usize,
    stages: Stages,
}

/// What an operation consists of: mostly of itself alone, which takes no allocation.
#[derive(Clone, Debug)]
pub(crate) struct Pipelines<'a> {
    first: Pipeline<'a>,
    others: Vec<Pipeline<'a>>,
}

/// The caller's operation, or one that was derived from it.
#[derive(Clone, Debug)]
enum Source<'a> {
    Given(&'a Operation),
    /// Shared, as each part of an update holds the whole.
    Derived(Arc<Operation>),
}

impl Deref for Source<'_> {
    type Target = Operation;

    fn deref(&self) -> &Operation {
        match self {
            Self::Given(operation) => operation,
            Self::Derived(operation) => operation,
        }
    }
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
        Self { operation: Source::Given(operation), part: None, turn: 0, stages: Stages::All }
    }

    /// The same of an operation that was made.
    fn derived(operation: Operation) -> Self {
        let operation = Source::Derived(Arc::new(operation));
        Self { operation, part: None, turn: 0, stages: Stages::All }
    }

    /// The operation that this is all or a part of.
    pub(crate) fn whole_operation(&self) -> &Operation {
        &self.operation
    }

    /// The facts for the steps.
    pub(crate) fn operation(&self) -> Cow<'_, Operation> {
        match self.part {
            Some(part) => Cow::Owned(self.operation.part(part)),
            None => Cow::Borrowed(&self.operation),
        }
    }

    /// Why the step does not fire, if it does not.
    pub(crate) fn silence(&self, step: &Step, max_depth: i32) -> Option<Reason> {
        let includes_any = |attributes: &Attributes| match self.part {
            Some(part) => self.operation.part_includes_any(part, attributes),
            None => self.operation.includes_any(attributes),
        };
        // The whole operation decides all but the filter: a part has the message and table of the
        // whole, but not all of its columns.
        let reason = Reason::against_firing(step, &self.operation, includes_any, max_depth);
        let is_elsewhere = !self.stages.include(step.stage);
        match reason {
            // A step of another message is not "at another stage", though it may be that as well.
            Some(reason @ (Reason::Message | Reason::Table)) => Some(reason),
            _ if is_elsewhere => Some(Reason::Stage),
            reason => reason,
        }
    }
}

impl<'a> Pipelines<'a> {
    /// An update: itself, or before the validation itself and then its parts.
    fn from_update(whole: Pipeline<'a>) -> Self {
        let parts = whole.operation.parts();
        if parts.is_empty() {
            return Self { first: whole, others: Vec::new() };
        }
        // Before the validation, the request is still one; afterwards each part goes through the
        // stages by itself, so the turn comes before the stage in the order of steps.
        let others = (1..).zip(parts).map(|(turn, part)| Pipeline {
            part: Some(part),
            turn,
            stages: Stages::AllButPreValidation,
            ..whole.clone()
        });
        let others = others.collect();
        Self { first: Pipeline { stages: Stages::PreValidation, ..whole }, others }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pipeline<'a>> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl Operation {
    /// What the operation consists of, where `has_steps` tells whether there are any on a message:
    /// what nobody listens to is not made.
    // Which operations are derived: `*Multiple` and the single messages raise each other, always
    // (https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations). A derived
    // operation derives nothing itself, or the two would go on for ever.
    pub(crate) fn pipelines(&self, has_steps: impl Fn(&str) -> bool) -> Pipelines<'_> {
        let whole = Pipeline::whole(self);
        let mut pipelines = match self.message.as_str() {
            "Update" => Pipelines::from_update(whole),
            _ => Pipelines { first: whole, others: Vec::new() },
        };
        let others = &mut pipelines.others;
        match self.message.as_str() {
            "Create" if has_steps("CreateMultiple") => {
                others.extend(self.as_several("CreateMultiple").map(Pipeline::derived));
            }
            "Update" if has_steps("UpdateMultiple") => {
                others.extend(self.as_several("UpdateMultiple").map(Pipeline::derived));
            }
            "CreateMultiple" if has_steps("Create") => {
                others.extend(self.singles("Create").map(Pipeline::derived));
            }
            "UpdateMultiple" if has_steps("Update") => {
                for single in self.singles("Update") {
                    let update = Pipelines::from_update(Pipeline::derived(single));
                    others.push(update.first);
                    others.extend(update.others);
                }
            }
            _ => {}
        }
        pipelines
    }
}
