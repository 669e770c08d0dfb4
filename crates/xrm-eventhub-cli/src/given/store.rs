//! Job stores, as they are named on the command line.

use std::fmt::Display;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::Args;
use xrm_jobs::{
    JobStore, PostgresOptions, Retention, SqliteJobStore, SqliteOptions, StoreError, StoreErrorKind,
};
use xrm_registration::is_variable_name;

use crate::error::{Error, Exit, chain};
use crate::given::environment;
use crate::terminal::output;

/// The names of stores, for the help of the commands that take one.
macro_rules! stores {
    () => {
        "\
Stores:
  sqlite:PATH        a file of SQLite
  postgres:VARIABLE  a PostgreSQL database whose connection string is in this environment variable

"
    };
}
pub(crate) use stores;

/// The store of the jobs that a command is about.
#[derive(Args, Debug)]
pub(crate) struct StoreArgs {
    /// The job store: sqlite:PATH or postgres:VARIABLE.
    #[arg(long = "store", value_name = "URL")]
    url: String,
}

impl StoreArgs {
    /// Opens the store, and creates it if it is missing.
    pub(crate) async fn open_or_create(&self) -> Result<Arc<dyn JobStore>, Error> {
        Url::parse(&self.url)?.open().await
    }

    /// The same, for a worker that deletes completed jobs when this retention is over.
    pub(crate) async fn open_or_create_with(
        &self,
        retention: Retention,
    ) -> Result<Arc<dyn JobStore>, Error> {
        Url::parse(&self.url)?.open_with(retention).await
    }

    /// Opens the store, which must exist.
    pub(crate) async fn open(&self) -> Result<Arc<dyn JobStore>, Error> {
        Url::parse(&self.url)?.existing()?.open().await
    }

    /// The file of the store, which must exist, if it is one of SQLite.
    pub(crate) fn existing_sqlite(&self) -> Result<Option<PathBuf>, Error> {
        match Url::parse(&self.url)?.existing()? {
            Url::Sqlite(path) => Ok(Some(path)),
            Url::Postgres(_) => Ok(None),
        }
    }

    /// Opens the store, which must exist, for reading.
    pub(crate) async fn open_read_only(&self) -> Result<Arc<dyn JobStore>, Error> {
        match Url::parse(&self.url)?.existing()? {
            Url::Sqlite(path) => {
                opened(SqliteJobStore::open_read_only(&path).await, path.display())
            }
            // Nothing is created by looking: the rights of its user decide what a command may do. Nor
            // is the server probed, because nothing relies on its locks.
            Url::Postgres(name) => postgres(&name, PostgresOptions::new().probe(false)).await,
        }
    }
}

/// Whether new jobs are stored, and who attempts them.
#[derive(Args, Debug)]
pub(crate) struct KeepArgs {
    /// Store the jobs here, in a store that is created if there is none: sqlite:PATH or
    /// postgres:VARIABLE.
    #[arg(long = "store", value_name = "URL")]
    url: Option<String>,
    /// Store the jobs and leave every attempt to `jobs run`.
    // By the name of the field, which is its id for clap.
    #[arg(long, requires = "url")]
    pub(crate) enqueue: bool,
}

impl KeepArgs {
    pub(crate) fn is_stored(&self) -> bool {
        self.url.is_some()
    }

    /// Opens the store, if jobs are stored, and creates it if it is missing.
    pub(crate) async fn open(&self) -> Result<Option<Arc<dyn JobStore>>, Error> {
        match &self.url {
            Some(url) => Url::parse(url)?.open().await.map(Some),
            None => Ok(None),
        }
    }
}

/// A store, as it is named on the command line. A connection string is never part of it: every
/// process can see the arguments of the others.
enum Url {
    Sqlite(PathBuf),
    /// The environment variable that holds the connection string.
    Postgres(String),
}

