//! Operations, run against a registration.

mod builder;
mod connection;
mod endpoint_check;
mod error;
#[cfg(feature = "documents")]
mod file;
mod firing;
mod secrets;

pub use builder::EventHubSolutionBuilder;
pub use connection::service_endpoint;
pub use error::SolutionError;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
#[cfg(feature = "worker")]
use futures_util::future::{FutureExt, join, join_all};
use uuid::Uuid;
use xrm_context::Mode;
use xrm_jobs::runner::{Ended, Host, PreparedJob, Queue, attempt, enqueue, insert, record};
#[cfg(feature = "worker")]
use xrm_jobs::runner::{WorkerReport, run_until};
use xrm_jobs::{JobStore, Outcome, SystemJob};
use xrm_registration::{EventHandlerType, Operation, Registration, Step};

use crate::error::{Error, only};
use crate::plugin::PluginHost;
use crate::publisher::Publisher;
use firing::Firing;

/// Runs operations against a registration: each step that an operation fires becomes a system job,
/// which posts its context to an event hub or runs a [plug-in](crate::Plugin).
///
/// ```
/// # #[cfg(feature = "reqwest")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use eventhub_local::LocalEventHub;
/// use uuid::Uuid;
/// use xrm_eventhub::registration::{Image, Operation, Registration, Step};
/// use xrm_eventhub::{Entity, EventHubSolution, StatusCode, service_endpoint};
///
/// // A local hub replaces Azure here; a connection string from the portal works as well.
/// let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
/// let connection = local.connection_string("accounts")?;
///
/// let endpoint = service_endpoint(Uuid::from_u128(1), "Accounts", &connection);
/// let mut step = Step::new(Uuid::from_u128(2), &endpoint, "Update", Some("account"));
/// step.filtering_attributes = "name".into();
/// step.images.push(Image::pre("Before", "name"));
/// let registration = Registration::new(vec![endpoint], vec![step]);
/// let solution = EventHubSolution::builder(registration).build()?;
///
/// let account = Entity::new("account").with_id(Uuid::from_u128(7));
/// let mut update = Operation::on_record("Update", account.clone().with("name", "Contoso"));
/// update.before = Some(account.with("name", "Cöntösö"));
/// let jobs = solution.trigger(&update).await?;
///
/// assert_eq!(jobs.len(), 1);
/// assert_eq!(jobs[0].description().name, "Accounts: Update of account");
/// assert_eq!(jobs[0].status(), StatusCode::Succeeded);
/// assert_eq!(local.events("accounts")?.len(), 1);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// ```
///
/// Clones are cheap and share everything with the original. [`Debug`] shows no key and no token.
#[derive(Clone)]
pub struct EventHubSolution {
    registration: Arc<Registration>,
    /// By the ids of service endpoints.
    publishers: Arc<HashMap<Uuid, Publisher>>,
    /// By the ids of plug-in types.
    plugins: Arc<HashMap<Uuid, PluginHost>>,
    job_store: Arc<dyn JobStore>,
    host: Host,
}

/// What runs a step.
#[derive(Clone, Copy)]
enum Handler<'a> {
    Endpoint(&'a Publisher),
    Plugin(&'a PluginHost),
}

/// The jobs of steps with one handler.
struct Group<'a> {
    event_handler: Uuid,
    handler: Handler<'a>,
    prepared: Vec<PreparedJob>,
}

/// When the first attempts of asynchronous steps are made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Now,
    ByAWorker,
}

impl EventHubSolution {
    /// Options for a solution with this registration.
    pub fn builder(registration: Registration) -> EventHubSolutionBuilder {
        EventHubSolutionBuilder::new(registration)
    }

