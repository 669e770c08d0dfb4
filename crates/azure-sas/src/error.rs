use std::fmt;

use chrono::{DateTime, Utc};

/// Why a connection string, a key, a resource or a token was refused.
///
/// An error has the place and the reason, and never a value, because a value may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A known part of a connection string is missing or malformed.
    #[error("the connection string's {part} {reason}")]
    ConnectionString {
        /// The part.
        part: Part,
        /// Why it was refused.
        reason: Reason,
    },
    /// A connection string is in quotes: those of a shell or of JSON are not part of it.
    #[error("the connection string is in quotation marks: remove them")]
    Quoted,
    /// A part of a connection string is not of the form `Name=Value`.
    #[error("part {position} of the connection string {reason}")]
    ConnectionStringPart {
        /// Which of the `;`-separated parts, counted from 1.
        position: usize,
        /// Why it was refused.
        reason: Reason,
    },
    /// A connection string contains a ready-made token, and no key to sign others with.
    #[error("the connection string holds a ready-made token and no SharedAccessKey to sign with")]
    NoKey,
    /// A token does not begin with `SharedAccessSignature` and a space.
    #[error("the token does not begin with `SharedAccessSignature` and a space")]
    NotASignature,
    /// A known field of a token is missing or malformed.
    #[error("the token's {field} {reason}")]
    Signature {
        /// The field.
        field: Field,
        /// Why it was refused.
        reason: Reason,
    },
    /// A field of a token is not of the form `name=value`.
    #[error("field {position} of the token {reason}")]
    SignatureField {
        /// Which of the `&`-separated fields, counted from 1.
        position: usize,
        /// Why it was refused.
        reason: Reason,
    },
    /// A shared access key is malformed.
    #[error("the shared access key {0}")]
    Key(Reason),
    /// The name of a shared access policy is malformed.
    #[error("the shared access key's name {0}")]
    KeyName(Reason),
    /// A resource to sign for is malformed.
    #[error("the resource {0}")]
    Resource(Reason),
    /// A bearer token is malformed.
    #[error("the bearer token {0}")]
    BearerToken(Reason),
    /// A token was not signed with the key it was checked against, or was altered since.
    #[error("the token was not signed with this key")]
    WrongKey,
    /// A token is past its expiry.
    #[error(
        "the token expired at {} and was checked at {} (seconds since 1970)",
        .expired.timestamp(),
        .now.timestamp()
    )]
    Expired {
        /// The expiry.
        expired: DateTime<Utc>,
        /// The time of the check.
        now: DateTime<Utc>,
    },
    /// Tokens were asked to live for less than a second, or to be renewed before they are made.
    #[error("a token's lifetime must be a second or more, and longer than its renewal margin")]
    Lifetime,
}

impl Error {
    pub(crate) fn part(part: Part, reason: Reason) -> Self {
        Self::ConnectionString { part, reason }
    }

    pub(crate) fn field(field: Field, reason: Reason) -> Self {
        Self::Signature { field, reason }
    }
}

/// The reason why a part, a field, a key or a resource was refused.
///
/// It prints as the end of a sentence, such as `is missing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It is required and absent.
    #[error("is missing")]
    Missing,
    /// There is nothing after its `=`.
    #[error("is empty")]
    Empty,
    /// It is given more than once.
    #[error("is given more than once")]
    Repeated,
    /// It has no `=`.
    #[error("has no `=`")]
    NoEquals,
    /// There is nothing before its `=`.
    #[error("has no name before its `=`")]
    NoName,
    /// There is a signature beside a key or a key's name; only one credential is allowed.
    #[error("cannot be combined with a SharedAccessSignature")]
    SecondCredential,
    /// It contains a control character, or white space or non-ASCII text where it is not allowed.
    #[error("contains a character that is not allowed there")]
    Character,
    /// It does not begin with `sb://`.
    #[error("does not begin with `sb://`")]
    Scheme,
    /// It has no host, or one that is neither a DNS name nor an IP address (IPv6 in brackets).
    #[error("has no valid host")]
    Host,
    /// Its port is not a number from 1 to 65535.
    #[error("has a port that is not a number from 1 to 65535")]
    Port,
    /// There is a path after its host.
    #[error("has a path after its host")]
    Path,
    /// It is neither `true` nor `false`.
    #[error("is neither `true` nor `false`")]
    NotBoolean,
    /// It is not a whole number of at most 64 bits.
    #[error("is not a whole number of at most 64 bits")]
    NotNumber,
    /// It has an incomplete `%` escape or is not UTF-8 once decoded.
    #[error("is not percent-encoded UTF-8")]
    PercentEncoding,
    /// It is not the base64 text of 32 bytes.
    #[error("is not the base64 text of 32 bytes")]
    Base64,
    /// It asks for the local emulator while the endpoint is not a loopback host.
    #[error("is `true` but the endpoint is not a loopback host")]
    NotLoopback,
    /// It contains a `/`, `?`, `#` or `%`, or is `.` or `..`, and so is not one path segment.
    #[error("is not a single path segment")]
    NotASegment,
}

/// Declares the names of a format, in one row each: variant and name as it is written.
// The compiler counts the rows for `ALL`, whose length is that of the tables of values by name in
// `connection_string.rs`, `signature.rs` and `explain/reading.rs`.
macro_rules! names {
    ($(#[$doc:meta])* $kind:ident { $($(#[$variant_doc:meta])* $variant:ident $name:literal)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $kind {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $kind {
            pub(crate) const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The name as Microsoft writes it; reading ignores its case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            pub(crate) fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
            }
        }
    };
}

names! {
    /// A part of a connection string that this crate knows.
    Part {
        /// `Endpoint`: the namespace, as `sb://host/`.
        Endpoint "Endpoint"
        /// `SharedAccessKeyName`: the name of the shared access policy.
        SharedAccessKeyName "SharedAccessKeyName"
        /// `SharedAccessKey`: the key of the policy.
        SharedAccessKey "SharedAccessKey"
        /// `SharedAccessSignature`: a ready-made token, in place of name and key.
        SharedAccessSignature "SharedAccessSignature"
        /// `EntityPath`: the hub.
        EntityPath "EntityPath"
        /// `UseDevelopmentEmulator`: plain text to a loopback host.
        UseDevelopmentEmulator "UseDevelopmentEmulator"
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

names! {
    /// A field of a token that this crate knows.
    Field {
        /// `sr`: the resource, percent-encoded.
        Resource "sr"
        /// `sig`: the signature, base64 and then percent-encoded.
        Signature "sig"
        /// `se`: the expiry, in seconds since the Unix epoch.
        Expiry "se"
        /// `skn`: the name of the shared access policy.
        KeyName "skn"
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "field `{}`", self.name())
    }
}
