use uuid::{Uuid, uuid};
use xrm_context::{Mode, Stage};
use xrm_registration::solution::{Import, Limits, MessageIds, NoticeKind};
use xrm_registration::{
    AuthType, ConnectionMode, Contract, EventHandlerType, Image, MessageFormatCode,
    NamespaceFormat, PluginType, ProblemKind, Registration, Rules, SasKey, StepState,
    SupportedDeployment, UserClaim,
};

use super::{endpoint_with, fixture, read, step_with};

use crate::changed;

fn notices(imported: &xrm_registration::solution::Imported) -> Vec<String> {
    imported.notices.iter().map(ToString::to_string).collect()
}

#[test]
fn customizations_are_read() {
    let imported = read(&fixture("customizations.xml")).unwrap();
    let registration = &imported.registration;

    let endpoint = &registration.endpoints()[0];
    assert_eq!(endpoint.id, uuid!("6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001"));
    assert_eq!((&*endpoint.name, &*endpoint.path), ("Accounts", "accounts"));
    assert_eq!(endpoint.contract, Contract::EVENT_HUB);
    assert_eq!(endpoint.message_format, Some(MessageFormatCode::JSON));
    assert_eq!(endpoint.auth_type, Some(AuthType::SAS_KEY));
    assert_eq!(endpoint.user_claim, UserClaim::USER_ID);
    assert_eq!(endpoint.namespace_address, "sb://contoso.servicebus.windows.net/");
    assert_eq!(endpoint.solution_namespace, "contoso");
    assert_eq!(endpoint.sas_key_name.as_deref(), Some("send"));
    assert!(!endpoint.is_sas_key_set());

    let step = &registration.steps()[0];
    assert_eq!(step.description.as_deref(), Some("Name & revenue, for the data lake"));
    assert_eq!((&*step.message, step.table.as_deref()), ("Update", Some("account")));
    assert_eq!(step.event_handler, endpoint.id);
    assert_eq!((step.stage, step.mode), (Stage::POST_OPERATION, Mode::ASYNCHRONOUS));
    assert_eq!(step.event_handler_type, EventHandlerType::SERVICE_ENDPOINT);
    assert_eq!(step.filtering_attributes.to_string(), "name,revenue");
    assert!(step.async_auto_delete);
    let id = uuid!("6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0003");
    let message_property_name = Some("Target".to_owned());
    assert_eq!(
        step.images,
        [changed(Image::pre("Before", "name"), |it| {
            it.id = id;
            it.message_property_name = message_property_name;
        })]
    );

    let plugin_type = changed(
        PluginType::new(uuid!("0e333333-3333-4333-8333-333333333334"), "Contoso.Plugins.Enrich"),
        |it| {
            it.description = Some("Adds what the form does not ask for.".to_owned());
            let assembly = "Contoso.Plugins, Version=1.0.0.0, Culture=neutral, \
                            PublicKeyToken=0123456789abcdef";
            it.assembly = Some(assembly.to_owned());
        },
    );
    let step = &registration.steps()[2];
    assert_eq!(registration.plugin_types(), std::slice::from_ref(&plugin_type));
    assert_eq!(step.event_handler_type, EventHandlerType::PLUGIN_TYPE);
    assert_eq!((step.event_handler, step.mode), (plugin_type.id, Mode::SYNCHRONOUS));
}

#[test]
fn what_did_not_come_over_is_told() {
    let imported = read(&fixture("customizations.xml")).unwrap();
    let keys: Vec<_> = imported.missing_keys.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(keys, ["Accounts", "Hook"]);
    let left_alone: Vec<_> = imported.left_alone.iter().map(|(k, v)| (k.as_str(), *v)).collect();
    assert_eq!(
        left_alone,
        [
            ("Entities", 2),
            ("Languages", 1),
            ("PluginType", 1),
            ("SdkMessageProcessingStep/EventExpander", 1),
            ("Workflows", 1),
        ]
    );
    assert_eq!(
        notices(&imported),
        [
            "customizations.xml:63:5 in ImportExportXml/SdkMessageProcessingSteps/\
             SdkMessageProcessingStep: step `Accounts: Win of opportunity`: the message \
             6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f00b1 is not known by name",
            "customizations.xml:63:5 in ImportExportXml/SdkMessageProcessingSteps/\
             SdkMessageProcessingStep: step `Accounts: Win of opportunity`: it runs as the user \
             `Jane Doe`; set `impersonating_user_id` to the user's id",
        ]
    );
    assert_eq!(imported.assumed_state, Some(StepState::ENABLED));
}

