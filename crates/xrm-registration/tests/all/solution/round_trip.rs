use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::Value as Json;
use uuid::Uuid;
use xrm_context::{Code as _, Mode, Stage};
use xrm_registration::solution::{Export, Import, Imported, MessageIds};
use xrm_registration::{
    AuthType, ConnectionMode, Contract, EndpointUrl, EventHandlerType, Image, ImageType,
    InvocationSource, MessageFormatCode, NamespaceFormat, PluginType, Registration,
    ServiceEndpoint, Step, StepState, SupportedDeployment, UserClaim,
};

use super::{fixture, read};
use crate::changed;
use crate::endpoint::event_hub;
use crate::step::step;

/// Any text that XML can hold.
fn text() -> impl Strategy<Value = String> {
    "[\\t\\n\\r -~\u{85}\u{a0}\u{2028}ä-ö\u{1f642}&<>\"']{0,12}"
}

fn optional_text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(text().prop_filter("an empty text is none", |it| !it.is_empty()))
}

fn columns() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-z_]{1,8}", 0..4)
}

prop_compose! {
    fn any_endpoint()(
        id in any::<u128>(),
        texts in prop::array::uniform4(text()),
        (description, sas_key_name, url) in (optional_text(), optional_text(), optional_text()),
        flags in any::<(bool, bool)>(),
        contract in prop_oneof![1..=11, any::<i32>()],
        numbers in prop::array::uniform4(any::<i32>()),
        (format, auth) in any::<(Option<i32>, Option<i32>)>(),
    ) -> ServiceEndpoint {
        let [name, namespace_address, solution_namespace, path] = texts;
        let [_, ref numbers @ ..] = numbers;
        let mut endpoint = event_hub(&name);
        drop(endpoint.take_sas_key());
        endpoint.id = Uuid::from_u128(id);
        endpoint.description = description;
        endpoint.contract = Contract(contract);
        endpoint.message_format = format.map(MessageFormatCode);
        endpoint.auth_type = auth.map(AuthType);
        endpoint.user_claim = UserClaim(numbers[0]);
        endpoint.connection_mode = ConnectionMode(numbers[1]);
        endpoint.namespace_address = namespace_address;
        endpoint.namespace_format = NamespaceFormat(numbers[2]);
        endpoint.solution_namespace = solution_namespace;
        endpoint.path = path;
        endpoint.sas_key_name = sas_key_name;
        endpoint.url = url.map(EndpointUrl::new);
        endpoint.is_customizable = flags.0;
        endpoint.use_key_vault_configuration = flags.1;
        endpoint
    }
}

prop_compose! {
    fn any_image()(
        (id, kind) in any::<(u128, i32)>(),
        (name, entity_alias, property) in (text(), text(), optional_text()),
        (description, related, is_customizable) in (optional_text(), optional_text(), any::<bool>()),
        attributes in columns(),
    ) -> Image {
        changed(Image::pre("", ""), |it| { it.id = Uuid::from_u128(id); it.name = name; it.entity_alias = entity_alias; it.image_type = ImageType(kind); it.message_property_name = property; it.attributes = attributes.into(); it.description = description; it.related_attribute_name = related; it.is_customizable = is_customizable; })
    }
}

/// A message that has a name, or one that has but an id.
fn any_message() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("Create".to_owned()),
        Just("SetStateDynamicEntity".to_owned()),
        "contoso_[A-Z]{1,5}",
        any::<u128>().prop_map(|it| Uuid::from_u128(it).to_string()),
    ]
}

prop_compose! {
    fn any_step()(
        (id, handler) in any::<(u128, u128)>(),
        (name, description, configuration) in (text(), optional_text(), optional_text()),
        (table, secondary_table) in (optional_text(), optional_text()),
        message in any_message(),
        numbers in prop::array::uniform6(any::<i32>()),
        flags in any::<(bool, bool)>(),
        (user, expression, version) in (optional_text(), optional_text(), "[0-9.]{1,5}"),
        async_auto_delete in any::<bool>(),
        filter in columns(),
        images in prop::collection::vec(any_image(), 0..3),
    ) -> Step {
        let [stage, mode, rank, deployment, kind, source] = numbers;
        // A plug-in type in half of the cases.
        let kind = if kind % 2 == 0 { EventHandlerType::PLUGIN_TYPE } else { EventHandlerType(kind) };
        changed(step(&message, None), |it| { it.id = Uuid::from_u128(id); it.name = name; it.description = description; it.event_handler = Uuid::from_u128(handler); it.event_handler_type = kind; it.table = table; it.secondary_table = secondary_table; it.stage = Stage(stage); it.mode = Mode(mode); it.rank = rank; it.filtering_attributes = filter.into(); it.supported_deployment = SupportedDeployment(deployment); it.async_auto_delete = async_auto_delete; it.configuration = configuration; it.images = images; it.invocation_source = InvocationSource(source); it.is_customizable = flags.0; it.is_hidden = flags.1; it.impersonating_user_name = user; it.fx_expression = expression; it.introduced_version = version; })
    }
}

