//! Messages on several records, and on one, which are made of each other.
//!
//! A record of several is an operation like one that was asked for alone, and one record is one of
//! several: `Targets`, `Ids` and the request that the parent tells become `Target`, `id` and the
//! part of the request that is about the record, or the other way round. All of this is inferred.

use xrm_context::{Entity, EntityCollection, ParameterCollection, Uuid, Value};

use crate::operation::{MainOperation, Operation, Snapshots, target, targets};

impl Operation {
    /// The operations on one record each that this one on several consists of.
    pub(super) fn singles(&self, message: &str) -> impl Iterator<Item = Self> {
        let common = self.without_records(message);
        let main = self.main_operation.as_ref();
        let asked: Vec<_> =
            main.map(|it| targets(&it.input_parameters).collect()).unwrap_or_default();
        targets(&self.input_parameters).enumerate().map(move |(position, target)| {
            let mut single = common.clone();
            let asked = asked.get(position).copied();
            if let Some((main, asked)) = single.main_operation.as_mut().zip(asked) {
                main.input_parameters.insert("Target", asked.clone());
            }
            self.single(single, target, position)
        })
    }

    /// The operation on the record at this position, of what it has in common with the others.
    fn single(&self, common: Self, target: &Entity, position: usize) -> Self {
        // A record without an id gets one, which the response has in `Ids`.
        let given = Some(target.id).filter(|it| !it.is_nil());
        let record_id = given.or_else(|| created(&self.output_parameters, position));
        let snapshots = self.records.get(position).cloned().unwrap_or_default();
        let table = target.logical_name.clone().or_else(|| self.table.clone());
        let mut single = Self {
            table,
            record_id: record_id.unwrap_or_default(),
            before: snapshots.before,
            after: snapshots.after,
            ..common
        };
        single.input_parameters.insert("Target", target.clone());
        if let Some(id) = record_id.filter(|_| single.message == "Create") {
            single.output_parameters.insert("id", id);
        }
        single
    }

    /// The operation on several records, this one alone, which is part of the one on it.
    pub(super) fn as_several(&self, message: &str) -> Option<Self> {
        let record = self.own_target()?;
        // The platform runs `*Multiple` for a single record too, with one record in `Targets`.
        let mut several = self.without_records(message);
        several.input_parameters.insert("Targets", alone(record));
        if message == "CreateMultiple" && !self.record_id.is_nil() {
            several.output_parameters.insert("Ids", vec![self.record_id]);
        }
        let snapshots = Snapshots { before: self.before.clone(), after: self.after.clone() };
        several.records = vec![snapshots];
        let asked = self.main_operation.as_ref().and_then(|it| target(&it.input_parameters));
        if let Some((main, asked)) = several.main_operation.as_mut().zip(asked) {
            main.input_parameters.insert("Targets", alone(asked));
        }
        Some(several)
    }

    /// What operations that are derived from each other have in common.
    pub(super) fn without_records(&self, message: &str) -> Self {
        // Member by member and not `..self.clone()`, which would copy the records, most of an
        // operation, to drop them.
        let main_operation = self.main_operation.as_ref().map(|main| MainOperation {
            input_parameters: others(&main.input_parameters),
            shared_variables: main.shared_variables.clone(),
            table: main.table.clone(),
            owning_extension: main.owning_extension.clone(),
            created_on: main.created_on,
        });
        Self {
            primary_id_column: self.primary_id_column.clone(),
            primary_name_column: self.primary_name_column.clone(),
            secondary_table: self.secondary_table.clone(),
            input_parameters: others(&self.input_parameters),
            shared_variables: self.shared_variables.clone(),
            caller: self.caller.clone(),
            organization: self.organization.clone(),
            correlation_id: self.correlation_id,
            request_id: self.request_id,
            main_operation,
            cause: self.cause.clone(),
            depth: self.depth,
            stage: self.stage,
            mode: self.mode,
            ..Self::new(message, self.table.as_deref())
        }
    }
}

/// Parameters but those that hold the records.
fn others(parameters: &ParameterCollection) -> ParameterCollection {
    let is_other = |name: &str| !matches!(name, "Target" | "Targets");
    let others = parameters.iter().filter(|(name, _)| is_other(name));
    others.map(|(name, value)| (name.as_str(), value.clone())).collect()
}

fn alone(record: &Entity) -> EntityCollection {
    EntityCollection::new(record.logical_name.as_deref().unwrap_or_default(), [record.clone()])
}

/// The id of a record that `CreateMultiple` created.
fn created(output: &ParameterCollection, position: usize) -> Option<Uuid> {
    let Some(Value::Array(ids)) = output.get("Ids") else { return None };
    match ids.items().get(position) {
        Some(Value::Guid(id)) => Some(*id),
        _ => None,
    }
}
