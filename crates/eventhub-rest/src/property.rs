//! Application properties as the HTTP headers that carry them.

use http::{HeaderName, HeaderValue};

use crate::error::{Error, InvalidReason};
use crate::property_value::PropertyValue;

/// The name of an application property that travels as an HTTP header, checked once. In lower case.
///
/// Those who send the same property with each event keep its name:
///
/// ```
/// use eventhub_rest::{Event, PropertyName};
///
/// let kind = PropertyName::try_from("kind")?;
/// let event = Event::new("{}", "application/json")?.with_named_property(&kind, "sale")?;
/// # Ok::<(), eventhub_rest::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PropertyName(HeaderName);

impl PropertyName {
    /// The name, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<&str> for PropertyName {
    type Error = Error;

    /// # Errors
    ///
    /// [`Error::PropertyName`] if the text is no HTTP header name, or is one that HTTP or Event Hubs
    /// use themselves.
    fn try_from(name: &str) -> Result<Self, Error> {
        self::name(name).map(Self)
    }
}

/// An application property, as the caller gave it.
#[derive(Clone)]
pub(crate) enum Property {
    /// A header, which the service reads a value from.
    Header(PropertyName, HeaderValue),
    /// A header whose value is text between quotation marks.
    QuotedHeader(PropertyName, HeaderValue, String),
    /// A value, whose form the other properties decide too.
    Value(String, PropertyValue),
}

impl Property {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Header(name, _) | Self::QuotedHeader(name, ..) => name.as_str(),
            Self::Value(name, _) => name,
        }
    }

    /// The header that the caller gave.
    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Header(name, value) | Self::QuotedHeader(name, value, _) => {
                Some((name.0.clone(), value.clone()))
            }
            Self::Value(..) => None,
        }
    }

    /// What a consumer is to read. A header's is computed here and not when the event is made:
    /// only a batch needs it.
    pub(crate) fn value(&self) -> PropertyValue {
        match self {
            Self::Header(_, header) => {
                PropertyValue::from_header(header.to_str().expect("it was made of visible ASCII"))
            }
            Self::QuotedHeader(_, _, text) => text.as_str().into(),
            Self::Value(_, value) => value.clone(),
        }
    }
}

/// Headers that are not the event's but those of the exchange, as `eventhub-local` has them too.
///
/// Which of them the service leaves out is not documented. These are the ones of HTTP's registry
/// that clients, caches, proxies and gateways set or act on by themselves, among them `max-forwards`
/// (RFC 9110, 7.6.2), `range` (RFC 9110, 14.2) and `http2-settings` (RFC 7540, 3.2.1).
const RESERVED: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "brokerproperties",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "http2-settings",
    "keep-alive",
    "max-forwards",
    "origin",
    "pragma",
    "range",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];

/// Families of headers that belong to proxies and to Azure, such as `x-ms-retrypolicy`.
const RESERVED_PREFIXES: &[&str] = &["proxy-", "sec-", "x-forwarded-", "x-ms-"];

pub(crate) fn name(name: &str) -> Result<HeaderName, Error> {
    let error = |reason| Error::PropertyName { name: name.to_owned(), reason };
    if name.is_empty() {
        return Err(error(InvalidReason::Empty));
    }
    let header =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| error(InvalidReason::Character))?;
    if is_reserved(header.as_str()) { Err(error(InvalidReason::Reserved)) } else { Ok(header) }
}

fn is_reserved(name: &str) -> bool {
    RESERVED.binary_search(&name).is_ok()
        || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The value as it is.
pub(crate) fn value(name: &str, value: &str) -> Result<HeaderValue, Error> {
    header_value(value).map_err(|reason| Error::PropertyValue { name: name.to_owned(), reason })
}

/// The value between quotation marks, with `\` before any within.
pub(crate) fn quoted(name: &str, value: &str) -> Result<HeaderValue, Error> {
    let quoted = format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    self::value(name, &quoted)
}

/// Text that HTTP carries unchanged: visible ASCII, and spaces within.
pub(crate) fn header_value(text: &str) -> Result<HeaderValue, InvalidReason> {
    // RFC 9110, 5.5: a recipient removes white space around a value.
    if text.starts_with([' ', '\t']) || text.ends_with([' ', '\t']) {
        return Err(InvalidReason::Padding);
    }
    // `HeaderValue` takes bytes above ASCII too, but recipients read them as opaque data in no
    // known encoding (RFC 9110, 5.5).
    if !text.is_ascii() {
        return Err(InvalidReason::Character);
    }
    HeaderValue::from_str(text).map_err(|_| InvalidReason::Character)
}

#[cfg(test)]
mod tests {
    use super::{RESERVED, RESERVED_PREFIXES};

    #[test]
    fn the_reserved_headers_are_sorted() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn the_local_hub_reserves_the_same_headers() {
        assert_eq!(RESERVED, eventhub_local::TRANSPORT_HEADERS);
        assert_eq!(RESERVED_PREFIXES, eventhub_local::TRANSPORT_HEADER_PREFIXES);
    }
}
