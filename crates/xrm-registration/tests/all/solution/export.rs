use std::io;

use uuid::Uuid;
use xrm_registration::solution::{Export, ExportError, Manifest, MessageIds};
use xrm_registration::{EventHandlerType, Image, PluginType, Registration, Step, StepState};

use crate::changed;
use crate::endpoint::event_hub;
use crate::step::step;

fn customizations(registration: &Registration) -> String {
    let export = Export::new(registration, &MessageIds::known()).expect("it can be written");
    let mut out = Vec::new();
    export.write_customizations(&mut out).expect("memory takes it");
    String::from_utf8(out).expect("XML is text")
}

fn losses(registration: &Registration) -> Vec<String> {
    let export = Export::new(registration, &MessageIds::known()).expect("it can be written");
    export.losses().iter().map(ToString::to_string).collect()
}

fn registration() -> Registration {
    let mut updated = step("Update", Some("account"));
    updated.filtering_attributes = "name,revenue".into();
    updated.configuration = Some("<a b=\"c\">\r\n & d</a>".into());
    updated.images = vec![changed(Image::both("Both", "name"), |it| it.id = Uuid::from_u128(3))];
    let plugin_type = PluginType::new(Uuid::from_u128(4), "A.B, C, Version=1.0.0.0");
    let of_plugin = Step::for_plugin(Uuid::from_u128(5), &plugin_type, "Create", None);
    let mut endpoint = event_hub("Accounts \"A\"\n&<B>");
    drop(endpoint.take_sas_key());
    Registration::new(vec![endpoint], vec![updated, of_plugin]).with_plugin_types(vec![plugin_type])
}

/// Written by hand, in the form of today's exports.
const EXPECTED: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<ImportExportXml xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <SdkMessageProcessingSteps>
    <SdkMessageProcessingStep Name="Accounts: Update of account" SdkMessageProcessingStepId="{00000000-0000-0000-0000-000000000002}">
      <SdkMessageId>20bebb1b-ea3e-db11-86a7-000a3a5473e8</SdkMessageId>
      <PluginTypeName>Microsoft.Crm.ServiceBus.ServiceBusPlugin, Microsoft.Crm.ServiceBus, Version=9.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35</PluginTypeName>
      <PluginTypeId>ef521e63-cd2b-4170-99f6-447466a7161e</PluginTypeId>
      <PrimaryEntity>account</PrimaryEntity>
      <AsyncAutoDelete>0</AsyncAutoDelete>
      <Configuration>&lt;a b="c"&gt;&#xD;
 &amp; d&lt;/a&gt;</Configuration>
      <FilteringAttributes>name,revenue</FilteringAttributes>
      <InvocationSource>0</InvocationSource>
      <Mode>1</Mode>
      <Rank>1</Rank>
      <EventHandler>{00000000-0000-0000-0000-000000000001}</EventHandler>
      <EventHandlerTypeCode>4618</EventHandlerTypeCode>
      <Stage>40</Stage>
      <IsCustomizable>1</IsCustomizable>
      <IsHidden>0</IsHidden>
      <SupportedDeployment>0</SupportedDeployment>
      <IntroducedVersion>1.0</IntroducedVersion>
      <SdkMessageProcessingStepImages>
        <SdkMessageProcessingStepImage Name="Both">
          <SdkMessageProcessingStepImageId>{00000000-0000-0000-0000-000000000003}</SdkMessageProcessingStepImageId>
          <Attributes>name</Attributes>
          <EntityAlias>Both</EntityAlias>
          <ImageType>2</ImageType>
          <IsCustomizable>1</IsCustomizable>
        </SdkMessageProcessingStepImage>
      </SdkMessageProcessingStepImages>
    </SdkMessageProcessingStep>
    <SdkMessageProcessingStep Name="A.B, C, Version=1.0.0.0: Create of any Entity" SdkMessageProcessingStepId="{00000000-0000-0000-0000-000000000005}">
      <SdkMessageId>9ebdbb1b-ea3e-db11-86a7-000a3a5473e8</SdkMessageId>
      <PluginTypeName>A.B, C, Version=1.0.0.0</PluginTypeName>
      <PluginTypeId>00000000-0000-0000-0000-000000000004</PluginTypeId>
      <AsyncAutoDelete>0</AsyncAutoDelete>
      <FilteringAttributes></FilteringAttributes>
      <InvocationSource>0</InvocationSource>
      <Mode>1</Mode>
      <Rank>1</Rank>
      <EventHandlerTypeCode>4602</EventHandlerTypeCode>
      <Stage>40</Stage>
      <IsCustomizable>1</IsCustomizable>
      <IsHidden>0</IsHidden>
      <SupportedDeployment>0</SupportedDeployment>
      <IntroducedVersion>1.0</IntroducedVersion>
      <SdkMessageProcessingStepImages />
    </SdkMessageProcessingStep>
  </SdkMessageProcessingSteps>
  <ServiceEndpoints>
    <ServiceEndpoint ServiceEndpointId="{00000000-0000-0000-0000-000000000001}" Name="Accounts &quot;A&quot;&#xA;&amp;&lt;B&gt;">
      <ConnectionMode>1</ConnectionMode>
      <Contract>7</Contract>
      <Path>accounts</Path>
      <SolutionNamespace>contoso</SolutionNamespace>
      <UserClaim>1</UserClaim>
      <IsCustomizable>1</IsCustomizable>
      <AuthType>2</AuthType>
      <MessageFormat>2</MessageFormat>
      <NamespaceAddress>sb://contoso.servicebus.windows.net/</NamespaceAddress>
      <NamespaceFormat>2</NamespaceFormat>
      <SASKeyName>send</SASKeyName>
      <UseKeyVaultConfiguration>0</UseKeyVaultConfiguration>
    </ServiceEndpoint>
  </ServiceEndpoints>
