//! Where in a file something stands.

use std::fmt;

/// Where in a file an element stands, or where reading ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Location {
    /// The file, as it was named when it was read.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The character of the line, from 1.
    pub column: u64,
    /// The byte of the file, from 0.
    pub offset: u64,
    /// The names of the elements that it stands in, from the root, with `/` between them. Empty
    /// outside of the root.
    pub path: String,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)?;
        if self.path.is_empty() { Ok(()) } else { write!(f, " in {}", self.path) }
    }
}
