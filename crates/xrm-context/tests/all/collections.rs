use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

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

/// A key that counts how often it is compared.
#[derive(Clone, Copy, Debug)]
struct Counted(usize);

thread_local! {
    static COMPARISONS: Cell<usize> = const { Cell::new(0) };
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        COMPARISONS.set(COMPARISONS.get() + 1);
        self.0 == other.0
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

fn numbers(count: usize) -> Pairs<Counted, usize> {
    let mut pairs = Pairs::new();
    pairs.extend((0..count).map(|number| (Counted(number), number)));
    pairs
}

/// The comparisons of a task for each of the pairs that it works on.
fn comparisons_per_pair(pairs: usize, task: impl FnOnce()) -> usize {
    COMPARISONS.set(0);
    task();
    COMPARISONS.get() / pairs
}

#[test]
fn the_comparisons_for_a_pair_do_not_grow_with_the_number_of_pairs() {
    // Up to this many pairs, each may be compared with all others.
    const SEARCHED: usize = 48;
    for count in [SEARCHED, 1_000, 2_000, 4_000, 64_000] {
        let added = comparisons_per_pair(count, || drop(numbers(count)));
        let mut pairs = numbers(count);
        let copy = pairs.clone();
        let found = comparisons_per_pair(count, || {
            for number in 0..count {
                assert_eq!(copy.get(&Counted(number)), Some(&number));
                assert_eq!(pairs.insert(Counted(number), number), Some(number));
                assert!(!pairs.contains_key(&Counted(count + number)));
            }
        });
        assert!(added <= SEARCHED && found <= 3 * SEARCHED, "{count}: {added}, {found}");
    }
}

#[test]
fn changes_keep_the_order_and_the_index() {
    let mut pairs = numbers(1_000);
    let mut model: Vec<_> = (0..1_000).collect();
    let check = |pairs: &mut Pairs<Counted, usize>, model: &[usize]| {
        assert!(pairs.values().eq(model) && pairs.len() == model.len());
        for number in 0..1_010 {
            let expected = model.contains(&number).then_some(number);
            assert_eq!(pairs.get(&Counted(number)).copied(), expected);
            assert_eq!(pairs.get_mut(&Counted(number)).copied(), expected);
        }
    };
    for number in [0, 999, 500, 501, 5, 1_000] {
        let at = model.iter().position(|it| *it == number);
        assert_eq!(pairs.remove(&Counted(number)), at.map(|at| model.remove(at)));
    }
    check(&mut pairs, &model);
    pairs.insert(Counted(500), 500_usize);
    model.push(500);
    check(&mut pairs, &model);
    pairs.retain(|_, number| number % 3 != 0);
    model.retain(|number| number % 3 != 0);
    check(&mut pairs, &model);
    // Few are left, of which every change is right too.
    pairs.retain(|_, number| *number < 10);
    model.retain(|number| *number < 10);
    pairs.insert(Counted(0), 0_usize);
    model.push(0);
    check(&mut pairs, &model);
    pairs.clear();
    check(&mut pairs, &[]);
    pairs.insert(Counted(3), 3_usize);
    check(&mut pairs, &[3]);
    assert_eq!(format!("{:?}", Pairs::<Key, i32>::new()), "Pairs([])");
}
