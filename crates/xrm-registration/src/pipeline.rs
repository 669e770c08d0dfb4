//! Operations that are several: each has steps of its own.
//!
//! Three things make more than one of an operation:
//!
//! - An update of the state, or of the owner of a table that a business unit owns, together with
//!   other columns runs the steps of `Update` [once for the other columns and once for the special
//!   ones](https://learn.microsoft.com/power-apps/developer/data-platform/special-update-operation-behavior),
//!   before and after the operation.
//! - Messages on several records [run the steps of the message on one record
//!   too](https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations), for each
//!   record, and some the other way round.
//! - Some messages are carried out as others, such as `Upsert`: see [`conversion`].
//!
//! What the contexts of the steps contain then is inferred, where no source is named: see [`parts`],
//! [`several`] and [`conversion`].

mod conversion;
mod parts;
mod several;

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use xrm_context::Stage;

pub use conversion::CarriedOut;

use crate::attributes::Attributes;
use crate::behavior::Behavior;
use crate::explanation::Reason;
use crate::operation::Operation;
use crate::step::Step;
use conversion::Conversion;
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
    /// The conversion that made it of the caller's operation, if one did.
    pub(crate) by: Option<CarriedOut>,
    /// The conversion that keeps its own steps silent, if one does.
    replaced: Option<CarriedOut>,
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
    fn whole(operation: Source<'a>, by: Option<CarriedOut>) -> Self {
        Self { operation, part: None, turn: 0, stages: Stages::All, by, replaced: None }
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
            // A step of another message is not "at another stage", though it may be that as well. A
            // disabled one has to be enabled, whatever its stage.
            Some(reason) if reason < Reason::Disabled => Some(reason),
            _ if self.replaced.is_some() => self.replaced.map(Reason::CarriedOut),
            Some(Reason::Disabled) => reason,
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
    /// What the operation consists of, where `has_steps` returns whether there are any on a message
    /// and a table: what nobody listens to is not made.
    pub(crate) fn pipelines(
        &self,
        behavior: &Behavior,
        has_steps: impl Fn(&str, Option<&str>) -> bool,
    ) -> Pipelines<'_> {
        let mut pipelines = taken_apart(Pipeline::whole(Source::Given(self), None));
        for conversion in Conversion::of(self, behavior) {
            let carried_out = conversion.carried_out();
            if carried_out.instead {
                pipelines.first.replaced = Some(carried_out);
            }
            let table = self.derived_table(*conversion);
            if !carried_out.messages.iter().any(|it| has_steps(it, table)) {
                continue;
            }
            for derived in conversion.apply(self) {
                let again = match derived.message.as_str() {
                    _ if !conversion.raises_several() => None,
                    "Create" => derived.as_several("CreateMultiple"),
                    "Update" => derived.as_several("UpdateMultiple"),
                    _ => None,
                };
                let derived = Source::Derived(Arc::new(derived));
                let made = taken_apart(Pipeline::whole(derived, Some(carried_out)));
                pipelines.others.push(made.first);
                pipelines.others.extend(made.others);
                pipelines.others.extend(
                    again.map(|it| {
                        Pipeline::whole(Source::Derived(Arc::new(it)), Some(carried_out))
                    }),
                );
            }
        }
        pipelines
    }

    /// The conversions by which steps on the operation's own message stay silent.
    pub(crate) fn carried_out_as(&self, behavior: &Behavior) -> impl Iterator<Item = CarriedOut> {
        let conversions = Conversion::of(self, behavior).iter();
        conversions.map(|it| it.carried_out()).filter(|it| it.instead)
    }

    /// The table whose steps a conversion fires; `None` if the table is not that of the operation.
    fn derived_table(&self, conversion: Conversion) -> Option<&str> {
        match conversion {
            Conversion::AddressOwner => None,
            _ => self.primary_table(),
        }
    }
}

/// The parts of an operation: of an update with special columns, more than one.
fn taken_apart(whole: Pipeline<'_>) -> Pipelines<'_> {
    match whole.operation.message.as_str() {
        "Update" => Pipelines::from_update(whole),
        _ => Pipelines { first: whole, others: Vec::new() },
    }
}
