//! Jobs in the tables, as one connection sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, ToSql};
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::{failed, is_corrupt, is_of_a_column};
use crate::error::Error;
use crate::job::SystemJob;
use crate::payload::PayloadRetention;
use crate::query::{JobQuery, Position};
use crate::revision::Revision;
use crate::sql::{
    self, DescriptionRecord, Filter, JobRecord, Loaded, PayloadRecord, ProgressRecord, RawRow,
    RowChange, Unreadable, ceil_to_micros, clamp_micros, floor_to_micros,
    is_about_open_jobs_of_a_key, load, parts,
};
use crate::status::{StateCode, StatusCode};
use crate::store::{Claim, Expiry, LeaseRenewal, PayloadLoss};

/// The jobs of a database.
///
/// Every change reads and decides first, and then writes. An error that is not the storage's
/// therefore leaves nothing to undo, which group commits rely on.
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

/// Another version of a stored job.
pub(super) struct Update {
    pub(super) id: Uuid,
    /// The revision that it was decided on.
    pub(super) expected: Revision,
    /// The progress, at the next revision.
    pub(super) progress: ProgressRecord,
    pub(super) change: RowChange,
}

/// The row of a stored job.
struct StoredRow {
    sequence: i64,
    is_completed: bool,
    /// Endpoint and partition key, if the job has one: the jobs of both follow each other.
    key: Option<(String, String)>,
}

