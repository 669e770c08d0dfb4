//! The tables and their versions.

use deadpool_postgres::{Client, GenericClient};
use tokio_postgres::IsolationLevel;

use super::error::ServerError;
use crate::error::Error;
use crate::store_error::{StoreError, StoreErrorKind};

/// The step from each version of the tables to the next. A released step never changes.
const MIGRATIONS: &[&str] = &[include_str!("migrations/1.sql")];

/// Brings the tables of a schema to this version. Stores of several processes may do so at once.
pub(super) async fn migrate(
    client: &mut Client,
    name: &str,
    schema: &str,
) -> Result<(), ServerError> {
    // A user who may not create tables can open a store whose tables exist.
    if version(client, name, schema).await? == Some(MIGRATIONS.len()) {
        return Ok(());
    }
    // With a snapshot for each statement, a store that waited for the lock sees what another one
    // created meanwhile.
    let transaction =
        client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
    // Of two processes that open a new store at once, one creates the tables and the other waits. An
    // advisory lock, because there is no table yet that could be locked.
    transaction
        .execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('xrm_jobs migration ' || $1, 0))",
            &[&name],
        )
        .await?;
    let version = version(&transaction, name, schema).await?;
    if version.is_none() {
        let exists = "SELECT FROM pg_namespace WHERE nspname = $1";
        if transaction.query_opt(exists, &[&name]).await?.is_none() {
            transaction.batch_execute(&format!("CREATE SCHEMA {schema}")).await?;
        }
        let made = format!(
            "CREATE TABLE {schema}.schemaversion (
                version integer PRIMARY KEY,
                appliedon timestamptz NOT NULL DEFAULT now()
            )"
        );
        transaction.batch_execute(&made).await?;
    }
    for (number, migration) in (1_i32..).zip(MIGRATIONS).skip(version.unwrap_or_default()) {
        transaction.batch_execute(&migration.replace("{schema}", schema)).await?;
        let applied = format!("INSERT INTO {schema}.schemaversion (version) VALUES ($1)");
        transaction.execute(&applied, &[&number]).await?;
    }
    Ok(transaction.commit().await?)
}

/// The version of a schema's tables, if there are any.
async fn version(
    client: &impl GenericClient,
    name: &str,
    schema: &str,
) -> Result<Option<usize>, ServerError> {
    let exists = "SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = $1 AND relname = 'schemaversion'";
    if client.query_opt(exists, &[&name]).await?.is_none() {
        return Ok(None);
    }
    let latest = format!("SELECT coalesce(max(version), 0) FROM {schema}.schemaversion");
    let found: i32 = client.query_one(&latest, &[]).await?.try_get(0)?;
    let found = usize::try_from(found).unwrap_or_default();
    if found > MIGRATIONS.len() {
        let message = format!(
            "the tables have version {found}, and this release supports up to {}",
            MIGRATIONS.len()
        );
        return Err(Error::from(StoreError::new(StoreErrorKind::NewerSchema, message)).into());
    }
    Ok(Some(found))
}
