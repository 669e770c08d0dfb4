//! Whether the path of a store still leads to the file that was opened.

use std::io;
use std::path::{Path, PathBuf};

use super::error::replaced;
use crate::error::Error;

/// A file, as the file system distinguishes it from one that takes its place.
#[derive(Debug)]
pub(super) struct FileIdentity {
    path: PathBuf,
    numbers: Option<(u64, u64)>,
}

impl FileIdentity {
    /// The identity of the file at this path now.
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), numbers: numbers(path).ok() }
    }

    /// Refuses as replaced if the path leads to another file now, or to none: SQLite would go on
    /// with a file that nobody can open any more.
    pub(super) fn check(&self) -> Result<(), Error> {
        match (self.numbers, numbers(&self.path)) {
            (Some(opened), Ok(found)) if opened != found => Err(replaced()),
            (Some(_), Err(error)) if error.kind() == io::ErrorKind::NotFound => Err(replaced()),
            // A path that can't be looked at for another reason says nothing.
            _ => Ok(()),
        }
    }
}

/// The numbers of the device and of the file on it.
#[cfg(unix)]
fn numbers(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// Windows does not let a file be removed or replaced that SQLite has open.
#[cfg(not(unix))]
fn numbers(path: &Path) -> io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|_| (0, 0))
}
