use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::Mac;
use zeroize::Zeroizing;

use crate::encoding::{decode, has_control, number, time};
use crate::endpoint::split_port;
use crate::error::{Error, Field, Reason};
use crate::key::{SharedAccessKey, authenticate};
use crate::token::{SCHEME, Token};

/// A token as received, or as found ready-made in a connection string.
///
/// Fields may be in any order; unknown ones and empty ones (a `&` at the end) are ignored, as in the
/// Azure SDK for .NET. `sr`, `sig`, `se` and `skn` must each be there once.
///
/// ```
/// use azure_sas::{SharedAccessKey, SharedAccessSignature};
///
/// let token: SharedAccessSignature = "SharedAccessSignature sr=audience\
///     &sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3D&se=1578099723&skn=key"
///     .parse()?;
/// token.verify(&SharedAccessKey::new("key")?, "2020-01-04T01:02:02Z".parse()?)?;
/// assert_eq!((token.key_name(), token.resource()), ("key", "audience"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SharedAccessSignature {
    text: Zeroizing<String>,
    resource: String,
    key_name: String,
    expires: DateTime<Utc>,
    signed: Signed,
}

/// What the signature covers, as received, and the signature.
#[derive(Clone, PartialEq, Eq)]
struct Signed {
    resource: String,
    expiry: String,
    signature: Zeroizing<Vec<u8>>,
}

impl SharedAccessSignature {
    /// The resource that the token opens: the decoded `sr`.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The time at which the token stops being valid: `se`, or the last that chrono has if that is
    /// beyond the year 262142.
    #[must_use]
    pub fn expires(&self) -> DateTime<Utc> {
        self.expires
    }

    /// The name of the shared access policy that signed: the decoded `skn`.
    #[must_use]
    pub fn key_name(&self) -> &str {
        &self.key_name
    }

    /// The token's text as it was read, without white space around it. The name makes the places
    /// where a secret leaves its type easy to find.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Checks that `key` signed this token and that it has not expired at `now`. At the second of
    /// its expiry a token is expired.
    ///
    /// Which resource the token opens is a further question: [`covers`](Self::covers).
    ///
    /// # Errors
    ///
    /// [`Error::WrongKey`] if another key signed or the token was altered, else
    /// [`Error::Expired`].
    pub fn verify(&self, key: &SharedAccessKey, now: DateTime<Utc>) -> Result<(), Error> {
        // The signature first: without it, the expiry is only what someone claims, and an error
        // about it would tell a stranger that the rest of the token is right.
        if !self.is_signed_by(key) {
            return Err(Error::WrongKey);
        }
        if now >= self.expires {
            return Err(Error::Expired { expired: self.expires, now });
        }
        Ok(())
    }

    /// Whether `key` signed this token, expired or not, compared in constant time.
    ///
    /// The signature is computed over `sr` and `se` exactly as received: clients differ in the
    /// case of their percent-encoding, and each is right about its own.
    #[must_use]
    pub fn is_signed_by(&self, key: &SharedAccessKey) -> bool {
        let Signed { resource, expiry, signature } = &self.signed;
        authenticate(key.mac(), resource, expiry).verify_slice(signature).is_ok()
    }

    /// Whether the token opens `path` on `host`.
    ///
    /// The token's resource must be the path or a parent of it, by whole segments:
    ///
    /// | resource | host, path | opens |
    /// |---|---|---|
    /// | `sb://h/orders` | `h`, `/orders/messages` | yes |
    /// | `https://H:8080/Orders/` | `h`, `/orders/messages` | yes |
    /// | `h` | `h`, `/orders/messages` | yes |
    /// | `https://h/orders/messages?api-version=2014-01` | `h`, `/orders/messages` | yes |
    /// | `sb://h/orders` | `h`, `/orders2/messages` | no |
    /// | `sb://h/orders/messages` | `h`, `/orders` | no |
    ///
    /// The resource's scheme, its query and either side's port are ignored, because a token names a
    /// namespace and what is in it, not a listener or a request; so is case, because some clients sign
    /// a lower-cased URI. A path with a `.` or `..` segment is never covered.
    #[must_use]
    pub fn covers(&self, host: &str, path: &str) -> bool {
        covers(&self.resource, host, path)
    }
}

