use std::fmt;

use chrono::{DateTime, Utc};

use crate::error::{Error, Field};

/// One thing that is wrong, or doubtful, with a token.
///
/// It prints as one sentence: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// Quotation marks stand around the token.
    Quotes,
    /// The header's name, `Authorization:`, stands before the token.
    HeaderName,
    /// The token is broken into lines.
    LineBreak,
    /// `&amp;` stands for `&`, as in XML and HTML.
    HtmlEscaped,
    /// The whole token was percent-encoded, instead of its fields alone.
    EncodedAsWhole,
    /// The token does not begin with `SharedAccessSignature` and a space.
    MissingScheme,
    /// This is a bearer token of Microsoft Entra ID.
    BearerToken,
    /// This is a connection string.
    ConnectionString,
    /// This is nothing like a token.
    NotAToken,
    /// A field is absent or empty.
    MissingField(Field),
    /// A field is given more than once.
    RepeatedField(Field),
    /// A field has an incomplete `%` escape, or is not UTF-8 once decoded.
    BadPercentEncoding(Field),
    /// A field was percent-encoded twice.
    DoubleEncoded(Field),
    /// `sig` has a space where base64 has a `+`.
    PlusLost,
    /// `sig` has a bare `+`, which many readers take for a space.
    PlusNotEncoded,
    /// `sig` is written in hex.
    HexSignature,
    /// `sig` is written in base64url, with `-` and `_`.
    Base64UrlSignature,
    /// `sig` lacks the `=` at its end.
    UnpaddedSignature,
    /// `sig` is no base64, or not that of 32 bytes.
    SignatureLength {
        /// How many bytes it holds; `None` if it is no base64 at all.
        bytes: Option<usize>,
    },
    /// `se` is not a whole number.
    ExpiryNotNumber,
    /// `se` is a duration, or a time before 2001.
    ExpiryIsDuration {
        /// `se`, in seconds.
        expires: u64,
    },
    /// `se` counts milliseconds or something smaller.
    ExpiryInMilliseconds {
        /// `se`.
        expires: u64,
    },
    /// The token is past its expiry.
    Expired {
        /// `se`.
        expires: DateTime<Utc>,
        /// The clock.
        now: DateTime<Utc>,
    },
    /// The token expires so soon that a clock a minute ahead takes it for expired.
    ExpiresSoon {
        /// `se`.
        expires: DateTime<Utc>,
        /// The clock.
        now: DateTime<Utc>,
    },
    /// The token expires more than ten years ahead.
    ExpiryFar {
        /// `se`.
        expires: DateTime<Utc>,
        /// The clock.
        now: DateTime<Utc>,
    },
    /// The clock shows a time at which there was no Event Hubs.
    ClockWrong {
        /// The clock.
        now: DateTime<Utc>,
    },
    /// The token was signed for another shared access policy.
    WrongKeyName {
        /// `skn`, decoded.
        found: String,
        /// The policy that was expected.
        expected: String,
    },
    /// `skn` holds a key instead of the name of a policy.
    KeyAsKeyName,
    /// The URI has no scheme or no host, so the token's scope can't be checked.
    UriNotAbsolute,
    /// The token is for another host, or names none.
    WrongHost {
        /// The host in `sr`.
        found: String,
        /// The host of the request.
        expected: String,
    },
    /// The token's scope does not reach the path.
    WrongPath {
        /// The path in `sr`.
        found: String,
        /// The path of the request.
        expected: String,
    },
    /// The key was base64-decoded before it was used.
    KeyBase64Decoded,
    /// The key was used with a line break at its end.
    KeyWithLineBreak,
    /// The key was used without the `=`, or one of the `=`, at its end.
    KeyPaddingLost,
    /// The string to sign has CR and LF between its lines.
    CrLf,
    /// The string to sign has a backslash and an `n` between its lines.
    LiteralNewline,
    /// The string to sign has nothing between its lines.
    NoNewline,
    /// The string to sign has a line feed at its end.
    TrailingNewline,
    /// The resource was signed as it is and sent percent-encoded.
    SignedUnencoded,
    /// The resource was signed percent-encoded and sent as it is.
    SentUnencoded,
    /// The resource was encoded twice, differently: once to sign it and once to send it.
    EncodedDifferently,
    /// The resource was signed with another scheme, or with none.
    SignedOtherScheme,
    /// The resource was signed with a `/` at its end and sent without, or the other way round.
    SignedOtherSlash,
    /// The resource was signed in lower case and sent as it was.
    SignedLowerCase,
    /// The signature is a plain SHA-256, without a key.
    NotHmac,
    /// No mistake that this crate knows makes this signature with the key.
    WrongKey,
    /// Something else is wrong with the token's form.
    Malformed(Error),
}