#[test]
fn messages_that_are_named_are_known() {
    let own = MessageIds::known().with(uuid!("6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f00b1"), "Win");
    let mut import = Import::new(own);
    import.read("a.xml", fixture("customizations.xml").as_bytes()).unwrap();
    let imported = import.finish();
    assert_eq!(imported.registration.steps()[1].message, "Win");

    let unnamed = read(&fixture("customizations.xml")).unwrap().registration;
    assert_eq!(unnamed.steps()[1].message, "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f00b1");
}

#[test]
fn a_message_has_one_id_and_an_id_one_message() {
    let [a, b] = [1, 2].map(Uuid::from_u128);
    let messages = MessageIds::known().with(a, "A").with(b, "B");
    let told = |it: &MessageIds| [it.name(a), it.name(b)].map(|it| it.map(str::to_owned));
    let owned = |it: &str| Some(it.to_owned());
    assert_eq!(told(&messages), [owned("A"), owned("B")]);
    let renamed = messages.clone().with(a, "C");
    assert_eq!((told(&renamed), renamed.id("A")), ([owned("C"), owned("B")], None));
    let moved = messages.clone().with(a, "B");
    assert_eq!((told(&moved), moved.id("A")), ([owned("B"), None], None));
    let same = messages.with(a, "A");
    assert_eq!((told(&same), same.id("A")), ([owned("A"), owned("B")], Some(a)));
}

