//! Where the jobs are kept, and what can be done to them there behind the workers' backs.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::spawn_blocking;
use uuid::Uuid;
use xrm_eventhub::jobs::SqliteOptions;
use xrm_eventhub::jobs::rusqlite::{self, Connection};
use xrm_eventhub::{JobStore, SqliteJobStore};

use crate::Result;

/// The environment variable in which the processes find the place.
pub(crate) const VARIABLE: &str = "CHAOS_STORE";

/// What is done to a row or a message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Damage {
    /// A bit of the first byte of the message flips.
    Body,
    /// The history of the attempts is no JSON.
    Row,
}

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
                let schema = format!("chaos_{}", std::process::id());
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

    pub(crate) fn is_sqlite(&self) -> bool {
        self.address.starts_with("sqlite:")
    }

    pub(crate) fn kind(&self) -> &'static str {
        if self.is_sqlite() { "SQLite" } else { "PostgreSQL" }
    }

    pub(crate) async fn open(&self) -> Result<Arc<dyn JobStore>> {
        open(&self.address).await
    }
}

pub(crate) async fn open(address: &str) -> Result<Arc<dyn JobStore>> {
    match address.split_once(':') {
        Some(("sqlite", path)) => Ok(Arc::new(SqliteJobStore::open(path).await?)),
        Some(("postgres", place)) => server::open(place).await,
        _ => Err("there is no such kind of store".into()),
    }
}

/// A store on a disk that has no room for anything new, if it is in a file.
pub(crate) async fn open_full(address: &str) -> Result<Option<Arc<dyn JobStore>>> {
    Ok(match address.split_once(':') {
        Some(("sqlite", path)) => {
            Some(Arc::new(SqliteOptions::new().max_size(1).open(path).await?))
        }
        _ => None,
    })
}

/// Keeps everybody else from the tables for a while.
pub(crate) async fn lock(address: String, time: Duration) -> Result<()> {
    match address.split_once(':') {
        Some(("sqlite", path)) => {
            let path = path.to_owned();
            // Not on this thread, which is also the event hub's.
            let locked = spawn_blocking(move || {
                let connection = connect(&path)?;
                connection.execute_batch("BEGIN EXCLUSIVE")?;
                Ok::<_, rusqlite::Error>(connection)
            });
            let connection = locked.await??;
            tokio::time::sleep(time).await;
            Ok(spawn_blocking(move || connection.execute_batch("ROLLBACK")).await??)
        }
        Some(("postgres", place)) => server::lock(place, time).await,
        _ => Ok(()),
    }
}

/// Damages a job that waits to be sent, and returns its id; `None` if there was none.
pub(crate) async fn damage(address: &str, damage: Damage) -> Result<Option<Uuid>> {
    match address.split_once(':') {
        Some(("sqlite", path)) => {
            let path = path.to_owned();
            Ok(spawn_blocking(move || damage_file(&path, damage)).await??)
        }
        Some(("postgres", place)) => server::damage(place, damage).await,
        _ => Ok(None),
    }
}

fn damage_file(path: &str, damage: Damage) -> rusqlite::Result<Option<Uuid>> {
    let connection = connect(path)?;
    let waiting = "(SELECT sequence FROM asyncoperation JOIN payload USING (sequence)
        WHERE statecode IN (0, 1) ORDER BY random() LIMIT 1)";
    let sql = match damage {
        Damage::Body => format!(
            "UPDATE payload SET body = CAST(x'7a' || substr(body, 2) AS BLOB)
            WHERE sequence = {waiting} RETURNING (SELECT asyncoperationid FROM
                asyncoperation AS job WHERE job.sequence = payload.sequence)"
        ),
        Damage::Row => format!(
            "UPDATE asyncoperation SET attempts = '?' WHERE sequence = {waiting}
            RETURNING asyncoperationid"
        ),
    };
    let mut statement = connection.prepare(&sql)?;
    let mut ids = statement.query_map([], |row| row.get(0))?;
    ids.next().transpose()
}

fn connect(path: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(1))?;
    Ok(connection)
}

/// A database, as `SCHEMA:CONNECTION`.
#[cfg(feature = "postgres")]
pub(crate) mod server {
    use std::process::Stdio;

    use xrm_eventhub::jobs::PostgresOptions;
    use xrm_eventhub::jobs::tokio_postgres::{self, Client, NoTls};

