//! Stores of checkpoints and dead letters, as they are named on the command line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use xrm_eventhub::listener::SqliteStore;

use crate::error::{Error, OrError as _};

/// The names of stores, for the help of the commands that take one.
pub(crate) const LISTENER_STORES: &str = "\
Stores:
  sqlite:PATH  a file of SQLite, for processes of one machine

";

/// Opens the store, and creates it if it is missing.
pub(crate) async fn open_or_create(url: &str) -> Result<Arc<SqliteStore>, Error> {
    opened(&path(url)?).await.map(Arc::new)
}

/// Opens the store, which must exist.
pub(crate) async fn open(url: &str) -> Result<SqliteStore, Error> {
    let path = path(url)?;
    if !path.exists() {
        return Err(Error::invalid(format_args!("there is no store at {}", path.display())));
    }
    opened(&path).await
}

async fn opened(path: &Path) -> Result<SqliteStore, Error> {
    let store = SqliteStore::open(path).await;
    store.or_failed(format_args!("the store {} can't be opened", path.display()))
}

/// Not shown, because it may be a connection string.
fn path(url: &str) -> Result<PathBuf, Error> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(path.into()),
        _ => Err(Error::invalid("expected a store as sqlite:PATH")),
    }
}
