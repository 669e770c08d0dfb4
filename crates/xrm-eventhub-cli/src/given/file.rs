//! Files that are written as a whole or not at all.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Writes a file as a [`Replacement`] does.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Replacement::new(path)?;
    file.writer().write_all(bytes)?;
    file.commit()
}

/// A file that is written by way of a temporary one beside it, so that nobody ever sees a part of
/// it.
///
/// What a link points to is replaced, and not the link. A file that is there keeps its permissions.
/// Something else than a file, such as a device, is written to as it is.
pub(crate) struct Replacement(Target);

enum Target {
    Device(File),
    File { file: NamedTempFile, path: PathBuf, permissions: Option<Permissions> },
}

impl Replacement {
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(it) if it.is_file() => Self::of(&fs::canonicalize(path)?, Some(it.permissions())),
            Ok(_) => Ok(Self(Target::Device(OpenOptions::new().write(true).open(path)?))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::of(path, None),
            Err(error) => Err(error),
        }
    }

    fn of(path: &Path, permissions: Option<Permissions>) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".xrm-eventhub-");
        ordinary(&mut builder);
        let file = builder.tempfile_in(folder(path))?;
        Ok(Self(Target::File { file, path: path.to_owned(), permissions }))
    }

    pub(crate) fn writer(&mut self) -> &mut File {
        match &mut self.0 {
            Target::Device(file) => file,
            Target::File { file, .. } => file.as_file_mut(),
        }
    }

    /// Puts what was written in the place of the file. Without this nothing is replaced.
    pub(crate) fn commit(self) -> io::Result<()> {
        let Target::File { file, path, permissions } = self.0 else { return Ok(()) };
        if let Some(permissions) = permissions {
            file.as_file().set_permissions(permissions)?;
        }
        file.persist(path)?;
        Ok(())
    }
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The permissions of a file made in the ordinary way; temporary ones are their owner's alone.
#[cfg(unix)]
fn ordinary(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn ordinary(_: &mut tempfile::Builder<'_, '_>) {}
