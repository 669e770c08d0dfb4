//! The namespaces of the platform's data contracts: one row each.

use std::fmt;

use crate::contract::Literal;

/// Expands to the URI of a namespace as a string literal, so that `concat!` can use it.
///
/// The second form escapes the solidus as data-contract JSON does (`\/`).
macro_rules! namespace_text {
    (Contracts) => {
        "http://schemas.microsoft.com/xrm/2011/Contracts"
    };
    (Contracts71) => {
        "http://schemas.microsoft.com/xrm/7.1/Contracts"
    };
    (Contracts82) => {
        "http://schemas.microsoft.com/xrm/8.2/Contracts"
    };
    (Contracts90) => {
        "http://schemas.microsoft.com/xrm/9.0/Contracts"
    };
    (Generic) => {
        "http://schemas.datacontract.org/2004/07/System.Collections.Generic"
    };
    (Arrays) => {
        "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
    };
    (Serialization) => {
        "http://schemas.microsoft.com/2003/10/Serialization/"
    };
    (Schema) => {
        "http://www.w3.org/2001/XMLSchema"
    };
    (Crm2011) => {
        "http://schemas.microsoft.com/crm/2011/Contracts"
    };
    (Contracts2012) => {
        "http://schemas.microsoft.com/xrm/2012/Contracts"
    };
    (Contracts2014) => {
        "http://schemas.microsoft.com/xrm/2014/Contracts"
    };
    (Metadata) => {
        "http://schemas.microsoft.com/xrm/2011/Metadata"
    };
    (json Contracts) => {
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts"
    };
    (json Contracts71) => {
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/7.1\\/Contracts"
    };
    (json Contracts82) => {
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/8.2\\/Contracts"
    };
    (json Contracts90) => {
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/9.0\\/Contracts"
    };
    (json Crm2011) => {
        "http:\\/\\/schemas.microsoft.com\\/crm\\/2011\\/Contracts"
    };
    (json Contracts2012) => {
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/2012\\/Contracts"
    };
    (json Contracts2014) => {
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/2014\\/Contracts"
    };
    (json Metadata) => {
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Metadata"
    };
    (json Generic) => {
        "#System.Collections.Generic"
    };
    (json Arrays) => {
        "http:\\/\\/schemas.microsoft.com\\/2003\\/10\\/Serialization\\/Arrays"
    };
    (json Serialization) => {
        "http:\\/\\/schemas.microsoft.com\\/2003\\/10\\/Serialization\\/"
    };
    (json Schema) => {
        "http:\\/\\/www.w3.org\\/2001\\/XMLSchema"
    };
}
pub(crate) use namespace_text;

/// What stands before the names of a namespace in XML where it is the default, or the first that
/// has a prefix.
macro_rules! near_prefix {
    (Contracts) => {
        ""
    };
    ($namespace:ident) => {
        "a:"
    };
}
pub(crate) use near_prefix;

macro_rules! namespaces {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A namespace of the platform's data contracts.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Namespace { $($(#[$doc])* $name,)* }

        impl Namespace {
            /// Every namespace that a known contract type stands in.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The namespace's URI.
            #[must_use]
            pub const fn uri(self) -> &'static str {
                match self { $(Self::$name => namespace_text!($name),)* }
            }

            /// What stands behind a prefix, or `xmlns`, where XML binds it to the namespace:
            /// `="http://..."`.
            #[must_use]
            #[inline]
            pub const fn binding(self) -> &'static Literal {
                match self {
                    $(Self::$name => {
                        const { &Literal::new(concat!("=\"", namespace_text!($name), "\"")) }
                    })*
                }
            }
        }
    };
}

namespaces! {
    /// The contracts of the organization service: `RemoteExecutionContext`, `Entity`, ...
    Contracts,
    /// What version 7.1 added: `KeyAttributeCollection`, `ConcurrencyBehavior`.
    Contracts71,
    /// What version 8.2 added: `EmailEngagementAggregate`.
    Contracts82,
    /// What version 9.0 added: `OptionSetValueCollection`.
    Contracts90,
    /// What the messages of the applications add: `PrincipalAccess`, `RolePrivilege`, ...
    Crm2011,
    /// Requests that hold requests: `ExecuteMultipleSettings`, ...
    Contracts2012,
    /// What is told of an organization: `EndpointAccessType`.
    Contracts2014,
    /// Metadata of tables and columns, and what its classes hand down.
    Metadata,
    /// .NET's generic collections, whose pairs the platform's collections are made of.
    Generic,
    /// Arrays of primitives.
    Arrays,
    /// .NET's own primitives: `guid`, `char`, `duration`.
    Serialization,
    /// The primitives of XML Schema.
    Schema,
}

impl Namespace {
    /// The namespace with this URI, if a known contract type stands in it.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|namespace| namespace.uri() == uri)
    }

    /// The namespace's place in [`ALL`](Self::ALL).
    #[must_use]
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    pub(crate) const fn is(self, other: Self) -> bool {
        self as u8 == other as u8
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}
