//! Classes that may stand where a class that they are derived of is declared.

use super::{DataContract, TypeName};
use crate::message::OrganizationServiceFault;
use crate::value::KnownType;

/// The classes that may be where this one is declared, with a type hint there.
pub fn derived_types(base: &'static TypeName) -> impl Iterator<Item = &'static TypeName> {
    let known = KnownType::ALL.iter().filter(move |known| known.base() == Some(base));
    // The fault of a transaction has no type of its own here: it is an `OrganizationServiceFault` with one
    // member more, which other faults leave out.
    let is_fault = *base == *OrganizationServiceFault::TYPE;
    let fault = is_fault.then_some(OrganizationServiceFault::TRANSACTION_TYPE);
    known.map(|known| known.type_name()).chain(fault)
}
