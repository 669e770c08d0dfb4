use xrm_context::message::{OrganizationRequest, OrganizationResponse};
use xrm_context::operation::*;
use xrm_context::{
    Array, Entity, EntityReference, EntityReferenceCollection, OptionSetValue, ParameterCollection,
    RemoteExecutionContext, Uuid, Value,
};

const ID: Uuid = Uuid::from_u128(7);

fn context(message: &str, parameters: ParameterCollection) -> RemoteExecutionContext {
    RemoteExecutionContext {
        message_name: Some(message.to_owned()),
        input_parameters: parameters,
        ..Default::default()
    }
}

#[test]
fn a_request_is_read_and_written_again() {
    let request = SetStateRequest::new(
        EntityReference::new("opportunity", ID),
        OptionSetValue::new(1),
        OptionSetValue::new(3),
    );
    let parameters = request.clone().into_parameters();
    assert_eq!(parameters.keys().collect::<Vec<_>>(), ["EntityMoniker", "State", "Status"]);
    for message in SetStateRequest::MESSAGES {
        let read = SetStateRequest::try_from(&context(message, parameters.clone()));
        assert_eq!(read.as_ref(), Ok(&request), "{message}");
    }
    assert_eq!(SetStateRequest::from_parameters(parameters), Ok(request));
}

#[test]
fn other_parameters_are_kept() {
    let target = EntityReference::new("account", ID);
    let parameters = ParameterCollection::from([
        ("tag", Value::from("x")),
        ("ConcurrencyBehavior", Value::Null),
        ("Target", target.into()),
    ]);
    let request = DeleteRequest::from_parameters(parameters).unwrap();
    assert_eq!(request.concurrency_behavior, None);
    let names = |parameters: ParameterCollection| parameters.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(request.clone().into_parameters()),
        ["Target", "tag", "ConcurrencyBehavior"],
        "a null is written as a null"
    );

    let behavior = xrm_context::ConcurrencyBehavior::ALWAYS_OVERWRITE;
    let request = DeleteRequest { concurrency_behavior: Some(behavior), ..request };
    let parameters = request.into_parameters();
    assert_eq!(parameters["ConcurrencyBehavior"], behavior.into(), "the typed value holds");
    assert_eq!(parameters.len(), 3);
}

#[test]
fn what_json_makes_of_a_type_is_taken_for_it() {
    let reference = EntityReference::new("role", ID);
    let references = EntityReferenceCollection::from_iter([reference.clone()]);
    let text = ID.to_string();
    let objects = |items| Value::Array(Array::from_objects(items));

    let associate = AssociateRequest::from_parameters(ParameterCollection::from([
        ("Target", reference.clone().into()),
        ("Relationship", xrm_context::Relationship::new("systemuserroles_association").into()),
        ("RelatedEntities", objects(vec![reference.into()])),
    ]));
    assert_eq!(associate.unwrap().related_entities, references);

    let delete = DeleteRequest::from_parameters(ParameterCollection::from([
        ("Target", EntityReference::new("account", ID).into()),
        ("ConcurrencyBehavior", Value::from(2)),
    ]));
    assert_eq!(delete.unwrap().concurrency_behavior.map(|behavior| behavior.0), Some(2));

    let join = AddMembersTeamRequest::from_parameters(ParameterCollection::from([
        ("TeamId", Value::from(text.as_str())),
        ("MemberIds", objects(vec![text.as_str().into()])),
    ]));
    assert_eq!(join, Ok(AddMembersTeamRequest::new(ID, [ID])));

    let merge = MergeRequest::from_parameters(ParameterCollection::from([
        ("Target", EntityReference::new("account", ID).into()),
        ("SubordinateId", Value::from(text.as_str())),
        ("PerformParentingChecks", true.into()),
    ]));
    assert_eq!(merge.unwrap().perform_parenting_checks, Some(true));
}

#[test]
fn an_error_names_the_message_and_the_parameter() {
    let check = |context: RemoteExecutionContext, text: &str| {
        let error = AssignRequest::try_from(&context).unwrap_err();
        assert_eq!(error.to_string(), text);
    };
    let target = || Value::from(EntityReference::new("account", ID));
    check(context("Update", ParameterCollection::new()), "the message is `Update`, not `Assign`");
    check(RemoteExecutionContext::default(), "the message is ``, not `Assign`");
    check(context("Assign", ParameterCollection::new()), "Assign lacks the parameter `Target`");
    check(
        context("Assign", [("Target", target()), ("Assignee", Value::Null)].into()),
        "Assign lacks the parameter `Assignee`",
    );
    check(
        context("Assign", [("Target", target()), ("Assignee", Entity::new("team").into())].into()),
        "the parameter `Assignee` of Assign is of type Entity, not EntityReference",
    );
}

#[test]
fn an_array_of_something_else_is_another_type() {
    let parameters = |item: Value| {
        let ids = Value::Array(Array::from_objects(vec![item]));
        ParameterCollection::from([("TeamId", Value::from(ID)), ("MemberIds", ids)])
    };
    let read = |item| AddMembersTeamRequest::from_parameters(parameters(item));
    assert!(read(ID.into()).is_ok());
    assert_eq!(
        read("no guid".into()).unwrap_err().to_string(),
        "the parameter `MemberIds` of AddMembers is of type ArrayOfanyType, not Guid[]"
    );
}

#[test]
fn a_response_is_read_from_the_output() {
    let context = RemoteExecutionContext {
        message_name: Some("Create".into()),
        output_parameters: CreateResponse::new(ID).into_parameters(),
        ..Default::default()
    };
    assert_eq!(CreateResponse::try_from(&context), Ok(CreateResponse::new(ID)));
    assert!(CreateRequest::try_from(&context).is_err(), "the input has no record");
}

#[test]
fn messages_inside_of_messages_are_read_too() {
    let request = OrganizationRequest::new("WinOpportunity")
        .with("OpportunityClose", Entity::new("opportunityclose"))
        .with("Status", OptionSetValue::new(3));
    assert_eq!(WinOpportunityRequest::try_from(&request).unwrap().status.value, 3);

    let response = OrganizationResponse {
        response_name: Some("Create".into()),
        results: [("id", ID)].into(),
        ..Default::default()
    };
    assert_eq!(CreateResponse::try_from(&response).unwrap().id, ID);
}