#[test]
fn files_of_an_unpacked_solution_are_read_together() {
    let mut import = Import::new(MessageIds::known());
    for name in [
        "Other/Customizations.xml",
        "Other/Solution.xml",
        "SdkMessageProcessingSteps/{6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002}.xml",
        "SdkMessageProcessingSteps/{6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0005}.xml",
        "PluginAssemblies/ServiceEndpoints.xml",
        "PluginAssemblies/ContosoPlugins-0E333333-3333-4333-8333-333333333333/\
         ContosoPlugins.dll.data.xml",
    ] {
        import.read(name, fixture(&format!("unpacked/{name}")).as_bytes()).unwrap();
    }
    let mut imported = import.finish();
    let [step, of_plugin] = imported.registration.steps() else { panic!("there are two") };
    assert_eq!((&*step.message, &*of_plugin.message), ("Create", "Delete"));

    // Neither file has the plug-in type's id, and the next run makes the same one.
    let id = uuid!("c13d0f9f-0000-5000-8000-000000000000");
    let plugin_type = &imported.registration.plugin_types()[0];
    assert_eq!(
        (&*plugin_type.name, plugin_type.id),
        ("Contoso.Plugins.Enrich", { of_plugin.event_handler })
    );
    assert_eq!(plugin_type.id.get_version_num(), id.get_version_num());
    assert_eq!(imported.notices.len(), 1);
    assert_eq!(imported.notices[0].kind, NoticeKind::PluginTypeWithoutId);
    let kept = "ServiceEndpoint/UseKeyVaultConfiguration";
    assert!(!imported.left_alone.contains_key(kept));

    let endpoint = imported.missing_keys[0].endpoint;
    let key = SasKey::new("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    imported.registration.endpoint_mut(endpoint).unwrap().set_sas_key(key);
    assert_eq!(imported.registration.check(Rules::default()), []);
}

#[test]
fn nothing_of_a_file_with_an_error_is_kept() {
    let mut import = Import::new(MessageIds::known());
    let broken = format!("<ServiceEndpoints>{}<oops></ServiceEndpoints>", endpoint_with(""));
    assert!(import.read("broken.xml", broken.as_bytes()).is_err());
    import.read("step.xml", step_with("").as_bytes()).unwrap();
    let registration = import.finish().registration;
    assert_eq!((registration.endpoints().len(), registration.steps().len()), (0, 1));
}

#[test]
fn what_is_not_there_has_the_platforms_default() {
    let registration = read(&step_with("")).unwrap().registration;
    let step = &registration.steps()[0];
    assert_eq!((step.mode, step.rank, step.async_auto_delete), (Mode::SYNCHRONOUS, 1, false));
    assert_eq!(step.supported_deployment, SupportedDeployment::SERVER_ONLY);
    assert_eq!((step.state, &step.table, &step.configuration), (StepState::ENABLED, &None, &None));
    assert!(step.filtering_attributes.is_all() && step.images.is_empty());

    let registration = read(&endpoint_with("")).unwrap().registration;
    let endpoint = &registration.endpoints()[0];
    assert_eq!(endpoint.connection_mode, ConnectionMode::NORMAL);
    assert_eq!(endpoint.namespace_format, NamespaceFormat::ADDRESS);
    assert_eq!((endpoint.user_claim, endpoint.auth_type), (UserClaim::NONE, None));
}

/// The registration that a text makes is that of another one.
#[track_caller]
fn same(one: &str, other: &str) {
    let json = |xml: &str| {
        let registration = read(xml).map(|it| it.registration).map_err(|it| it.to_string());
        registration.map(|it| serde_json::to_string(&it).expect("a registration is JSON"))
    };
    assert!(json(one).is_ok(), "{one}");
    assert_eq!(json(one), json(other));
}

#[test]
fn the_same_may_be_written_in_other_ways() {
    let step = step_with("<Mode>1</Mode><PrimaryEntity>account</PrimaryEntity>");
    same(&step.replace('\n', "\r\n"), &step);
    same(&format!("\u{feff}{step}"), &step);
    same(
        &format!("<?xml version='1.0' encoding='UTF-8' standalone='yes'?><!-- - -->{step}\n"),
        &step,
    );
    same(&step.replace(">1<", ">\n 1\t<"), &step);
    same(&step.replace("account", "<![CDATA[account]]>"), &step);
    same(&step.replace("account", "acc<!-- -->&#x6F;&#117;nt"), &step);
    same(&step.replace("000000000001<", "000000000001 <!-- -->\r\n<"), &step);
    same(&step.replace(['{', '}'], ""), &step);
    same(&step.replace(">4618<", "><![CDATA[46]]>18<"), &step);
    let swapped = step.replace(r#" Name="S""#, "").replace(
        "<SdkMessageProcessingStep ",
        "<SdkMessageProcessingStep Name='S'  unmodified = \"1\" ",
    );
    same(&swapped, &step);
    same(&step_with("<PrimaryEntity>none</PrimaryEntity><Rank/>"), &step_with("<Description/>"));
    same(
        &step_with("<AsyncAutoDelete>true</AsyncAutoDelete>"),
        &step_with("<AsyncAutoDelete>1</AsyncAutoDelete>"),
    );
    same(&endpoint_with("<Path>p</Path>"), &endpoint_with("<Extra><Path/></Extra><Path>p</Path>"));
    let in_attribute = endpoint_with("").replace("Name=", "Description=\"d\" Name=");
    same(&in_attribute, &endpoint_with("<Description>d</Description>"));
}

#[test]
fn texts_are_kept_as_they_are() {
    for (xml, text) in [
        ("<Configuration> a &lt;b/&gt; </Configuration>", " a <b/> "),
        ("<Configuration>a\r\nb\rc&#xD;&#10;</Configuration>", "a\nb\nc\r\n"),
        ("<Configuration><![CDATA[<a>&amp;]]>&quot;</Configuration>", "<a>&amp;\""),
        ("<Configuration>\u{85}\u{1f642}</Configuration>", "\u{85}\u{1f642}"),
    ] {
        let registration = read(&step_with(xml)).unwrap().registration;
        assert_eq!(registration.steps()[0].configuration.as_deref(), Some(text));
    }
}

#[test]
fn which_plug_in_type_a_step_runs() {
    let plugin = |elements: &str| {
        let step = step_with(elements);
        let handler = "<EventHandler>00000000-0000-0000-0000-000000000001</EventHandler>";
        step.replace(handler, "").replace("4618", "4602")
    };
    let ids = |xml: &str| {
        let imported = read(xml).unwrap();
        let types = imported.registration.plugin_types().iter();
        let types: Vec<_> = types.map(|it| (it.id.as_u128(), it.name.clone())).collect();
        let kinds: Vec<_> = imported.notices.into_iter().map(|it| it.kind).collect();
        (imported.registration.steps()[0].event_handler.as_u128(), types, kinds)
    };
    let name = "<PluginTypeName>A.B, C, Version=1.0.0.0</PluginTypeName>";
    let id = "<PluginTypeId>00000000-0000-0000-0000-000000000009</PluginTypeId>";
    let both = (9, vec![(9, "A.B".to_owned())], vec![]);
    assert_eq!(ids(&plugin(&format!("{name}{id}"))), both);
    let unnamed = NoticeKind::PluginTypeUnnamed { id: Uuid::from_u128(9) };
    assert_eq!(ids(&plugin(id)), (9, vec![], vec![unnamed]));
    let (made, types, kinds) = ids(&plugin(name));
    assert_eq!(
        (types, kinds),
        (vec![(made, "A.B".to_owned())], { vec![NoticeKind::PluginTypeWithoutId] })
    );

    // Without a code, a plug-in type is meant; and an `EventHandler` is what the platform looks at.
    let uncoded = plugin(&format!("{name}{id}"))
        .replace("<EventHandlerTypeCode>4602</EventHandlerTypeCode>", "");
    assert_eq!(ids(&uncoded), both);
    let handler = "<EventHandler>00000000-0000-0000-0000-000000000008</EventHandler>";
    let other = NoticeKind::OtherHandler { id: Uuid::from_u128(9) };
    let two = plugin(&format!("{name}{id}{handler}"));
    assert_eq!(ids(&two), (8, vec![(8, "A.B".to_owned())], vec![other]));
    let generic = "<PluginTypeName>A`1[[B, C],[D, E]], F</PluginTypeName>";
    let (_, types, _) = ids(&plugin(&format!("{generic}{id}")));
    assert_eq!(types, [(9, "A`1[[B, C],[D, E]]".to_owned())]);
}

/// One file has the id of a plug-in type, and another, of an older export, has not.
#[test]
fn a_plug_in_type_has_the_id_that_any_file_tells() {
    let assembly = |id: &str| {
        format!(
            "<PluginAssembly><PluginTypes><PluginType {id} AssemblyQualifiedName='A.B, C' Name='x'/>\
             </PluginTypes></PluginAssembly>"
        )
    };
    let id = "PluginTypeId='{00000000-0000-0000-0000-000000000009}'";
    let step = step_with("<PluginTypeName>A.B, C</PluginTypeName>").replace("4618", "4602");
    let step =
        step.replace("<EventHandler>00000000-0000-0000-0000-000000000001</EventHandler>", "");
    for files in [["", id], [id, ""]] {
        let mut import = Import::new(MessageIds::known());
        import.read("step.xml", step.as_bytes()).unwrap();
        for file in files {
            import.read("assembly.xml", assembly(file).as_bytes()).unwrap();
        }
        let imported = import.finish();
        let expected = changed(PluginType::new(Uuid::from_u128(9), "A.B"), |it| {
            it.assembly = Some("C".to_owned());
        });
        assert_eq!(imported.registration.plugin_types(), std::slice::from_ref(&expected));
        assert_eq!(imported.registration.steps()[0].event_handler, expected.id);
        assert!(imported.notices.is_empty() && imported.left_alone.is_empty(), "{imported:?}");
    }
}

#[test]
fn ids_that_come_again_are_left_out() {
    let steps = format!(
        "<SdkMessageProcessingSteps>{}{}</SdkMessageProcessingSteps>",
        step_with(""),
        step_with("<Rank>2</Rank>"),
    );
    let mut import = Import::new(MessageIds::known());
    import.read("steps.xml", steps.as_bytes()).unwrap();
    import.read("one.xml", endpoint_with("").as_bytes()).unwrap();
    import.read("two.xml", endpoint_with("").as_bytes()).unwrap();
    let imported = import.finish();
    let registration = &imported.registration;
    assert_eq!((registration.endpoints().len(), registration.steps().len()), (1, 1));
    assert_eq!(registration.steps()[0].rank, 1);
    let kinds: Vec<_> = imported.notices.iter().map(|it| &it.kind).collect();
    assert_eq!(kinds, [&NoticeKind::RepeatedId; 2]);
    assert_eq!(imported.notices[0].location.file, "two.xml");
}

#[test]
fn secrets_that_are_missing_are_those_of_the_authorization() {
    let missing = |xml: &str| {
        let keys = read(xml).unwrap().missing_keys;
        keys.first().map(|it| it.variable)
    };
    let hub = |elements: &str| missing(&endpoint_with(elements));
    assert_eq!(hub("<AuthType>2</AuthType>"), Some("sas_key_variable"));
    assert_eq!(hub(""), Some("sas_key_variable"));
    assert_eq!(hub("<AuthType>3</AuthType>"), Some("sas_token_variable"));
    assert_eq!(hub("<AuthType>9</AuthType>"), None);
    let webhook = |auth: &str| missing(&endpoint_with(auth).replace(">7<", ">8<"));
    assert_eq!(webhook(""), Some("auth_value_variable"));
    assert_eq!(webhook("<AuthType>4</AuthType>"), Some("auth_value_variable"));
}

#[test]
fn an_import_without_its_key_says_so_when_it_is_checked() {
    let registration: Registration =
        read(&endpoint_with("<AuthType>2</AuthType>")).unwrap().registration;
    let problems = registration.check(Rules::default());
    assert!(problems.iter().any(|it| it.kind == ProblemKind::NoKey), "{problems:?}");
}

#[test]
fn what_is_left_alone_is_counted_under_a_thousand_names() {
    let sections: String = (0..1500).map(|it| format!("<s{it}><a/><b/></s{it}>")).collect();
    let imported = read(&format!("<ImportExportXml>{sections}</ImportExportXml>")).unwrap();
    assert_eq!(imported.left_alone.len(), 1001);
    assert_eq!(imported.left_alone["(others)"], 1000);
}

#[test]
fn what_is_left_alone_is_read_from_a_stream() {
    // A section that stands nowhere as a whole.
    let start = std::io::Cursor::new("<ImportExportXml><Entities>".to_owned());
    let end = std::io::Cursor::new("</Entities></ImportExportXml>".to_owned());
    let entity = "<Entity><Name a='b'>Account</Name></Entity>".repeat(100);
    let many = Repeated { text: entity.into_bytes(), at: 0, left: 499 };
    let stream = std::io::Read::chain(std::io::Read::chain(start, many), end);
    let limits = Limits::default().components(0);
    let mut import = Import::new(MessageIds::known()).limits(limits);
    import.read("large.xml", std::io::BufReader::new(stream)).unwrap();
    assert_eq!(import.finish().left_alone["Entities"], 50_000);
}

/// A text, some times.
struct Repeated {
    text: Vec<u8>,
    at: usize,
    left: usize,
}

impl std::io::Read for Repeated {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.text.len() && self.left > 0 {
            (self.at, self.left) = (0, self.left - 1);
        }
        let rest = &self.text[self.at..];
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        self.at += length;
        Ok(length)
    }
}
