//! Operations as documents.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;
use xrm_context::{DateTime, Entity, EntityReference, Mode, ParameterCollection, Stage, Value};

use crate::operation::notation::{classes, is_default, notated};
use crate::operation::{Caller, MainOperation, Operation, Organization, Snapshots, targets};

/// What an operation is written as and read from.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// For editors.
    #[serde(rename = "$schema", default, skip_serializing)]
    _schema: Option<String>,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    table: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secondary_table: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    primary_id_column: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    primary_name_column: Option<String>,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    depth: i32,
    #[serde(default, with = "notated", skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
    #[serde(default, with = "notated", skip_serializing_if = "Option::is_none")]
    mode: Option<Mode>,
    #[serde(default, skip_serializing_if = "Uuid::is_nil")]
    correlation_id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<Uuid>,
    #[serde(default, with = "notated", skip_serializing_if = "is_default")]
    caller: Caller,
    #[serde(default, with = "notated", skip_serializing_if = "is_default")]
    organization: Organization,
    /// Short for the input parameter `Target`.
    #[serde(default, with = "notated", skip_serializing)]
    target: Option<Entity>,
    #[serde(default, with = "notated", skip_serializing_if = "is_default")]
    input_parameters: ParameterCollection,
    #[serde(default, with = "notated", skip_serializing_if = "is_default")]
    output_parameters: ParameterCollection,
    #[serde(default, with = "notated", skip_serializing_if = "is_default")]
    shared_variables: ParameterCollection,
    #[serde(default, with = "notated", skip_serializing_if = "Option::is_none")]
    before: Option<Entity>,
    #[serde(default, with = "notated", skip_serializing_if = "Option::is_none")]
    after: Option<Entity>,
    #[serde(default, with = "notated", skip_serializing_if = "Vec::is_empty")]
    records: Vec<Snapshots>,
    #[serde(default, with = "notated", skip_serializing_if = "Option::is_none")]
    main_operation: Option<MainOperation>,
}

impl Document {
    /// Moves the target to where it belongs.
    ///
    /// # Errors
    /// There is one already.
    fn move_target(&mut self) -> Result<(), &'static str> {
        let Some(target) = self.target.take() else { return Ok(()) };
        if self.input_parameters.contains_key("Target") {
            return Err("`target` is short for the input parameter `Target`, which is there too");
        }
        // First among the parameters, where recorded bodies have it.
        let others = std::mem::take(&mut self.input_parameters);
        self.input_parameters.insert("Target", target);
        self.input_parameters.extend(others);
        Ok(())
    }

    /// Table and id of what the operation is about, as far as its records tell. Records of `Targets`
    /// tell the table alone.
    fn record(&self) -> (Option<String>, Option<Uuid>) {
        let parameters = &self.input_parameters;
        let target = match parameters.get("Target").or_else(|| parameters.get("EntityMoniker")) {
            Some(Value::Entity(target)) => Some((&target.logical_name, target.id)),
            Some(Value::EntityReference(target)) => Some((&target.logical_name, target.id)),
            _ => None,
        };
        // Ids of several records say nothing about the one that the operation is about.
        let several = targets(&self.input_parameters).map(|it| (&it.logical_name, Uuid::nil()));
        let images = [&self.before, &self.after].into_iter().flatten();
        let records =
            target.into_iter().chain(several).chain(images.map(|it| (&it.logical_name, it.id)));
        let records: Vec<_> = records.collect();
        let table = records.iter().find_map(|(table, _)| (*table).clone());
        let id = records.iter().map(|(_, id)| *id).find(|id| !id.is_nil());
        (table, id)
    }
}

/// The members that documents and operations have alike.
///
/// `common! { message, depth }` moves these members into an operation and out of one. Table and record
/// id are not among them: a document may leave them to its records.
macro_rules! common {
    ($($member:ident),+) => {
        impl Document {
            fn into_operation(self, table: Option<String>, record_id: Uuid) -> Operation {
                Operation { table, record_id, cause: None, $($member: self.$member),+ }
            }
        }

        impl From<Operation> for Document {
            fn from(operation: Operation) -> Self {
                Self {
                    _schema: None,
                    table: operation.table,
                    record_id: Some(operation.record_id),
                    target: None,
                    $($member: operation.$member),+
                }
            }
        }
    };
}

common! {
    message, secondary_table, primary_id_column, primary_name_column, before, after, records,
    input_parameters, output_parameters, shared_variables, caller, organization, correlation_id,
    request_id, main_operation, depth, stage, mode
}

impl<'de> Deserialize<'de> for Operation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut document = Document::deserialize(deserializer)?;
        document.move_target().map_err(D::Error::custom)?;
        let (table, record_id) = document.record();
        let table = document.table.take().or(table);
        let record_id = document.record_id.or(record_id).unwrap_or_default();
        Ok(document.into_operation(table, record_id))
    }
}

impl Serialize for Operation {
    /// The context that an operation was done [within](Operation::cause) is not written: it belongs
    /// to a run, and not to what was done.
    ///
    /// # Errors
    /// Values of types that have no notation, `QueryExpression` for instance, and what the
    /// serializer says.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = Document::from(self.clone());
        // A reader finds table and id in the records, so they are written only if the operation
        // says otherwise. A table that it does not have is then `none`.
        let (table, id) = document.record();
        document.record_id = document.record_id.filter(|it| *it != id.unwrap_or_default());
        if table.is_some() && document.table.is_none() {
            document.table = Some("none".to_owned());
        }
        document.serialize(serializer)
    }
}

classes! {
    named as "snake_case";
    Caller in caller {
        user_id: Uuid;
        user_azure_active_directory_object_id: Uuid;
        initiating_user_id: Uuid;
        initiating_user_azure_active_directory_object_id: Uuid;
        initiating_user_agent: Option<String>;
        business_unit_id: Uuid;
    }
    Snapshots in snapshots {
        before: Option<Entity>;
        after: Option<Entity>;
    }
    Organization in organization {
        id: Uuid;
        name: Option<String>;
    }
    MainOperation in main_operation {
        table: Option<String>;
        input_parameters: ParameterCollection;
        shared_variables: ParameterCollection;
        owning_extension: Option<EntityReference>;
        created_on: Option<DateTime>;
    }
}

const fn one() -> i32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_one(depth: &i32) -> bool {
    *depth == 1
}
