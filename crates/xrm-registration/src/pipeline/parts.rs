//! Updates that the platform does in parts.
//!
//! The parts come in the order of [`Group`], each with its columns alone as `Target`. The record
//! between two of them has the columns of the earlier ones already. What the platform adds to a
//! request, such as `modifiedon`, goes along with each. All of this is inferred.

use std::collections::BTreeSet;

use xrm_context::{Entity, Value};

use crate::operation::{Operation, target};

/// Columns that are updated together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Standard,
    Owner,
    State,
}

/// Who owns a record of a table that a business unit owns: columns that had messages of their own
/// once.
const OWNERS: &[(&str, &[&str])] = &[
    ("businessunit", &["parentbusinessunitid"]),
    ("equipment", &["businessunitid"]),
    ("systemuser", &["businessunitid", "parentsystemuserid"]),
    ("team", &["businessunitid"]),
];

/// What the platform was seen to add to the record of a request.
const ADDED: &[&str] = &["modifiedby", "modifiedon", "modifiedonbehalfby"];

impl Operation {
    /// The parts of an update, if it has more than one.
    pub(super) fn parts(&self) -> Vec<Self> {
        let columns: Vec<_> = self.own_target().map_or_else(Vec::new, |it| {
            it.attributes.keys().filter_map(|it| Some((it.as_str(), self.group(it)?))).collect()
        });
        let groups: BTreeSet<_> = columns.iter().map(|(_, group)| *group).collect();
        if groups.len() < 2 {
            return Vec::new();
        }
        groups.iter().map(|group| self.part(*group, groups.last() == Some(group))).collect()
    }

    fn part(&self, group: Group, is_last: bool) -> Self {
        let is_first = group == Group::Standard;
        let mut part = self.clone();
        if let Some(Value::Entity(target)) = part.input_parameters.get_mut("Target") {
            let is_of_part = |column: &str| self.group(column).is_none_or(|it| it == group);
            target.attributes.retain(|column, _| is_of_part(column));
            target.formatted_values.retain(|column, _| is_of_part(column));
        }
        if let Some((before, after)) = self.before.as_ref().zip(self.after.as_ref()) {
            if !is_first {
                part.before = Some(self.between(before, after, |it| it < group));
            }
            if !is_last {
                part.after = Some(self.between(before, after, |it| it <= group));
            }
        }
        part
    }

    /// The group of a column of the request, `None` if the caller did not ask for it.
    fn group(&self, column: &str) -> Option<Group> {
        let table = self.primary_table()?;
        let request = self.main_operation.as_ref().and_then(|it| target(&it.input_parameters));
        let is_asked_for = match request {
            Some(request) => request.attributes.contains_key(column),
            None => !ADDED.contains(&column),
        };
        if !is_asked_for || column == self.id_column(table) {
            return None;
        }
        let is_owner =
            |(owned, columns): &&(&str, &[&str])| *owned == table && columns.contains(&column);
        Some(match column {
            "statecode" | "statuscode" => Group::State,
            _ if OWNERS.iter().any(|it| is_owner(&it)) => Group::Owner,
            _ => Group::Standard,
        })
    }

    /// The record when the columns of some groups are updated already.
    fn between(&self, before: &Entity, after: &Entity, is_done: impl Fn(Group) -> bool) -> Entity {
        let mut record = after.clone();
        for column in self.own_target().into_iter().flat_map(|it| it.attributes.keys()) {
            if self.group(column).is_none_or(&is_done) {
                continue;
            }
            match before.attributes.get(column) {
                Some(value) => drop(record.attributes.insert(column.as_str(), value.clone())),
                None => drop(record.attributes.remove(column)),
            }
            match before.formatted_values.get(column) {
                Some(label) => drop(record.formatted_values.insert(column.as_str(), label.clone())),
                None => drop(record.formatted_values.remove(column)),
            }
        }
        record
    }
}
