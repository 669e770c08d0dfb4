//! The contract names of scalars.

use xrm_context::Namespace;
use xrm_context::contract::{IntegerKind, TypeName};

const fn schema(name: &'static str) -> TypeName {
    TypeName { name, namespace: Namespace::Schema, json: "" }
}

const fn serialization(name: &'static str) -> TypeName {
    TypeName { name, namespace: Namespace::Serialization, json: "" }
}

pub(super) const STRING: TypeName = schema("string");
pub(super) const BOOLEAN: TypeName = schema("boolean");
pub(super) const FLOAT: TypeName = schema("float");
pub(super) const DOUBLE: TypeName = schema("double");
pub(super) const DECIMAL: TypeName = schema("decimal");
pub(super) const DATE_TIME: TypeName = schema("dateTime");
pub(super) const BASE64: TypeName = schema("base64Binary");
pub(super) const URI: TypeName = schema("anyURI");
pub(super) const OBJECT: TypeName = schema("anyType");
pub(super) const GUID: TypeName = serialization("guid");
pub(super) const CHAR: TypeName = serialization("char");
pub(super) const DURATION: TypeName = serialization("duration");

pub(super) const fn integer(kind: IntegerKind) -> TypeName {
    schema(kind.xml_name())
}
