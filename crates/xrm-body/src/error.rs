//! Errors of encoding and decoding.

use std::fmt;

use xrm_context::contract::{PathSegment, Violation};

use crate::format::MessageFormat;
use crate::path::Path;
use crate::wrapping::Wrapping;

/// A body that can't be decoded, or a context that can't be encoded.
///
/// It has the place and the reason, and contains no value of the body, which may be confidential.
///
/// ```
/// use xrm_body::{ErrorKind, MessageFormat, decode};
///
/// let error = decode(br#"{"Depth":"deep"}"#, MessageFormat::Json).unwrap_err();
/// assert_eq!((error.path(), error.offset()), ("Depth".to_owned(), Some(9)));
/// assert_eq!(*error.kind(), ErrorKind::BadValue("Int32"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    offset: Option<usize>,
    path: Path,
}

/// The reason of an [`Error`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The body ends in the middle.
    #[error("the body ends too early")]
    UnexpectedEnd,
    /// Something else stands where the format wants this.
    #[error("{0} is expected here")]
    Expected(&'static str),
    /// The body is not UTF-8.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// A character that the format does not allow stands in a text.
    #[error("the text contains a character that is not allowed")]
    ForbiddenCharacter,
    /// An escape or a reference is malformed.
    #[error("the escape is malformed")]
    BadEscape,
    /// A text is no value of the type that its place declares.
    #[error("the text is no {0}")]
    BadValue(&'static str),
    /// A time without a date, which .NET takes for one of today. Reading has no clock.
    #[error("a time has no date, and reading has no clock to take today's from")]
    TimeWithoutDate,
    /// A rule of the contracts is broken.
    #[error(transparent)]
    Violation(Violation),
    /// A member appears twice in a class.
    #[error("the member `{0}` appears twice")]
    DuplicateMember(String),
    /// A contract type that the platform does not know; reported in strict reading only.
    #[error("the platform knows no contract type {0}")]
    UnknownType(String),
    /// A value in an `object` place has no `i:type`.
    #[error("the value has no i:type")]
    MissingType,
    /// A namespace prefix is not declared.
    #[error("the prefix `{0}` is not declared")]
    UndeclaredPrefix(String),
    /// An end tag does not match its start tag.
    #[error("the end tag does not match the start tag")]
    MismatchedEndTag,
    /// The root is no `RemoteExecutionContext`.
    #[error("the root element is no RemoteExecutionContext")]
    WrongRoot,
    /// A document type declaration or a processing instruction; bodies have none.
    #[error("a {0} is not allowed")]
    NotAllowed(&'static str),
    /// Something follows the body.
    #[error("something follows the body")]
    TrailingContent,
    /// The bytes are no body: something is wrapped around it, or they come from elsewhere.
    #[error(transparent)]
    Wrapped(Wrapping),
    /// A limit was passed.
    #[error("the body passes the limit of {1} for its {0}")]
    Limit(&'static str, usize),

    /// A value or member that was kept as it stood in one format can't be written in the other.
    #[error("{what} was read from another format and can't be written as {format}")]
    Raw {
        /// The value's contract type, or the member's name.
        what: String,
        /// The format that was to be written.
        format: MessageFormat,
    },
    /// The platform refuses this contract type in an `object` place of this format.
    #[error("{format} has no {contract} in an `object` place")]
    NotKnown {
        /// The contract type's name.
        contract: &'static str,
        /// The format that was to be written.
        format: MessageFormat,
    },
    /// The value is of another contract type than its place declares.
    #[error("a {declared} is declared here, and the value is of another type")]
    UnexpectedType {
        /// The declared contract type's name.
        declared: &'static str,
    },
    /// An enumeration value has no name, and XML writes names.
    #[error("{value} has no name in {enumeration}")]
    EnumWithoutName {
        /// The enumeration's contract name.
        enumeration: &'static str,
        /// The number.
        value: i32,
    },
    /// A date lies outside of what .NET can hold once the zone's offset is added.
    #[error("the date is out of range in the zone of the writing process")]
    DateOutOfRange,
}

impl Error {
    #[cold]
    pub(crate) fn at(kind: ErrorKind, offset: usize) -> Self {
        // Boxed, so that a `Result` of a scalar stays as small as the scalar allows.
        Self(Box::new(Inner { kind, offset: Some(offset), path: Path::default() }))
    }

    #[cold]
    pub(crate) fn writing(kind: ErrorKind) -> Self {
        Self(Box::new(Inner { kind, offset: None, path: Path::default() }))
    }

    #[cold]
    pub(crate) fn within(mut self, segment: PathSegment<'_>) -> Self {
        self.0.path.prepend(segment);
        self
    }

    /// The same error, of the value at this path.
    pub(crate) fn located(mut self, path: Path) -> Self {
        self.0.path = path;
        self
    }

    /// The same error in a body where its place is another one.
    pub(crate) fn moved(mut self, place: impl Fn(usize) -> usize) -> Self {
        self.0.offset = self.0.offset.map(place);
        self
    }

    /// The reason.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The offset in the body in bytes, from zero. `None` when encoding.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The path in the context, of reading and of writing: `InputParameters["Target"].Attributes["name"]`.
    /// Empty for the root.
    #[must_use]
    pub fn path(&self) -> String {
        self.0.path.to_string()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        write!(f, "{}", self.0.kind)?;
        match self.0.offset {
            Some(offset) => write!(f, " (at byte {offset})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl std::error::Error for Error {}
