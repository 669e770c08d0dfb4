//! A class that stands where its base class is declared: what `ExecuteMultiple` answers for an
//! `Upsert`. The hint stands where the value's class is not the declared one, which fixtures show
//! for queries. So does what an `ExecuteTransaction` fails with.

use xrm_body::MessageFormat::{Json, Xml};
use xrm_body::{
    DecodeOptions, ErrorKind, MessageFormat, as_read_from_json, decode, decode_with, encode,
};
use xrm_context::contract::DataContract;
use xrm_context::message::{
    ExecuteMultipleResponseItem, ExecuteMultipleResponseItemCollection, OrganizationResponse,
    OrganizationResponseCollection, OrganizationServiceFault, OrganizationUpsertResponse,
};
use xrm_context::{RemoteExecutionContext, Value};

fn upsert() -> OrganizationUpsertResponse {
    OrganizationUpsertResponse {
        response_name: Some("Upsert".to_owned()),
        results: [("RecordCreated", true)].into(),
        ..Default::default()
    }
}

fn answering(value: impl Into<Value>) -> RemoteExecutionContext {
    RemoteExecutionContext {
        output_parameters: [("Responses", value.into())].into(),
        ..Default::default()
    }
}

fn item() -> RemoteExecutionContext {
    answering(ExecuteMultipleResponseItemCollection::from_iter([ExecuteMultipleResponseItem {
        response: Some(upsert().into()),
        ..Default::default()
    }]))
}

fn items() -> RemoteExecutionContext {
    let plain = OrganizationResponse::default();
    answering(OrganizationResponseCollection::from_iter([plain, upsert().into()]))
}

/// A transaction that failed among others, at its third request.
fn transaction() -> RemoteExecutionContext {
    let inner = OrganizationServiceFault { error_code: 1, ..Default::default() };
    let fault = OrganizationServiceFault {
        message: Some("Stopped".to_owned()),
        inner_fault: Some(Box::new(inner.for_request(0))),
        ..Default::default()
    };
    answering(ExecuteMultipleResponseItemCollection::from_iter([ExecuteMultipleResponseItem {
        fault: Some(fault.for_request(2)),
        ..Default::default()
    }]))
}

fn body(context: &RemoteExecutionContext, format: MessageFormat) -> String {
    String::from_utf8(encode(context, format).unwrap()).unwrap()
}

#[track_caller]
fn holds(body: &str, part: &str) {
    assert!(body.contains(part), "{body}");
}

#[test]
fn has_a_hint_where_its_base_is_declared() {
    holds(
        &body(&item(), Json),
        r#""Response":{"__type":"UpsertResponse:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","ResponseName":"Upsert","Results":[{"key":"RecordCreated","value":true}]}"#,
    );
    holds(
        &body(&item(), Xml),
        r#"<b:Response i:type="UpsertResponse"><ResponseName>Upsert</ResponseName><Results>"#,
    );
}

#[test]
fn has_a_hint_among_items() {
    holds(
        &body(&items(), Json),
        r#""ResponseName":null,"Results":[]},{"__type":"UpsertResponse:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","ResponseName":"Upsert","#,
    );
    holds(
        &body(&items(), Xml),
        r#"<Results/></b:OrganizationResponse><b:OrganizationResponse i:type="UpsertResponse"><ResponseName>Upsert"#,
    );
}

#[test]
fn has_its_own_members_behind_those_of_its_base() {
    let json = body(&transaction(), Json);
    holds(
        &json,
        r#""Fault":{"__type":"ExecuteTransactionFault:http:\/\/schemas.microsoft.com\/xrm\/7.1\/Contracts","ActivityId":"00000000-0000-0000-0000-000000000000","ErrorCode":0,"#,
    );
    holds(
        &json,
        r#""InnerFault":{"__type":"ExecuteTransactionFault:http:\/\/schemas.microsoft.com\/xrm\/7.1\/Contracts","ActivityId":"#,
    );
    holds(
        &json,
        r#""OriginalException":null,"TraceText":null,"FaultedRequestIndex":2},"RequestIndex":0"#,
    );
    let xml = body(&transaction(), Xml);
    holds(
        &xml,
        r#"<b:Fault i:type="c:ExecuteTransactionFault" xmlns:c="http://schemas.microsoft.com/xrm/7.1/Contracts"><ActivityId>"#,
    );
    holds(&xml, r#"<InnerFault i:type="c:ExecuteTransactionFault"><ActivityId>"#);
    holds(
        &xml,
        r#"<TraceText i:nil="true"/><c:FaultedRequestIndex>2</c:FaultedRequestIndex></b:Fault>"#,
    );
}

#[test]
fn goes_through_each_format_and_from_one_to_the_other() {
    for context in [item(), items(), transaction()] {
        for format in [Json, Xml] {
            let body = encode(&context, format).unwrap();
            for options in [DecodeOptions::new(format), DecodeOptions::new(format).strict()] {
                let read = decode_with(&body, &options).unwrap();
                assert_eq!(encode(&read, format).unwrap(), body);
            }
        }
        assert_eq!(decode(&encode(&context, Xml).unwrap(), Xml).unwrap(), context);
        let from_json = decode(&encode(&context, Json).unwrap(), Json).unwrap();
        assert_eq!(from_json, as_read_from_json(&context));
    }
    let from_json = decode(&encode(&item(), Json).unwrap(), Json).unwrap();
    let xml = body(&from_json, Xml);
    holds(&xml, r#"<c:Response i:type="UpsertResponse">"#);
    assert_eq!(decode(xml.as_bytes(), Xml).unwrap(), from_json);
}

#[test]
fn is_told_from_its_base() {
    let response = OrganizationResponse::from(upsert());
    assert_eq!(response.extra.derived(), Some(OrganizationUpsertResponse::TYPE));
    let mut plain = response.clone();
    plain.extra = Default::default();
    assert_ne!(response, plain);
    assert_eq!(OrganizationUpsertResponse::from(response), upsert());
}

#[test]
fn is_itself_among_the_items_that_json_reads() {
    let read = decode(&encode(&items(), Json).unwrap(), Json).unwrap();
    let Value::Array(items) = &read.output_parameters["Responses"] else { panic!("an array") };
    assert!(matches!(
        items.items(),
        [Value::OrganizationResponse(_), Value::OrganizationUpsertResponse(_)]
    ));
}

#[test]
fn a_hint_without_a_member_is_kept() {
    let body = body(&item(), Json);
    let (before, rest) = body.split_once(r#","ResponseName":"Upsert""#).unwrap();
    let (_, after) = rest.split_once("}]}").unwrap();
    let body = format!("{before}}}{after}");
    holds(&body, r#"Contracts"}}]"#);
    let read = decode(body.as_bytes(), Json).unwrap();
    assert_eq!(self::body(&read, Json), body);
}

#[test]
fn is_refused_where_it_is_not_derived_of_what_is_declared() {
    let xml = body(&item(), Xml);
    for other in ["OrganizationRequest", "CreateResponse", "Money"] {
        let xml = xml.replace("\"UpsertResponse\"", &format!("\"{other}\""));
        for options in [DecodeOptions::new(Xml), DecodeOptions::new(Xml).strict()] {
            let error = decode_with(xml.as_bytes(), &options).unwrap_err();
            let expected = ErrorKind::UnexpectedType { declared: "OrganizationResponse" };
            assert_eq!(error.kind(), &expected, "{other}");
        }
    }
}
