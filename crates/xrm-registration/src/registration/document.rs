//! Registrations as documents, without their keys.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::behavior::Behavior;
use crate::endpoint::{SasKey, ServiceEndpoint};
use crate::plugin_type::PluginType;
use crate::registration::Registration;
use crate::step::Step;
use crate::variable_name::is_variable_name;

/// Borrowed when written, owned when read.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    /// For editors.
    #[serde(rename = "$schema", default, skip_serializing)]
    _schema: Option<String>,
    #[serde(default = "max_depth")]
    max_depth: i32,
    #[serde(default, skip_serializing_if = "is_default")]
    behavior: Cow<'a, Behavior>,
    #[serde(default)]
    endpoints: Cow<'a, [ServiceEndpoint]>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    plugin_types: Cow<'a, [PluginType]>,
    #[serde(default)]
    steps: Cow<'a, [Step]>,
}

/// Environment variables that endpoints name for their keys are not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no shared access key in the variables: {}", variables.join(", "))]
#[non_exhaustive]
pub struct MissingKeys {
    /// The variables' names.
    pub variables: Vec<String>,
}

impl Registration {
    /// Sets the key of each endpoint that [names a variable](ServiceEndpoint::sas_key_variable).
    /// `variable` returns the key in a variable.
    ///
    /// ```
    /// use xrm_registration::{Registration, SasKey};
    ///
    /// let mut registration = Registration::new(vec![], vec![]);
    /// registration.set_sas_keys(|name| std::env::var(name).ok().map(SasKey::new))?;
    /// # Ok::<(), xrm_registration::MissingKeys>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`MissingKeys`] if `variable` returns `None`. The keys of the other endpoints are set
    /// nevertheless.
    pub fn set_sas_keys(
        &mut self,
        mut variable: impl FnMut(&str) -> Option<SasKey>,
    ) -> Result<(), MissingKeys> {
        let mut variables = Vec::new();
        for endpoint in &mut self.endpoints {
            let Some(name) = endpoint.sas_key_variable.clone() else { continue };
            match variable(&name) {
                Some(key) => endpoint.set_sas_key(key),
                None if is_variable_name(&name) => variables.push(name),
                // It may be a key that was pasted in the wrong place, and errors go to logs.
                None => variables.push("(not shown, for it is no name of a variable)".to_owned()),
            }
        }
        if variables.is_empty() { Ok(()) } else { Err(MissingKeys { variables }) }
    }

    /// Sets the token of each endpoint that [names a variable](ServiceEndpoint::sas_token_variable) for
    /// one, as far as `variable` returns it. [`check`](Self::check) does not report the others, which
    /// have a variable; they cannot be posted to.
    ///
    /// ```
    /// use xrm_registration::{Registration, SasKey};
    ///
    /// let mut registration = Registration::new(vec![], vec![]);
    /// registration.set_sas_tokens(|name| std::env::var(name).ok().map(SasKey::new));
    /// ```
    pub fn set_sas_tokens(&mut self, mut variable: impl FnMut(&str) -> Option<SasKey>) {
        for endpoint in &mut self.endpoints {
            let token = endpoint.sas_token_variable.as_deref().and_then(&mut variable);
            if let Some(token) = token {
                endpoint.set_sas_token(token);
            }
        }
    }
}

impl Serialize for Registration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = Document {
            _schema: None,
            max_depth: self.max_depth,
            behavior: Cow::Borrowed(&self.behavior),
            endpoints: Cow::Borrowed(&self.endpoints),
            plugin_types: Cow::Borrowed(&self.plugin_types),
            steps: Cow::Borrowed(&self.steps),
        };
        document.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Registration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Document { max_depth, behavior, endpoints, plugin_types, steps, .. } =
            Document::deserialize(deserializer)?;
        Ok(Self::new(endpoints.into_owned(), steps.into_owned())
            .with_max_depth(max_depth)
            .with_behavior(behavior.into_owned())
            .with_plugin_types(plugin_types.into_owned()))
    }
}

fn is_default(behavior: &Behavior) -> bool {
    *behavior == Behavior::default()
}

const fn max_depth() -> i32 {
    Registration::MAX_DEPTH
}
