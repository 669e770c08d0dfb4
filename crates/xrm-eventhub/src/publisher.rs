use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use eventhub_rest::{Hub, Transport};
use uuid::Uuid;
use xrm_body::{EncodeOptions, MessageFormat};
use xrm_context::RemoteExecutionContext;
use xrm_jobs::runner::{Prepared, Queue, attempt};
#[cfg(feature = "worker")]
use xrm_jobs::runner::{WorkerReport, work};
use xrm_jobs::{JobStore, NewJob, Payload, SystemJob};

use crate::attempt::Posts;
use crate::builder::PublisherBuilder;
use crate::claims::Claims;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::message::{MessageOrder, message};
use crate::property;
use crate::size_policy::SizePolicy;
use crate::step::Step;
use crate::trace_context::TraceContext;

/// Where an application knows the trace of a context from.
pub(crate) type TraceSource =
    Box<dyn Fn(&RemoteExecutionContext) -> Option<TraceContext> + Send + Sync>;

/// Publishes execution contexts to one event hub, in one message format, and follows each post as
/// a system job.
///
/// It is a service endpoint of contract type Event Hub, seen from the platform's side. It can be
/// shared by reference, or in an [`Arc`], between any number of tasks.
///
/// | to | call | which ends when |
/// |---|---|---|
/// | post a context, and see what becomes of it | [`publish_context`](Self::publish_context) | the first attempt has ended |
/// | leave the post to a worker | [`enqueue_context`](Self::enqueue_context) | the job is in the store |
/// | post many contexts at once | [`publish_many`](Self::publish_many), [`enqueue_many`](Self::enqueue_many) | as with one |
/// | be the worker | `run_until`, by the feature `worker` | it is told to |
///
/// [`Debug`] shows no key and no token.
pub struct Publisher {
    pub(crate) hub: Hub,
    pub(crate) credentials: Credentials,
    pub(crate) encode_options: EncodeOptions,
    pub(crate) size_policy: SizePolicy,
    pub(crate) claims: Option<Claims>,
    pub(crate) message_order: MessageOrder,
    pub(crate) batch_limit: Option<usize>,
    pub(crate) trace_source: Option<TraceSource>,
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) step: Step,
    pub(crate) queue: Queue,
}

impl Publisher {
    /// Options for a publisher to the hub that the connection string names.
    pub fn builder(connection: azure_sas::ConnectionString) -> PublisherBuilder {
        PublisherBuilder::new(connection)
    }

    /// Posts a context, once, and returns the job that followed it.
    ///
    /// The job is in the store, In Progress and with the message to send, before anything is sent.
    /// What becomes of it:
    ///
    /// | the attempt | status | number |
    /// |---|---|---|
    /// | the hub took the message | Succeeded | 30 |
    /// | failed in a way that passes: no answer, 408, 429, 5xx, a hub that is disabled | Waiting, postponed to the next attempt | 10 |
    /// | the credentials were refused: 401, 403; and a worker runs, or the store [is durable](JobStore::is_durable) | Waiting, until the worker finds that they are accepted | 10 |
    /// | the same, and nobody would resume the job | Failed | 31 |
    /// | failed in a way that lasts: 404, 413; a context that the format can't carry, or that is [too large](SizePolicy) | Failed | 31 |
    /// | was not made, for a message about the same record waits and they are [in order](MessageOrder) | Waiting For Resources | 0 |
    ///
    /// A message of more than 192 KB is sent without the members that the platform removes, and
    /// with the property [`MESSAGE_MAX_SIZE_EXCEEDED`](property::MESSAGE_MAX_SIZE_EXCEEDED), unless
    /// there is another [size policy](PublisherBuilder::size_policy). It has the platform's
    /// [claims](Claims) among its properties, if the publisher was
    /// [told to](PublisherBuilder::claims).
    ///
    /// A job that waits or has failed holds the [cause](xrm_jobs::Progress::cause), a text that
    /// says what to check ([`friendly_message`](xrm_jobs::Progress::friendly_message)) and the
    /// evidence ([`message`](xrm_jobs::Progress::message)). When it is tried again, and how often,
    /// is the [retry policy](PublisherBuilder::retry_policy)'s affair.
    ///
    /// A future that is dropped before its end leaves the job In Progress in the store, until its
    /// [lease](crate::WorkerOptions::lease) is over and a worker takes it over.
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the job could not be recorded. No other failure is an error: it is in
    /// the job.
    pub async fn publish_context(
        &self,
        context: &RemoteExecutionContext,
    ) -> Result<SystemJob, Error> {
        let mut jobs = self.publish_many([context]).await?;
        Ok(jobs.remove(0))
    }

    /// Posts contexts, once each, and returns their jobs in the same order. Each fares as with
    /// [`publish_context`](Self::publish_context), but the jobs are recorded together, and messages
    /// travel in [batches](PublisherBuilder::batch_limit).
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the jobs could not be recorded, all or none of them before anything is
    /// sent.
    pub async fn publish_many(
        &self,
        contexts: impl IntoIterator<Item = &RemoteExecutionContext>,
    ) -> Result<Vec<SystemJob>, Error> {
        let now = self.queue.now();
        let mut prepared: Vec<_> = contexts.into_iter().map(|it| self.prepare(it, now)).collect();
        self.queue.begin(&mut prepared, now).await?;
        let new = prepared.iter().map(|it| it.new.clone()).collect();
        let jobs = self.queue.job_store.insert(new).await?;
        let stored = jobs.into_iter().zip(prepared);
        Ok(attempt(&Posts(self), stored.map(|(job, it)| it.stored_as(job)).collect()).await?)
    }

