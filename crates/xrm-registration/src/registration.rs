//! Endpoints, steps and images together.

mod check;
mod diff;
mod document;
mod index;

pub use document::MissingKeys;

use uuid::Uuid;

use crate::behavior::Behavior;
use crate::endpoint::ServiceEndpoint;
use crate::explanation::{Explanation, Reason};
use crate::operation::Operation;
use crate::pipeline::{Pipeline, Pipelines};
use crate::plugin_type::PluginType;
use crate::step::Step;
use index::Index;

/// Service endpoints, and the steps that say what is posted to them.
///
/// ```
/// use uuid::Uuid;
/// use xrm_context::Entity;
/// use xrm_registration::{ConnectionParts, Operation, Reason, Registration, ServiceEndpoint, Step};
///
/// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: None };
/// let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
/// let renamed = Step::new(Uuid::from_u128(2), &endpoint, "Update", Some("account"))
///     .filtering_attributes("name");
/// let created = Step::new(Uuid::from_u128(3), &endpoint, "Create", Some("account"));
/// let registration = Registration::new(vec![endpoint], vec![renamed, created]);
///
/// let update = Operation::on_record("Update", Entity::new("account").with("name", "Contoso"));
/// assert_eq!(registration.matches(&update)[0].name, "Accounts: Update of account");
///
/// let update = Operation::on_record("Update", Entity::new("account").with("fax", "555"));
/// let reasons: Vec<_> = registration.explain(&update).map(|it| it.reason).collect();
/// assert_eq!(reasons, [Some(Reason::Filter), Some(Reason::Message)]);
/// ```
///
/// Steps are found by message and table, so an operation costs what the steps on its own message
/// and table cost, however many others there are.
///
/// With serde, a registration is a document of `max_depth`, `endpoints` and `steps`; choices are
/// the platform's labels or numbers, and lists of columns are lists. A document holds no keys: it
/// names [environment variables](ServiceEndpoint::sas_key_variable) that do, and
/// [`set_sas_keys`](Self::set_sas_keys) brings them. In TOML:
///
/// ```toml
/// [[endpoints]]
/// id = "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001"
/// name = "Accounts"
/// contract = "Event Hub"
/// message_format = "Json"
/// auth_type = "SAS Key"
/// namespace_address = "sb://contoso.servicebus.windows.net/"
/// path = "accounts"
/// sas_key_name = "send"
/// sas_key_variable = "ACCOUNTS_KEY"
///
/// [[steps]]
/// id = "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002"
/// name = "Accounts: Update of account"
/// event_handler = "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001"
/// message = "Update"
/// table = "account"
/// filtering_attributes = ["name", "revenue"]
///
/// [[steps.images]]
/// name = "Before"
/// entity_alias = "Before"
/// image_type = "PreImage"
/// attributes = ["name"]
/// ```
#[derive(Clone, Debug)]
pub struct Registration {
    endpoints: Vec<ServiceEndpoint>,
    plugin_types: Vec<PluginType>,
    steps: Vec<Step>,
    max_depth: i32,
    behavior: Behavior,
    index: Index,
}

impl Registration {
    /// The depth beyond which the platform takes a chain of operations for a loop, unless an
    /// administrator set another one
    /// ([`Depth`](https://learn.microsoft.com/dotnet/api/microsoft.xrm.sdk.iexecutioncontext.depth)).
    /// That steps still fire at this very depth is inferred.
    pub const MAX_DEPTH: i32 = 8;

    /// Creates a registration of these endpoints and steps. [`check`](Self::check) reports whether
    /// they are valid.
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_registration::{ConnectionParts, Registration, ServiceEndpoint, Step};
    ///
    /// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: None };
    /// let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
    /// let step = Step::new(Uuid::from_u128(2), &endpoint, "Create", Some("account"));
    /// let registration = Registration::new(vec![endpoint], vec![step]);
    /// assert_eq!(registration.max_depth(), Registration::MAX_DEPTH);
    /// ```
    #[must_use]
    pub fn new(endpoints: Vec<ServiceEndpoint>, steps: Vec<Step>) -> Self {
        let index = Index::new(&steps);
        Self {
            endpoints,
            plugin_types: Vec::new(),
            steps,
            max_depth: Self::MAX_DEPTH,
            behavior: Behavior::default(),
            index,
        }
    }

    /// Sets the plug-in types. By default, there are none.
    #[must_use]
    pub fn with_plugin_types(self, plugin_types: Vec<PluginType>) -> Self {
        Self { plugin_types, ..self }
    }

    /// Sets the depth beyond which no step fires. Default: [`MAX_DEPTH`](Self::MAX_DEPTH).
    ///
    /// The platform counts operations of one hour only, and fails the operation that goes beyond. Both
    /// are left to the caller.
    #[must_use]
    pub fn with_max_depth(self, max_depth: i32) -> Self {
        Self { max_depth, ..self }
    }

    /// Sets what the organization does otherwise than most. See [`Behavior`] for an example.
    #[must_use]
    pub fn with_behavior(self, behavior: Behavior) -> Self {
        Self { behavior, ..self }
    }

    /// The endpoints, in the order in which they were given.
    #[must_use]
    pub fn endpoints(&self) -> &[ServiceEndpoint] {
        &self.endpoints
    }

    /// The plug-in types, in the order in which they were given.
    #[must_use]
    pub fn plugin_types(&self) -> &[PluginType] {
        &self.plugin_types
    }

    /// The steps, in the order in which they were given.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The endpoint with this id: that of a step's `event_handler`.
    #[must_use]
    pub fn endpoint(&self, id: Uuid) -> Option<&ServiceEndpoint> {
        self.endpoints.iter().find(|it| it.id == id)
    }

