//! The partition keys whose jobs follow each other.

use std::collections::BTreeSet;

use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::error::ServerError;
use super::transaction::Transaction;
use crate::job::SystemJob;

/// Partition keys, each once, as the arrays of their endpoints and of the keys. The same key of
/// another endpoint is another key.
#[derive(Debug, Default)]
pub(super) struct PartitionKeys {
    endpoints: Vec<String>,
    keys: Vec<String>,
}

impl PartitionKeys {
    /// Sends a statement about these keys, if there are any.
    pub(super) async fn execute(
        &self,
        transaction: &Transaction,
        statement: &Statement,
    ) -> Result<(), ServerError> {
        if !self.is_empty() {
            transaction.execute(statement, &self.parameters()).await?;
        }
        Ok(())
    }

    /// The parameters of a statement about these keys.
    pub(super) fn parameters(&self) -> [&(dyn ToSql + Sync); 2] {
        [&self.endpoints, &self.keys]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl<'a> FromIterator<&'a SystemJob> for PartitionKeys {
    fn from_iter<T: IntoIterator<Item = &'a SystemJob>>(jobs: T) -> Self {
        let keys: BTreeSet<_> = jobs.into_iter().filter_map(partition_key).collect();
        let owned = |(endpoint, key): (&str, &str)| (endpoint.to_owned(), key.to_owned());
        let (endpoints, keys) = keys.into_iter().map(owned).unzip();
        Self { endpoints, keys }
    }
}

/// The endpoint and the partition key of a job that has one.
pub(super) fn partition_key(job: &SystemJob) -> Option<(&str, &str)> {
    let description = job.description();
    Some((&description.endpoint, description.partition_key.as_deref()?))
}