impl<'a> Jobs<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    pub(super) fn insert(&self, rows: &[NewRow]) -> Result<(), Error> {
        let mut ids = BTreeSet::new();
        for NewRow { id, .. } in rows {
            if !ids.insert(*id) || self.exists(*id)? {
                return Err(Error::AlreadyExists { id: *id });
            }
        }
        // In their order, so that a job sees those of its partition key that come before it.
        rows.iter().try_for_each(|row| self.put(row)).map_err(failed)
    }

    pub(super) fn get(&self, id: Uuid) -> Result<SystemJob, Error> {
        Ok(shown(self.find(id)?.1))
    }

    pub(super) fn payload(&self, id: Uuid) -> Result<Result<PayloadRecord, PayloadLoss>, Error> {
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

    /// Begins due jobs, and returns them with their messages. Sets due rows aside that can't be read.
    pub(super) fn claim(
        &self,
        claim: &Claim,
        retention: PayloadRetention,
    ) -> Result<Vec<ClaimedRow>, Error> {
        // Decides about every job before the first is written.
        let (mut decided, mut unreadable) = (Vec::new(), Vec::new());
        for (sequence, loaded) in self.due(claim)? {
            match loaded {
                Ok(mut job) => {
                    let is_begun = claim.take(&mut job)?;
                    let revision = job.revision().next();
                    decided.push((sequence, job.at_revision(revision), is_begun));
                }
                Err(row) => unreadable.push((sequence, row)),
            }
        }
        for (sequence, row) in unreadable {
            self.replace(sequence, &row).map_err(failed)?;
        }
        self.begin(decided, retention)
    }

    /// Begins one job if it is due, or sets its row aside if it can't be read.
    pub(super) fn claim_one(
        &self,
        sequence: i64,
        claim: &Claim,
        retention: PayloadRetention,
    ) -> Result<Vec<ClaimedRow>, Error> {
        match self.select(&BY_SEQUENCE, &[&sequence])?.pop() {
            Some((_, Ok(mut job))) if job.is_due(claim.now) => {
                let is_begun = claim.take(&mut job)?;
                let revision = job.revision().next();
                self.begin(vec![(sequence, job.at_revision(revision), is_begun)], retention)
            }
            Some((sequence, Err(row))) if !row.is_left_alone => {
                self.replace(sequence, &row).map_err(failed)?;
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Writes jobs that were decided on, and returns those that are begun with their messages.
    fn begin(
        &self,
        decided: Vec<(i64, SystemJob, bool)>,
        retention: PayloadRetention,
    ) -> Result<Vec<ClaimedRow>, Error> {
        let mut claimed = Vec::new();
        for (sequence, job, is_begun) in decided {
            let description = job.description();
            let key = description.partition_key.clone();
            let key = key.map(|key| (description.endpoint.clone(), key));
            let row = StoredRow { sequence, is_completed: false, key };
            self.change(&row, &ProgressRecord::from(&job), RowChange::to(&job, retention))
                .map_err(failed)?;
            if is_begun {
                let payload = self.payload_at(sequence)?;
                claimed.push((job, payload));
            }
        }
        Ok(claimed)
    }

    /// The rows of due jobs, as many as the indexes have that find them, up to a limit: whether the
    /// rows themselves can be read is seen when they are.
    pub(super) fn due_sequences(&self, claim: &Claim) -> Result<Vec<i64>, Error> {
        let now = floor_to_micros(claim.now);
        let mut due: Vec<i64> = Vec::new();
        // One index may be damaged and the other not.
        let ready =
            self.rows(DUE_READY, &[&claim.endpoint, &MOST_DAMAGED], |row| row.get::<_, i64>(0));
        due.extend(ready.unwrap_or_default());
        let timed = self
            .rows(DUE_TIMED, &[&claim.endpoint, &MOST_DAMAGED, &now], |row| row.get::<_, i64>(0));
        due.extend(timed.unwrap_or_default());
        Ok(due)
    }

    pub(super) fn renew(&self, renewal: &LeaseRenewal) -> Result<Vec<Uuid>, Error> {
        let mut held = Vec::new();
        for id in renewal.ids.iter().collect::<BTreeSet<_>>() {
            let (sequence, mut job) = match self.find(*id) {
                Err(Error::Missing { .. }) | Ok((_, Err(_))) => continue,
                Ok((sequence, Ok(job))) => (sequence, job),
                Err(error) => return Err(error),
            };
            if job.renew(&renewal.host_id, renewal.lease_until()).is_ok() {
                held.push((sequence, job));
            }
        }
        // At the same revision: the worker goes on with the job as it knows it.
        for (sequence, job) in &held {
            self.write(*sequence, &ProgressRecord::from(job)).map_err(failed)?;
        }
        Ok(held.into_iter().map(|(_, job)| job.id()).collect())
    }

    pub(super) fn next_due(&self, endpoint: &str) -> Result<Option<DateTime<Utc>>, Error> {
        // The first entry of each index.
        let due_on = |sql: &str| self.one(sql, &[&endpoint], |row| row.get::<_, Option<i64>>(0));
        let firsts = [due_on(&FIRST_READY)?, due_on(&FIRST_TIMED)?];
        Ok(firsts.into_iter().flatten().flatten().min().map(clamp_micros))
    }

    /// The jobs that a query asks for, and the rows among them that can be set aside.
    pub(super) fn query(&self, query: &JobQuery) -> Result<(Vec<SystemJob>, Vec<i64>), Error> {
        let mut found = Vec::new();
        for part in parts(query) {
            let (sql, filter) = select_matching(&part, self.has_indexes(&part)?);
            found.extend(self.select(&sql, &parameters(&filter))?);
        }
        let is_unreadable = |it: &Loaded| it.as_ref().is_err_and(|row| !row.is_left_alone);
        let unreadable = found.iter().filter(|(_, it)| is_unreadable(it)).map(|(it, _)| *it);
        let unreadable = unreadable.collect();
        let mut found: Vec<_> = found.into_iter().map(|(_, it)| shown(it)).collect();
        found.sort_by_key(|it| Position::from(it));
        found.truncate(query.limit);
        Ok((found, unreadable))
    }

    /// Whether a query may name an index. A connection that may not write an earlier file has a view in
    /// place of the table, and a view has none.
    fn has_indexes(&self, query: &JobQuery) -> Result<bool, Error> {
        if !is_about_open_jobs_of_a_key(query) {
            return Ok(false);
        }
        let is_view = "SELECT 1 FROM temp.sqlite_schema WHERE name = 'asyncoperation'";
        Ok(self.one(is_view, &[], |_| Ok(()))?.is_none())
    }

    /// Sets the rows aside that can't be read.
    pub(super) fn set_aside(&self, sequences: &[i64]) -> Result<(), Error> {
        for sequence in sequences {
            // Another process may have done it meanwhile.
            for (sequence, loaded) in self.select(&BY_SEQUENCE, &[sequence])? {
                if let Err(row) = loaded
                    && !row.is_left_alone
                {
                    self.replace(sequence, &row).map_err(failed)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn count(&self, query: &JobQuery) -> Result<BTreeMap<StatusCode, u64>, Error> {
        let filter = Filter::new(query, '?');
        let sql = format!(
            "SELECT statuscode, count(*) FROM asyncoperation {} GROUP BY statuscode",
            filter.clause(),
        );
        let counts = self.rows(&sql, &parameters(&filter), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut by_status = BTreeMap::new();
        for (status, count) in counts {
            let (status, count): (i32, i64) = (status, count);
            // A status that this version does not know is that of a row it shows as Failed.
            let status = StatusCode::try_from(status).unwrap_or(StatusCode::Failed);
            *by_status.entry(status).or_default() += count.cast_unsigned();
        }
        Ok(by_status)
    }

    pub(super) fn delete(&self, ids: &[Uuid]) -> Result<Vec<Result<(), Error>>, Error> {
        ids.iter().map(|id| self.delete_one(*id)).collect()
    }

    /// Deletes the first completed jobs of a status, and with them, by the foreign key, their
    /// messages.
    pub(super) fn expire(&self, expiry: &Expiry) -> Result<u64, Error> {
        let before = ceil_to_micros(expiry.completed_before);
        let values: [&dyn ToSql; 3] = [&expiry.status.number(), &before, &to_limit(expiry.limit)];
        let delete = || self.connection.prepare_cached(EXPIRE)?.execute(&values[..]);
        Ok(delete().map_err(failed)? as u64)
    }

    fn exists(&self, id: Uuid) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM asyncoperation WHERE asyncoperationid = ?1";
        Ok(self.one(sql, &[&id], |_| Ok(()))?.is_some())
    }

    fn find(&self, id: Uuid) -> Result<(i64, Loaded), Error> {
        self.select(&BY_ID, &[&id])?.pop().ok_or(Error::Missing { id })
    }

    fn put(&self, row: &NewRow) -> rusqlite::Result<()> {
        let Some(record) = &row.record else { return Ok(()) };
        // Only one connection writes at a time, so no other job of the key can come in between.
        let is_blocked = match &record.description.partitionkey {
            Some(key) if record.progress.statecode != StateCode::Completed.number() => {
                self.first_of_key(&record.description.endpoint, key)?.is_some()
            }
            _ => false,
        };
        let mut values = record.description.to_sqlite();
        values.extend(record.progress.to_sqlite());
        values.push(&is_blocked);
        self.execute(&INSERT, &values)?;
        match &row.payload {
            Some(payload) => self.put_payload(self.connection.last_insert_rowid(), payload),
            None => Ok(()),
        }
    }

    fn put_payload(&self, sequence: i64, payload: &PayloadRecord) -> rusqlite::Result<()> {
        let values: [&dyn ToSql; 7] = [
            &sequence,
            &payload.contenttype,
            &payload.properties,
            &payload.encoding,
            &payload.length,
            &payload.checksum,
            &&*payload.body,
        ];
        self.execute(&INSERT_PAYLOAD, &values)
    }

    fn update_one(&self, update: &Update) -> Result<Result<(), Error>, Error> {
        let (id, expected) = (update.id, update.expected);
        // Not the whole job: an update brings its progress along, and its description never changes.
        let stored = self.one_or_unreadable(
            "SELECT sequence, statecode, partitionkey, endpoint, revision FROM asyncoperation
             WHERE asyncoperationid = ?1",
            &[&id],
            |row| {
                let key: Option<String> = row.get(2)?;
                let key =
                    key.map(|key| Ok::<_, rusqlite::Error>((row.get(3)?, key))).transpose()?;
                let is_completed = row.get::<_, i32>(1)? == StateCode::Completed.number();
                let revision = Revision(row.get::<_, i64>(4)?.cast_unsigned());
                Ok((StoredRow { sequence: row.get(0)?, is_completed, key }, revision))
            },
        )?;
        let Some(stored) = stored else { return Ok(Err(Error::Missing { id })) };
        let Some((row, found)) = stored else {
            // Whoever reads the job again finds it set aside.
            return Ok(Err(Error::Conflict { id, expected, found: expected }));
        };
        if found != expected {
            return Ok(Err(Error::Conflict { id, expected, found }));
        }
        self.change(&row, &update.progress, update.change).map_err(failed)?;
        Ok(Ok(()))
    }

    fn delete_one(&self, id: Uuid) -> Result<Result<(), Error>, Error> {
        let stored = self.one(
            "SELECT sequence, statuscode FROM asyncoperation WHERE asyncoperationid = ?1",
            &[&id],
            |row| Ok((row.get(0)?, row.get::<_, i32>(1)?)),
        )?;
        let Some((sequence, number)) = stored else { return Ok(Err(Error::Missing { id })) };
        let status = StatusCode::try_from(number).ok().filter(|it| !it.state().is_completed());
        // A row that can't be read is deleted as the Failed job that it is shown as.
        if let Some(status) = status
            && self.find(id)?.1.is_ok()
        {
            return Ok(Err(Error::NotCompleted { id, status }));
        }
        self.remove(sequence).map_err(failed)?;
        Ok(Ok(()))
    }

    /// Copies the row of this number and its message from a damaged file. `None` if there is none.
    pub(super) fn save(&self, from: &Jobs<'_>, sequence: i64) -> Result<Option<Saved>, Error> {
        let loaded = match from.select(&BY_SEQUENCE, &[&sequence]) {
            Ok(mut found) => found.pop(),
            Err(error) if is_corrupt(&error) => return Ok(Some(Saved::Lost)),
            Err(error) => return Err(error),
        };
        let Some((_, loaded)) = loaded else { return Ok(None) };
        let is_unreadable = loaded.is_err();
        let job = shown(loaded);
        let id = job.id();
        let JobRecord { description, progress } = (&job).into();
        let mut values: Vec<&dyn ToSql> = vec![&sequence];
        values.extend(description.to_sqlite());
        values.extend(progress.to_sqlite());
        values.push(&false);
        self.execute(&SAVE, &values).map_err(failed)?;
        let is_message_damaged = match from.payload_at(sequence)? {
            Ok(payload) => {
                self.put_payload(sequence, &payload).map_err(failed)?;
                payload.load(id).is_err()
            }
            Err(PayloadLoss::NotKept) => false,
            Err(_) => true,
        };
        Ok(Some(Saved::Copied { is_unreadable, is_message_damaged }))
    }

    /// Blocks the jobs that have to wait for another one of their partition key, where none is yet.
    pub(super) fn block_again(&self) -> Result<(), Error> {
        self.execute(BLOCK_ALL, &[]).map_err(failed)
    }

    /// The due jobs that are first in turn.
    fn due(&self, claim: &Claim) -> Result<Vec<(i64, Loaded)>, Error> {
        let (now, limit) = (floor_to_micros(claim.now), to_limit(claim.limit));
        let mut due = self.select(&READY, &[&claim.endpoint, &limit])?;
        due.extend(self.select(&TIMED, &[&claim.endpoint, &limit, &now])?);
        // Each search is in this order by itself; the first ones of both are the first ones of all.
        due.sort_by_key(|(sequence, loaded)| {
            (loaded.as_ref().map_or(None, SystemJob::due_on), *sequence)
        });
        due.truncate(claim.limit);
        Ok(due)
    }

    /// Changes a stored row, and gives the next job of its partition key its turn if this one is
    /// completed.
    fn change(
        &self,
        row: &StoredRow,
        progress: &ProgressRecord,
        change: RowChange,
    ) -> rusqlite::Result<()> {
        match change {
            RowChange::Delete => self.remove(row.sequence)?,
            RowChange::Write => self.write(row.sequence, progress)?,
            RowChange::WriteAndDropPayload => {
                self.write(row.sequence, progress)?;
                self.execute("DELETE FROM payload WHERE sequence = ?1", &[&row.sequence])?;
            }
        }
        // A job that was completed before had let the next one go on then.
        let is_completed = progress.statecode == StateCode::Completed.number();
        match &row.key {
            Some((endpoint, key)) if is_completed && !row.is_completed => {
                self.unblock_first(endpoint, key)
            }
            _ => Ok(()),
        }
    }

    /// Replaces a row that can't be read by the job that is set aside for it, and lets the next job of
    /// its partition key be claimed.
    fn replace(&self, sequence: i64, row: &Unreadable) -> rusqlite::Result<()> {
        let revision = row.job.revision().next();
        let JobRecord { description, progress } = (&row.job.clone().at_revision(revision)).into();
        let mut values = description.to_sqlite();
        values.extend(progress.to_sqlite());
        values.push(&sequence);
        self.execute(&REPLACE, &values)?;
        match &description.partitionkey {
            _ if row.is_key_lost => self.execute(UNBLOCK_ALL, &[]),
            Some(key) => self.unblock_first(&description.endpoint, key),
            None => Ok(()),
        }
    }

    fn write(&self, sequence: i64, progress: &ProgressRecord) -> rusqlite::Result<()> {
        let mut values = progress.to_sqlite();
        values.push(&sequence);
        self.execute(&UPDATE, &values)
    }

    /// Deletes a job, and with it, by the foreign key, its message.
    fn remove(&self, sequence: i64) -> rusqlite::Result<()> {
        self.execute("DELETE FROM asyncoperation WHERE sequence = ?1", &[&sequence])
    }

    /// Lets the first uncompleted job of a partition key be claimed.
    fn unblock_first(&self, endpoint: &str, key: &str) -> rusqlite::Result<()> {
        match self.first_of_key(endpoint, key)? {
            Some(first) => self
                .execute("UPDATE asyncoperation SET isblocked = 0 WHERE sequence = ?1", &[&first]),
            None => Ok(()),
        }
    }

    fn first_of_key(&self, endpoint: &str, key: &str) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached(FIRST_OF_KEY)?
            .query_row([endpoint, key], |row| row.get(0))
            .optional()
    }

    fn payload_at(&self, sequence: i64) -> Result<Result<PayloadRecord, PayloadLoss>, Error> {
        let read = |row: &Row<'_>| {
            let body = row.get_ref(5)?.as_blob().map(Bytes::copy_from_slice);
            Ok(PayloadRecord {
                contenttype: row.get(0)?,
                properties: row.get(1)?,
                encoding: row.get(2)?,
                length: row.get(3)?,
                checksum: row.get(4)?,
                body: body?,
            })
        };
        Ok(match self.one_or_unreadable(&PAYLOAD, &[&sequence], read) {
            Ok(Some(Some(record))) => Ok(record),
            Ok(Some(None)) => Err(PayloadLoss::Damaged("its row can't be read")),
            Ok(None) => Err(PayloadLoss::NotKept),
            Err(error) if is_corrupt(&error) => Err(PayloadLoss::Damaged("its page can't be read")),
            Err(error) => return Err(error),
        })
    }

    fn select(&self, sql: &str, values: &[&dyn ToSql]) -> Result<Vec<(i64, Loaded)>, Error> {
        self.rows(sql, values, |row| {
            let sequence = row.get(0)?;
            let record = match record(row) {
                Err(error) if !is_of_a_column(&error) => return Err(error),
                record => record.map_err(|error| error.to_string()),
            };
            Ok((sequence, load(record, sequence, || raw(row))))
        })
    }

    fn execute(&self, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute(values).map(drop)
    }

    fn one<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        Ok(self.rows(sql, values, read)?.pop())
    }

    /// The same, for rows whose columns may be damaged: `None` within for one that is.
    fn one_or_unreadable<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<Option<T>>, Error> {
        self.one(sql, values, |row| match read(row) {
            Err(error) if is_of_a_column(&error) => Ok(None),
            read => read.map(Some),
        })
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

/// What became of a row of a damaged file.
pub(super) enum Saved {
    /// The page that it is on can't be read.
    Lost,
    /// It was copied.
    Copied { is_unreadable: bool, is_message_damaged: bool },
}

/// A job that was claimed, with its message.
pub(super) type ClaimedRow = (SystemJob, Result<PayloadRecord, PayloadLoss>);

/// A job as it is shown.
fn shown(loaded: Loaded) -> SystemJob {
    loaded.unwrap_or_else(|row| row.job)
}

fn record(row: &Row<'_>) -> rusqlite::Result<JobRecord> {
    let description = DescriptionRecord::from_sqlite(row, 1)?;
    let progress = ProgressRecord::from_sqlite(row, 1 + DescriptionRecord::COLUMNS.len())?;
    Ok(JobRecord { description, progress })
}

/// The columns of a row that can't be read.
fn raw(row: &Row<'_>) -> RawRow {
    let columns = DescriptionRecord::COLUMNS.iter().chain(ProgressRecord::COLUMNS);
    let value = |number| row.get_ref(number).map_or(Value::Null, raw_value);
    (1..).zip(columns).map(|(number, column)| ((*column).to_owned(), value(number))).collect()
}

fn raw_value(value: ValueRef<'_>) -> Value {
    let bytes = |bytes: &[u8]| json!({ "base64": BASE64_STANDARD.encode(bytes) });
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(it) => it.into(),
        ValueRef::Real(it) => it.into(),
        ValueRef::Text(it) => str::from_utf8(it).map_or_else(|_| bytes(it), Value::from),
        ValueRef::Blob(it) => {
            Uuid::from_slice(it).map_or_else(|_| bytes(it), |it| it.to_string().into())
        }
    }
}

/// The columns of a job, after the number of its row.
static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let columns = [&["sequence"], DescriptionRecord::COLUMNS, ProgressRecord::COLUMNS].concat();
    columns.join(", ")
});

static BY_ID: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM asyncoperation WHERE asyncoperationid = ?1", *COLUMNS)
});

/// Blocks every uncompleted job of a partition key but the first.
const BLOCK_ALL: &str = "UPDATE asyncoperation SET isblocked = 1
     WHERE statecode < 3 AND partitionkey IS NOT NULL AND sequence NOT IN (
        SELECT min(sequence) FROM asyncoperation WHERE statecode < 3 AND partitionkey IS NOT NULL
        GROUP BY endpoint, partitionkey
    )";

static BY_SEQUENCE: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM asyncoperation WHERE sequence = ?1", *COLUMNS));

/// Ready jobs are due whatever the time is; all others when their time comes. They are searched for
/// apart: with one index for both, a claim would walk over everything that is due later.
///
/// SQLite uses a partial index only if the query implies its condition, and it compares terms rather
/// than prove anything. So these repeat the conditions of the indexes `ready` and `timed` word for
/// word.
static READY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM asyncoperation
         WHERE statecode = 0 AND isblocked = 0 AND endpoint = ?1 AND {}
         ORDER BY dueon, sequence LIMIT ?2",
        *COLUMNS, *IS_KNOWN
    )
});

