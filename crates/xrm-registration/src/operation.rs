//! Operations: what happened in an organization.

mod document;
mod notation;
mod record;
mod recorded;
mod scalar;
mod value;

use std::borrow::Cow;

use uuid::Uuid;
use xrm_context::{
    DateTime, Entity, EntityReference, Mode, ParameterCollection, RemoteExecutionContext, Stage,
    Value,
};

use crate::attributes::Attributes;
use crate::step::named_table;

/// An operation in an organization, on which steps may fire.
///
/// ```
/// use xrm_context::Entity;
/// use xrm_registration::{Attributes, Operation};
///
/// let update = Operation::on_record("Update", Entity::new("account").with("name", "Contoso"));
/// assert_eq!(update.primary_table(), Some("account"));
/// assert!(update.includes_any(&Attributes::from("fax,name")));
/// assert!(!update.includes_any(&Attributes::from("fax")));
/// ```
///
/// With serde, an operation is a document with these members. All but `message` may be left out: table
/// and record id are then those of the parameters `Target`, `EntityMoniker` or `Targets`, or of an image. `target`, a
/// record, is short for the parameter `Target`. Texts, integers, Booleans and null are written as they
/// are; other values are written behind the name of their type in bodies. Stages and modes are labels
/// or numbers.
///
/// ```
/// # use xrm_context::{Entity, Money};
/// # use xrm_registration::Operation;
/// let update: Operation = serde_json::from_str(
///     r#"{
///         "message": "Update",
///         "target": {
///             "LogicalName": "account",
///             "Id": "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0007",
///             "Attributes": {"name": "Contoso", "revenue": {"Money": "12.50"}},
///             "FormattedValues": {"revenue": "$12.50"}
///         },
///         "before": {"Attributes": {"name": "Cöntösö"}}
///     }"#,
/// )?;
/// assert_eq!(update.primary_table(), Some("account"));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// | value | notation |
/// |---|---|
/// | text, flag, nothing | `"Contoso"`, `true`, `null` (none in TOML) |
/// | integer | `12`: an `int` where it fits one, else a `long`; `{"long": 12}` |
/// | number with a fraction | `{"decimal": "12.50"}`, `{"double": 12.5}`, `{"Money": "12.50"}` |
/// | choice | `{"OptionSetValue": 1}`, `{"OptionSetValueCollection": [1, 2]}` |
/// | id, duration | `{"guid": "..."}`, `{"duration": "PT1M"}` |
/// | date | `{"dateTime": "2026-11-23T10:00:00Z"}`; in TOML `2026-11-23T10:00:00Z` too |
/// | bytes, URI | `{"base64Binary": "AQID"}`, `{"anyURI": "https://..."}` |
/// | lookup | `{"EntityReference": {"LogicalName": "contact", "Id": "...", "Name": "Jane"}}` |
/// | records | `{"Entity": {...}}`, `{"EntityCollection": {"Entities": [{...}]}}` |
/// | list | `[1, "a"]`, of one type `{"ArrayOfstring": ["a", "b"]}` |
///
/// The order of columns and parameters is kept, except that TOML has plain values first. Writing fails
/// for a type without a notation, such as `QueryExpression`. A [cause](Self::cause) and unknown members
/// of bodies are not written.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// The message.
    pub message: String,
    /// The table, if the message has one.
    pub table: Option<String>,
    /// The secondary table, of the deprecated messages that have one.
    pub secondary_table: Option<String>,
    /// The id of the record, or the nil id.
    pub record_id: Uuid,
    /// The column that holds the record's id. By default, this is `activityid` for the platform's
    /// tables of activities, and the table's name and `id` for others.
    pub primary_id_column: Option<String>,
    /// The column that holds the record's primary name, if the table has one.
    pub primary_name_column: Option<String>,
    /// The record before, as far as it is known.
    pub before: Option<Entity>,
    /// The record after, as far as it is known.
    pub after: Option<Entity>,
    /// The records before and after of a message on several records, in the order of `Targets`.
    pub records: Vec<Snapshots>,
    /// The parameters of the request.
    pub input_parameters: ParameterCollection,
    /// The parameters of the response.
    pub output_parameters: ParameterCollection,
    /// Variables that the pipeline shares.
    pub shared_variables: ParameterCollection,
    /// The users on whose behalf the operation was done.
    pub caller: Caller,
    /// The organization in which it was done.
    pub organization: Organization,
    /// The id that all operations of a chain share.
    pub correlation_id: Uuid,
    /// The id of the request.
    pub request_id: Option<Uuid>,
    /// The caller's request, which becomes the parent of the contexts. The platform's contexts have
    /// one.
    pub main_operation: Option<MainOperation>,
    /// The context within which it was done, where an operation led to another one: it becomes the
    /// outermost parent. [`within`](Self::within) sets it.
    pub cause: Option<Box<RemoteExecutionContext>>,
    /// How deep in a chain of operations this one is. By default, this is 1: a caller's own.
    pub depth: i32,
    /// The stage at which steps are looked for. By default, all are.
    pub stage: Option<Stage>,
    /// The mode in which steps are looked for. By default, all are.
    pub mode: Option<Mode>,
}