</ImportExportXml>
"#;

#[test]
fn customizations_are_written_in_the_form_of_exports() {
    assert_eq!(customizations(&registration()), EXPECTED);
    assert_eq!(losses(&registration()), [""; 0]);
}

#[test]
fn nothing_is_written_as_empty_sections() {
    let none = Registration::new(vec![], vec![]);
    assert_eq!(
        customizations(&none).lines().skip(2).collect::<Vec<_>>(),
        ["  <SdkMessageProcessingSteps />", "  <ServiceEndpoints />", "</ImportExportXml>"]
    );
    let export = Export::new(&none, &MessageIds::known()).unwrap();
    assert_eq!(export.files().count(), 0);
}

#[test]
fn files_of_the_unpacked_solution() {
    let registration = registration();
    let export = Export::new(&registration, &MessageIds::known()).unwrap();
    let files: Vec<_> = export.files().collect::<Result<_, _>>().unwrap();
    let paths: Vec<_> = files.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "PluginAssemblies/ServiceEndpoints.xml",
            "SdkMessageProcessingSteps/{00000000-0000-0000-0000-000000000002}.xml",
            "SdkMessageProcessingSteps/{00000000-0000-0000-0000-000000000005}.xml",
        ]
    );
    let (declaration, root) = (&files[1].content[..39], &files[1].content[39..]);
    assert_eq!(declaration, b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    assert!(root.starts_with(b"<SdkMessageProcessingStep Name="));
    assert!(root.ends_with(b"\n</SdkMessageProcessingStep>\n"));
    assert!(files[0].content[39..].starts_with(
        b"<ServiceEndpoints xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n  \
          <ServiceEndpoint ServiceEndpointId="
    ));
}

#[test]
fn what_the_files_do_not_hold_is_told() {
    let disabled = changed(step("Update", None), |it| it.state = StepState::DISABLED);
    let impersonating_user_id = Some(Uuid::from_u128(7));
    let impersonating = changed(step("Create", None), |it| {
        it.id = Uuid::from_u128(3);
        it.impersonating_user_id = impersonating_user_id;
    });
    let unknown = changed(step("contoso_Approve", None), |it| {
        it.id = Uuid::from_u128(4);
        it.event_handler = Uuid::from_u128(99);
    });
    let described =
        changed(PluginType::new(Uuid::from_u128(5), "A"), |it| it.description = Some("d".into()));
    let of_plugin = Step::for_plugin(Uuid::from_u128(6), &described, "Create", None);
    let unused = PluginType::new(Uuid::from_u128(8), "B");
    let steps = vec![disabled.clone(), impersonating, unknown, of_plugin, disabled];
    let mut by_variable = event_hub("Contacts");
    drop(by_variable.take_sas_key());
    by_variable.sas_key_variable = Some("KEY".into());
    by_variable.use_development_emulator = true;
    let registration = Registration::new(vec![event_hub("Accounts"), by_variable], steps)
        .with_plugin_types(vec![described, unused])
        .with_max_depth(3);
    assert_eq!(
        losses(&registration),
        [
            "registration: the largest depth, 3, is not written",
            "endpoint `Accounts`: the secret, or the variable that holds it, \
             is not written",
            "endpoint `Contacts`: the secret, or the variable that holds it, \
             is not written",
            "endpoint `Contacts`: that it is of an emulator is not written",
            "endpoint `Contacts`: it is left out, for there is another one with the same id",
            "step `Accounts: Update of any Entity`: that it is disabled is not written",
            "step `Accounts: Create of any Entity`: that it runs as the user \
             00000000-0000-0000-0000-000000000007 is not written",
            "step `Accounts: contoso_Approve of any Entity`: its endpoint is not in the \
             registration: it is written as a step of Service Bus",
            "step `Accounts: Update of any Entity`: it is left out, for there is another one with \
             the same id",
            "plug-in type `A`: its description is not written",
            "plug-in type `A`: its name is written without its assembly",
            "plug-in type `B`: it is left out, for no step runs it",
        ]
    );
    let text = customizations(&registration);
    assert!(!text.contains("MDEyMzQ1") && !text.contains("KEY"), "{text}");
}

