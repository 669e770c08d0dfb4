//! The one place that decides how an event travels.

use http::HeaderValue;
use http::header::{HeaderMap, HeaderName};

use crate::event::{Event, Property};
use crate::property;
use crate::property_value::{PropertyValue, is_ambiguous};

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
/// What was given as a header, by [`with_property`](Event::with_property) and
/// [`with_quoted_property`](Event::with_quoted_property), does not weigh in; if other properties
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

impl Form {
    pub(crate) fn of(event: &Event) -> Self {
        let by_headers = event.free_properties().all(|it| header(it, event).is_some());
        if by_headers { Self::Headers } else { Self::Batch }
    }
}

/// The properties of an event as headers, if all of them can be.
pub(crate) fn headers(event: &Event) -> Option<HeaderMap> {
    let mut headers = event.properties().clone();
    for property in event.free_properties() {
        let (name, value) = header(property, event)?;
        headers.insert(name, value);
    }
    Some(headers)
}

fn header(property: &Property, event: &Event) -> Option<(HeaderName, HeaderValue)> {
    let Property { name, value: PropertyValue::String(text), .. } = property else { return None };
    if name.contains(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let value = match event.header_quoting() {
        HeaderQuoting::Unquoted if is_ambiguous(text) => return None,
        HeaderQuoting::Unquoted => property::value(name, text),
        HeaderQuoting::Quoted => property::quoted(name, text),
    };
    Some((property::name(name).ok()?, value.ok()?))
}
