//! The short way to read a start tag: comparing it with the bytes that the platform writes.
//!
//! Most attributes are type hints (`i:type`) or say that a value is null (`i:nil`). A hint and the
//! declaration of its namespace are always the same bytes in the platform's bodies, so one comparison
//! with a literal replaces splitting attributes, binding a prefix and looking up a qualified name. Any other
//! start tag, also one that says the same in other words, takes the long way in `tags.rs`.

use xrm_context::contract::{DataContract, IntegerKind, TypeName, scalar_type};
use xrm_context::{
    Entity, EntityCollection, EntityReference, KnownType, Money, Namespace, OptionSetValue,
};

use super::{Element, XmlReader};
use crate::error::Error;

/// What is known of the current element's type from its start tag.
#[derive(Clone, Copy)]
pub(super) enum TypeHint {
    /// The start tag was read in the long way: see the reader's attributes.
    InAttributes,
    /// The value is null, and the element has no content. The reader has no attributes.
    Nil,
    /// The value has this type. The reader has no attributes, and the type's namespace is not bound.
    Common(CommonType),
}

impl TypeHint {
    /// Whether the start tag was the end tag too.
    pub(super) fn is_empty(self) -> bool {
        matches!(self, Self::Nil)
    }
}

/// A type that most bodies hold.
#[derive(Clone, Copy)]
pub(super) enum CommonType {
    Scalar(Scalar),
    Class(KnownType),
}

/// A type of scalars that most bodies hold.
#[derive(Clone, Copy)]
pub(super) enum Scalar {
    String,
    Int,
    Bool,
    DateTime,
    Guid,
    Decimal,
    Double,
}

/// The names of these types, the most frequent first.
pub(super) const SCALARS: [(&TypeName, Scalar); 7] = [
    (scalar_type::STRING, Scalar::String),
    (IntegerKind::Int.type_name(), Scalar::Int),
    (scalar_type::BOOLEAN, Scalar::Bool),
    (scalar_type::DATE_TIME, Scalar::DateTime),
    (scalar_type::DECIMAL, Scalar::Decimal),
    (scalar_type::DOUBLE, Scalar::Double),
    (scalar_type::GUID, Scalar::Guid),
];

/// No attribute of the hints is longer.
const LONGEST_VALUE: usize = 64;

impl XmlReader<'_> {
    /// Takes the rest of a start tag that is written as the platform writes it.
    #[inline]
    pub(super) fn take_hint(&mut self) -> Option<TypeHint> {
        let is_hint = self.lexer.is_at(" i:") && self.bindings.has_instance();
        // Comparing checks no limit, so it is left out if a limit could forbid what it finds.
        if !is_hint || self.limits.string < LONGEST_VALUE {
            return None;
        }
        // The platform ends an element that is null in its start tag. One with an end tag of its
        // own takes the long way.
        if self.lexer.take(" i:nil=\"true\"/>") {
            return Some(TypeHint::Nil);
        }
        self.take_type().map(TypeHint::Common)
    }

    fn take_type(&mut self) -> Option<CommonType> {
        // The hint of a scalar declares the type's namespace too, always with the prefix `b`.
        match SCALARS.iter().find(|(name, _)| self.lexer.take(name.xml_hint_b)) {
            Some((_, scalar)) => Some(CommonType::Scalar(*scalar)),
            None => self.take_class().map(CommonType::Class),
        }
    }

    fn take_class(&mut self) -> Option<KnownType> {
        if self.bindings.prefix_of(Namespace::Contracts) != Some("") {
            return None;
        }
        let classes = [
            (EntityReference::TYPE, KnownType::EntityReference),
            (OptionSetValue::TYPE, KnownType::OptionSetValue),
            (Money::TYPE, KnownType::Money),
            (Entity::TYPE, KnownType::Entity),
            (EntityCollection::TYPE, KnownType::EntityCollection),
        ];
        let (_, known) = classes.iter().find(|(name, _)| self.lexer.take(name.xml_hint))?;
        Some(*known)
    }

    /// Reads a start tag again in the long way, since its attributes or declarations matter.
    #[inline]
    pub(super) fn list_attributes(&mut self) -> Result<(), Error> {
        match self.type_hint {
            TypeHint::Common(_) => self.read_again(),
            TypeHint::InAttributes | TypeHint::Nil => Ok(()),
        }
    }

    #[cold]
    fn read_again(&mut self) -> Result<(), Error> {
        let Element { name, start, .. } = self.current;
        self.lexer.seek(start + 1 + name.text().len());
        self.attributes_of(name, start)
    }
}