impl Finding {
    /// A name for it that stays the same from version to version.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Quotes => "quotes",
            Self::HeaderName => "header-name",
            Self::LineBreak => "line-break",
            Self::HtmlEscaped => "html-escaped",
            Self::EncodedAsWhole => "encoded-as-whole",
            Self::MissingScheme => "missing-scheme",
            Self::BearerToken => "bearer-token",
            Self::ConnectionString => "connection-string",
            Self::NotAToken => "not-a-token",
            Self::MissingField(_) => "missing-field",
            Self::RepeatedField(_) => "repeated-field",
            Self::BadPercentEncoding(_) => "bad-percent-encoding",
            Self::DoubleEncoded(_) => "double-encoded",
            Self::PlusLost => "plus-lost",
            Self::PlusNotEncoded => "plus-not-encoded",
            Self::HexSignature => "hex-signature",
            Self::Base64UrlSignature => "base64url-signature",
            Self::UnpaddedSignature => "unpadded-signature",
            Self::SignatureLength { .. } => "signature-length",
            Self::ExpiryNotNumber => "expiry-not-number",
            Self::ExpiryIsDuration { .. } => "expiry-is-duration",
            Self::ExpiryInMilliseconds { .. } => "expiry-in-milliseconds",
            Self::Expired { .. } => "expired",
            Self::ExpiresSoon { .. } => "expires-soon",
            Self::ExpiryFar { .. } => "expiry-far",
            Self::ClockWrong { .. } => "clock-wrong",
            Self::WrongKeyName { .. } => "wrong-key-name",
            Self::KeyAsKeyName => "key-as-key-name",
            Self::UriNotAbsolute => "uri-not-absolute",
            Self::WrongHost { .. } => "wrong-host",
            Self::WrongPath { .. } => "wrong-path",
            Self::KeyBase64Decoded => "key-base64-decoded",
            Self::KeyWithLineBreak => "key-with-line-break",
            Self::KeyPaddingLost => "key-padding-lost",
            Self::CrLf => "crlf",
            Self::LiteralNewline => "literal-newline",
            Self::NoNewline => "no-newline",
            Self::TrailingNewline => "trailing-newline",
            Self::SignedUnencoded => "signed-unencoded",
            Self::SentUnencoded => "sent-unencoded",
            Self::EncodedDifferently => "encoded-differently",
            Self::SignedOtherScheme => "signed-other-scheme",
            Self::SignedOtherSlash => "signed-other-slash",
            Self::SignedLowerCase => "signed-lower-case",
            Self::NotHmac => "not-hmac",
            Self::WrongKey => "wrong-key",
            Self::Malformed(_) => "malformed",
        }
    }

    /// Whether the token can't work until this is mended. What is not fatal is a doubt: the
    /// service may take the token, now or on a good day.
    pub fn is_fatal(&self) -> bool {
        !matches!(
            self,
            Self::PlusNotEncoded
                | Self::ExpiryInMilliseconds { .. }
                | Self::ExpiresSoon { .. }
                | Self::ExpiryFar { .. }
                | Self::ClockWrong { .. }
                | Self::UriNotAbsolute
        )
    }
}

