-- Who owns a job, who caused it, and the columns that have no meaning for a worker, as JSON. In the
-- view they come last: a view can be replaced by one with more columns after its own.
ALTER TABLE {schema}.asyncoperation
    ADD COLUMN ownerid uuid,
    ADD COLUMN owningbusinessunit uuid,
    ADD COLUMN createdby uuid,
    ADD COLUMN othercolumns text;

CREATE OR REPLACE VIEW {schema}.systemjob AS
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
    attempts, revision, sequence, isblocked,
    ownerid, owningbusinessunit, createdby, othercolumns
FROM {schema}.asyncoperation;
