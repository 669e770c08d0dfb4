//! Where the jobs are kept.

use std::sync::Arc;

use tempfile::TempDir;
use xrm_eventhub::{JobStore, SqliteJobStore};

use crate::Result;

/// What the processes are told the place by.
pub(crate) const VARIABLE: &str = "KILL_STORE";

/// Where the jobs are kept, for as long as this lives.
pub(crate) struct Place {
    /// `sqlite:PATH` or `postgres:SCHEMA:CONNECTION`.
    pub(crate) address: String,
    _folder: Option<TempDir>,
}

impl Place {
    pub(crate) async fn new(store: &str) -> Result<Self> {
        let place = match store.split_once(':') {
            Some(("postgres", variable)) => {
                let schema = format!("kill_{}", std::process::id());
                let address = format!("postgres:{schema}:{}", std::env::var(variable)?);
                Self { address, _folder: None }
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
    match address.split_once(':') {
        Some(("sqlite", path)) => Ok(Arc::new(SqliteJobStore::open(path).await?)),
        Some(("postgres", place)) => postgres(place).await,
        _ => Err("there is no such kind of store".into()),
    }
}

/// A database, as `SCHEMA:CONNECTION`.
#[cfg(feature = "postgres")]
async fn postgres(place: &str) -> Result<Arc<dyn JobStore>> {
    let (schema, connection) = place.split_once(':').ok_or("there is no schema")?;
    let options = xrm_eventhub::jobs::PostgresOptions::new().schema(schema).max_connections(4);
    Ok(Arc::new(options.open(connection).await?))
}

#[cfg(not(feature = "postgres"))]
async fn postgres(_: &str) -> Result<Arc<dyn JobStore>> {
    Err("PostgreSQL is by the feature `postgres`".into())
}