/// Writes one sentence: what is wrong, and what to do.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quotes => "quotation marks stand around the token: take them off",
            Self::HeaderName => {
                "the header's name stands before the token: give only what follows `Authorization:`"
            }
            Self::LineBreak => "the token is broken into lines: make it one",
            Self::HtmlEscaped => "`&amp;` stands where `&` should: take the XML escapes out",
            Self::EncodedAsWhole => {
                "the whole token was percent-encoded: encode the values of `sr`, `sig` and `skn` \
                 alone"
            }
            Self::MissingScheme => {
                "the token does not begin with `SharedAccessSignature` and a space: put them before \
                 its fields"
            }
            Self::BearerToken => {
                "this is a bearer token of Microsoft Entra ID and not a shared access signature"
            }
            Self::ConnectionString => {
                "this is a connection string and not a token: sign a token with its key"
            }
            Self::NotAToken => {
                "this is no shared access signature, which reads `SharedAccessSignature \
                 sr=...&sig=...&se=...&skn=...`"
            }
            Self::MissingField(field) => {
                return write!(f, "the token's {field} is absent or empty: sign a whole token");
            }
            Self::RepeatedField(field) => {
                return write!(f, "the token's {field} is given more than once: keep one");
            }
            Self::BadPercentEncoding(field) => {
                return write!(
                    f,
                    "the token's {field} has a broken `%` escape: encode it as UTF-8, once"
                );
            }
            Self::DoubleEncoded(field) => {
                return write!(
                    f,
                    "the token's {field} was percent-encoded twice: encode it once"
                );
            }
            Self::PlusLost => {
                "the `+` of the signature became a space: percent-encode `sig`, so that `+` is sent \
                 as `%2B`"
            }
            Self::PlusNotEncoded => {
                "the signature has a bare `+`, which may be read as a space: percent-encode `sig`"
            }
            Self::HexSignature => "the signature is written in hex: write it in base64",
            Self::Base64UrlSignature => {
                "the signature is written in base64url: write it in base64, with `+` and `/`, and \
                 percent-encode it"
            }
            Self::UnpaddedSignature => {
                "the signature lacks the `=` at its end: keep the padding of base64, as `%3D`"
            }
            Self::SignatureLength { bytes: None } => {
                "the signature is not base64: write the HMAC in base64 and percent-encode it"
            }
            Self::SignatureLength { bytes: Some(bytes) } => {
                return write!(
                    f,
                    "the signature has {bytes} bytes instead of 32: it is cut off, or not \
                     HMAC-SHA256"
                );
            }
            Self::ExpiryNotNumber => {
                "`se` is not a whole number: write the expiry in seconds since 1970-01-01 UTC"
            }
            Self::ExpiryIsDuration { expires } => {
                return write!(
                    f,
                    "se={expires} is a duration and not a time: add it to the present time in \
                     seconds since 1970-01-01 UTC"
                );
            }
            Self::ExpiryInMilliseconds { expires } => {
                return write!(
                    f,
                    "se={expires} counts milliseconds or less: write the expiry in seconds"
                );
            }
            Self::Expired { expires, now } => {
                let ago = (now.timestamp() - expires.timestamp()).max(0);
                let (expires, now) = (expires.timestamp(), now.timestamp());
                return write!(
                    f,
                    "the token expired {ago} seconds ago (se={expires}, now {now}): sign a new \
                     one, or set this machine's clock if it is wrong"
                );
            }
            Self::ExpiresSoon { expires, now } => {
                let left = expires.timestamp() - now.timestamp();
                return write!(
                    f,
                    "the token expires in {left} seconds: to a service whose clock is ahead it has \
                     expired; sign tokens that live for longer, and renew them earlier"
                );
            }
            Self::ExpiryFar { expires, .. } => {
                return write!(
                    f,
                    "the token expires more than ten years ahead (se={}): sign one for minutes or \
                     hours, or set this machine's clock if it is wrong",
                    expires.timestamp()
                );
            }
            Self::ClockWrong { now } => {
                return write!(
                    f,
                    "the clock shows {} seconds since 1970, when there was no Event Hubs: set it, \
                     because tokens signed by it expire in the past",
                    now.timestamp()
                );
            }
            Self::WrongKeyName { found, expected } => {
                return write!(
                    f,
                    "the token names the policy {found:?} instead of {expected:?}: name the policy \
                     whose key signs"
                );
            }
            Self::KeyAsKeyName => {
                "`skn` holds a key: name the policy there, and replace the key, which was sent"
            }
            Self::UriNotAbsolute => {
                "the URI has no scheme or no host, so the token's scope was not checked"
            }
            Self::WrongHost { found, expected } => {
                return write!(
                    f,
                    "the token is for the host {found:?} and not for {expected:?}: sign \
                     `https://{{host}}/{{hub}}`"
                );
            }
            Self::WrongPath { found, expected } => {
                return write!(
                    f,
                    "the token is for {found:?} and does not reach {expected:?}: sign the hub or \
                     the namespace"
                );
            }
            Self::KeyBase64Decoded => {
                "the key was base64-decoded: use its text as the HMAC key, as it is"
            }
            Self::KeyWithLineBreak => {
                "the key was used with a line break at its end: trim what was read from a file"
            }
            Self::KeyPaddingLost => {
                "the key was used without all of the `=` at its end: split the parts of a \
                 connection string at their first `=`"
            }
            Self::CrLf => "the string to sign has CR LF between resource and expiry: use LF alone",
            Self::LiteralNewline => {
                "the string to sign has a backslash and an `n` between resource and expiry: use a \
                 line feed"
            }
            Self::NoNewline => {
                "the string to sign has nothing between resource and expiry: put a line feed there"
            }
            Self::TrailingNewline => {
                "the string to sign has a line feed at its end: leave it out"
            }
            Self::SignedUnencoded => {
                "the resource was signed as it is: percent-encode it first, and sign and send that"
            }
            Self::SentUnencoded => {
                "the resource was signed percent-encoded and sent as it is: send what was signed"
            }
            Self::EncodedDifferently => {
                "the resource was encoded in one way to be signed and in another to be sent: encode \
                 it once"
            }
            Self::SignedOtherScheme => {
                "the resource was signed with another scheme than it was sent with: send what was \
                 signed"
            }
            Self::SignedOtherSlash => {
                "the resource was signed with a `/` at its end and sent without, or the other way \
                 round: send what was signed"
            }
            Self::SignedLowerCase => {
                "the resource was signed in lower case and sent in another: send what was signed"
            }
            Self::NotHmac => {
                "the signature is a plain SHA-256: use HMAC-SHA256 with the key"
            }
            Self::WrongKey => {
                "the token was not signed with this key, or was altered: compare the key with the \
                 policy's primary and secondary key"
            }
            Self::Malformed(error) => return write!(f, "{error}"),
        })
    }
}
