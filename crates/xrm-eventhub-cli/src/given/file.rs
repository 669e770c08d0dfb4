//! Output files, written as a whole or not at all.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::NamedTempFile;

use crate::error::Error;
use crate::given::input::is_standard;
use crate::terminal::output;

/// Where a result is written.
#[derive(Args, Debug)]
#[command(next_help_heading = None::<&str>)]
pub(crate) struct OutputArgs {
    /// The file to write, replaced as a whole or not at all. By default, standard output, which
    /// `-` is too.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

impl OutputArgs {
    /// The file, unless the result goes to standard output.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.output.as_deref().filter(|it| !is_standard(it))
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        match self.path() {
            Some(path) => write(path, bytes),
            None => output::bytes(bytes),
        }
    }
}

/// Writes a file as a [`Replacement`].
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let written = Replacement::new(path).and_then(|mut file| {
        file.writer().write_all(bytes)?;
        file.commit()
    });
    written.map_err(|it| unwritten(path, &it))
}

/// The error of a file that was not written.
pub(crate) fn unwritten(path: &Path, cause: &io::Error) -> Error {
    Error::failed(format_args!("{} can't be written", path.display())).caused_by(cause)
}

/// A file that is written as a temporary one in the same folder and renamed at the end, so that
/// nobody sees a part of it. In the same folder, because a rename is atomic only within a file
/// system.
///
/// A link stays, and the file that it points to is replaced. A file that is there keeps its
/// permissions. Anything else, such as a device, is written to directly.
pub(crate) struct Replacement(Target);

enum Target {
    Device(File),
    File { file: NamedTempFile, path: PathBuf, permissions: Option<Permissions> },
}

impl Replacement {
    /// A file with the permissions of any new file, if there is none yet.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        Self::with(path, ordinary)
    }

    /// A file for its owner alone, if there is none yet.
    pub(crate) fn private(path: &Path) -> io::Result<Self> {
        // As temporary files are.
        Self::with(path, |_| ())
    }

    fn with(path: &Path, permit: fn(&mut tempfile::Builder<'_, '_>)) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(it) if it.is_file() => {
                // The target of a link: a rename onto the link would replace the link.
                Self::temporary(&fs::canonicalize(path)?, Some(it.permissions()), permit)
            }
            // Not truncated or created: a device is neither, and a folder is an error here.
            Ok(_) => Ok(Self(Target::Device(OpenOptions::new().write(true).open(path)?))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Self::temporary(path, None, permit)
            }
            Err(error) => Err(error),
        }
    }

    fn temporary(
        path: &Path,
        permissions: Option<Permissions>,
        permit: fn(&mut tempfile::Builder<'_, '_>),
    ) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        // A leading dot, so that patterns such as `*.json` do not find what a crash leaves behind.
        builder.prefix(".xrm-eventhub-");
        permit(&mut builder);
        let file = builder.tempfile_in(folder(path))?;
        Ok(Self(Target::File { file, path: path.to_owned(), permissions }))
    }

    pub(crate) fn writer(&mut self) -> &mut File {
        match &mut self.0 {
            Target::Device(file) => file,
            Target::File { file, .. } => file.as_file_mut(),
        }
    }

    /// Replaces the file with what was written. Without this nothing is replaced.
    pub(crate) fn commit(self) -> io::Result<()> {
        let Target::File { file, path, permissions } = self.0 else { return Ok(()) };
        // Before the rename: afterwards others could read the file for a moment.
        if let Some(permissions) = permissions {
            file.as_file().set_permissions(permissions)?;
        }
        file.persist(path)?;
        Ok(())
    }
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        // The parent of a bare name is empty, which is no folder to create a file in.
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Lets the temporary file have the permissions of any new file: as it becomes the output, it must
/// not be its owner's alone.
#[cfg(unix)]
fn ordinary(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn ordinary(_: &mut tempfile::Builder<'_, '_>) {}
