//! Flags in XML: a name for each bit, in the order of the contract.

use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{ErrorKind, decode, encode};
use xrm_context::parameter::{EntityFilters, RibbonLocationFilters};
use xrm_context::security::{AccessRights, PrincipalAccess};
use xrm_context::{EntityReference, RemoteExecutionContext, Value};

/// The value goes to XML as this element, and comes back.
#[track_caller]
fn check(value: impl Into<Value>, element: &str) {
    let value = value.into();
    let context = RemoteExecutionContext {
        input_parameters: [("v", value.clone())].into(),
        ..Default::default()
    };
    let xml = encode(&context, Xml).unwrap();
    let text = String::from_utf8_lossy(&xml);
    assert!(text.contains(element), "{text}");
    let read = decode(&xml, Xml).unwrap();
    assert_eq!(read.input_parameters["v"], value);
    assert_eq!(encode(&read, Xml).unwrap(), xml);
}

#[test]
fn are_told_by_their_bits() {
    check(EntityFilters::ENTITY | EntityFilters::ATTRIBUTES, ">Entity Attributes</a:value>");
    check(EntityFilters::ALL, ">Entity Attributes Privileges Relationships</a:value>");
    check(RibbonLocationFilters::ALL, ">Form HomepageGrid SubGrid</a:value>");
    check(AccessRights(0), ">None</a:value>");
}

#[test]
fn of_which_none_is_set_are_an_empty_element_where_that_has_no_name() {
    check(
        EntityFilters(0),
        r#"<a:value i:type="b:EntityFilters" xmlns:b="http://schemas.microsoft.com/xrm/2011/Metadata"/>"#,
    );
    check(
        RibbonLocationFilters(0),
        r#"<a:value i:type="b:RibbonLocationFilters" xmlns:b="http://schemas.microsoft.com/crm/2011/Contracts"/>"#,
    );
}

/// The SDK has names for these that its contract has not.
#[test]
fn names_of_the_sdk_alone_are_refused() {
    for name in ["All", "Default", "Entity All"] {
        let value = format!(
            r#"<KeyValuePairOfstringanyType><a:key>v</a:key><a:value i:type="b:EntityFilters" xmlns:b="http://schemas.microsoft.com/xrm/2011/Metadata">{name}</a:value></KeyValuePairOfstringanyType>"#
        );
        let body = format!(
            r#"<RemoteExecutionContext xmlns="http://schemas.microsoft.com/xrm/2011/Contracts" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><InputParameters xmlns:a="http://schemas.datacontract.org/2004/07/System.Collections.Generic">{value}</InputParameters></RemoteExecutionContext>"#
        );
        let error = decode(body.as_bytes(), Xml).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::BadValue("EntityFilters"), "{name}");
    }
}

#[test]
fn in_a_member_have_no_hint() {
    let team = EntityReference::new("team", Default::default());
    let access =
        PrincipalAccess::new(team, AccessRights::READ_ACCESS | AccessRights::ASSIGN_ACCESS);
    check(access.clone(), "<b:AccessMask>ReadAccess AssignAccess</b:AccessMask>");
    let context =
        RemoteExecutionContext { input_parameters: [("v", access)].into(), ..Default::default() };
    let json = String::from_utf8(encode(&context, Json).unwrap()).unwrap();
    assert!(json.contains(r#""AccessMask":524289,"#), "{json}");
}