/// A record before and after, as far as either is known.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Snapshots {
    /// The record before.
    pub before: Option<Entity>,
    /// The record after.
    pub after: Option<Entity>,
}

/// Who did an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// The user on whose behalf it was done.
    pub user_id: Uuid,
    /// That user's Microsoft Entra object id, or the nil id.
    pub user_azure_active_directory_object_id: Uuid,
    /// The user who did it.
    pub initiating_user_id: Uuid,
    /// That user's Microsoft Entra object id, or the nil id.
    pub initiating_user_azure_active_directory_object_id: Uuid,
    /// The user agent of that user's client.
    pub initiating_user_agent: Option<String>,
    /// The business unit of the user.
    pub business_unit_id: Uuid,
}

/// Where an operation was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Organization {
    /// The organization's id.
    pub id: Uuid,
    /// Its unique name.
    pub name: Option<String>,
}

/// What the caller asked for: the parent context of a step's own.
///
/// Its parameters are those of the request alone, while an [`Operation`]'s were seen to hold what
/// the platform added to the record. They may be of another message, where one is made of another:
/// an `Update` had the parameters of a `SetState`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MainOperation {
    /// The parameters of the request.
    pub input_parameters: ParameterCollection,
    /// Variables that the pipeline shares.
    pub shared_variables: ParameterCollection,
    /// Its table, if it is another one than the operation's.
    pub table: Option<String>,
    /// What runs it, if not the step: synchronous contexts were seen to name a step of the
    /// platform here, `ObjectModel Implementation`.
    pub owning_extension: Option<EntityReference>,
    /// When it began, if not with the step.
    pub created_on: Option<DateTime>,
}

impl Operation {
    /// Creates an operation without parameters.
    ///
    /// ```
    /// use xrm_registration::Operation;
    ///
    /// let mut operation = Operation::new("contoso_Approve", None);
    /// operation.input_parameters.insert("Reason", "complete");
    /// assert_eq!(operation.depth, 1);
    /// ```
    #[must_use]
    pub fn new(message: &str, table: Option<&str>) -> Self {
        Self {
            message: message.to_owned(),
            table: table.map(str::to_owned),
            secondary_table: None,
            record_id: Uuid::nil(),
            primary_id_column: None,
            primary_name_column: None,
            before: None,
            after: None,
            records: Vec::new(),
            input_parameters: ParameterCollection::default(),
            output_parameters: ParameterCollection::default(),
            shared_variables: ParameterCollection::default(),
            caller: Caller::default(),
            organization: Organization::default(),
            correlation_id: Uuid::nil(),
            request_id: None,
            main_operation: None,
            cause: None,
            depth: 1,
            stage: None,
            mode: None,
        }
    }

    /// Creates an operation with a record as its parameter `Target`, as `Create` and `Update` have it.
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_context::Entity;
    /// use xrm_registration::Operation;
    ///
    /// let account = Entity::new("account").with_id(Uuid::from_u128(7)).with("name", "Contoso");
    /// let update = Operation::on_record("Update", account);
    /// assert_eq!(update.record_id, Uuid::from_u128(7));
    /// ```
    #[must_use]
    pub fn on_record(message: &str, target: Entity) -> Self {
        let mut operation = Self::new(message, target.logical_name.as_deref());
        operation.record_id = target.id;
        operation.input_parameters.insert("Target", target);
        operation
    }

    /// The table, unless it is empty or `none`.
    #[must_use]
    pub fn primary_table(&self) -> Option<&str> {
        named_table(self.table.as_deref())
    }

    /// The secondary table, unless it is empty or `none`.
    #[must_use]
    pub fn secondary_table(&self) -> Option<&str> {
        named_table(self.secondary_table.as_deref())
    }

    /// Whether any of these columns is *included in the request*, whatever its value was before:
    /// the platform's documented rule for filtering attributes.
    ///
    /// The request's record is `Target`. That one of several in `Targets` is enough is inferred.
    #[must_use]
    pub fn includes_any(&self, attributes: &Attributes) -> bool {
        let includes = |record: &Entity| attributes.among(&record.attributes).next().is_some();
        self.own_target().is_some_and(includes) || targets(&self.input_parameters).any(includes)
    }

