//! Service endpoints of a solution.

use super::error::ExportError;
use super::markup::Markup;
use crate::endpoint::{EndpointUrl, ServiceEndpoint};

// The order, the order of attributes, and the empty elements are those of exports of queues and
// webhooks that people have published. None of an event hub is published; that it has the form of a
// queue is inferred.
pub(super) fn write(
    markup: &mut Markup<'_>,
    endpoint: &ServiceEndpoint,
) -> Result<(), ExportError> {
    let id = format!("{{{}}}", endpoint.id);
    let attributes = [("ServiceEndpointId", id.as_str()), ("Name", &endpoint.name)];
    markup.element(endpoint.component(), "ServiceEndpoint", &attributes, |markup| {
        markup.value("ConnectionMode", endpoint.connection_mode.0)?;
        markup.value("Contract", endpoint.contract.0)?;
        markup.text("Description", endpoint.description.as_deref())?;
        markup.text_or_empty("Path", &endpoint.path)?;
        markup.text_or_empty("SolutionNamespace", &endpoint.solution_namespace)?;
        markup.value("UserClaim", endpoint.user_claim.0)?;
        markup.value("IsCustomizable", u8::from(endpoint.is_customizable))?;
        if let Some(auth) = endpoint.auth_type {
            markup.value("AuthType", auth.0)?;
        }
        if let Some(format) = endpoint.message_format {
            markup.value("MessageFormat", format.0)?;
        }
        markup.text("NamespaceAddress", Some(&endpoint.namespace_address))?;
        markup.value("NamespaceFormat", endpoint.namespace_format.0)?;
        markup.text("SASKeyName", endpoint.sas_key_name.as_deref())?;
        markup.text("Url", endpoint.url.as_ref().map(EndpointUrl::as_str))?;
        markup.value("UseKeyVaultConfiguration", u8::from(endpoint.use_key_vault_configuration))
    })
}
