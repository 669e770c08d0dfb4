//! Writing down how far jobs have come.

use std::collections::{HashMap, HashSet};

use futures_util::future::{join_all, join3, join5};
use tokio_postgres::Statement;
use uuid::Uuid;

use super::PostgresJobStore;
use super::columns::{Column, ids};
use super::error::Failure;
use super::lane::{Lanes, lane};
use super::transaction::Transaction;
use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::PayloadRetention;
use crate::sql::ProgressRecord;
use crate::store::Revision;

type Answer = Result<SystemJob, Error>;

impl PostgresJobStore {
    pub(super) async fn update_jobs(&self, jobs: Vec<SystemJob>) -> Result<Vec<Answer>, Error> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let answers = loop {
            match self.update_in_rounds(&jobs).await {
                Err(failure) if failure.is_rolled_back() => {}
                answers => break answers?,
            }
        };
        if answers.iter().flatten().any(is_news) {
            self.news.tell();
        }
        Ok(answers)
    }

    async fn update_in_rounds(&self, jobs: &[SystemJob]) -> Result<Vec<Answer>, Failure> {
        let lanes: Lanes = jobs.iter().filter(|it| it.status().state().is_completed()).collect();
        let rounds: Vec<_> =
            rounds(jobs).into_iter().map(|jobs| Round::of(jobs, self.options.retention)).collect();

        let transaction = Transaction::on(self.pool.get().await?);
        let lock_lanes = transaction.prepare_cached(&self.statements.lock_lanes).await?;
        let release_lanes = transaction.prepare_cached(&self.statements.release_lanes).await?;
        let statements = RoundStatements {
            lock: transaction.prepare_cached(&self.statements.lock_jobs).await?,
            update: transaction.prepare_cached(&self.statements.update_jobs).await?,
            drop: transaction.prepare_cached(&self.statements.drop_jobs).await?,
        };
        let (begun, locked, changes, released, committed) = join5(
            transaction.begin(),
            lanes.execute(&transaction, &lock_lanes),
            join_all(rounds.iter().map(|it| it.make(&transaction, &statements))),
            lanes.execute(&transaction, &release_lanes),
            transaction.commit(),
        )
        .await;
        begun.and(locked)?;
        let changes = changes.into_iter().collect::<Result<Vec<_>, _>>()?;
        released.and(committed)?;

        // The n-th time that a job is given, it is in the n-th round.
        let mut times = HashMap::new();
        let answers = jobs.iter().map(|job| {
            let time = times.entry(job.id()).or_insert(0);
            *time += 1;
            changes[*time - 1].answer(job)
        });
        Ok(answers.collect())
    }
}

/// Divides jobs so that each stands once in a round: a statement changes a row once.
fn rounds(jobs: &[SystemJob]) -> Vec<Vec<&SystemJob>> {
    let mut times = HashMap::new();
    let mut rounds: Vec<Vec<_>> = Vec::new();
    for job in jobs {
        let time = times.entry(job.id()).or_insert(0);
        if *time == rounds.len() {
            rounds.push(Vec::new());
        }
        rounds[*time].push(job);
        *time += 1;
    }
    rounds
}

/// Changes of jobs, each of another one.
struct Round {
    ids: Vec<Uuid>,
    kept: Kept,
    dropped: Dropped,
}

/// Jobs that stay, as arrays.
#[derive(Default)]
struct Kept {
    ids: Vec<Uuid>,
    expected: Vec<i64>,
    /// Whether the message is dropped.
    drops: Vec<bool>,
    progress: Vec<ProgressRecord>,
}

/// Jobs that their steps want deleted, as arrays.
#[derive(Default)]
struct Dropped {
    ids: Vec<Uuid>,
    expected: Vec<i64>,
}

struct RoundStatements {
    lock: Statement,
    update: Statement,
    drop: Statement,
}

impl Round {
    fn of(jobs: Vec<&SystemJob>, retention: PayloadRetention) -> Self {
        let ids = jobs.iter().map(|it| it.id()).collect();
        let (mut kept, mut dropped) = (Kept::default(), Dropped::default());
        for job in jobs {
            let expected = job.revision().0.cast_signed();
            if job.is_deleted_when_stored() {
                dropped.ids.push(job.id());
                dropped.expected.push(expected);
            } else {
                kept.ids.push(job.id());
                kept.expected.push(expected);
                kept.drops.push(!retention.keeps(job.status()));
                kept.progress.push(ProgressRecord::from(&changed(job)));
            }
        }
        Self { ids, kept, dropped }
    }

    async fn make(
        &self,
        transaction: &Transaction,
        statements: &RoundStatements,
    ) -> Result<Changes, Failure> {
        let (locked, updated, dropped) = join3(
            transaction.query(&statements.lock, &[&self.ids]),
            self.kept.update(transaction, &statements.update),
            self.dropped.drop(transaction, &statements.drop),
        )
        .await;
        let mut found = HashMap::new();
        for row in locked? {
            let revision: i64 = row.try_get(1)?;
            found.insert(row.try_get(0)?, Revision(revision.cast_unsigned()));
        }
        let mut changed = updated?;
        changed.extend(dropped?);
        Ok(Changes { found, changed })
    }
}

impl Kept {
    async fn update(
        &self,
        transaction: &Transaction,
        statement: &Statement,
    ) -> Result<HashSet<Uuid>, Failure> {
        if self.ids.is_empty() {
            return Ok(HashSet::new());
        }
        let mut columns: Vec<Column<'_>> =
            vec![Box::new(&self.ids), Box::new(&self.expected), Box::new(&self.drops)];
        columns.extend(ProgressRecord::to_postgres(self.progress.iter()));
        ids(transaction, statement, columns).await
    }
}

impl Dropped {
    async fn drop(
        &self,
        transaction: &Transaction,
        statement: &Statement,
    ) -> Result<HashSet<Uuid>, Failure> {
        if self.ids.is_empty() {
            return Ok(HashSet::new());
        }
        let columns: Vec<Column<'_>> = vec![Box::new(&self.ids), Box::new(&self.expected)];
        ids(transaction, statement, columns).await
    }
}

/// What became of a round.
struct Changes {
    /// The revisions that the store had.
    found: HashMap<Uuid, Revision>,
    changed: HashSet<Uuid>,
}

impl Changes {
    fn answer(&self, job: &SystemJob) -> Answer {
        let (id, expected) = (job.id(), job.revision());
        if self.changed.contains(&id) {
            return Ok(changed(job));
        }
        match self.found.get(&id) {
            Some(found) => Err(Error::Conflict { id, expected, found: *found }),
            None => Err(Error::Missing { id }),
        }
    }
}

fn changed(job: &SystemJob) -> SystemJob {
    job.clone().at_revision(job.revision().next())
}

/// Whether somebody may have work by this change: at the job itself, or at one that it held up.
fn is_news(job: &SystemJob) -> bool {
    job.due_on().is_some() || lane(job).is_some()
}
