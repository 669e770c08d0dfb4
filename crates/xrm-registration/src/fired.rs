//! The contexts of fired steps.

use uuid::Uuid;
use xrm_context::{DateTime, EntityReference, IsolationMode, Mode, RemoteExecutionContext, Stage};

use crate::image_record::{post_images, pre_images};
use crate::operation::{MainOperation, Operation};
use crate::registration::Registration;
use crate::step::{Step, is_post};

/// The system job that runs an asynchronous step, or the request that runs a synchronous one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Job {
    /// The context's `OperationId`. Of synchronous steps, this was seen to be the request's id.
    pub id: Uuid,
    /// The context's `OperationCreatedOn`. Of asynchronous steps, this was seen to be a local time
    /// of whole seconds.
    pub created_on: DateTime,
}

impl Job {
    /// A job with this id, created at this time.
    #[must_use]
    pub const fn new(id: Uuid, created_on: DateTime) -> Self {
        Self { id, created_on }
    }
}

/// Whether the variables that steps before the validation share are found in the parent context by
/// the steps of later stages. Those of other messages share one collection in all stages ([shared
/// variables](https://learn.microsoft.com/power-apps/developer/data-platform/understand-the-data-context#shared-variables)).
///
/// ```
/// use xrm_registration::shares_with_parent;
///
/// assert!(shares_with_parent("Update"));
/// assert!(!shares_with_parent("Assign"));
/// ```
#[must_use]
pub fn shares_with_parent(message: &str) -> bool {
    matches!(message, "Create" | "Update" | "Delete" | "RetrieveExchangeRate")
}

/// A step that an operation fires, with the context to post.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fired<'a> {
    /// The step.
    pub step: &'a Step,
    /// Its context.
    pub context: RemoteExecutionContext,
}

impl Registration {
    /// Returns the steps that an operation [fires](Self::matches), in their order, with their
    /// contexts. `job` returns the job that runs a step.
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_context::{DateTime, Entity};
    /// use xrm_registration::{ConnectionParts, Job, Operation, Registration, ServiceEndpoint, Step};
    ///
    /// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: None };
    /// # let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
    /// let step = Step::new(Uuid::from_u128(2), &endpoint, "Create", Some("account"));
    /// let registration = Registration::new(vec![endpoint], vec![step]);
    ///
    /// let creation = Operation::on_record("Create", Entity::new("account").with("name", "Contoso"));
    /// let now = DateTime::utc(0)?;
    /// let fired = registration.fire(&creation, |_| Job::new(Uuid::from_u128(3), now));
    /// assert_eq!(fired[0].context.message_name.as_deref(), Some("Create"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fire<'a>(
        &'a self,
        operation: &Operation,
        mut job: impl FnMut(&Step) -> Job,
    ) -> Vec<Fired<'a>> {
        let pipelines = self.pipelines(operation);
        let fired = self.fired(&pipelines).into_iter();
        fired
            .map(|(step, it)| Fired { step, context: it.operation().context(step, job(step)) })
            .collect()
    }
}

impl Operation {
    /// Returns the context that a step gets from the operation, whether the operation fires it or not.
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_context::{DateTime, Entity};
    /// use xrm_registration::{ConnectionParts, Image, Job, Operation, ServiceEndpoint, Step};
    ///
    /// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: None };
    /// # let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
    /// let step = Step::new(Uuid::from_u128(2), &endpoint, "Update", Some("account"))
    ///     .image(Image::pre("Before", "name"));
    ///
    /// let account = Entity::new("account").with_id(Uuid::from_u128(7));
    /// let mut update = Operation::on_record("Update", account.clone().with("name", "Contoso"));
    /// update.before = Some(account.with("name", "Cöntösö").with("fax", "555"));
    ///
    /// let job = Job::new(Uuid::from_u128(3), DateTime::utc(0)?);
    /// let context = update.context(&step, job);
    /// let before = context.pre_entity_images.image("Before").unwrap();
    /// assert_eq!(before.str("name")?, Some("Cöntösö"));
    /// assert_eq!(before.str("fax")?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// What a context contains is what bodies of servers contained. Inferred are an impersonated
    /// user's Entra object id, which is unknown and so nil, and `AsynchronousStepPrimaryName` of
    /// messages of which no body is [known](crate::KnownMessage::automatic_image): there is none.
    /// Optional parameters of the request are in the parent context alone.
    #[must_use]
    pub fn context(&self, step: &Step, job: Job) -> RemoteExecutionContext {
        let bare = self.bare_context(step, job);
        let parent = match step.mode {
            Mode::ASYNCHRONOUS => self.asynchronous_parent(&bare),
            _ => self.synchronous_parent(&bare),
        };
        let mut context = RemoteExecutionContext {
            input_parameters: self.own_parameters(),
            shared_variables: self.with_tag(&self.shared_variables),
            stage: step.stage,
            parent_context: parent.map(Box::new),
            pre_entity_images: pre_images(self, step),
            ..bare
        };
        // There is no response before the platform's own operation, and no record after it.
        if is_post(step.stage) {
            context.output_parameters = self.output_parameters.clone();
            context.post_entity_images = post_images(self, step);
        }
        context
    }

