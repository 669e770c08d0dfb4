//! The parts of a registration that a problem, a difference or a loss is about.

use std::fmt;

use uuid::Uuid;

/// A part of a registration that a [`Problem`](crate::Problem), a
/// [`Difference`](crate::Difference) or a [`Loss`](crate::solution::Loss) is about.
///
/// It has the name besides the id because messages are read by people.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Component {
    /// The registration itself.
    Registration,
    /// A service endpoint.
    Endpoint {
        /// Its id.
        id: Uuid,
        /// Its name.
        name: String,
    },
    /// A plug-in type.
    PluginType {
        /// Its id.
        id: Uuid,
        /// Its name.
        name: String,
    },
    /// A step.
    Step {
        /// Its id.
        id: Uuid,
        /// Its name.
        name: String,
    },
    /// An image.
    Image {
        /// The id of its step.
        step: Uuid,
        /// The name of its step.
        step_name: String,
        /// Its alias.
        alias: String,
    },
}

impl Component {
    /// The id of what it is, if it has one; of an image, its step's.
    #[must_use]
    pub const fn id(&self) -> Option<Uuid> {
        match self {
            Self::Registration => None,
            Self::Endpoint { id, .. } | Self::PluginType { id, .. } | Self::Step { id, .. } => {
                Some(*id)
            }
            Self::Image { step, .. } => Some(*step),
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registration => f.write_str("registration"),
            Self::Endpoint { name, .. } => write!(f, "endpoint `{name}`"),
            Self::PluginType { name, .. } => write!(f, "plug-in type `{name}`"),
            Self::Step { name, .. } => write!(f, "step `{name}`"),
            Self::Image { step_name, alias, .. } => {
                write!(f, "image `{alias}` of step `{step_name}`")
            }
        }
    }
}