    /// The plug-in type with this id: that of a step's `event_handler`.
    #[must_use]
    pub fn plugin_type(&self, id: Uuid) -> Option<&PluginType> {
        self.plugin_types.iter().find(|it| it.id == id)
    }

    /// The depth beyond which no step fires.
    #[must_use]
    pub const fn max_depth(&self) -> i32 {
        self.max_depth
    }

    /// What the organization does otherwise than most.
    #[must_use]
    pub const fn behavior(&self) -> &Behavior {
        &self.behavior
    }

    /// The endpoint with this id, for changes: to take its key out, for example.
    #[must_use]
    pub fn endpoint_mut(&mut self, id: Uuid) -> Option<&mut ServiceEndpoint> {
        self.endpoints.iter_mut().find(|it| it.id == id)
    }

    /// Returns the steps that an operation fires: by stage, synchronous ones first, by rank.
    ///
    /// A step is in the list more than once if it fires more than once, because the platform carries
    /// out some operations as several:
    ///
    /// - An `Update` of the state or, where a business unit owns the table, of the owner, together
    ///   with other columns, fires steps of `Update` once for the other columns and once for [the
    ///   special ones](https://learn.microsoft.com/power-apps/developer/data-platform/special-update-operation-behavior);
    ///   steps before the validation fire once.
    /// - `CreateMultiple` and `UpdateMultiple` fire steps of `Create` and `Update` too, for each
    ///   record, [and the other way
    ///   round](https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations);
    ///   `DeleteMultiple` fires steps of `Delete`.
    ///
    /// Others are carried out as other messages, whose steps fire in place of their own: `Upsert` as
    /// `Create` or `Update`, `SetState` as `SetStateDynamicEntity`. [`hints`](Self::hints) says so.
    ///
    /// Steps of one rank come in the order of their ids. The platform's order among them is that of
    /// an id which a registration does not have, and among asynchronous steps it promises none.
    #[must_use]
    pub fn matches(&self, operation: &Operation) -> Vec<&Step> {
        let pipelines = self.pipelines(operation);
        self.fired(&pipelines).into_iter().map(|(step, _)| step).collect()
    }

    /// Explains for each step, in the order in which they were given, why the operation does not fire
    /// it, if it does not. If the operation is carried out as several, the reason is that of the one
    /// that came closest.
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_registration::{ConnectionParts, Operation, Registration, ServiceEndpoint, Step};
    ///
    /// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: None };
    /// # let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
    /// let step = Step::new(Uuid::from_u128(2), &endpoint, "Create", Some("account"));
    /// let registration = Registration::new(vec![endpoint], vec![step]);
    /// let deletion = Operation::new("Delete", Some("account"));
    /// for explanation in registration.explain(&deletion) {
    ///     let reason = explanation.reason.expect("it does not fire");
    ///     assert_eq!(reason.to_string(), "it is registered on another message");
    /// }
    /// ```
    #[must_use]
    pub fn explain<'a>(
        &'a self,
        operation: &'a Operation,
    ) -> impl ExactSizeIterator<Item = Explanation<'a>> {
        let pipelines = self.pipelines(operation);
        self.steps.iter().map(move |step| {
            let silence = |it: &Pipeline<'_>| (it.silence(step, self.max_depth), it.by);
            // One without a reason makes the step fire, whatever the others say. Of the others the
            // greatest reason is of the operation that came closest, as reasons are in the order
            // in which they are checked.
            let closer =
                |one: (Option<Reason>, _), other: (Option<Reason>, _)| match (one.0, other.0) {
                    (None, _) => one,
                    (_, None) => other,
                    (first, second) => {
                        if second > first {
                            other
                        } else {
                            one
                        }
                    }
                };
            let (reason, by) = pipelines.iter().map(silence).reduce(closer).unwrap_or_default();
            let carried_out = by.filter(|_| reason.is_none());
            Explanation { step, reason, carried_out }
        })
    }

    /// What the operation consists of, as far as there are steps on it.
    pub(crate) fn pipelines<'a>(&self, operation: &'a Operation) -> Pipelines<'a> {
        // Asked for before anything is derived: copying an operation for a message without steps
        // would cost more than matching it.
        operation.pipelines(&self.behavior, |message, table| match table {
            Some(_) => self.index.candidates(message, table).next().is_some(),
            None => self.index.has(message),
        })
    }

    /// The steps that fire, in their order, and what fires each of them.
    pub(crate) fn fired<'a, 'b, 'o>(
        &'a self,
        pipelines: &'b Pipelines<'o>,
    ) -> Vec<(&'a Step, &'b Pipeline<'o>)> {
        let mut fired: Vec<_> = pipelines.iter().flat_map(|it| self.fired_by(it)).collect();
        // Modes sort synchronous first, which is the platform's order within a stage. Ids make the
        // order of equal ranks the same on every run.
        fired.sort_by_key(|(step, it)| (it.turn, step.stage, step.mode, step.rank, step.id));
        fired
    }

    fn fired_by<'a, 'b, 'o>(
        &'a self,
        pipeline: &'b Pipeline<'o>,
    ) -> impl Iterator<Item = (&'a Step, &'b Pipeline<'o>)> {
        let operation = pipeline.whole_operation();
        self.index
            .candidates(&operation.message, operation.primary_table())
            .map(|position| &self.steps[position])
            .filter(|step| pipeline.silence(step, self.max_depth).is_none())
            .map(move |step| (step, pipeline))
    }
}
