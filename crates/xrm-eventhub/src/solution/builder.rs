//! Options for a solution.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use eventhub_rest::Transport;
use uuid::Uuid;
use xrm_jobs::runner::{Host, Queue, WorkerOptions};
use xrm_jobs::{JobStore, MemoryJobStore, RetryPolicy};
use xrm_registration::{
    Contract, EventHandlerType, PluginType, Registration, Rules, ServiceEndpoint, Step, StepState,
    UserClaim,
};

use super::connection::{Secret, connection_string};
use super::{EventHubSolution, SolutionError, secrets};
use crate::builder::{PublisherBuilder, default_transport};
use crate::machine::system_host;
use crate::message::Claims;
use crate::plugin::{Plugin, PluginHost};
use crate::publisher::Publisher;
use crate::signals::Signals;

/// How long a plug-in may run where the application does not say.
const PLUGIN_TIME_LIMIT: Duration = Duration::from_secs(2 * 60);

/// What an application changes about the publisher of an endpoint.
type EachPublisher = Box<dyn Fn(&ServiceEndpoint, PublisherBuilder) -> PublisherBuilder>;

/// Options for an [`EventHubSolution`]; made by [`EventHubSolution::builder`].
///
/// ```
/// # #[cfg(feature = "reqwest")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use xrm_eventhub::{
///     EventHubSolution, MemoryJobStore, MessageOrder, Registration, RetryPolicy, Rules,
///     WorkerOptions, system_host,
/// };
///
/// # let registration = Registration::new(Vec::new(), Vec::new());
/// let solution = EventHubSolution::builder(registration)
///     .rules(Rules::default().synchronous_endpoints(true))
///     .job_store(MemoryJobStore::new())
///     .retry_policy(RetryPolicy::default())
///     .worker_options(WorkerOptions::default().requests(4))
///     .plugin_time_limit(Duration::from_secs(30))
///     .each_publisher(|_, publisher| publisher.message_order(MessageOrder::PerRecord))
///     .host(system_host().with_id("worker-1"))
///     .build()?;
/// assert_eq!(solution.publishers().count(), 0);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// ```
#[must_use]
pub struct EventHubSolutionBuilder {
    registration: Registration,
    rules: Rules,
    plugins: HashMap<String, Arc<dyn Plugin>>,
    job_store: Arc<dyn JobStore>,
    transport: Option<Arc<dyn Transport>>,
    retry_policy: RetryPolicy,
    worker_options: WorkerOptions,
    plugin_time_limit: Option<Duration>,
    each_publisher: EachPublisher,
    host: Host,
}

impl EventHubSolutionBuilder {
    pub(super) fn new(registration: Registration) -> Self {
        Self {
            registration,
            rules: Rules::default(),
            plugins: HashMap::new(),
            job_store: Arc::new(MemoryJobStore::new()),
            transport: None,
            retry_policy: RetryPolicy::default(),
            worker_options: WorkerOptions::default(),
            plugin_time_limit: Some(PLUGIN_TIME_LIMIT),
            each_publisher: Box::new(|_, builder| builder),
            host: system_host(),
        }
    }

