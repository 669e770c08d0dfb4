//! A member that was read out of order and follows again where it is expected.

use super::{CONTRACTS, Json, Xml};
use super::{both_refuse, by_default, hint, json_value, strictly, xml};

#[test]
fn is_refused_in_json() {
    let bodies = [
        r#"{"SharedVariables":[{"value":1,"key":"k","value":2}]}"#.to_owned(),
        r#"{"SharedVariables":[{"value":1,"key":"k", "value":2}]}"#.to_owned(),
        r#"{"OwningExtension":{"RowVersion":"1","Name":"n","RowVersion":"2"}}"#.to_owned(),
        r#"{"Mode":1,"MessageName":"Update","Mode":2}"#.to_owned(),
        r#"{"Depth":1,"BusinessUnitId":"00000000-0000-0000-0000-000000000000","CorrelationId":"00000000-0000-0000-0000-000000000000","Depth":2}"#.to_owned(),
        json_value(&format!(
            "{{{}\"Value\":true,\"CanBeChanged\":true,\"ManagedPropertyLogicalName\":null,\"Value\":false}}",
            hint("BooleanManagedProperty", CONTRACTS)
        )),
    ];
    for body in bodies {
        both_refuse(&body, Json, "appears twice");
    }
}

#[test]
fn is_refused_in_xml_by_default() {
    let bodies = [
        "<Stage>1</Stage><SharedVariables/><Stage>2</Stage>",
        "<Depth>1</Depth><CorrelationId>00000000-0000-0000-0000-000000000000</CorrelationId><Depth>2</Depth>",
        "<OwningExtension><RowVersion>1</RowVersion><Name>n</Name><RowVersion>2</RowVersion></OwningExtension>",
    ];
    for body in bodies {
        let error = by_default(&xml(body), Xml, Xml).unwrap_err();
        assert!(error.to_string().contains("appears twice"), "{error}");
        // The platform reads the first, and nothing out of order.
        assert!(strictly(&xml(body), Xml, Xml).is_ok());
    }
}

/// Members in any order are fine as long as each is there once.
#[test]
fn is_not_what_one_out_of_order_is() {
    let body = r#"{"SharedVariables":[{"value":1,"key":"k"}],"MessageName":"Update","Mode":2}"#;
    assert!(by_default(body, Json, Json).is_ok());
    assert!(by_default(&xml("<Stage>1</Stage><Mode>2</Mode><Depth>1</Depth>"), Xml, Xml).is_ok());
}
