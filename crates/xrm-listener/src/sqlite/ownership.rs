//! Listeners, ownerships and checkpoints.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Result, params};

use super::{microseconds, time};
use crate::memory::age;
use crate::source::StreamName;
use crate::store::{Checkpoint, Claim, Ownership};

pub(super) fn announce(
    connection: &Connection,
    stream: &StreamName,
    listener: &str,
    lease: Duration,
    now: DateTime<Utc>,
) -> Result<Vec<String>> {
    let StreamName { namespace, hub, group } = stream;
    connection
        .prepare_cached(
            "INSERT INTO xrm_listener_instance (namespace, hub, consumer_group, name, announced_on)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET announced_on = excluded.announced_on",
        )?
        .execute(params![namespace, hub, group, listener, microseconds(now)])?;
    let lease = i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
    connection
        .prepare_cached("DELETE FROM xrm_listener_instance WHERE announced_on < ?1")?
        .execute([microseconds(now).saturating_sub(lease)])?;
    let mut select = connection.prepare_cached(
        "SELECT name FROM xrm_listener_instance
         WHERE namespace = ?1 AND hub = ?2 AND consumer_group = ?3 ORDER BY name",
    )?;
    select.query_map(params![namespace, hub, group], |row| row.get(0))?.collect()
}

pub(super) fn withdraw(connection: &Connection, stream: &StreamName, listener: &str) -> Result<()> {
    let StreamName { namespace, hub, group } = stream;
    let sql = "DELETE FROM xrm_listener_instance
         WHERE namespace = ?1 AND hub = ?2 AND consumer_group = ?3 AND name = ?4";
    connection.execute(sql, params![namespace, hub, group, listener]).map(drop)
}

pub(super) fn list(
    connection: &Connection,
    stream: &StreamName,
    now: DateTime<Utc>,
) -> Result<Vec<Ownership>> {
    let StreamName { namespace, hub, group } = stream;
    let mut select = connection.prepare_cached(
        "SELECT partition, owner, version, claimed_on FROM xrm_listener_ownership
         WHERE namespace = ?1 AND hub = ?2 AND consumer_group = ?3",
    )?;
    let rows = select.query_map(params![namespace, hub, group], |row| {
        let (partition, version): (String, i64) = (row.get(0)?, row.get(2)?);
        let age = age(time(row.get(3)?), now);
        Ok(Ownership::new(partition, row.get(1)?, version.to_string(), age))
    })?;
    rows.collect()
}

pub(super) fn claim(
    connection: &Connection,
    stream: &StreamName,
    listener: &str,
    claims: &[Claim],
    now: DateTime<Utc>,
) -> Result<Vec<Ownership>> {
    let mut claimed = Vec::new();
    for claim in claims {
        if let Some(version) = claim_one(connection, stream, listener, claim, now)? {
            let owner = Some(listener.to_owned());
            let version = version.to_string();
            claimed.push(Ownership::new(&*claim.partition, owner, version, Duration::ZERO));
        }
    }
    Ok(claimed)
}

/// Claims a partition, and returns the new version.
fn claim_one(
    connection: &Connection,
    StreamName { namespace, hub, group }: &StreamName,
    listener: &str,
    claim: &Claim,
    now: DateTime<Utc>,
) -> Result<Option<i64>> {
    let now = microseconds(now);
    let Some(version) = &claim.version else {
        let insert = "INSERT OR IGNORE INTO xrm_listener_ownership
             (namespace, hub, consumer_group, partition, owner, version, claimed_on)
             VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)";
        let inserted = connection.prepare_cached(insert)?.execute(params![
            namespace,
            hub,
            group,
            claim.partition,
            listener,
            now
        ])?;
        return Ok((inserted == 1).then_some(1));
    };
    // What is no number is no version of this store.
    let Ok(version) = version.parse::<i64>() else { return Ok(None) };
    let update = "UPDATE xrm_listener_ownership SET owner = ?5, version = version + 1, claimed_on = ?6
         WHERE namespace = ?1 AND hub = ?2 AND consumer_group = ?3 AND partition = ?4 AND version = ?7";
    let updated = connection.prepare_cached(update)?.execute(params![
        namespace,
        hub,
        group,
        claim.partition,
        listener,
        now,
        version
    ])?;
    Ok((updated == 1).then_some(version + 1))
}

pub(super) fn release(
    connection: &Connection,
    StreamName { namespace, hub, group }: &StreamName,
    listener: &str,
    partitions: &[String],
) -> Result<()> {
    let mut update = connection.prepare_cached(
        "UPDATE xrm_listener_ownership SET owner = NULL, version = version + 1
         WHERE namespace = ?1 AND hub = ?2 AND consumer_group = ?3 AND partition = ?4 AND owner = ?5",
    )?;
    for partition in partitions {
        update.execute(params![namespace, hub, group, partition, listener])?;
    }
    Ok(())
}

pub(super) fn checkpoints(
    connection: &Connection,
    StreamName { namespace, hub, group }: &StreamName,
) -> Result<Vec<Checkpoint>> {
    let mut select = connection.prepare_cached(
        "SELECT partition, sequence_number, event_offset FROM xrm_listener_checkpoint
         WHERE namespace = ?1 AND hub = ?2 AND consumer_group = ?3",
    )?;
    let rows = select.query_map(params![namespace, hub, group], |row| {
        let (partition, offset): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(Checkpoint::new(partition, row.get(1)?, offset))
    })?;
    rows.collect()
}

pub(super) fn set_checkpoint(
    connection: &Connection,
    stream: &StreamName,
    listener: Option<&str>,
    checkpoint: &Checkpoint,
) -> Result<bool> {
    let StreamName { namespace, hub, group } = stream;
    let partition = &checkpoint.partition;
    if let Some(listener) = listener {
        let mut select = connection.prepare_cached(
            "SELECT owner FROM xrm_listener_ownership
             WHERE namespace = ?1 AND hub = ?2 AND consumer_group = ?3 AND partition = ?4",
        )?;
        let owner: Option<Option<String>> = select
            .query_row(params![namespace, hub, group, partition], |row| row.get(0))
            .optional()?;
        if owner.flatten().as_deref() != Some(listener) {
            return Ok(false);
        }
    }
    let mut upsert = connection.prepare_cached(
        "INSERT INTO xrm_listener_checkpoint
             (namespace, hub, consumer_group, partition, sequence_number, event_offset)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE
         SET sequence_number = excluded.sequence_number, event_offset = excluded.event_offset
         WHERE ?7 OR sequence_number < excluded.sequence_number",
    )?;
    let Checkpoint { sequence_number, offset, .. } = checkpoint;
    let is_by_hand = listener.is_none();
    upsert.execute(params![
        namespace,
        hub,
        group,
        partition,
        sequence_number,
        offset,
        is_by_hand
    ])?;
    Ok(true)
}
