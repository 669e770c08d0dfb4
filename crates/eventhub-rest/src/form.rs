//! The one place that decides how an event travels.

use http::header::{HeaderName, HeaderValue};

use crate::property;
use crate::property_value::{PropertyValue, is_ambiguous};

/// The content type by which Event Hubs recognizes a batch, exactly so: with a parameter after it,
/// the body is that of one event.
pub(crate) const BATCH_CONTENT_TYPE: &str = "application/vnd.microsoft.servicebus.json";

/// How an event travels when it is sent alone.
///
/// A single event carries its properties in HTTP headers; a batch, even of one, carries them in
/// JSON. An event goes by headers if each of its application properties arrives as it was given:
///
/// | application property | by headers |
/// |---|---|
/// | name in lower case, value of visible ASCII: `kind`, `sale` | yes |
/// | a name that is no header name: `http://schemas.microsoft.com/xrm/2011/Claims/...` | no |
/// | a name that HTTP or Event Hubs use: `host`, `content-type`, `x-ms-...` | no |
/// | a name with a capital letter, as headers have no case: `Kind` | no |
/// | a number, a boolean, null | no |
/// | text outside ASCII, of more than one line, or with white space at an end | no |
/// | text that reads as a number, a boolean or a quoted text: `12`, `true`, `"a"` | only [quoted](HeaderQuoting::Quoted) |
///
/// What was given as a header, by [`with_property`](crate::Event::with_property) and
/// [`with_quoted_property`](crate::Event::with_quoted_property), does not weigh in; if other properties
/// make it a batch, it goes along with the type that the header would have got.
///
/// A batch has no place for a content type, so an event that travels in one loses its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A single event, its properties in headers.
    Headers,
    /// A batch of one, its properties in JSON.
    Batch,
}

/// Whether text is sent between quotation marks where it travels in headers.
///
/// The service's documentation shows it unquoted. Microsoft's first Python client quoted it, and
/// Service Bus quotes what it sends. What Event Hubs makes of quotation marks is not documented, so
/// unquoted is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderQuoting {
    /// `kind: sale`
    #[default]
    Unquoted,
    /// `kind: "sale"`
    Quoted,
}

/// The property with this name as a header, if a header carries its value unchanged.
pub(crate) fn header(
    name: &str,
    value: &PropertyValue,
    quoting: HeaderQuoting,
) -> Option<(HeaderName, HeaderValue)> {
    let PropertyValue::String(text) = value else { return None };
    // HTTP/1.1 keeps the case of names, but the `http` crate and every proxy may lower it.
    if name.contains(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let value = match quoting {
        // The service would make a number or a boolean of the text.
        HeaderQuoting::Unquoted if is_ambiguous(text) => return None,
        HeaderQuoting::Unquoted => property::value(name, text),
        HeaderQuoting::Quoted => property::quoted(name, text),
    };
    Some((property::name(name).ok()?, value.ok()?))
}
