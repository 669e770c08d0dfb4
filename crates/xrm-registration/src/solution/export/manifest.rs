//! `solution.xml`, the manifest of a solution.

use std::io::Write;

use uuid::Uuid;

use super::ROOT;
use super::error::ExportError;
use super::markup::Markup;
use crate::component::Component;

/// The type of a service endpoint among root components.
pub(super) const ENDPOINT: &str = "95";

/// The type of a step among root components. Images are never among them.
pub(super) const STEP: &str = "92";

/// The names and the version in the manifest of a solution. The solution is unmanaged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// The solution's unique name.
    pub unique_name: String,
    /// The solution's version, as `1.0.0.0`.
    pub version: String,
    /// The unique name of the publisher.
    pub publisher: String,
    /// The prefix of the publisher's customizations.
    pub prefix: String,
}

impl Manifest {
    /// Creates the manifest of version `1.0.0.0` of a solution.
    #[must_use]
    pub fn new(unique_name: &str, publisher: &str, prefix: &str) -> Self {
        Self {
            unique_name: unique_name.to_owned(),
            version: "1.0.0.0".to_owned(),
            publisher: publisher.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    /// Sets the version.
    #[must_use]
    pub fn version(self, version: &str) -> Self {
        Self { version: version.to_owned(), ..self }
    }

    pub(super) fn write(
        &self,
        components: &[(&str, Uuid)],
        out: &mut dyn Write,
    ) -> Result<(), ExportError> {
        let version =
            [("version", "9.2"), ("SolutionPackageVersion", "9.2"), ("languagecode", "1033")];
        let attributes = [&version, ROOT].concat();
        let components: Vec<_> =
            components.iter().map(|(kind, id)| (*kind, format!("{{{id}}}"))).collect();
        Markup::document(out, |markup| {
            markup.element(Component::Registration, "ImportExportXml", &attributes, |markup| {
                markup.group("SolutionManifest", |markup| {
                    names(markup, &self.unique_name)?;
                    markup.text("Version", Some(&self.version))?;
                    markup.value("Managed", 0)?;
                    markup.group("Publisher", |markup| {
                        names(markup, &self.publisher)?;
                        markup.text("CustomizationPrefix", Some(&self.prefix))
                    })?;
                    markup.list("RootComponents", &[], &components, |markup, (kind, id)| {
                        let attributes = [("type", *kind), ("id", id), ("behavior", "0")];
                        markup.empty("RootComponent", &attributes)
                    })?;
                    markup.empty("MissingDependencies", &[])
                })
            })
        })
    }
}

fn names(markup: &mut Markup<'_>, name: &str) -> Result<(), ExportError> {
    markup.text("UniqueName", Some(name))?;
    markup.group("LocalizedNames", |markup| {
        markup.empty("LocalizedName", &[("description", name), ("languagecode", "1033")])
    })?;
    markup.empty("Descriptions", &[])
}
