use std::fmt;

use crate::error::{Error, InvalidReason};

/// The longest name of a partition or a publisher that is taken, in characters.
const LONGEST: usize = 256;

/// Where in a hub events go.
///
/// | target | address |
/// |---|---|
/// | the hub | `/orders/messages` ([Send event][event]) |
/// | a partition | `/orders/partitions/0/messages` ([Send partition event][partition]) |
/// | a publisher | `/orders/publishers/till-7/messages` ([Send event with publisher id][publisher]) |
///
/// [event]: https://learn.microsoft.com/rest/api/eventhub/send-event
/// [partition]: https://learn.microsoft.com/rest/api/eventhub/send-partition-event
/// [publisher]: https://learn.microsoft.com/rest/api/eventhub/send-event-with-publisher-id
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// The hub, which chooses the partition, by the partition key if there is one.
    #[default]
    Hub,
    /// The partition with this id. Its events have no partition key.
    Partition(String),
    /// The publisher of this name, whose events all go to one partition. A partition key is left
    /// out or is the publisher's name ([Event publishers][docs]).
    ///
    /// [docs]: https://learn.microsoft.com/azure/event-hubs/event-hubs-features#event-publishers
    Publisher(String),
}

impl Target {
    pub(crate) fn partition(id: &str) -> Result<Self, Error> {
        check(id).map_err(Error::PartitionId)?;
        Ok(Self::Partition(id.to_owned()))
    }

    pub(crate) fn publisher(name: &str) -> Result<Self, Error> {
        check(name).map_err(Error::PublisherName)?;
        Ok(Self::Publisher(name.to_owned()))
    }
}

/// Writes the path below the hub, without what follows it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub => Ok(()),
            Self::Partition(id) => write!(f, "/partitions/{id}"),
            Self::Publisher(name) => write!(f, "/publishers/{name}"),
        }
    }
}

/// A path segment of the characters that RFC 3986, 2.3 leaves unreserved, so that a token's scope
/// and the path agree letter by letter.
pub(crate) fn check(segment: &str) -> Result<(), InvalidReason> {
    if segment.is_empty() {
        return Err(InvalidReason::Empty);
    }
    if !segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)) {
        return Err(InvalidReason::Character);
    }
    // RFC 3986, 5.2.4: a client may remove `.` and `..` from the path, but not from the token.
    if segment.bytes().all(|b| b == b'.') {
        return Err(InvalidReason::Edge);
    }
    if segment.len() > LONGEST { Err(InvalidReason::TooLong(LONGEST)) } else { Ok(()) }
}