    /// The code of the plug-in type with this name; see [`Plugin`] for an example. Each plug-in type
    /// that an enabled step runs needs its code.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use xrm_eventhub::{Plugin, PluginRun, PluginServices, RemoteExecutionContext};
    /// use xrm_eventhub::registration::PluginType;
    /// use xrm_eventhub::{Entity, EventHubSolution, Operation, Registration, StatusCode, Step, Uuid};
    ///
    /// # struct Announce;
    /// # impl Plugin for Announce {
    /// #     fn execute<'a>(
    /// #         &'a self,
    /// #         _: &'a mut RemoteExecutionContext,
    /// #         _: &'a PluginServices<'a>,
    /// #     ) -> PluginRun<'a> {
    /// #         Box::pin(async { Ok(()) })
    /// #     }
    /// # }
    /// let announce = PluginType::new(Uuid::from_u128(3), "Contoso.Announce");
    /// let step = Step::for_plugin(Uuid::from_u128(2), &announce, "Update", Some("account"));
    /// let registration =
    ///     Registration::new(Vec::new(), vec![step]).with_plugin_types(vec![announce]);
    /// let solution =
    ///     EventHubSolution::builder(registration).plugin("Contoso.Announce", Announce).build()?;
    ///
    /// let update = Operation::on_record("Update", Entity::new("account").with("name", "Contoso"));
    /// let jobs = solution.trigger(&update).await?;
    /// assert_eq!(jobs[0].status(), StatusCode::Succeeded);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    pub fn plugin(mut self, name: impl Into<String>, plugin: impl Plugin + 'static) -> Self {
        self.plugins.insert(name.into(), Arc::new(plugin));
        self
    }

    /// Gives each endpoint the secret in the variable that it
    /// [names](ServiceEndpoint::sas_key_variable), which `variable` looks up: a connection string, or the
    /// key or the token alone.
    ///
    /// ```
    /// # #[cfg(feature = "reqwest")]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use xrm_eventhub::{EventHubSolution, Registration};
    ///
    /// # let registration = Registration::new(Vec::new(), Vec::new());
    /// let solution = EventHubSolution::builder(registration)
    ///     .secrets(|variable| std::env::var(variable).ok())?
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "reqwest"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`SolutionError::Secret`] if a variable contains something else. One for which `variable` returns
    /// `None` is reported by [`build`](Self::build), if a step needs it.
    pub fn secrets(
        mut self,
        variable: impl FnMut(&str) -> Option<String>,
    ) -> Result<Self, SolutionError> {
        secrets::set(&mut self.registration, variable)?;
        Ok(self)
    }

    /// The rules that the registration is checked by. By default, these are [`Rules::default`], which
    /// demand that steps of event hubs are asynchronous.
    pub fn rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// The store that keeps the jobs of all steps. By default, this is a [`MemoryJobStore`] of the
    /// solution's own; see [`PublisherBuilder::job_store`].
    pub fn job_store(self, job_store: impl JobStore + 'static) -> Self {
        Self { job_store: Arc::new(job_store), ..self }
    }

    /// The transport of the messages to all endpoints. By default, this is one client for all of them;
    /// see [`PublisherBuilder::transport`].
    pub fn transport(self, transport: impl Transport + 'static) -> Self {
        Self { transport: Some(Arc::new(transport)), ..self }
    }

    /// When failed jobs are retried. By default, this is [`RetryPolicy::default`].
    pub fn retry_policy(self, retry_policy: RetryPolicy) -> Self {
        Self { retry_policy, ..self }
    }

    /// The limits within which jobs are run. By default, this is [`WorkerOptions::default`], for each endpoint and
    /// each plug-in.
    pub fn worker_options(self, worker_options: WorkerOptions) -> Self {
        Self { worker_options, ..self }
    }

    /// The longest time that a plug-in may run. After it, the run is dropped where it waits, and the
    /// job fails; what the plug-in has done stays done. By default, this is the platform's [time
    /// for an operation][performance], 2 minutes. `None` is no limit.
    ///
    /// [performance]: https://learn.microsoft.com/power-apps/developer/data-platform/analyze-performance
    pub fn plugin_time_limit(self, limit: impl Into<Option<Duration>>) -> Self {
        Self { plugin_time_limit: limit.into(), ..self }
    }

    /// Changes the options of the publisher of each endpoint: the size policy, claims, order, and
    /// whatever else a registration has no column for. By default, messages have the platform's
    /// [claims](Claims) if the endpoint's [user claim](ServiceEndpoint::user_claim) is set. That the
    /// column asks for this is inferred.
    pub fn each_publisher(
        self,
        change: impl Fn(&ServiceEndpoint, PublisherBuilder) -> PublisherBuilder + 'static,
    ) -> Self {
        Self { each_publisher: Box::new(change), ..self }
    }

    /// The process that makes the attempts; see [`PublisherBuilder::host`].
    pub fn host(self, host: Host) -> Self {
        Self { host, ..self }
    }

    /// The solution. Its publishers take the secrets out of the registration. Event hubs without one
    /// and endpoints of other contracts get no publisher, unless an enabled step posts there.
    ///
    /// # Errors
    ///
    /// [`SolutionError`] if the registration has [errors](Registration::check), if the endpoint or
    /// plug-in of an enabled step is missing, or if an endpoint can't be sent to.
    pub fn build(mut self) -> Result<EventHubSolution, SolutionError> {
        SolutionError::of(self.registration.check(self.rules))?;
        let publishers = Arc::new(self.publishers()?);
        let plugins = self.plugins(&publishers);
        check_names(&publishers, &plugins)?;
        // A disabled step never fires, so what it runs may be missing.
        let enabled = self.registration.steps().iter().filter(|it| it.state == StepState::ENABLED);
        for step in enabled {
            self.check_handler(step, &publishers, &plugins)?;
        }
        Ok(EventHubSolution {
            registration: Arc::new(self.registration),
            publishers,
            plugins: Arc::new(plugins),
            job_store: self.job_store,
            host: self.host,
        })
    }

    fn publishers(&mut self) -> Result<HashMap<Uuid, Publisher>, SolutionError> {
        let is_event_hub = |it: &&ServiceEndpoint| it.contract == Contract::EVENT_HUB;
        let event_hubs = self.registration.endpoints().iter().filter(is_event_hub);
        let ids: Vec<_> = event_hubs.map(|it| it.id).collect();
        // One client for all endpoints, which share its connections and its view of the roots. None
        // is made if there is nothing to send to: making one fails on machines without roots.
        let transport = match (&self.transport, ids.is_empty()) {
            (Some(transport), _) => Some(Arc::clone(transport)),
            (None, true) => None,
            (None, false) => {
                Some(Arc::from(default_transport().map_err(SolutionError::Transport)?))
            }
        };
        let mut publishers = HashMap::new();
        for id in ids {
            // Taken out, so that neither `registration()` nor a `Debug` of it shows a secret.
            let secret = self.registration.endpoint_mut(id).and_then(Secret::take);
            let endpoint = self.registration.endpoint(id);
            let (Some(secret), Some(endpoint), Some(transport)) = (secret, endpoint, &transport)
            else {
                continue;
            };
            let name = || endpoint.name.clone();
            let connection = connection_string(endpoint, &secret)
                .map_err(|source| SolutionError::Connection { endpoint: name(), source })?;
            let builder = self.publisher_builder(endpoint, connection, transport);
            let publisher = (self.each_publisher)(endpoint, builder)
                .build()
                .map_err(|source| SolutionError::Publisher { endpoint: name(), source })?;
            publishers.insert(id, publisher);
        }
        Ok(publishers)
    }

    fn publisher_builder(
        &self,
        endpoint: &ServiceEndpoint,
        connection: azure_sas::ConnectionString,
        transport: &Arc<dyn Transport>,
    ) -> PublisherBuilder {
        let builder = Publisher::builder(connection)
            .endpoint(&*endpoint.name)
            .message_format(message_format(endpoint))
            .transport(Arc::clone(transport))
            .job_store(Arc::clone(&self.job_store))
            .retry_policy(self.retry_policy.clone())
            .worker_options(self.worker_options.clone())
            .host(self.host.clone());
        match endpoint.user_claim {
            UserClaim::USER_ID | UserClaim::USER_INFO => builder.claims(Claims::new()),
            _ => builder,
        }
    }

    fn plugins(&self, publishers: &Arc<HashMap<Uuid, Publisher>>) -> HashMap<Uuid, PluginHost> {
        let types = self.registration.plugin_types().iter();
        let given = types.filter_map(|it| Some((it, self.plugins.get(&it.name)?)));
        given.map(|(it, plugin)| (it.id, self.plugin_host(it, plugin, publishers))).collect()
    }

    fn plugin_host(
        &self,
        plugin_type: &PluginType,
        plugin: &Arc<dyn Plugin>,
        publishers: &Arc<HashMap<Uuid, Publisher>>,
    ) -> PluginHost {
        let own = |it: &&Step| it.runs_plugin() && it.event_handler == plugin_type.id;
        let steps = self.registration.steps().iter().filter(own);
        PluginHost {
            plugin: Arc::clone(plugin),
            publishers: Arc::clone(publishers),
            configurations: steps
                .filter_map(|it| Some((it.id, it.configuration.clone()?)))
                .collect(),
            time_limit: self.plugin_time_limit,
            queue: Queue::new(&plugin_type.name, Arc::clone(&self.job_store), self.host.clone())
                .retry_policy(self.retry_policy.clone())
                .worker_options(self.worker_options.clone())
                .observer(Signals::new(&plugin_type.name)),
        }
    }

    /// Checks that what a step runs is there.
    fn check_handler(
        &self,
        step: &Step,
        publishers: &HashMap<Uuid, Publisher>,
        plugins: &HashMap<Uuid, PluginHost>,
    ) -> Result<(), SolutionError> {
        let (id, name) = (step.event_handler, || step.name.clone());
        match step.event_handler_type {
            EventHandlerType::PLUGIN_TYPE if plugins.contains_key(&id) => Ok(()),
            EventHandlerType::PLUGIN_TYPE => {
                let plugin = self.registration.plugin_type(id).map(|it| it.name.clone());
                Err(SolutionError::NoPlugin { step: name(), plugin: plugin.unwrap_or_default() })
            }
            _ if publishers.contains_key(&id) => Ok(()),
            _ => {
                let endpoint = self.registration.endpoint(id);
                let is_event_hub = endpoint.is_some_and(|it| it.contract == Contract::EVENT_HUB);
                let endpoint = endpoint.map(|it| it.name.clone()).unwrap_or_default();
                Err(match is_event_hub {
                    true => SolutionError::NoKey { endpoint },
                    false => SolutionError::NotEventHub { step: name(), endpoint },
                })
            }
        }
    }
}

