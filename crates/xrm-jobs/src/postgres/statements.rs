//! The statements that the store sends to the server.
//!
//! Many jobs are written by one statement: each column is a parameter, an array with one element for
//! each job, and `unnest` makes rows of the arrays. So the text of a statement is the same for any
//! number of jobs, and each connection prepares it once.

use crate::sql::{DescriptionRecord, PayloadRecord, ProgressRecord};
use crate::status::StatusCode;

/// The statements of every operation, for the tables of one schema.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) lock_keys: String,
    pub(super) unblock_keys: String,
    pub(super) insert_jobs: String,
    pub(super) insert_payloads: String,
    pub(super) taken_ids: String,
    pub(super) lock_jobs: String,
    pub(super) update_jobs: String,
    pub(super) delete_succeeded: String,
    pub(super) replace_jobs: String,
    pub(super) claim_jobs: String,
    pub(super) begin_jobs: String,
    pub(super) lock_leases: String,
    pub(super) renew_leases: String,
    pub(super) next_due: String,
    pub(super) job: String,
    pub(super) payload: String,
    pub(super) statuses: String,
    pub(super) delete_completed: String,
    pub(super) expire: String,
    /// Jobs, to be followed by a clause.
    pub(super) jobs: String,
    /// Counts of jobs, with a clause between the two parts.
    pub(super) counts: (String, &'static str),
}

impl Statements {
    pub(super) fn new(schema: &str) -> Self {
        let tables = Tables {
            jobs: format!("{schema}.asyncoperation"),
            payloads: format!("{schema}.payload"),
        };
        let jobs = &tables.jobs;
        let columns = job_columns().join(", ");
        Self {
            lock_keys: tables.lock_keys(),
            unblock_keys: tables.unblock_keys(),
            insert_jobs: tables.insert_jobs(),
            insert_payloads: tables.insert_payloads(),
            taken_ids: format!(
                "SELECT asyncoperationid FROM {jobs} WHERE asyncoperationid = ANY ($1)"
            ),
            lock_jobs: tables.lock_jobs("asyncoperationid, revision"),
            update_jobs: tables.update_jobs(),
            delete_succeeded: tables.delete_succeeded(),
            replace_jobs: tables.replace_jobs(),
            claim_jobs: tables.claim_jobs(),
            begin_jobs: tables.begin_jobs(),
            lock_leases: tables.lock_jobs(&format!("{columns}, {SERVER_TIME}")),
            renew_leases: tables.renew_leases(),
            next_due: tables.next_due(),
            job: format!("SELECT {columns} FROM {jobs} WHERE asyncoperationid = $1"),
            payload: tables.payload(),
            statuses: format!(
                "SELECT asyncoperationid, statecode, statuscode FROM {jobs}
                WHERE asyncoperationid = ANY ($1)"
            ),
            delete_completed: tables.delete_completed(),
            expire: tables.expire(),
            jobs: format!("SELECT {columns} FROM {jobs}"),
            counts: (
                format!("SELECT statecode, statuscode, count(*) FROM {jobs}"),
                "GROUP BY statecode, statuscode",
            ),
        }
    }
}

/// The quoted names of the tables.
struct Tables {
    jobs: String,
    payloads: String,
}

