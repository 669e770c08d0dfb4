//! Plug-in types: your own code that steps run.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::columns::{Column, Columns, columns, shown, text};
use crate::component::Component;
use crate::findings::Findings;
use crate::problem::Problem;

/// Your own code that steps run instead of posting by themselves, a row of the platform's
/// [`plugintype`](https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/plugintype)
/// table. The code itself is the application's.
///
/// ```
/// use uuid::Uuid;
/// use xrm_registration::{EventHandlerType, PluginType, Registration, Rules, Step};
///
/// let plugin_type = PluginType::new(Uuid::from_u128(3), "Contoso.Plugins.Enrich");
/// let step = Step::for_plugin(Uuid::from_u128(4), &plugin_type, "Update", Some("account"))
///     .filtering_attributes("name");
///
/// assert_eq!(step.name, "Contoso.Plugins.Enrich: Update of account");
/// assert_eq!(step.event_handler_type, EventHandlerType::PLUGIN_TYPE);
/// let registration = Registration::new(vec![], vec![step]).with_plugin_types(vec![plugin_type]);
/// assert!(registration.check(Rules::default()).is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PluginType {
    /// The column `plugintypeid`.
    pub id: Uuid,
    /// The column `typename`: by this the application knows its code.
    pub name: String,
    /// The assembly of the type, as its qualified name has it after the type's own: `Contoso.Plugins,
    /// Version=1.0.0.0, Culture=neutral, PublicKeyToken=...`. Solution files have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assembly: Option<String>,
    /// The column `plugintypeexportkey`, by which solution files refer to the types of plug-in packages
    /// in place of name and id. How the platform computes it is not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export_key: Option<String>,
    /// The column `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl PluginType {
    /// Creates a plug-in type with this name.
    #[must_use]
    pub fn new(id: Uuid, name: &str) -> Self {
        Self { id, name: name.to_owned(), assembly: None, export_key: None, description: None }
    }

    /// Checks the limits of the columns and returns all problems together.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut findings = Findings::at(self.component());
        findings.required("typename", &self.name);
        findings.at_most("typename", &self.name, 256);
        findings.at_most("description", self.description.as_deref().unwrap_or_default(), 256);
        findings.into_problems()
    }

    pub(crate) fn component(&self) -> Component {
        Component::PluginType { id: self.id, name: self.name.clone() }
    }
}

impl Columns for PluginType {
    fn columns(&self) -> Vec<Column> {
        columns!(self {
            "plugintypeid" = id: shown(id);
            "typename" = name: text(name);
            "assembly" = assembly: assembly.clone();
            "plugintypeexportkey" = export_key: export_key.clone();
            "description" = description: description.clone();
        })
    }
}
