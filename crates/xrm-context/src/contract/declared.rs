//! How a place's declared type relates to the value that is there.

/// How the declared type of a place relates to the value's own type. It decides where a type hint
/// (`__type`, `i:type`) is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Declared {
    /// The declared type is the value's own: no hint.
    Exactly,
    /// The declared type is `object`: a hint in XML on every value, in JSON on class values.
    Object,
    /// An item of a collection that is itself in an `object` place: a hint in JSON on class values,
    /// none in XML.
    ObjectItem,
}

impl Declared {
    /// What holds for the items of a collection for which this holds.
    #[must_use]
    pub const fn for_items(self) -> Self {
        match self {
            Self::Exactly => Self::Exactly,
            Self::Object | Self::ObjectItem => Self::ObjectItem,
        }
    }
}
