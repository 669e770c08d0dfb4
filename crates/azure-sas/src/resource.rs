use std::fmt;

use crate::encoding::{check_text, encode};
use crate::endpoint::Endpoint;
use crate::error::{Error, Reason};

/// A resource that a token opens: a URI, percent-encoded once for signing and sending.
///
/// A token is good for every resource whose URI begins with the one it was signed for, so a
/// namespace's token opens all its hubs, and a publisher's opens that publisher alone
/// ([Authorize access with shared access signatures][docs]).
///
/// | scope | URI |
/// |---|---|
/// | [`namespace`](Self::namespace) | `https://contoso.servicebus.windows.net` |
/// | [`hub`](Self::hub) | `https://contoso.servicebus.windows.net/orders` |
/// | [`publisher`](Self::publisher) | `https://contoso.servicebus.windows.net/orders/publishers/till-7` |
///
/// The URI is kept as the caller wrote it: no change of case, no slash added. It is encoded with
/// upper-case hex, everything but the unreserved characters of RFC 3986. The service checks the
/// signature over the text that it receives, and this type makes that text only once.
///
/// ```
/// let hub = azure_sas::Resource::new("sb://contoso.servicebus.windows.net/Orders")?;
/// assert_eq!(hub.encoded(), "sb%3A%2F%2Fcontoso.servicebus.windows.net%2FOrders");
/// # Ok::<(), azure_sas::Error>(())
/// ```
///
/// [docs]: https://learn.microsoft.com/azure/event-hubs/authorize-access-shared-access-signature
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    uri: String,
    encoded: String,
}

impl Resource {
    /// Any URI, or other name, that the other side expects to be signed.
    ///
    /// # Errors
    ///
    /// [`Error::Resource`] if the text is empty, or contains white space or a control character.
    pub fn new(uri: impl Into<String>) -> Result<Self, Error> {
        let uri = uri.into();
        check_text(&uri).map_err(Error::Resource)?;
        if uri.contains(char::is_whitespace) {
            return Err(Error::Resource(Reason::Character));
        }
        Ok(Self::canonical(uri))
    }

    /// A namespace, and so everything in it.
    #[must_use]
    pub fn namespace(endpoint: &Endpoint) -> Self {
        Self::canonical(endpoint.origin())
    }

    /// One hub.
    ///
    /// # Errors
    ///
    /// [`Error::Resource`] if the name is not one path segment.
    pub fn hub(endpoint: &Endpoint, hub: &str) -> Result<Self, Error> {
        Self::namespace(endpoint).child(hub)
    }

    /// One publisher of a hub.
    ///
    /// # Errors
    ///
    /// [`Error::Resource`] if one of the names is not one path segment.
    pub fn publisher(endpoint: &Endpoint, hub: &str, publisher: &str) -> Result<Self, Error> {
        Self::hub(endpoint, hub)?.child("publishers")?.child(publisher)
    }

    /// The URI before encoding.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The encoded URI: what is signed, and what is sent as `sr`.
    #[must_use]
    pub fn encoded(&self) -> &str {
        &self.encoded
    }

    fn canonical(uri: String) -> Self {
        Self { encoded: encode(&uri).to_string(), uri }
    }

    fn child(&self, segment: &str) -> Result<Self, Error> {
        // `%` too: a name that is encoded already would be encoded a second time.
        if segment.contains(['/', '?', '#', '%']) || segment == "." || segment == ".." {
            return Err(Error::Resource(Reason::NotASegment));
        }
        if segment.is_empty() {
            return Err(Error::Resource(Reason::Empty));
        }
        Self::new(format!("{}/{segment}", self.uri))
    }
}

/// Writes the URI before encoding.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}
