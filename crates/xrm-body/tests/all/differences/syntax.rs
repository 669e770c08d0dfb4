//! What the platform's parsers refuse that others let pass, and what they take.

use super::{CONTRACTS, Json, Xml};
use super::{
    both_give, both_refuse, by_default, hint, json_value, strictly, xml, xml_pairs, xml_value,
};

/// By default the body is read as this one, and strict reading refuses it.
fn only_strict_refuses(body: &str, format: xrm_body::MessageFormat, expected: &str) {
    assert_eq!(by_default(body, format, format).as_deref(), Ok(expected), "{body}");
    let refused = strictly(body, format, format);
    assert!(refused.is_err(), "{body}: {refused:?}");
}

#[test]
fn an_empty_text_is_an_empty_class_or_collection() {
    for (body, expected) in [
        (r#"{"OwningExtension":""}"#, r#"{"OwningExtension":{}}"#),
        (r#"{"OwningExtension": "" }"#, r#"{"OwningExtension":{}}"#),
        (r#"{"OwningExtension":[]}"#, r#"{"OwningExtension":{}}"#),
        (r#"{"ParentContext":""}"#, r#"{"ParentContext":{}}"#),
        (r#"{"InputParameters":""}"#, r#"{"InputParameters":[]}"#),
        (r#"{"InputParameters": ""}"#, r#"{"InputParameters":[]}"#),
    ] {
        both_give(body, Json, Json, expected);
    }
    both_refuse(r#"{"OwningExtension":" "}"#, Json, "an object is expected");
    both_refuse(r#"{"InputParameters":"x"}"#, Json, "an array is expected");
    both_refuse(r#"{"InputParameters":[""]}"#, Json, "a pair has no key");
    both_refuse("\"\"", Json, "an object is expected");
}

/// The items of an array in place of a class are dropped by the platform, and so refused by default.
#[test]
fn an_array_is_an_empty_class_when_strict() {
    for body in
        [r#"{"OwningExtension":[1]}"#, r#"{"OwningExtension":[{"Name":"n"},[2]],"Stage":1}"#]
    {
        let plain = body.replace("[1]", "{}").replace(r#"[{"Name":"n"},[2]]"#, "{}");
        assert_eq!(strictly(body, Json, Json), Ok(plain));
        let error = by_default(body, Json, Json).unwrap_err();
        assert!(error.to_string().contains("an object is expected"), "{error}");
    }
    both_refuse("[1]", Json, "an object is expected");
}

#[test]
fn an_element_that_is_no_item_is_dropped_when_strict() {
    let pair = |key: &str| {
        format!(
            "<KeyValuePairOfstringanyType><a:key>{key}</a:key><a:value i:nil=\"true\"/></KeyValuePairOfstringanyType>"
        )
    };
    let (one, two) = (pair("k"), pair("l"));
    for (content, rest) in [
        (format!("{one}<Foo>1</Foo>"), one.clone()),
        (format!("{one}<Foo><b:Bar xmlns:b=\"urn:x\"/></Foo>{two}"), format!("{one}{two}")),
        (format!("{one}<Foo/><Foo/>{two}<Foo/>"), format!("{one}{two}")),
    ] {
        assert_eq!(strictly(&xml_pairs(&content), Xml, Xml), Ok(xml_pairs(&rest)));
        let error = by_default(&xml_pairs(&content), Xml, Xml).unwrap_err();
        assert!(error.to_string().contains("KeyValuePairOfstringanyType is expected"), "{error}");
    }
    // As the first, in a collection of the root's own, it is refused; further inside it is dropped.
    both_refuse(&xml_pairs("<Foo>1</Foo>"), Xml, "KeyValuePairOfstringanyType is expected");
    let entity = |content: &str| {
        xml_value(&format!(
            "<a:value i:type=\"Entity\"><Attributes>{content}</Attributes></a:value>"
        ))
    };
    let plain = entity("").replace("<Attributes></Attributes>", "<Attributes/>");
    assert_eq!(strictly(&entity("<Foo>1</Foo>"), Xml, Xml), Ok(plain));
}

#[test]
fn nil_where_the_contract_has_no_null_is_refused() {
    for member in [
        "<Depth i:nil=\"true\">1</Depth>",
        "<Depth i:nil=\"true\"/>",
        "<Depth i:nil=\"1\">1</Depth>",
        "<IsInTransaction i:nil=\"true\">true</IsInTransaction>",
        "<UserId i:nil=\"true\">00000000-0000-0000-0000-000000000000</UserId>",
        "<OperationCreatedOn i:nil=\"true\">2024-05-17</OperationCreatedOn>",
    ] {
        both_refuse(&xml(member), Xml, "the contract does not allow null here");
    }
    for key in ["<a:key i:nil=\"true\">k</a:key>", "<a:key i:nil=\"true\"/>"] {
        let pair = format!(
            "<KeyValuePairOfstringanyType>{key}<a:value i:nil=\"true\"/></KeyValuePairOfstringanyType>"
        );
        both_refuse(&xml_pairs(&pair), Xml, "the contract does not allow null");
    }
    both_refuse(
        &xml_pairs("<KeyValuePairOfstringanyType i:nil=\"true\"/>"),
        Xml,
        "the contract does not allow null",
    );
    both_give(&xml("<Depth i:nil=\"false\">1</Depth>"), Xml, Xml, &xml("<Depth>1</Depth>"));
    let null = xml("<MessageName i:nil=\"true\"/><OwningExtension i:nil=\"true\"/>");
    both_give(&null, Xml, Xml, &null);
}

#[test]
fn a_hint_of_another_class_is_refused_when_strict() {
    let hinted = |name: &str| {
        let hint = hint(name, CONTRACTS);
        format!("{{\"OwningExtension\":{{{hint}\"Name\":\"n\"}}}}")
    };
    for name in ["Entity", "Money", "EntityCollection"] {
        only_strict_refuses(&hinted(name), Json, &hinted(name));
    }
    both_give(&hinted("EntityReference"), Json, Json, &hinted("EntityReference"));
}

#[test]
fn half_of_a_surrogate_pair_before_another_escape_is_refused_when_strict() {
    for escape in ["\\/", "\\n", "\\\""] {
        let body = |text: &str| format!("{{\"MessageName\":\"{text}{escape}\"}}");
        let written = body("\u{fffd}").replace("\\n", "\\u000a");
        only_strict_refuses(&body("\\ud83d"), Json, &written);
    }
    let alone = "{\"MessageName\":\"\\ud83dx\"}";
    both_give(alone, Json, Json, "{\"MessageName\":\"\u{fffd}x\"}");
}

#[test]
fn a_comma_before_the_end_and_another_behind_it_is_refused_when_strict() {
    only_strict_refuses(
        r#"{"SharedVariables":[{"key":"n","value":null,},{"key":"m","value":1}]}"#,
        Json,
        r#"{"SharedVariables":[{"key":"n","value":null},{"key":"m","value":1}]}"#,
    );
    only_strict_refuses(
        r#"{"OwningExtension":{"Name":"n",} ,"Stage":1}"#,
        Json,
        r#"{"OwningExtension":{"Name":"n"},"Stage":1}"#,
    );
    // An array's end is taken so.
    both_give(
        r#"{"SharedVariables":[{"key":"n","value":[1,]},],"Stage":1}"#,
        Json,
        Json,
        r#"{"SharedVariables":[{"key":"n","value":[1]}],"Stage":1}"#,
    );
    both_give(&json_value("[1,]"), Json, Json, &json_value("[1]"));
    both_give(r#"{"Depth":1,}"#, Json, Json, r#"{"Depth":1}"#);
}

#[test]
fn only_xml_1_0_is_read_when_strict() {
    let body = xml("<Depth>1</Depth>");
    for declaration in [
        "<?xml version=\"1.1\" encoding=\"utf-8\"?>",
        "<?xml encoding=\"utf-8\" version=\"1.0\"?>",
        "<?xml encoding=\"utf-8\"?>",
        "<?xml version=1.0?>",
    ] {
        only_strict_refuses(&format!("{declaration}{body}"), Xml, &body);
    }
    for declaration in [
        "<?xml version=\"1.0\"?>",
        "<?xml version='1.0' encoding='UTF-8' ?>",
        "<?xml  version = \"1.0\"\n standalone=\"yes\"?>",
    ] {
        both_give(&format!("{declaration}{body}"), Xml, Xml, &body);
    }
}

#[test]
fn a_prefix_can_not_be_undeclared_when_strict() {
    let plain = xml("<Depth>1</Depth>");
    only_strict_refuses(&xml("<Depth xmlns:q=\"\">1</Depth>"), Xml, &plain);
    only_strict_refuses(&xml("<Depth xmlns:xmlns=\"urn:x\">1</Depth>"), Xml, &plain);
}

#[test]
fn non_characters_are_refused_when_strict() {
    for character in ['\u{fffe}', '\u{ffff}'] {
        let body = xml(&format!("<MessageName>a{character}</MessageName>"));
        let reference = format!("&#x{:X};", u32::from(character));
        only_strict_refuses(&body, Xml, &body.replace(character, &reference));
        let error = strictly(&body, Xml, Xml).unwrap_err();
        assert!(body[error.offset().unwrap()..].starts_with(character));
    }
}

/// Types that the platform knows from a collection only.
#[test]
fn types_known_by_a_collection_are_not_for_object_places_of_xml() {
    const GENERIC: &str = "#System.Collections.Generic";
    const CONTRACTS_2012: &str = "http://schemas.microsoft.com/xrm/2012/Contracts";
    let json = |name: &str, namespace: &str, members: &str| {
        json_value(&format!("{{{}{members}}}", hint(name, namespace)))
    };
    for body in [
        json("KeyValuePairOfstringanyType", GENERIC, r#""key":"k","value":1"#),
        json("ExecuteMultipleResponseItem", CONTRACTS_2012, r#""RequestIndex":1"#),
    ] {
        both_give(&body, Json, Json, &body);
        for convert in [by_default, strictly] {
            let error = convert(&body, Json, Xml).unwrap_err();
            assert!(error.to_string().contains("in an `object` place"), "{error}");
        }
    }
    for element in [
        "<a:value i:type=\"EntityState\">Changed</a:value>",
        "<a:value i:type=\"EntityRole\">Referenced</a:value>",
        "<a:value i:type=\"a:KeyValuePairOfstringanyType\"><a:key>k</a:key><a:value i:nil=\"true\"/></a:value>",
        "<a:value i:type=\"b:QuickFindResult\" xmlns:b=\"http://schemas.microsoft.com/xrm/2011/Contracts\"/>",
    ] {
        let body = xml_value(element);
        let strict = xrm_body::DecodeOptions::new(Xml).strict();
        let error = xrm_body::decode_with(body.as_bytes(), &strict).unwrap_err();
        assert!(error.to_string().contains("the platform knows no contract type"), "{error}");
        // By default it is read. What .NET Core writes is written again.
        let context = xrm_body::decode(body.as_bytes(), Xml).unwrap();
        match xrm_body::encode(&context, Xml) {
            Ok(written) => {
                assert!(written == body.as_bytes() && element.contains("\"Entity"), "{element}");
            }
            Err(error) => assert_eq!(error.path(), "SharedVariables[\"v\"]"),
        }
    }
}
