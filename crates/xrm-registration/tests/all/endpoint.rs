use uuid::Uuid;
use xrm_registration::{
    AuthType, ConnectionParts, Contract, MessageFormatCode, ProblemKind, SasKey, ServiceEndpoint,
    Severity,
};

const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

pub(crate) fn event_hub(name: &str) -> ServiceEndpoint {
    let connection = ConnectionParts {
        endpoint: "sb://contoso.servicebus.windows.net/",
        key_name: "send",
        key: KEY,
        entity_path: Some("accounts"),
    };
    ServiceEndpoint::event_hub(Uuid::from_u128(1), name, connection)
}

/// The problems of an event hub that was changed like this.
#[track_caller]
fn check(change: impl FnOnce(&mut ServiceEndpoint), expected: &[ProblemKind]) {
    let mut endpoint = event_hub("Accounts");
    change(&mut endpoint);
    let found: Vec<_> = endpoint.validate().into_iter().map(|it| it.kind).collect();
    assert_eq!(found, expected);
}

#[test]
fn rules_of_one_endpoint() {
    use ProblemKind::*;
    check(|_| {}, &[]);
    check(|it| it.name.clear(), &[Empty { column: "name" }]);
    check(|it| it.name = "a".repeat(256), &[]);
    check(|it| it.name = "a".repeat(257), &[TooLong { column: "name", limit: 256, length: 257 }]);
    check(|it| it.path = " ".into(), &[Empty { column: "path" }]);
    check(|it| it.namespace_address = "SB://contoso".into(), &[]);
    check(|it| it.namespace_address = "https://contoso".into(), &[NotServiceBusAddress]);
    check(|it| it.namespace_address = "sb://".into(), &[NotServiceBusAddress]);
    check(|it| it.namespace_address = "sböö".into(), &[NotServiceBusAddress]);
    check(|it| it.message_format = Some(MessageFormatCode::TEXT_XML), &[]);
    let format = Some(MessageFormatCode::BINARY_XML);
    check(|it| it.message_format = format, &[EventHubFormat { format }]);
    check(|it| it.message_format = None, &[EventHubFormat { format: None }]);
    check(|it| it.auth_type = Some(AuthType::SAS_TOKEN), &[]);
    let auth = Some(AuthType::MANAGED_IDENTITY);
    check(|it| it.auth_type = auth, &[EventHubAuthorization { auth }]);
    let auth = Some(AuthType::ACS);
    check(|it| it.auth_type = auth, &[EventHubAuthorization { auth }, AcsRetired]);
    check(|it| it.sas_key_name = None, &[Empty { column: "saskeyname" }]);
    check(|it| it.set_sas_key(SasKey::new("")), &[Empty { column: "saskey" }]);
    check(|it| it.set_sas_key(SasKey::new("short")), &[KeyLength { length: 5 }]);
    check(|it| drop(it.take_sas_key()), &[NoKey]);
    check(|it| it.sas_key_variable = Some("c2VjcmV0=".into()), &[NotAVariable]);
    check(|it| it.sas_key_variable = Some(String::new()), &[NotAVariable]);
    check(|it| it.sas_key_variable = Some("ACCOUNTS_KEY".into()), &[]);
    let contract = Contract::WEBHOOK;
    check(|it| it.contract = contract, &[UncheckedContract { contract }]);
}

#[test]
fn relays_have_other_addresses_and_no_path() {
    check(
        |it| {
            it.contract = Contract::ONE_WAY;
            it.namespace_address = "https://contoso.servicebus.windows.net/".into();
            it.path.clear();
            it.message_format = Some(MessageFormatCode::BINARY_XML);
        },
        &[],
    );
}

#[test]
fn every_problem_is_told_at_once() {
    let mut endpoint = event_hub("");
    endpoint.path.clear();
    endpoint.message_format = None;
    endpoint.namespace_address.clear();
    endpoint.set_sas_key(SasKey::new("short"));
    let severities: Vec<_> = endpoint.validate().iter().map(|it| it.severity()).collect();
    assert_eq!(severities.iter().filter(|it| **it == Severity::Error).count(), 4);
    assert_eq!(severities.iter().filter(|it| **it == Severity::Warning).count(), 1);
}

#[test]
fn names_are_unique_without_regard_to_case() {
    let endpoints = [event_hub("Accounts"), event_hub("Orders"), event_hub("accounts")];
    let problems = ServiceEndpoint::unique_names(&endpoints);
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["endpoint `accounts`: another one has the same name"]);
}

#[test]
fn the_key_is_neither_shown_nor_serialized() {
    let mut endpoint = event_hub("Accounts");
    assert!(!format!("{endpoint:?}").contains(KEY));
    assert!(!serde_json::to_string(&endpoint).unwrap().contains(KEY));
    assert_eq!(endpoint.take_sas_key().unwrap().reveal(), KEY);
    assert!(!endpoint.is_sas_key_set());
}

#[test]
fn the_namespace_is_named_by_its_host() {
    assert_eq!(event_hub("Accounts").solution_namespace, "contoso");
}

#[test]
fn option_values_are_labels_or_numbers() {
    #[track_caller]
    fn check(json: &str, expected: Contract, written: &str) {
        let contract: Contract = serde_json::from_str(json).unwrap();
        assert_eq!(contract, expected);
        assert_eq!(serde_json::to_string(&contract).unwrap(), written);
    }
    check(r#""Event Hub""#, Contract::EVENT_HUB, r#""Event Hub""#);
    check("7", Contract::EVENT_HUB, r#""Event Hub""#);
    check("-7", Contract(-7), "-7");
    check("70", Contract(70), "70");
    for unknown in [r#""EventHub""#, "2147483648", "true"] {
        assert!(serde_json::from_str::<Contract>(unknown).is_err(), "{unknown}");
    }
}