static TIMED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {} FROM asyncoperation
         WHERE statecode > 0 AND isblocked = 0 AND endpoint = ?1 AND dueon <= ?3 AND {}
         ORDER BY dueon, sequence LIMIT ?2",
        *COLUMNS, *IS_KNOWN
    )
});

/// The due time of the first entry of the index `ready`.
static FIRST_READY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT dueon FROM asyncoperation
         WHERE statecode = 0 AND isblocked = 0 AND endpoint = ?1 AND {}
         ORDER BY dueon, sequence LIMIT 1",
        *IS_KNOWN
    )
});

/// The due time of the first entry of the index `timed`.
static FIRST_TIMED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT dueon FROM asyncoperation
         WHERE statecode > 0 AND isblocked = 0 AND endpoint = ?1 AND dueon IS NOT NULL AND {}
         ORDER BY dueon, sequence LIMIT 1",
        *IS_KNOWN
    )
});

/// How many jobs of a damaged file a claim tries at most: more than what a page holds.
const MOST_DAMAGED: i64 = 2000;

/// From the indexes alone, which have no column but these.
const DUE_READY: &str = "SELECT sequence FROM asyncoperation INDEXED BY ready
     WHERE statecode = 0 AND isblocked = 0 AND endpoint = ?1 ORDER BY dueon, sequence LIMIT ?2";

