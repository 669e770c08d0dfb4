//! The short way to read a start tag: comparing it with the bytes that the platform writes.
//!
//! Most attributes are type hints (`i:type`) or say that a value is null (`i:nil`). A hint and the
//! declaration of its namespace are always the same bytes in the platform's bodies, so one comparison
//! with a literal replaces splitting attributes, binding a prefix and looking up a qualified name. Any other
//! start tag, also one that says the same in other words, takes the long way in `tags.rs`.

use xrm_context::contract::{Contract, IntegerKind, TypeName, scalar_type};
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

/// No attribute of the hints is longer.
const LONGEST_VALUE: usize = 64;

impl XmlReader<'_> {
    /// Takes the rest of a start tag that is written as the platform writes it.
    #[inline]
    pub(super) fn take_hint(&mut self) -> Option<TypeHint> {
        let is_hint = self.lexer.is_at(" i:") && self.bindings.has_instance();
        if !is_hint || self.limits.string < LONGEST_VALUE {
            return None;
        }
        if self.lexer.take(" i:nil=\"true\"/>") {
            return Some(TypeHint::Nil);
        }
        self.take_type().map(TypeHint::Common)
    }

    fn take_type(&mut self) -> Option<CommonType> {
        let scalar = match () {
            () if self.takes_b(scalar_type::STRING) => Scalar::String,
            () if self.takes_b(IntegerKind::Int.type_name()) => Scalar::Int,
            () if self.takes_b(scalar_type::BOOLEAN) => Scalar::Bool,
            () if self.takes_b(scalar_type::DATE_TIME) => Scalar::DateTime,
            () if self.takes_b(scalar_type::DECIMAL) => Scalar::Decimal,
            () if self.takes_b(scalar_type::DOUBLE) => Scalar::Double,
            () if self.takes_b(scalar_type::GUID) => Scalar::Guid,
            () => return self.take_class().map(CommonType::Class),
        };
        Some(CommonType::Scalar(scalar))
    }

    fn take_class(&mut self) -> Option<KnownType> {
        if self.bindings.prefix_of(Namespace::Contracts) != Some("") {
            return None;
        }
        match () {
            () if self.takes::<EntityReference>() => Some(KnownType::EntityReference),
            () if self.takes::<OptionSetValue>() => Some(KnownType::OptionSetValue),
            () if self.takes::<Money>() => Some(KnownType::Money),
            () if self.takes::<Entity>() => Some(KnownType::Entity),
            () if self.takes::<EntityCollection>() => Some(KnownType::EntityCollection),
            () => None,
        }
    }

    /// Takes the hint of a type whose namespace is declared with it.
    #[inline(always)]
    fn takes_b(&mut self, name: &TypeName) -> bool {
        self.lexer.take(name.xml_hint_b)
    }

    /// Takes the hint of a type in the default namespace.
    #[inline(always)]
    fn takes<C: Contract>(&mut self) -> bool {
        self.lexer.take(C::TYPE.xml_hint)
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