    /// Fires the steps of an operation that happened, once each, and returns their jobs in the order
    /// in which they fired: by stage, then by rank.
    ///
    /// Synchronous steps run one after another. Later steps, and all asynchronous ones, get what a
    /// synchronous plug-in leaves in the shared variables and in the parameters. The variables of
    /// plug-ins before the validation are in the parent context if the message is one of those of
    /// which [the platform][variables] puts them there: `Create`, `Update`, `Delete` and
    /// `RetrieveExchangeRate`. A synchronous step that fails is not retried, and nothing is
    /// rolled back: the operation is over. On the platform, a synchronous step has no system job; here
    /// it has one.
    ///
    /// Asynchronous steps are treated as by [`Publisher::publish_context`]: their jobs are recorded
    /// together, attempted at the same time, and left to a worker if they have to wait. A context's
    /// `OperationId` is the id of its job, and its `OperationCreatedOn` the time at which that was
    /// created, in whole seconds. In the context of a synchronous step they are the request's id, if
    /// it has one, and the time.
    ///
    /// [variables]: https://learn.microsoft.com/power-apps/developer/data-platform/understand-the-data-context#shared-variables
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the jobs could not be recorded; those of asynchronous steps are recorded
    /// all or none before anything is sent. No other failure is an error: it is in the job.
    pub async fn trigger(&self, operation: &Operation) -> Result<Vec<SystemJob>, Error> {
        self.run(operation, When::Now).await
    }

    /// Fires the steps of an operation like [`trigger`](Self::trigger), but only stores the jobs of
    /// asynchronous steps, for a worker to run. Their status is Waiting For Resources.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{
    ///     Entity, EventHubSolution, Operation, Registration, StatusCode, Step, Uuid, service_endpoint,
    /// };
    ///
    /// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// # let connection = local.connection_string("accounts")?;
    /// # let endpoint = service_endpoint(Uuid::from_u128(1), "Accounts", &connection);
    /// # let step = Step::new(Uuid::from_u128(2), &endpoint, "Update", Some("account"));
    /// # let registration = Registration::new(vec![endpoint], vec![step]);
    /// let solution = EventHubSolution::builder(registration).build()?;
    /// let update = Operation::on_record("Update", Entity::new("account").with("name", "Contoso"));
    /// let jobs = solution.enqueue(&update).await?;
    /// assert_eq!(jobs[0].status(), StatusCode::WaitingForResources);
    /// assert!(local.events("accounts")?.is_empty());
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// As [`trigger`](Self::trigger).
    pub async fn enqueue(&self, operation: &Operation) -> Result<Vec<SystemJob>, Error> {
        self.run(operation, When::ByAWorker).await
    }

