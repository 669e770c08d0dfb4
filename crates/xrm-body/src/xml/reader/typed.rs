//! Values whose types are in their start tags.

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use xrm_context::contract::{IntegerKind, ObjectContent, Reader, TypeName, derived_types};
use xrm_context::raw::{RawXml, Recording};
use xrm_context::{Namespace, NumberValue, Origin, Raw, Value, ValueType};

use super::hint::{SCALARS, Scalar};
use super::{XmlReader, is_blank, read_bool, read_int};
use crate::error::{Error, ErrorKind};
use crate::number::{self, keep_text};
use crate::text::{decimal, guid, trimmed};
use crate::xml::tag::QName;

/// XML Schema's types that .NET reads as strings, and those that it reads as 64-bit integers.
///
/// Source: `DataContract.TryCreateBuiltInDataContract` of .NET Framework's reference sources, and for `date`,
/// `token` and `integer` the probes.
const TEXTS: [&str; 20] = [
    "date",
    "time",
    "gYear",
    "gYearMonth",
    "gMonth",
    "gMonthDay",
    "gDay",
    "hexBinary",
    "token",
    "normalizedString",
    "language",
    "Name",
    "NCName",
    "ID",
    "IDREF",
    "IDREFS",
    "ENTITY",
    "ENTITIES",
    "NMTOKEN",
    "NMTOKENS",
];
const INTEGERS: [&str; 5] =
    ["integer", "positiveInteger", "negativeInteger", "nonPositiveInteger", "nonNegativeInteger"];

