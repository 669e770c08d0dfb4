use xrm_context::{
    Array, ArrayKind, DateTime, Decimal, Entity, EntityCollection, EntityReference, Money, Number,
    NumberValue, OptionSetValue, OptionSetValueCollection, Origin, Uuid, Value,
};

fn entity() -> Entity {
    let id = Uuid::from_u128(7);
    Entity::new("account")
        .with("name", "Contoso")
        .with("donotemail", true)
        .with("employees", 42)
        .with("size", 5_000_000_000_i64)
        .with("latitude", 48.5)
        .with("rate", Decimal::new(1250, 2))
        .with("revenue", Money::new(Decimal::new(1250, 2)))
        .with("statuscode", OptionSetValue::new(1))
        .with("tags", OptionSetValueCollection::from_iter([1, 2]))
        .with("accountid", id)
        .with("createdon", DateTime::utc(DateTime::UNIX_EPOCH_TICKS).unwrap())
        .with("primarycontactid", EntityReference::new("contact", id).with_name("James"))
        .with("parties", EntityCollection::new("activityparty", []))
        .with("image", vec![1_u8, 2])
        .with("nothing", Value::Null)
}

#[test]
fn each_type_is_got_as_itself() {
    let entity = entity();
    assert_eq!(entity.str("name"), Ok(Some("Contoso")));
    assert_eq!(entity.bool("donotemail"), Ok(Some(true)));
    assert_eq!(entity.int("employees"), Ok(Some(42)));
    assert_eq!(entity.long("size"), Ok(Some(5_000_000_000)));
    assert_eq!(entity.double("latitude"), Ok(Some(48.5)));
    assert_eq!(entity.decimal("rate"), Ok(Some(Decimal::new(1250, 2))));
    assert_eq!(entity.money("revenue"), Ok(Some(Decimal::new(1250, 2))));
    assert_eq!(entity.option("statuscode"), Ok(Some(1)));
    assert_eq!(entity.options("tags"), Ok(Some(vec![1, 2])));
    assert_eq!(entity.guid("accountid"), Ok(Some(Uuid::from_u128(7))));
    assert!(entity.date_time("createdon").unwrap().is_some());
    let contact = entity.reference("primarycontactid").unwrap().unwrap();
    assert_eq!(contact.name.as_deref(), Some("James"));
    assert!(entity.entities("parties").unwrap().unwrap().entities.is_empty());
    assert_eq!(entity.bytes("image").unwrap().as_deref(), Some([1, 2].as_slice()));
}

#[test]
fn absent_and_null_are_none_for_every_type() {
    let entity = entity();
    for name in ["nothing", "absent"] {
        assert_eq!(entity.str(name), Ok(None));
        assert_eq!(entity.money(name), Ok(None));
        assert_eq!(entity.reference(name), Ok(None));
        assert_eq!(entity.entity(name), Ok(None));
        assert_eq!(entity.aliased(name), Ok(None));
    }
}

#[test]
fn another_type_is_an_error_that_names_all_three() {
    let error = entity().money("name").unwrap_err();
    assert_eq!(error.to_string(), "`name` is of type String, not Money");
    assert!(entity().int("size").is_err(), "it does not fit");
    assert!(entity().decimal("latitude").is_err(), "a double is no exact number");
}

#[test]
fn what_json_makes_of_a_type_is_taken_for_it() {
    let entity = Entity::new("account")
        .with("accountid", "00000000-0000-0000-0000-000000000007")
        .with("createdon", "/Date(0)/")
        .with("rate", 5)
        .with("latitude", Decimal::new(485, 1))
        .with("image", Array::from_objects(vec![1.into(), 255.into()]))
        .with("tags", Array::from_objects(vec![OptionSetValue::new(3).into()]))
        .with(
            "big",
            Value::Number(Box::new(Number::new(NumberValue::Int(100_000), "1E5", Origin::Json))),
        );
    assert_eq!(entity.guid("accountid"), Ok(Some(Uuid::from_u128(7))));
    assert_eq!(entity.date_time("createdon"), Ok(DateTime::utc(DateTime::UNIX_EPOCH_TICKS).ok()));
    assert_eq!(entity.decimal("rate"), Ok(Some(Decimal::from(5))));
    assert_eq!(entity.double("latitude"), Ok(Some(48.5)));
    assert_eq!(entity.bytes("image").unwrap().as_deref(), Some([1, 255].as_slice()));
    assert_eq!(entity.options("tags"), Ok(Some(vec![3])));
    assert_eq!(entity.int("big"), Ok(Some(100_000)));
    assert!(entity.date_time("accountid").is_err());
}

#[test]
fn an_array_holds_only_its_kind() {
    let error = Array::new(ArrayKind::GUID, vec![Uuid::nil().into(), 1.into()]).unwrap_err();
    assert_eq!(error.to_string(), "item 1 is of type Int32, which ArrayOfguid does not hold");
    assert!(Array::new(ArrayKind::INT, vec![Value::Null]).is_err());
    assert!(Array::new(ArrayKind::STRING, vec![Value::Null, "x".into()]).is_ok());
    assert!(Array::new(ArrayKind::STRINGS, vec![Value::from(vec!["x".to_owned()])]).is_ok());
    assert!(Array::new(ArrayKind::STRINGS, vec![Value::from(vec![1])]).is_err());
}

#[test]
fn numbers_are_equal_by_value() {
    let number = |value, text| Value::Number(Box::new(Number::new(value, text, Origin::Json)));
    assert_eq!(number(NumberValue::Int(100_000), "1E5"), Value::Int(100_000));
    assert_ne!(number(NumberValue::Int(1), "1"), Value::Long(1));
    assert_eq!(Value::Double(f64::NAN), Value::Double(f64::NAN));
    assert_ne!(Value::Double(0.0), Value::Double(-0.0));
}
