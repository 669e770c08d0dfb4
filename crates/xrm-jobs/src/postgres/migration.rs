//! The tables and their versions.

use deadpool_postgres::{Client, GenericClient};
use tokio_postgres::IsolationLevel;

use super::error::ServerError;
use crate::error::Error;
use crate::store_error::{StoreError, StoreErrorKind};

/// The step from each version of the tables to the next. A released step never changes.
///
/// A release refuses a version that it does not know, so a step stops the workers of earlier
/// releases. Whatever these may ignore is an [addition](ADDITIONS).
const MIGRATIONS: &[&str] = &[include_str!("migrations/1.sql")];

/// What later releases added to version 1 without a new version: columns that may be null, indexes,
/// functions. Earlier releases name the columns that they use, so they go on beside later ones, and
/// a release ignores the additions that it does not know. A released addition never changes.
const ADDITIONS: &[&str] = &[
    "ALTER TABLE {schema}.payload ADD COLUMN checksum bytea",
    include_str!("migrations/expiry.sql"),
    include_str!("migrations/enqueue.sql"),
    include_str!("migrations/owners.sql"),
];

/// Brings the tables of a schema to this version. Stores of several processes may do so at once.
pub(super) async fn migrate(
    client: &mut Client,
    name: &str,
    schema: &str,
) -> Result<(), ServerError> {
    // A user who may not create tables can open a store whose tables exist.
    let found = version(client, name, schema).await?;
    if found == Some(MIGRATIONS.len()) && additions(client, name, schema).await? >= ADDITIONS.len()
    {
        return Ok(());
    }
    // With a snapshot for each statement, a store that waited for the lock sees what another one
    // created meanwhile.
    let transaction =
        client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
    // An index over a large table takes its time, and so does waiting for whoever makes it.
    transaction
        .batch_execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
        .await?;
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
    let counted = format!(
        "CREATE TABLE IF NOT EXISTS {schema}.schemaaddition (
            number integer PRIMARY KEY,
            appliedon timestamptz NOT NULL DEFAULT now()
        );
        GRANT SELECT ON {schema}.schemaaddition TO PUBLIC"
    );
    // Whoever may use the schema may count them: users who were granted the tables of version 1
    // open a store that was extended since.
    transaction.batch_execute(&counted).await?;
    let found = additions(&transaction, name, schema).await?;
    for (number, addition) in (1_i32..).zip(ADDITIONS).skip(found) {
        transaction.batch_execute(&addition.replace("{schema}", schema)).await?;
        let made = format!("INSERT INTO {schema}.schemaaddition (number) VALUES ($1)");
        transaction.execute(&made, &[&number]).await?;
    }
    Ok(transaction.commit().await?)
}

/// The version of a schema's tables, if there are any.
async fn version(
    client: &impl GenericClient,
    name: &str,
    schema: &str,
) -> Result<Option<usize>, ServerError> {
    if !has_table(client, name, "schemaversion").await? {
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

/// The number of additions that were made, which may be more than this release knows.
async fn additions(
    client: &impl GenericClient,
    name: &str,
    schema: &str,
) -> Result<usize, ServerError> {
    // The first release did not count them.
    if !has_table(client, name, "schemaaddition").await? {
        return Ok(0);
    }
    let latest = format!("SELECT coalesce(max(number), 0) FROM {schema}.schemaaddition");
    let found: i32 = client.query_one(&latest, &[]).await?.try_get(0)?;
    Ok(usize::try_from(found).unwrap_or_default())
}

async fn has_table(
    client: &impl GenericClient,
    schema: &str,
    table: &str,
) -> Result<bool, ServerError> {
    let exists = "SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = $1 AND relname = $2";
    Ok(client.query_opt(exists, &[&schema, &table]).await?.is_some())
}
