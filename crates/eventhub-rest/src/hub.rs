use azure_sas::{ConnectionString, Endpoint, Resource};
use http::Uri;

use crate::error::{Error, Problem};

/// The longest name of a hub, in characters.
const LONGEST_NAME: usize = 256;

/// A hub to send to: a namespace and the hub's name.
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
    resource: Resource,
    messages: Uri,
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
        check_name(name).map_err(Error::HubName)?;
        let malformed = || Error::HubName(Problem::Character);
        let resource = Resource::hub(&endpoint, name).map_err(|_| malformed())?;
        // Seconds that the service may take, and the one version that the documentation names:
        // https://learn.microsoft.com/rest/api/eventhub/send-event
        let messages = format!("{}/messages?timeout=60&api-version=2014-01", resource.uri());
        let messages = messages.parse().map_err(|_| malformed())?;
        Ok(Self { endpoint, name: name.to_owned(), resource, messages })
    }

    /// The namespace.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The hub's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a token for this hub is signed for.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The address that an event is posted to.
    pub fn messages(&self) -> &Uri {
        &self.messages
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

fn check_name(name: &str) -> Result<(), Problem> {
    if name.is_empty() {
        return Err(Problem::Empty);
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)) {
        return Err(Problem::Character);
    }
    if name.len() > LONGEST_NAME {
        return Err(Problem::TooLong(LONGEST_NAME));
    }
    let edges = [name.bytes().next(), name.bytes().next_back()];
    let alphanumeric = edges.into_iter().flatten().all(|b| b.is_ascii_alphanumeric());
    if alphanumeric { Ok(()) } else { Err(Problem::Edge) }
}
