//! Why the storage under a job store failed.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The failure of the storage under a job store: the source of [`Error::Store`](crate::Error::Store) for the stores
/// of this crate, and for others that like it.
///
/// Cheap to clone, because one failed commit is the answer to all whose changes were in it.
#[derive(Clone, Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: Arc<str>,
    // Shared, because the errors of databases can't be cloned.
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// A failure that this crate found by itself.
    pub fn new(kind: StoreErrorKind, message: impl Into<Arc<str>>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Adds the error of the database, which says more.
    #[must_use]
    pub fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|it| it as &(dyn StdError + 'static))
    }
}

/// Declares the kinds: a name, whether trying again may help, what happened.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $is_transient:literal $text:literal,)+) => {
        /// What went wrong in the storage under a job store.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum StoreErrorKind {
            $($(#[$doc])* $kind,)+
        }

        impl StoreErrorKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// Whether the same call may succeed later without anybody doing anything.
            pub const fn is_transient(self) -> bool {
                match self {
                    $(Self::$kind => $is_transient,)+
                }
            }

            const fn text(self) -> &'static str {
                match self {
                    $(Self::$kind => $text,)+
                }
            }
        }
    };
}

kinds! {
    /// There is no room left.
    Full false "the storage is full",
    /// The storage may be read and not written.
    ReadOnly false "the storage is read-only",
    /// What is stored is damaged, or is no database.
    Corrupt false "the storage is damaged",
    /// The file of the store was removed, or replaced by another one, after it was opened. What is
    /// written is lost.
    Replaced false "the file of the store was removed or replaced",
    /// Others kept the storage locked for longer than is waited for.
    Busy true "the storage is locked by others",
    /// The storage can't be reached or opened.
    Unavailable true "the storage can't be opened",
    /// The connection was lost. A change that was under way was made as a whole or not at all, and
    /// the store does not know which.
    ConnectionLost true "the connection to the storage was lost",
    /// The user of the storage may not do this.
    PermissionDenied false "the storage denies permission",
    /// The store can't be opened with these options.
    Options false "the store can't be opened with these options",
    /// The storage lacks what the store relies on.
    Unsupported false "the storage lacks what the store relies on",
    /// The tables are of a later version of this crate.
    NewerSchema false "the tables were made by a later version",
    /// The tables are another application's.
    ForeignSchema false "the tables are not those of a job store",
    /// Reading or writing failed.
    Io true "the storage can't be read or written",
    /// The store has been closed.
    Closed false "the store is closed",
    /// Something else; the source says what.
    Other false "the storage reported an error",
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}
