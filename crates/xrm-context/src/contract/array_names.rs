//! The names that arrays of a type go by.

use super::{Slot, TypeName};

/// The names that arrays of a type go by.
#[derive(Debug)]
pub struct ArrayNames {
    /// The place of an item.
    pub item: Slot,
    /// An array's contract name.
    pub array: TypeName,
    /// The place of an array that is an item.
    pub array_item: Slot,
    /// The contract name of an array of arrays.
    pub arrays: TypeName,
}

/// The names that arrays of a type go by. See [`ArrayNames`](super::ArrayNames).
macro_rules! array_names {
    ($contract:literal in $namespace:ident) => {
        &$crate::contract::ArrayNames {
            item: $crate::contract::slot!(item $contract in $namespace),
            array: $crate::contract::type_name!("ArrayOf" $contract in $namespace),
            array_item: $crate::contract::slot!(item "ArrayOf" $contract in $namespace),
            arrays: $crate::contract::type_name!("ArrayOfArrayOf" $contract in $namespace),
        }
    };
}
pub(crate) use array_names;
