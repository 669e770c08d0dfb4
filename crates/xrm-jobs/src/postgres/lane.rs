//! The jobs of one endpoint and partition key, which follow each other.

use std::collections::BTreeSet;

use tokio_postgres::Statement;

use super::error::Failure;
use super::transaction::Transaction;
use crate::job::SystemJob;

/// Lanes, each once, as the arrays of their endpoints and of their keys.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    endpoints: Vec<String>,
    keys: Vec<String>,
}

impl Lanes {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Sends a statement about these lanes, if there are any.
    pub(super) async fn execute(
        &self,
        transaction: &Transaction,
        statement: &Statement,
    ) -> Result<(), Failure> {
        if !self.is_empty() {
            transaction.execute(statement, &[&self.endpoints, &self.keys]).await?;
        }
        Ok(())
    }
}

impl<'a> FromIterator<&'a SystemJob> for Lanes {
    /// The lanes of some jobs.
    fn from_iter<T: IntoIterator<Item = &'a SystemJob>>(jobs: T) -> Self {
        let lanes: BTreeSet<_> = jobs.into_iter().filter_map(lane).collect();
        let owned = |(endpoint, key): (&str, &str)| (endpoint.to_owned(), key.to_owned());
        let (endpoints, keys) = lanes.into_iter().map(owned).unzip();
        Self { endpoints, keys }
    }
}

/// The lane of a job that has a partition key.
pub(super) fn lane(job: &SystemJob) -> Option<(&str, &str)> {
    let description = job.description();
    Some((&description.endpoint, description.partition_key.as_deref()?))
}