prop_compose! {
    /// A registration of which everything can be written.
    pub(super) fn any_registration()(
        endpoints in prop::collection::vec(any_endpoint(), 0..3),
        steps in prop::collection::vec(any_step(), 0..5),
        names in prop::collection::vec("[A-Z][A-Za-z.`\u{e4}]{0,8}", 5),
        assembly in prop::option::of("[A-Z][a-z]{0,5}, Version=1[.]0[.]0[.]0"),
    ) -> Registration {
        let mut ids = HashSet::new();
        let runs = steps.iter().filter(|it| it.runs_plugin()).map(|it| it.event_handler);
        let plugin_types = runs.filter(|id| ids.insert(*id)).zip(names);
        let plugin_types = plugin_types.map(|(id, name)| {
            changed(PluginType::new(id, &name), |it| it.assembly.clone_from(&assembly))
        });
        let plugin_types = plugin_types.collect();
        Registration::new(endpoints, steps).with_plugin_types(plugin_types)
    }
}

pub(super) fn json(registration: &Registration) -> Json {
    serde_json::to_value(registration).expect("a registration is JSON")
}

fn customizations(registration: &Registration) -> Vec<u8> {
    let mut out = Vec::new();
    let export = Export::new(registration, &MessageIds::known()).expect("it can be written");
    export.write_customizations(&mut out).expect("memory takes it");
    out
}

fn import(files: &[&[u8]]) -> Imported {
    let mut import = Import::new(MessageIds::known());
    for file in files {
        import.read("own.xml", *file).expect("own files are read");
    }
    import.finish()
}

proptest! {
    #[test]
    fn any_registration_is_read_as_it_was_written(registration in any_registration()) {
        let written = customizations(&registration);
        let read = import(&[&written]).registration;
        prop_assert_eq!(json(&read), json(&registration));
        prop_assert_eq!(customizations(&read), written);
    }

    #[test]
    fn an_unpacked_registration_is_the_same(registration in any_registration()) {
        let messages = MessageIds::known();
        let export = Export::new(&registration, &messages).unwrap();
        let files: Vec<_> = export.files().collect::<Result<_, _>>().unwrap();
        let contents: Vec<_> = files.iter().map(|it| it.content.as_slice()).collect();
        prop_assert_eq!(json(&import(&contents).registration), json(&registration));
    }

    /// What is lost is told, and no other thing is.
    #[test]
    fn what_is_lost_is_told(
        registration in any_registration(),
        disabled in any::<bool>(),
        user in any::<Option<u128>>(),
        depth in 0..12,
    ) {
        let change = |step: &Step| changed(step.clone(), |it| { it.state = if disabled { StepState::DISABLED } else { StepState::ENABLED }; it.impersonating_user_id = user.map(Uuid::from_u128); });
        let steps = registration.steps().iter().map(change).collect();
        let changed = Registration::new(registration.endpoints().to_vec(), steps)
            .with_plugin_types(registration.plugin_types().to_vec())
            .with_max_depth(depth);
        let messages = MessageIds::known();
        let count = |it: &Registration| Export::new(it, &messages).unwrap().losses().len();
        // Of the user, files have the name.
        let unnamed = registration.steps().iter().filter(|it| it.impersonating_user_name.is_none());
        let users = if user.is_some() { unnamed.count() } else { 0 };
        let disabled = usize::from(disabled) * registration.steps().len();
        let lost = disabled + users + usize::from(depth != Registration::MAX_DEPTH);
        prop_assert_eq!(count(&changed), count(&registration) + lost);
        prop_assert_eq!(json(&import(&[&customizations(&changed)]).registration), json(&registration));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Every contract, however rarely a generated one is of it, with the step that posts there.
    #[test]
    fn an_endpoint_of_each_contract_comes_back(endpoint in any_endpoint(), step in any_step()) {
        for &contract in Contract::ALL {
            let endpoint = changed(endpoint.clone(), |it| it.contract = contract);
            let step = changed(step.clone(), |it| {
                it.event_handler = endpoint.id;
                it.event_handler_type = EventHandlerType::SERVICE_ENDPOINT;
            });
            let registration = Registration::new(vec![endpoint], vec![step]);
            let written = customizations(&registration);
            let read = import(&[&written]);
            prop_assert_eq!(json(&read.registration), json(&registration));
            prop_assert_eq!(customizations(&read.registration), written);
        }
    }
}

#[test]
fn a_fixture_changes_no_more_once_it_was_written() {
    let first = read(&fixture("customizations.xml")).unwrap().registration;
    let written = customizations(&first);
    let second = import(&[&written]).registration;
    assert_eq!(second.steps(), first.steps());
    assert_eq!(customizations(&second), written);
}
