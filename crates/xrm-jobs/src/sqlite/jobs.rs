//! Jobs in the tables, as one connection sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, ToSql};
use uuid::Uuid;

use super::error::failed;
use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::PayloadRetention;
use crate::query::{JobQuery, Position};
use crate::sql::{
    DescriptionRecord, Filter, JobRecord, PayloadRecord, ProgressRecord, Value, floor_to_micros,
};
use crate::status::{StateCode, StatusCode};
use crate::store::{Claim, LeaseRenewal, Revision};

/// The jobs of a database.
///
/// Every change first reads and decides, and then writes: an error that is not the storage's
/// leaves nothing to undo.
pub(super) struct Jobs<'a> {
    connection: &'a Connection,
}

/// A job to be stored.
pub(super) struct NewRow {
    pub(super) id: Uuid,
    /// `None` for a job that is deleted when stored.
    pub(super) record: Option<JobRecord>,
    /// `None` for a message that is not kept.
    pub(super) payload: Option<PayloadRecord>,
}

/// What is to become of a stored job.
pub(super) enum Fate {
    /// It stays, with or without its message.
    Kept { keeps_payload: bool },
    /// It is deleted.
    Deleted,
}

impl Fate {
    pub(super) fn of(job: &SystemJob, retention: PayloadRetention) -> Self {
        if job.is_deleted_when_stored() {
            Self::Deleted
        } else {
            Self::Kept { keeps_payload: retention.keeps(job.status()) }
        }
    }
}

/// Another version of a stored job.
pub(super) struct Update {
    pub(super) id: Uuid,
    /// The revision that it was decided on.
    pub(super) expected: Revision,
    /// The progress, at the next revision.
    pub(super) progress: ProgressRecord,
    pub(super) fate: Fate,
}

/// Where a job stands in the table.
struct Place {
    sequence: i64,
    is_completed: bool,
    /// Endpoint and partition key, if it has one.
    lane: Option<(String, String)>,
}

impl<'a> Jobs<'a> {
    pub(super) fn of(connection: &'a Connection) -> Self {
        Self { connection }
    }

    pub(super) fn insert(&self, rows: &[NewRow]) -> Result<(), Error> {
        let mut ids = BTreeSet::new();
        for NewRow { id, .. } in rows {
            if !ids.insert(*id) || self.exists(*id)? {
                return Err(Error::AlreadyExists { id: *id });
            }
        }
        rows.iter().try_for_each(|row| self.put(row)).map_err(failed)
    }

    pub(super) fn get(&self, id: Uuid) -> Result<SystemJob, Error> {
        Ok(self.find(id)?.1)
    }

    pub(super) fn payload(&self, id: Uuid) -> Result<Option<PayloadRecord>, Error> {
        let sequence = self
            .one(
                "SELECT sequence FROM asyncoperation WHERE asyncoperationid = ?1",
                &[&id],
                |row| row.get(0),
            )?
            .ok_or(Error::Missing { id })?;
        self.payload_at(sequence)
    }

    pub(super) fn update(&self, updates: &[Update]) -> Result<Vec<Result<(), Error>>, Error> {
        updates.iter().map(|it| self.update_one(it)).collect()
    }

    /// Begins due jobs, and returns them with their messages.
    pub(super) fn claim(
        &self,
        claim: &Claim,
        retention: PayloadRetention,
    ) -> Result<Vec<(SystemJob, Option<PayloadRecord>)>, Error> {
        let mut taken = Vec::new();
        for (sequence, mut job) in self.due(claim)? {
            let is_begun = claim.take(&mut job)?;
            let revision = job.revision().next();
            taken.push((sequence, job.at_revision(revision), is_begun));
        }
        let mut claimed = Vec::new();
        for (sequence, job, is_begun) in taken {
            let description = job.description();
            let lane = description.partition_key.clone();
            let lane = lane.map(|key| (description.endpoint.clone(), key));
            let place = Place { sequence, is_completed: false, lane };
            self.replace(&place, &ProgressRecord::from(&job), &Fate::of(&job, retention))
                .map_err(failed)?;
            if is_begun {
                let payload = self.payload_at(sequence)?;
                claimed.push((job, payload));
            }
        }
        Ok(claimed)
    }

