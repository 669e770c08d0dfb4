//! Messages that the platform carries out as others.
//!
//! Which these are is documented or was seen, and each variant names the source; what the contexts
//! of the other message contain is documented for `Upsert`, was seen for `SetState`, and is inferred
//! for the others.

use std::fmt;

use xrm_context::{Entity, EntityReference, ParameterCollection, Value};

use crate::behavior::Behavior;
use crate::operation::{MainOperation, Operation};

/// A message that the platform carries out as another one, in place of it or besides.
///
/// [`Display`](fmt::Display) is a sentence about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct CarriedOut {
    /// Whether steps on the message itself stay silent.
    pub instead: bool,
    /// The messages that it is carried out as, and whose steps fire.
    pub messages: &'static [&'static str],
    text: &'static str,
}

impl CarriedOut {
    #[cfg(test)]
    pub(crate) const fn example() -> Self {
        Conversion::SetState.carried_out()
    }
}

impl fmt::Display for CarriedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Declares each conversion: its name, whether steps on the message itself stay silent, the messages
/// whose steps fire, and the sentence.
macro_rules! conversions {
    ($($(#[$doc:meta])* $name:ident $when:ident [$message:literal $(, $more:literal)*] $text:literal;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Conversion { $($(#[$doc])* $name,)+ }

        impl Conversion {
            pub(super) const fn carried_out(self) -> CarriedOut {
                match self {
                    $(Self::$name => CarriedOut {
                        instead: conversions!(@ $when),
                        messages: &[$message $(, $more)*],
                        text: $text,
                    },)+
                }
            }
        }
    };
    (@ instead) => { true };
    (@ besides) => { false };
}

conversions! {
    /// [Use Upsert](https://learn.microsoft.com/power-apps/developer/data-platform/use-upsert).
    UpsertAsCreate instead ["Create", "CreateMultiple"]
        "Upsert on a standard table is carried out as Create, if the row was not there";
    /// The same page.
    UpsertAsUpdate instead ["Update", "UpdateMultiple"]
        "Upsert on a standard table is carried out as Update, if the row was there";
    /// The tables' references, which list `UpsertMultiple` as no event.
    Upserts instead ["Create", "Update", "CreateMultiple", "UpdateMultiple"]
        "UpsertMultiple on a standard table is carried out as Create or Update of each row";
    /// Seen in organizations of 2015 and 2018.
    SetState instead ["SetStateDynamicEntity"] "SetState is carried out as SetStateDynamicEntity";
    /// Seen on premises; [`Behavior::set_state_updates`].
    StateUpdate besides ["Update", "UpdateMultiple"] "a change of the state is an Update too";
    /// Reported by a user of CRM 2013; [`Behavior::assign_updates`].
    AssignUpdate besides ["Update", "UpdateMultiple"] "Assign is an Update too";
    /// [Bulk operations](https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations).
    CreateAsMultiple besides ["CreateMultiple"] "Create is CreateMultiple of one row too";
    /// The same page.
    UpdateAsMultiple besides ["UpdateMultiple"] "Update is UpdateMultiple of one row too";
    /// The same page.
    Creates besides ["Create"] "CreateMultiple is Create of each row too";
    /// The same page.
    Updates besides ["Update"] "UpdateMultiple is Update of each row too";
    /// The same page; a known issue says that `Delete` does not raise `DeleteMultiple`.
    Deletes besides ["Delete"] "DeleteMultiple is Delete of each row too";
    /// [Register a plug-in](https://learn.microsoft.com/power-apps/developer/data-platform/register-plug-in).
    AddressOwner instead ["Update", "UpdateMultiple"]
        "a change of an address fires the steps on Update of the table that owns it";
}

/// Tables of addresses, for whose rows steps are to be registered on the tables that own them.
const ADDRESSES: &[&str] =
    &["competitoraddress", "customeraddress", "leadaddress", "publisheraddress"];

/// What the platform adds to the record that it updates, in the order of recorded bodies.
const MODIFIED: &[&str] = &["modifiedon", "modifiedby", "modifiedonbehalfby"];

/// Parameters that hold what an operation is about, and that another message has in another form.
const ABOUT: &[&str] = &["Target", "Targets", "EntityMoniker", "State", "Status", "Assignee"];

impl Conversion {
    /// The conversions of an operation.
    pub(super) fn of(operation: &Operation, behavior: &Behavior) -> &'static [Self] {
        let table = operation.primary_table();
        let is_standard = || !behavior.is_elastic(table);
        match operation.message.as_str() {
            "Create" | "Update" | "Delete" if table.is_some_and(|it| ADDRESSES.contains(&it)) => {
                &[Self::AddressOwner]
            }
            "Create" => &[Self::CreateAsMultiple],
            "Update" => &[Self::UpdateAsMultiple],
            "CreateMultiple" => &[Self::Creates],
            "UpdateMultiple" => &[Self::Updates],
            "DeleteMultiple" => &[Self::Deletes],
            "Upsert" if is_standard() && operation.row_was_there() => &[Self::UpsertAsUpdate],
            "Upsert" if is_standard() => &[Self::UpsertAsCreate],
            "UpsertMultiple" if is_standard() => &[Self::Upserts],
            "SetState" if behavior.set_state_updates => &[Self::SetState, Self::StateUpdate],
            "SetState" => &[Self::SetState],
            "SetStateDynamicEntity" if behavior.set_state_updates => &[Self::StateUpdate],
            "Assign" if behavior.assign_updates => &[Self::AssignUpdate],
            _ => &[],
        }
    }

    /// The operations that an operation is carried out as. An `Update` or a `Create` among them is
    /// not yet taken apart.
    pub(super) fn apply(self, operation: &Operation) -> Vec<Operation> {
        match self {
            Self::UpsertAsCreate => operation.upsert_as_create().into_iter().collect(),
            Self::UpsertAsUpdate => operation.upsert_as_update().into_iter().collect(),
            Self::Upserts => operation.upserts(),
            Self::SetState => vec![operation.renamed("SetStateDynamicEntity")],
            Self::StateUpdate => operation.state_update().into_iter().collect(),
            Self::AssignUpdate => operation.owner_update().into_iter().collect(),
            Self::CreateAsMultiple => operation.as_several("CreateMultiple").into_iter().collect(),
            Self::UpdateAsMultiple => operation.as_several("UpdateMultiple").into_iter().collect(),
            Self::Creates => operation.singles("Create").collect(),
            Self::Updates => operation.singles("Update").collect(),
            Self::Deletes => operation.deletes(),
            Self::AddressOwner => operation.owner_of_address().into_iter().collect(),
        }
    }

    /// Whether a `Create` or an `Update` that it makes raises the message on several records again,
    /// as one that a caller asks for does. Those that are made of such a message do not, or the two
    /// would go on for ever.
    pub(super) const fn raises_several(self) -> bool {
        !matches!(
            self,
            Self::CreateAsMultiple | Self::UpdateAsMultiple | Self::Creates | Self::Updates
        )
    }
}

impl Operation {
    /// Whether the row of an `Upsert` was there: the response tells, or the record before.
    fn row_was_there(&self) -> bool {
        match self.output_parameters.bool("RecordCreated") {
            Ok(Some(is_created)) => !is_created,
            _ => self.before.is_some(),
        }
    }

    /// The operation of another message with the same parameters.
    fn renamed(&self, message: &str) -> Self {
        let mut renamed = self.clone();
        message.clone_into(&mut renamed.message);
        renamed.main_operation = Some(self.request());
        renamed
    }

    /// The request, which is the parent of what it is carried out as.
    fn request(&self) -> MainOperation {
        // Without a request of its own, the operation has but the parameters that it was given.
        self.main_operation.clone().unwrap_or_else(|| MainOperation {
            input_parameters: self.input_parameters.clone(),
            shared_variables: self.shared_variables.clone(),
            ..MainOperation::default()
        })
    }

    /// The operation on one record that this one is carried out as.
    fn on_one(&self, message: &str, record: Entity) -> Self {
        let is_other = |name: &str| !ABOUT.contains(&name);
        let others = self.input_parameters.iter().filter(|(name, _)| is_other(name.as_str()));
        // First among the parameters, where recorded bodies have it.
        let mut input_parameters = ParameterCollection::default();
        let (table, id) = (record.logical_name.clone(), record.id);
        input_parameters.insert("Target", record);
        input_parameters.extend(others.map(|(name, value)| (name.clone(), value.clone())));
        Self {
            message: message.to_owned(),
            table: table.or_else(|| self.table.clone()),
            record_id: if id.is_nil() { self.record_id } else { id },
            input_parameters,
            output_parameters: ParameterCollection::default(),
            main_operation: Some(self.request()),
            ..self.clone()
        }
    }

    fn upsert_as_create(&self) -> Option<Self> {
        let mut record = self.own_target()?.clone();
        // The key values of a row that is not there are copied into it, as far as it lacks them.
        for (column, value) in &record.key_attributes {
            if !record.attributes.contains_key(column.as_str()) {
                record.attributes.insert(column.clone(), value.clone());
            }
        }
        let mut create = self.on_one("Create", record);
        if !create.record_id.is_nil() {
            create.output_parameters.insert("id", create.record_id);
        }
        Some(create)
    }

    fn upsert_as_update(&self) -> Option<Self> {
        let mut record = self.own_target()?.clone();
        // Of a row that is there, the id is set, and what equals the key values goes.
        let keys = &record.key_attributes;
        record.attributes.retain(|column, value| keys.get(column.as_str()) != Some(value));
        let known = [record.id, self.record_id, self.before.as_ref().map_or(record.id, |it| it.id)];
        record.id = known.into_iter().find(|it| !it.is_nil()).unwrap_or_default();
        Some(self.on_one("Update", record))
    }

    fn upserts(&self) -> Vec<Self> {
        let each = self.singles("Upsert").filter_map(|it| {
            if it.row_was_there() { it.upsert_as_update() } else { it.upsert_as_create() }
        });
        each.collect()
    }

    /// The update of a state: recorded bodies have these columns of the record, in this order.
    fn state_update(&self) -> Option<Self> {
        let reference = self.input_parameters.reference("EntityMoniker").ok()??;
        let parameter = |name| self.input_parameters.get(name).cloned();
        let columns = [("statecode", parameter("State")), ("statuscode", parameter("Status"))];
        Some(self.update_of(reference, columns))
    }

    fn owner_update(&self) -> Option<Self> {
        let reference = self.input_parameters.reference("Target").ok()??;
        let owner = self.input_parameters.get("Assignee").cloned();
        Some(self.update_of(reference, [("ownerid", owner)]))
    }

    /// The update of a record with these columns, and what the platform adds to them.
    fn update_of<const N: usize>(
        &self,
        reference: &EntityReference,
        columns: [(&str, Option<Value>); N],
    ) -> Self {
        let table =
            reference.logical_name.as_deref().or_else(|| self.primary_table()).unwrap_or_default();
        let mut record = Entity::new(table).with_id(reference.id);
        record.attributes.insert(self.id_column(table).as_ref(), reference.id);
        for (column, value) in columns {
            if let Some(value) = value {
                record.attributes.insert(column, value);
            }
        }
        for column in MODIFIED {
            let value = self.after.as_ref().and_then(|it| it.attributes.get(*column));
            if let Some(value) = value {
                record.attributes.insert(*column, value.clone());
            }
        }
        self.on_one("Update", record)
    }

    fn deletes(&self) -> Vec<Self> {
        let common = self.without_records("Delete");
        let references = references(&self.input_parameters).into_iter().enumerate();
        let each = references.map(|(position, reference)| {
            let mut delete = common.clone();
            let own = [Some(&mut delete.input_parameters)].into_iter();
            let asked = delete.main_operation.as_mut().map(|it| &mut it.input_parameters);
            own.chain([asked]).flatten().for_each(|parameters| {
                parameters.insert("Target", reference.clone());
            });
            delete.table = reference.logical_name.clone().or_else(|| self.table.clone());
            delete.record_id = reference.id;
            delete.before = self.records.get(position).and_then(|it| it.before.clone());
            delete
        });
        each.collect()
    }

    /// The update of the row that owns an address, if the address names it. That it is an update,
    /// and of no column, is inferred.
    fn owner_of_address(&self) -> Option<Self> {
        let records = [self.own_target(), self.before.as_ref(), self.after.as_ref()];
        let owner = |it: &Entity| it.reference("parentid").ok().flatten().cloned();
        let owner = records.into_iter().flatten().find_map(owner)?;
        let mut update = self.update_of(&owner, []);
        // What is known of the address is nothing about its owner.
        (update.before, update.after) = (None, None);
        (update.primary_id_column, update.primary_name_column) = (None, None);
        Some(update)
    }
}

/// The references of `Targets`, from the collection or from the array that JSON makes of it.
fn references(parameters: &ParameterCollection) -> Vec<&EntityReference> {
    match parameters.get("Targets") {
        Some(Value::EntityReferenceCollection(references)) => references.iter().collect(),
        Some(Value::Array(items)) => {
            let references = items.items().iter().filter_map(|it| match it {
                Value::EntityReference(reference) => Some(&**reference),
                _ => None,
            });
            references.collect()
        }
        _ => Vec::new(),
    }
}
