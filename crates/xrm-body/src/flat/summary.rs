//! What a message did, record by record.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use xrm_context::security::{AccessRights, PrincipalAccess};
use xrm_context::{
    Entity, EntityReference, Key, ParameterCollection, RemoteExecutionContext, Uuid, Value,
};

use super::changes::{Changes, Kind, Sides};
use super::node::Node;
use super::{Flat, value};

/// What a message did to one record: the columns that it changed, and everything else that it took and
/// answered.
///
/// `Serialize` makes an object of it, with `request` and `response` only where they hold something:
/// `{"message": "Assign", "table": "account", "id": ..., "operationId": ..., "changes": {},
/// "request": {"Assignee": {...}}}`.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The message's name.
    pub message: Option<String>,
    /// The logical name of the record's table.
    pub table: Option<String>,
    /// The record's id; nil if the message is about no record.
    pub id: Uuid,
    /// The operation's id.
    pub operation_id: Uuid,
    /// The columns that changed, as by [`changes`](super::changes()).
    pub changes: Changes,
    /// The parameters of the request, but for those that are shown already: the record itself, and a
    /// reference to it.
    pub request: Parameters,
    /// The parameters of the response, but for the record's id.
    pub response: Parameters,
}

/// Parameters of a message by name, in the flat view.
///
/// The rights in a `PrincipalAccess` are a list of names here, `["ReadAccess", "WriteAccess"]`, and not a
/// number.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Parameters(Vec<(String, Flat)>);

/// What a message did: one summary for each record of `CreateMultiple`, `UpdateMultiple` and their like, and
/// one for any other message.
///
/// ```
/// use xrm_body::flat;
/// use xrm_context::{EntityReference, RemoteExecutionContext, Uuid, Value};
///
/// let record = EntityReference::new("account", Uuid::from_u128(1));
/// let owner = EntityReference::new("systemuser", Uuid::from_u128(2));
/// let context = RemoteExecutionContext {
///     message_name: Some("Assign".into()),
///     primary_entity_name: Some("account".into()),
///     primary_entity_id: record.id,
///     input_parameters: [("Target", record), ("Assignee", owner)].into(),
///     ..Default::default()
/// };
/// let [summary] = &flat::summaries(&context)[..] else { panic!("one record") };
/// let assignee = summary.request.get("Assignee").map(ToString::to_string);
/// assert!(assignee.unwrap().contains(r#""logicalName":"systemuser""#));
/// assert_eq!(summary.request.len(), 1, "the target is the record itself");
/// ```
#[must_use]
pub fn summaries(context: &RemoteExecutionContext) -> Vec<Summary> {
    let targets = targets(context);
    if targets.is_empty() {
        let record = Record {
            table: context.primary_entity_name.as_deref(),
            id: context.primary_entity_id,
            changes: super::changes(context),
        };
        return vec![record.summary(context, &[])];
    }
    let ids = context.output_parameters.get("Ids").map_or(&[] as &[Value], items);
    let kind = Kind::of(context);
    let summary = |(index, target): (usize, &Target<'_>)| {
        let answered = ids.get(index).and_then(id_of);
        // A record that is yet to be created has no id but the one that is answered.
        let id = if target.id().is_nil() { answered.unwrap_or_default() } else { target.id() };
        let record = Record {
            table: target.table().or(context.primary_entity_name.as_deref()),
            id,
            changes: target
                .record()
                .map_or_else(Changes::default, |record| Sides::of_one(kind, record, id).changes()),
        };
        record.summary(context, &["Targets", "Ids"])
    };
    targets.iter().enumerate().map(summary).collect()
}

