//! The neutral notation of the case files and of `results.tsv`: a JSON string, Boolean, null or
//! integer is itself, anything else `{"type": T, ...}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use xrm_context::*;

/// The value that the notation stands for.
pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::String(value) => Value::from(value.as_str()),
        Json::Number(number) => Value::Int(number.as_i64().unwrap().try_into().unwrap()),
        Json::Array(_) => panic!("an array has a type: {json}"),
        Json::Object(_) => typed(json),
    }
}

fn text<'a>(json: &'a Json, member: &str) -> &'a str {
    json[member].as_str().unwrap_or_else(|| panic!("{member} of {json}"))
}

fn items(json: &Json) -> Vec<Value> {
    json["items"].as_array().unwrap().iter().map(value).collect()
}

fn typed(json: &Json) -> Value {
    let number = || text(json, "value");
    match text(json, "type") {
        "object" => Value::Object,
        "long" => Value::Long(number().parse().unwrap()),
        "decimal" => Value::Decimal(decimal(json)),
        "double" => {
            let value = f64::from_bits(u64::from_str_radix(text(json, "bits"), 16).unwrap());
            Value::Double(if value.is_nan() { f64::NAN } else { value })
        }
        "guid" => Value::Guid(number().parse().unwrap()),
        "datetime" => Value::DateTime(date_time(json)),
        "bytes" => Value::Bytes(STANDARD.decode(text(json, "base64")).unwrap()),
        "string" => Value::String(utf16(text(json, "utf16"))),
        "object[]" => Value::Array(Array::from_objects(items(json))),
        "string[]" => Value::Array(Array::new(ArrayKind::STRING, items(json)).unwrap()),
        "OptionSetValueCollection" => Value::from(OptionSetValueCollection::new()),
        "ConcurrencyBehavior" => enumeration(ConcurrencyBehavior::TYPE, json, |number| {
            Value::from(ConcurrencyBehavior(number))
        }),
        "Metadata.EntityFilters" => Value::from(parameter::EntityFilters(
            flags(parameter::EntityFilters::TYPE, text(json, "value")).expect("names of flags"),
        )),
        "Money" => Value::from(Money::new(decimal(&json["Value"]))),
        "kvp<string,string>" => Value::from(KeyValuePairOfStringString {
            key: json["key"].as_str().map(str::to_owned),
            value: json["value"].as_str().map(str::to_owned),
            ..Default::default()
        }),
        other => panic!("an unknown type {other}"),
    }
}

fn enumeration(kind: &contract::EnumType, json: &Json, make: impl FnOnce(i32) -> Value) -> Value {
    make(kind.number_of(text(json, "value")).expect("a name of the enumeration"))
}

/// The number of an enumeration's names, as the SDK's `ToString` tells them: some of its names are
/// no names of the contract.
pub(crate) fn flags(kind: &contract::EnumType, names: &str) -> Option<i32> {
    let of_sdk = |name: &str| match name {
        _ if kind.type_name != parameter::EntityFilters::TYPE.type_name => None,
        "All" => Some(parameter::EntityFilters::ALL.0),
        "Default" => Some(parameter::EntityFilters::DEFAULT.0),
        _ => None,
    };
    names
        .split(", ")
        .try_fold(0, |sum, name| Some(sum | of_sdk(name).or_else(|| kind.number_of(name))?))
}

fn decimal(json: &Json) -> Decimal {
    match json["value"].as_str() {
        Some(text) => text.parse().unwrap(),
        None => {
            let bits: Vec<_> = json["bits"]
                .as_array()
                .unwrap()
                .iter()
                .map(|n| n.as_u64().unwrap() as u32)
                .collect();
            let mut value =
                Decimal::from_parts(bits[0], bits[1], bits[2], false, bits[3] >> 16 & 0xff);
            value.set_sign_negative(bits[3] >> 31 == 1);
            value
        }
    }
}

fn date_time(json: &Json) -> DateTime {
    let ticks = text(json, "ticks").parse().unwrap();
    match text(json, "kind") {
        "utc" => DateTime::utc(ticks).unwrap(),
        "unspecified" => DateTime::unspecified(ticks).unwrap(),
        _ => DateTime::local(ticks, 0).unwrap(),
    }
}

/// Code units in hexadecimal. A lone surrogate is U+FFFD, since no Rust string holds it.
fn utf16(units: &str) -> String {
    let units: Vec<_> =
        units.split(' ').map(|unit| u16::from_str_radix(unit, 16).unwrap()).collect();
    String::from_utf16_lossy(&units)
}

/// The value as a process tells it whose clock shows UTC: the platform forgets a local time's own
/// offset.
pub(crate) fn as_told_in_utc(value: Value) -> Value {
    match value {
        Value::DateTime(date) if date.kind() == DateTimeKind::Local => {
            Value::DateTime(DateTime::local(date.ticks(), 0).unwrap())
        }
        value => value,
    }
}

/// A member of the context as a value; none for members that the notation shows otherwise.
pub(crate) fn member(context: &RemoteExecutionContext, name: &str) -> Option<Value> {
    Some(match name {
        "Depth" => context.depth.into(),
        "Stage" => context.stage.0.into(),
        "IsInTransaction" => context.is_in_transaction.into(),
        "OrganizationName" => context.organization_name.clone().into(),
        "MessageName" => context.message_name.clone().into(),
        "OrganizationId" => Value::from(context.organization_id.to_string().as_str()),
        "BusinessUnitId" => Value::from(context.business_unit_id.to_string().as_str()),
        "OperationCreatedOn" => context.operation_created_on.into(),
        _ => return None,
    })
}
