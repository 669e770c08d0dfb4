//! Why a solution's file can't be read.

use std::io;
use std::sync::Arc;

use crate::solution::location::Location;

/// Why a file can't be read, and where it was noticed. The error repeats no text of the file but names of
/// elements.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{location}: {kind}")]
#[non_exhaustive]
pub struct Error {
    /// Where.
    pub location: Location,
    /// What.
    pub kind: ErrorKind,
}

/// What is wrong with a file.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The reader failed.
    #[error("the file can't be read: {0}")]
    Read(Arc<io::Error>),
    /// It is no XML.
    #[error("it is no well-formed XML: {reason}")]
    NotWellFormed {
        /// Why not.
        reason: &'static str,
    },
    /// It is no YAML, or not as files of solutions are.
    #[error("it is no YAML of a solution: {reason}")]
    NotYaml {
        /// Why not.
        reason: &'static str,
    },
    /// The file ends within an element or a tag, or before the root.
    #[error("the file ends too early")]
    Truncated,
    /// There is a document type definition, which could define entities.
    #[error("document type definitions are refused")]
    DocumentType,
    /// There is a processing instruction.
    #[error("processing instructions are refused")]
    ProcessingInstruction,
    /// The file is in another encoding than UTF-8.
    #[error("the encoding is {name}, not utf-8")]
    Encoding {
        /// Which.
        name: String,
    },
    /// The file is declared to be of another version of XML than 1.0.
    #[error("the version of XML is not 1.0")]
    Version,
    /// A reference to an entity that is none of XML's five.
    #[error("the entity `{name}` is not declared")]
    Entity {
        /// Its name.
        name: String,
    },
    /// A character that no XML may hold.
    #[error("XML can't hold the character U+{character:04X}")]
    Character {
        /// Its number.
        character: u32,
    },
    /// The file is too large.
    #[error("the file has more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// Elements stand too deep in one another.
    #[error("elements are nested more than {limit} deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// There are too many elements.
    #[error("there are more than {limit} elements")]
    TooManyElements {
        /// The limit.
        limit: u64,
    },
    /// An element has too many attributes.
    #[error("an element has more than {limit} attributes")]
    TooManyAttributes {
        /// The limit.
        limit: usize,
    },
    /// There are too many endpoints, steps, images and plug-in types.
    #[error("there are more than {limit} endpoints, steps, images and plug-in types")]
    TooManyComponents {
        /// The limit.
        limit: u64,
    },
    /// A text, a tag or a name is too long.
    #[error("a text or a name has more than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// There is a second root element.
    #[error("there is a second root element")]
    SecondRoot,
    /// The root element is none of a solution.
    #[error("`{name}` is no root element of a solution's file")]
    UnknownRoot {
        /// Its name.
        name: String,
    },
    /// An element or an attribute is missing.
    #[error("`{name}` is missing")]
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// An element stands twice.
    #[error("`{name}` appears twice there")]
    Repeated {
        /// Its name.
        name: String,
    },
    /// A value is of another type.
    #[error("`{name}` is not {expected}")]
    WrongType {
        /// The name of the element or attribute.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// There are elements where a text belongs.
    #[error("there is an element in a text")]
    NotText,
}
