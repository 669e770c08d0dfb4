//! Differences of two registrations.

use std::fmt;

use crate::component::Component;

/// A difference of a registration from an earlier one.
///
/// ```
/// use xrm_registration::{Change, Difference, Component};
///
/// let component = Component::Step { id: Default::default(), name: "Accounts: Update of account".into() };
/// let change = Change::Changed { column: "rank", from: Some("1".into()), to: Some("2".into()) };
/// let difference = Difference::new(component, change);
/// assert_eq!(
///     difference.to_string(),
///     "step `Accounts: Update of account`: `rank` was `1`, is `2`",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The component, by its earlier name.
    pub component: Component,
    /// The change.
    pub change: Change,
}

/// What a [`Difference`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It was not there.
    Added,
    /// It is no longer there.
    Removed,
    /// A column holds something else.
    Changed {
        /// The platform's column; what a registration has besides those goes by its own name.
        column: &'static str,
        /// What it held: labels and texts, of a key that there is one. `None` if nothing.
        from: Option<String>,
        /// What it holds.
        to: Option<String>,
    },
}

impl Difference {
    /// A change of this component.
    #[must_use]
    pub const fn new(component: Component, change: Change) -> Self {
        Self { component, change }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.component, self.change)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added => f.write_str("added"),
            Self::Removed => f.write_str("removed"),
            Self::Changed { column, from, to } => {
                write!(f, "`{column}` was {}, is {}", Held(from), Held(to))
            }
        }
    }
}

/// What a column holds.
struct Held<'a>(&'a Option<String>);

impl fmt::Display for Held<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value) => write!(f, "`{value}`"),
            None => f.write_str("nothing"),
        }
    }
}
