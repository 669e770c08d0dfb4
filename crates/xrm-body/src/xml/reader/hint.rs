//! What most start tags say, told by comparing them with what the platform writes.
//!
//! The type of a value, or that there is none, is most of what stands in attributes. Where it
//! stands in the platform's own bytes, neither attributes nor declarations have to be taken apart.

use xrm_context::contract::{Contract, IntegerKind, TypeName, scalar_type};
use xrm_context::{
    Entity, EntityCollection, EntityReference, KnownType, Money, Namespace, OptionSetValue,
};

use super::{Element, XmlReader};
use crate::error::Error;

/// What the start tag of the current element says beyond its name.
#[derive(Clone, Copy)]
pub(super) enum Told {
    /// What the reader holds as attributes.
    Attributes,
    /// That there is no value, nor any content. Nothing is held as attributes.
    Nil,
    /// The type alone. Nothing is held as attributes, nor is the type's namespace bound.
    Type(Hint),
}

impl Told {
    /// Whether the start tag was the end tag too.
    pub(super) fn is_empty(self) -> bool {
        matches!(self, Self::Nil)
    }
}

/// A type that most bodies hold.
#[derive(Clone, Copy)]
pub(super) enum Hint {
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
    /// Takes the rest of a start tag that says what most do, in the bytes that the platform writes.
    #[inline]
    pub(super) fn take_hint(&mut self) -> Option<Told> {
        let is_hint = self.lexer.is_at(" i:") && self.bindings.has_instance();
        if !is_hint || self.limits.string < LONGEST_VALUE {
            return None;
        }
        if self.lexer.take(" i:nil=\"true\"/>") {
            return Some(Told::Nil);
        }
        self.take_type().map(Told::Type)
    }

    fn take_type(&mut self) -> Option<Hint> {
        let scalar = match () {
            () if self.takes_b(scalar_type::STRING) => Scalar::String,
            () if self.takes_b(IntegerKind::Int.type_name()) => Scalar::Int,
            () if self.takes_b(scalar_type::BOOLEAN) => Scalar::Bool,
            () if self.takes_b(scalar_type::DATE_TIME) => Scalar::DateTime,
            () if self.takes_b(scalar_type::DECIMAL) => Scalar::Decimal,
            () if self.takes_b(scalar_type::DOUBLE) => Scalar::Double,
            () if self.takes_b(scalar_type::GUID) => Scalar::Guid,
            () => return self.take_class().map(Hint::Class),
        };
        Some(Hint::Scalar(scalar))
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

    /// Takes apart a start tag whose type was told by comparing, since its attributes or
    /// declarations matter.
    #[inline]
    pub(super) fn list_attributes(&mut self) -> Result<(), Error> {
        match self.told {
            Told::Type(_) => self.read_again(),
            Told::Attributes | Told::Nil => Ok(()),
        }
    }

    #[cold]
    fn read_again(&mut self) -> Result<(), Error> {
        let Element { name, start, .. } = self.current;
        self.lexer.seek(start + 1 + name.text().len());
        self.attributes_of(name, start)
    }
}
