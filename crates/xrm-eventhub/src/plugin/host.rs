//! Running plug-ins on the jobs of their steps.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_timer::Delay;
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use uuid::Uuid;
use xrm_body::MessageFormat;
use xrm_context::RemoteExecutionContext;
use xrm_jobs::runner::{Begun, Ended, Performer, PreparedJob, Queue, Task};
use xrm_jobs::{Cause, Diagnosis, Outcome, Payload, SystemJob};

use crate::diagnosis;
use crate::job_description::OwningStep;
use crate::plugin::{InvalidPluginExecution, NotificationService, Plugin, PluginServices};
use crate::publisher::Publisher;

/// The format in which a job keeps the context that its plug-in runs on. Nobody else reads it.
const FORMAT: MessageFormat = MessageFormat::Json;

/// The longest time that is measured. The clock of a machine does not go on for ever.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A plug-in with the jobs of its steps.
pub(crate) struct PluginHost {
    pub(crate) plugin: Arc<dyn Plugin>,
    pub(crate) publishers: Arc<HashMap<Uuid, Publisher>>,
    /// What each step that runs it has configured.
    pub(crate) configurations: HashMap<Uuid, String>,
    /// How long a run may take.
    pub(crate) time_limit: Option<Duration>,
    pub(crate) queue: Queue,
}

impl PluginHost {
    /// The job by this id that runs the plug-in on a context, on behalf of a step.
    pub(crate) fn prepare(
        &self,
        step: &OwningStep,
        context: &RemoteExecutionContext,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> PreparedJob {
        let job = SystemJob::new(step.describe(self.queue.endpoint(), context, id, now));
        let content_type = FORMAT.content_type();
        // Whole, whatever its size: the limit of a hub does not apply to a store, and the plug-in
        // may need what the size policy would remove.
        let payload = xrm_body::encode(context, FORMAT)
            .map(|body| Payload::new(content_type, body))
            .map_err(|error| diagnosis::not_encodable(&error, FORMAT));
        PreparedJob::new(job, content_type, payload)
    }

    /// Runs the plug-in on a context, for a job.
    pub(crate) async fn run(
        &self,
        job: &SystemJob,
        context: &mut RemoteExecutionContext,
    ) -> Outcome {
        // By the step, because several steps can run one plug-in with different configurations.
        let step = job.description().owning_extension_id;
        let configuration = step.and_then(|it| self.configurations.get(&it));
        // Counted per run, so that a run that repeats its posts repeats their ids.
        let posts = AtomicU64::new(0);
        let notification_service = NotificationService::new(&self.publishers, job.id(), &posts);
        let services = PluginServices::new(notification_service, configuration.map(String::as_str));
        // A panic fails the job and not the worker, which has the jobs of others under way. What the
        // plug-in leaves behind in its own state is the application's affair.
        let run = AssertUnwindSafe(async { self.plugin.execute(context, &services).await });
        let panicked = |_| Err(InvalidPluginExecution::failed("the plug-in panicked"));
        let run = run.catch_unwind().map(|it| it.unwrap_or_else(panicked));
        let ran = match self.time_limit {
            Some(limit) => within(limit, run).await,
            None => run.await,
        };
        ran.map_or_else(|it| it.outcome(job, &self.queue), |()| Outcome::Succeeded)
    }

    /// Runs the plug-in on the context that a job keeps.
    async fn run_kept(&self, begun: Begun) -> Ended {
        let Begun { job, payload } = begun;
        let outcome = match xrm_body::decode(payload.body(), FORMAT) {
            Ok(mut context) => self.run(&job, &mut context).await,
            Err(error) => Outcome::Failed(unreadable(&error)),
        };
        Ended { job, outcome }
    }
}

/// Runs a plug-in, but no longer than this.
async fn within(
    limit: Duration,
    run: impl Future<Output = Result<(), InvalidPluginExecution>>,
) -> Result<(), InvalidPluginExecution> {
    // The run is polled first: one that ends in time has ended, however late it is looked at. The
    // timer is bound to no runtime, because plug-ins also run without the worker and its tokio.
    match select(pin!(run), Delay::new(limit.min(LONGEST))).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => Err(InvalidPluginExecution::failed(format_args!(
            "the plug-in had not ended after {limit:?}"
        ))),
    }
}

fn unreadable(error: &xrm_body::Error) -> Diagnosis {
    Diagnosis::new(Cause::Other)
        .with_what("The context that the job keeps for its plug-in can't be read.")
        .with_evidence("reason", error.kind().to_string())
}

impl Performer for PluginHost {
    fn queue(&self) -> &Queue {
        &self.queue
    }

    fn tasks(&self, begun: Vec<Begun>) -> Vec<Task<'_>> {
        // One task for each job: a plug-in runs on one context, and there is nothing to batch.
        let task =
            |it: Begun| Task::new(vec![it.job.clone()], async { vec![self.run_kept(it).await] });
        begun.into_iter().map(task).collect()
    }
}

impl fmt::Debug for PluginHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginHost").field("queue", &self.queue).finish_non_exhaustive()
    }
}
