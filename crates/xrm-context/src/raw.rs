//! Values and members kept as they stood in a body, because this version does not know their type.

use std::fmt;

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
            Self::Xml(xml) => xml.type_name.as_ref().map(ToString::to_string),
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

/// The content of an XML element: its attributes, declarations and children.
///
/// Two are equal when their names, attributes and children are: names are expanded, so where their
/// prefixes were declared is not part of the value.
#[derive(Clone, Eq, Default, Debug)]
pub struct RawXml {
    /// The name that `i:type` gives, expanded.
    pub type_name: Option<XmlName>,
    // Texts inside may use a prefix (`i:type="b:string"` in content that is not understood), so unused
    // declarations may be needed all the same.
    /// The namespace declarations on the element, unused ones too: prefix (empty for the default
    /// namespace) and URI.
    pub declarations: Vec<(String, String)>,
    /// The attributes, apart from namespace declarations, and their values.
    pub attributes: Vec<(XmlName, String)>,
    /// Elements and text, in order.
    pub children: Vec<XmlNode>,
}

impl PartialEq for RawXml {
    fn eq(&self, other: &Self) -> bool {
        (&self.type_name, &self.attributes, &self.children)
            == (&other.type_name, &other.attributes, &other.children)
    }
}

/// A node inside a raw XML value.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum XmlNode {
    /// An element.
    Element(XmlElement),
    /// Text, with its references resolved.
    Text(String),
}

/// An element inside a raw XML value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XmlElement {
    /// The element's name.
    pub name: XmlName,
    /// What it holds.
    pub content: RawXml,
}

/// A name in XML, expanded, with the prefix that it had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct XmlName {
    /// The prefix, empty where there was none.
    pub prefix: String,
    /// The local name.
    pub local: String,
    /// The namespace's URI, empty for no namespace.
    pub namespace: String,
}

impl fmt::Display for XmlName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.local, self.namespace)
    }
}

/// A member that this version does not know, kept with its position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownMember {
    position: usize,
    content: UnknownContent,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum UnknownContent {
    Json {
        name: String,
        value: RawJson,
    },
    /// A `__type` that says what the place declares anyway.
    Hint(RawJson),
    Xml(XmlElement),
}

impl UnknownMember {
    /// A member of a JSON object. It stands before the known member with the index `position`.
    #[must_use]
    pub fn json(position: usize, name: String, value: RawJson) -> Self {
        Self { position, content: UnknownContent::Json { name, value } }
    }

    /// A `__type` of a JSON object that says what its place declares anyway: JSON writes it again,
    /// XML has nothing to write.
    #[must_use]
    pub fn redundant_hint(value: RawJson) -> Self {
        Self { position: 0, content: UnknownContent::Hint(value) }
    }

    /// Whether this is a `__type` that says what its place declares anyway.
    #[must_use]
    pub fn is_redundant_hint(&self) -> bool {
        matches!(self.content, UnknownContent::Hint(_))
    }

    /// A member element in XML. It stands before the known member with the index `position`.
    #[must_use]
    pub fn xml(position: usize, element: XmlElement) -> Self {
        Self { position, content: UnknownContent::Xml(element) }
    }

    /// The member's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.content {
            UnknownContent::Json { name, .. } => name,
            UnknownContent::Hint(_) => "__type",
            UnknownContent::Xml(element) => &element.name.local,
        }
    }

    /// The value, if the member was read from JSON.
    #[must_use]
    pub fn as_json(&self) -> Option<&RawJson> {
        match &self.content {
            UnknownContent::Json { value, .. } | UnknownContent::Hint(value) => Some(value),
            UnknownContent::Xml(_) => None,
        }
    }

    /// The element, if the member was read from XML.
    #[must_use]
    pub fn as_xml(&self) -> Option<&XmlElement> {
        match &self.content {
            UnknownContent::Json { .. } | UnknownContent::Hint(_) => None,
            UnknownContent::Xml(element) => Some(element),
        }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }
}
