-- The order of `sequence` is the order in which jobs were stored. A number may be given again when
-- the job that had the highest one is deleted, which changes nothing about the order of the others.
CREATE TABLE asyncoperation (
    sequence INTEGER PRIMARY KEY,
    asyncoperationid BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    operationtype INTEGER NOT NULL,
    endpoint TEXT NOT NULL,
    messagename TEXT NOT NULL,
    primaryentitytype TEXT NOT NULL,
    regardingobjectid BLOB,
    correlationid BLOB NOT NULL,
    requestid BLOB,
    operationid BLOB NOT NULL,
    owningextensionid BLOB,
    depth INTEGER NOT NULL,
    createdon INTEGER NOT NULL,
    messageid BLOB NOT NULL,
    partitionkey TEXT,
    autodelete INTEGER NOT NULL,
    statecode INTEGER NOT NULL,
    statuscode INTEGER NOT NULL,
    modifiedon INTEGER NOT NULL,
    startedon INTEGER,
    completedon INTEGER,
    postponeuntil INTEGER,
    retrycount INTEGER NOT NULL,
    errorcode INTEGER,
    message TEXT,
    friendlymessage TEXT,
    hostid TEXT,
    cause TEXT,
    leaseuntil INTEGER,
    attempts TEXT NOT NULL,
    dueon INTEGER,
    revision INTEGER NOT NULL,
    -- Whether a job of the same endpoint and partition key was stored before and is not completed.
    isblocked INTEGER NOT NULL
) STRICT;

-- What a worker may take whatever the time is, and what it may take when the time has come. Each
-- holds open work alone, in the order in which it is taken, so that a claim reads as many entries
-- as it takes jobs, however many there are.
CREATE INDEX ready ON asyncoperation (endpoint, dueon, sequence)
    WHERE statecode = 0 AND isblocked = 0;
CREATE INDEX timed ON asyncoperation (endpoint, dueon, sequence)
    WHERE statecode > 0 AND isblocked = 0 AND dueon IS NOT NULL;

-- The jobs of each partition key that are not completed.
CREATE INDEX lane ON asyncoperation (endpoint, partitionkey, sequence)
    WHERE statecode < 3 AND partitionkey IS NOT NULL;

-- The order of queries and of their pages, for each status and for all. Workers ask time and again
-- which jobs of an endpoint are held back by a cause, which this tells without a look at the jobs.
CREATE INDEX creation ON asyncoperation (createdon, asyncoperationid);
CREATE INDEX status ON asyncoperation (statuscode, createdon, asyncoperationid, endpoint, cause);

-- By the job's sequence and not by its id: new messages then stand at the end of the table, where
-- ids are as random as they come.
CREATE TABLE payload (
    sequence INTEGER PRIMARY KEY REFERENCES asyncoperation (sequence) ON DELETE CASCADE,
    contenttype TEXT NOT NULL,
    properties TEXT NOT NULL,
    encoding INTEGER NOT NULL,
    length INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
