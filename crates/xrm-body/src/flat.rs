//! The flat view: a record as an ordinary JSON object, what changed in it, and what a message did.
//!
//! ```
//! use xrm_body::flat;
//! use xrm_context::{Entity, EntityReference, Money, Uuid};
//!
//! let mut account = Entity::new("account")
//!     .with("name", "Contoso")
//!     .with("revenue", Money::new("12.50".parse()?))
//!     .with("primarycontactid", EntityReference::new("contact", Uuid::nil()).with_name("Ann"));
//! account.formatted_values.insert("revenue", "€12.50".to_owned());
//!
//! assert_eq!(
//!     serde_json::to_string(&flat::record(&account))?,
//!     concat!(
//!         r#"{"name":"Contoso","revenue":12.50,"primarycontactid":"#,
//!         r#"{"id":"00000000-0000-0000-0000-000000000000","logicalName":"contact","name":"Ann"},"#,
//!         r#""revenue@formatted":"€12.50"}"#,
//!     )
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It is meant for people and for programs that do not know Dataverse's contracts, and it is **lossy**:
//! there is no way back to the record. It has no types; a record's id, table, alternate key, row version
//! and related records are left out, as are members that this version does not know.
//!
//! # How values are shown
//!
//! | value | in the flat view |
//! |---|---|
//! | null | `null` |
//! | `Boolean`, `BooleanManagedProperty` | `true` |
//! | integers, enumerations, `OptionSetValue` | `42` |
//! | `Decimal`, `Money` | a number with its scale: `12.50` |
//! | `Double`, `Single` | a number in its shortest form: `48.5`, `1.0`, `1e300`; else `"NaN"`, `"INF"`, `"-INF"` |
//! | a number with a text of its own | that text, where JSON has it: `1E5` |
//! | `String`, `Uri`, `Char` | a string |
//! | `Guid` | `"cd18be0d-d63a-ae2a-a733-3d183632fe04"` |
//! | `DateTime`, and the string that JSON makes of one | `"2024-05-17T08:15:42.5Z"`, with an offset where it is local, with neither where its kind is unspecified |
//! | `TimeSpan` | `"P1DT12H"` |
//! | `Byte[]` | base64; the array of integers that JSON makes of one stays an array |
//! | `EntityReference` | `{"id": ..., "logicalName": ..., "name": ...}`, and `keyAttributes` where there are some |
//! | `Entity` | an object of its columns; `name@formatted` beside `name` where the record has a formatted value |
//! | `EntityCollection` | an array of its records |
//! | `OptionSetValueCollection` and other lists, arrays | an array |
//! | `AliasedValue` | its value |
//! | collections and arrays of pairs whose keys are strings | an object: `{"account": "Update"}`; an empty one is `[]` |
//! | other pairs | `{"key": ..., "value": ...}` |
//! | other contract types | an object of their members, by their names in the contract |
//! | a bare `Object` | `{}` |
//! | a value of an unknown type, from JSON | the JSON as it stood |
//! | a value of an unknown type, from XML | its text, or an object of its elements by their local names; repeated ones are an array |
//!
//! # Digits
//!
//! No decimal is converted to a double. [`Flat`] writes a number's own text through serde_json's feature
//! `raw_value`, so its `Serialize` is meant for the serializers of that crate: they write
//! `12.50`. The alternative, the feature `arbitrary_precision`, would change how numbers
//! behave in every crate of the application. [`Flat::to_json`] returns a [`serde_json::Value`], which
//! holds doubles: `12.50` is 12.5 there, and a decimal with more digits than a double holds is a
//! string. If the application enables `arbitrary_precision`, both keep their text.
//!
//! Deliberately absent: reading a flat view.

mod changes;
mod node;
mod summary;
mod writer;

pub use changes::{Change, Changes, changes};
pub use summary::{Parameters, Summary, summaries};

use std::fmt;

use serde::{Serialize, Serializer};
use xrm_context::contract::{Declared, Field, Slot};
use xrm_context::{Entity, Value};

use node::Node;
use writer::FlatWriter;

/// A record or a value in the flat view.
#[derive(Clone, PartialEq, Debug)]
pub struct Flat(Node);

/// The view of a record: an object of its columns. The module's documentation has an example.
#[must_use]
pub fn record(record: &Entity) -> Flat {
    view(record)
}

/// The view of a value of any type.
///
/// ```
/// use xrm_body::flat;
/// use xrm_context::OptionSetValue;
///
/// assert_eq!(flat::value(&OptionSetValue::new(1).into()).to_string(), "1");
/// ```
#[must_use]
pub fn value(value: &Value) -> Flat {
    view(value)
}

fn view(field: &impl Field) -> Flat {
    let mut writer = FlatWriter::default();
    field.write(&mut writer, Slot::ROOT, Declared::Object);
    Flat(writer.finish())
}

impl Flat {
    /// The view as a [`serde_json::Value`]. Numbers are doubles in it, unless they would lose digits.
    ///
    /// ```
    /// use xrm_body::flat;
    /// use xrm_context::Entity;
    ///
    /// let view = flat::record(&Entity::new("account").with("name", "Contoso"));
    /// assert_eq!(view.to_json(), serde_json::json!({ "name": "Contoso" }));
    /// ```
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.0.to_json()
    }
}

impl Serialize for Flat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Display for Flat {
    /// The view as JSON text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}
