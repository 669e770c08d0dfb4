//! Stores of checkpoints and dead letters, as they are named on the command line.

use std::path::PathBuf;
use std::sync::Arc;

use xrm_eventhub::listener::SqliteStore;

use crate::error::{Error, OrError as _};

/// The names of stores, for the help of the commands that take one.
pub(crate) const LISTENER_STORES: &str = "\
Stores:
  sqlite:PATH  a file of SQLite, for processes of one machine

";

/// Opens the store, and creates it if there is none.
pub(crate) async fn open_or_create(url: &str) -> Result<Arc<SqliteStore>, Error> {
    let path = path(url)?;
    let store = SqliteStore::open(&path).await;
    let store = store.or_failed(format_args!("the store {} can't be opened", path.display()))?;
    Ok(Arc::new(store))
}

/// Not shown, because it may be a connection string.
fn path(url: &str) -> Result<PathBuf, Error> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(path.into()),
        _ => Err(Error::invalid("expected a store as sqlite:PATH")),
    }
}