    pub(super) fn renew(&self, renewal: &LeaseRenewal) -> Result<Vec<Uuid>, Error> {
        let mut held = Vec::new();
        for id in &renewal.ids {
            let (sequence, mut job) = match self.find(*id) {
                Err(Error::Missing { .. }) => continue,
                found => found?,
            };
            if job.renew(&renewal.host_id, renewal.lease_until).is_ok() {
                held.push((sequence, job));
            }
        }
        for (sequence, job) in &held {
            self.write(*sequence, &ProgressRecord::from(job)).map_err(failed)?;
        }
        Ok(held.into_iter().map(|(_, job)| job.id()).collect())
    }

    pub(super) fn next_due(&self, endpoint: &str) -> Result<Option<DateTime<Utc>>, Error> {
        let mut firsts = self.select(&READY, &[&endpoint, &1])?;
        firsts.extend(self.select(&TIMED, &[&endpoint, &1, &i64::MAX])?);
        Ok(firsts.iter().filter_map(|(_, job)| job.due_on()).min())
    }

    pub(super) fn query(&self, query: &JobQuery) -> Result<Vec<SystemJob>, Error> {
        let mut found = Vec::new();
        for part in parts(query) {
            let (sql, filter) = select_matching(&part);
            found.extend(self.select(&sql, &parameters(&filter))?);
        }
        let mut found: Vec<_> = found.into_iter().map(|(_, job)| job).collect();
        found.sort_by_key(Position::of);
        found.truncate(query.limit);
        Ok(found)
    }

    pub(super) fn count(&self, query: &JobQuery) -> Result<BTreeMap<StatusCode, u64>, Error> {
        let filter = Filter::of(query, '?');
        let sql = format!(
            "SELECT statuscode, count(*) FROM asyncoperation {} GROUP BY statuscode",
            filter.clause(),
        );
        let counts = self.rows(&sql, &parameters(&filter), |row| Ok((row.get(0)?, row.get(1)?)))?;
        counts
            .into_iter()
            .map(|(status, count): (i32, i64)| {
                Ok((StatusCode::try_from(status)?, count.cast_unsigned()))
            })
            .collect()
    }

    pub(super) fn delete(&self, ids: &[Uuid]) -> Result<Vec<Result<(), Error>>, Error> {
        ids.iter().map(|id| self.delete_one(*id)).collect()
    }