impl Tables {
    /// Locks the partition keys given as arrays of endpoint and key until the transaction ends:
    /// nobody else inserts or completes jobs that have them.
    fn lock_keys(&self) -> String {
        // There may be no row to lock, because the first job of a key is what an insert is about to
        // store. So these are advisory locks on a hash of the table, the endpoint and the key. Two
        // keys with the same hash wait for each other, which is harmless.
        //
        // Sorted, because two transactions that lock the same keys in different orders would wait
        // for each other for ever.
        format!(
            "SELECT pg_advisory_xact_lock(key) FROM (
                SELECT DISTINCT hashtextextended(partitionkey,
                    hashtextextended(endpoint, '{jobs}'::regclass::oid::bigint)) AS key
                FROM unnest($1::text[], $2::text[]) AS given (endpoint, partitionkey)
                ORDER BY key
            ) AS keys",
            jobs = self.jobs.replace('\'', "''"),
        )
    }

    /// Lets the first uncompleted job of each key be claimed.
    fn unblock_keys(&self) -> String {
        // The keys are locked, so the first job stays the first. A job that is first already is
        // not written again: each write of a row makes a new version of it.
        let jobs = &self.jobs;
        format!(
            "UPDATE {jobs} AS job SET isblocked = false FROM (
                SELECT first.sequence
                FROM unnest($1::text[], $2::text[]) AS given (endpoint, partitionkey)
                CROSS JOIN LATERAL (
                    SELECT sequence, isblocked FROM {jobs} AS other
                    WHERE other.endpoint = given.endpoint
                        AND other.partitionkey = given.partitionkey AND other.statecode <> 3
                    ORDER BY other.sequence LIMIT 1
                ) AS first
                WHERE first.isblocked
            ) AS freed WHERE job.sequence = freed.sequence"
        )
    }

    /// Inserts jobs, and blocks those that have to wait for another one of their partition key.
    fn insert_jobs(&self) -> String {
        // A job waits for an uncompleted one of its key that is stored already. Those that come
        // before it in the same call (`follows`) are not visible to the statement, so the caller
        // says which they are. `ORDER BY` gives the jobs their sequences in the order of the call.
        let (jobs, columns) = (&self.jobs, job_columns().join(", "));
        let arrays =
            arrays(&[DescriptionRecord::TYPES, ProgressRecord::TYPES, &["boolean"]].concat());
        format!(
            "INSERT INTO {jobs} ({columns}, isblocked)
            SELECT {columns}, follows OR (
                partitionkey IS NOT NULL AND statecode <> 3 AND coalesce((
                    SELECT true FROM {jobs} AS other
                    WHERE other.endpoint = new.endpoint
                        AND other.partitionkey = new.partitionkey AND other.statecode <> 3
                    LIMIT 1
                ), false))
            FROM unnest({arrays}) WITH ORDINALITY AS new ({columns}, follows, position)
            ORDER BY position"
        )
    }

    /// Inserts messages.
    fn insert_payloads(&self) -> String {
        // The jobs were inserted by a statement before, whose sequences the caller does not know:
        // both are sent without waiting for an answer. So the sequences are looked up here.
        let Self { jobs, payloads } = self;
        let columns = PayloadRecord::COLUMNS.join(", ");
        let arrays = arrays(&["uuid", "text", "text", "integer", "bigint", "bytea", "bytea"]);
        format!(
            "INSERT INTO {payloads} (sequence, {columns})
            SELECT (SELECT sequence FROM {jobs} WHERE asyncoperationid = new.id), {columns}
            FROM unnest({arrays}) AS new (id, {columns})"
        )
    }

    /// Locks jobs and selects some of their columns.
    fn lock_jobs(&self, columns: &str) -> String {
        // Sorted, so that no two transactions lock the same rows in different orders.
        let jobs = &self.jobs;
        format!(
            "SELECT {columns} FROM {jobs}
            WHERE asyncoperationid = ANY ($1) ORDER BY asyncoperationid FOR UPDATE"
        )
    }

    /// Writes the progress of those jobs that have the expected revision, drops the messages that
    /// are kept no longer, and returns the ids of the jobs.
    fn update_jobs(&self) -> String {
        // The condition on the revision is the compare-and-set that makes concurrent workers safe.
        // The message is dropped by the same statement, so it costs no round trip of its own.
        let Self { jobs, payloads } = self;
        let columns = ProgressRecord::COLUMNS.join(", ");
        let assignments = assignments(ProgressRecord::COLUMNS);
        let arrays = arrays(&[&["uuid", "bigint", "boolean"], ProgressRecord::TYPES].concat());
        format!(
            "WITH changed AS (
                UPDATE {jobs} AS job SET {assignments}
                FROM unnest({arrays}) AS new (id, expected, drops, {columns})
                WHERE job.asyncoperationid = new.id AND job.revision = new.expected
                RETURNING job.asyncoperationid, job.sequence, new.drops
            ), dropped AS (
                DELETE FROM {payloads} AS payload USING changed
                WHERE changed.drops AND payload.sequence = changed.sequence
            )
            SELECT asyncoperationid FROM changed"
        )
    }

    /// Deletes those jobs that have the expected revision, because they succeeded and their steps
    /// asked for it, and returns their ids.
    fn delete_succeeded(&self) -> String {
        // An update like any other, so it needs the expected revision. The message goes with the job
        // by its foreign key.
        let jobs = &self.jobs;
        format!(
            "DELETE FROM {jobs} AS job
            USING unnest($1::uuid[], $2::bigint[]) AS old (id, expected)
            WHERE job.asyncoperationid = old.id AND job.revision = old.expected
            RETURNING job.asyncoperationid"
        )
    }

    /// Writes every column of jobs that have the expected revision.
    fn replace_jobs(&self) -> String {
        let jobs = &self.jobs;
        let all = job_columns();
        let (columns, assignments) = (all.join(", "), assignments(&all));
        let arrays =
            arrays(&[&["bigint"], DescriptionRecord::TYPES, ProgressRecord::TYPES].concat());
        format!(
            "UPDATE {jobs} AS job SET {assignments}
            FROM unnest({arrays}) AS new (expected, {columns})
            WHERE job.asyncoperationid = new.asyncoperationid AND job.revision = new.expected"
        )
    }

    /// Locks the jobs that have been due longest at the time `$2` or, if it is null, at the server's,
    /// and selects them with their messages, their sequences and the server's time.
    fn claim_jobs(&self) -> String {
        // `SKIP LOCKED` leaves out what another worker is claiming at this moment, so workers do not
        // wait for each other and never get the same job.
        //
        // Ready jobs are due whatever the time is, and have an index apart from the others. Each of
        // the two searches reads and locks the first entries of its index. `MATERIALIZED` keeps the
        // server from merging the searches into one that would lock more rows than it returns. Up to
        // twice the limit are locked; those that are not returned are free again at the commit.
        let Self { jobs, payloads } = self;
        let all = job_columns();
        let columns = all.join(", ");
        let first = "ORDER BY dueon, sequence LIMIT $3::bigint FOR UPDATE SKIP LOCKED";
        let is_known = is_known();
        format!(
            "WITH ready AS MATERIALIZED (
                SELECT {columns}, sequence FROM {jobs}
                WHERE endpoint = $1 AND statecode = 0 AND NOT isblocked AND {is_known}
                {first}
            ), timed AS MATERIALIZED (
                SELECT {columns}, sequence FROM {jobs}
                WHERE endpoint = $1 AND statecode <> 0 AND NOT isblocked
                    AND dueon <= coalesce($2::bigint, {SERVER_TIME})
                    AND {is_known}
                {first}
            ), due AS (
                SELECT * FROM ready UNION ALL SELECT * FROM timed
                ORDER BY dueon, sequence LIMIT $3
            )
            SELECT {due}, {payload}, due.sequence, {SERVER_TIME} FROM due
            LEFT JOIN {payloads} AS payload USING (sequence)
            ORDER BY due.dueon, due.sequence",
            due = prefixed("due", &all),
            payload = prefixed("payload", PayloadRecord::COLUMNS),
        )
    }

    /// Writes the progress of claimed jobs, given by their sequences.
    fn begin_jobs(&self) -> String {
        // The rows are locked by the claim, so their revisions are those that were read.
        let jobs = &self.jobs;
        let columns = ProgressRecord::COLUMNS.join(", ");
        let assignments = assignments(ProgressRecord::COLUMNS);
        let arrays = arrays(&[&["bigint"], ProgressRecord::TYPES].concat());
        format!(
            "UPDATE {jobs} AS job SET {assignments}
            FROM unnest({arrays}) AS new (sequence, {columns})
            WHERE job.sequence = new.sequence"
        )
    }

    /// Writes the new leases of jobs that are locked.
    fn renew_leases(&self) -> String {
        // The revision stays as it is: the worker that renews goes on with the job as it knows it,
        // and has to be able to record its outcome.
        let jobs = &self.jobs;
        format!(
            "UPDATE {jobs} AS job SET leaseuntil = new.leaseuntil, dueon = new.dueon
            FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS new (id, leaseuntil, dueon)
            WHERE job.asyncoperationid = new.id"
        )
    }

    /// The earliest due time of an endpoint: the first entry of each index that a claim reads.
    fn next_due(&self) -> String {
        // `least` ignores a null, which is what a search that finds nothing comes to.
        let (jobs, is_known) = (&self.jobs, is_known());
        format!(
            "SELECT least((
                SELECT dueon FROM {jobs}
                WHERE endpoint = $1 AND statecode = 0 AND NOT isblocked AND {is_known}
                ORDER BY dueon, sequence LIMIT 1
            ), (
                SELECT dueon FROM {jobs}
                WHERE endpoint = $1 AND statecode <> 0 AND dueon IS NOT NULL AND NOT isblocked
                    AND {is_known}
                ORDER BY dueon, sequence LIMIT 1
            ))"
        )
    }

    /// The message of a job: a row of nulls if it was dropped, no row if there is no such job.
    fn payload(&self) -> String {
        // From the job, because it is its row that has the id: the payload has the sequence alone.
        let Self { jobs, payloads } = self;
        let columns = prefixed("payload", PayloadRecord::COLUMNS);
        format!(
            "SELECT {columns} FROM {jobs} AS job
            LEFT JOIN {payloads} AS payload USING (sequence)
            WHERE asyncoperationid = $1"
        )
    }

    /// Deletes completed jobs and returns their ids.
    fn delete_completed(&self) -> String {
        // The subquery locks the rows in the order of their ids, which `DELETE` alone does not
        // promise.
        let jobs = &self.jobs;
        format!(
            "DELETE FROM {jobs} WHERE asyncoperationid IN (
                SELECT asyncoperationid FROM {jobs}
                WHERE asyncoperationid = ANY ($1) AND statecode = 3
                ORDER BY asyncoperationid FOR UPDATE
            ) RETURNING asyncoperationid"
        )
    }

    /// Deletes the first completed jobs of a status.
    fn expire(&self) -> String {
        // In the order of an index. Workers that delete at the same time take different jobs, and
        // a row that a purge has locked is left to it.
        let jobs = &self.jobs;
        format!(
            "DELETE FROM {jobs} WHERE sequence IN (
                SELECT sequence FROM {jobs}
                WHERE statecode = 3 AND statuscode = $1 AND completedon < $2
                ORDER BY completedon LIMIT $3 FOR UPDATE SKIP LOCKED
            )"
        )
    }
}

/// Leaves the jobs of later versions to their workers. By a sum, so that the server does not look for
/// an index on the status.
fn is_known() -> String {
    let known: Vec<_> = StatusCode::ALL.iter().map(|it| it.number().to_string()).collect();
    format!("statuscode + 0 IN ({})", known.join(", "))
}

/// The server's time in microseconds. That of the statement: a search of an index takes one that does
/// not change while it goes on.
const SERVER_TIME: &str = "(extract(epoch FROM statement_timestamp()) * 1000000)::bigint";

/// The columns of a job, in the order of its records.
fn job_columns() -> Vec<&'static str> {
    [DescriptionRecord::COLUMNS, ProgressRecord::COLUMNS].concat()
}

/// Parameters that are arrays of these types.
fn arrays(types: &[&str]) -> String {
    // With their types, because the server can't tell them from `unnest` alone.
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