    /// The registration. Its keys are taken out.
    #[must_use]
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// The publisher to the service endpoint with this id.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{
    ///     EventHubSolution, Registration, RemoteExecutionContext, StatusCode, Uuid, service_endpoint,
    /// };
    ///
    /// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// # let connection = local.connection_string("accounts")?;
    /// let endpoint = service_endpoint(Uuid::from_u128(1), "Accounts", &connection);
    /// let registration = Registration::new(vec![endpoint], Vec::new());
    /// let solution = EventHubSolution::builder(registration).build()?;
    ///
    /// // Posts to the endpoint without a step.
    /// let publisher = solution.publisher(Uuid::from_u128(1)).ok_or("no such endpoint")?;
    /// let job = publisher.publish_context(&RemoteExecutionContext::default()).await?;
    /// assert_eq!(job.status(), StatusCode::Succeeded);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn publisher(&self, service_endpoint: Uuid) -> Option<&Publisher> {
        self.publishers.get(&service_endpoint)
    }

    /// The publishers to the service endpoints, in the order of the registration.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{EventHubSolution, Registration, Uuid, service_endpoint};
    ///
    /// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// # let connection = local.connection_string("accounts")?;
    /// let endpoint = service_endpoint(Uuid::from_u128(1), "Accounts", &connection);
    /// let registration = Registration::new(vec![endpoint], Vec::new());
    /// let solution = EventHubSolution::builder(registration).build()?;
    /// let hubs: Vec<_> = solution.publishers().map(|it| it.hub().name()).collect();
    /// assert_eq!(hubs, ["accounts"]);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    pub fn publishers(&self) -> impl Iterator<Item = &Publisher> {
        self.registration.endpoints().iter().filter_map(|it| self.publisher(it.id))
    }

    /// The store that keeps the jobs.
    #[must_use]
    pub fn job_store(&self) -> &Arc<dyn JobStore> {
        &self.job_store
    }

    /// Runs the jobs of all endpoints and plug-ins until `shutdown` ends. Each has its own worker, so
    /// a slow endpoint delays no other; see [`Publisher::run_until`](crate::Publisher::run_until).
    /// The report is the sum over all workers.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use eventhub_local::LocalEventHub;
    /// use xrm_eventhub::{
    ///     Entity, EventHubSolution, Operation, Registration, Step, Uuid, service_endpoint,
    /// };
    ///
    /// # let local = LocalEventHub::builder().hub("accounts", 4).serve(([127, 0, 0, 1], 0)).await?;
    /// # let connection = local.connection_string("accounts")?;
    /// # let endpoint = service_endpoint(Uuid::from_u128(1), "Accounts", &connection);
    /// # let step = Step::new(Uuid::from_u128(2), &endpoint, "Update", Some("account"));
    /// # let registration = Registration::new(vec![endpoint], vec![step]);
    /// let solution = EventHubSolution::builder(registration).build()?;
    /// let update = Operation::on_record("Update", Entity::new("account").with("name", "Contoso"));
    /// solution.enqueue(&update).await?;
    ///
    /// let shutdown = async {
    ///     while local.events("accounts").is_ok_and(|it| it.is_empty()) {
    ///         tokio::task::yield_now().await;
    ///     }
    /// };
    /// let report = solution.run_until(shutdown).await?;
    /// assert_eq!(report.succeeded, 1);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Jobs`] if the store fails when a worker reads it for the first time. The others have
    /// ended then.
    #[cfg(feature = "worker")]
    pub async fn run_until(
        &self,
        shutdown: impl Future<Output = ()>,
    ) -> Result<WorkerReport, Error> {
        let shutdown = shutdown.shared();
        let publishers = self.publishers.values();
        let publishers = publishers.map(|it| run_until(&*it.inner, shutdown.clone()));
        let plugins = self.plugins.values().map(|it| run_until(it, shutdown.clone()));
        // Not `try_join_all`: when one worker fails, it would drop the others in the middle of
        // their attempts.
        let (publishers, plugins) = join(join_all(publishers), join_all(plugins)).await;
        let mut reports = publishers.into_iter().chain(plugins);
        reports.try_fold(WorkerReport::default(), |sum, it| Ok(sum.with(it?)))
    }

    async fn run(&self, operation: &Operation, when: When) -> Result<Vec<SystemJob>, Error> {
        let mut firings = self.fire(operation);
        // By id, because steps of both modes may take turns in the order that is returned.
        let mut jobs = HashMap::new();
        // A synchronous step ends before the next one begins, and before any asynchronous one, as on
        // the platform: what it shares is in the contexts of those that follow. Those of asynchronous
        // steps are frozen when all synchronous ones have run, whatever their order
        // (https://learn.microsoft.com/power-apps/developer/data-platform/asynchronous-service).
        firings.sort_by_key(|it| it.mode != Mode::SYNCHRONOUS);
        let mut rest = firings.as_mut_slice();
        while let [firing, later @ ..] = rest {
            if firing.mode == Mode::SYNCHRONOUS {
                let before = firing.parameters();
                let job = self.run_synchronously(firing).await?;
                firing.share(&before, later);
                jobs.insert(job.id(), job);
            }
            rest = later;
        }
        let asynchronous = firings.iter().filter(|it| it.mode != Mode::SYNCHRONOUS);
        let now = self.host.now();
        for job in self.run_asynchronously(Group::collect(asynchronous, now), when, now).await? {
            jobs.insert(job.id(), job);
        }
        firings.sort_by_key(|it| it.position);
        Ok(firings.iter().filter_map(|it| jobs.remove(&it.id)).collect())
    }

    /// Runs a step to its end.
    async fn run_synchronously(&self, firing: &mut Firing<'_>) -> Result<SystemJob, Error> {
        let queue = firing.handler.queue();
        let now = queue.host().now();
        let mut prepared = firing.prepare(now);
        // Whatever waits for the same record: the operation does not wait for a worker.
        queue.begin(&mut prepared.job, now)?;
        let mut ended = Vec::new();
        for PreparedJob { job, payload, refusal } in insert(&self.job_store, vec![prepared]).await?
        {
            let outcome = match refusal {
                Some(diagnosis) => Outcome::Failed(diagnosis),
                // A job that waits would be retried by a worker, long after the operation is over.
                None => firing.run(&job, &payload).await.unless_waiting(),
            };
            ended.push(Ended { job, outcome });
        }
        only(record(queue, &ended).await?)
    }

    /// Records the jobs of steps and, unless they are left to a worker, makes their first attempts.
    async fn run_asynchronously(
        &self,
        mut groups: Vec<Group<'_>>,
        when: When,
        now: DateTime<Utc>,
    ) -> Result<Vec<SystemJob>, Error> {
        if when == When::ByAWorker {
            let prepared = groups.into_iter().flat_map(|it| it.prepared).collect();
            return Ok(enqueue(&self.job_store, prepared, now).await?);
        }
        let mut prepared = Vec::new();
        let mut sizes = Vec::with_capacity(groups.len());
        for Group { handler, prepared: group, .. } in &mut groups {
            handler.queue().begin_in_order(group, now).await?;
            sizes.push(group.len());
            prepared.append(group);
        }
        // In one call, so that all jobs are recorded or none.
        let mut stored = insert(&self.job_store, prepared).await?.into_iter();
        let attempts = groups
            .iter()
            .zip(sizes)
            .map(|(group, size)| group.handler.attempt(stored.by_ref().take(size).collect()));
        // Collected, so that the jobs have been handed out before the first future is polled.
        let attempts: Vec<_> = attempts.collect();
        Ok(try_join_all(attempts).await?.into_iter().flatten().collect())
    }

    /// The handler of a step; `None` if it is not set up, as for a step that is disabled.
    fn handler(&self, step: &Step) -> Option<Handler<'_>> {
        match step.event_handler_type {
            EventHandlerType::PLUGIN_TYPE => {
                self.plugins.get(&step.event_handler).map(Handler::Plugin)
            }
            _ => self.publishers.get(&step.event_handler).map(Handler::Endpoint),
        }
    }
}

