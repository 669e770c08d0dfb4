//! What the store says to the server.

use crate::sql::{DescriptionRecord, PayloadRecord, ProgressRecord};

/// Every statement of an operation, for the tables of one schema. A connection prepares each once.
///
/// Many jobs are written by one statement, each column as an array.
#[derive(Debug)]
pub(super) struct Statements {
    /// Takes the lanes given as arrays of endpoint and partition key: nobody else stores jobs in
    /// them, or completes any, until the transaction ends. Sorted, so that nobody waits for
    /// somebody who waits for them.
    pub(super) lock_lanes: String,
    /// Lets the first job of each lane be claimed.
    pub(super) release_lanes: String,
    /// Keeps jobs. Whether an earlier one of the same call is in its lane is told for each.
    pub(super) insert_jobs: String,
    pub(super) insert_payloads: String,
    /// Locks jobs, sorted, and tells their revisions.
    pub(super) lock_jobs: String,
    /// Writes the progress of those jobs that have the expected revision, and drops the messages
    /// that are not to be kept. Tells which jobs had it.
    pub(super) update_jobs: String,
    /// Drops jobs that have the expected revision, and tells which.
    pub(super) drop_jobs: String,
    /// Locks due jobs that nobody else has locked, and tells them with their messages and their
    /// sequences.
    pub(super) claim_jobs: String,
    /// Writes the progress of jobs that are locked, given by their sequences.
    pub(super) begin_jobs: String,
    /// Locks jobs, sorted, and tells them.
    pub(super) lock_leases: String,
    pub(super) renew_leases: String,
    pub(super) next_due: String,
    pub(super) job: String,
    pub(super) payload: String,
    pub(super) statuses: String,
    pub(super) delete_jobs: String,
    /// Which of some ids are taken.
    pub(super) taken_ids: String,
    /// Jobs, to be followed by a clause.
    pub(super) jobs: String,
    /// Counts of jobs, with a place for a clause.
    pub(super) counts: (String, &'static str),
}

impl Statements {
    pub(super) fn of(schema: &str) -> Self {
        let jobs = &format!("{schema}.asyncoperation");
        let payloads = &format!("{schema}.payload");
        let all = &[DescriptionRecord::COLUMNS, ProgressRecord::COLUMNS].concat();
        let columns = &all.join(", ");
        let is_first_claimable = "ORDER BY dueon, sequence LIMIT $3::bigint FOR UPDATE SKIP LOCKED";
        Self {
            lock_lanes: format!(
                "SELECT pg_advisory_xact_lock(key) FROM (
                    SELECT DISTINCT hashtextextended(partitionkey,
                        hashtextextended(endpoint, '{jobs}'::regclass::oid::bigint)) AS key
                    FROM unnest($1::text[], $2::text[]) AS lane (endpoint, partitionkey)
                    ORDER BY key
                ) AS keys",
                jobs = jobs.replace('\'', "''"),
            ),
            release_lanes: format!(
                "UPDATE {jobs} AS job SET isblocked = false FROM (
                    SELECT first.sequence
                    FROM unnest($1::text[], $2::text[]) AS lane (endpoint, partitionkey)
                    CROSS JOIN LATERAL (
                        SELECT sequence, isblocked FROM {jobs} AS other
                        WHERE other.endpoint = lane.endpoint
                            AND other.partitionkey = lane.partitionkey AND other.statecode <> 3
                        ORDER BY other.sequence LIMIT 1
                    ) AS first
                    WHERE first.isblocked
                ) AS freed WHERE job.sequence = freed.sequence"
            ),
            insert_jobs: format!(
                "INSERT INTO {jobs} ({columns}, isblocked)
                SELECT {columns}, follows OR (
                    partitionkey IS NOT NULL AND statecode <> 3 AND coalesce((
                        SELECT true FROM {jobs} AS other
                        WHERE other.endpoint = new.endpoint
                            AND other.partitionkey = new.partitionkey AND other.statecode <> 3
                        LIMIT 1
                    ), false))
                FROM unnest({arrays}) WITH ORDINALITY AS new ({columns}, follows, position)
                ORDER BY position",
                arrays = arrays(
                    &[DescriptionRecord::TYPES, ProgressRecord::TYPES, &["boolean"]].concat()
                ),
            ),
            insert_payloads: format!(
                "INSERT INTO {payloads} (sequence, {columns})
                SELECT (SELECT sequence FROM {jobs} WHERE asyncoperationid = new.id), {columns}
                FROM unnest({arrays}) AS new (id, {columns})",
                columns = PayloadRecord::COLUMNS.join(", "),
                arrays = arrays(&["uuid", "text", "text", "integer", "bigint", "bytea"]),
            ),
            lock_jobs: format!(
                "SELECT asyncoperationid, revision FROM {jobs}
                WHERE asyncoperationid = ANY ($1) ORDER BY asyncoperationid FOR UPDATE"
            ),
            update_jobs: format!(
                "WITH changed AS (
                    UPDATE {jobs} AS job SET {assignments}
                    FROM unnest({arrays}) AS new (id, expected, drops, {columns})
                    WHERE job.asyncoperationid = new.id AND job.revision = new.expected
                    RETURNING job.asyncoperationid, job.sequence, new.drops
                ), dropped AS (
                    DELETE FROM {payloads} AS payload USING changed
                    WHERE changed.drops AND payload.sequence = changed.sequence
                )
                SELECT asyncoperationid FROM changed",
                assignments = assignments(ProgressRecord::COLUMNS),
                columns = ProgressRecord::COLUMNS.join(", "),
                arrays = arrays(&[&["uuid", "bigint", "boolean"], ProgressRecord::TYPES].concat()),
            ),
            drop_jobs: format!(
                "DELETE FROM {jobs} AS job
                USING unnest($1::uuid[], $2::bigint[]) AS old (id, expected)
                WHERE job.asyncoperationid = old.id AND job.revision = old.expected
                RETURNING job.asyncoperationid"
            ),
            claim_jobs: format!(
                "WITH ready AS MATERIALIZED (
                    SELECT {columns}, sequence FROM {jobs}
                    WHERE endpoint = $1 AND statecode = 0 AND NOT isblocked
                    {is_first_claimable}
                ), timed AS MATERIALIZED (
                    SELECT {columns}, sequence FROM {jobs}
                    WHERE endpoint = $1 AND statecode <> 0 AND dueon <= $2 AND NOT isblocked
                    {is_first_claimable}
                ), due AS (
                    SELECT * FROM ready UNION ALL SELECT * FROM timed
                    ORDER BY dueon, sequence LIMIT $3
                )
                SELECT {due}, {payload}, due.sequence FROM due
                LEFT JOIN {payloads} AS payload USING (sequence)
                ORDER BY due.dueon, due.sequence",
                due = prefixed("due", all),
                payload = prefixed("payload", PayloadRecord::COLUMNS),
            ),
            begin_jobs: format!(
                "UPDATE {jobs} AS job SET {assignments}
                FROM unnest({arrays}) AS new (sequence, {columns})
                WHERE job.sequence = new.sequence",
                assignments = assignments(ProgressRecord::COLUMNS),
                columns = ProgressRecord::COLUMNS.join(", "),
                arrays = arrays(&[&["bigint"], ProgressRecord::TYPES].concat()),
            ),
            lock_leases: format!(
                "SELECT {columns} FROM {jobs}
                WHERE asyncoperationid = ANY ($1) ORDER BY asyncoperationid FOR UPDATE"
            ),
            renew_leases: format!(
                "UPDATE {jobs} AS job SET leaseuntil = new.leaseuntil, dueon = new.dueon
                FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS new (id, leaseuntil, dueon)
                WHERE job.asyncoperationid = new.id"
            ),
            next_due: format!(
                "SELECT least((
                    SELECT dueon FROM {jobs}
                    WHERE endpoint = $1 AND statecode = 0 AND NOT isblocked
                    ORDER BY dueon, sequence LIMIT 1
                ), (
                    SELECT dueon FROM {jobs}
                    WHERE endpoint = $1 AND statecode <> 0 AND dueon IS NOT NULL AND NOT isblocked
                    ORDER BY dueon, sequence LIMIT 1
                ))"
            ),
            job: format!("SELECT {columns} FROM {jobs} WHERE asyncoperationid = $1"),
            payload: format!(
                "SELECT {} FROM {jobs} AS job
                LEFT JOIN {payloads} AS payload USING (sequence)
                WHERE asyncoperationid = $1",
                prefixed("payload", PayloadRecord::COLUMNS),
            ),
            statuses: format!(
                "SELECT asyncoperationid, statecode, statuscode FROM {jobs}
                WHERE asyncoperationid = ANY ($1)"
            ),
            delete_jobs: format!(
                "DELETE FROM {jobs} WHERE asyncoperationid IN (
                    SELECT asyncoperationid FROM {jobs}
                    WHERE asyncoperationid = ANY ($1) AND statecode = 3
                    ORDER BY asyncoperationid FOR UPDATE
                ) RETURNING asyncoperationid"
            ),
            taken_ids: format!(
                "SELECT asyncoperationid FROM {jobs} WHERE asyncoperationid = ANY ($1)"
            ),
            jobs: format!("SELECT {columns} FROM {jobs}"),
            counts: (
                format!("SELECT statecode, statuscode, count(*) FROM {jobs}"),
                "GROUP BY statecode, statuscode",
            ),
        }
    }
}

/// Parameters that are arrays of these types.
fn arrays(types: &[&str]) -> String {
    let arrays: Vec<_> =
        (1..).zip(types).map(|(number, kind)| format!("${number}::{kind}[]")).collect();
    arrays.join(", ")
}

fn assignments(columns: &[&str]) -> String {
    let assignments: Vec<_> = columns.iter().map(|it| format!("{it} = new.{it}")).collect();
    assignments.join(", ")
}

fn prefixed(table: &str, columns: &[&str]) -> String {
    let columns: Vec<_> = columns.iter().map(|it| format!("{table}.{it}")).collect();
    columns.join(", ")
}
