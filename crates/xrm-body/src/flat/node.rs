//! The tree that a flat view is.

use std::collections::BTreeMap;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A value of JSON whose numbers are texts.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    /// A number, as JSON writes one.
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
    /// A key and a value; those of a whole list become an object.
    Pair(Box<(Self, Self)>),
    /// A JSON text that is kept as it stood.
    Json(String),
}

impl Node {
    pub(super) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(text) => number(text),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Object(members) => {
                members.iter().map(|(name, node)| (name.clone(), node.to_json())).collect()
            }
            Self::Pair(pair) => {
                [("key", pair.0.to_json()), ("value", pair.1.to_json())].into_iter().collect()
            }
            Self::Json(text) => kept(text, 0),
        }
    }
}

/// The depth down to which a kept JSON text is shown as a tree. What is deeper stays text.
const MAX_KEPT_DEPTH: usize = 128;

/// A JSON text as a tree, or as a string where serde_json can't hold it. It is taken apart object by
/// object, because serde_json would take an object whose first name is
/// `$serde_json::private::RawValue` for a raw text of its own.
fn kept(text: &str, depth: usize) -> serde_json::Value {
    let inner = |raw: &RawValue| kept(raw.get(), depth + 1);
    let tree = match text.as_bytes().first() {
        // serde_json has the same limit for a text of its own; taken apart level by level, it would
        // never apply.
        Some(b'{' | b'[') if depth == MAX_KEPT_DEPTH => None,
        Some(b'{') => {
            serde_json::from_str(text).ok().map(|members: BTreeMap<String, &RawValue>| {
                members.into_iter().map(|(name, raw)| (name, inner(raw))).collect()
            })
        }
        Some(b'[') => serde_json::from_str(text)
            .ok()
            .map(|items: Vec<&RawValue>| items.into_iter().map(inner).collect()),
        Some(b'-' | b'0'..=b'9') => Some(number(text)),
        _ => serde_json::from_str(text).ok(),
    };
    tree.unwrap_or_else(|| text.into())
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(text) => match integer(text) {
                Some(integer) => serializer.serialize_i64(integer),
                None => serialize_raw(text, serializer),
            },
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, node)| (name, node)))
            }
            Self::Pair(pair) => serializer.collect_map([("key", &pair.0), ("value", &pair.1)]),
            Self::Json(text) => serialize_raw(text, serializer),
        }
    }
}

fn serialize_raw<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let raw: &RawValue = serde_json::from_str(text).map_err(S::Error::custom)?;
    raw.serialize(serializer)
}

/// The integer that is written with this very text.
fn integer(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// The number as serde_json holds it, or its text where a double would lose digits of it.
fn number(text: &str) -> serde_json::Value {
    let parsed: Option<serde_json::Number> = text.parse().ok();
    // serde_json's own reading of a double may miss the nearest one by a bit.
    let nearest = || text.parse().ok().and_then(serde_json::Number::from_f64);
    let is_exact = |number: &serde_json::Number| is_same(&number.to_string(), text);
    match parsed.filter(is_exact).or_else(|| nearest().filter(is_exact)) {
        Some(number) => number.into(),
        None => text.into(),
    }
}

/// Whether two texts of JSON are the same number.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    a == b || significant(a) == significant(b)
}

/// A number's sign, its digits without zeros around, and the power of ten that they are of. `None`
/// where the power is beyond all bounds.
fn significant(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    // Numbers are compared as digits and a power of ten; parsing them would bring rounding in.
    let (number, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all = [whole, fraction].concat();
    let digits = all.trim_end_matches('0');
    let places =
        i64::try_from(all.len() - digits.len()).ok()? - i64::try_from(fraction.len()).ok()?;
    let digits = digits.trim_start_matches('0').to_owned();
    let power = power.parse::<i64>().ok()?.checked_add(places)?;
    let power = if digits.is_empty() { 0 } else { power };
    Some((negative, digits, power))
}

/// Whether JSON writes a number so.
pub(super) fn is_json_number(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let ends = text.ends_with(|last: char| last.is_ascii_digit());
    begins && ends && is_json(text)
}

/// Whether the text is JSON.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}