impl<'a> Group<'a> {
    /// The jobs of steps, in their order within each group.
    fn collect<'b>(firings: impl Iterator<Item = &'b Firing<'a>>, now: DateTime<Utc>) -> Vec<Self>
    where
        'a: 'b,
    {
        let mut groups: Vec<Self> = Vec::new();
        for firing in firings {
            let &Firing { event_handler, handler, .. } = firing;
            let prepared = firing.prepare(now);
            // A search is enough: one operation fires a handful of steps.
            match groups.iter_mut().find(|it| it.event_handler == event_handler) {
                Some(group) => group.prepared.push(prepared),
                None => groups.push(Self { event_handler, handler, prepared: vec![prepared] }),
            }
        }
        groups
    }
}

impl<'a> Handler<'a> {
    fn queue(self) -> &'a Queue {
        match self {
            Self::Endpoint(publisher) => &publisher.inner.queue,
            Self::Plugin(host) => &host.queue,
        }
    }

    async fn attempt(self, stored: Vec<PreparedJob>) -> Result<Vec<SystemJob>, xrm_jobs::Error> {
        match self {
            Self::Endpoint(publisher) => attempt(&*publisher.inner, stored).await,
            Self::Plugin(host) => attempt(host, stored).await,
        }
    }
}

impl fmt::Debug for EventHubSolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventHubSolution")
            .field("registration", &self.registration)
            .field("publishers", &self.publishers)
            .field("plugins", &self.plugins)
            .field("job_store", &self.job_store)
            .finish_non_exhaustive()
    }
}
