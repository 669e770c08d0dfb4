//! Lists of columns.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use xrm_context::{AttributeCollection, Key};

/// Columns by logical name, or all of them: what a step filters by and what an image holds.
///
/// The platform keeps such a list as text between commas, where nothing means all columns. Logical
/// names are lower-case, and so are these.
///
/// ```
/// use xrm_registration::Attributes;
///
/// let attributes = Attributes::from("name, Revenue,,name");
/// assert_eq!(attributes.to_string(), "name,revenue");
/// assert!(attributes.includes("revenue") && !attributes.includes("fax"));
/// assert!(Attributes::ALL.includes("fax"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Attributes {
    listed: Vec<String>,
    /// The positions in the order of their names, if more than [`FEW`] are listed.
    sorted: Vec<usize>,
}

/// The number of names up to which comparing one with all is faster than a binary search.
const FEW: usize = 16;

impl Attributes {
    /// All columns.
    pub const ALL: Self = Self { listed: Vec::new(), sorted: Vec::new() };

    /// Whether these are all columns, as nothing was listed.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.listed.is_empty()
    }

    /// Whether a column is one of these.
    #[must_use]
    pub fn includes(&self, logical_name: &str) -> bool {
        if self.sorted.is_empty() {
            return self.is_all() || self.listed.iter().any(|it| it == logical_name);
        }
        let name = |at: &usize| self.listed[*at].as_str();
        self.sorted.binary_search_by(|at| name(at).cmp(logical_name)).is_ok()
    }

    /// Those of the columns that are one of these.
    pub(crate) fn among<'a>(
        &'a self,
        columns: &'a AttributeCollection,
    ) -> impl Iterator<Item = &'a str> {
        // The shorter list is walked over. Otherwise an operation on many columns would cost each step
        // as many comparisons, whatever the step lists.
        let (columns, listed) = match self.is_all() || columns.len() <= self.listed.len() {
            true => (Some(columns.keys().map(Key::as_str).filter(|it| self.includes(it))), None),
            false => (None, Some(self.listed().filter(|it| columns.contains_key(*it)))),
        };
        columns.into_iter().flatten().chain(listed.into_iter().flatten())
    }

    /// What was listed.
    pub fn listed(&self) -> impl ExactSizeIterator<Item = &str> {
        self.listed.iter().map(String::as_str)
    }
}

impl<S: AsRef<str>> FromIterator<S> for Attributes {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        // Order is kept and not sorted: a document is written back as its author wrote it.
        let mut known = HashSet::new();
        let names = names.into_iter().map(|it| it.as_ref().trim().to_lowercase());
        let names = names.filter(|it| !it.is_empty() && known.insert(it.clone()));
        let listed: Vec<_> = names.collect();
        let mut sorted =
            if listed.len() > FEW { Vec::from_iter(0..listed.len()) } else { Vec::new() };
        sorted.sort_unstable_by_key(|at| &listed[*at]);
        Self { listed, sorted }
    }
}

impl From<&str> for Attributes {
    fn from(text: &str) -> Self {
        text.split(',').collect()
    }
}

impl From<Vec<String>> for Attributes {
    fn from(names: Vec<String>) -> Self {
        names.into_iter().collect()
    }
}

impl From<Attributes> for Vec<String> {
    fn from(attributes: Attributes) -> Self {
        attributes.listed
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.listed.join(","))
    }
}
