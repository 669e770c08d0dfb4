//! What a message changed in a record, from its target and its images.

use std::collections::{HashMap, HashSet};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use xrm_context::{Entity, EntityImageCollection, Key, RemoteExecutionContext, Uuid, Value};

use super::Flat;

/// The columns that a message changed, in order: those of the target, then those of the images.
///
/// `Serialize` makes an object of it: `{"name": {"before": "Contoso", "after": "Fabrikam"}}`,
/// without a side that is not known.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Changes(Vec<Change>);

/// A column that a message changed.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// The column's logical name.
    pub column: String,
    /// The value before, if a pre-image has it. Images leave out columns that are null, so `None` may
    /// mean null too.
    pub before: Option<Flat>,
    /// The value after: a post-image's, else the target's.
    pub after: Option<Flat>,
}

/// The columns that a message changed.
///
/// - A column of the target counts, unless a pre-image shows that it had the same value before,
///   or it is the record's own id. A reference is the same when table and id are.
/// - A column that the images before and after have with different values counts.
/// - Of a `Create`, every column of the target and of the post-images counts, and of a `Delete`,
///   every column of the pre-images.
///
/// A value is taken from the first image that has the column.
///
/// ```
/// use xrm_body::flat;
/// use xrm_context::{Entity, RemoteExecutionContext};
///
/// let before = Entity::new("account").with("name", "Contoso").with("fax", "555");
/// let target = Entity::new("account").with("name", "Fabrikam").with("fax", "555");
/// let context = RemoteExecutionContext {
///     message_name: Some("Update".into()),
///     input_parameters: [("Target", target)].into(),
///     pre_entity_images: [("before", before)].into(),
///     ..Default::default()
/// };
/// assert_eq!(
///     serde_json::to_string(&flat::changes(&context))?,
///     r#"{"name":{"before":"Contoso","after":"Fabrikam"}}"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn changes(context: &RemoteExecutionContext) -> Changes {
    Sides::of(context).changes()
}

/// Where a context has the values of a record.
pub(super) struct Sides<'a> {
    kind: Kind,
    target: Option<&'a Entity>,
    before: Values<'a>,
    after: Values<'a>,
    /// The columns of the images, before and after, in order.
    imaged: Vec<&'a str>,
    id: Uuid,
}

/// The values that images of one kind have. Looking each column up in each image would take time by
/// the product of both numbers.
type Values<'a> = HashMap<&'a str, &'a Value>;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Create,
    Delete,
    Other,
}

impl Kind {
    pub(super) fn of(context: &RemoteExecutionContext) -> Self {
        match context.message_name.as_deref() {
            Some("Create" | "CreateMultiple") => Self::Create,
            Some("Delete" | "DeleteMultiple") => Self::Delete,
            _ => Self::Other,
        }
    }
}

impl<'a> Sides<'a> {
    fn of(context: &'a RemoteExecutionContext) -> Self {
        let target = context.target();
        let mut imaged = Vec::new();
        Self {
            kind: Kind::of(context),
            target,
            before: values(&context.pre_entity_images, &mut imaged),
            after: values(&context.post_entity_images, &mut imaged),
            imaged,
            id: target.map_or(context.primary_entity_id, |target| target.id),
        }
    }

    /// Those of one record of several, which have no images.
    pub(super) fn of_one(kind: Kind, target: &'a Entity, id: Uuid) -> Self {
        let (before, after) = (Values::new(), Values::new());
        Self { kind, target: Some(target), before, after, imaged: Vec::new(), id }
    }

    pub(super) fn changes(&self) -> Changes {
        // The target comes first, then the images, so a column is listed where it is first found.
        let mut seen = HashSet::new();
        let columns = self.columns().filter(|column| seen.insert(*column));
        Changes(columns.filter_map(|column| self.change(column)).collect())
    }

    /// Every column that may have changed, some twice.
    fn columns(&self) -> impl Iterator<Item = &'a str> {
        let requested = self.target.into_iter().flat_map(|record| record.attributes.keys());
        requested.map(Key::as_str).chain(self.imaged.iter().copied())
    }

    fn change(&self, column: &str) -> Option<Change> {
        let requested = self.target.and_then(|target| target.attributes.get(column));
        let before = self.before.get(column).copied();
        // A post-image has the value as it was stored; the request's may be changed by the
        // platform.
        let after = self.after.get(column).copied().or(requested);
        let counts = match (&self.kind, before, after) {
            (Kind::Create, _, after) => after.is_some(),
            (Kind::Delete, before, _) => before.is_some(),
            // Both sides are known: only a difference counts, even for a column that the request
            // repeats.
            (Kind::Other, Some(before), Some(after)) => !is_same(before, after),
            (Kind::Other, _, after) => {
                requested.is_some() && !after.is_some_and(|value| self.is_own_id(value))
            }
        };
        let flat = |value: Option<&Value>| value.map(super::value);
        counts.then(|| Change {
            column: column.to_owned(),
            before: flat(before),
            after: flat(after),
        })
    }

    /// Targets carry the record's id as a column too, which is no change.
    fn is_own_id(&self, value: &Value) -> bool {
        match value {
            Value::Guid(id) => *id == self.id,
            Value::String(text) => Uuid::try_parse(text) == Ok(self.id),
            _ => false,
        }
    }
}

/// The values of the images, each of the first image that has the column. The names of the columns are
/// added to `imaged`.
fn values<'a>(images: &'a EntityImageCollection, imaged: &mut Vec<&'a str>) -> Values<'a> {
    let mut values = Values::new();
    for (column, value) in images.values().flatten().flat_map(|image| &image.attributes) {
        imaged.push(column);
        values.entry(column).or_insert(value);
    }
    values
}

/// Whether both values are the same, by themselves or in their flat view. The target's references
/// lack the names that those of images have.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::EntityReference(a), Value::EntityReference(b)) => {
            (a.id, &a.logical_name) == (b.id, &b.logical_name)
        }
        (a, b) => a == b || super::value(a) == super::value(b),
    }
}

impl Changes {
    /// The changes, in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Change> {
        self.0.iter()
    }

    /// The change of a column.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&Change> {
        self.0.iter().find(|change| change.column == column)
    }

    /// How many columns changed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no column changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changes as a [`serde_json::Value`], as [`Flat::to_json`] makes it.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.0.iter().map(|change| (change.column.clone(), change.to_json())).collect()
    }
}

impl Change {
    fn sides(&self) -> impl Iterator<Item = (&'static str, &Flat)> {
        let before = self.before.as_ref().map(|value| ("before", value));
        let after = self.after.as_ref().map(|value| ("after", value));
        before.into_iter().chain(after)
    }

    fn to_json(&self) -> serde_json::Value {
        self.sides().map(|(side, value)| (side, value.to_json())).collect()
    }
}

impl IntoIterator for Changes {
    type Item = Change;
    type IntoIter = std::vec::IntoIter<Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for Changes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for change in &self.0 {
            map.serialize_entry(&change.column, &Entry(change))?;
        }
        map.end()
    }
}

/// A change without its column.
struct Entry<'a>(&'a Change);

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.sides())
    }
}
