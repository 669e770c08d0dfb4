//! The namespaces of the platform's data contracts: one row each.

use std::fmt;

use crate::contract::Literal;

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

/// Describes namespaces: the name, the URI, and the URI as type hints in JSON give it, with the
/// solidus escaped as data-contract JSON escapes it (`\/`).
// Besides the enum it makes the macro `namespace_text!`, because `concat!` takes literals and macros, but
// no constants: `namespace_text!(Schema)` is the URI, `namespace_text!(json Schema)` the JSON text.
macro_rules! namespaces {
    ($($(#[$doc:meta])* $name:ident = $uri:literal, $json:literal;)*) => {
        macro_rules! namespace_text {
            $(($name) => { $uri }; (json $name) => { $json };)*
        }
        pub(crate) use namespace_text;

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
    Contracts = "http://schemas.microsoft.com/xrm/2011/Contracts",
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts";
    /// What version 7.1 added: `KeyAttributeCollection`, `ConcurrencyBehavior`.
    Contracts71 = "http://schemas.microsoft.com/xrm/7.1/Contracts",
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/7.1\\/Contracts";
    /// What version 8.2 added: `EmailEngagementAggregate`.
    Contracts82 = "http://schemas.microsoft.com/xrm/8.2/Contracts",
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/8.2\\/Contracts";
    /// What version 9.0 added: `OptionSetValueCollection`.
    Contracts90 = "http://schemas.microsoft.com/xrm/9.0/Contracts",
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/9.0\\/Contracts";
    /// What the messages of the applications add: `PrincipalAccess`, `RolePrivilege`, ...
    Crm2011 = "http://schemas.microsoft.com/crm/2011/Contracts",
        "http:\\/\\/schemas.microsoft.com\\/crm\\/2011\\/Contracts";
    /// Requests that hold requests: `ExecuteMultipleSettings`, ...
    Contracts2012 = "http://schemas.microsoft.com/xrm/2012/Contracts",
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/2012\\/Contracts";
    /// The description of an organization: `EndpointAccessType`.
    Contracts2014 = "http://schemas.microsoft.com/xrm/2014/Contracts",
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/2014\\/Contracts";
    /// Metadata of tables and columns, and what its classes hand down.
    Metadata = "http://schemas.microsoft.com/xrm/2011/Metadata",
        "http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Metadata";
    /// .NET's generic collections, whose pairs the platform's collections are made of.
    Generic = "http://schemas.datacontract.org/2004/07/System.Collections.Generic",
        "#System.Collections.Generic";
    /// Arrays of primitives.
    Arrays = "http://schemas.microsoft.com/2003/10/Serialization/Arrays",
        "http:\\/\\/schemas.microsoft.com\\/2003\\/10\\/Serialization\\/Arrays";
    /// .NET's own primitives: `guid`, `char`, `duration`.
    Serialization = "http://schemas.microsoft.com/2003/10/Serialization/",
        "http:\\/\\/schemas.microsoft.com\\/2003\\/10\\/Serialization\\/";
    /// The primitives of XML Schema.
    Schema = "http://www.w3.org/2001/XMLSchema",
        "http:\\/\\/www.w3.org\\/2001\\/XMLSchema";
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
