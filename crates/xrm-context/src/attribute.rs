//! What a column holds beyond plain scalars.

use rust_decimal::Decimal;

use crate::contract::contract;
use crate::value::Value;

contract! {
    /// The value of a choice column, which older texts call an option set.
    pub struct OptionSetValue = "OptionSetValue" in Contracts {
        /// The option's number.
        "Value" => value: i32,
    }
}

contract! {
    /// The value of a currency column.
    ///
    /// ```
    /// use xrm_context::{Decimal, Money};
    ///
    /// assert_eq!(Money::from(12).value.to_string(), "12");
    /// assert_eq!(Money::from(Decimal::new(1250, 2)).value.to_string(), "12.50");
    /// ```
    pub struct Money = "Money" in Contracts {
        /// The amount, with the scale it was written with.
        "Value" => value: Decimal,
    }
}

contract! {
    /// A flag that a solution may lock.
    pub struct BooleanManagedProperty = "BooleanManagedProperty" in Contracts {
        /// Whether the flag may be changed after the solution is installed. True by default, and
        /// false where a body lacks it.
        "CanBeChanged" => can_be_changed: bool = true,
        /// The managed property that the flag belongs to.
        "ManagedPropertyLogicalName" => managed_property_logical_name: Option<String>,
        /// The flag.
        "Value" => value: bool,
    }
}

contract! {
    /// A column of a joined or aggregated record, in the results of a query.
    pub struct AliasedValue = "AliasedValue" in Contracts {
        /// The column's logical name.
        "AttributeLogicalName" => attribute_logical_name: Option<String>,
        /// The logical name of the column's table.
        "EntityLogicalName" => entity_logical_name: Option<String>,
        /// Whether the value wants formatting. Since version 9.2.47.
        "NeedFormatting" since V9_2_47 => need_formatting: bool,
        /// A type code of the platform's own. Since version 9.2.47.
        "ReturnType" since V9_2_47 => return_type: i32,
        /// The column's value.
        "Value" => value: Value,
    }
}

impl OptionSetValue {
    /// The option with this number.
    #[must_use]
    pub fn new(value: i32) -> Self {
        Self { value, ..Self::default() }
    }
}

impl From<i32> for OptionSetValue {
    fn from(value: i32) -> Self {
        Self::new(value)
    }
}

impl Money {
    /// This amount.
    #[must_use]
    pub fn new(value: Decimal) -> Self {
        Self { value, ..Self::default() }
    }
}

macro_rules! money_from {
    ($($amount:ty),+) => {$(
        impl From<$amount> for Money {
            fn from(amount: $amount) -> Self {
                Self::new(amount.into())
            }
        }
    )+};
}

money_from!(Decimal, i32, i64, u32, u64);

impl AliasedValue {
    /// The value of a column of a table.
    #[must_use]
    pub fn new(
        entity: impl Into<String>,
        attribute: impl Into<String>,
        value: impl Into<Value>,
    ) -> Self {
        Self {
            attribute_logical_name: Some(attribute.into()),
            entity_logical_name: Some(entity.into()),
            value: value.into(),
            ..Self::default()
        }
    }
}
