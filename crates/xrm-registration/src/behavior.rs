//! What organizations do differently.

use serde::{Deserialize, Serialize};

use crate::columns::{Column, Columns, columns, shown, text};
use crate::component::Component;
use crate::difference::{Change, Difference};

/// The rules on which organizations differ, or sources disagree.
///
/// ```
/// use xrm_context::EntityReference;
/// use xrm_registration::{Behavior, Operation};
/// # use uuid::Uuid;
/// # use xrm_registration::{ConnectionParts, Registration, ServiceEndpoint, Step};
///
/// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: None };
/// # let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
/// let step = Step::new(Uuid::from_u128(2), &endpoint, "Update", Some("account"));
/// let registration = Registration::new(vec![endpoint], vec![step]);
/// let mut deactivation = Operation::new("SetState", Some("account"));
/// deactivation
///     .input_parameters
///     .insert("EntityMoniker", EntityReference::new("account", Uuid::from_u128(7)));
/// assert!(registration.matches(&deactivation).is_empty());
///
/// let behavior = Behavior::default().set_state_updates(true);
/// assert_eq!(registration.with_behavior(behavior).matches(&deactivation).len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Behavior {
    /// The elastic tables, by logical name. An `Upsert` of their rows fires the steps on `Upsert`;
    /// one of any other table is carried out as a `Create` or an `Update` ([use
    /// Upsert](https://learn.microsoft.com/power-apps/developer/data-platform/use-upsert)). By
    /// default, there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elastic_tables: Vec<String>,
    /// Whether `SetState` fires the steps on `Update` too. By default, it does not: steps that were
    /// recorded in an online organization of version 9 did not fire. On premises of version 9 and in
    /// CRM 2013, they did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub set_state_updates: bool,
    /// Whether `Assign` fires the steps on `Update` too, as a user of CRM 2013 reported. By default,
    /// it does not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assign_updates: bool,
}

impl Behavior {
    /// Sets the elastic tables.
    #[must_use]
    pub fn elastic_tables<S: Into<String>>(self, tables: impl IntoIterator<Item = S>) -> Self {
        Self { elastic_tables: tables.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets whether `SetState` fires the steps on `Update` too.
    #[must_use]
    pub fn set_state_updates(self, set_state_updates: bool) -> Self {
        Self { set_state_updates, ..self }
    }

    /// Sets whether `Assign` fires the steps on `Update` too.
    #[must_use]
    pub fn assign_updates(self, assign_updates: bool) -> Self {
        Self { assign_updates, ..self }
    }

    /// The differences of a later one, each under the name of its member.
    pub(crate) fn differences(&self, later: &Self) -> impl Iterator<Item = Difference> {
        let changed = self.columns().into_iter().zip(later.columns());
        changed.filter(|((_, from), (_, to))| from != to).map(|((column, from), (_, to))| {
            Difference::new(Component::Registration, Change::Changed { column, from, to })
        })
    }

    pub(crate) fn is_elastic(&self, table: Option<&str>) -> bool {
        table.is_some_and(|table| self.elastic_tables.iter().any(|it| it == table))
    }
}

impl Columns for Behavior {
    fn columns(&self) -> Vec<Column> {
        columns!(self {
            "elastic_tables" = elastic_tables: text(&elastic_tables.join(","));
            "set_state_updates" = set_state_updates: shown(set_state_updates);
            "assign_updates" = assign_updates: shown(assign_updates);
        })
    }
}
