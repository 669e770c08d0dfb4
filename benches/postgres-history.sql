-- What it costs to get rid of completed jobs: by deleting them in batches from the table of all jobs, and
-- by moving each completed job to a history of partitions, which are dropped as a whole.
--
--     .ci/with-postgres bash -c 'psql "$XRM_EVENTHUB_TEST_POSTGRES" -Xqf benches/postgres-history.sql'
--
-- 200,000 jobs are completed in transactions of 64, with the columns and indexes of the store. Bytes of log are
-- what does not depend on the machine and its load.
\set jobs 200000
\set ON_ERROR_STOP on
\pset footer off
SET client_min_messages = warning;
\set migrations `cat crates/xrm-jobs/src/postgres/migrations/1.sql crates/xrm-jobs/src/postgres/migrations/expiry.sql | sed 's/{schema}/history_bench/g'`
CREATE SCHEMA history_bench;
:migrations
SET search_path = history_bench;

CREATE PROCEDURE fill(jobs int) LANGUAGE sql AS $$
    TRUNCATE asyncoperation CASCADE;
    INSERT INTO asyncoperation (asyncoperationid, name, operationtype, endpoint, messagename,
        primaryentitytype, correlationid, operationid, depth, createdon, messageid, autodelete,
        statecode, statuscode, modifiedon, startedon, retrycount, hostid, leaseuntil, attempts, dueon,
        revision, isblocked)
    SELECT gen_random_uuid(), 'accounts: Update of account', 1, 'accounts', 'Update', 'account',
        gen_random_uuid(), gen_random_uuid(), 1, n, gen_random_uuid(), false, 2, 20, n, n, 1, 'host-1', n,
        '[{"number":1,"host_id":"host-1","started_on":"2024-10-04T00:00:00Z","ended_on":null}]', n, 2, false
    FROM generate_series(1, jobs) AS n;
$$;

-- In place: an update, and a deletion of the oldest for every third transaction.
CREATE PROCEDURE in_place(jobs int) LANGUAGE plpgsql AS $$
DECLARE first bigint := (SELECT min(sequence) FROM asyncoperation);
BEGIN
    FOR done IN 0 .. jobs - 64 BY 64 LOOP
        UPDATE asyncoperation SET statecode = 3, statuscode = 30, modifiedon = done, completedon = done,
            leaseuntil = NULL, dueon = NULL, revision = 3
        WHERE sequence BETWEEN first + done AND first + done + 63;
        COMMIT;
        IF done % 192 = 0 THEN
            DELETE FROM asyncoperation WHERE sequence IN (
                SELECT sequence FROM asyncoperation
                WHERE statecode = 3 AND statuscode = 30 AND completedon < done - 20000
                ORDER BY completedon LIMIT 192 FOR UPDATE SKIP LOCKED);
            COMMIT;
        END IF;
    END LOOP;
END $$;

-- The history: the same columns and, on each partition, the indexes that queries need.
CREATE TABLE completed (LIKE asyncoperation) PARTITION BY RANGE (completedon);
CREATE INDEX ON completed (asyncoperationid);
CREATE INDEX ON completed (createdon, asyncoperationid);
CREATE INDEX ON completed (statuscode, createdon, asyncoperationid, endpoint, cause);
CREATE PROCEDURE to_history(jobs int) LANGUAGE plpgsql AS $$
DECLARE first bigint := (SELECT min(sequence) FROM asyncoperation);
BEGIN
    FOR done IN 0 .. jobs - 64 BY 64 LOOP
        IF done % 20032 = 0 THEN
            EXECUTE format('CREATE TABLE completed_%s PARTITION OF completed FOR VALUES FROM (%s) TO (%s)',
                done, done, done + 20032);
            EXECUTE format('DROP TABLE IF EXISTS %I', 'completed_' || done - 2 * 20032);
            COMMIT;
        END IF;
        WITH gone AS (
            DELETE FROM asyncoperation WHERE sequence BETWEEN first + done AND first + done + 63
            RETURNING *
        ) INSERT INTO completed
        SELECT sequence, asyncoperationid, name, operationtype, endpoint, messagename, primaryentitytype,
            regardingobjectid, correlationid, requestid, operationid, owningextensionid, depth, createdon,
            messageid, partitionkey, autodelete, 3, 30, done, startedon, done, postponeuntil, retrycount,
            errorcode, message, friendlymessage, hostid, cause, NULL, attempts, NULL, 3, isblocked
        FROM gone;
        COMMIT;
    END LOOP;
END $$;

CALL fill(:jobs); CHECKPOINT;
SELECT pg_current_wal_insert_lsn() AS log, clock_timestamp() AS began \gset
CALL in_place(:jobs);
SELECT 'deleted in batches' AS what, round((pg_current_wal_insert_lsn() - :'log') / :jobs) AS "bytes of log for a job",
    round(extract(epoch FROM clock_timestamp() - :'began') * 1e6 / :jobs) AS "us for a job";
CALL fill(:jobs); CHECKPOINT;
SELECT pg_current_wal_insert_lsn() AS log, clock_timestamp() AS began \gset
CALL to_history(:jobs);
SELECT 'moved to partitions' AS what, round((pg_current_wal_insert_lsn() - :'log') / :jobs) AS "bytes of log for a job",
    round(extract(epoch FROM clock_timestamp() - :'began') * 1e6 / :jobs) AS "us for a job";
DROP SCHEMA history_bench CASCADE;
