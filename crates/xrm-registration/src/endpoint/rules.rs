//! The rules for an endpoint.

use crate::choices::{AuthType, Contract, MessageFormatCode};
use crate::component::Component;
use crate::endpoint::ServiceEndpoint;
use crate::findings::Findings;
use crate::problem::{Problem, ProblemKind};
use crate::variable_name::is_variable_name;

/// The length of a key that Azure makes: 32 bytes in base64.
const KEY_LENGTH: usize = 44;

impl ServiceEndpoint {
    /// Checks the endpoint by itself and returns all problems together. That names are unique is a
    /// rule of all endpoints: [`unique_names`](Self::unique_names).
    ///
    /// Sources: the columns' limits in Microsoft's reference of the table, the page on [Event Hub
    /// solutions](https://learn.microsoft.com/power-apps/developer/data-platform/work-event-data-azure-event-hub-solution)
    /// for what an event hub needs, and open registration tools for the rest.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let mut findings = Findings::at(self.component());
        self.lengths(&mut findings);
        if !self.contract.is_service_bus() {
            findings.add(ProblemKind::UncheckedContract { contract: self.contract });
        }
        // Relays have other addresses, `https://` among them, and no path of an entity.
        if self.contract.has_path() {
            findings.add_if(!is_service_bus_address(&self.namespace_address), || {
                ProblemKind::NotServiceBusAddress
            });
            findings.required("path", &self.path);
        }
        if self.contract == Contract::EVENT_HUB {
            self.event_hub_rules(&mut findings);
        }
        self.authorization(&mut findings);
        findings.into_problems()
    }

    /// Returns a problem for each endpoint whose name an earlier one has, ignoring case.
    #[must_use]
    pub fn unique_names(endpoints: &[Self]) -> Vec<Problem> {
        let mut names = std::collections::HashSet::new();
        endpoints
            .iter()
            // The platform compares names by its database's collation, which ignores case.
            .filter(|it| !names.insert(it.name.to_lowercase()))
            .map(|it| Problem::new(it.component(), ProblemKind::NameNotUnique))
            .collect()
    }

    pub(crate) fn component(&self) -> Component {
        Component::Endpoint { id: self.id, name: self.name.clone() }
    }

    fn lengths(&self, findings: &mut Findings) {
        findings.required("name", &self.name);
        findings.at_most("name", &self.name, 256);
        findings.at_most("description", self.description.as_deref().unwrap_or_default(), 2000);
        findings.at_most("namespaceaddress", &self.namespace_address, 255);
        findings.at_most("solutionnamespace", &self.solution_namespace, 160);
        findings.at_most("path", &self.path, 160);
        findings.at_most("saskeyname", self.sas_key_name.as_deref().unwrap_or_default(), 256);
    }

    fn event_hub_rules(&self, findings: &mut Findings) {
        let format = self.message_format;
        let is_text = matches!(format, Some(MessageFormatCode::JSON | MessageFormatCode::TEXT_XML));
        findings.add_if(!is_text, || ProblemKind::EventHubFormat { format });
        let auth = self.auth_type;
        let is_sas = matches!(auth, Some(AuthType::SAS_KEY | AuthType::SAS_TOKEN));
        findings.add_if(!is_sas, || ProblemKind::EventHubAuthorization { auth });
    }

    fn authorization(&self, findings: &mut Findings) {
        match self.auth_type {
            Some(AuthType::ACS) => findings.add(ProblemKind::AcsRetired),
            Some(AuthType::SAS_KEY) => {
                findings.required("saskeyname", self.sas_key_name.as_deref().unwrap_or_default());
                self.key(findings);
            }
            _ => {}
        }
    }

    /// A key that a variable will bring has no length yet.
    fn key(&self, findings: &mut Findings) {
        let is_name = self.sas_key_variable.as_deref().is_none_or(is_variable_name);
        findings.add_if(!is_name, || ProblemKind::NotAVariable);
        // Of the key, only the length is checked: the text itself is the key, decoded or not.
        match &self.sas_key {
            Some(key) => {
                findings.required("saskey", key.reveal());
                findings.at_most("saskey", key.reveal(), 256);
                let length = key.reveal().len();
                findings.add_if(length != 0 && length != KEY_LENGTH, || ProblemKind::KeyLength {
                    length,
                });
            }
            None if self.sas_key_variable.is_none() => findings.add(ProblemKind::NoKey),
            None => {}
        }
    }
}

/// Relays have `https://` addresses; queues, topics and event hubs have `sb://` ones.
fn is_service_bus_address(address: &str) -> bool {
    let has_scheme = address.get(..5).is_some_and(|it| it.eq_ignore_ascii_case("sb://"));
    has_scheme && address.len() > 5
}
