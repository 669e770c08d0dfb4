//! Where jobs are kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use xrm_jobs::{JobStore, PostgresJobStore, SqliteJobStore};
use xrm_registration::is_variable_name;

use crate::error::Error;
use crate::given::environment;

/// A store, as it is named on the command line. A connection string never stands there, for
/// arguments can be seen by every process.
enum Url {
    Sqlite(PathBuf),
    /// The environment variable that holds the connection string.
    Postgres(String),
}

impl Url {
    fn parse(url: &str) -> Result<Self, Error> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres", name)) if is_variable_name(name) => {
                Ok(Self::Postgres(name.to_owned()))
            }
            _ => Err(Error::StoreUrl),
        }
    }
}

/// Opens a store, which is made if there is none.
pub(crate) async fn open_store(url: &str) -> Result<Arc<dyn JobStore>, Error> {
    match Url::parse(url)? {
        Url::Sqlite(path) => sqlite(SqliteJobStore::open(&path).await, &path),
        Url::Postgres(name) => postgres(&name).await,
    }
}

/// Opens a store that must be there.
pub(crate) async fn open_existing(url: &str) -> Result<Arc<dyn JobStore>, Error> {
    must_exist(url)?;
    open_store(url).await
}

/// Opens a store that must be there, to look into it.
pub(crate) async fn open_to_read(url: &str) -> Result<Arc<dyn JobStore>, Error> {
    must_exist(url)?;
    match Url::parse(url)? {
        Url::Sqlite(path) => sqlite(SqliteJobStore::open_read_only(&path).await, &path),
        Url::Postgres(name) => postgres(&name).await,
    }
}

fn must_exist(url: &str) -> Result<(), Error> {
    match Url::parse(url)? {
        Url::Sqlite(path) if !path.exists() => Err(Error::NoStore { path }),
        _ => Ok(()),
    }
}

fn sqlite(
    store: Result<SqliteJobStore, xrm_jobs::Error>,
    path: &Path,
) -> Result<Arc<dyn JobStore>, Error> {
    let name = path.display().to_string();
    store.map(|it| Arc::new(it) as _).map_err(|source| Error::OpenStore { name, source })
}

async fn postgres(name: &str) -> Result<Arc<dyn JobStore>, Error> {
    let connection = environment::secret(name)?;
    let store = PostgresJobStore::open(&connection).await;
    let name = format!("the database of {name}");
    store.map(|it| Arc::new(it) as _).map_err(|source| Error::OpenStore { name, source })
}
