//! Service endpoints of a solution.

use super::error::ExportError;
use super::markup::Markup;
use crate::endpoint::ServiceEndpoint;

// The order is that of the schema's `ServiceEndpoint`, which published exports of a queue and of
// webhooks keep to. None of an event hub is published.
pub(super) fn write(
    markup: &mut Markup<'_>,
    endpoint: &ServiceEndpoint,
) -> Result<(), ExportError> {
    let id = format!("{{{}}}", endpoint.id);
    let attributes = [("Name", endpoint.name.as_str()), ("ServiceEndpointId", &id)];
    markup.element(endpoint.component(), "ServiceEndpoint", &attributes, |markup| {
        markup.value("ConnectionMode", endpoint.connection_mode.0)?;
        markup.value("Contract", endpoint.contract.0)?;
        markup.text("Description", endpoint.description.as_deref())?;
        markup.text("Path", Some(&endpoint.path))?;
        markup.text("SolutionNamespace", Some(&endpoint.solution_namespace))?;
        markup.value("UserClaim", endpoint.user_claim.0)?;
        // 1, as in every export: whether a managed component may be changed is its publisher's choice.
        markup.value("IsCustomizable", 1)?;
        if let Some(auth) = endpoint.auth_type {
            markup.value("AuthType", auth.0)?;
        }
        if let Some(format) = endpoint.message_format {
            markup.value("MessageFormat", format.0)?;
        }
        markup.text("NamespaceAddress", Some(&endpoint.namespace_address))?;
        markup.value("NamespaceFormat", endpoint.namespace_format.0)?;
        markup.text("SASKeyName", endpoint.sas_key_name.as_deref())
    })
}
