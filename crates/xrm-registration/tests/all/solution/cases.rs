//! Files in the forms that organizations of several versions export, and people edit.

use uuid::{Uuid, uuid};
use xrm_registration::solution::{Export, Import, Imported, MessageIds, NoticeKind};
use xrm_registration::{AuthType, Contract, InvocationSource, Registration, StepState};

use super::{read, step_with};

fn fixture(name: &str) -> String {
    let path = format!("{}/../../fixtures/registration/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("the fixture is part of the checkout")
}

fn import(files: &[&str]) -> Imported {
    let mut import = Import::new(MessageIds::known());
    for file in files {
        import.read(file, fixture(file).as_bytes()).expect("it is a file of a solution");
    }
    import.finish()
}

fn kinds(imported: &Imported) -> Vec<&NoticeKind> {
    imported.notices.iter().map(|it| &it.kind).collect()
}

fn customizations(registration: &Registration) -> String {
    let mut out = Vec::new();
    let export = Export::new(registration, &MessageIds::known()).expect("it can be written");
    assert_eq!(export.losses(), [], "nothing is lost");
    export.write_customizations(&mut out).expect("memory takes it");
    String::from_utf8(out).expect("XML is text")
}

/// What was imported is written, read as the same, and written as the same.
#[track_caller]
fn comes_back(registration: &Registration) -> String {
    let written = customizations(registration);
    let again = read(&written).expect("it is a solution").registration;
    let json = |it: &Registration| serde_json::to_value(it).expect("it is JSON");
    assert_eq!(json(&again), json(registration));
    assert_eq!(customizations(&again), written);
    written
}

#[test]
fn a_type_of_a_package_is_known_by_its_key_alone_and_goes_out_as_it_came() {
    let imported = import(&[
        "plugin-type-export-key/SdkMessageProcessingSteps/{6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0102}.xml",
        "plugin-type-export-key/PluginAssemblies/ServiceEndpoints.xml",
    ]);
    let registration = &imported.registration;
    assert_eq!((registration.endpoints().len(), registration.steps().len()), (1, 1));
    let notice = imported.notices[0].to_string();
    let key = "0000000000000000000000000000000000000000000000000000000000000A11";
    assert_eq!(kinds(&imported), [&NoticeKind::PluginTypeByExportKey { key: key.to_owned() }]);
    assert!(notice.contains("step `Contoso.Plugins.Audit: Update of account`"), "{notice}");
    let written = comes_back(registration);
    assert!(written.contains(&format!("<PluginTypeExportKey>{key}</PluginTypeExportKey>")));
    assert!(!written.contains("PluginTypeName") && !written.contains("PluginTypeId"), "{written}");
}

#[test]
fn custom_apis_go_by_their_names() {
    let imported = import(&["sdk-message-name.xml"]);
    assert_eq!(kinds(&imported), [] as [&NoticeKind; 0]);
    assert_eq!(imported.registration.steps()[0].message, "contoso_Approve");
    assert_eq!(imported.registration.steps()[0].invocation_source, InvocationSource::CHILD);
}

#[test]
fn a_webhook_comes_over_whole() {
    let imported = import(&["webhook-and-step.xml"]);
    assert_eq!(kinds(&imported), [] as [&NoticeKind; 0]);
    let endpoint = &imported.registration.endpoints()[0];
    assert_eq!(endpoint.url.as_ref().map(|it| it.as_str()), Some("https://contoso.example/hook"));
    assert_eq!(endpoint.contract, Contract::WEBHOOK);
    assert_eq!(endpoint.auth_type, Some(AuthType::HTTP_QUERY_STRING));
    // Byte by byte, but for the order of sections, which the file has already, and its last line.
    let written = comes_back(&imported.registration);
    let steps = |text: &str| {
        let end = text.find("</SdkMessageProcessingSteps>").expect("it has steps");
        let start = text.find("<SdkMessageProcessingStep ").expect("it has a step");
        text[start..end].to_owned()
    };
    assert_eq!(steps(&written), steps(&fixture("webhook-and-step.xml")));
    let endpoints = |text: &str| {
        text[text.find("<ServiceEndpoints>").expect("it has one")..].trim_end().to_owned()
    };
    assert_eq!(endpoints(&written), endpoints(&fixture("webhook-and-step.xml")));
}

#[test]
fn usual_messages_are_known_by_their_ids() {
    let imported = import(&["usual-message-ids.xml"]);
    assert_eq!(kinds(&imported), [] as [&NoticeKind; 0]);
    for step in imported.registration.steps() {
        let (_, event) = step.name.split_once(": ").expect("it is named as tools name steps");
        assert_eq!(event.split_once(" of ").map(|it| it.0), Some(&*step.message), "{}", step.name);
    }
    let steps = import(&["set-state-dynamic/step.xml"]).registration.steps().to_vec();
    assert_eq!(steps[0].message, "SetStateDynamicEntity");
    let problems = steps[0].validate(None, xrm_registration::Rules::default());
    assert_eq!(problems, []);
}

/// The step of an organization of version 7, and today's.
#[test]
fn each_version_has_its_order_and_its_braces() {
    let old = r#"<SdkMessageProcessingStep Name="A.B: Update of account" SdkMessageProcessingStepId="{00000000-0000-0000-0000-000000000002}">
        <PluginTypeName>A.B, C, Version=1.0.0.0</PluginTypeName>
        <PrimaryEntity>account</PrimaryEntity>
        <AsyncAutoDelete>0</AsyncAutoDelete>
        <InvocationSource>0</InvocationSource>
        <Mode>1</Mode>
        <Rank>1</Rank>
        <SdkMessageId>{20bebb1b-ea3e-db11-86a7-000a3a5473e8}</SdkMessageId>
        <EventHandlerTypeCode>4602</EventHandlerTypeCode>
        <Stage>40</Stage>
        <IsCustomizable>1</IsCustomizable>
        <IsHidden>0</IsHidden>
        <SupportedDeployment>0</SupportedDeployment>
        <IntroducedVersion>1.0</IntroducedVersion>
        <SdkMessageProcessingStepImages />
      </SdkMessageProcessingStep>"#;
    let imported = read(old).unwrap();
    let plugin_type = &imported.registration.plugin_types()[0];
    assert_eq!(plugin_type.assembly.as_deref(), Some("C, Version=1.0.0.0"));
    let written = comes_back(&imported.registration);
    assert!(written.contains("<PluginTypeName>A.B, C, Version=1.0.0.0</PluginTypeName>"));
    let today = written.replace(&format!("<PluginTypeId>{}</PluginTypeId>", plugin_type.id), "");
    let json = |xml: &str| {
        serde_json::to_value(read(xml).unwrap().registration).expect("a registration is JSON")
    };
    assert_eq!(json(&today), json(old));
}

#[test]
fn a_low_code_plug_in_keeps_its_expression() {
    let expression = "<fxexpressionid><uniquename>contoso_Discount</uniquename></fxexpressionid>";
    let imported = read(&step_with(expression)).unwrap();
    let step = &imported.registration.steps()[0];
    assert_eq!(step.fx_expression.as_deref(), Some("contoso_Discount"));
    assert_eq!(kinds(&imported), [] as [&NoticeKind; 0]);
    let registration =
        Registration::new(vec![super::super::endpoint::event_hub("E")], vec![step.clone()]);
    let export = Export::new(&registration, &MessageIds::known()).unwrap();
    let content = export.files().nth(1).unwrap().unwrap().content;
    assert!(
        String::from_utf8(content).unwrap().contains("<uniquename>contoso_Discount</uniquename>")
    );
}

/// People add comments, and the state that the platform leaves out.
#[test]
fn a_file_that_was_edited_may_have_a_state() {
    let state = |elements: &str| {
        let imported = read(&step_with(elements)).unwrap();
        (imported.registration.steps()[0].state, imported.assumed_state)
    };
    let edited = "<!-- on --><StateCode>Enabled</StateCode><StatusCode>Enabled</StatusCode>";
    assert_eq!(state(edited), (StepState::ENABLED, None));
    assert_eq!(state("<StateCode>Disabled</StateCode>"), (StepState::DISABLED, None));
    assert_eq!(state("<StateCode>1</StateCode>"), (StepState::DISABLED, None));
    assert_eq!(state(""), (StepState::ENABLED, Some(StepState::ENABLED)));
    assert!(read(&step_with("<StateCode>On</StateCode>")).is_err());

    let mut import = Import::new(MessageIds::known()).state(StepState::DISABLED);
    import.read("step.xml", step_with("").as_bytes()).unwrap();
    let imported = import.finish();
    assert_eq!(imported.registration.steps()[0].state, StepState::DISABLED);
    assert_eq!(imported.assumed_state, Some(StepState::DISABLED));
}

#[test]
fn the_name_of_a_step_tells_its_message_where_the_id_is_unknown() {
    let id = Uuid::from_u128(77);
    let step = |name: &str, table: &str| {
        let step = step_with(table).replace("Name=\"S\"", &format!("Name=\"{name}\""));
        let imported =
            read(&step.replace("9ebdbb1b-ea3e-db11-86a7-000a3a5473e8", &id.to_string())).unwrap();
        let step = &imported.registration.steps()[0];
        (
            step.message.clone(),
            step.message_id,
            imported.notices.iter().map(|it| it.kind.clone()).collect::<Vec<_>>(),
        )
    };
    let approve = "contoso_Approve".to_owned();
    let inferred =
        (approve.clone(), Some(id), vec![NoticeKind::MessageByName { id, name: approve }]);
    let account = "<PrimaryEntity>account</PrimaryEntity>";
    assert_eq!(step("Hub: contoso_Approve of account", account), inferred);
    assert_eq!(step("Hub: contoso_Approve of any Entity", ""), inferred);
    let unknown = (id.to_string(), None, vec![NoticeKind::UnknownMessage { id }]);
    // Another table, another message than one whose id is known, and no name of a tool.
    assert_eq!(step("Hub: contoso_Approve of contact", account), unknown);
    assert_eq!(step("Hub: Update of account", account), unknown);
    assert_eq!(step("Approvals", account), unknown);
}

#[test]
fn what_is_not_about_publishing_is_never_fatal() {
    let without = |from: &str| step_with("").replace(from, "");
    for (xml, kind) in [
        (without("9ebdbb1b-ea3e-db11-86a7-000a3a5473e8"), NoticeKind::NoMessage),
        (without("00000000-0000-0000-0000-000000000001"), NoticeKind::NoHandler),
        (without("4618"), NoticeKind::NoHandler),
        (
            without("00000000-0000-0000-0000-000000000001").replace("4618", "4602"),
            NoticeKind::NoHandler,
        ),
    ] {
        let rest = super::endpoint_with("");
        let xml = format!("<SdkMessageProcessingSteps>{xml}{rest}</SdkMessageProcessingSteps>");
        let imported = read(&xml).unwrap();
        assert_eq!(kinds(&imported), [&kind], "{xml}");
        assert!(imported.registration.steps().is_empty());
        assert_eq!(imported.registration.endpoints().len(), 1);
    }
    let nameless = "<PluginAssembly><PluginTypes><PluginType/></PluginTypes></PluginAssembly>";
    assert_eq!(kinds(&read(nameless).unwrap()), [&NoticeKind::PluginTypeNameless]);
}

/// Endpoint steps name the platform's own plug-in type, which is no second handler.
#[test]
fn the_systems_handler_is_that_of_the_contract() {
    let of = |contract: &str| {
        let endpoint = super::endpoint_with("").replace(">7<", &format!(">{contract}<"));
        let xml = format!(
            "<ImportExportXml><SdkMessageProcessingSteps>{}</SdkMessageProcessingSteps><ServiceEndpoints>{endpoint}</ServiceEndpoints></ImportExportXml>",
            step_with("")
        );
        comes_back(&read(&xml).unwrap().registration)
    };
    for (contract, id) in [
        ("7", uuid!("ef521e63-cd2b-4170-99f6-447466a7161e")),
        ("6", uuid!("ef521e63-cd2b-4170-99f6-447466a7161e")),
        ("8", uuid!("fe4f0cdb-b254-4fa1-84f6-d58d0759b8b3")),
    ] {
        let written = of(contract);
        assert!(written.contains(&format!("<PluginTypeId>{id}</PluginTypeId>")), "{written}");
        assert_eq!(kinds(&read(&written).unwrap()), [] as [&NoticeKind; 0]);
    }
}
