-- Who owns a job, who caused it, and the columns that have no meaning for a worker, as JSON.
ALTER TABLE asyncoperation ADD COLUMN ownerid BLOB;
ALTER TABLE asyncoperation ADD COLUMN owningbusinessunit BLOB;
ALTER TABLE asyncoperation ADD COLUMN createdby BLOB;
ALTER TABLE asyncoperation ADD COLUMN othercolumns TEXT;
