-- Version 1. Times are microseconds since 1970; the view `systemjob` shows them as such.

-- A job: the platform's columns under its names, and what the store needs to find work.
CREATE TABLE {schema}.asyncoperation (
    -- The order in which jobs were stored. Rows are found by it wherever it is known: ids are random,
    -- so those of neighbours are far apart.
    sequence bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    asyncoperationid uuid NOT NULL UNIQUE,
    name text NOT NULL,
    operationtype integer NOT NULL,
    endpoint text NOT NULL,
    messagename text NOT NULL,
    primaryentitytype text NOT NULL,
    regardingobjectid uuid,
    correlationid uuid NOT NULL,
    requestid uuid,
    operationid uuid NOT NULL,
    owningextensionid uuid,
    depth integer NOT NULL,
    createdon bigint NOT NULL,
    messageid uuid NOT NULL,
    partitionkey text,
    autodelete boolean NOT NULL,
    statecode integer NOT NULL,
    statuscode integer NOT NULL,
    modifiedon bigint NOT NULL,
    startedon bigint,
    completedon bigint,
    postponeuntil bigint,
    retrycount bigint NOT NULL,
    errorcode integer,
    message text,
    friendlymessage text,
    hostid text,
    cause text,
    leaseuntil bigint,
    attempts text NOT NULL,
    -- When a worker has to look at the job, if ever.
    dueon bigint,
    revision bigint NOT NULL,
    -- Whether an earlier job of the same endpoint and partition key is not completed.
    isblocked boolean NOT NULL
) WITH (
    -- Each job is written three times or more, and vacuumed soon after.
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.05
);

-- Ready jobs are due whatever the time is, others when their time comes, so they are looked for
-- apart: in one index, workers would walk over all that is due later.
CREATE INDEX asyncoperation_ready ON {schema}.asyncoperation (endpoint, dueon, sequence)
    WHERE statecode = 0 AND NOT isblocked;
CREATE INDEX asyncoperation_timed ON {schema}.asyncoperation (endpoint, dueon, sequence)
    WHERE statecode <> 0 AND dueon IS NOT NULL AND NOT isblocked;
CREATE INDEX asyncoperation_lane ON {schema}.asyncoperation (endpoint, partitionkey, sequence)
    WHERE partitionkey IS NOT NULL AND statecode <> 3;
-- The order of queries and of their pages, for each status and for all. Workers ask time and again
-- which jobs of an endpoint are held back by a cause, which this tells without a look at the jobs.
CREATE INDEX asyncoperation_created ON {schema}.asyncoperation (createdon, asyncoperationid);
CREATE INDEX asyncoperation_status
    ON {schema}.asyncoperation (statuscode, createdon, asyncoperationid, endpoint, cause);

-- The message of a job, which changes of the job do not write again.
CREATE TABLE {schema}.payload (
    sequence bigint PRIMARY KEY REFERENCES {schema}.asyncoperation ON DELETE CASCADE,
    contenttype text NOT NULL,
    properties text NOT NULL,
    encoding integer NOT NULL,
    length bigint NOT NULL,
    body bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02);
-- What is worth it was compressed before.
ALTER TABLE {schema}.payload ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE VIEW {schema}.systemjob AS
SELECT
    asyncoperationid, name, operationtype, endpoint, messagename, primaryentitytype, regardingobjectid,
    correlationid, requestid, operationid, owningextensionid, depth,
    to_timestamp(createdon / 1000000.0) AS createdon,
    messageid, partitionkey, autodelete, statecode, statuscode,
    to_timestamp(modifiedon / 1000000.0) AS modifiedon,
    to_timestamp(startedon / 1000000.0) AS startedon,
    to_timestamp(completedon / 1000000.0) AS completedon,
    to_timestamp(postponeuntil / 1000000.0) AS postponeuntil,
    retrycount, errorcode, message, friendlymessage, hostid, cause,
    to_timestamp(leaseuntil / 1000000.0) AS leaseuntil,
    attempts, revision, sequence, isblocked
FROM {schema}.asyncoperation;
