//! Steps that fire: their contexts, and the jobs that run them.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;
use xrm_context::{Mode, ParameterCollection, RemoteExecutionContext, Stage};
use xrm_jobs::runner::PreparedJob;
use xrm_jobs::{Outcome, Payload, SystemJob};
use xrm_registration::{Job, Operation, shares_with_parent};

use super::{EventHubSolution, Handler};
use crate::job_description::OwningStep;
use crate::message::in_whole_seconds;

/// A step that fires, and the job that runs it.
pub(super) struct Firing<'a> {
    /// The id of the job.
    pub(super) id: Uuid,
    /// Its place among the steps that fire.
    pub(super) position: usize,
    pub(super) mode: Mode,
    pub(super) event_handler: Uuid,
    pub(super) handler: Handler<'a>,
    step: OwningStep,
    context: RemoteExecutionContext,
}

impl EventHubSolution {
    /// The steps that an operation fires, in their order.
    pub(super) fn fire(&self, operation: &Operation) -> Vec<Firing<'_>> {
        let now = self.host.now();
        // The contexts hold the ids of their jobs, so the ids are made while the contexts are.
        let mut ids = Vec::new();
        let fired = self.registration.fire(operation, |step| {
            let id = self.host.new_id();
            ids.push(id);
            match step.mode {
                Mode::SYNCHRONOUS => Job::new(operation.request_id.unwrap_or(id), exactly(now)),
                _ => Job::new(id, in_whole_seconds(now)),
            }
        });
        let firings =
            fired.into_iter().zip(ids).enumerate().filter_map(|(position, (fired, id))| {
                Some(Firing {
                    id,
                    position,
                    mode: fired.step.mode,
                    event_handler: fired.step.event_handler,
                    // `build` has checked that each enabled step has a handler, so none is left out
                    // here by mistake.
                    handler: self.handler(fired.step)?,
                    step: OwningStep {
                        id: Some(fired.step.id),
                        name: Some(fired.step.name.clone()),
                        auto_delete: fired.step.async_auto_delete,
                    },
                    context: fired.context,
                })
            });
        firings.collect()
    }
}

impl Firing<'_> {
    /// The job, with what it needs.
    pub(super) fn prepare(&self, now: DateTime<Utc>) -> PreparedJob {
        match self.handler {
            Handler::Endpoint(publisher) => {
                publisher.inner.prepare(&self.step, &self.context, self.id, now)
            }
            Handler::Plugin(host) => host.prepare(&self.step, &self.context, self.id, now),
        }
    }

    /// Runs the step at once, for its job with this payload. A plug-in changes the context.
    pub(super) async fn run(&mut self, job: &SystemJob, payload: &Payload) -> Outcome {
        match self.handler {
            Handler::Endpoint(publisher) => match publisher.inner.post(job, payload).await {
                Ok(()) => Outcome::Succeeded,
                Err(failure) => Outcome::Failed(failure.diagnosis),
            },
            Handler::Plugin(host) => host.run(job, &mut self.context).await,
        }
    }

    /// The parameters of the request and of the response.
    pub(super) fn parameters(&self) -> Parameters {
        match self.handler {
            Handler::Plugin(_) => Some((
                self.context.input_parameters.clone(),
                self.context.output_parameters.clone(),
            )),
            // A post changes nothing.
            Handler::Endpoint(_) => None,
        }
    }

    /// Hands on what a plug-in changed in its context to the steps that follow. `before` are the
    /// parameters that it was given.
    pub(super) fn share(&self, before: &Parameters, later: &mut [Self]) {
        let Some((input, output)) = before else { return };
        let own = &self.context;
        for it in later {
            it.variables_of(own.stage).clone_from(&own.shared_variables);
            // An operation that is several has contexts with other parameters, in which a change of
            // these has no place.
            if own.input_parameters != *input && it.context.input_parameters == *input {
                it.context.input_parameters.clone_from(&own.input_parameters);
            }
            if own.output_parameters != *output && it.context.output_parameters == *output {
                it.context.output_parameters.clone_from(&own.output_parameters);
            }
        }
    }

    /// The collection in which the step finds the variables of a stage.
    fn variables_of(&mut self, stage: Stage) -> &mut ParameterCollection {
        let message = self.context.message_name.as_deref().unwrap_or_default();
        let is_of_parent = stage == Stage::PRE_VALIDATION
            && self.context.stage != stage
            && shares_with_parent(message);
        match &mut self.context.parent_context {
            Some(parent) if is_of_parent => &mut parent.shared_variables,
            _ => &mut self.context.shared_variables,
        }
    }
}

/// The parameters of a context; `None` of a step that cannot change them.
pub(super) type Parameters = Option<(ParameterCollection, ParameterCollection)>;

fn exactly(time: DateTime<Utc>) -> xrm_context::DateTime {
    xrm_context::DateTime::try_from(time.trunc_subsecs(3)).unwrap_or_default()
}
