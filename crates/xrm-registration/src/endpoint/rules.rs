//! The rules for an endpoint.

use crate::choices::{AuthType, Contract, MessageFormatCode};
use crate::component::Component;
use crate::endpoint::{EndpointUrl, ServiceEndpoint};
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
        self.address(&mut findings);
        self.authorization(&mut findings);
        // What nobody could publish with is an error; what this version cannot post to is none.
        let contract = self.contract;
        if !contract.is_known() {
            findings.add(ProblemKind::UncheckedContract { contract });
        } else if contract != Contract::EVENT_HUB {
            findings.add(ProblemKind::NotPosted { contract });
        }
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
        findings.at_most("url", self.url.as_ref().map_or("", EndpointUrl::as_str), 2000);
        findings.at_most("saskeyname", self.sas_key_name.as_deref().unwrap_or_default(), 256);
    }

    /// Where contexts are posted to: each contract needs other columns.
    fn address(&self, findings: &mut Findings) {
        match self.contract {
            Contract::QUEUE
            | Contract::TOPIC
            | Contract::QUEUE_PERSISTENT
            | Contract::EVENT_HUB => {
                let is_sb = is_service_bus_address(&self.namespace_address);
                findings.add_if(!is_sb, || ProblemKind::NotServiceBusAddress);
                findings.required("path", &self.path);
            }
            // Relays have other addresses, `https://` among them.
            Contract::ONE_WAY | Contract::TWO_WAY => {
                findings.required("namespaceaddress", &self.namespace_address);
                findings.required("path", &self.path);
            }
            Contract::REST => {
                findings.required("namespaceaddress", &self.namespace_address);
                findings.required("path", &self.path);
                let address = self.namespace_address.trim_end_matches('/');
                let ends = address.rsplit('/').next() == Some(self.path.as_str());
                let is_empty = self.path.trim().is_empty() || address.is_empty();
                findings.add_if(!ends && !is_empty, || ProblemKind::RestAddress);
            }
            Contract::WEBHOOK => self.url(findings),
            Contract::EVENT_GRID => {
                self.url(findings);
                findings.add_if(self.schema_type.is_none(), || ProblemKind::Empty {
                    column: "schematype",
                });
            }
            _ => {}
        }
        if self.contract == Contract::EVENT_HUB {
            let format = self.message_format;
            let is_text =
                matches!(format, Some(MessageFormatCode::JSON | MessageFormatCode::TEXT_XML));
            findings.add_if(!is_text, || ProblemKind::EventHubFormat { format });
        }
    }

    fn url(&self, findings: &mut Findings) {
        let is_absolute = self.url.as_ref().is_some_and(EndpointUrl::is_absolute);
        findings.add_if(!is_absolute, || ProblemKind::NotAbsoluteUrl);
        let has_query = self.url.as_ref().is_some_and(EndpointUrl::has_query);
        findings.add_if(has_query, || ProblemKind::QueryInUrl);
    }

    fn authorization(&self, findings: &mut Findings) {
        let (contract, auth) = (self.contract, self.auth_type);
        let expected: &[AuthType] = match contract {
            Contract::WEBHOOK => {
                &[AuthType::WEBHOOK_KEY, AuthType::HTTP_HEADER, AuthType::HTTP_QUERY_STRING]
            }
            Contract::EVENT_GRID => &[AuthType::ACCESS_KEY],
            _ => &[AuthType::SAS_KEY, AuthType::SAS_TOKEN],
        };
        match auth {
            // Columns of live organizations have it, and no document says which contracts take it.
            Some(AuthType::MANAGED_IDENTITY) => {
                findings
                    .add(ProblemKind::UncheckedAuthorization { auth: AuthType::MANAGED_IDENTITY });
            }
            Some(AuthType::ACS) => findings.add(ProblemKind::AcsRetired),
            Some(auth) if contract.is_known() && !expected.contains(&auth) => {
                findings.add(ProblemKind::Authorization { contract, auth });
            }
            None if contract == Contract::EVENT_HUB => {
                findings.add(ProblemKind::Empty { column: "authtype" });
            }
            Some(AuthType::SAS_KEY) => {
                findings.required("saskeyname", self.sas_key_name.as_deref().unwrap_or_default());
                self.key(findings);
            }
            Some(AuthType::SAS_TOKEN) => self.token(findings),
            _ if contract == Contract::WEBHOOK => self.auth_value(findings),
            _ => {}
        }
    }

    /// The platform refuses webhooks without it, and registration tools ask for it.
    fn auth_value(&self, findings: &mut Findings) {
        match self.auth_value_variable.as_deref() {
            None => findings.add(ProblemKind::NoAuthValue),
            Some(variable) => {
                findings.add_if(!is_variable_name(variable), || ProblemKind::NotAVariable);
            }
        }
    }

    fn token(&self, findings: &mut Findings) {
        let is_name = self.sas_token_variable.as_deref().is_none_or(is_variable_name);
        findings.add_if(!is_name, || ProblemKind::NotAVariable);
        match &self.sas_token {
            // Tokens of real policies are about 150 characters; the column's limit holds on the
            // platform alone.
            Some(token) => findings.required("sastoken", token.reveal()),
            None if self.sas_token_variable.is_none() => findings.add(ProblemKind::NoToken),
            None => {}
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