/// A record of a request that has several.
enum Target<'a> {
    Record(&'a Entity),
    Reference(&'a EntityReference),
}

impl<'a> Target<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::Entity(record) => Some(Self::Record(record)),
            Value::EntityReference(reference) => Some(Self::Reference(reference)),
            _ => None,
        }
    }

    fn record(&self) -> Option<&'a Entity> {
        match self {
            Self::Record(record) => Some(record),
            Self::Reference(_) => None,
        }
    }

    fn id(&self) -> Uuid {
        match self {
            Self::Record(record) => record.id,
            Self::Reference(reference) => reference.id,
        }
    }

    fn table(&self) -> Option<&'a str> {
        match self {
            Self::Record(record) => record.logical_name.as_deref(),
            Self::Reference(reference) => reference.logical_name.as_deref(),
        }
    }
}

/// The records in the parameter `Targets`, in either format's form.
fn targets(context: &RemoteExecutionContext) -> Vec<Target<'_>> {
    match context.input_parameters.get("Targets") {
        Some(Value::EntityCollection(records)) => {
            records.entities.iter().map(Target::Record).collect()
        }
        Some(Value::EntityReferenceCollection(references)) => {
            references.iter().map(Target::Reference).collect()
        }
        Some(other) => items(other).iter().filter_map(Target::of).collect(),
        None => Vec::new(),
    }
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(array) => array.items(),
        _ => &[],
    }
}

/// A guid, which JSON makes a string of.
fn id_of(value: &Value) -> Option<Uuid> {
    match value {
        Value::Guid(id) => Some(*id),
        Value::String(text) => Uuid::try_parse(text).ok(),
        _ => None,
    }
}

/// The record that a summary is about.
struct Record<'a> {
    table: Option<&'a str>,
    id: Uuid,
    changes: Changes,
}

impl Record<'_> {
    /// The summary, without these parameters.
    fn summary(self, context: &RemoteExecutionContext, shown: &[&str]) -> Summary {
        let parameters = |all: &ParameterCollection| {
            let rest = all.iter().filter(|(name, value)| {
                !shown.contains(&name.as_str()) && !self.is_shown(name, value)
            });
            Parameters(rest.map(|(name, it)| (name.to_string(), flat(it))).collect())
        };
        Summary {
            message: context.message_name.clone(),
            operation_id: context.operation_id,
            request: parameters(&context.input_parameters),
            response: parameters(&context.output_parameters),
            table: self.table.map(str::to_owned),
            id: self.id,
            changes: self.changes,
        }
    }

    /// Whether a parameter holds nothing but what the summary shows: the record, whose columns are its changes,
    /// or which record it is.
    fn is_shown(&self, name: &Key, value: &Value) -> bool {
        match value {
            Value::Entity(_) => name.as_str() == "Target",
            Value::EntityReference(it) => {
                it.id == self.id && it.logical_name.as_deref() == self.table && !it.id.is_nil()
            }
            value => name.eq_ignore_ascii_case("id") && id_of(value) == Some(self.id),
        }
    }
}

/// A parameter in the flat view. Rights are of use by their names only.
fn flat(parameter: &Value) -> Flat {
    match parameter {
        Value::PrincipalAccess(access) => {
            principal_access(access).unwrap_or_else(|| value(parameter))
        }
        parameter => value(parameter),
    }
}

/// `None` for a right without a name.
fn principal_access(access: &PrincipalAccess) -> Option<Flat> {
    let mut names = Vec::new();
    let rights = access.access_mask.0;
    if !AccessRights::TYPE.for_each_name(rights, |name| names.push(Node::Text(name.to_owned()))) {
        return None;
    }
    let Flat(principal) = value(&access.principal.clone().into());
    Some(Flat(Node::Object(vec![
        ("AccessMask".to_owned(), Node::List(names)),
        ("Principal".to_owned(), principal),
    ])))
}

impl Parameters {
    /// The parameters, in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Flat)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Flat> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// How many parameters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("table", &self.table)?;
        map.serialize_entry("id", &self.id.to_string())?;
        map.serialize_entry("operationId", &self.operation_id.to_string())?;
        map.serialize_entry("changes", &self.changes)?;
        for (name, parameters) in [("request", &self.request), ("response", &self.response)] {
            if !parameters.is_empty() {
                map.serialize_entry(name, parameters)?;
            }
        }
        map.end()
    }
}