    /// The parent of a synchronous step's context, from the inside out: what the caller asked for,
    /// and the context in which a step of another operation did so, with its own parents.
    fn synchronous_parent(&self, bare: &RemoteExecutionContext) -> Option<RemoteExecutionContext> {
        let Some(main) = &self.main_operation else { return self.cause.as_deref().cloned() };
        Some(RemoteExecutionContext {
            parent_context: self.cause.clone(),
            owning_extension: main
                .owning_extension
                .clone()
                .or_else(|| bare.owning_extension.clone()),
            operation_created_on: main.created_on.unwrap_or(bare.operation_created_on),
            ..self.request_context(main, bare)
        })
    }

    /// The parent of an asynchronous step's context.
    ///
    /// Recorded ones mix two operations. Message, depth and ids are those of the step's own operation;
    /// parameters, shared variables and table are those of the outermost request, whatever came
    /// between the two. They have no parent.
    fn asynchronous_parent(&self, bare: &RemoteExecutionContext) -> Option<RemoteExecutionContext> {
        let Some(cause) = &self.cause else {
            return self.main_operation.as_ref().map(|main| self.request_context(main, bare));
        };
        let mut outermost = &**cause;
        while let Some(parent) = &outermost.parent_context {
            outermost = parent;
        }
        Some(RemoteExecutionContext {
            input_parameters: outermost.input_parameters.clone(),
            shared_variables: outermost.shared_variables.clone(),
            primary_entity_name: outermost.primary_entity_name.clone(),
            stage: Stage::MAIN_OPERATION,
            ..bare.clone()
        })
    }

    /// What the caller asked for, with the ids of the step's own context.
    fn request_context(
        &self,
        main: &MainOperation,
        bare: &RemoteExecutionContext,
    ) -> RemoteExecutionContext {
        RemoteExecutionContext {
            input_parameters: main.input_parameters.clone(),
            shared_variables: self.with_tag(&main.shared_variables),
            stage: Stage::MAIN_OPERATION,
            primary_entity_name: main.table.clone().or_else(|| bare.primary_entity_name.clone()),
            ..bare.clone()
        }
    }

    /// What a context and its parent have in common.
    fn bare_context(&self, step: &Step, job: Job) -> RemoteExecutionContext {
        let caller = &self.caller;
        let is_synchronous = step.mode == Mode::SYNCHRONOUS;
        let user_id = step.impersonating_user_id.unwrap_or(caller.user_id);
        // The object id that is known is the caller's. Another user's must not be passed off as it.
        let user_object_id = if user_id == caller.user_id {
            caller.user_azure_active_directory_object_id
        } else {
            Uuid::nil()
        };
        RemoteExecutionContext {
            business_unit_id: caller.business_unit_id,
            correlation_id: self.correlation_id,
            depth: self.depth,
            initiating_user_agent: caller.initiating_user_agent.clone(),
            initiating_user_azure_active_directory_object_id: caller
                .initiating_user_azure_active_directory_object_id,
            initiating_user_id: caller.initiating_user_id,
            // Pre-validation comes before the transaction, asynchronous steps after it
            // (https://learn.microsoft.com/power-apps/developer/data-platform/event-framework).
            is_in_transaction: is_synchronous && step.stage != Stage::PRE_VALIDATION,
            isolation_mode: step.isolation_mode(),
            message_name: Some(self.message.clone()),
            mode: step.mode,
            operation_created_on: job.created_on,
            operation_id: job.id,
            organization_id: self.organization.id,
            organization_name: self.organization.name.clone(),
            owning_extension: Some(step.owning_extension()),
            primary_entity_id: self.record_id,
            // Bodies without a table say `none`, not null.
            primary_entity_name: Some(self.primary_table().unwrap_or("none").to_owned()),
            request_id: self.request_id,
            secondary_entity_name: Some(self.secondary_table().unwrap_or("none").to_owned()),
            user_azure_active_directory_object_id: user_object_id,
            user_id,
            ..RemoteExecutionContext::default()
        }
    }
}

impl Step {
    /// Plug-ins run in the sandbox, online. Contexts of endpoints were seen to say none.
    fn isolation_mode(&self) -> IsolationMode {
        if self.runs_plugin() { IsolationMode::SANDBOX } else { IsolationMode::NONE }
    }

    /// The step as contexts refer to it: by its name too when it is synchronous.
    fn owning_extension(&self) -> EntityReference {
        let step = EntityReference::new("sdkmessageprocessingstep", self.id);
        match self.mode {
            // Recorded bodies of synchronous steps have the step's name, those of system jobs do not.
            Mode::SYNCHRONOUS => step.with_name(&self.name),
            _ => step,
        }
    }
}