const DUE_TIMED: &str = "SELECT sequence FROM asyncoperation INDEXED BY timed
     WHERE statecode > 0 AND isblocked = 0 AND endpoint = ?1 AND dueon <= ?3
     ORDER BY dueon, sequence LIMIT ?2";

/// Leaves the jobs of later versions to their workers. With the `+`, SQLite does not look for an index
/// on the status.
static IS_KNOWN: LazyLock<String> = LazyLock::new(|| {
    let known: Vec<_> = StatusCode::ALL.iter().map(|it| it.number().to_string()).collect();
    format!("+statuscode IN ({})", known.join(", "))
});

/// Lets the first uncompleted job of every partition key be claimed.
const UNBLOCK_ALL: &str = "UPDATE asyncoperation SET isblocked = 0 WHERE sequence IN (
        SELECT min(sequence) FROM asyncoperation WHERE statecode < 3 AND partitionkey IS NOT NULL
        GROUP BY endpoint, partitionkey
    ) AND isblocked = 1";

const FIRST_OF_KEY: &str = "SELECT sequence FROM asyncoperation
     WHERE endpoint = ?1 AND partitionkey = ?2 AND statecode < 3 ORDER BY sequence LIMIT 1";

/// In the order of the index `expiry`, so that it reads no more than it deletes.
const EXPIRE: &str = "DELETE FROM asyncoperation WHERE sequence IN (
         SELECT sequence FROM asyncoperation
         WHERE statecode = 3 AND statuscode = ?1 AND completedon < ?2
         ORDER BY completedon LIMIT ?3
     )";

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let columns = [DescriptionRecord::COLUMNS, ProgressRecord::COLUMNS, &["isblocked"]].concat();
    insert_into("asyncoperation", &columns)
});

