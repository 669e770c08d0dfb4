use proptest::prelude::*;
use uuid::Uuid;
use xrm_context::{Mode, Stage};
use xrm_registration::{
    AuthType, Contract, EndpointUrl, Image, MessageFormatCode, Problem, ProblemKind, Registration,
    Rules, SasKey, Severity, Step,
};

use crate::changed;
use crate::endpoint::event_hub;
use crate::step::step;

pub(crate) const DOCUMENT: &str = r#"
[[endpoints]]
id = "00000000-0000-0000-0000-000000000001"
name = "Accounts"
contract = "Event Hub"
message_format = "Text XML"
auth_type = "SAS Key"
namespace_address = "sb://contoso.servicebus.windows.net/"
path = "accounts"
sas_key_name = "send"
sas_key_variable = "ACCOUNTS_KEY"

[[steps]]
id = "00000000-0000-0000-0000-000000000002"
name = "Accounts: Update of account"
event_handler = "00000000-0000-0000-0000-000000000001"
message = "Update"
table = "account"
filtering_attributes = ["name", "revenue"]

[[steps.images]]
name = "Before"
entity_alias = "Before"
image_type = "PreImage"
attributes = ["name"]
"#;

fn read(document: &str) -> Registration {
    toml::from_str(document).expect("the document is a registration")
}

fn kinds(problems: Vec<Problem>) -> Vec<ProblemKind> {
    problems.into_iter().map(|it| it.kind).collect()
}

#[test]
fn a_document_in_toml() {
    let registration = read(DOCUMENT);
    assert_eq!(registration.check(Rules::default()), []);

    let endpoint = &registration.endpoints()[0];
    assert_eq!(endpoint.contract, Contract::EVENT_HUB);
    assert_eq!(endpoint.message_format, Some(MessageFormatCode::TEXT_XML));
    let mut expected = step("Update", Some("account"));
    expected.filtering_attributes = "name,revenue".into();
    expected.images = vec![Image::pre("Before", "name")];
    assert_eq!(registration.steps(), [expected]);
}

#[test]
fn a_document_is_read_as_it_was_written() {
    let registration = read(DOCUMENT).with_max_depth(3);
    let written = toml::to_string(&registration).unwrap();
    assert_eq!(toml::to_string(&read(&written)).unwrap(), written);
    let json = serde_json::to_string(&registration).unwrap();
    let from_json: Registration = serde_json::from_str(&json).unwrap();
    assert_eq!(toml::to_string(&from_json).unwrap(), written);
    assert!(written.starts_with("max_depth = 3\n"), "{written}");
}

#[test]
fn what_is_no_registration_is_refused() {
    for (from, to) in [
        ("sas_key_variable =", "sas_key ="),
        ("[[steps]]", "[[step]]"),
        ("\"Event Hub\"", "\"Hub\""),
        ("00000000-0000-0000-0000-000000000002", "2"),
        ("filtering_attributes = [", "filtering_columns = ["),
        ("image_type = \"PreImage\"", ""),
    ] {
        let document = DOCUMENT.replace(from, to);
        assert_ne!(document, DOCUMENT);
        assert!(toml::from_str::<Registration>(&document).is_err(), "{to}");
    }
}

#[test]
fn a_key_in_place_of_a_variable_is_not_shown() {
    let mut registration = read(&DOCUMENT.replace("ACCOUNTS_KEY", "c2VjcmV0="));
    assert_eq!(kinds(registration.check(Rules::default())), [ProblemKind::NotAVariable]);
    let error = registration.set_sas_keys(|_| None).unwrap_err();
    assert!(!error.to_string().contains("c2VjcmV0"), "{error}");

    let right = read(DOCUMENT);
    let differences: Vec<_> = right.diff(&registration).iter().map(ToString::to_string).collect();
    let told = differences.concat();
    assert!(told.contains("ACCOUNTS_KEY") && told.contains("(not a variable's name)"), "{told}");
    assert!(!told.contains("c2VjcmV0"), "{told}");
    let shown = |it: &Registration| it.endpoints()[0].shown_sas_key_variable().map(str::to_owned);
    assert_eq!(shown(&right).as_deref(), Some("ACCOUNTS_KEY"));
    assert_eq!(shown(&registration).as_deref(), Some("(not a variable's name)"));
}