#[test]
fn messages_are_written_by_the_ids_that_are_given() {
    let id = Uuid::from_u128(9);
    let messages = MessageIds::known().with(id, "contoso_Approve");
    let message = |step: Step, messages: &MessageIds| {
        let registration = Registration::new(vec![event_hub("Accounts")], vec![step]);
        let export = Export::new(&registration, messages).unwrap();
        let content = export.files().nth(1).unwrap().unwrap().content;
        String::from_utf8(content).unwrap().lines().nth(2).unwrap().trim().to_owned()
    };
    let by_id = format!("<SdkMessageId>{id}</SdkMessageId>");
    let by_name = "<SdkMessageName>contoso_Approve</SdkMessageName>";
    let approve = || step("contoso_Approve", None);
    assert_eq!(message(approve(), &messages), by_id);
    assert_eq!(message(approve(), &MessageIds::known()), by_name);
    let with_id = changed(approve(), |it| it.message_id = Some(id));
    assert_eq!(message(with_id, &MessageIds::known()), by_id);
    assert_eq!(message(step(&id.to_string(), None), &MessageIds::known()), by_id);
    let braced = "{00000000-0000-0000-0000-000000000009}";
    let expected = format!("<SdkMessageName>{braced}</SdkMessageName>");
    assert_eq!(message(step(braced, None), &MessageIds::known()), expected);
}

#[test]
fn the_manifest_lists_endpoints_and_steps() {
    let registration = registration();
    let export = Export::new(&registration, &MessageIds::known()).unwrap();
    let mut manifest = Vec::new();
    let names = Manifest::new("ContosoEvents", "contoso", "con").version("1.2.0.0");
    export.write_manifest(&names, &mut manifest).unwrap();
    let manifest = String::from_utf8(manifest).unwrap();
    for part in [
        "<UniqueName>ContosoEvents</UniqueName>",
        "<Version>1.2.0.0</Version>",
        "<Managed>0</Managed>",
        "<CustomizationPrefix>con</CustomizationPrefix>",
        r#"<RootComponent type="95" id="{00000000-0000-0000-0000-000000000001}" behavior="0" />"#,
        r#"<RootComponent type="92" id="{00000000-0000-0000-0000-000000000002}" behavior="0" />"#,
        r#"<RootComponent type="92" id="{00000000-0000-0000-0000-000000000005}" behavior="0" />"#,
    ] {
        assert!(manifest.contains(part), "{part} in {manifest}");
    }
    // An unpacked solution has it among its files, where an import passes over it.
    let mut import = xrm_registration::solution::Import::new(MessageIds::known());
    import.read("Other/Solution.xml", manifest.as_bytes()).unwrap();
}

#[test]
fn characters_that_xml_lacks_are_refused() {
    let refused = |registration: Registration| {
        Export::new(&registration, &MessageIds::known()).unwrap_err().to_string()
    };
    let of = |change: fn(&mut Step)| {
        let mut changed = step("Update", None);
        change(&mut changed);
        Registration::new(vec![], vec![changed])
    };
    assert_eq!(
        refused(of(|it| it.configuration = Some("a\u{1}".into()))),
        "step `Accounts: Update of any Entity`: XML can't hold the character U+0001 of \
         `Configuration`"
    );
    assert_eq!(
        refused(of(|it| it.images = vec![Image::pre("A", "b\u{ffff}")])),
        "image `A` of step `Accounts: Update of any Entity`: XML can't hold the character U+FFFF \
         of `Attributes`"
    );
    let mut endpoint = event_hub("Accounts");
    endpoint.path = "\0".into();
    assert_eq!(
        refused(Registration::new(vec![endpoint], vec![])),
        "endpoint `Accounts`: XML can't hold the character U+0000 of `Path`"
    );
}

#[test]
fn a_writer_that_fails_is_told() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let registration = registration();
    let export = Export::new(&registration, &MessageIds::known()).unwrap();
    let error = export.write_customizations(Full).unwrap_err();
    assert!(matches!(error, ExportError::Write(it) if it.kind() == io::ErrorKind::StorageFull));
}

#[test]
fn handlers_of_other_kinds_are_written_as_they_are() {
    let strange = changed(step("Update", None), |it| it.event_handler_type = EventHandlerType(1));
    let text = customizations(&Registration::new(vec![], vec![strange]));
    assert!(text.contains("<EventHandlerTypeCode>1</EventHandlerTypeCode>"), "{text}");
    assert!(!text.contains("PluginType"), "{text}");
}
