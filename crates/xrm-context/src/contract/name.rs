//! The names of contract types.

use crate::namespace::Namespace;

/// The name of a contract type: its local name and its namespace, and the bytes that tell it.
#[derive(Clone, Copy, Debug)]
pub struct TypeName {
    /// The local name, `Entity` for example.
    pub name: &'static str,
    /// The namespace it stands in.
    pub namespace: Namespace,
    /// The value of the JSON type hint, escaped and in quotes:
    /// `"Entity:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts"`.
    pub json: &'static str,
    /// The whole member: `"__type":"Entity:...",`.
    pub json_member: &'static str,
    /// The end of a start tag in XML where the type is of the default namespace:
    /// ` i:type="Entity">`.
    pub xml_hint: &'static str,
    /// The same where the type's namespace is to be bound to the prefix `b`:
    /// ` i:type="b:string" xmlns:b="http://www.w3.org/2001/XMLSchema">`.
    pub xml_hint_b: &'static str,
}

// The bytes follow from name and namespace, and comparing them would take longer.
impl PartialEq for TypeName {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.namespace) == (other.name, other.namespace)
    }
}

impl Eq for TypeName {}

/// The name of a contract type, with its JSON type hint. See [`TypeName`](super::TypeName).
macro_rules! type_name {
    ($($name:literal)+ in $namespace:ident) => {
        $crate::contract::TypeName {
            name: concat!($($name),+),
            namespace: $crate::namespace::Namespace::$namespace,
            json: concat!(
                "\"",
                $($name,)+
                ":",
                $crate::namespace::namespace_text!(json $namespace),
                "\""
            ),
            json_member: concat!(
                "\"__type\":\"",
                $($name,)+
                ":",
                $crate::namespace::namespace_text!(json $namespace),
                "\","
            ),
            xml_hint: concat!(" i:type=\"", $($name,)+ "\">"),
            xml_hint_b: concat!(
                " i:type=\"b:",
                $($name,)+
                "\" xmlns:b=\"",
                $crate::namespace::namespace_text!($namespace),
                "\">"
            ),
        }
    };
}
pub(crate) use type_name;