#[test]
fn keys_come_from_variables() {
    let mut registration = read(DOCUMENT);
    let error = registration.set_sas_keys(|_| None).unwrap_err();
    assert_eq!(error.to_string(), "no shared access key in the variables: ACCOUNTS_KEY");

    let known = |name: &str| (name == "ACCOUNTS_KEY").then(|| SasKey::new("short"));
    registration.set_sas_keys(known).unwrap();
    let problems = registration.check(Rules::default());
    assert_eq!(kinds(problems), [ProblemKind::KeyLength { length: 5 }]);
    assert!(!toml::to_string(&registration).unwrap().contains("short"));

    let endpoint = registration.endpoint_mut(Uuid::from_u128(1)).unwrap();
    assert_eq!(endpoint.take_sas_key().unwrap().reveal(), "short");
}

#[test]
fn problems_among_endpoints_and_steps() {
    use ProblemKind::*;
    let filtered = |id, filter: &str| {
        let filtering_attributes = filter.into();
        changed(step("Update", Some("account")), |it| {
            it.id = Uuid::from_u128(id);
            it.filtering_attributes = filtering_attributes;
        })
    };
    let check = |steps: Vec<Step>, expected: &[ProblemKind]| {
        let registration = Registration::new(vec![event_hub("Accounts")], steps);
        assert_eq!(kinds(registration.check(Rules::default())), expected);
    };
    check(vec![filtered(2, "name,fax"), filtered(3, "name")], &[]);
    check(vec![], &[UnusedEndpoint]);
    check(vec![filtered(2, "name"), filtered(2, "fax")], &[IdNotUnique]);
    check(vec![filtered(1, "name")], &[IdNotUnique]);
    let other = "Accounts: Update of account".to_owned();
    check(vec![filtered(2, "name,fax"), filtered(3, "fax,name")], &[SameEvent { other }]);
    let id = Uuid::from_u128(9);
    let astray = changed(filtered(2, "name"), |it| it.event_handler = id);
    check(vec![astray], &[NoEndpoint { id }, UnusedEndpoint]);

    let twins = vec![event_hub("Accounts"), event_hub("accounts")];
    let registration = Registration::new(twins, vec![filtered(2, "name")]);
    let problems = registration.check(Rules::default());
    assert_eq!(kinds(problems), [NameNotUnique, IdNotUnique]);
}

#[test]
fn the_contract_of_a_steps_endpoint_counts() {
    let mut endpoint = event_hub("Accounts");
    let steps = vec![changed(step("Create", None), |it| it.mode = Mode::SYNCHRONOUS)];
    let registration = Registration::new(vec![endpoint.clone()], steps.clone());
    let problems = registration.check(Rules::default());
    assert_eq!(kinds(problems), [ProblemKind::Synchronous]);
    assert_eq!(registration.check(Rules::default().synchronous_endpoints(true)), []);

    endpoint.contract = Contract::WEBHOOK;
    endpoint.auth_type = Some(AuthType::WEBHOOK_KEY);
    endpoint.auth_value_variable = Some("HOOK_KEY".into());
    endpoint.url = Some(EndpointUrl::new("https://contoso.example/hook"));
    let registration = Registration::new(vec![endpoint], steps);
    let problems = registration.check(Rules::default());
    assert_eq!(problems.iter().map(Problem::severity).collect::<Vec<_>>(), [Severity::Warning]);
}

proptest! {
    #[test]
    fn any_step_survives_a_document(
        names in prop::array::uniform3(".{0,12}"),
        (stage, mode, rank) in (any::<i32>(), any::<i32>(), any::<i32>()),
        filter in prop::collection::vec("[a-z_]{1,8}", 0..4),
    ) {
        let [name, message, table] = names;
        let written = changed(step(&message, Some(&table)), |it| { it.name = name; it.stage = Stage(stage); it.mode = Mode(mode); it.rank = rank; it.filtering_attributes = filter.into(); });
        let registration = Registration::new(vec![], vec![written.clone()]);
        let document = toml::to_string(&registration).expect("steps can be written");
        let read = read(&document);
        prop_assert_eq!(read.steps(), [written]);
    }
}