impl Url {
    /// Parses a name here, and not as a value of clap: clap would show what is wrong with it, which
    /// may be a connection string.
    fn parse(url: &str) -> Result<Self, Error> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres", name)) if is_variable_name(name) => {
                Ok(Self::Postgres(name.to_owned()))
            }
            _ => Err(Error::invalid("expected a store as sqlite:PATH or postgres:VARIABLE")),
        }
    }

    /// The same, if there is a store.
    fn existing(self) -> Result<Self, Error> {
        match self {
            // Opening it would create it, and the command would find no jobs instead of a wrong path.
            Self::Sqlite(path) if !path.exists() => {
                Err(Error::invalid(format_args!("there is no job store at {}", path.display())))
            }
            url => Ok(url),
        }
    }

    async fn open(&self) -> Result<Arc<dyn JobStore>, Error> {
        self.open_with(Retention::standard()).await
    }

    async fn open_with(&self, retention: Retention) -> Result<Arc<dyn JobStore>, Error> {
        match self {
            Self::Sqlite(path) => {
                let options = SqliteOptions::new().retention(retention);
                opened(options.open(path).await, path.display())
            }
            Self::Postgres(name) => {
                postgres(name, PostgresOptions::new().retention(retention)).await
            }
        }
    }
}

/// Opens the database whose connection string is in this environment variable.
async fn postgres(name: &str, options: PostgresOptions) -> Result<Arc<dyn JobStore>, Error> {
    let connection = environment::secret(name)?;
    let store = options.open(&connection).await;
    if store.as_ref().is_ok_and(|it| !it.is_notified()) {
        output::note(format_args!(
            "the server of {name} passes no notifications on; workers find new jobs when they next poll"
        ));
    }
    opened(store, format_args!("the database of {name}"))
}

/// The path of a store, if it is in a file of SQLite.
pub(crate) fn sqlite_path(url: &str) -> Result<Option<PathBuf>, Error> {
    match Url::parse(url)? {
        Url::Sqlite(path) => Ok(Some(path)),
        Url::Postgres(_) => Ok(None),
    }
}

fn opened(
    store: Result<impl JobStore + 'static, xrm_jobs::Error>,
    name: impl Display,
) -> Result<Arc<dyn JobStore>, Error> {
    let store = store.map(|it| Arc::new(it) as Arc<dyn JobStore>).map_err(|error| {
        // A database that is locked or a server that is down may be there the next time.
        let exit = if is_no_store(&error) { Exit::InvalidInput } else { exit_of(&error) };
        let what = format_args!("the job store in {name} can't be opened");
        Error::new(exit, what).caused_by(&error)
    })?;
    opened_stores().push(Arc::clone(&store));
    Ok(store)
}

/// The stores that this process has opened.
static OPENED: Mutex<Vec<Arc<dyn JobStore>>> = Mutex::new(Vec::new());

fn opened_stores() -> MutexGuard<'static, Vec<Arc<dyn JobStore>>> {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closes every store that was opened, which is the last thing that the process does.
pub(crate) async fn close_all() {
    let opened = std::mem::take(&mut *opened_stores());
    for store in opened {
        // What a command reported is stored. A store that can't be closed leaves its log beside the
        // file, and the next process to open it goes on from there.
        let _ = store.close().await;
    }
}

/// Whether what was named is no store, or none of this version, however often it is opened.
fn is_no_store(error: &xrm_jobs::Error) -> bool {
    use StoreErrorKind::{Corrupt, ForeignSchema, NewerSchema, Options, Unsupported};
    let kind = error.store_error().map(StoreError::kind);
    matches!(kind, Some(Corrupt | ForeignSchema | NewerSchema | Options | Unsupported))
}

/// The exit code of an error of a store that was opened.
pub(crate) fn exit_of(error: &xrm_jobs::Error) -> Exit {
    use StoreErrorKind::{Corrupt, Replaced};
    match error.store_error().map(StoreError::kind) {
        Some(Corrupt | Replaced) => Exit::DamagedStore,
        _ => Exit::Failed,
    }
}

impl From<xrm_jobs::Error> for Error {
    fn from(error: xrm_jobs::Error) -> Self {
        Self::new(exit_of(&error), chain(&error))
    }
}
