use std::collections::HashSet;

use xrm_context::contract::{DataContract, IntegerKind};
use xrm_context::{
    Entity, EntityReference, EntityState, Mode, Namespace, RemoteExecutionContext, Stage, ValueType,
};

#[test]
fn the_context_has_its_thirty_members_in_wire_order() {
    let names: Vec<_> = RemoteExecutionContext::SLOTS.iter().map(|slot| slot.name).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!((names.len(), &names), (30, &sorted));
}

#[test]
fn a_slot_has_its_bytes_ready() {
    let id = &Entity::SLOTS[3];
    assert_eq!((id.json.name, id.xml.open, id.xml_a.open), ("\"Id\":", "<Id", "<a:Id"));
    let pieces = format!("{:?} {:?}", id.json.literal, id.xml_literal);
    assert_eq!(pieces, r#""\"Id\":" "Id>""#);
    assert_eq!(id.declares, None);
    let tags = format!("{:?} {:?}", id.xml_tags.open, id.xml_tags.close);
    assert_eq!(tags, r#""<Id" "</Id>""#);
    let keys = &EntityReference::SLOTS[1];
    assert_eq!((keys.name, keys.declares), ("KeyAttributes", Some(Namespace::Contracts71)));
}

#[test]
fn known_types_have_names_of_their_own() {
    let names: HashSet<_> = ValueType::all()
        .map(|known| (known.type_name().name, known.type_name().namespace))
        .collect();
    assert_eq!(names.len(), ValueType::all().count());
    for known in ValueType::all() {
        let name = known.type_name();
        let namespace = name.namespace.uri().replace('/', "\\/");
        let short = namespace.replace("http:\\/\\/schemas.datacontract.org\\/2004\\/07\\/", "#");
        assert_eq!(name.json, format!("\"{}:{short}\"", name.name));
    }
}

#[test]
fn namespaces_are_found_by_uri() {
    for namespace in Namespace::ALL {
        assert_eq!(Namespace::from_uri(namespace.uri()), Some(*namespace));
    }
    assert_eq!(Namespace::from_uri("http://example.com"), None);
}

#[test]
fn codes_and_enumerations_are_open() {
    assert_eq!(format!("{:?}", Stage::POST_OPERATION), "40 (Post-operation)");
    assert_eq!((Stage(45).label(), Mode(1).label()), (None, Some("Asynchronous")));
    assert_eq!((EntityState::CHANGED.name(), EntityState(99).name()), (Some("Changed"), None));
    assert_eq!(format!("{:?}", EntityState(99)), "EntityState(99)");
}

#[test]
fn integers_know_their_range() {
    assert!(IntegerKind::Byte.holds(255) && !IntegerKind::Byte.holds(256));
    assert!(IntegerKind::SByte.holds(-128) && !IntegerKind::SByte.holds(-129));
    assert!(IntegerKind::ULong.holds(u64::MAX.into()) && !IntegerKind::ULong.holds(-1));
}
