//! What happened.

use xrm_context::{Entity, Mode, ParameterCollection, Stage, Value};

use crate::attributes::Attributes;
use crate::step::named_table;

/// An operation: what an application did, and steps may fire on.
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
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// The message.
    pub message: String,
    /// The table, if it is about one.
    pub table: Option<String>,
    /// The parameters of the request.
    pub input_parameters: ParameterCollection,
    /// How deep in a chain of operations this one is. By default, this is 1: a caller's own.
    pub depth: i32,
    /// The stage at which steps are looked for. By default, all are.
    pub stage: Option<Stage>,
    /// The mode in which steps are looked for. By default, all are.
    pub mode: Option<Mode>,
}

impl Operation {
    /// A message on a table, without parameters.
    #[must_use]
    pub fn new(message: &str, table: Option<&str>) -> Self {
        Self {
            message: message.to_owned(),
            table: table.map(str::to_owned),
            input_parameters: ParameterCollection::default(),
            depth: 1,
            stage: None,
            mode: None,
        }
    }

    /// A message that has a record as its parameter `Target`, as `Create` and `Update` do.
    #[must_use]
    pub fn on_record(message: &str, target: Entity) -> Self {
        let mut operation = Self::new(message, target.logical_name.as_deref());
        operation.input_parameters.insert("Target", target);
        operation
    }

    /// The table that the operation is about.
    #[must_use]
    pub fn primary_table(&self) -> Option<&str> {
        named_table(self.table.as_deref())
    }

    /// Whether any of these columns is *included in the request*, whatever its value was before:
    /// the platform's documented rule for filtering attributes.
    ///
    /// The request's record is `Target`. That one of several in `Targets` is enough is inferred.
    #[must_use]
    pub fn includes_any(&self, attributes: &Attributes) -> bool {
        let includes = |record: &Entity| {
            record.attributes.keys().any(|logical_name| attributes.includes(logical_name))
        };
        let target = match self.input_parameters.get("Target") {
            Some(Value::Entity(target)) => includes(target),
            _ => false,
        };
        target
            || match self.input_parameters.get("Targets") {
                Some(Value::EntityCollection(targets)) => targets.entities.iter().any(includes),
                _ => false,
            }
    }
}
