//! A namespace that a member's own tag declares anew.

use xrm_body::{DecodeOptions, decode, decode_with};
use xrm_context::RemoteExecutionContext;

use super::{Xml, both_give, both_refuse, by_default, strictly, xml, xml_pairs, xml_value};

fn read(body: &str) -> RemoteExecutionContext {
    decode(body.as_bytes(), Xml).unwrap_or_else(|error| panic!("{body}: {error}"))
}

#[test]
fn makes_the_member_an_unknown_one() {
    for member in [
        "<InitiatingUserAgent xmlns=\"urn:x\">a</InitiatingUserAgent>",
        "<InitiatingUserAgent xmlns:b=\"urn:y\" xmlns=\"urn:x\">a</InitiatingUserAgent>",
        "<InitiatingUserAgent xmlns=\"\">a</InitiatingUserAgent>",
    ] {
        let body = xml(&format!("<Depth>1</Depth>{member}"));
        let context = read(&body);
        assert_eq!((context.depth, context.initiating_user_agent.as_deref()), (1, None), "{body}");
        assert_eq!(context.extra.unknown().count(), 1, "{body}");
        // It goes through unchanged.
        assert_eq!(by_default(&body, Xml, Xml).as_deref(), Ok(body.as_str()));
    }
    let first = xml("<BusinessUnitId xmlns=\"urn:x\">a</BusinessUnitId><Depth>1</Depth>");
    assert_eq!(read(&first).depth, 1);
}

#[test]
fn makes_a_key_or_value_an_unknown_member_of_the_pair() {
    let key = "<KeyValuePairOfstringanyType><a:key xmlns:a=\"urn:x\">k</a:key>\
               <a:value i:nil=\"true\"/></KeyValuePairOfstringanyType>";
    both_refuse(&xml_pairs(key), Xml, "a pair has no key");
    let value = xml_value("<a:value xmlns:a=\"urn:x\" i:nil=\"true\"/>");
    let error = by_default(&value, Xml, Xml).unwrap_err();
    assert!(error.to_string().contains("a pair has no value"), "{error}");
}

/// The same namespace declared again, or another prefix's, changes nothing.
#[test]
fn is_what_matters_and_not_the_declaration() {
    for (element, expected) in [
        (
            "<Depth xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\">1</Depth>",
            "<Depth>1</Depth>",
        ),
        ("<Depth xmlns:q=\"urn:x\">1</Depth>", "<Depth>1</Depth>"),
        (
            "<q:Depth xmlns:q=\"http://schemas.microsoft.com/xrm/2011/Contracts\">1</q:Depth>",
            "<Depth>1</Depth>",
        ),
    ] {
        both_give(&xml(element), Xml, Xml, &xml(expected));
    }
    // The prefix `a` is taken over by the namespace of the declared type.
    let own = "<OwningExtension><KeyAttributes \
               xmlns:a=\"http://schemas.microsoft.com/xrm/7.1/Contracts\" \
               xmlns:b=\"http://schemas.datacontract.org/2004/07/System.Collections.Generic\"/>\
               </OwningExtension>";
    both_give(&xml(own), Xml, Xml, &xml(own));
}

/// Strict reading keeps what the platform keeps as extension data, and drops what it drops.
#[test]
fn strict_reading_keeps_unknown_and_late_members() {
    for content in [
        "<AuthenticatedUserId>00000003-0000-4000-8000-000000000003</AuthenticatedUserId><Depth>1</Depth>",
        "<Depth>1</Depth><New xmlns:q=\"urn:x\"><q:a b=\"c\">1</q:a></New><Mode>1</Mode>",
        "<Mode>1</Mode><Depth>1</Depth>",
        "<Stage>1</Stage><SharedVariables/><Stage>2</Stage>",
        "<OwningExtension><Name>n</Name><LogicalName>account</LogicalName></OwningExtension>",
    ] {
        assert_eq!(strictly(&xml(content), Xml, Xml), Ok(xml(content)));
    }
    let late = decode_with(
        xml("<Mode>1</Mode><Depth>1</Depth>").as_bytes(),
        &DecodeOptions::new(Xml).strict(),
    );
    assert_eq!(late.map(|context| context.depth), Ok(0));
    let pair = "<KeyValuePairOfstringanyType><a:key>v</a:key><a:value i:nil=\"true\"/>NEW\
                </KeyValuePairOfstringanyType>";
    let (kept, dropped) = (pair.replace("NEW", "<a:new>1</a:new>"), pair.replace("NEW", ""));
    assert_eq!(strictly(&xml_pairs(&kept), Xml, Xml), Ok(xml_pairs(&dropped)));
}
