//! Values that were changed on their way.

use xrm_body::decode;

use super::{CONTRACTS, Json, SCHEDULING, Xml};
use super::{both_give, by_default, hint, json_value, xml, xml_value};

/// A member that is absent is read as its type's default, and not as the constructor's.
#[test]
fn an_absent_flag_is_false() {
    let json = |members: &str| {
        json_value(&format!("{{{}{members}}}", hint("BooleanManagedProperty", CONTRACTS)))
    };
    for members in [r#""Value":true"#, r#""ManagedPropertyLogicalName":"canmodify","Value":true"#] {
        both_give(&json(members), Json, Json, &json(members));
    }
    let element = "<a:value i:type=\"BooleanManagedProperty\"><Value>true</Value></a:value>";
    both_give(&xml_value(element), Xml, Xml, &xml_value(element));
    both_give(&json(r#""Value":true"#), Json, Xml, &xml_value(element));
    for body in [(json(r#""Value":true"#), Json), (xml_value(element), Xml)] {
        let context = decode(body.0.as_bytes(), body.1).unwrap();
        let xrm_context::Value::BooleanManagedProperty(flag) = &context.shared_variables["v"]
        else {
            panic!("{context:?}")
        };
        assert!(flag.value && !flag.can_be_changed);
    }
    // An application's own value has the constructor's default.
    assert!(xrm_context::BooleanManagedProperty::default().can_be_changed);
}

#[test]
fn two_references_of_a_surrogate_pair_are_one_character() {
    let name = |text: &str| xml(&format!("<MessageName>{text}</MessageName>"));
    for (text, expected) in [
        ("&#xD83D;&#xDE00;", "\u{1f600}"),
        ("&#55357;&#56832;", "\u{1f600}"),
        ("a&#xd83d;&#56832;b", "a\u{1f600}b"),
        ("&#xD83D;&#xD83D;&#xDE00;", "\u{fffd}\u{1f600}"),
        ("&#xDE00;&#xD83D;", "\u{fffd}\u{fffd}"),
        ("&#xD83D;&amp;", "\u{fffd}&amp;"),
        ("&#xD83D; &#xDE00;", "\u{fffd} \u{fffd}"),
    ] {
        both_give(&name(text), Xml, Xml, &name(expected));
    }
    assert!(by_default(&name("&#xD83D;&#xD83D"), Xml, Xml).is_err());
    // In an attribute as well.
    let unknown = |uri: &str| xml(&format!("<New xmlns=\"{uri}\">1</New>"));
    both_give(&unknown("urn:&#xD83D;&#xDE00;"), Xml, Xml, &unknown("urn:\u{1f600}"));
}

/// The platform's reader of JSON drops the sign of a declared double that is zero; its bodies have it.
#[test]
fn a_negative_zero_loses_its_sign_from_json_to_xml() {
    let types = [("TimeInfo", "Effort"), ("ProposalParty", "EffortRequired")];
    for (name, member) in types {
        let json =
            |text: &str| json_value(&format!("{{{}\"{member}\":{text}}}", hint(name, SCHEDULING)));
        let xml = |text: &str| {
            xml_value(&format!(
                "<a:value i:type=\"b:{name}\" xmlns:b=\"{SCHEDULING}\">\
                 <b:{member}>{text}</b:{member}></a:value>"
            ))
        };
        for text in ["-0", "-0.0", "\"-0\"", "-0e5"] {
            both_give(&json(text), Json, Xml, &xml("0"));
            both_give(&json(text), Json, Json, &json("-0"));
        }
        both_give(&xml("-0"), Xml, Json, &json("-0"));
        both_give(&xml("-0"), Xml, Xml, &xml("-0"));
        both_give(&json("0"), Json, Xml, &xml("0"));
        both_give(&json("-1.5"), Json, Xml, &xml("-1.5"));
    }
}
