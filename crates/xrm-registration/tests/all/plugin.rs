use uuid::Uuid;
use xrm_context::{DateTime, IsolationMode};
use xrm_registration::{
    EventHandlerType, Job, Operation, PluginType, ProblemKind, Registration, Rules, Step,
};

use crate::changed;
use crate::endpoint::event_hub;

fn plugin_type() -> PluginType {
    PluginType::new(Uuid::from_u128(3), "Contoso.Plugins.Enrich")
}

fn step() -> Step {
    Step::for_plugin(Uuid::from_u128(4), &plugin_type(), "Create", Some("account"))
}

fn kinds(registration: &Registration) -> Vec<ProblemKind> {
    registration.check(Rules::default()).into_iter().map(|it| it.kind).collect()
}

#[test]
fn a_document_holds_plug_in_types() {
    let document = r#"
        [[plugin_types]]
        id = "00000000-0000-0000-0000-000000000003"
        name = "Contoso.Plugins.Enrich"

        [[steps]]
        id = "00000000-0000-0000-0000-000000000004"
        name = "Contoso.Plugins.Enrich: Create of account"
        event_handler = "00000000-0000-0000-0000-000000000003"
        event_handler_type = "plugintype"
        message = "Create"
        table = "account"
    "#;
    let read: Registration = toml::from_str(document).unwrap();
    assert_eq!(read.plugin_types(), [plugin_type()]);
    assert_eq!(read.steps(), [step()]);
    assert_eq!(kinds(&read), []);
    let again: Registration = toml::from_str(&toml::to_string(&read).unwrap()).unwrap();
    assert_eq!((again.plugin_types(), again.steps()), (read.plugin_types(), read.steps()));
}

#[test]
fn a_handler_that_is_not_there() {
    let alone = Registration::new(vec![], vec![step()]);
    assert_eq!(kinds(&alone), [ProblemKind::NoPluginType { id: Uuid::from_u128(3) }]);

    let kind = EventHandlerType(1);
    let strange = changed(step(), |it| it.event_handler_type = kind);
    let registration = Registration::new(vec![], vec![strange]);
    assert_eq!(kinds(&registration), [ProblemKind::UnknownHandlerType { kind }]);
}

#[test]
fn names_of_plug_in_types_are_unique() {
    let other = changed(plugin_type(), |it| it.id = Uuid::from_u128(5));
    let registration =
        Registration::new(vec![], vec![]).with_plugin_types(vec![plugin_type(), other]);
    assert_eq!(kinds(&registration), [ProblemKind::NameNotUnique]);
}

#[test]
fn an_endpoint_that_a_plug_in_is_configured_with_is_used() {
    let endpoint = event_hub("accounts");
    let configuration = Some(endpoint.id.to_string());
    let configured = changed(step(), |it| it.configuration = configuration);
    let registration = |step| {
        Registration::new(vec![endpoint.clone()], vec![step]).with_plugin_types(vec![plugin_type()])
    };
    assert_eq!(kinds(&registration(configured)), []);
    assert_eq!(kinds(&registration(step())), [ProblemKind::UnusedEndpoint]);
}

#[test]
fn plug_ins_run_in_the_sandbox() {
    let job = Job::new(Uuid::nil(), DateTime::utc(0).unwrap());
    let context = Operation::new("Create", Some("account")).context(&step(), job);
    assert_eq!(context.isolation_mode, IsolationMode::SANDBOX);
}
