//! What each pricing tier allows.

/// The largest body of the Standard tier and above: 1 MiB, for an event and a batch alike
/// ([Event Hubs quotas and limits](https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)).
pub const STANDARD_MAX_BODY_BYTES: usize = 1_048_576;

/// The largest body of the Basic tier over HTTP: 320 KiB. The documented limit is 256 KB; this is
/// the number in the service's own answer
/// ([azure-docs#38643](https://github.com/MicrosoftDocs/azure-docs/issues/38643)).
pub const BASIC_MAX_BODY_BYTES: usize = 327_680;

/// The largest message of the Basic tier over AMQP: 256 KiB, as documented and as the service answers
/// ([azure-event-hubs-java#430](https://github.com/Azure/azure-event-hubs-java/issues/430)).
pub const BASIC_MAX_MESSAGE_BYTES: usize = 262_144;

/// A pricing tier of Event Hubs, whose limits the local hub keeps
/// ([Event Hubs quotas and limits](https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas)).
///
/// | | body | message over AMQP | hubs | partitions | consumer groups | retention |
/// |---|---|---|---|---|---|---|
/// | Basic | [320 KiB](BASIC_MAX_BODY_BYTES) | [256 KiB](BASIC_MAX_MESSAGE_BYTES) | 10 | 32 | 1 | 1 day |
/// | Standard | 1 MiB | 1 MiB | 10 | 32 | 20 | 7 days |
/// | Premium | 1 MiB | 1 MiB | 100 | 100 | 100 | 90 days |
/// | Dedicated | 1 MiB | 1 MiB | 1000 | 1024 | 1000 | 90 days |
///
/// Hubs are counted per namespace (in Premium: per processing unit, of which there is one here),
/// partitions and consumer groups per hub. Whether the gate of 1 MiB lets a little more through
/// over HTTP, as that of the Basic tier does, is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// Basic.
    Basic,
    /// Standard.
    #[default]
    Standard,
    /// Premium, with one processing unit.
    Premium,
    /// Dedicated.
    Dedicated,
}

/// The limits of a [`Tier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest body of an event or a batch over REST, in bytes.
    pub max_body_bytes: usize,
    /// The largest message over AMQP, in bytes; a batch is one message.
    pub max_message_bytes: usize,
    /// How many hubs a namespace has at most.
    pub max_hubs: usize,
    /// How many partitions a hub has at most.
    pub max_partitions: u32,
    /// How many consumer groups a hub has at most, `$Default` among them.
    pub max_consumer_groups: usize,
    /// For how many days a hub keeps events at most.
    pub max_retention_days: u32,
}

impl Tier {
    /// The tier's limits.
    #[must_use]
    pub const fn limits(self) -> Limits {
        const STANDARD: (usize, usize) = (STANDARD_MAX_BODY_BYTES, STANDARD_MAX_BODY_BYTES);

        match self {
            Self::Basic => limits((BASIC_MAX_BODY_BYTES, BASIC_MAX_MESSAGE_BYTES), 10, 32, 1, 1),
            Self::Standard => limits(STANDARD, 10, 32, 20, 7),
            Self::Premium => limits(STANDARD, 100, 100, 100, 90),
            Self::Dedicated => limits(STANDARD, 1000, 1024, 1000, 90),
        }
    }
}

/// A row of the table.
const fn limits(
    (max_body_bytes, max_message_bytes): (usize, usize),
    max_hubs: usize,
    max_partitions: u32,
    max_consumer_groups: usize,
    max_retention_days: u32,
) -> Limits {
    Limits {
        max_body_bytes,
        max_message_bytes,
        max_hubs,
        max_partitions,
        max_consumer_groups,
        max_retention_days,
    }
}
