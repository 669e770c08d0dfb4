-- The completed jobs of each status in the order in which they were completed, which is the order in
-- which workers delete them. New entries come at the end, so this index costs each completion little.
CREATE INDEX asyncoperation_expiry ON {schema}.asyncoperation (statuscode, completedon)
    WHERE statecode = 3;