static SAVE: LazyLock<String> = LazyLock::new(|| {
    let columns = [&["sequence"], DescriptionRecord::COLUMNS, ProgressRecord::COLUMNS];
    insert_into("asyncoperation", &[&columns.concat()[..], &["isblocked"]].concat())
});

static INSERT_PAYLOAD: LazyLock<String> =
    LazyLock::new(|| insert_into("payload", &[&["sequence"], PayloadRecord::COLUMNS].concat()));

static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<_> = ProgressRecord::COLUMNS.iter().map(|it| format!("{it} = ?")).collect();
    format!("UPDATE asyncoperation SET {} WHERE sequence = ?", columns.join(", "))
});

/// Every column but the sequence.
static REPLACE: LazyLock<String> = LazyLock::new(|| {
    let columns = DescriptionRecord::COLUMNS.iter().chain(ProgressRecord::COLUMNS);
    let columns: Vec<_> = columns.map(|it| format!("{it} = ?")).collect();
    format!("UPDATE asyncoperation SET {} WHERE sequence = ?", columns.join(", "))
});

static PAYLOAD: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM payload WHERE sequence = ?1", PayloadRecord::COLUMNS.join(", "))
});

fn select_matching(query: &JobQuery, has_indexes: bool) -> (String, Filter) {
    let mut filter = Filter::new(query, '?');
    let clause = filter.clause();
    let limit = filter.parameter(sql::Value::Integer(to_limit(query.limit)));
    // The planner has no statistics, so it takes an index by status for the better one. The index
    // `lane` holds the uncompleted jobs with a partition key.
    let (index, clause) = match has_indexes && is_about_open_jobs_of_a_key(query) {
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
    use crate::sqlite::connection::tables;

    fn plan(sql: &str) -> Vec<String> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&tables()).unwrap();
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
        check(&FIRST_READY, "SEARCH asyncoperation USING INDEX ready (endpoint=?)");
        check(&FIRST_TIMED, "SEARCH asyncoperation USING INDEX timed (endpoint=? AND dueon>?)");
        check(
            FIRST_OF_KEY,
            "SEARCH asyncoperation USING INDEX lane (endpoint=? AND partitionkey=?)",
        );
        check(&PAYLOAD, "SEARCH payload USING INTEGER PRIMARY KEY (rowid=?)");
        check(&UPDATE, "SEARCH asyncoperation USING INTEGER PRIMARY KEY (rowid=?)");
        let by_id = "sqlite_autoindex_asyncoperation_1 (asyncoperationid=?)";
        check(&BY_ID, &format!("SEARCH asyncoperation USING INDEX {by_id}"));
    }

    #[test]
    fn old_jobs_are_found_without_sorting() {
        assert_eq!(
            plan(EXPIRE),
            [
                "SEARCH asyncoperation USING INTEGER PRIMARY KEY (rowid=?)",
                "LIST SUBQUERY 1",
                "SEARCH asyncoperation USING COVERING INDEX expiry (statuscode=? AND completedon<?)",
                // By the foreign key.
                "SEARCH payload USING INTEGER PRIMARY KEY (rowid=?)",
            ]
        );
    }

    #[test]
    fn queries_read_one_stretch_of_an_index() {
        let check = |query: JobQuery, expected: &[&str]| {
            for part in parts(&query) {
                assert_eq!(plan(&select_matching(&part, true).0), expected, "{part:?}");
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
