use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};

use crate::error::{Error, Field};

/// Whether a finding keeps the token from working.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Severity {
    Fatal,
    Doubtful,
}

/// Declares every finding in one row: variant with what it holds, id, severity, and the sentence
/// that it prints, with the arguments of its `{}`.
macro_rules! findings {
    ($(
        $(#[$doc:meta])*
        $finding:ident
            $(($value:ident: $held:ty))?
            $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })?
            $id:literal $severity:ident $sentence:literal $([$($argument:expr),+])?
    )+) => {
        /// One thing that is wrong, or doubtful, with a token.
        ///
        /// It prints as one sentence: what is wrong, and what to do.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Finding {
            $(
                $(#[$doc])*
                $finding $(($held))? $({ $($(#[$field_doc])* $field: $type,)+ })?,
            )+
        }

        impl Finding {
            /// A name for it that stays the same from version to version.
            #[must_use]
            pub fn id(&self) -> &'static str {
                match self {
                    $(Self::$finding { .. } => $id,)+
                }
            }

            /// Whether the token can't work until this is fixed. What is not fatal is a doubt: the
            /// service may take the token, now or on a good day.
            #[must_use]
            pub fn is_fatal(&self) -> bool {
                let severity = match self {
                    $(Self::$finding { .. } => Severity::$severity,)+
                };
                severity == Severity::Fatal
            }
        }

        /// Writes one sentence: what is wrong, and what to do.
        impl fmt::Display for Finding {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(
                        Self::$finding $(($value))? $({ $($field),+ })? => {
                            write!(f, $sentence $(, $($argument),+)?)
                        }
                    )+
                }
            }
        }
    };
}

