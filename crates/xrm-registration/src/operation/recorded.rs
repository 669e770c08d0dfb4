//! Operations, reconstructed from contexts.

use xrm_context::{Entity, EntityImageCollection, Key, RemoteExecutionContext, Stage};

use crate::operation::{Caller, MainOperation, Operation, Organization};
use crate::step::{AUTOMATIC_ALIAS, named_table};

impl Operation {
    /// Reconstructs the operation from a recorded context, to match it against other steps.
    ///
    /// The records before and after have the columns of all images together. The columns of id and
    /// primary name are those of the image that asynchronous steps have. A parent context becomes the
    /// [main operation](MainOperation); its parent, or a parent of another stage, becomes the
    /// [cause](Operation::cause).
    ///
    /// A context does not contain the caller if the step
    /// [ran on behalf](crate::Step::impersonating_user_id) of another user, nor the response if its
    /// stage is before the operation. Stage and mode are left open, so that steps of all stages match.
    ///
    /// ```
    /// use xrm_context::{Entity, RemoteExecutionContext};
    /// use xrm_registration::Operation;
    ///
    /// let recorded = RemoteExecutionContext {
    ///     message_name: Some("Update".into()),
    ///     primary_entity_name: Some("account".into()),
    ///     input_parameters: [("Target", Entity::new("account").with("name", "Contoso"))].into(),
    ///     ..Default::default()
    /// };
    /// let operation = Operation::from_context(&recorded);
    /// assert_eq!(operation.message, "Update");
    /// assert!(operation.includes_any(&"name".into()));
    /// ```
    #[must_use]
    pub fn from_context(context: &RemoteExecutionContext) -> Self {
        let message = context.message_name.as_deref().unwrap_or_default();
        let table = named_table(context.primary_entity_name.as_deref());
        let secondary_table = named_table(context.secondary_entity_name.as_deref());
        let (id_column, name_column) = primary_columns(context);
        // The main operation's stage marks the request; a parent of another stage is the context of
        // a step that did this operation.
        let (main, cause) = match &context.parent_context {
            Some(parent) if parent.stage == Stage::MAIN_OPERATION => {
                (Some(&**parent), parent.parent_context.clone())
            }
            parent => (None, parent.clone()),
        };
        Self {
            secondary_table: secondary_table.map(str::to_owned),
            record_id: context.primary_entity_id,
            primary_id_column: id_column.map(str::to_owned),
            primary_name_column: name_column.map(str::to_owned),
            before: record(&context.pre_entity_images),
            after: record(&context.post_entity_images),
            input_parameters: context.input_parameters.clone(),
            output_parameters: context.output_parameters.clone(),
            shared_variables: context.shared_variables.clone(),
            caller: Caller::from_context(context),
            organization: Organization::from_context(context),
            correlation_id: context.correlation_id,
            request_id: context.request_id,
            main_operation: main.map(|it| MainOperation::from_parent(it, context)),
            cause,
            depth: context.depth,
            ..Self::new(message, table)
        }
    }
}

impl MainOperation {
    /// What a parent has of its own: the rest is the context's, or that of another step's.
    fn from_parent(parent: &RemoteExecutionContext, context: &RemoteExecutionContext) -> Self {
        // Only what differs from the step's own context is kept, so that a context that is made of
        // the operation for another step has that step's values.
        let is_own = parent.operation_created_on != context.operation_created_on;
        Self {
            input_parameters: parent.input_parameters.clone(),
            shared_variables: parent.shared_variables.clone(),
            table: own(&parent.primary_entity_name, &context.primary_entity_name),
            owning_extension: own(&parent.owning_extension, &context.owning_extension),
            created_on: is_own.then_some(parent.operation_created_on),
        }
    }
}

fn own<T: Clone + PartialEq>(of_parent: &Option<T>, from_context: &Option<T>) -> Option<T> {
    of_parent.clone().filter(|_| of_parent != from_context)
}

/// A record with all that images tell of it.
fn record(images: &EntityImageCollection) -> Option<Entity> {
    // Images of one record differ in their columns alone, so later ones only add.
    let mut images = images.iter().filter_map(|(_, image)| image.clone());
    let mut record = images.next()?;
    for image in images {
        record.attributes.extend(image.attributes);
        record.formatted_values.extend(image.formatted_values);
    }
    Some(record)
}

/// The columns of the record's id and of its primary name, which are all that the image of
/// asynchronous steps has.
fn primary_columns(context: &RemoteExecutionContext) -> (Option<&str>, Option<&str>) {
    // The message decides in which collection it is. Both are searched, because it costs nothing
    // and the rule is known of some messages only.
    let collections = [&context.post_entity_images, &context.pre_entity_images];
    let Some(image) = collections.into_iter().find_map(|it| it.image(AUTOMATIC_ALIAS)) else {
        return (None, None);
    };
    // By the getter: JSON bodies do not tell a GUID from a string in a place that may hold anything.
    let is_id = |name: &Key| image.guid(name).is_ok_and(|it| it == Some(context.primary_entity_id));
    let column =
        |is_of_id| image.attributes.keys().find(|it| is_id(it) == is_of_id).map(Key::as_str);
    (column(true), column(false))
}
