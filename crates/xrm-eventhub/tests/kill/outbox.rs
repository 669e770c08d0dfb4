//! An application that writes a row of its own and a context in one transaction.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use uuid::Uuid;
use xrm_eventhub::PreparedJob;
use xrm_eventhub::jobs::SqliteJobStore;
use xrm_eventhub::jobs::rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use crate::Result;
use crate::roles;
use crate::store::VARIABLE;

/// One row in so many is written, rolled back, and written again.
const REGRETS: u32 = 10;

/// Writes the rows from a number on, up to each number that is said to it, and says how far it has
/// come once they are committed. A row that is there already was committed by a process that was
/// killed before it could say so.
pub(crate) async fn write(from: u32) -> Result<()> {
    let mut application = Application::open(&std::env::var(VARIABLE)?).await?;
    let mut next = from;
    let mut goals = BufReader::new(tokio::io::stdin()).lines();
    while let Some(goal) = goals.next_line().await? {
        let goal: u32 = goal.parse()?;
        while next < goal {
            if !application.has(next).await? {
                if next.is_multiple_of(REGRETS) {
                    application.write(next, Ending::Rollback).await?;
                }
                application.write(next, Ending::Commit).await?;
            }
            next += 1;
            let mut out = std::io::stdout().lock();
            writeln!(out, "{next}")?;
            out.flush()?;
        }
    }
    Ok(())
}

/// The message ids that belong to the rows, as texts.
pub(crate) async fn message_ids(address: &str) -> Result<BTreeSet<String>> {
    let numbers = Application::open(address).await?.numbers().await?;
    Ok(numbers.into_iter().map(|it| job_id(it).to_string()).collect())
}

/// The id of the job of a row, which is what a host makes of the number as randomness.
fn job_id(number: u32) -> Uuid {
    roles::numbered(number..number + 1).new_id()
}

#[derive(Clone, Copy, PartialEq)]
enum Ending {
    Commit,
    Rollback,
}

/// The application's connection to its database, and the store in it.
enum Application {
    Sqlite(Box<(Connection, SqliteJobStore)>),
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::Database>),
}

impl Application {
    async fn open(address: &str) -> Result<Self> {
        match address.split_once(':') {
            Some(("sqlite", path)) => {
                let store = SqliteJobStore::open(path).await?;
                let connection = Connection::open(path)?;
                // The worker commits all the time, and a writer waits for the others.
                connection.busy_timeout(Duration::from_secs(30))?;
                let table = "CREATE TABLE IF NOT EXISTS business (number INTEGER PRIMARY KEY)";
                connection.execute(table, [])?;
                Ok(Self::Sqlite(Box::new((connection, store))))
            }
            #[cfg(feature = "postgres")]
            Some(("postgres", place)) => {
                Ok(Self::Postgres(Box::new(postgres::Database::open(place).await?)))
            }
            _ => Err("there is no such kind of store".into()),
        }
    }

    async fn has(&self, number: u32) -> Result<bool> {
        match self {
            Self::Sqlite(database) => {
                let connection = &database.0;
                let query = "SELECT 1 FROM business WHERE number = ?1";
                Ok(connection.query_row(query, [number], |_| Ok(())).optional()?.is_some())
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.has(number).await,
        }
    }

    /// Writes a row and enqueues its context.
    async fn write(&mut self, number: u32, ending: Ending) -> Result<()> {
        match self {
            Self::Sqlite(database) => {
                let (connection, store) = &mut **database;
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                transaction.execute("INSERT INTO business (number) VALUES (?1)", [number])?;
                store.insert_in(&transaction, [prepare(number)?])?;
                match ending {
                    Ending::Commit => transaction.commit()?,
                    Ending::Rollback => transaction.rollback()?,
                }
                Ok(())
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.write(number, ending).await,
        }
    }

    async fn numbers(&self) -> Result<Vec<u32>> {
        match self {
            Self::Sqlite(database) => {
                let mut statement = database.0.prepare("SELECT number FROM business")?;
                let numbers = statement.query_map([], |row| row.get(0))?;
                Ok(numbers.collect::<std::result::Result<_, _>>()?)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.numbers().await,
        }
    }
}

/// The context of a row, with the id of its job.
fn prepare(number: u32) -> Result<PreparedJob> {
    Ok(roles::preparer(number)?.prepare(&roles::context(number)))
}

#[cfg(feature = "postgres")]
mod postgres {
    use xrm_eventhub::jobs::tokio_postgres::{Client, NoTls, Transaction};
    use xrm_eventhub::jobs::{PostgresJobStore, PostgresOptions};

    use super::{Ending, prepare};
    use crate::Result;

    pub(super) struct Database {
        client: Client,
        store: PostgresJobStore,
        schema: String,
    }

    impl Database {
        pub(super) async fn open(place: &str) -> Result<Self> {
            let (schema, connection) = place.split_once(':').ok_or("there is no schema")?;
            let options = PostgresOptions::new().schema(schema).max_connections(1);
            let store = options.open(connection).await?;
            let (client, connection) =
                xrm_eventhub::jobs::tokio_postgres::connect(connection, NoTls).await?;
            tokio::spawn(connection);
            let table =
                format!("CREATE TABLE IF NOT EXISTS {schema}.business (number bigint PRIMARY KEY)");
            client.batch_execute(&table).await?;
            Ok(Self { client, store, schema: schema.to_owned() })
        }

        pub(super) async fn has(&self, number: u32) -> Result<bool> {
            let query = format!("SELECT FROM {}.business WHERE number = $1", self.schema);
            Ok(self.client.query_opt(&query, &[&i64::from(number)]).await?.is_some())
        }

        pub(super) async fn write(&mut self, number: u32, ending: Ending) -> Result<()> {
            let transaction = self.client.transaction().await?;
            let insert = format!("INSERT INTO {}.business (number) VALUES ($1)", self.schema);
            transaction.execute(&insert, &[&i64::from(number)]).await?;
            // By turns as this crate does it and as any other driver does.
            match number.is_multiple_of(2) {
                true => drop(self.store.insert_in(&transaction, [prepare(number)?]).await?),
                false => enqueue(&transaction, &self.schema, number).await?,
            }
            match ending {
                Ending::Commit => transaction.commit().await?,
                Ending::Rollback => transaction.rollback().await?,
            }
            Ok(())
        }

        pub(super) async fn numbers(&self) -> Result<Vec<u32>> {
            let query = format!("SELECT number FROM {}.business", self.schema);
            let rows = self.client.query(&query, &[]).await?;
            rows.iter().map(|row| Ok(u32::try_from(row.try_get::<_, i64>(0)?)?)).collect()
        }
    }

    async fn enqueue(transaction: &Transaction<'_>, schema: &str, number: u32) -> Result<()> {
        let prepared = prepare(number)?;
        let (job, payload) = (prepared.job.description(), &prepared.payload);
        let properties = serde_json::to_string(payload.properties())?;
        let call = format!(
            "SELECT {schema}.enqueue_v1(id => $1, endpoint => $2, name => $3, content_type => $4,
                body => $5, properties => $6, message_name => $7)"
        );
        let arguments: &[&(dyn xrm_eventhub::jobs::tokio_postgres::types::ToSql + Sync)] = &[
            &job.id,
            &job.endpoint,
            &job.name,
            &payload.content_type(),
            &&**payload.body(),
            &properties,
            &job.message_name,
        ];
        transaction.execute(&call, arguments).await?;
        Ok(())
    }
}