    fn exists(&self, id: Uuid) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM asyncoperation WHERE asyncoperationid = ?1";
        Ok(self.one(sql, &[&id], |_| Ok(()))?.is_some())
    }

    fn find(&self, id: Uuid) -> Result<(i64, SystemJob), Error> {
        self.select(&BY_ID, &[&id])?.pop().ok_or(Error::Missing { id })
    }

    fn put(&self, row: &NewRow) -> rusqlite::Result<()> {
        let Some(record) = &row.record else { return Ok(()) };
        let is_blocked = match &record.description.partitionkey {
            Some(key) if record.progress.statecode != StateCode::Completed.number() => {
                self.first_of_lane(&record.description.endpoint, key)?.is_some()
            }
            _ => false,
        };
        let mut values = record.description.to_sqlite();
        values.extend(record.progress.to_sqlite());
        values.push(&is_blocked);
        self.connection.prepare_cached(&INSERT)?.execute(&*values)?;
        let Some(payload) = &row.payload else { return Ok(()) };
        let values: [&dyn ToSql; 6] = [
            &self.connection.last_insert_rowid(),
            &payload.contenttype,
            &payload.properties,
            &payload.encoding,
            &payload.length,
            &&*payload.body,
        ];
        self.connection.prepare_cached(&INSERT_PAYLOAD)?.execute(values)?;
        Ok(())
    }

    fn update_one(&self, update: &Update) -> Result<Result<(), Error>, Error> {
        let (id, expected) = (update.id, update.expected);
        let stored = self.one(
            "SELECT sequence, statecode, partitionkey, endpoint, revision FROM asyncoperation
             WHERE asyncoperationid = ?1",
            &[&id],
            |row| {
                let lane = match row.get(2)? {
                    Some(key) => Some((row.get(3)?, key)),
                    None => None,
                };
                let is_completed = row.get::<_, i32>(1)? == StateCode::Completed.number();
                let revision = Revision(row.get::<_, i64>(4)?.cast_unsigned());
                Ok((Place { sequence: row.get(0)?, is_completed, lane }, revision))
            },
        )?;
        let Some((place, found)) = stored else { return Ok(Err(Error::Missing { id })) };
        if found != expected {
            return Ok(Err(Error::Conflict { id, expected, found }));
        }
        self.replace(&place, &update.progress, &update.fate).map_err(failed)?;
        Ok(Ok(()))
    }

    fn delete_one(&self, id: Uuid) -> Result<Result<(), Error>, Error> {
        let stored = self.one(
            "SELECT sequence, statuscode FROM asyncoperation WHERE asyncoperationid = ?1",
            &[&id],
            |row| Ok((row.get(0)?, row.get::<_, i32>(1)?)),
        )?;
        let Some((sequence, number)) = stored else { return Ok(Err(Error::Missing { id })) };
        Ok(match StatusCode::try_from(number) {
            Ok(status) if status.state().is_completed() => {
                self.remove(sequence).map_err(failed)?;
                Ok(())
            }
            Ok(status) => Err(Error::NotCompleted { id, status }),
            Err(unknown) => Err(unknown),
        })
    }

    /// The due jobs that are first in turn.
    fn due(&self, claim: &Claim) -> Result<Vec<(i64, SystemJob)>, Error> {
        let (now, limit) = (floor_to_micros(claim.now), to_limit(claim.limit));
        let mut due = self.select(&READY, &[&claim.endpoint, &limit])?;
        due.extend(self.select(&TIMED, &[&claim.endpoint, &limit, &now])?);
        due.sort_by_key(|(sequence, job)| (job.due_on(), *sequence));
        due.truncate(claim.limit);
        Ok(due)
    }

    /// Puts another version of a job in the place of the one that is stored.
    fn replace(
        &self,
        place: &Place,
        progress: &ProgressRecord,
        fate: &Fate,
    ) -> rusqlite::Result<()> {
        match fate {
            Fate::Deleted => self.remove(place.sequence)?,
            Fate::Kept { keeps_payload } => {
                self.write(place.sequence, progress)?;
                if !keeps_payload {
                    self.connection
                        .prepare_cached("DELETE FROM payload WHERE sequence = ?1")?
                        .execute([place.sequence])?;
                }
            }
        }
        let is_completed = progress.statecode == StateCode::Completed.number();
        match &place.lane {
            Some((endpoint, key)) if is_completed && !place.is_completed => {
                self.unblock(endpoint, key)
            }
            _ => Ok(()),
        }
    }

    fn write(&self, sequence: i64, progress: &ProgressRecord) -> rusqlite::Result<()> {
        let mut values = progress.to_sqlite();
        values.push(&sequence);
        self.connection.prepare_cached(&UPDATE)?.execute(&*values)?;
        Ok(())
    }

    /// Deletes a job, and with it, by the foreign key, its message.
    fn remove(&self, sequence: i64) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("DELETE FROM asyncoperation WHERE sequence = ?1")?
            .execute([sequence])?;
        Ok(())
    }

    /// A job of this key is completed: the next one has its turn.
    fn unblock(&self, endpoint: &str, key: &str) -> rusqlite::Result<()> {
        if let Some(first) = self.first_of_lane(endpoint, key)? {
            self.connection
                .prepare_cached("UPDATE asyncoperation SET isblocked = 0 WHERE sequence = ?1")?
                .execute([first])?;
        }
        Ok(())
    }

    fn first_of_lane(&self, endpoint: &str, key: &str) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached(FIRST_OF_LANE)?
            .query_row([endpoint, key], |row| row.get(0))
            .optional()
    }

    fn payload_at(&self, sequence: i64) -> Result<Option<PayloadRecord>, Error> {
        self.one(&PAYLOAD, &[&sequence], |row| {
            let body = row.get_ref(4)?.as_blob().map(Arc::from);
            Ok(PayloadRecord {
                contenttype: row.get(0)?,
                properties: row.get(1)?,
                encoding: row.get(2)?,
                length: row.get(3)?,
                body: body?,
            })
        })
    }

    fn select(&self, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<(i64, SystemJob)>, Error> {
        let records = self.rows(sql, values, |row| {
            let description = DescriptionRecord::from_sqlite(row, 1)?;
            let progress = ProgressRecord::from_sqlite(row, 1 + DescriptionRecord::COLUMNS.len())?;
            Ok((row.get(0)?, JobRecord { description, progress }))
        })?;
        records.into_iter().map(|(sequence, record)| Ok((sequence, record.try_into()?))).collect()
    }

    fn one<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        let find = || self.connection.prepare_cached(sql)?.query_row(values, read).optional();
        find().map_err(failed)
    }

    fn rows<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        let find = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_map(values, read)?.collect::<rusqlite::Result<_>>()
        };
        find().map_err(failed)
    }
}