impl XmlReader<'_> {
    /// Begins the value of an `object` place with any start tag.
    pub(super) fn any_object(&mut self) -> Result<ObjectContent, Error> {
        if self.null()? {
            return Ok(ObjectContent::Complete(Value::Null));
        }
        let Some(name) = self.instance_attribute("type")? else {
            let error = self.error(ErrorKind::MissingType);
            let text = self.text().map_err(|_| error.clone())?;
            // An element without a type and without content is a bare `Object` to the platform.
            return if text.is_empty() {
                Ok(ObjectContent::Complete(Value::Object))
            } else {
                Err(error)
            };
        };
        let name = QName::parse(self.type_text(&name));
        let namespace = self.binding(name.prefix)?.and_then(|binding| binding.known);
        self.typed(name.local, namespace)
    }

    /// A type's name as written. The platform allows no blanks around it.
    fn type_text<'n>(&self, name: &'n str) -> &'n str {
        if self.strict { name } else { trimmed(name) }
    }

    /// Reads the value of an `object` place that has this type.
    fn typed(&mut self, local: &str, namespace: Option<Namespace>) -> Result<ObjectContent, Error> {
        if let Some(value) = self.typed_scalar(local, namespace)? {
            return Ok(ObjectContent::Complete(value));
        }
        match namespace.and_then(|namespace| ValueType::from_name(local, namespace)) {
            // The platform knows the type from a collection only, and takes it as an item of arrays.
            Some(ValueType::Known(known))
                if self.strict && known.is_known_by_collection() && !self.is_at_array_item() =>
            {
                Err(self.error(ErrorKind::UnknownType(local.to_owned())))
            }
            // An enumeration has no members, so no class is entered.
            Some(ValueType::Known(known)) if known.is_scalar() => {
                Ok(ObjectContent::Known(ValueType::Known(known)))
            }
            Some(known) => {
                self.enter();
                Ok(ObjectContent::Known(known))
            }
            None if self.strict => self.strict_text(local, namespace).map(ObjectContent::Complete),
            None => {
                let mut content = Recording::default();
                self.raw(&mut content)?;
                content.shrink_to_fit();
                let raw = Raw::Xml(RawXml::new(content));
                Ok(ObjectContent::Complete(Value::Raw(Box::new(raw))))
            }
        }
    }

    /// Whether the current element is an item of an array of `object` places.
    fn is_at_array_item(&self) -> bool {
        QName::parse(self.current.name.text()).local == "anyType"
    }

    /// Reads a value of a type that is no contract's: the platform takes XML Schema's lesser types for
    /// strings, 64-bit integers and a duration, and refuses all others.
    fn strict_text(&mut self, local: &str, namespace: Option<Namespace>) -> Result<Value, Error> {
        match local {
            _ if namespace != Some(Namespace::Schema) => {}
            "duration" => return self.time_span(),
            _ if INTEGERS.contains(&local) => return self.integer_value(IntegerKind::Long),
            _ if TEXTS.contains(&local) => return self.string().map(Value::String),
            _ => {}
        }
        Err(self.error(ErrorKind::UnknownType(local.to_owned())))
    }

    fn time_span(&mut self) -> Result<Value, Error> {
        self.scalar("duration", |text| trimmed(text).parse().ok()).map(Value::TimeSpan)
    }

    /// Makes sure that the current element is of the type that its place declares, or of one that
    /// is known to be derived of it, which it gives: what another type has beyond that would be
    /// lost.
    #[cold]
    pub(super) fn derived_type(
        &self,
        declared: &'static TypeName,
    ) -> Result<Option<&'static TypeName>, Error> {
        let Some(name) = self.instance_attribute("type")? else { return Ok(None) };
        let name = QName::parse(self.type_text(&name));
        let uri = self.uri(name.prefix)?;
        let is_it = |known: &TypeName| name.local == known.name && uri == known.namespace.uri();
        if is_it(declared) {
            return Ok(None);
        }
        if let Some(derived) = derived_types(declared).find(|derived| is_it(derived)) {
            return Ok(Some(derived));
        }
        Err(self.error(ErrorKind::UnexpectedType { declared: declared.name }))
    }

    /// Reads a scalar of this type; `None` if the type is no scalar.
    fn typed_scalar(
        &mut self,
        local: &str,
        namespace: Option<Namespace>,
    ) -> Result<Option<Value>, Error> {
        let is_it = |name: &TypeName| name.name == local && Some(name.namespace) == namespace;
        if let Some((_, scalar)) = SCALARS.iter().find(|(name, _)| is_it(name)) {
            return self.frequent(*scalar).map(Some);
        }
        let value = match (namespace, local) {
            (Some(Namespace::Schema), "float") => {
                let numbers = self.numbers;
                self.number("Single", |text| {
                    number::parse_float(text, numbers).map(NumberValue::Float)
                })?
            }
            (Some(Namespace::Schema), "base64Binary") => {
                Value::Bytes(self.scalar("base64 text", read_base64)?)
            }
            (Some(Namespace::Schema), "anyURI") => Value::Uri(self.string()?),
            (Some(Namespace::Schema), "anyType") => {
                self.scalar("empty value", |text| is_blank(text).then_some(()))?;
                Value::Object
            }
            (Some(Namespace::Schema), name) => {
                let kinds = IntegerKind::ALL.iter();
                match kinds.copied().find(|kind| kind.xml_name() == name) {
                    Some(kind) => self.integer_value(kind)?,
                    None => return Ok(None),
                }
            }
            // A char is written as the number of its UTF-16 unit.
            (Some(Namespace::Serialization), "char") => {
                Value::Char(self.scalar("Char", |text| trimmed(text).parse().ok())?)
            }
            (Some(Namespace::Serialization), "duration") => self.time_span()?,
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    /// Reads a scalar of one of the types that most bodies hold.
    pub(super) fn frequent(&mut self, scalar: Scalar) -> Result<Value, Error> {
        match scalar {
            Scalar::String => self.string().map(Value::String),
            Scalar::Int => self.parse("Int32", read_int).map(Value::Int),
            Scalar::Bool => self.parse("Boolean", read_bool).map(Value::Bool),
            Scalar::DateTime => self.date_value().map(Value::DateTime),
            Scalar::Guid => self.parse("Guid", guid::read_guid).map(Value::Guid),
            Scalar::Decimal => self.number("Decimal", |text| {
                decimal::read_decimal(text, false).map(NumberValue::Decimal)
            }),
            Scalar::Double => {
                let numbers = self.numbers;
                self.number("Double", |text| {
                    number::parse_double(text, numbers).map(NumberValue::Double)
                })
            }
        }
    }

    fn number(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<NumberValue>,
    ) -> Result<Value, Error> {
        self.parse(name, |text| parse(text).map(|value| keep_text(value, text, Origin::Xml)))
    }

    fn integer_value(&mut self, kind: IntegerKind) -> Result<Value, Error> {
        let number = self.integer(kind)?;
        let value = match kind {
            IntegerKind::Int => i32::try_from(number).map(Value::Int),
            IntegerKind::Long => i64::try_from(number).map(Value::Long),
            IntegerKind::Short => i16::try_from(number).map(Value::Short),
            IntegerKind::Byte => u8::try_from(number).map(Value::Byte),
            IntegerKind::SByte => i8::try_from(number).map(Value::SByte),
            IntegerKind::UShort => u16::try_from(number).map(Value::UShort),
            IntegerKind::UInt => u32::try_from(number).map(Value::UInt),
            IntegerKind::ULong => u64::try_from(number).map(Value::ULong),
        };
        value.map_err(|_| self.error(ErrorKind::BadValue(kind.xml_name())))
    }
}

/// Base64 as .NET reads it: the last character may have bits that no byte needs.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

fn read_base64(text: &str) -> Option<Vec<u8>> {
    // XML Schema allows blanks inside, which the base64 crate refuses.
    if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        let compact: String = text.split_ascii_whitespace().collect();
        return BASE64.decode(compact).ok();
    }
    BASE64.decode(text).ok()
}
