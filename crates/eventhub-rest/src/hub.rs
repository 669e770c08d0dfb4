use azure_sas::{ConnectionString, Endpoint, Resource};
use http::Uri;

use crate::error::{Error, InvalidReason};
use crate::target::Target;

/// The longest name of a hub, in characters.
const LONGEST_NAME: usize = 256;

/// A hub to send to, or a partition or publisher of it.
///
/// The scheme is the [`Endpoint`]'s affair: HTTPS, but plain HTTP to a local emulator on a
/// loopback host.
///
/// ```
/// use eventhub_rest::Hub;
///
/// let hub = Hub::new("sb://contoso.servicebus.windows.net/".parse()?, "orders")?;
/// assert_eq!(hub.resource().uri(), "https://contoso.servicebus.windows.net/orders");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hub {
    endpoint: Endpoint,
    name: String,
    target: Target,
    resource: Resource,
    messages: Uri,
    /// The same address as the HTTP client has it, parsed once and not for each event.
    #[cfg(feature = "reqwest")]
    url: reqwest::Url,
}

impl Hub {
    /// The hub `name` of a namespace.
    ///
    /// # Errors
    ///
    /// [`Error::HubName`] unless the name is 1 to 256 letters, digits, `.`, `-` and `_`, with a
    /// letter or a digit at both ends ([Naming rules for Azure resources][names]).
    ///
    /// [names]: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsofteventhub
    pub fn new(endpoint: Endpoint, name: &str) -> Result<Self, Error> {
        check_name(name, LONGEST_NAME).map_err(Error::HubName)?;
        Self::with_target(endpoint, name.to_owned(), Target::Hub)
    }

    /// One partition of this hub, by its id.
    ///
    /// Its events must have no partition key; what the service makes of one is not documented.
    ///
    /// ```
    /// let hub = eventhub_rest::Hub::new("sb://contoso.servicebus.windows.net/".parse()?, "orders")?;
    /// assert_eq!(hub.partition("0")?.messages().path(), "/orders/partitions/0/messages");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::PartitionId`] unless the id is 1 to 256 letters, digits, `-`, `.`, `_` and `~`.
    pub fn partition(&self, id: &str) -> Result<Self, Error> {
        Self::with_target(self.endpoint.clone(), self.name.clone(), Target::partition(id)?)
    }

    /// One publisher of this hub. Tokens for it are signed for this publisher alone, which a token
    /// for the hub does as well.
    ///
    /// ```
    /// let hub = eventhub_rest::Hub::new("sb://contoso.servicebus.windows.net/".parse()?, "orders")?;
    /// let till = hub.publisher("till-7")?;
    /// assert_eq!(till.messages().path(), "/orders/publishers/till-7/messages");
    /// assert!(till.resource().uri().ends_with("/orders/publishers/till-7"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::PublisherName`] unless the name is 1 to 256 letters, digits, `-`, `.`, `_` and `~`.
    pub fn publisher(&self, name: &str) -> Result<Self, Error> {
        Self::with_target(self.endpoint.clone(), self.name.clone(), Target::publisher(name)?)
    }

    fn with_target(endpoint: Endpoint, name: String, target: Target) -> Result<Self, Error> {
        let malformed = || Error::HubName(InvalidReason::Character);
        let hub = Resource::hub(&endpoint, &name).map_err(|_| malformed())?;
        // Seconds that the service may take, and the one version that the documentation names:
        // https://learn.microsoft.com/rest/api/eventhub/send-event
        let messages = format!("{}{target}/messages?timeout=60&api-version=2014-01", hub.uri());
        // Parsed for both kinds of clients here, once, rather than for each event.
        #[cfg(feature = "reqwest")]
        let url = messages.parse().map_err(|_| malformed())?;
        let messages = messages.parse().map_err(|_| malformed())?;
        let resource = match &target {
            Target::Publisher(publisher) => Resource::publisher(&endpoint, &name, publisher)
                .map_err(|_| Error::PublisherName(InvalidReason::Character))?,
            _ => hub,
        };
        Ok(Self {
            endpoint,
            name,
            target,
            resource,
            messages,
            #[cfg(feature = "reqwest")]
            url,
        })
    }

    /// The namespace.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The hub's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The hub as a whole, or the partition or publisher of it.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What a token for this is signed for: the hub, or the publisher.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The address that an event is posted to.
    #[must_use]
    pub fn messages(&self) -> &Uri {
        &self.messages
    }

    /// The address that an event is posted to, for the client.
    #[cfg(feature = "reqwest")]
    pub(crate) fn url(&self) -> &reqwest::Url {
        &self.url
    }
}

/// The hub that a connection string names as its `EntityPath`.
impl TryFrom<&ConnectionString> for Hub {
    type Error = Error;

    fn try_from(connection: &ConnectionString) -> Result<Self, Error> {
        let name = connection.entity_path().ok_or(Error::NoHub)?;
        Self::new(connection.endpoint().clone(), name)
    }
}

/// The rule for names in Event Hubs.
pub(crate) fn check_name(name: &str, longest: usize) -> Result<(), InvalidReason> {
    if name.is_empty() {
        return Err(InvalidReason::Empty);
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)) {
        return Err(InvalidReason::Character);
    }
    if name.len() > longest {
        return Err(InvalidReason::TooLong(longest));
    }
    // Bytes are characters here: everything else was refused above.
    let edges = [name.bytes().next(), name.bytes().next_back()];
    let alphanumeric = edges.into_iter().flatten().all(|b| b.is_ascii_alphanumeric());
    if alphanumeric { Ok(()) } else { Err(InvalidReason::Edge) }
}
