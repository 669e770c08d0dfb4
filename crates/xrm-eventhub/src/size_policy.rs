use xrm_body::SizeRule;

/// What a publisher does with a message that is large.
///
/// The platform removes the parent context, the request's parameters and the images from a message
/// of more than 192 KB, marks it with the property `MessageMaxSizeExceeded`, and does not send one
/// that is too large still ([Azure integration][size]).
///
/// [size]: https://learn.microsoft.com/power-apps/developer/data-platform/azure-integration
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum SizePolicy {
    /// As the platform does it: [`SizeRule::SERVICE_BUS`].
    #[default]
    Platform,
    /// Every message is sent whole, and the hub's own limit decides (413).
    Off,
    /// As the platform does it, with another limit or other members that are removed.
    Custom(SizeRule),
}

impl SizePolicy {
    /// The rule that messages are held to.
    pub(crate) fn rule(self) -> Option<SizeRule> {
        match self {
            Self::Platform => Some(SizeRule::SERVICE_BUS),
            Self::Off => None,
            Self::Custom(rule) => Some(rule),
        }
    }
}

impl From<SizeRule> for SizePolicy {
    fn from(rule: SizeRule) -> Self {
        Self::Custom(rule)
    }
}
