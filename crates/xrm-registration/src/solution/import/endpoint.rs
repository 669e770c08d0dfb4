//! Service endpoints of a solution.

use super::input::Input;
use crate::choices::{
    AuthType, ConnectionMode, Contract, MessageCharset, MessageFormatCode, NamespaceFormat,
    SchemaType, UserClaim,
};
use crate::endpoint::{EndpointUrl, ServiceEndpoint};
use crate::solution::error::Error;
use crate::solution::read::fields::{Columns, Fields};
use crate::solution::read::reader::Tag;

const COLUMNS: Columns = Columns {
    read: &[
        "ConnectionMode",
        "Contract",
        "Description",
        "Path",
        "SolutionNamespace",
        "UserClaim",
        "AuthType",
        "MessageFormat",
        "NamespaceAddress",
        "NamespaceFormat",
        "SASKeyName",
        "Url",
        "MessageCharset",
        "SchemaType",
        "UseKeyVaultConfiguration",
        "IsCustomizable",
    ],
    passed: &["IntroducedVersion"],
};

pub(super) fn read(input: &mut Input<'_>, tag: &Tag) -> Result<(), Error> {
    input.count()?;
    let mut fields = Fields::new(input.reader.location());
    let id = fields.id_attribute(tag, "ServiceEndpointId")?;
    input.fill(&mut fields, &COLUMNS, "ServiceEndpoint")?;
    let contract = fields.number("Contract")?;
    let contract = Contract(fields.required("Contract", contract)?);
    let name = tag.attribute("Name").unwrap_or_default();
    let description = tag.attribute("Description").filter(|it| !it.is_empty());
    let mut endpoint = ServiceEndpoint::bare(id, name, contract);
    endpoint.description = fields.text("Description").or_else(|| description.map(str::to_owned));
    // Elements that older exports lack leave the column empty, or at the platform's default.
    endpoint.message_format = fields.number("MessageFormat")?.map(MessageFormatCode);
    endpoint.auth_type = fields.number("AuthType")?.map(AuthType);
    if let Some(claim) = fields.number("UserClaim")? {
        endpoint.user_claim = UserClaim(claim);
    }
    if let Some(mode) = fields.number("ConnectionMode")? {
        endpoint.connection_mode = ConnectionMode(mode);
    }
    if let Some(format) = fields.number("NamespaceFormat")? {
        endpoint.namespace_format = NamespaceFormat(format);
    }
    endpoint.namespace_address = fields.text("NamespaceAddress").unwrap_or_default();
    endpoint.solution_namespace = fields.text("SolutionNamespace").unwrap_or_default();
    endpoint.path = fields.text("Path").unwrap_or_default();
    endpoint.sas_key_name = fields.text("SASKeyName");
    endpoint.url = fields.text("Url").map(EndpointUrl::new);
    // No export was seen to have these two. Their names are those of the columns.
    endpoint.message_charset = fields.number("MessageCharset")?.map(MessageCharset);
    endpoint.schema_type = fields.number("SchemaType")?.map(SchemaType);
    endpoint.use_key_vault_configuration =
        fields.boolean("UseKeyVaultConfiguration")?.unwrap_or_default();
    endpoint.is_customizable = fields.boolean("IsCustomizable")?.unwrap_or(true);
    input.contents.endpoints.push((fields.location, endpoint));
    Ok(())
}
