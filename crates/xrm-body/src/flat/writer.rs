//! The walk over contract types that makes their flat view.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rust_decimal::Decimal;
use uuid::Uuid;
use xrm_context::contract::{
    DataContract, Declared, EnumType, IntegerKind, Slot, TypeName, Writer,
};
use xrm_context::raw::{UnknownMember, XmlEvent, XmlEvents};
use xrm_context::{
    AliasedValue, BooleanManagedProperty, DateTime, Entity, EntityCollection, EntityReference,
    Money, Namespace, Number, OptionSetValue, Raw, TimeSpan,
};

use super::node::{Node, is_json, is_json_number, is_same};
use crate::number::write_number;
use crate::text::decimal::decimal_text;
use crate::walk::is_pair;

/// Builds a tree from the inside out: classes and lists that have not ended yet are on a stack.
#[derive(Default)]
pub(super) struct FlatWriter {
    open: Vec<Open>,
    root: Option<Node>,
}

enum Open {
    Class(&'static TypeName, Vec<(&'static str, Node)>),
    List(Vec<Node>),
}

impl FlatWriter {
    pub(super) fn finish(self) -> Node {
        self.root.unwrap_or(Node::Null)
    }

    fn put(&mut self, slot: &Slot, node: Node) {
        match self.open.last_mut() {
            Some(Open::Class(_, members)) => members.push((slot.json_name(), node)),
            Some(Open::List(items)) => items.push(node),
            None => self.root = Some(node),
        }
    }

    fn put_number(&mut self, slot: &Slot, number: impl ToString) {
        self.put(slot, Node::Number(number.to_string()));
    }

    fn put_text(&mut self, slot: &Slot, text: impl Into<String>) {
        self.put(slot, Node::Text(text.into()));
    }

    /// A double or a float, by the shortest text that reads back.
    fn put_double(&mut self, slot: &Slot, value: f64, shortest: String) {
        // JSON has no such numbers, so they are strings.
        let special = match value {
            _ if value.is_nan() => "NaN",
            f64::INFINITY => "INF",
            f64::NEG_INFINITY => "-INF",
            _ => return self.put(slot, Node::Number(shortest)),
        };
        self.put_text(slot, special);
    }
}

impl Writer for FlatWriter {
    type Mark = ();

    fn null(&mut self, slot: &Slot) {
        self.put(slot, Node::Null);
    }

    fn bool(&mut self, slot: &Slot, _: Declared, value: bool) {
        self.put(slot, Node::Bool(value));
    }

    fn integer(&mut self, slot: &Slot, _: Declared, _: IntegerKind, value: i128) {
        self.put_number(slot, value);
    }

    fn float(&mut self, slot: &Slot, _: Declared, value: f32) {
        self.put_double(slot, value.into(), format!("{value:?}"));
    }

    /// Of two texts that are as short and as near, serde_json's, which the tree has.
    fn double(&mut self, slot: &Slot, _: Declared, value: f64) {
        let text = format!("{value:?}");
        let number = serde_json::Number::from_f64(value).map(|it| it.to_string());
        let other = number.filter(|number| !is_same(number, &text));
        self.put_double(slot, value, other.unwrap_or(text));
    }

    fn decimal(&mut self, slot: &Slot, _: Declared, value: Decimal) {
        self.put(slot, Node::Number(decimal_text(value).as_str().to_owned()));
    }

    fn number(&mut self, slot: &Slot, declared: Declared, number: &Number) {
        if is_json_number(number.text()) {
            return self.put_number(slot, number.text());
        }
        write_number(self, slot, declared, number.value());
    }

    fn char(&mut self, slot: &Slot, _: Declared, value: u16) {
        self.put_text(slot, String::from_utf16_lossy(&[value]));
    }

    /// A date is a string in JSON bodies, and only its form distinguishes it. The key of a pair is never
    /// a date.
    fn string(&mut self, slot: &Slot, declared: Declared, value: &str) {
        let is_date = value.starts_with("/Date(") && value.ends_with(")/");
        let is_date = is_date && slot.json_name() != "key";
        match DateTime::from_json_text(value).filter(|_| is_date) {
            Some(date) => self.date_time(slot, declared, date),
            None => self.put_text(slot, value),
        }
    }

    fn uri(&mut self, slot: &Slot, _: Declared, value: &str) {
        self.put_text(slot, value);
    }

    fn guid(&mut self, slot: &Slot, _: Declared, value: Uuid) {
        self.put_text(slot, value.hyphenated().to_string());
    }

    fn date_time(&mut self, slot: &Slot, _: Declared, value: DateTime) {
        self.put_text(slot, value.to_string());
    }

    fn time_span(&mut self, slot: &Slot, _: Declared, value: TimeSpan) {
        self.put_text(slot, value.to_string());
    }

    fn bytes(&mut self, slot: &Slot, _: Declared, value: &[u8]) {
        self.put_text(slot, STANDARD.encode(value));
    }

    fn enumeration(&mut self, slot: &Slot, _: Declared, _: &'static EnumType, value: i32) {
        self.put_number(slot, value);
    }

    fn refuses(&mut self, _: &Slot, _: &'static TypeName) -> bool {
        false
    }

    fn object(&mut self, slot: &Slot) {
        self.put(slot, Node::Object(Vec::new()));
    }

