//! The contexts that are published.

use std::fmt;

use xrm_benches::{Body, nested_account_updates};
use xrm_body::{MessageFormat, encode};
use xrm_context::RemoteExecutionContext;

/// A context and the format of its body.
#[derive(Clone, Copy)]
pub struct Sample {
    size: Size,
    pub format: MessageFormat,
}

#[derive(Clone, Copy)]
enum Size {
    /// An update of a contact: 2 KB of JSON, 5 KB of XML.
    Small,
    /// An update of an account: 12 KB of JSON, 27 KB of XML.
    Account,
    /// Updates of an account that caused each other: 150 KB, below the platform's limit of 192 KB.
    Nested,
}

impl Sample {
    pub fn all() -> impl Iterator<Item = Self> {
        let sizes = [Size::Small, Size::Account, Size::Nested];
        let both =
            |size| [MessageFormat::Json, MessageFormat::Xml].map(|format| Self { size, format });
        sizes.into_iter().flat_map(both)
    }

    /// The account's update in JSON.
    pub fn account() -> Self {
        Self { size: Size::Account, format: MessageFormat::Json }
    }

    pub fn context(self) -> RemoteExecutionContext {
        match self.size {
            Size::Small => Body::Small.context(),
            Size::Account => Body::AccountUpdate.context(),
            Size::Nested if self.format == MessageFormat::Json => nested_account_updates(15),
            Size::Nested => nested_account_updates(6),
        }
    }

    pub fn body(self) -> Vec<u8> {
        encode(&self.context(), self.format).expect("the context has a body in either format")
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KB of {}", self.body().len().div_ceil(1000), self.format)
    }
}
