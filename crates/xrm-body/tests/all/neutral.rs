//! The neutral notation of the case files, read by the contracts' own walk: an object is a class,
//! an array of two a pair, `items` a collection. `fixtures/bodies/SOURCE.md` describes it.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use uuid::Uuid;
use xrm_body::Zone;
use xrm_context::contract::{
    DataContract, EnumType, IntegerKind, Lengths, Members, ObjectContent, PathSegment, Reader,
    Slot, TypeName, Violation,
};
use xrm_context::*;

use crate::notation;

/// The context that a case describes. Members that it does not name have the SDK's defaults.
pub(crate) fn context(json: &Json, zone: Tz) -> Result<RemoteExecutionContext, String> {
    let mut reader = Neutral { zone, here: json, begun: Vec::new(), lengths: Lengths::default() };
    reader.begin_class(None)?;
    RemoteExecutionContext::read_members(&mut reader)
}

struct Neutral<'a> {
    zone: Tz,
    /// The value that the reader stands at.
    here: &'a Json,
    begun: Vec<Begun<'a>>,
    lengths: Lengths,
}

/// What was begun and has not ended.
enum Begun<'a> {
    Class { members: serde_json::map::Iter<'a>, met: BTreeSet<&'a str> },
    Pair(std::slice::Iter<'a, Json>),
    List(std::slice::Iter<'a, Json>),
}

impl<'a> Neutral<'a> {
    fn wrong(&self, expected: &str) -> String {
        format!("{} is no {expected}", self.here)
    }

    /// The text of a scalar, which may stand on its own or with its type.
    fn text(&self, expected: &str) -> Result<&'a str, String> {
        let text = self.here.as_str().or_else(|| self.here["value"].as_str());
        text.ok_or_else(|| self.wrong(expected))
    }

    fn parsed<T: std::str::FromStr>(&self, expected: &str) -> Result<T, String> {
        self.text(expected)?.parse().map_err(|_| self.wrong(expected))
    }

    fn time(&self) -> Result<DateTime, String> {
        let ticks = self.here["ticks"].as_str().and_then(|ticks| ticks.parse().ok());
        let ticks: i64 = ticks.ok_or_else(|| self.wrong("date"))?;
        let date = match self.here["kind"].as_str() {
            Some("utc") => DateTime::utc(ticks),
            Some("unspecified") => DateTime::unspecified(ticks),
            Some("local") => {
                let offset = self.zone.offset_at_wall(ticks);
                DateTime::local(ticks - i64::from(offset) * DateTime::TICKS_PER_MINUTE, offset)
            }
            _ => return Err(self.wrong("date")),
        };
        date.map_err(|error| error.to_string())
    }

    /// A value that is told by its type and is complete without a walk.
    fn scalar(&self, name: &str) -> Result<Option<Value>, String> {
        let bits = |radix| {
            let text = self.here["bits"].as_str().unwrap_or_default();
            u64::from_str_radix(text, radix).map_err(|_| self.wrong("number"))
        };
        Ok(Some(match name {
            "object" => Value::Object,
            "long" => Value::Long(self.parsed("long")?),
            "short" => Value::Short(self.parsed("short")?),
            "byte" => Value::Byte(self.parsed("byte")?),
            "sbyte" => Value::SByte(self.parsed("sbyte")?),
            "ushort" => Value::UShort(self.parsed("ushort")?),
            "uint" => Value::UInt(self.parsed("uint")?),
            "ulong" => Value::ULong(self.parsed("ulong")?),
            "char" => Value::Char(self.parsed("char")?),
            "float" => Value::Float(f32::from_bits(u32::try_from(bits(16)?).unwrap())),
            "double" => Value::Double(f64::from_bits(bits(16)?)),
            "uri" => Value::Uri(absolute_uri(self.text("URI")?)),
            "datetime" => Value::DateTime(self.time()?),
            "timespan" => {
                let ticks = self.here["ticks"].as_str().and_then(|ticks| ticks.parse().ok());
                Value::TimeSpan(TimeSpan::from_ticks(ticks.ok_or_else(|| self.wrong("duration"))?))
            }
            "guid" | "decimal" | "bytes" | "string" => notation::value(self.here),
            _ => return Ok(None),
        }))
    }
}

