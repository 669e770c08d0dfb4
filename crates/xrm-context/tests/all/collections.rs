use std::borrow::Cow;
use std::cmp::Ordering;

use xrm_context::{
    AttributeCollection, Entity, EntityCollection, Key, List, OptionSetValueCollection, Pairs,
    Value,
};

#[test]
fn a_key_stands_once_and_keeps_its_place() {
    let mut attributes = AttributeCollection::from([("a", 1), ("b", 2), ("a", 3)]);
    let pairs: Vec<_> = attributes.iter().map(|(key, value)| (key.as_str(), value)).collect();
    assert_eq!(pairs, [("a", &Value::Int(3)), ("b", &Value::Int(2))]);
    assert_eq!(attributes.insert("b", "x"), Some(Value::Int(2)));
    assert_eq!(attributes.insert("c", true), None);
    assert_eq!(attributes.remove("a"), Some(Value::Int(3)));
    assert_eq!(attributes.remove("a"), None);
    assert_eq!(attributes.keys().collect::<Vec<_>>(), ["b", "c"]);
    attributes.retain(|key, _| key == "c");
    assert_eq!((attributes.len(), attributes.contains_key("c")), (1, true));
}

#[test]
fn a_key_is_its_text() {
    for text in ["", "name", "exactly_24_bytes_long_ab", "a key that is longer than 24 bytes", "Ü"]
    {
        let key = Key::from(text);
        assert_eq!((&*key, key.as_ref(), key.to_string().as_str()), (text, text, text));
        assert_eq!((&key, &key), (&Key::from(text.to_owned()), &Key::from(&text.to_owned())));
        assert_eq!(
            (String::from(key.clone()), format!("{key:?}")),
            (text.into(), format!("{text:?}"))
        );
        let string = text.to_owned();
        assert!(key == *text && key == text && key == string);
        assert!(*text == key && text == key && string == key);
        assert_eq!((Ok(&key), &key), (text.parse().as_ref(), &Cow::from(text).into()));
        assert_eq!(String::from(&key), string);
        let attributes = AttributeCollection::from([(&key, 1)]);
        assert_eq!(attributes.get(text), Some(&Value::Int(1)));
    }
    assert_eq!(format!("[{:>3}]", Key::from("a")), "[  a]");
    assert_eq!(Key::from("b").cmp(&"a".into()), Ordering::Greater);
    assert!(Key::default().is_empty());
    assert_eq!(size_of::<Key>(), size_of::<String>());
}

#[test]
fn an_index_reads_null_and_writes_what_is_missing() {
    let mut entity = Entity::new("account");
    assert!(entity["name"].is_null());
    assert!(entity.attributes.is_empty());
    entity["name"] = "Contoso".into();
    assert_eq!(entity["name"], Value::from("Contoso"));
    entity.attributes["name"] = Value::Null;
    assert_eq!(entity.attributes.len(), 1);
}

#[test]
fn collections_are_walked_over_by_reference() {
    let mut attributes = AttributeCollection::from([("a", 1), ("b", 2)]);
    for (key, value) in &mut attributes {
        if key == "b" {
            *value = Value::Null;
        }
    }
    let mut keys = Vec::new();
    for (key, value) in &attributes {
        keys.push((key.as_str(), value.is_null()));
    }
    assert_eq!(keys, [("a", false), ("b", true)]);
    assert_eq!(attributes.values().collect::<Vec<_>>(), [&Value::Int(1), &Value::Null]);
    let mut backwards = attributes.iter().rev();
    assert_eq!(backwards.len(), 2);
    assert_eq!(backwards.next().map(|(key, _)| key.as_str()), Some("b"));

    let mut choices: OptionSetValueCollection = [1, 2].into_iter().collect();
    for choice in &mut choices {
        choice.value += 1;
    }
    let mut sum = 0;
    for choice in &choices {
        sum += choice.value;
    }
    assert_eq!(sum, 5);
}

#[test]
fn pairs_are_extended_by_key() {
    let mut pairs: Pairs<String, i32> = Pairs::new();
    pairs.extend([("a".to_owned(), 1), ("b".to_owned(), 2), ("a".to_owned(), 3)]);
    for (_, value) in pairs.iter_mut() {
        *value *= 10;
    }
    assert_eq!(pairs.into_iter().collect::<Vec<_>>(), [("a".into(), 30), ("b".into(), 20)]);
}

#[test]
fn a_list_passes_over_nulls() {
    let mut list = List::from_iter([Some(1), None, Some(3)]);
    list.push(4);
    list.push(None);
    assert_eq!(list.len(), 5);
    assert_eq!(list.iter().copied().collect::<Vec<_>>(), [1, 3, 4]);
    assert_eq!((list.get(0), list.get(1), list.get(9)), (Some(&1), None, None));
    assert_eq!(list.into_iter().sum::<i32>(), 8);
}

#[test]
fn records_and_choices_are_collected() {
    let page = EntityCollection::new("contact", [Entity::new("contact"), Entity::new("contact")]);
    assert_eq!(page.entities.len(), 2);
    let choices: OptionSetValueCollection = [1, 2].into_iter().collect();
    assert_eq!(choices.iter().map(|choice| choice.value).collect::<Vec<_>>(), [1, 2]);
}
