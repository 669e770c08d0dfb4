//! The declared type of a place and the value's own.

/// How the declared type of a place relates to the value that stands there. It decides where a
/// type hint (`__type`, `i:type`) is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The declared type is the value's own: no hint.
    Declared,
    /// The declared type is `object`: a hint in XML on every value, in JSON on class values.
    Object,
    /// An item of a collection that itself stands in an `object` place: a hint in JSON on class
    /// values, none in XML.
    ObjectItem,
}

impl Place {
    /// The place of the items of a collection that stands here.
    #[must_use]
    pub const fn of_items(self) -> Self {
        match self {
            Self::Declared => Self::Declared,
            Self::Object | Self::ObjectItem => Self::ObjectItem,
        }
    }
}