    /// Leaves the post of a context to a worker, and returns its job, Waiting For Resources, when
    /// the store has it. A context that can't be sent is Failed at once.
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the job could not be recorded.
    pub async fn enqueue_context(
        &self,
        context: &RemoteExecutionContext,
    ) -> Result<SystemJob, Error> {
        let mut jobs = self.enqueue_many([context]).await?;
        Ok(jobs.remove(0))
    }

    /// Leaves the posts of contexts to a worker, and returns their jobs, in the same order, when
    /// the store has all of them.
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the jobs could not be recorded, all or none of them.
    pub async fn enqueue_many(
        &self,
        contexts: impl IntoIterator<Item = &RemoteExecutionContext>,
    ) -> Result<Vec<SystemJob>, Error> {
        let now = self.queue.now();
        let mut new = Vec::new();
        for context in contexts {
            new.push(self.prepare(context, now).left_to_a_worker(now)?);
        }
        Ok(self.queue.job_store.insert(new).await?)
    }

    /// Works on the jobs of this endpoint until `shutdown` ends: those that were
    /// [enqueued](Self::enqueue_context), those that wait for their next attempt, those that other
    /// publishers of the endpoint stored, and those of a worker that is gone. Any number of workers
    /// may share a store.
    ///
    /// Attempts are made side by side, within the bounds of the [options](crate::WorkerOptions). Where an
    /// endpoint refuses the credentials, its jobs are held back, Suspended and Waiting with their
    /// cause, and one of them at a time is tried again by the schedule of
    /// [`RetryPolicy::authorization`](crate::RetryPolicy::authorization); the first that is
    /// accepted, or somebody who [resumes](crate::SystemJob::resume) one with success, lets all
    /// of them go on.
    ///
    /// When `shutdown` ends, no attempt is begun any more, and those under way have until the
    /// [deadline](crate::WorkerOptions::shutdown_deadline). A worker that is dropped or killed instead
    /// loses no job: another one takes its jobs over when their leases are over.
    ///
    /// Several endpoints have a worker each, and so none gets in another's way:
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{Publisher, RemoteExecutionContext};
    ///
    /// let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// let publisher = Publisher::builder(local.connection_string("accounts")?).build()?;
    /// publisher.enqueue_context(&RemoteExecutionContext::default()).await?;
    ///
    /// let shutdown = tokio::time::sleep(std::time::Duration::from_millis(500));
    /// let report = publisher.run_until(shutdown).await?;
    /// assert_eq!(report.succeeded, 1);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the store fails when the worker looks into it for the first time. Later
    /// failures of it are told by `tracing` and waited out.
    #[cfg(feature = "worker")]
    pub async fn run_until(
        &self,
        shutdown: impl Future<Output = ()>,
    ) -> Result<WorkerReport, Error> {
        Ok(work(&Posts(self), shutdown).await?)
    }

    /// The hub that is published to.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// The name of the service endpoint, by which the store knows whose jobs are whose.
    pub fn endpoint(&self) -> &str {
        &self.queue.endpoint
    }

    /// The format of the bodies.
    pub fn message_format(&self) -> MessageFormat {
        self.encode_options.format()
    }

    /// Where the jobs are kept.
    pub fn job_store(&self) -> &Arc<dyn JobStore> {
        &self.queue.job_store
    }

    fn prepare(&self, context: &RemoteExecutionContext, now: DateTime<Utc>) -> Prepared {
        self.prepare_as(&self.step, context, self.queue.new_id(), now)
    }

    /// The job by this id that posts a context on behalf of a step, with its message: an empty one
    /// if it can't be sent.
    pub(crate) fn prepare_as(
        &self,
        step: &Step,
        context: &RemoteExecutionContext,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Prepared {
        let mut description = step.describe(self.endpoint(), context, id, now);
        description.partition_key = self.message_order.partition_key(context);
        let job = SystemJob::new(description);
        match message(context, &self.encode_options, self.size_policy) {
            Ok(payload) => {
                let claims = self.claims.iter().flat_map(|it| it.of(context));
                let trace = self.trace(context, id).map(|it| it.to_string());
                let trace = trace.map(|it| (property::TRACEPARENT.to_owned(), it));
                let payload = claims
                    .chain(trace)
                    .fold(payload, |payload, (name, value)| payload.with_property(name, value));
                Prepared { new: NewJob::new(job, payload), refusal: None }
            }
            Err(diagnosis) => {
                let payload = Payload::new(self.message_format().content_type(), Vec::new());
                Prepared { new: NewJob::new(job, payload), refusal: Some(diagnosis) }
            }
        }
    }

    fn trace(&self, context: &RemoteExecutionContext, id: Uuid) -> Option<TraceContext> {
        match &self.trace_source {
            Some(source) => source(context),
            None => TraceContext::of(context.correlation_id, id),
        }
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher")
            .field("hub", &self.hub)
            .field("credentials", &self.credentials)
            .field("encode_options", &self.encode_options)
            .field("size_policy", &self.size_policy)
            .field("claims", &self.claims)
            .field("message_order", &self.message_order)
            .field("step", &self.step)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
