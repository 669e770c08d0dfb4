use uuid::Uuid;
use xrm_registration::{
    AuthType, ConnectionParts, Contract, EndpointUrl, MessageFormatCode, ProblemKind, SasKey,
    SchemaType, ServiceEndpoint, Severity,
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
    check(|it| it.auth_type = Some(AuthType::SAS_TOKEN), &[NoToken]);
    let by_token = |it: &mut ServiceEndpoint| {
        it.auth_type = Some(AuthType::SAS_TOKEN);
        it.sas_token_variable = Some("ACCOUNTS_TOKEN".into());
    };
    check(by_token, &[]);
    let auth = AuthType::MANAGED_IDENTITY;
    check(|it| it.auth_type = Some(auth), &[UncheckedAuthorization { auth }]);
    check(|it| it.auth_type = Some(AuthType::ACS), &[AcsRetired]);
    check(|it| it.auth_type = None, &[Empty { column: "authtype" }]);
    let (contract, auth) = (Contract::EVENT_HUB, AuthType::WEBHOOK_KEY);
    check(|it| it.auth_type = Some(auth), &[Authorization { contract, auth }]);
    check(|it| it.sas_key_name = None, &[Empty { column: "saskeyname" }]);
    check(|it| it.set_sas_key(SasKey::new("")), &[Empty { column: "saskey" }]);
    check(|it| it.set_sas_key(SasKey::new("short")), &[KeyLength { length: 5 }]);
    check(|it| drop(it.take_sas_key()), &[NoKey]);
    check(|it| it.sas_key_variable = Some("c2VjcmV0=".into()), &[NotAVariable]);
    check(|it| it.sas_key_variable = Some(String::new()), &[NotAVariable]);
    check(|it| it.sas_key_variable = Some("ACCOUNTS_KEY".into()), &[]);
    let contract = Contract::MANAGED_DATA_LAKE;
    check(|it| it.contract = contract, &[UncheckedContract { contract }]);
}

/// What each contract needs, and the warning that this version does not post there.
#[test]
fn each_contract_has_needs_of_its_own() {
    use ProblemKind::*;
    for contract in [Contract::QUEUE, Contract::TOPIC, Contract::QUEUE_PERSISTENT] {
        let of = |it: &mut ServiceEndpoint| it.contract = contract;
        check(of, &[NotPosted { contract }]);
        check(
            |it| {
                of(it);
                it.path.clear();
                it.namespace_address = "https://h".into();
            },
            &[NotServiceBusAddress, Empty { column: "path" }, NotPosted { contract }],
        );
        // No version of this one posts it, and the platform does.
        let binary = Some(MessageFormatCode::BINARY_XML);
        check(
            |it| {
                of(it);
                it.message_format = binary;
            },
            &[NotPosted { contract }],
        );
    }
    let contract = Contract::REST;
    let rest = |it: &mut ServiceEndpoint| it.contract = contract;
    check(rest, &[RestAddress, NotPosted { contract }]);
    check(
        |it| {
            rest(it);
            it.namespace_address = "https://h/accounts/".into();
        },
        &[NotPosted { contract }],
    );
    let contract = Contract::WEBHOOK;
    let hook = |it: &mut ServiceEndpoint| {
        it.contract = contract;
        it.auth_type = Some(AuthType::WEBHOOK_KEY);
        it.auth_value_variable = Some("HOOK_KEY".into());
        it.url = Some(EndpointUrl::new("https://contoso.example/hook"));
    };
    check(hook, &[NotPosted { contract }]);
    for auth in [AuthType::WEBHOOK_KEY, AuthType::HTTP_HEADER, AuthType::HTTP_QUERY_STRING] {
        check(
            |it| {
                hook(it);
                it.auth_type = Some(auth);
                it.auth_value_variable = None;
            },
            &[NoAuthValue, NotPosted { contract }],
        );
    }
    check(
        |it| {
            hook(it);
            it.auth_value_variable = Some("<settings/>".into());
        },
        &[NotAVariable, NotPosted { contract }],
    );
    check(
        |it| {
            hook(it);
            it.url = None;
        },
        &[NotAbsoluteUrl, NotPosted { contract }],
    );
    let relative = Some(EndpointUrl::new("/hook?code=x"));
    check(
        |it| {
            hook(it);
            it.url = relative;
        },
        &[NotAbsoluteUrl, QueryInUrl, NotPosted { contract }],
    );
    let auth = AuthType::SAS_KEY;
    check(
        |it| {
            hook(it);
            it.auth_type = Some(auth);
        },
        &[Authorization { contract, auth }, NotPosted { contract }],
    );
    let contract = Contract::EVENT_GRID;
    let grid = |it: &mut ServiceEndpoint| {
        hook(it);
        it.contract = contract;
        it.auth_type = Some(AuthType::ACCESS_KEY);
    };
    check(grid, &[Empty { column: "schematype" }, NotPosted { contract }]);
    check(
        |it| {
            grid(it);
            it.schema_type = Some(SchemaType::CLOUD_EVENTS);
        },
        &[NotPosted { contract }],
    );
}

#[test]
fn no_query_and_no_password_of_an_address_is_shown() {
    for secret in ["https://h/hook?code=hunter2", "https://ann:hunter2@h/hook", "hunter2@h"] {
        let mut endpoint = event_hub("Hook");
        endpoint.url = Some(EndpointUrl::new(secret));
        assert!(!format!("{endpoint:?}").contains("hunter2"), "{secret}");
        let problems = format!("{:?}", endpoint.validate());
        assert!(!problems.contains("hunter2"), "{problems}");
    }
}

#[test]
fn relays_have_other_addresses() {
    let contract = Contract::ONE_WAY;
    let relay = |it: &mut ServiceEndpoint| {
        it.contract = contract;
        it.namespace_address = "https://contoso.servicebus.windows.net/".into();
        it.message_format = Some(MessageFormatCode::BINARY_XML);
    };
    check(relay, &[ProblemKind::NotPosted { contract }]);
    check(
        |it| {
            relay(it);
            it.path.clear();
        },
        &[ProblemKind::Empty { column: "path" }, ProblemKind::NotPosted { contract }],
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
