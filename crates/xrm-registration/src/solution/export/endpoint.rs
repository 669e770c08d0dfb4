//! Service endpoints of a solution.

use std::io::Write;

use super::ExportError;
use super::markup::{Markup, attribute};
use crate::endpoint::ServiceEndpoint;

pub(super) fn write<W: Write>(
    markup: &mut Markup<W>,
    endpoint: &ServiceEndpoint,
) -> Result<(), ExportError> {
    let component = endpoint.component();
    let name = attribute(&component, "Name", &endpoint.name)?;
    let start = format!(r#"ServiceEndpoint{name} ServiceEndpointId="{{{}}}""#, endpoint.id);
    markup.element(&start, |markup| {
        markup.value("ConnectionMode", endpoint.connection_mode.0)?;
        markup.value("Contract", endpoint.contract.0)?;
        markup.text(
            &component,
            "Description",
            endpoint.description.as_deref().unwrap_or_default(),
        )?;
        markup.text(&component, "Path", &endpoint.path)?;
        markup.text(&component, "SolutionNamespace", &endpoint.solution_namespace)?;
        markup.value("UserClaim", endpoint.user_claim.0)?;
        markup.value("IsCustomizable", 1)?;
        if let Some(auth) = endpoint.auth_type {
            markup.value("AuthType", auth.0)?;
        }
        if let Some(format) = endpoint.message_format {
            markup.value("MessageFormat", format.0)?;
        }
        markup.text(&component, "NamespaceAddress", &endpoint.namespace_address)?;
        markup.value("NamespaceFormat", endpoint.namespace_format.0)?;
        markup.text(&component, "SASKeyName", endpoint.sas_key_name.as_deref().unwrap_or_default())
    })
}