/// The columns of a job, after its place in the order of jobs.
static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let columns = [&["sequence"], DescriptionRecord::COLUMNS, ProgressRecord::COLUMNS].concat();
    columns.join(", ")
});

static BY_ID: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM asyncoperation WHERE asyncoperationid = ?1", *COLUMNS)
});

/// The conditions of these are those of the partial indexes, word for word, for SQLite to see it.
static READY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM asyncoperation
         WHERE statecode = 0 AND isblocked = 0 AND endpoint = ?1
         ORDER BY dueon, sequence LIMIT ?2",
        *COLUMNS
    )
});

static TIMED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM asyncoperation
         WHERE statecode > 0 AND isblocked = 0 AND endpoint = ?1 AND dueon <= ?3
         ORDER BY dueon, sequence LIMIT ?2",
        *COLUMNS
    )
});

const FIRST_OF_LANE: &str = "SELECT sequence FROM asyncoperation
     WHERE endpoint = ?1 AND partitionkey = ?2 AND statecode < 3 ORDER BY sequence LIMIT 1";

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let columns = [DescriptionRecord::COLUMNS, ProgressRecord::COLUMNS, &["isblocked"]].concat();
    insert_into("asyncoperation", &columns)
});

static INSERT_PAYLOAD: LazyLock<String> =
    LazyLock::new(|| insert_into("payload", &[&["sequence"], PayloadRecord::COLUMNS].concat()));

static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<_> = ProgressRecord::COLUMNS.iter().map(|it| format!("{it} = ?")).collect();
    format!("UPDATE asyncoperation SET {} WHERE sequence = ?", columns.join(", "))
});

static PAYLOAD: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM payload WHERE sequence = ?1", PayloadRecord::COLUMNS.join(", "))
});

/// Queries that together find what one query asks for: each is one stretch of an index, in order.
fn parts(query: &JobQuery) -> Vec<JobQuery> {
    if query.statuses.is_empty() || is_about_a_lane(query) {
        return vec![query.clone()];
    }
    let statuses: BTreeSet<_> = query.statuses.iter().copied().collect();
    let part = |status| JobQuery { statuses: vec![status], ..query.clone() };
    statuses.into_iter().map(part).collect()
}