findings! {
    /// Quotation marks stand around the token.
    Quotes "quotes" Fatal
        "the token is in quotation marks: remove them"
    /// The header's name, `Authorization:`, stands before the token.
    HeaderName "header-name" Fatal
        "the token begins with the header's name: pass only what follows `Authorization:`"
    /// The token is broken into lines.
    LineBreak "line-break" Fatal
        "the token is broken into lines: make it one"
    /// `&amp;` stands for `&`, as in XML and HTML.
    HtmlEscaped "html-escaped" Fatal
        "the token contains `&amp;` instead of `&`: remove the XML escapes"
    /// The whole token was percent-encoded, instead of its fields alone.
    EncodedAsWhole "encoded-as-whole" Fatal
        "the whole token was percent-encoded: encode the values of `sr`, `sig` and `skn` alone"
    /// The token does not begin with `SharedAccessSignature` and a space.
    MissingScheme "missing-scheme" Fatal
        "the token does not begin with `SharedAccessSignature` and a space: put them before its fields"
    /// This is a bearer token of Microsoft Entra ID.
    BearerToken "bearer-token" Fatal
        "this is a bearer token of Microsoft Entra ID and not a shared access signature"
    /// This is a connection string.
    ConnectionString "connection-string" Fatal
        "this is a connection string and not a token: sign a token with its key"
    /// This is nothing like a token.
    NotAToken "not-a-token" Fatal
        "this is no shared access signature, which reads `SharedAccessSignature sr=...&sig=...&se=...&skn=...`"
    /// A field is absent or empty.
    MissingField(field: Field) "missing-field" Fatal
        "the token's {field} is absent or empty: sign a whole token"
    /// A field is given more than once.
    RepeatedField(field: Field) "repeated-field" Fatal
        "the token's {field} is given more than once: keep one"
    /// A field has an incomplete `%` escape, or is not UTF-8 once decoded.
    BadPercentEncoding(field: Field) "bad-percent-encoding" Fatal
        "the token's {field} has a broken `%` escape: encode it as UTF-8, once"
    /// A field was percent-encoded twice.
    DoubleEncoded(field: Field) "double-encoded" Fatal
        "the token's {field} was percent-encoded twice: encode it once"
    /// `sig` has a space where base64 has a `+`.
    PlusLost "plus-lost" Fatal
        "the `+` of the signature became a space: percent-encode `sig`, so that `+` is sent as `%2B`"
    /// `sig` has a bare `+`, which many readers take for a space.
    PlusNotEncoded "plus-not-encoded" Doubtful
        "the signature has a bare `+`, which may be read as a space: percent-encode `sig`"
    /// `sig` is written in hex.
    HexSignature "hex-signature" Fatal
        "the signature is written in hex: write it in base64"
    /// `sig` is written in base64url, with `-` and `_`.
    Base64UrlSignature "base64url-signature" Fatal
        "the signature is written in base64url: write it in base64, with `+` and `/`, and percent-encode it"
    /// `sig` lacks the `=` at its end.
    UnpaddedSignature "unpadded-signature" Fatal
        "the signature lacks the `=` at its end: keep the padding of base64, as `%3D`"
    /// `sig` is no base64, or not that of 32 bytes.
    SignatureLength {
        /// How many bytes it holds; `None` if it is no base64 at all.
        bytes: Option<usize>,
    } "signature-length" Fatal
        "{}"
        [length(*bytes)]
    /// `se` is not a whole number.
    ExpiryNotNumber "expiry-not-number" Fatal
        "`se` is not a whole number: write the expiry in seconds since 1970-01-01 UTC"
    /// `se` is a duration, or a time before 2001.
    ExpiryIsDuration {
        /// `se`, in seconds.
        expires: u64,
    } "expiry-is-duration" Fatal
        "se={expires} is a duration and not a time: add it to the present time in seconds since 1970-01-01 UTC"
    /// `se` counts milliseconds or something smaller.
    ExpiryInMilliseconds {
        /// `se`.
        expires: u64,
    } "expiry-in-milliseconds" Doubtful
        "se={expires} counts milliseconds or less: write the expiry in seconds"
    /// The token is past its expiry.
    Expired {
        /// `se`.
        expires: DateTime<Utc>,
        /// The clock.
        now: DateTime<Utc>,
    } "expired" Fatal
        "the token expired {} seconds ago (se={}, now {}): sign a new one, or set this machine's clock if it is wrong"
        [(now.timestamp() - expires.timestamp()).max(0), expires.timestamp(), now.timestamp()]
    /// The token expires so soon that a clock a minute ahead takes it for expired.
    ExpiresSoon {
        /// `se`.
        expires: DateTime<Utc>,
        /// The clock.
        now: DateTime<Utc>,
    } "expires-soon" Doubtful
        "the token expires in {} seconds: to a service whose clock is ahead it has expired; sign tokens that live for longer, and renew them earlier"
        [expires.timestamp() - now.timestamp()]
    /// The token expires more than ten years ahead.
    ExpiryFar {
        /// `se`.
        expires: DateTime<Utc>,
    } "expiry-far" Doubtful
        "the token expires more than ten years ahead (se={}): sign one for minutes or hours, or set this machine's clock if it is wrong"
        [expires.timestamp()]
    /// The clock shows a time at which there was no Event Hubs.
    ClockWrong {
        /// The clock.
        now: DateTime<Utc>,
    } "clock-wrong" Doubtful
        "the clock shows {} seconds since 1970, when there was no Event Hubs: set it, because tokens signed by it expire in the past"
        [now.timestamp()]
    /// The token was signed for another shared access policy.
    WrongKeyName {
        /// `skn`, decoded.
        found: String,
        /// The policy that was expected.
        expected: String,
    } "wrong-key-name" Fatal
        "the token names the policy {found:?} instead of {expected:?}: name the policy whose key signs"
    /// `skn` holds a key instead of the name of a policy.
    KeyAsKeyName "key-as-key-name" Fatal
        "`skn` holds a key: name the policy there, and replace the key, which was sent"
    /// The URI has no scheme or no host, so the token's scope can't be checked.
    UriNotAbsolute "uri-not-absolute" Doubtful
        "the URI has no scheme or no host, so the token's scope was not checked"
    /// The token is for another host, or names none.
    WrongHost {
        /// The host in `sr`.
        found: String,
        /// The host of the request.
        expected: String,
    } "wrong-host" Fatal
        "the token is for the host {found:?} and not for {expected:?}: sign `https://{{host}}/{{hub}}`"
    /// The token's scope does not reach the path.
    WrongPath {
        /// The path in `sr`.
        found: String,
        /// The path of the request.
        expected: String,
    } "wrong-path" Fatal
        "the token is for {found:?} and does not reach {expected:?}: sign the hub or the namespace"
    /// The key was base64-decoded before it was used.
    KeyBase64Decoded "key-base64-decoded" Fatal
        "the key was base64-decoded: use its text as the HMAC key, as it is"
    /// The key was used with a line break at its end.
    KeyWithLineBreak "key-with-line-break" Fatal
        "the key was used with a line break at its end: trim what was read from a file"
    /// The key was used without the `=`, or one of the `=`, at its end.
    KeyPaddingLost "key-padding-lost" Fatal
        "the key was used without all of the `=` at its end: split the parts of a connection string at their first `=`"
    /// The string to sign has CR and LF between its lines.
    CrLf "crlf" Fatal
        "the string to sign has CR LF between resource and expiry: use LF alone"
    /// The string to sign has a backslash and an `n` between its lines.
    LiteralNewline "literal-newline" Fatal
        "the string to sign has a backslash and an `n` between resource and expiry: use a line feed"
    /// The string to sign has nothing between its lines.
    NoNewline "no-newline" Fatal
        "the string to sign has nothing between resource and expiry: put a line feed there"
    /// The string to sign has a line feed at its end.
    TrailingNewline "trailing-newline" Fatal
        "the string to sign has a line feed at its end: leave it out"
    /// The resource was signed as it is and sent percent-encoded.
    SignedUnencoded "signed-unencoded" Fatal
        "the resource was signed as it is: percent-encode it first, and sign and send that"
    /// The resource was signed percent-encoded and sent as it is.
    SentUnencoded "sent-unencoded" Fatal
        "the resource was signed percent-encoded and sent as it is: send what was signed"
    /// The resource was encoded twice, differently: once to sign it and once to send it.
    EncodedDifferently "encoded-differently" Fatal
        "the resource was encoded in one way to be signed and in another to be sent: encode it once"
    /// The resource was signed with another scheme, or with none.
    SignedOtherScheme "signed-other-scheme" Fatal
        "the resource was signed with another scheme than it was sent with: send what was signed"
    /// The resource was signed with a `/` at its end and sent without, or the other way round.
    SignedOtherSlash "signed-other-slash" Fatal
        "the resource was signed with a `/` at its end and sent without, or the other way round: send what was signed"
    /// The resource was signed in lower case and sent as it was.
    SignedLowerCase "signed-lower-case" Fatal
        "the resource was signed in lower case and sent in another: send what was signed"
    /// The signature is a plain SHA-256, without a key.
    NotHmac "not-hmac" Fatal
        "the signature is a plain SHA-256: use HMAC-SHA256 with the key"
    /// No mistake that this crate knows makes this signature with the key.
    WrongKey "wrong-key" Fatal
        "the token was not signed with this key, or was altered: compare the key with the policy's primary and secondary key"
    /// Something else is wrong with the token's form.
    Malformed(error: Error) "malformed" Fatal
        "{error}"
}

fn length(bytes: Option<usize>) -> Cow<'static, str> {
    match bytes {
        None => {
            "the signature is not base64: write the HMAC in base64 and percent-encode it".into()
        }
        Some(bytes) => format!(
            "the signature has {bytes} bytes instead of 32: it is cut off, or not HMAC-SHA256"
        )
        .into(),
    }
}
