//! What endpoints hold, column by column.

use crate::columns::{Column, Columns, columns, label, shown, text};
use crate::endpoint::ServiceEndpoint;

impl ServiceEndpoint {
    /// Whether both have a key, and not the same.
    pub(crate) fn has_another_key_than(&self, other: &Self) -> bool {
        let keys = self.sas_key.as_ref().zip(other.sas_key.as_ref());
        keys.is_some_and(|(one, other)| one.reveal() != other.reveal())
    }
}

impl ServiceEndpoint {
    /// Whether the addresses of both differ in what is not shown.
    pub(crate) fn has_another_query_than(&self, other: &Self) -> bool {
        let shown = |it: &Self| it.url.as_ref().map(ToString::to_string);
        self.url != other.url && shown(self) == shown(other)
    }
}

impl Columns for ServiceEndpoint {
    /// Of the key, whether there is one.
    fn columns(&self) -> Vec<Column> {
        columns!(self {
            "serviceendpointid" = id: shown(id);
            "name" = name: text(name);
            "description" = description: description.clone();
            "contract" = contract: label(*contract);
            "messageformat" = message_format: message_format.and_then(label);
            "authtype" = auth_type: auth_type.and_then(label);
            "userclaim" = user_claim: label(*user_claim);
            "connectionmode" = connection_mode: label(*connection_mode);
            "namespaceaddress" = namespace_address: text(namespace_address);
            "namespaceformat" = namespace_format: label(*namespace_format);
            "solutionnamespace" = solution_namespace: text(solution_namespace);
            "path" = path: text(path);
            "url" = url: url.as_ref().and_then(shown);
            "messagecharset" = message_charset: message_charset.and_then(label);
            "schematype" = schema_type: schema_type.and_then(label);
            "managedidentityid" = managed_identity_id: managed_identity_id.and_then(shown);
            "usekeyvaultconfiguration" = use_key_vault_configuration:
                shown(use_key_vault_configuration);
            "iscustomizable" = is_customizable: shown(is_customizable);
            "saskeyname" = sas_key_name: sas_key_name.clone();
            // Not the field itself, which may hold a key by mistake.
            "sas_key_variable" = sas_key_variable:
                sas_key_variable.as_ref().and_then(|_| self.shown_sas_key_variable()).map(str::to_owned);
            "sas_token_variable" = sas_token_variable: sas_token_variable
                .as_ref()
                .and_then(|_| self.shown_sas_token_variable())
                .map(str::to_owned);
            "auth_value_variable" = auth_value_variable: auth_value_variable
                .as_ref()
                .and_then(|_| self.shown_auth_value_variable())
                .map(str::to_owned);
            "use_development_emulator" = use_development_emulator: shown(use_development_emulator);
            "allow_plain_host" = allow_plain_host: shown(allow_plain_host);
            "saskey" = sas_key: sas_key.as_ref().map(|_| "set".to_owned());
            "sastoken" = sas_token: sas_token.as_ref().map(|_| "set".to_owned());
        })
    }
}
