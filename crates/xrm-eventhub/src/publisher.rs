use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use eventhub_rest::{Hub, Transport};
use uuid::Uuid;
use xrm_body::MessageFormat;
use xrm_context::RemoteExecutionContext;
use xrm_jobs::runner::{PreparedJob, Queue, attempt, enqueue, insert};
#[cfg(feature = "worker")]
use xrm_jobs::runner::{WorkerReport, run_until};
use xrm_jobs::{JobStore, SystemJob};

use crate::builder::PublisherBuilder;
use crate::credentials::Credentials;
use crate::error::{Error, only};
use crate::job_description::OwningStep;
use crate::message::MessageOptions;
use crate::signals::Signals;

/// Publishes execution contexts to one event hub, in one message format, and follows each post as
/// a system job.
///
/// It corresponds to a service endpoint of contract type Event Hub. Clones are cheap and share
/// everything with the original: give one to each task, or keep one in the state of a web server.
///
/// | to | call | returns when |
/// |---|---|---|
/// | post a context and get its result | [`publish_context`](Self::publish_context) | the first attempt has ended |
/// | post a context in the background | [`enqueue_context`](Self::enqueue_context) | the job is in the store |
/// | post many contexts | [`publish_many`](Self::publish_many), [`enqueue_many`](Self::enqueue_many) | as for one |
/// | run a worker | `run_until` (feature `worker`) | its `shutdown` ends |
///
/// [`Debug`] shows no key and no token.
#[derive(Clone)]
pub struct Publisher {
    pub(crate) inner: Arc<Inner>,
}

/// What the clones of a publisher share.
pub(crate) struct Inner {
    pub(crate) hub: Hub,
    pub(crate) credentials: Credentials,
    pub(crate) messages: MessageOptions,
    pub(crate) batch_limit: Option<usize>,
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) step: OwningStep,
    pub(crate) queue: Queue,
    pub(crate) signals: Signals,
}

