-- Enqueues a job, in the transaction of its caller, for applications in any language. The arguments
-- are those of a prepared job; another set of them will be another function, and this one stays.
--
-- With a partition key, the transaction must be READ COMMITTED: the jobs of a key are looked at once
-- the key is locked, and with an older snapshot nobody would find out that an earlier job has been
-- completed meanwhile.
CREATE FUNCTION {schema}.enqueue_v1(
    id uuid,
    endpoint text,
    name text,
    content_type text,
    body bytea,
    -- Pairs of name and value.
    properties text DEFAULT '[]',
    message_name text DEFAULT '',
    primary_entity_type text DEFAULT '',
    regarding_object_id uuid DEFAULT NULL,
    correlation_id uuid DEFAULT '00000000-0000-0000-0000-000000000000',
    request_id uuid DEFAULT NULL,
    -- The id of the job by default.
    operation_id uuid DEFAULT NULL,
    owning_extension_id uuid DEFAULT NULL,
    depth integer DEFAULT 1,
    -- The time of the call by default.
    created_on timestamptz DEFAULT NULL,
    -- The id of the job by default.
    message_id uuid DEFAULT NULL,
    partition_key text DEFAULT NULL,
    auto_delete boolean DEFAULT false,
    -- Whether workers are notified at the commit, which then waits for the commits of all others
    -- that notify.
    notify boolean DEFAULT false
) RETURNS uuid LANGUAGE plpgsql AS $xrm_jobs_enqueue$
#variable_conflict use_variable
DECLARE
    jobs CONSTANT regclass := $xrm_jobs_table${schema}.asyncoperation$xrm_jobs_table$::regclass;
    created CONSTANT bigint :=
        round(extract(epoch FROM coalesce(created_on, clock_timestamp())) * 1000000)::bigint;
    zero CONSTANT bytea := decode('00', 'hex');
    waits boolean := false;
    stored bigint;
BEGIN
    IF (SELECT coalesce(bool_or(CASE jsonb_typeof(pair)
            WHEN 'array' THEN jsonb_array_length(pair) <> 2 OR jsonb_typeof(pair -> 0) <> 'string'
                OR jsonb_typeof(pair -> 1) <> 'string'
            ELSE true END), false)
        FROM jsonb_array_elements(properties::jsonb) AS pair)
    THEN
        RAISE EXCEPTION 'expected properties as pairs of texts, [["name","value"]]'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF partition_key IS NOT NULL THEN
        IF current_setting('transaction_isolation') <> 'read committed' THEN
            RAISE EXCEPTION 'a job with a partition key needs a READ COMMITTED transaction'
                USING ERRCODE = 'invalid_transaction_state';
        END IF;
        -- The same lock and the same look as those of the store's own inserts.
        PERFORM pg_advisory_xact_lock(
            hashtextextended(partition_key, hashtextextended(endpoint, jobs::oid::bigint)));
        waits := EXISTS (
            SELECT FROM {schema}.asyncoperation AS other
            WHERE other.endpoint = enqueue_v1.endpoint
                AND other.partitionkey = enqueue_v1.partition_key AND other.statecode <> 3);
    END IF;
    INSERT INTO {schema}.asyncoperation (
        asyncoperationid, name, operationtype, endpoint, messagename, primaryentitytype,
        regardingobjectid, correlationid, requestid, operationid, owningextensionid, depth,
        createdon, messageid, partitionkey, autodelete, statecode, statuscode, modifiedon,
        retrycount, attempts, dueon, revision, isblocked
    ) VALUES (
        id, name, 1, endpoint, message_name, primary_entity_type,
        regarding_object_id, correlation_id, request_id, coalesce(operation_id, id),
        owning_extension_id, depth, created, coalesce(message_id, id), partition_key, auto_delete,
        0, 0, created, 0, '[]', created, 1, waits
    ) RETURNING sequence INTO stored;
    INSERT INTO {schema}.payload (
        sequence, contenttype, properties, encoding, length, checksum, body
    ) VALUES (
        stored, content_type, properties, 0, length(body),
        sha256(uuid_send(id) || convert_to(content_type, 'UTF8') || zero
            || convert_to(properties, 'UTF8') || zero || body),
        body
    );
    IF notify THEN
        PERFORM pg_notify('xrm_jobs', (
            SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE pg_class.oid = jobs));
    END IF;
    RETURN id;
END
$xrm_jobs_enqueue$;
