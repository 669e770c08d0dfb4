//! Values and members kept as they stood in a body, because this version does not know their type.

mod recording;
mod unknown;

use std::fmt;

pub use recording::{Recording, XmlEvent, XmlEvents, XmlName};
pub use unknown::UnknownMember;
pub(crate) use unknown::UnknownMembers;

/// A value of a contract type that this version does not know. It is written back unchanged in
/// the format it was read from; the other format refuses it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Raw {
    /// A JSON value.
    Json(RawJson),
    /// The content of an XML element.
    Xml(RawXml),
}

impl Raw {
    /// The contract type's name as the body gave it: the `__type` hint in JSON, the name and the
    /// namespace of `i:type` in XML. `None` where the body gave none.
    #[must_use]
    pub fn type_name(&self) -> Option<String> {
        match self {
            Self::Json(json) => json.type_hint.clone(),
            Self::Xml(xml) => xml.type_name().map(|name| name.to_string()),
        }
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.type_name() {
            Some(name) => write!(f, "a value of the contract type {name}"),
            None => f.write_str("a value without a contract type"),
        }
    }
}

/// A JSON value as its tokens, without the blanks between them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawJson {
    /// The tokens.
    pub text: String,
    /// The value of `__type`, unescaped, where the value is an object that has one.
    pub type_hint: Option<String>,
}

/// The content of an XML element: its attributes and declarations, and what is inside.
///
/// Two are equal when their names, attributes, elements and texts are: names are expanded, so where
/// their prefixes were declared is not part of the value.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct RawXml(Recording);

impl RawXml {
    /// The content that was recorded.
    #[must_use]
    pub fn new(content: Recording) -> Self {
        Self(content)
    }

    /// The name that `i:type` gives, expanded.
    #[must_use]
    pub fn type_name(&self) -> Option<XmlName<'_>> {
        let of_tag = self.events().take_while(|event| {
            !matches!(event, XmlEvent::Start(_) | XmlEvent::Text(_) | XmlEvent::End)
        });
        of_tag.into_iter().find_map(|event| match event {
            XmlEvent::Type(name) => Some(name),
            _ => None,
        })
    }

    /// What the element has, in order: attributes, declarations, the type, and what is inside.
    #[must_use]
    pub fn events(&self) -> XmlEvents<'_> {
        self.0.xml_events()
    }
}
