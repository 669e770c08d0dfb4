//! Where a value with a text of its own comes from.

/// Where a value that carries a text of its own comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// An application made it.
    Application,
    /// It was read from a JSON body.
    Json,
    /// It was read from an XML body.
    Xml,
}
