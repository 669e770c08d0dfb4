//! Where the jobs are kept.

use std::sync::Arc;

use tempfile::TempDir;
use xrm_eventhub::{JobStore, SqliteJobStore};

use crate::Result;

/// What the processes are told the place by.
pub(crate) const VARIABLE: &str = "KILL_STORE";

/// Where the jobs are kept, for as long as this lives.
pub(crate) struct Place {
    /// `sqlite:PATH`, or a connection string.
    pub(crate) address: String,
    _folder: Option<TempDir>,
}

impl Place {
    pub(crate) async fn new(store: &str) -> Result<Self> {
        let place = match store.split_once(':') {
            Some(("postgres", variable)) => {
                Self { address: std::env::var(variable)?, _folder: None }
            }
            _ => {
                let folder = tempfile::tempdir()?;
                let address = format!("sqlite:{}", folder.path().join("jobs.db").display());
                Self { address, _folder: Some(folder) }
            }
        };
        place.open().await?;
        Ok(place)
    }

    pub(crate) fn kind(&self) -> &'static str {
        if self.address.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" }
    }

    pub(crate) async fn open(&self) -> Result<Arc<dyn JobStore>> {
        open(&self.address).await
    }
}

pub(crate) async fn open(address: &str) -> Result<Arc<dyn JobStore>> {
    match address.strip_prefix("sqlite:") {
        Some(path) => Ok(Arc::new(SqliteJobStore::open(path)?)),
        None => Err("this store was not built in".into()),
    }
}
