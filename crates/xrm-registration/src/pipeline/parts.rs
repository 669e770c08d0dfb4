//! Updates that the platform does in parts.
//!
//! The parts come in the order of [`Group`], each with its columns alone as `Target`. The record
//! between two of them has the columns of the earlier ones already. What the platform adds to a
//! request, such as `modifiedon`, goes along with each. All of this is inferred.

use xrm_context::{Entity, Key, Value};

use crate::attributes::Attributes;
use crate::operation::{Operation, target};

/// Columns that are updated together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Standard,
    Owner,
    State,
}

/// The columns that say who owns a record, of tables that a business unit owns. Each had a message of
/// its own once: `SetParentBusinessUnit`, `SetBusinessEquipment`, `SetBusinessSystemUser`,
/// `SetParentSystemUser`, `SetParentTeam`
/// ([special update
/// operations](https://learn.microsoft.com/power-apps/developer/data-platform/special-update-operation-behavior)).
const OWNERS: &[(&str, &[&str])] = &[
    ("businessunit", &["parentbusinessunitid"]),
    ("equipment", &["businessunitid"]),
    ("systemuser", &["businessunitid", "parentsystemuserid"]),
    ("team", &["businessunitid"]),
];

/// What the platform was seen to add to the record of a request.
const ADDED: &[&str] = &["modifiedby", "modifiedon", "modifiedonbehalfby"];

/// A part of an update.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    group: Group,
    is_last: bool,
}

impl Operation {
    /// The parts of an update, if it has more than one.
    pub(super) fn parts(&self) -> Vec<Part> {
        // The quick way out comes first, because nearly every update takes it.
        let Some(owners) = self.primary_table().map(owners) else { return Vec::new() };
        if !self.columns().any(|it| Group::new(it, owners) != Group::Standard) {
            return Vec::new();
        }
        // The order is inferred, the state last: many tables refuse other updates of an inactive
        // record.
        let groups = [Group::Standard, Group::Owner, Group::State];
        let groups: Vec<_> =
            groups.into_iter().filter(|it| self.columns_of(*it).next().is_some()).collect();
        if groups.len() < 2 {
            return Vec::new();
        }
        let is_last = |group| groups.last() == Some(&group);
        groups.iter().map(|group| Part { group: *group, is_last: is_last(*group) }).collect()
    }

    /// The facts for steps on a part of it.
    pub(super) fn part(&self, Part { group, is_last }: Part) -> Self {
        let mut part = self.clone();
        if let Some(Value::Entity(target)) = part.input_parameters.get_mut("Target") {
            let is_of_part = |column: &str| self.is_in(column, group);
            target.attributes.retain(|column, _| is_of_part(column));
            target.formatted_values.retain(|column, _| is_of_part(column));
        }
        if let Some((before, after)) = self.before.as_ref().zip(self.after.as_ref()) {
            if group != Group::Standard {
                part.before = Some(self.between(before, after, |it| it < group));
            }
            if !is_last {
                part.after = Some(self.between(before, after, |it| it <= group));
            }
        }
        part
    }

    /// Whether any of these columns is included in a part of it.
    pub(super) fn part_includes_any(&self, part: Part, attributes: &Attributes) -> bool {
        let included =
            self.own_target().into_iter().flat_map(|it| attributes.among(&it.attributes));
        let mut included = included;
        included.any(|it| self.is_in(it, part.group))
    }

    fn columns(&self) -> impl Iterator<Item = &str> {
        self.own_target().into_iter().flat_map(|it| it.attributes.keys()).map(Key::as_str)
    }

    /// The columns of a group that the caller asked for.
    fn columns_of(&self, group: Group) -> impl Iterator<Item = &str> {
        let owners = self.primary_table().map_or(&[][..], owners);
        self.columns().filter(move |it| Group::new(it, owners) == group && self.is_asked_for(it))
    }

    /// Whether a column goes along with a group.
    fn is_in(&self, column: &str, group: Group) -> bool {
        self.group(column).is_none_or(|it| it == group)
    }

    /// The group of a column of the request, `None` if the caller did not ask for it.
    fn group(&self, column: &str) -> Option<Group> {
        let owners = self.primary_table().map_or(&[][..], owners);
        self.is_asked_for(column).then(|| Group::new(column, owners))
    }

    fn is_asked_for(&self, column: &str) -> bool {
        let request = self.main_operation.as_ref().and_then(|it| target(&it.input_parameters));
        // Without a request to compare with, the columns that the platform adds are known by name.
        let is_asked_for = match request {
            Some(request) => request.attributes.contains_key(column),
            None => !ADDED.contains(&column),
        };
        is_asked_for && !self.is_id_column(column)
    }

    /// The record when the columns of some groups are updated already.
    fn between(&self, before: &Entity, after: &Entity, is_done: impl Fn(Group) -> bool) -> Entity {
        // From the record after, each column that is not done yet is set back: columns that the
        // request did not have, and which a plug-in or the platform changed, stay as they became.
        let requested = self.own_target().map(|it| &it.attributes);
        let is_undone = |column: &str| {
            requested.is_some_and(|it| it.contains_key(column))
                && !self.group(column).is_none_or(&is_done)
        };
        let mut record = after.clone();
        for column in self.columns().filter(|it| is_undone(it)) {
            if let Some(value) = before.attributes.get(column) {
                record.attributes.insert(column, value.clone());
            }
            if let Some(label) = before.formatted_values.get(column) {
                record.formatted_values.insert(column, label.clone());
            }
        }
        // In one pass: removing them one by one would move all others each time.
        let (values, labels) = (&before.attributes, &before.formatted_values);
        record.attributes.retain(|it, _| !is_undone(it) || values.contains_key(it.as_str()));
        record.formatted_values.retain(|it, _| !is_undone(it) || labels.contains_key(it.as_str()));
        record
    }
}

/// The columns that say who owns a record of a table.
fn owners(table: &str) -> &'static [&'static str] {
    OWNERS.iter().find(|(owned, _)| *owned == table).map_or(&[], |(_, columns)| columns)
}

impl Group {
    /// The group of a column, where these say who owns the record.
    fn new(column: &str, owners: &[&str]) -> Self {
        match column {
            "statecode" | "statuscode" => Self::State,
            _ if owners.contains(&column) => Self::Owner,
            _ => Self::Standard,
        }
    }
}