/// .NET tells an absolute URI escaped, a relative one as it was given.
fn absolute_uri(given: &str) -> String {
    if !given.contains("://") {
        return given.to_owned();
    }
    let escape = |byte: u8| match byte {
        b'!'..=b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    given.bytes().map(escape).collect()
}

/// The type that the notation's short name means.
fn value_type(name: &str) -> Option<ValueType> {
    if let Some(item) = name.strip_suffix("[]") {
        return array_kind(item).map(ValueType::Array);
    }
    let name = match name {
        "dict<string,string>" => "StringDictionary",
        "kvp<string,string>" => "KeyValuePairOfStringString",
        name => name.rsplit('.').next()?,
    };
    let mut known = KnownType::ALL.iter().copied();
    known.find(|known| format!("{known:?}") == name).map(ValueType::Known)
}

fn array_kind(item: &str) -> Option<ArrayKind> {
    Some(match item {
        "object" => ArrayKind::OBJECT,
        "bool" => ArrayKind::BOOL,
        "int" => ArrayKind::INT,
        "string" => ArrayKind::STRING,
        "string[]" => ArrayKind::STRINGS,
        "double" => ArrayKind::DOUBLE,
        "decimal" => ArrayKind::DECIMAL,
        "guid" => ArrayKind::GUID,
        "datetime" => ArrayKind::DATE_TIME,
        item => match value_type(item)? {
            ValueType::Known(known) => ArrayKind::from_known(known)?,
            ValueType::Array(_) => return None,
        },
    })
}

impl Reader for Neutral<'_> {
    type Error = String;

    fn lengths(&mut self) -> &mut Lengths {
        &mut self.lengths
    }

    fn null(&mut self) -> Result<bool, String> {
        Ok(self.here.is_null())
    }

    fn bool(&mut self) -> Result<bool, String> {
        self.here.as_bool().ok_or_else(|| self.wrong("Boolean"))
    }

    fn integer(&mut self, kind: IntegerKind) -> Result<i128, String> {
        let number = match self.here.as_i64() {
            Some(number) => number.into(),
            None => self.parsed("integer")?,
        };
        if kind.holds(number) { Ok(number) } else { Err(self.wrong(kind.xml_name())) }
    }

    fn int(&mut self) -> Result<i32, String> {
        let number = self.integer(IntegerKind::Int)?;
        i32::try_from(number).map_err(|error| error.to_string())
    }

    fn double(&mut self) -> Result<f64, String> {
        match self.scalar("double")? {
            Some(Value::Double(value)) => Ok(value),
            _ => Err(self.wrong("double")),
        }
    }

    fn decimal(&mut self) -> Result<Decimal, String> {
        match notation::value(self.here) {
            Value::Decimal(value) => Ok(value),
            _ => Err(self.wrong("decimal")),
        }
    }

    fn string(&mut self) -> Result<String, String> {
        match notation::value(self.here) {
            Value::String(value) => Ok(value),
            _ => Err(self.wrong("string")),
        }
    }

    fn guid(&mut self) -> Result<Uuid, String> {
        self.parsed("guid")
    }

    fn date_time(&mut self) -> Result<DateTime, String> {
        self.time()
    }

    fn enumeration(&mut self, kind: &'static EnumType) -> Result<i32, String> {
        if let Some(number) = self.here.as_i64() {
            return i32::try_from(number).map_err(|error| error.to_string());
        }
        let text = self.text("enumeration")?;
        let value = text.parse().ok().or_else(|| notation::flags(kind, text));
        value.ok_or_else(|| self.wrong(kind.type_name.name))
    }

    fn object(&mut self) -> Result<ObjectContent, String> {
        let Some(members) = self.here.as_object() else {
            return Ok(ObjectContent::Complete(notation::value(self.here)));
        };
        let name = members.get("type").and_then(Json::as_str).ok_or_else(|| self.wrong("value"))?;
        if let Some(value) = self.scalar(name)? {
            return Ok(ObjectContent::Complete(value));
        }
        let known = value_type(name).ok_or_else(|| format!("{name} is no type of a value"))?;
        match known {
            ValueType::Known(known) if known.is_scalar() => {}
            ValueType::Known(known) if !known.is_list() => self.begin_class(None)?,
            _ => self.begin_list()?,
        }
        Ok(ObjectContent::Known(known))
    }

    fn begin_class(&mut self, _: Option<&'static TypeName>) -> Result<(), String> {
        self.begun.push(match self.here {
            Json::Object(members) => Begun::Class { members: members.iter(), met: BTreeSet::new() },
            Json::Array(pair) if pair.len() == 2 => Begun::Pair(pair.iter()),
            _ => return Err(self.wrong("class")),
        });
        Ok(())
    }

    fn member(&mut self, members: &mut Members) -> Result<Option<usize>, String> {
        match self.begun.last_mut() {
            Some(Begun::Pair(values)) => {
                if let Some(value) = values.next() {
                    self.here = value;
                    return Ok(Some(members.take_expected()));
                }
            }
            Some(Begun::Class { members: given, met }) => {
                for (name, value) in given {
                    // A null leaves the member at the default, which is null or empty.
                    if name == "type" || name.starts_with('#') || value.is_null() {
                        continue;
                    }
                    let index = members.find(|slot| slot.name == name);
                    let index = index.ok_or_else(|| format!("there is no member {name}"))?;
                    assert!(members.take(index) && met.insert(name), "{name} appears twice");
                    self.here = value;
                    return Ok(Some(index));
                }
                take_all(members);
            }
            _ => return Err(self.wrong("class")),
        }
        self.begun.pop();
        Ok(None)
    }

    fn begin_list(&mut self) -> Result<(), String> {
        let items = self.here.as_array().or_else(|| self.here["items"].as_array());
        let items = items.ok_or_else(|| self.wrong("collection"))?;
        self.begun.push(Begun::List(items.iter()));
        Ok(())
    }

    fn item(&mut self, _: &Slot, _: usize) -> Result<bool, String> {
        let Some(Begun::List(items)) = self.begun.last_mut() else {
            return Err(self.wrong("collection"));
        };
        match items.next() {
            Some(item) => self.here = item,
            None => {
                self.begun.pop();
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_strict(&self) -> bool {
        false
    }

    fn invalid(&self, what: Violation) -> String {
        what.to_string()
    }

    fn within(error: String, segment: PathSegment<'_>) -> String {
        format!("{segment:?}: {error}")
    }
}

/// An application's own values lack no member.
fn take_all(members: &mut Members) {
    let mut count = 0;
    let _: Option<usize> = members.find(|_| {
        count += 1;
        false
    });
    for index in 0..count {
        let _first: bool = members.take(index);
    }
}