impl Publisher {
    /// Options for a publisher to the hub that the connection string names.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{MessageFormat, Publisher};
    ///
    /// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// let connection = local.connection_string("accounts")?;
    /// let publisher = Publisher::builder(connection).endpoint("Accounts").build()?;
    /// assert_eq!(publisher.hub().name(), "accounts");
    /// assert_eq!(publisher.endpoint(), "Accounts");
    /// assert_eq!(publisher.message_format(), MessageFormat::Json);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    pub fn builder(connection: azure_sas::ConnectionString) -> PublisherBuilder {
        PublisherBuilder::new(connection)
    }

    /// Posts a context, once, and returns the job that followed it.
    ///
    /// The job is in the store, In Progress and with the message to send, before anything is sent.
    /// The attempt decides about its status:
    ///
    /// | the attempt | status | number |
    /// |---|---|---|
    /// | the hub accepted the message | Succeeded | 30 |
    /// | a transient failure: no answer, 408, 429, 5xx, a hub that is disabled | Waiting, postponed to the next attempt | 10 |
    /// | the credentials were refused: 401, 403; and a worker runs, or the store [is durable](JobStore::is_durable) | Waiting, until the worker finds that they are accepted | 10 |
    /// | the credentials were refused, and there is no worker to resume the job | Failed | 31 |
    /// | a lasting failure: 404, 413; a context that the format can't carry, or that is [too large](crate::SizePolicy) | Failed | 31 |
    /// | was not made, because an earlier message about the same record waits and they are sent [in order](crate::MessageOrder) | Waiting For Resources | 0 |
    ///
    /// A message of more than 192 KB is sent without the members that the platform removes, and
    /// with the property [`MESSAGE_MAX_SIZE_EXCEEDED`](crate::property::MESSAGE_MAX_SIZE_EXCEEDED),
    /// unless there is another [size policy](PublisherBuilder::size_policy). It has the platform's
    /// [claims](crate::Claims) among its properties if the builder was
    /// [given them](PublisherBuilder::claims).
    ///
    /// A job that waits or has failed holds the [cause](xrm_jobs::Progress::cause), a text that
    /// says what to check ([`friendly_message`](xrm_jobs::Progress::friendly_message)) and the
    /// evidence ([`message`](xrm_jobs::Progress::message)). The
    /// [retry policy](PublisherBuilder::retry_policy) decides when and how often it is retried.
    ///
    /// A future that is dropped before its end leaves the job In Progress in the store, until its
    /// [lease](crate::WorkerOptions::lease) is over and a worker takes it over.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{Publisher, RemoteExecutionContext, StatusCode};
    ///
    /// let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// let publisher = Publisher::builder(local.connection_string("accounts")?).build()?;
    /// let job = publisher.publish_context(&RemoteExecutionContext::default()).await?;
    /// assert_eq!(job.status(), StatusCode::Succeeded);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the job could not be recorded. No other failure is an error: it is in
    /// the job.
    pub async fn publish_context(
        &self,
        context: &RemoteExecutionContext,
    ) -> Result<SystemJob, Error> {
        only(self.publish_many([context]).await?)
    }

    /// Posts contexts, once each, and returns their jobs in the same order. Each is treated as by
    /// [`publish_context`](Self::publish_context), but the jobs are recorded together, and the
    /// messages are sent in [batches](PublisherBuilder::batch_limit).
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{Publisher, RemoteExecutionContext, StatusCode};
    ///
    /// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// # let publisher = Publisher::builder(local.connection_string("accounts")?).build()?;
    /// let contexts = ["Create", "Update"].map(|message| RemoteExecutionContext {
    ///     message_name: Some(message.into()),
    ///     ..Default::default()
    /// });
    /// let jobs = publisher.publish_many(&contexts).await?;
    /// assert!(jobs.iter().all(|it| it.status() == StatusCode::Succeeded));
    /// assert_eq!(jobs[1].description().message_name, "Update");
    /// assert_eq!(local.events("accounts")?.len(), 2);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the jobs could not be recorded, all or none of them before anything is
    /// sent.
    pub async fn publish_many(
        &self,
        contexts: impl IntoIterator<Item = &RemoteExecutionContext>,
    ) -> Result<Vec<SystemJob>, Error> {
        let (queue, now) = (&self.inner.queue, self.inner.queue.host().now());
        let prepared = contexts.into_iter().map(|it| self.inner.prepare_new(it, now));
        let mut prepared: Vec<_> = prepared.collect();
        // Before they are stored: a worker could claim what is in the store and not begun.
        queue.begin_in_order(&mut prepared, now).await?;
        let stored = insert(queue.job_store(), prepared).await?;
        // After the jobs are stored: if the process crashes during the attempt, a worker takes them
        // over.
        Ok(attempt(&*self.inner, stored).await?)
    }

    /// Prepares a job that posts a context, and stores nothing: the job, with its message encoded, is to
    /// be stored in a transaction of the application, by `PostgresJobStore::insert_in` or
    /// `SqliteJobStore::insert_in`. A worker posts it then. A context that can't be sent makes a job
    /// that is stored as Failed, with the reason in [`refusal`](PreparedJob::refusal).
    ///
    /// ```
    /// # #[cfg(all(feature = "reqwest", feature = "sqlite"))]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("orders.db");
    /// # let local = eventhub_local::LocalEventHub::builder().hub("orders", 4);
    /// # let connection = local.serve(([127, 0, 0, 1], 0)).await?.connection_string("orders")?;
    /// use xrm_eventhub::jobs::SqliteOptions;
    /// use xrm_eventhub::jobs::rusqlite::{Connection, TransactionBehavior};
    /// use xrm_eventhub::{Publisher, RemoteExecutionContext};
    ///
    /// let store = SqliteOptions::new().beside_other_tables(true).open(&path).await?;
    /// let mut database = Connection::open(&path)?;
    /// database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)", [])?;
    /// let publisher = Publisher::builder(connection).build()?;
    ///
    /// let prepared = publisher.prepare(&RemoteExecutionContext::default());
    /// let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    /// transaction.execute("INSERT INTO orders DEFAULT VALUES", [])?;
    /// store.insert_in(&transaction, [prepared])?;
    /// transaction.commit()?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(all(feature = "reqwest", feature = "sqlite")))]
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn prepare(&self, context: &RemoteExecutionContext) -> PreparedJob {
        self.inner.prepare_new(context, self.inner.queue.host().now())
    }

    /// Stores a job that posts a context, and returns it as soon as the store has it. Its status is
    /// Waiting For Resources until a worker (`run_until`) posts the context, or Failed if the context
    /// can't be sent.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{Publisher, RemoteExecutionContext, StatusCode};
    ///
    /// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// # let publisher = Publisher::builder(local.connection_string("accounts")?).build()?;
    /// let job = publisher.enqueue_context(&RemoteExecutionContext::default()).await?;
    /// assert_eq!(job.status(), StatusCode::WaitingForResources);
    /// assert!(local.events("accounts")?.is_empty());
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the job could not be recorded.
    pub async fn enqueue_context(
        &self,
        context: &RemoteExecutionContext,
    ) -> Result<SystemJob, Error> {
        only(self.enqueue_many([context]).await?)
    }

    /// Stores jobs that post contexts, and returns them in the same order as soon as the store has
    /// all of them. Each is treated as by [`enqueue_context`](Self::enqueue_context).
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{Publisher, RemoteExecutionContext, StatusCode};
    ///
    /// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// # let publisher = Publisher::builder(local.connection_string("accounts")?).build()?;
    /// let contexts = vec![RemoteExecutionContext::default(); 3];
    /// let jobs = publisher.enqueue_many(&contexts).await?;
    /// assert_eq!(jobs.len(), 3);
    /// let stored = publisher.job_store().get(jobs[2].id()).await?;
    /// assert_eq!(stored.status(), StatusCode::WaitingForResources);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the jobs could not be recorded, all or none of them.
    pub async fn enqueue_many(
        &self,
        contexts: impl IntoIterator<Item = &RemoteExecutionContext>,
    ) -> Result<Vec<SystemJob>, Error> {
        let (queue, now) = (&self.inner.queue, self.inner.queue.host().now());
        let prepared = contexts.into_iter().map(|it| self.inner.prepare_new(it, now));
        // All bodies are encoded before the store is called, so that one transaction can take all
        // jobs.
        Ok(enqueue(queue.job_store(), prepared.collect(), now).await?)
    }

    /// Runs the jobs of this endpoint until `shutdown` ends: those that were
    /// [enqueued](Self::enqueue_context), those that wait for their next attempt, those that other
    /// publishers of the endpoint stored, and those of crashed workers. Any number of workers can
    /// share a store.
    ///
    /// Attempts are made side by side, within the limits of the [options](crate::WorkerOptions). If
    /// the endpoint refuses the credentials, its jobs are suspended: they wait, with the cause in
    /// them, and one of them at a time is attempted by the schedule of
    /// [`RetryPolicy::authorization`](crate::RetryPolicy::authorization). When one is accepted, or
    /// after someone [resumed](crate::SystemJob::resume) one with success, all of them go on.
    ///
    /// When `shutdown` ends, the worker begins no attempt, and waits for those under way until the
    /// [deadline](crate::WorkerOptions::shutdown_deadline). A worker that is dropped or killed
    /// instead loses no job: another one takes its jobs over when their leases are over.
    ///
    /// A worker runs the jobs of one endpoint only, so a slow endpoint delays no other one:
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
    /// let shutdown = async {
    ///     while local.events("accounts").is_ok_and(|it| it.is_empty()) {
    ///         tokio::task::yield_now().await;
    ///     }
    /// };
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
    /// [`Error::Jobs`] if the store fails when the worker reads it for the first time. Later
    /// failures are logged by `tracing` and waited out.
    #[cfg(feature = "worker")]
    pub async fn run_until(
        &self,
        shutdown: impl Future<Output = ()>,
    ) -> Result<WorkerReport, Error> {
        Ok(run_until(&*self.inner, shutdown).await?)
    }

    /// The hub that is published to.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    /// The name of the service endpoint, which identifies its jobs in a store that several publishers
    /// share.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.inner.queue.endpoint()
    }

    /// The format of the bodies.
    #[must_use]
    pub fn message_format(&self) -> MessageFormat {
        self.inner.messages.format()
    }

    /// The store that keeps the jobs.
    #[must_use]
    pub fn job_store(&self) -> &Arc<dyn JobStore> {
        self.inner.queue.job_store()
    }
}

impl Inner {
    /// A new job that posts a context on behalf of the publisher's own step.
    fn prepare_new(&self, context: &RemoteExecutionContext, now: DateTime<Utc>) -> PreparedJob {
        let id = self.queue.host().new_id();
        match self.messages.identified(context, id, now) {
            None => self.prepare(&self.step, context, id, now),
            Some(identified) => self.prepare(&self.step, &identified, id, now),
        }
    }

    /// The job with this id that posts a context on behalf of a step, with its message.
    pub(crate) fn prepare(
        &self,
        step: &OwningStep,
        context: &RemoteExecutionContext,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> PreparedJob {
        let mut description = step.describe(self.queue.endpoint(), context, id, now);
        description.partition_key = self.messages.partition_key(context);
        let content_type = self.messages.format().content_type();
        let payload = self.messages.payload(context, id);
        PreparedJob::new(SystemJob::new(description), content_type, payload)
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { hub, credentials, messages, batch_limit, step, queue, .. } = &*self.inner;
        f.debug_struct("Publisher")
            .field("hub", hub)
            .field("credentials", credentials)
            .field("messages", messages)
            .field("batch_limit", batch_limit)
            .field("step", step)
            .field("queue", queue)
            .finish_non_exhaustive()
    }
}
