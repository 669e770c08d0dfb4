//! Contract types of particular messages.

use xrm_context::change::{ChangedItem, RemovedOrDeletedItem};
use xrm_context::contract::DataContract;
use xrm_context::label::{Label, LocalizedLabel};
use xrm_context::message::OrganizationServiceFault;
use xrm_context::parameter::{EntityFilters, InputArgumentCollection, RibbonLocationFilters};
use xrm_context::query::{
    ColumnSet, ConditionExpression, ConditionOperator, FetchExpression, FilterExpression,
    JoinOperator, LinkEntity, LogicalOperator, QueryBase, QueryByAttribute, QueryExpression,
    RelationshipQueryCollection,
};
use xrm_context::security::{AccessRights, PrincipalAccess};
use xrm_context::{EntityReference, Namespace, Relationship, Value, ValueType};

fn members<T: DataContract>() -> Vec<&'static str> {
    T::SLOTS.iter().map(|slot| slot.name).collect()
}

#[test]
fn ordered_members_follow_the_alphabet() {
    let last = ["SubQueryExpression", "NoLock", "TopCount", "QueryHints", "DataSource"];
    assert_eq!(members::<QueryExpression>()[8..], last);
    let omitted = QueryExpression::SLOTS.iter().filter(|slot| slot.omitted);
    let omitted: Vec<_> = omitted.map(|slot| slot.name).collect();
    let expected = ["ForceSeek", "SubQueryExpression", "TopCount", "QueryHints", "DataSource"];
    assert_eq!(omitted, expected);
    assert!(QueryByAttribute::SLOTS.iter().all(|slot| !slot.omitted));
}

#[test]
fn members_of_a_base_class_come_first() {
    let fault = members::<OrganizationServiceFault>();
    assert_eq!(fault[4..7], ["Message", "Timestamp", "ExceptionRetriable"]);
    let label = LocalizedLabel::SLOTS.iter().map(|slot| (slot.name, slot.namespace));
    let expected = [
        ("MetadataId", Namespace::Metadata),
        ("HasChanged", Namespace::Metadata),
        ("IsManaged", Namespace::Contracts),
        ("Label", Namespace::Contracts),
        ("LanguageCode", Namespace::Contracts),
    ];
    assert_eq!(label.collect::<Vec<_>>(), expected);
}

#[test]
fn a_list_brings_its_namespace_to_its_member() {
    let declared = |index: usize| ColumnSet::SLOTS[index].declares;
    assert_eq!([declared(1), declared(2)], [None, Some(Namespace::Arrays)]);
    assert_eq!(InputArgumentCollection::SLOTS[0].declares, Some(Namespace::Generic));
}

#[test]
fn rights_combine() {
    let rights = AccessRights::READ_ACCESS | AccessRights::SHARE_ACCESS;
    assert!(rights.contains(AccessRights::SHARE_ACCESS));
    assert!(!rights.contains(AccessRights::SHARE_ACCESS | AccessRights::WRITE_ACCESS));
    let mut names = Vec::new();
    assert!(AccessRights::TYPE.for_each_name(rights.0, |name| names.push(name)));
    assert_eq!(names, ["ReadAccess", "ShareAccess"]);
    assert_eq!(AccessRights::TYPE.value_of("ShareAccess ReadAccess"), Some(rights.0));
    let access = PrincipalAccess::new(EntityReference::new("team", Default::default()), rights);
    assert_eq!(access.access_mask.0, 262_145);
}

#[test]
fn a_flag_of_several_names_goes_by_the_first() {
    let names = |filters: EntityFilters| {
        let mut names = Vec::new();
        let named = EntityFilters::TYPE.for_each_name(filters.0, |name| names.push(name));
        named.then_some(names)
    };
    assert_eq!(names(EntityFilters::DEFAULT), Some(vec!["Entity"]));
    let all = ["Entity", "Attributes", "Privileges", "Relationships"];
    assert_eq!(names(EntityFilters::ALL), Some(all.to_vec()));
    assert_eq!(names(EntityFilters(0)), Some(vec![]));
    assert_eq!(names(EntityFilters(16)), None);
    assert_eq!(RibbonLocationFilters::ALL, RibbonLocationFilters::DEFAULT);
}

#[test]
fn a_query_is_built_from_its_parts() {
    let active = ConditionExpression::new("statecode", ConditionOperator::IN).with(0).with(1);
    let owned = FilterExpression::new(LogicalOperator::OR)
        .with(ConditionExpression::new("ownerid", ConditionOperator::EQUAL_USER_ID));
    let contact = ("contact", "contactid");
    let query = QueryExpression {
        column_set: ColumnSet::all(),
        criteria: FilterExpression::new(LogicalOperator::AND).with(active).with_filter(owned),
        link_entities: [LinkEntity::new(
            JoinOperator::LEFT_OUTER,
            ("account", "primarycontactid"),
            contact,
        )]
        .into_iter()
        .collect(),
        ..QueryExpression::new("account")
    };
    let criteria = &query.criteria;
    assert_eq!(criteria.conditions.get(0).unwrap().values, [Value::Int(0), Value::Int(1)]);
    assert_eq!(criteria.filters.get(0).unwrap().filter_operator, LogicalOperator::OR);
    let link = query.link_entities.get(0).unwrap();
    assert_eq!(link.link_to_attribute_name.as_deref(), Some("contactid"));
    assert_eq!(link.link_from_entity_name.as_deref(), Some("account"));
}

#[test]
fn a_base_class_holds_what_is_derived_of_it() {
    let query = QueryBase::from(FetchExpression::new("<fetch/>"));
    let related =
        RelationshipQueryCollection::from([(Relationship::new("account_tasks"), query.clone())]);
    assert_eq!(related.get(&Relationship::new("account_tasks")), Some(&Some(query.clone())));
    assert_eq!(Value::from(query).type_name(), "FetchExpression");

    let removed = RemovedOrDeletedItem::new(EntityReference::new("task", Default::default()));
    let item = ChangedItem::from(removed);
    assert_eq!(Value::from(item).type_name(), "RemovedOrDeletedItem");
}

#[test]
fn a_label_is_the_users_own() {
    let label = Label::new("Name", 1033);
    assert_eq!(label.localized_labels.get(0), label.user_localized_label.as_ref());
}

#[test]
fn parts_of_a_query_are_no_values() {
    for part in ["FilterExpression", "ConditionExpression", "LinkEntity", "OrderExpression"] {
        assert_eq!(ValueType::from_name(part, Namespace::Contracts), None);
    }
}
