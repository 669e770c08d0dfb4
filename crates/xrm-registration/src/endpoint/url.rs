//! The address of a webhook or of an Event Grid topic.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The address of a webhook or of an Event Grid topic: the column `url`.
///
/// People put keys into its query, as `?code=...`, so neither [`Display`](fmt::Display) nor
/// [`Debug`] shows that. Documents and solution files have the whole address.
///
/// ```
/// use xrm_registration::EndpointUrl;
///
/// let url = EndpointUrl::new("https://contoso.example/hook?code=secret");
/// assert_eq!(url.to_string(), "https://contoso.example/hook?(not shown)");
/// assert_eq!(url.as_str(), "https://contoso.example/hook?code=secret");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EndpointUrl(String);

impl EndpointUrl {
    /// This text as an address.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is a query, which may hold a secret.
    #[must_use]
    pub fn has_query(&self) -> bool {
        self.0.contains('?')
    }

    /// Whether this is an absolute address of HTTP.
    pub(crate) fn is_absolute(&self) -> bool {
        let host = ["https://", "http://"].iter().find_map(|scheme| {
            let start = self.0.get(..scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then(|| &self.0[scheme.len()..])
        });
        host.is_some_and(|it| !it.is_empty() && !it.starts_with(['/', '?', '#', ':']))
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // User names and passwords come before an `@` of the authority.
        let (address, query) = match self.0.split_once('?') {
            Some((address, _)) => (address, "?(not shown)"),
            None => (self.0.as_str(), ""),
        };
        let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
        let end = rest.find('/').unwrap_or(rest.len());
        let host = rest[..end].rfind('@').map_or(rest, |at| &rest[at + 1..]);
        let separator = if scheme.is_empty() { "" } else { "://" };
        write!(f, "{scheme}{separator}{host}{query}")
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EndpointUrl({self})")
    }
}