impl FromStr for SharedAccessSignature {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let fields = Fields::read(fields_of(text).ok_or(Error::NotASignature)?)?;
        let expiry = fields.require(Field::Expiry)?;
        Ok(Self {
            text: Zeroizing::new(text.to_owned()),
            resource: fields.decoded(Field::Resource)?,
            key_name: fields.decoded(Field::KeyName)?,
            expires: number(expiry)
                .map(time)
                .ok_or_else(|| Error::field(Field::Expiry, Reason::NotNumber))?,
            // As received: clients differ in the case of escapes and in leading zeros, and the
            // signature covers what they sent.
            signed: Signed {
                resource: fields.require(Field::Resource)?.to_owned(),
                expiry: expiry.to_owned(),
                signature: fields.signature()?,
            },
        })
    }
}

/// Sends a ready-made token as it is, byte for byte.
impl From<&SharedAccessSignature> for Token {
    fn from(signature: &SharedAccessSignature) -> Self {
        Self::new(signature.text.clone(), signature.expires)
    }
}

impl fmt::Debug for SharedAccessSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedAccessSignature")
            .field("resource", &self.resource)
            .field("expires", &self.expires)
            .field("key_name", &self.key_name)
            .finish_non_exhaustive()
    }
}

/// What follows the scheme, whose case is free as in any `Authorization` header (RFC 9110, 11.1).
fn fields_of(text: &str) -> Option<&str> {
    let (scheme, fields) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(fields)
}

/// Whether a token for `resource` opens `path` on `host`.
pub(crate) fn covers(resource: &str, host: &str, path: &str) -> bool {
    let (scope_host, scope) = scope_of(resource);
    scope_host.eq_ignore_ascii_case(split_port(host).0) && is_parent(scope, path)
}

/// The host, without its port, and the path of a resource.
pub(crate) fn scope_of(resource: &str) -> (&str, &str) {
    let (_, address) = resource.split_once("://").unwrap_or(("", resource));
    // A query is no part of what a token opens. Microsoft's first clients for Python sign the whole
    // address of their request, `.../messages?api-version=2014-01`.
    let address = address.split(['?', '#']).next().unwrap_or(address);
    let (authority, path) = address.split_once('/').unwrap_or((address, ""));
    (split_port(authority).0, path)
}

fn is_parent(scope: &str, path: &str) -> bool {
    let mut segments = segments(path);
    // What a server makes of `orders/../others` depends on the server, so nothing covers it.
    let dotted = segments.clone().any(|segment| segment == "." || segment == "..");
    !dotted
        && self::segments(scope)
            .all(|scope| segments.next().is_some_and(|s| s.eq_ignore_ascii_case(scope)))
}

fn segments(path: &str) -> impl Iterator<Item = &str> + Clone {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The values of the known fields as received, none of them empty.
struct Fields<'a> {
    values: [Option<&'a str>; Field::ALL.len()],
}

impl<'a> Fields<'a> {
    fn read(text: &'a str) -> Result<Self, Error> {
        let mut fields = Self { values: [None; Field::ALL.len()] };
        for (index, field) in text.trim_start().split('&').enumerate() {
            if !field.is_empty() {
                fields.add(field, index + 1)?;
            }
        }
        Ok(fields)
    }

    fn add(&mut self, field: &'a str, position: usize) -> Result<(), Error> {
        let malformed = |reason| Error::SignatureField { position, reason };
        // Everything else is percent-encoded, and a header holds nothing else.
        if !field.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(malformed(Reason::Character));
        }
        let (name, value) = field.split_once('=').ok_or_else(|| malformed(Reason::NoEquals))?;
        match Field::from_name(name) {
            Some(known) => self.set(known, value).map_err(|reason| Error::field(known, reason)),
            None => Ok(()),
        }
    }

    fn set(&mut self, field: Field, value: &'a str) -> Result<(), Reason> {
        if value.is_empty() {
            return Err(Reason::Empty);
        }
        match self.values[field as usize].replace(value) {
            Some(_) => Err(Reason::Repeated),
            None => Ok(()),
        }
    }

    fn require(&self, field: Field) -> Result<&'a str, Error> {
        self.values[field as usize].ok_or_else(|| Error::field(field, Reason::Missing))
    }

    fn decoded(&self, field: Field) -> Result<String, Error> {
        let error = |reason| Error::field(field, reason);
        let text = decode(self.require(field)?).ok_or_else(|| error(Reason::PercentEncoding))?;
        if has_control(&text) { Err(error(Reason::Character)) } else { Ok(text) }
    }

    fn signature(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        // Whoever reads the signature can use the token, so each form of it is wiped.
        let base64 = Zeroizing::new(self.decoded(Field::Signature)?);
        let signature = STANDARD.decode(base64.as_bytes()).ok().map(Zeroizing::new);
        let signature = signature.filter(|signature| signature.len() == 32);
        signature.ok_or_else(|| Error::field(Field::Signature, Reason::Base64))
    }
}
