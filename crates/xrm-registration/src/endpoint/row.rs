//! What endpoints hold, column by column.

use crate::columns::{Column, Columns, label, shown, text};
use crate::endpoint::{SasKey, ServiceEndpoint};

impl ServiceEndpoint {
    /// Whether both have a key, and not the same.
    pub(crate) fn has_another_key_than(&self, other: &Self) -> bool {
        let keys = self.sas_key.as_ref().zip(other.sas_key.as_ref());
        keys.is_some_and(|(one, other)| one.reveal() != other.reveal())
    }
}

impl Columns for ServiceEndpoint {
    /// Of the key, whether there is one.
    fn columns(&self) -> Vec<Column> {
        // No field is forgotten here.
        let Self {
            id,
            name,
            description,
            contract,
            message_format,
            auth_type,
            user_claim,
            connection_mode,
            namespace_address,
            namespace_format,
            solution_namespace,
            path,
            sas_key_name,
            sas_key_variable: _,
            use_development_emulator,
            sas_key,
        } = self;
        let key = |_: &SasKey| "set".to_owned();
        vec![
            ("serviceendpointid", shown(id)),
            ("name", text(name)),
            ("description", description.clone()),
            ("contract", label(*contract)),
            ("messageformat", message_format.and_then(label)),
            ("authtype", auth_type.and_then(label)),
            ("userclaim", label(*user_claim)),
            ("connectionmode", label(*connection_mode)),
            ("namespaceaddress", text(namespace_address)),
            ("namespaceformat", label(*namespace_format)),
            ("solutionnamespace", text(solution_namespace)),
            ("path", text(path)),
            ("saskeyname", sas_key_name.clone()),
            ("sas_key_variable", self.shown_sas_key_variable().map(str::to_owned)),
            ("use_development_emulator", shown(use_development_emulator)),
            ("saskey", sas_key.as_ref().map(key)),
        ]
    }
}