/// Checks that no two would take each other's jobs.
fn check_names(
    publishers: &HashMap<Uuid, Publisher>,
    plugins: &HashMap<Uuid, PluginHost>,
) -> Result<(), SolutionError> {
    let endpoints = publishers.values().map(Publisher::endpoint);
    let plugins = plugins.values().map(|it| it.queue.endpoint());
    let mut names = HashSet::new();
    match endpoints.chain(plugins).find(|it| !names.insert(*it)) {
        Some(name) => Err(SolutionError::SameName { name: name.to_owned() }),
        None => Ok(()),
    }
}

/// The format of an endpoint's bodies. An event hub's is one of the two, as its rules say.
fn message_format(endpoint: &ServiceEndpoint) -> xrm_body::MessageFormat {
    match endpoint.message_format {
        Some(xrm_registration::MessageFormatCode::TEXT_XML) => xrm_body::MessageFormat::Xml,
        _ => xrm_body::MessageFormat::Json,
    }
}

impl fmt::Debug for EventHubSolutionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventHubSolutionBuilder")
            .field("registration", &self.registration)
            .field("rules", &self.rules)
            .field("plugins", &self.plugins.keys())
            .field("job_store", &self.job_store)
            .field("retry_policy", &self.retry_policy)
            .finish_non_exhaustive()
    }
}
