//! Dead letters.

use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter, types::Value};

use super::{failed, microseconds, time};
use crate::dead_letter::{DeadLetter, DeadLetterQuery, DeadLetterReason, NewDeadLetter};
use crate::error::StoreError;
use crate::source::StreamName;

const COLUMNS: &str =
    "id, namespace, hub, consumer_group, reason, error, attempts, created_on, event";

pub(super) fn put(
    connection: &Connection,
    StreamName { namespace, hub, group }: &StreamName,
    letter: &NewDeadLetter,
) -> Result<i64, StoreError> {
    let event = serde_json::to_string(&letter.event)
        .map_err(|it| StoreError::new("the event can't be written as JSON").with_source(it))?;
    let upsert = "INSERT INTO xrm_listener_dead_letter
         (namespace, hub, consumer_group, partition, sequence_number, enqueued_time,
          reason, error, attempts, created_on, event)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT DO UPDATE SET reason = excluded.reason, error = excluded.error,
             attempts = excluded.attempts, created_on = excluded.created_on
         RETURNING id";
    let values = params![
        namespace,
        hub,
        group,
        letter.event.partition,
        letter.event.sequence_number,
        microseconds(letter.event.enqueued_time),
        letter.reason.id(),
        letter.error,
        letter.attempts,
        microseconds(letter.created_on),
        event,
    ];
    connection.query_row(upsert, values, |row| row.get(0)).map_err(failed)
}

pub(super) fn list(
    connection: &Connection,
    query: &DeadLetterQuery,
) -> Result<Vec<DeadLetter>, StoreError> {
    let mut sql = format!("SELECT {COLUMNS} FROM xrm_listener_dead_letter WHERE id > ?");
    // Numbers count from 1.
    let mut values = vec![Value::from(query.after.unwrap_or(0))];
    if let Some(StreamName { namespace, hub, group }) = &query.stream {
        sql.push_str(" AND namespace = ? AND hub = ? AND consumer_group = ?");
        values.extend([namespace, hub, group].map(|it| Value::from(it.clone())));
    }
    sql.push_str(" ORDER BY id");
    if let Some(limit) = query.limit {
        sql.push_str(" LIMIT ?");
        values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    }
    let mut select = connection.prepare_cached(&sql).map_err(failed)?;
    let rows = select.query_map(params_from_iter(values), read).map_err(failed)?;
    rows.map(|it| it.map_err(failed)?.dead_letter()).collect()
}

pub(super) fn get(connection: &Connection, id: i64) -> Result<Option<DeadLetter>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM xrm_listener_dead_letter WHERE id = ?1");
    let row = connection.query_row(&sql, [id], read).optional().map_err(failed)?;
    row.map(StoredLetter::dead_letter).transpose()
}

pub(super) fn delete(connection: &Connection, ids: &[i64]) -> rusqlite::Result<usize> {
    let mut delete =
        connection.prepare_cached("DELETE FROM xrm_listener_dead_letter WHERE id = ?1")?;
    ids.iter().map(|id| delete.execute([id])).sum()
}

/// A row, whose texts are not understood yet.
struct StoredLetter {
    id: i64,
    stream: StreamName,
    reason: String,
    error: String,
    attempts: u32,
    created_on: i64,
    event: String,
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredLetter> {
    let texts: [String; 3] = [row.get(1)?, row.get(2)?, row.get(3)?];
    let [namespace, hub, group] = &texts;
    Ok(StoredLetter {
        id: row.get(0)?,
        stream: StreamName::new(namespace, hub, group),
        reason: row.get(4)?,
        error: row.get(5)?,
        attempts: row.get(6)?,
        created_on: row.get(7)?,
        event: row.get(8)?,
    })
}

impl StoredLetter {
    fn dead_letter(self) -> Result<DeadLetter, StoreError> {
        let id = self.id;
        let event = serde_json::from_str(&self.event).map_err(|it| {
            StoreError::new(format!("dead letter {id} can't be read")).with_source(it)
        })?;
        let reason = DeadLetterReason::from_id(&self.reason).ok_or_else(|| {
            StoreError::new(format!("dead letter {id} has an unknown reason: {}", self.reason))
        })?;
        let created_on = time(self.created_on);
        let letter = NewDeadLetter::new(event, reason, self.error, self.attempts, created_on);
        Ok(DeadLetter::new(id, self.stream, letter))
    }
}
