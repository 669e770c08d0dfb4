//! The folder of a local hub: its lock, what is set about it, and a folder for each hub.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::log::Log;
use crate::store::events::{self, EventFiles, Options};
use crate::store::record::{self, Next};
use crate::store::state::State;

const LOCK: &str = "lock";
const NAMESPACE: &str = "namespace";
const HUBS: &str = "hubs";

/// What the names of files begin with that are not written to their end, or are not in place yet.
const UNFINISHED: &str = ".unfinished-";

/// The end of a log that was cut off at the start of a local hub: a record that was not written to its
/// end, because the process was killed while it wrote. It was not acknowledged.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use eventhub_local::*;
/// # let folder = tempfile::tempdir()?;
/// let builder = LocalEventHub::builder().hub("accounts", 1).data(folder.path());
/// let local = builder.serve(([127, 0, 0, 1], 0)).await?;
/// for tail in local.torn_tails() {
///     eprintln!("cut {} bytes from {} at {}", tail.bytes, tail.path.display(), tail.offset);
/// }
/// # assert!(local.torn_tails().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TornTail {
    /// The file.
    pub path: PathBuf,
    /// The length of the file now: the byte from which it was cut.
    pub offset: u64,
    /// The number of bytes that were cut off.
    pub bytes: u64,
}

/// A folder that this local hub has locked.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    options: Options,
    /// Unlocked when it is dropped, or when the process ends in any way. `None` once it is closed.
    lock: Option<File>,
}

impl Folder {
    /// Locks a folder, which is created if it is missing.
    pub(crate) fn open(path: &Path, options: Options) -> Result<Self, Error> {
        let hubs = path.join(HUBS);
        fs::create_dir_all(&hubs).map_err(|error| Error::data("create", &hubs, error))?;
        let lock = path.join(LOCK);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&lock);
        let file = file.map_err(|error| Error::data("open", &lock, error))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Error::DataInUse { path: path.to_owned() },
            TryLockError::Error(error) => Error::data("lock", &lock, error),
        })?;
        remove_unfinished(path).map_err(|error| Error::data("tidy", path, error))?;
        Ok(Self { path: path.to_owned(), options, lock: Some(file) })
    }

    /// Reads what was set, and removes the folders of hubs that are not there any more.
    pub(crate) fn state(&self) -> Result<Option<State>, Error> {
        let path = self.path.join(NAMESPACE);
        let damaged = |what| self.damaged(what);
        let bytes = match fs::read(&path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Events without their hub are not removed: the file may be lost by mistake.
                return match self.numbers()?.first() {
                    None => Ok(None),
                    Some(_) => Err(damaged("the file is missing, but there are events")),
                };
            }
            Err(error) => return Err(Error::data("read", &path, error)),
        };
        let Next::Record { payload, rest: [] } = record::next(&bytes) else {
            return Err(damaged("its checksum does not match"));
        };
        let state = State::read(payload).ok_or_else(|| damaged("it can't be read"))?;
        let known: BTreeSet<_> = state.hubs.iter().map(|it| it.number).collect();
        for number in self.numbers()?.difference(&known) {
            events::remove(&self.hub(*number));
        }
        Ok(Some(state))
    }

    /// Leaves the folder to another local hub. Nothing more is written.
    pub(crate) fn close(&mut self) {
        self.lock = None;
    }

    /// Replaces what was set.
    pub(crate) fn save(&self, state: &State) -> io::Result<()> {
        if self.lock.is_none() {
            return Err(io::Error::other("the local hub is shut down"));
        }
        let mut bytes = Zeroizing::new(Vec::new());
        record::append(&mut bytes, |out| state.write(out))
            .ok_or_else(|| io::Error::other("the settings of the hubs are too long"))?;
        whole_file(&self.path, &self.path.join(NAMESPACE), &bytes, self.options.fsync).map(drop)
    }

    /// Makes the files of a new hub.
    pub(crate) fn create_hub(&self, number: u64, log: &Log) -> Result<EventFiles, Error> {
        EventFiles::create(self.hub(number), log, self.options)
    }

    /// Reads the events of a hub into its log.
    pub(crate) fn open_hub(
        &self,
        number: u64,
        log: &mut Log,
    ) -> Result<(EventFiles, Option<TornTail>), Error> {
        EventFiles::open(self.hub(number), log, self.options)
    }

    /// Removes the events of a hub that is deleted.
    pub(crate) fn remove_hub(&self, number: u64) {
        events::remove(&self.hub(number));
    }

    /// What is set about the hubs can't be written.
    pub(crate) fn failed(&self, error: io::Error) -> Error {
        Error::data("write", &self.path.join(NAMESPACE), error)
    }

    /// What is set about the hubs can't be used.
    pub(crate) fn damaged(&self, what: &'static str) -> Error {
        Error::DataDamaged { path: self.path.join(NAMESPACE), offset: 0, what }
    }

    fn hub(&self, number: u64) -> PathBuf {
        self.path.join(HUBS).join(number.to_string())
    }

    /// The numbers of the hubs that have a folder.
    fn numbers(&self) -> Result<BTreeSet<u64>, Error> {
        let hubs = self.path.join(HUBS);
        let failed = |error| Error::data("read", &hubs, error);
        let mut numbers = BTreeSet::new();
        for entry in fs::read_dir(&hubs).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            numbers.extend(name.to_str().and_then(|it| it.parse::<u64>().ok()));
        }
        Ok(numbers)
    }
}

/// Writes a file that appears whole, in the place of another if there is one. Only its owner may read
/// it, as it is with temporary files. The file is returned at its end.
pub(crate) fn whole_file(
    folder: &Path,
    path: &Path,
    bytes: &[u8],
    fsync: bool,
) -> io::Result<File> {
    let mut file: NamedTempFile =
        tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(bytes)?;
    if fsync {
        file.as_file().sync_all()?;
    }
    let file = file.persist(path)?;
    if fsync {
        sync_folder(folder)?;
    }
    Ok(file)
}

/// Makes the names of files durable.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Only on Unix are folders files that can be synced.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

pub(crate) fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED)
}

/// Removes the files that a killed process left unfinished.
fn remove_unfinished(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_unfinished) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
