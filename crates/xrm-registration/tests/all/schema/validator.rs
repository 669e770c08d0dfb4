//! As much of JSON Schema as the schemas use. A keyword that it does not know is an error, so that
//! nothing is passed over.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};
use uuid::Uuid;
use xrm_context::Decimal;

/// What only tells people something.
const ANNOTATIONS: &[&str] = &["$schema", "$defs", "title", "description", "default"];

pub(crate) struct Validator {
    root: Json,
}

type Members = Map<String, Json>;

impl Validator {
    pub(crate) fn new(schema: &str) -> Self {
        Self { root: serde_json::from_str(schema).expect("the schema is JSON") }
    }

    /// The schema of this name.
    pub(crate) fn definition(&self, name: &str) -> &Json {
        &self.root["$defs"][name]
    }

    /// The names of all members that objects may have.
    pub(crate) fn members(&self) -> BTreeSet<String> {
        let mut members = BTreeSet::new();
        collect_members(&self.root, &mut members);
        members
    }

    /// # Errors
    /// What is wrong with a document.
    pub(crate) fn check(&self, document: &Json) -> Result<(), String> {
        self.check_by(&self.root, document)
    }

    fn check_by(&self, schema: &Json, value: &Json) -> Result<(), String> {
        if *schema == Json::Bool(false) {
            return Err(format!("{value} is one too many"));
        }
        let schema = schema.as_object().expect("a schema is an object");
        for (keyword, rule) in schema {
            if !ANNOTATIONS.contains(&keyword.as_str()) {
                self.check_keyword(keyword, rule, schema, value)?;
            }
        }
        Ok(())
    }

    fn check_keyword(
        &self,
        keyword: &str,
        rule: &Json,
        schema: &Members,
        value: &Json,
    ) -> Result<(), String> {
        let holds = match (keyword, value) {
            ("$ref", _) => {
                let name = rule.as_str().and_then(|it| it.strip_prefix("#/$defs/"));
                let definition = self.definition(name.expect("it refers to a definition"));
                return self.check_by(definition, value);
            }
            ("anyOf", _) => {
                let mut schemas = rule.as_array().expect("anyOf is a list").iter();
                schemas.any(|it| self.check_by(it, value).is_ok())
            }
            ("enum", _) => rule.as_array().expect("enum is a list").contains(value),
            ("type", _) => is_of_type(rule, value),
            ("minimum", Json::Number(number)) => {
                number.as_i128() >= rule.as_number().and_then(|it| it.as_i128())
            }
            ("maximum", Json::Number(number)) => {
                number.as_i128() <= rule.as_number().and_then(|it| it.as_i128())
            }
            ("minLength", Json::String(text)) => text.chars().count() as u64 >= number(rule),
            ("maxLength", Json::String(text)) => text.chars().count() as u64 <= number(rule),
            ("minProperties", Json::Object(members)) => members.len() as u64 >= number(rule),
            ("maxProperties", Json::Object(members)) => members.len() as u64 <= number(rule),
            ("pattern", Json::String(text)) => {
                matches(rule.as_str().expect("a pattern is a text"), text)
            }
            ("required", Json::Object(members)) => {
                let mut names = rule.as_array().expect("required is a list").iter();
                names.all(|it| members.contains_key(it.as_str().expect("a name is a text")))
            }
            ("items", Json::Array(items)) => {
                return items.iter().try_for_each(|it| self.check_by(rule, it));
            }
            ("properties", Json::Object(members)) => {
                let known = members.iter().filter_map(|(name, it)| Some((rule.get(name)?, it)));
                return known.into_iter().try_for_each(|(rule, it)| self.check_by(rule, it));
            }
            ("patternProperties", Json::Object(members)) => {
                let rule = &rule["^ArrayOf"];
                let mut known = members.iter().filter(|(name, _)| name.starts_with("ArrayOf"));
                return known.try_for_each(|(_, it)| self.check_by(rule, it));
            }
            ("additionalProperties", Json::Object(members)) => {
                let is_known = |name: &String| {
                    schema.get("properties").is_some_and(|it| it.get(name).is_some())
                        || schema.contains_key("patternProperties") && name.starts_with("ArrayOf")
                };
                let mut others = members.iter().filter(|(name, _)| !is_known(name));
                return others.try_for_each(|(_, it)| self.check_by(rule, it));
            }
            (
                "minimum"
                | "maximum"
                | "minLength"
                | "maxLength"
                | "minProperties"
                | "maxProperties"
                | "pattern"
                | "required"
                | "items"
                | "properties"
                | "patternProperties"
                | "additionalProperties",
                _,
            ) => true,
            (other, _) => unreachable!("the keyword {other} is not known here"),
        };
        if holds { Ok(()) } else { Err(format!("{value} breaks {keyword}: {rule}")) }
    }
}

fn collect_members(schema: &Json, members: &mut BTreeSet<String>) {
    match schema {
        Json::Array(items) => items.iter().for_each(|it| collect_members(it, members)),
        Json::Object(object) => {
            if let Some(Json::Object(properties)) = object.get("properties") {
                members.extend(properties.keys().cloned());
            }
            object.values().for_each(|it| collect_members(it, members));
        }
        _ => {}
    }
}

fn is_of_type(rule: &Json, value: &Json) -> bool {
    let is = |name: &Json| match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        other => unreachable!("{other:?} is no type"),
    };
    match rule {
        Json::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

fn number(rule: &Json) -> u64 {
    rule.as_u64().expect("it is a number")
}

/// What the patterns mean; their text is the schemas'.
fn matches(pattern: &str, text: &str) -> bool {
    let begins_as_date = || text.len() >= 10 && text.as_bytes()[4] == b'-';
    match pattern {
        _ if pattern.starts_with("^([0-9a-fA-F]{8}-") => Uuid::try_parse(text).is_ok(),
        r"^-?[0-9]+(\.[0-9]+)?$" => Decimal::from_str_exact(text).is_ok(),
        _ if pattern.starts_with("^[0-9]{4}-[0-9]{2}-[0-9]{2}(") => begins_as_date(),
        _ if pattern.starts_with("^-?P(") => text.trim_start_matches('-').starts_with('P'),
        _ if pattern.starts_with("^([A-Za-z0-9+/]{4})*(") => text.len().is_multiple_of(4),
        other => unreachable!("the pattern {other} is not known here"),
    }
}
