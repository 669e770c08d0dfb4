//! Lists of columns.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

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
pub struct Attributes(Vec<String>);

impl Attributes {
    /// All columns.
    pub const ALL: Self = Self(Vec::new());

    /// Whether these are all columns, as nothing was listed.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a column is one of these.
    #[must_use]
    pub fn includes(&self, logical_name: &str) -> bool {
        self.is_all() || self.0.iter().any(|it| it == logical_name)
    }

    /// What was listed.
    pub fn listed(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<S: AsRef<str>> FromIterator<S> for Attributes {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        // Order is kept and not sorted: a document is written back as its author wrote it.
        let mut known = HashSet::new();
        let names = names.into_iter().map(|it| it.as_ref().trim().to_lowercase());
        Self(names.filter(|it| !it.is_empty() && known.insert(it.clone())).collect())
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
        attributes.0
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}