    use super::{Arc, Damage, Duration, JobStore, Result, Uuid};

    fn parts(place: &str) -> Result<(&str, &str)> {
        Ok(place.split_once(':').ok_or("there is no schema")?)
    }

    pub(super) async fn open(place: &str) -> Result<Arc<dyn JobStore>> {
        let (schema, connection) = parts(place)?;
        let options = PostgresOptions::new().schema(schema).max_connections(4);
        Ok(Arc::new(options.open(connection).await?))
    }

    async fn connect(place: &str) -> Result<Client> {
        let (client, connection) = tokio_postgres::connect(parts(place)?.1, NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    pub(super) async fn lock(place: &str, time: Duration) -> Result<()> {
        let (client, (schema, _)) = (connect(place).await?, parts(place)?);
        let lock = format!("BEGIN; LOCK TABLE {schema}.asyncoperation IN ACCESS EXCLUSIVE MODE");
        client.batch_execute(&lock).await?;
        tokio::time::sleep(time).await;
        Ok(client.batch_execute("ROLLBACK").await?)
    }

    pub(super) async fn damage(place: &str, damage: Damage) -> Result<Option<Uuid>> {
        let (client, (schema, _)) = (connect(place).await?, parts(place)?);
        let waiting = format!(
            "(SELECT sequence FROM {schema}.asyncoperation JOIN {schema}.payload USING (sequence)
            WHERE statecode IN (0, 1) ORDER BY random() LIMIT 1 FOR UPDATE)"
        );
        let sql = match damage {
            Damage::Body => format!(
                "WITH waiting AS {waiting} UPDATE {schema}.payload AS payload
                SET body = set_byte(body, 0, 122) FROM waiting, {schema}.asyncoperation AS job
                WHERE payload.sequence = waiting.sequence AND job.sequence = waiting.sequence
                RETURNING asyncoperationid"
            ),
            Damage::Row => format!(
                "WITH waiting AS {waiting} UPDATE {schema}.asyncoperation AS job
                SET attempts = '?' FROM waiting WHERE job.sequence = waiting.sequence
                RETURNING asyncoperationid"
            ),
        };
        Ok(client.query_opt(&sql, &[]).await?.map(|row| row.get(0)))
    }

    /// Ends all connections but this one.
    pub(crate) async fn terminate(place: &str) -> Result<()> {
        let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
        connect(place).await?.query(terminate, &[]).await?;
        Ok(())
    }

    /// Restarts the server at once, as after a crash, if `.ci/with-postgres` has started it.
    pub(crate) async fn restart(place: &str) -> Result<bool> {
        let client = connect(place).await?;
        let data: String = client.query_one("SHOW data_directory", &[]).await?.get(0);
        drop(client);
        let bin = std::env::var("POSTGRES_BIN");
        let bin = bin.unwrap_or_else(|_| "/usr/lib/postgresql/15/bin".to_owned());
        let ctl = format!("{bin}/pg_ctl");
        let arguments = ["restart", "--silent", "--wait", "--mode", "immediate", "--pgdata", &data];
        // PostgreSQL refuses to run as root.
        let mut command = match std::env::var("USER").as_deref() == Ok("postgres") {
            true => tokio::process::Command::new(&ctl),
            false => {
                let mut command = tokio::process::Command::new("runuser");
                command.args(["-u", "postgres", "--", &ctl]);
                command
            }
        };
        // Its log would keep this process's output open.
        let status = command
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await;
        Ok(status.is_ok_and(|it| it.success()))
    }
}

#[cfg(not(feature = "postgres"))]
pub(crate) mod server {
    use super::{Arc, Damage, Duration, JobStore, Result, Uuid};

    const MISSING: &str = "PostgreSQL is by the feature `postgres`";

    pub(super) async fn open(_: &str) -> Result<Arc<dyn JobStore>> {
        Err(MISSING.into())
    }

    pub(super) async fn lock(_: &str, _: Duration) -> Result<()> {
        Err(MISSING.into())
    }

    pub(super) async fn damage(_: &str, _: Damage) -> Result<Option<Uuid>> {
        Err(MISSING.into())
    }

    pub(crate) async fn terminate(_: &str) -> Result<()> {
        Err(MISSING.into())
    }

    pub(crate) async fn restart(_: &str) -> Result<bool> {
        Err(MISSING.into())
    }
}