    /// Moves the operation into the chain of a context, as an operation of a plug-in is: one level
    /// deeper, by the same users in the same organization.
    ///
    /// Depth and correlation are the platform's [guard against
    /// loops](https://learn.microsoft.com/dotnet/api/microsoft.xrm.sdk.iexecutioncontext.depth).
    /// That the context is the parent of the operation's own, outside of what the caller asked for,
    /// is inferred from its [being that of the parent
    /// pipeline](https://learn.microsoft.com/dotnet/api/microsoft.xrm.sdk.ipluginexecutioncontext.parentcontext).
    ///
    /// ```
    /// use uuid::Uuid;
    /// use xrm_context::RemoteExecutionContext;
    /// use xrm_registration::Operation;
    ///
    /// let correlation_id = Uuid::from_u128(7);
    /// let context = RemoteExecutionContext { correlation_id, depth: 1, ..Default::default() };
    /// let nested = Operation::new("Update", Some("contact")).within(&context);
    /// assert_eq!((nested.depth, nested.correlation_id), (2, correlation_id));
    /// ```
    #[must_use]
    pub fn within(self, context: &RemoteExecutionContext) -> Self {
        Self {
            caller: Caller::from_context(context),
            organization: Organization::from_context(context),
            correlation_id: context.correlation_id,
            // The contexts of a chain of synchronous steps were seen to have one operation id, which is
            // that of the request.
            request_id: self.request_id.or(context.request_id),
            // A depth beyond all limits stays so, instead of becoming a negative one that fires.
            depth: context.depth.saturating_add(1),
            cause: Some(Box::new(context.clone())),
            ..self
        }
    }

    /// The record of the request.
    pub(crate) fn own_target(&self) -> Option<&Entity> {
        target(&self.input_parameters)
    }

    /// Whether a column holds the id of the table's records.
    pub(crate) fn is_id_column(&self, column: &str) -> bool {
        match (&self.primary_id_column, self.primary_table()) {
            (Some(id), _) => id == column,
            (None, Some(table)) if is_activity(table) => column == ACTIVITY_ID,
            // Compared without making the name, as this is asked of every column of a request.
            (None, table) => table.is_some_and(|it| column.strip_prefix(it) == Some("id")),
        }
    }

    /// The column that holds the id of the table's records.
    pub(crate) fn id_column(&self, table: &str) -> Cow<'_, str> {
        match &self.primary_id_column {
            Some(column) => column.into(),
            None if is_activity(table) => ACTIVITY_ID.into(),
            None => format!("{table}id").into(),
        }
    }
}

/// The column that holds the id of an activity, whatever its table.
const ACTIVITY_ID: &str = "activityid";

/// The platform's own tables of activities. An organization may have others, which a
/// [`primary_id_column`](Operation::primary_id_column) names.
const ACTIVITIES: &[&str] = &[
    "activitypointer",
    "appointment",
    "campaignactivity",
    "campaignresponse",
    "email",
    "fax",
    "incidentresolution",
    "letter",
    "opportunityclose",
    "orderclose",
    "phonecall",
    "quoteclose",
    "recurringappointmentmaster",
    "serviceappointment",
    "socialactivity",
    "task",
];

fn is_activity(table: &str) -> bool {
    ACTIVITIES.contains(&table)
}

impl Caller {
    /// The caller of the operation that a context describes.
    #[must_use]
    pub fn from_context(context: &RemoteExecutionContext) -> Self {
        Self {
            user_id: context.user_id,
            user_azure_active_directory_object_id: context.user_azure_active_directory_object_id,
            initiating_user_id: context.initiating_user_id,
            initiating_user_azure_active_directory_object_id: context
                .initiating_user_azure_active_directory_object_id,
            initiating_user_agent: context.initiating_user_agent.clone(),
            business_unit_id: context.business_unit_id,
        }
    }
}

impl Organization {
    /// The organization of the operation that a context describes.
    #[must_use]
    pub fn from_context(context: &RemoteExecutionContext) -> Self {
        Self { id: context.organization_id, name: context.organization_name.clone() }
    }
}

/// The record that parameters are about.
pub(crate) fn target(parameters: &ParameterCollection) -> Option<&Entity> {
    // Not by the getter, which makes an error of the reference that is the `Target` of a `Delete`.
    match parameters.get("Target") {
        Some(Value::Entity(target)) => Some(&**target),
        _ => None,
    }
}

/// The records that parameters are about.
pub(crate) fn targets(parameters: &ParameterCollection) -> impl Iterator<Item = &Entity> {
    let targets = parameters.entities("Targets").ok().flatten();
    targets.into_iter().flat_map(|it| it.entities.iter())
}
