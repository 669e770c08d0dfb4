//! Bare tokio-postgres that writes the same rows to the same tables, in transactions of the same
//! size and by statements of the same kind, with all that it writes known before.

use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use crate::jobs::{self, Jobs};

const INSERT: &str = "INSERT INTO {schema}.asyncoperation (asyncoperationid, name, operationtype,
        endpoint, messagename, primaryentitytype, correlationid, operationid, depth, createdon,
        messageid, autodelete, statecode, statuscode, modifiedon, retrycount, attempts, dueon,
        revision, isblocked)
    SELECT id, 'Accounts: Update of account', 1, $2, 'Update', 'account', id, id, 1, $3, id, false,
        0, 0, $3, 0, '[]', $3, 1, false
    FROM unnest($1::uuid[]) AS id";

const INSERT_PAYLOAD: &str = "INSERT INTO {schema}.payload
        (sequence, contenttype, properties, encoding, length, body)
    SELECT (SELECT sequence FROM {schema}.asyncoperation WHERE asyncoperationid = id),
        'application/json; charset=utf-8', '[]', 0, length(body), body
    FROM unnest($1::uuid[], $2::bytea[]) AS new (id, body)";

const DUE: &str = "WITH due AS MATERIALIZED (
        SELECT * FROM {schema}.asyncoperation
        WHERE endpoint = $1 AND statecode = 0 AND NOT isblocked
        ORDER BY dueon, sequence LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    SELECT due.asyncoperationid, due.sequence, due.name, due.messagename, due.primaryentitytype,
        due.attempts, payload.body
    FROM due JOIN {schema}.payload AS payload USING (sequence) ORDER BY dueon, sequence";

const BEGIN: &str = "UPDATE {schema}.asyncoperation AS job SET statecode = 2, statuscode = 20,
        modifiedon = $2, startedon = $2, retrycount = 1, hostid = $3, leaseuntil = $4,
        attempts = $5, dueon = $4, revision = 2
    FROM unnest($1::bigint[]) AS new (sequence) WHERE job.sequence = new.sequence";

const COMPLETE: &str = "WITH changed AS (
        UPDATE {schema}.asyncoperation SET statecode = 3, statuscode = 30, modifiedon = $2,
            completedon = $2, leaseuntil = NULL, attempts = $3, dueon = NULL, revision = 3
        FROM unnest($1::uuid[]) AS id WHERE asyncoperationid = id AND revision = 2
        RETURNING sequence
    )
    DELETE FROM {schema}.payload AS payload USING changed
    WHERE payload.sequence = changed.sequence";

const BEGUN: &str = r#"[{"number":1,"host_id":"host-1","started_on":"2024-10-04T00:00:00Z",
    "ended_on":null,"cause":null,"message":null}]"#;
const ENDED: &str = r#"[{"number":1,"host_id":"host-1","started_on":"2024-10-04T00:00:00Z",
    "ended_on":"2024-10-04T00:00:00Z","cause":null,"message":null}]"#;

pub struct Bare {
    lanes: Vec<Lane>,
    jobs: Jobs,
}

/// A connection with its prepared statements.
struct Lane {
    client: Client,
    insert: Statement,
    insert_payload: Statement,
    due: Statement,
    begin: Statement,
    complete: Statement,
}

impl Bare {
    /// Opens a schema that has the store's tables.
    pub async fn open(server: &str, schema: &str, connections: u32, jobs: Jobs) -> Self {
        let mut lanes = Vec::new();
        for _ in 0..connections {
            lanes.push(Lane::open(server, schema).await);
        }
        Self { lanes, jobs }
    }

    /// Stores jobs, so many in a transaction, on all connections.
    pub async fn insert(&mut self, count: u32, group: u32) {
        let groups = count / group / self.lanes.len() as u32;
        let mut lanes = JoinSet::new();
        for mut lane in self.lanes.drain(..) {
            let ids: Vec<Vec<_>> =
                (0..groups).map(|_| (0..group).map(|_| self.jobs.id()).collect()).collect();
            let body = self.jobs.body().clone();
            lanes.spawn(async move {
                for ids in ids {
                    lane.insert(&ids, &body).await.expect("the ids are new");
                }
                lane
            });
        }
        self.lanes = lanes.join_all().await;
    }

    /// Claims jobs in one transaction and completes them in another, on all connections.
    pub async fn work(&mut self, count: u32, group: u32) {
        let groups = count / group / self.lanes.len() as u32;
        let mut lanes = JoinSet::new();
        for mut lane in self.lanes.drain(..) {
            lanes.spawn(async move {
                for _ in 0..groups {
                    let claimed = lane.claim(group).await.expect("the statements are right");
                    assert_eq!(claimed.len(), group as usize, "there is work enough");
                    lane.complete(&claimed).await.expect("the statements are right");
                }
                lane
            });
        }
        self.lanes = lanes.join_all().await;
    }
}

impl Lane {
    async fn open(server: &str, schema: &str) -> Self {
        let (client, connection) =
            tokio_postgres::connect(server, NoTls).await.expect("the server is there");
        tokio::spawn(connection);
        client.batch_execute("SET enable_seqscan = off").await.expect("the setting is right");
        let prepare = async |sql: &str| {
            let sql = sql.replace("{schema}", schema);
            client.prepare(&sql).await.expect("the statement is right")
        };
        Self {
            insert: prepare(INSERT).await,
            insert_payload: prepare(INSERT_PAYLOAD).await,
            due: prepare(DUE).await,
            begin: prepare(BEGIN).await,
            complete: prepare(COMPLETE).await,
            client,
        }
    }

    async fn insert(&mut self, ids: &[Uuid], body: &[u8]) -> Result<(), tokio_postgres::Error> {
        let transaction = self.client.transaction().await?;
        let now = jobs::now().timestamp_micros();
        transaction.execute(&self.insert, &[&ids, &jobs::ENDPOINT, &now]).await?;
        let bodies = vec![body; ids.len()];
        transaction.execute(&self.insert_payload, &[&ids, &bodies]).await?;
        transaction.commit().await
    }

    async fn claim(&mut self, limit: u32) -> Result<Vec<Uuid>, tokio_postgres::Error> {
        let transaction = self.client.transaction().await?;
        let now = jobs::now().timestamp_micros();
        let due = transaction.query(&self.due, &[&jobs::ENDPOINT, &i64::from(limit)]).await?;
        let ids: Vec<Uuid> = due.iter().map(|row| row.get(0)).collect();
        let sequences: Vec<i64> = due.iter().map(|row| row.get(1)).collect();
        transaction
            .execute(&self.begin, &[&sequences, &now, &jobs::HOST, &(now + 90_000_000), &BEGUN])
            .await?;
        transaction.commit().await?;
        Ok(ids)
    }

    async fn complete(&mut self, ids: &[Uuid]) -> Result<(), tokio_postgres::Error> {
        let transaction = self.client.transaction().await?;
        let now = jobs::now().timestamp_micros();
        transaction.execute(&self.complete, &[&ids, &now, &ENDED]).await?;
        transaction.commit().await
    }
}
