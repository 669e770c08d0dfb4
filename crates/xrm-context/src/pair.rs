//! .NET's pairs, where one stands on its own.

use crate::contract::contract;
use crate::value::Value;

contract! {
    /// A name and a value. JSON makes such pairs of an alternate key's columns where they stand in
    /// an `object` place.
    pub struct KeyValuePairOfStringObject = "KeyValuePairOfstringanyType" in Generic {
        /// The name.
        "key" => key: Option<String>,
        /// The value.
        "value" => value: Value,
    }
}

contract! {
    /// Two strings, as the shared variable `ChangedEntityTypes` holds them: a table and a message.
    pub struct KeyValuePairOfStringString = "KeyValuePairOfstringstring" in Generic {
        /// The name.
        "key" => key: Option<String>,
        /// The value.
        "value" => value: Option<String>,
    }
}