/// Whether only jobs of a partition key are asked for that are not completed.
fn is_about_a_lane(query: &JobQuery) -> bool {
    query.endpoint.is_some()
        && query.partition_key.is_some()
        && !query.statuses.is_empty()
        && !query.statuses.iter().any(|it| it.state().is_completed())
}

fn select_matching(query: &JobQuery) -> (String, Filter) {
    let mut filter = Filter::of(query, '?');
    let clause = filter.clause();
    let limit = filter.parameter(Value::Integer(to_limit(query.limit)));
    let (index, clause) = match is_about_a_lane(query) {
        true => ("INDEXED BY lane", format!("{clause} AND statecode < 3")),
        false => ("", clause),
    };
    let sql = format!(
        "SELECT {} FROM asyncoperation {index} {clause}
         ORDER BY createdon, asyncoperationid LIMIT {limit}",
        *COLUMNS
    );
    (sql, filter)
}

fn insert_into(table: &str, columns: &[&str]) -> String {
    let marks = vec!["?"; columns.len()].join(", ");
    format!("INSERT INTO {table} ({}) VALUES ({marks})", columns.join(", "))
}

fn parameters(filter: &Filter) -> Vec<&dyn ToSql> {
    filter.values().iter().map(|it| it as &dyn ToSql).collect()
}

fn to_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use rusqlite::params_from_iter;

    use super::*;
    use crate::cause::Cause;

    fn plan(sql: &str) -> Vec<String> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nulls = vec![None::<i64>; statement.parameter_count()];
        let steps = statement.query_map(params_from_iter(nulls), |row| row.get("detail")).unwrap();
        steps.map(Result::unwrap).collect()
    }

    #[test]
    fn work_is_found_by_its_indexes_without_sorting() {
        let check = |sql: &str, expected: &str| assert_eq!(plan(sql), [expected], "{sql}");
        check(&READY, "SEARCH asyncoperation USING INDEX ready (endpoint=?)");
        check(&TIMED, "SEARCH asyncoperation USING INDEX timed (endpoint=? AND dueon<?)");
        check(
            FIRST_OF_LANE,
            "SEARCH asyncoperation USING INDEX lane (endpoint=? AND partitionkey=?)",
        );
        check(&PAYLOAD, "SEARCH payload USING INTEGER PRIMARY KEY (rowid=?)");
        check(&UPDATE, "SEARCH asyncoperation USING INTEGER PRIMARY KEY (rowid=?)");
        let by_id = "sqlite_autoindex_asyncoperation_1 (asyncoperationid=?)";
        check(&BY_ID, &format!("SEARCH asyncoperation USING INDEX {by_id}"));
    }

    #[test]
    fn queries_read_one_stretch_of_an_index() {
        let check = |query: JobQuery, expected: &[&str]| {
            for part in parts(&query) {
                assert_eq!(plan(&select_matching(&part).0), expected, "{part:?}");
            }
        };
        let after = Some(Position { created_on: DateTime::UNIX_EPOCH, id: Uuid::nil() });
        let pages = JobQuery { after, ..JobQuery::default() };
        let place = "(createdon,asyncoperationid)>(?,?)";
        check(pages.clone(), &[&format!("SEARCH asyncoperation USING INDEX creation ({place})")]);
        let held = JobQuery {
            statuses: vec![StatusCode::Waiting, StatusCode::Failed],
            endpoint: Some(String::new()),
            causes: vec![Cause::WrongKey, Cause::ExpiredToken],
            ..pages
        };
        check(
            held.clone(),
            &[&format!("SEARCH asyncoperation USING INDEX status (statuscode=? AND {place})")],
        );
        let lane = JobQuery {
            statuses: vec![StatusCode::Waiting, StatusCode::InProgress],
            partition_key: Some(String::new()),
            ..held
        };
        check(
            lane,
            &[
                "SEARCH asyncoperation USING INDEX lane (endpoint=? AND partitionkey=?)",
                "USE TEMP B-TREE FOR ORDER BY",
            ],
        );
    }
}