    fn begin_class(&mut self, _: &Slot, _: Declared, name: &'static TypeName) {
        self.open.push(Open::Class(name, Vec::new()));
    }

    fn end_class(&mut self, slot: &Slot, (): ()) {
        // Classes are built from the inside out: only here all members are known.
        if let Some(Open::Class(name, members)) = self.open.pop() {
            self.put(slot, class(name, members));
        }
    }

    fn begin_list(&mut self, _: &Slot, _: Declared, _: &'static TypeName, _: Namespace) {
        self.open.push(Open::List(Vec::new()));
    }

    fn end_list(&mut self, slot: &Slot, (): ()) {
        if let Some(Open::List(items)) = self.open.pop() {
            self.put(slot, list(items));
        }
    }

    fn raw(&mut self, slot: &Slot, value: &Raw) {
        let node = match value {
            // A kept value may have numbers that are not JSON, `NaN`; then the whole value is a
            // string.
            Raw::Json(json) if is_json(&json.text) => Node::Json(json.text.clone()),
            Raw::Json(json) => Node::Text(json.text.clone()),
            Raw::Xml(xml) => element(&mut xml.events()),
            _ => Node::Null,
        };
        self.put(slot, node);
    }

    fn unknown_member(&mut self, _: UnknownMember<'_>) {}
}

fn class(name: &TypeName, mut members: Vec<(&'static str, Node)>) -> Node {
    let mut take = |wanted: &str| {
        let at = members.iter().position(|(name, _)| *name == wanted);
        at.map_or(Node::Null, |at| members.swap_remove(at).1)
    };
    // Types with a form of their own in the view; every other class is an object of its members.
    if name == Entity::TYPE {
        return columns(take("Attributes"), take("FormattedValues"));
    }
    if name == EntityReference::TYPE {
        let mut reference = vec![
            ("id".to_owned(), take("Id")),
            ("logicalName".to_owned(), take("LogicalName")),
            ("name".to_owned(), take("Name")),
        ];
        if let key @ Node::Object(_) = take("KeyAttributes") {
            reference.push(("keyAttributes".to_owned(), key));
        }
        return Node::Object(reference);
    }
    if name == EntityCollection::TYPE {
        return take("Entities");
    }
    // Types that only wrap a value are shown as that value.
    let wrappers =
        [OptionSetValue::TYPE, Money::TYPE, AliasedValue::TYPE, BooleanManagedProperty::TYPE];
    if wrappers.contains(&name) {
        return take("Value");
    }
    if is_pair(name) {
        return Node::Pair(Box::new((take("key"), take("value"))));
    }
    Node::Object(members.into_iter().map(|(name, node)| (name.to_owned(), node)).collect())
}

fn columns(attributes: Node, formatted: Node) -> Node {
    let members = |node| if let Node::Object(members) = node { members } else { Vec::new() };
    let mut columns = members(attributes);
    let has_label = |(_, label): &(String, Node)| *label != Node::Null;
    let formatted = members(formatted).into_iter().filter(has_label);
    columns.extend(formatted.map(|(name, label)| (name + "@formatted", label)));
    Node::Object(columns)
}

/// A list; one of pairs with keys of their own is an object.
fn list(items: Vec<Node>) -> Node {
    let mut keys = HashSet::with_capacity(items.len());
    let is_keyed = |item: &Node| match item {
        Node::Pair(pair) => matches!(&pair.0, Node::Text(key) if keys.insert(key.clone())),
        _ => false,
    };
    // A key that occurs twice would overwrite a member of the object, so such a list stays a list.
    if items.is_empty() || !items.iter().all(is_keyed) {
        return Node::List(items);
    }
    let member = |item| match item {
        Node::Pair(pair) => match *pair {
            (Node::Text(key), value) => Some((key, value)),
            _ => None,
        },
        _ => None,
    };
    Node::Object(items.into_iter().filter_map(member).collect())
}

/// What an element of an unknown type holds: text, or elements by their local names. The events go on
/// behind its end.
fn element(events: &mut XmlEvents<'_>) -> Node {
    // Elements of one name are gathered in the place of the first; the map keeps that linear.
    let mut places = HashMap::new();
    let mut members: Vec<(String, Vec<Node>)> = Vec::new();
    let mut text = String::new();
    let mut is_nil = false;
    while let Some(event) = events.next() {
        match event {
            XmlEvent::Attribute { name, value } => is_nil |= name.local == "nil" && value == "true",
            XmlEvent::Text(run) => text.push_str(run),
            XmlEvent::Start(name) => {
                let place = *places.entry(name.local).or_insert(members.len());
                if place == members.len() {
                    members.push((name.local.to_owned(), Vec::new()));
                }
                members[place].1.push(element(events));
            }
            XmlEvent::End => break,
            _ => {}
        }
    }
    if is_nil {
        return Node::Null;
    }
    if members.is_empty() {
        return Node::Text(text);
    }
    Node::Object(members.into_iter().map(|(name, nodes)| (name, one_or_all(nodes))).collect())
}

fn one_or_all(mut nodes: Vec<Node>) -> Node {
    match nodes.len() {
        1 => nodes.pop().unwrap_or(Node::Null),
        _ => Node::List(nodes),
    }
}
