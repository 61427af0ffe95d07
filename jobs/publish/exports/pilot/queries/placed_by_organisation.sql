-- Whether each row of the registry is of an organisation that has been in one of the pilot's units by the day; the sheet itself gives the code of a unit alone.
CREATE OR REPLACE TEMP VIEW placed AS
SELECT s.object_id, s.line, upper(s.organ_id) IN (SELECT code FROM own_code WHERE kind = 'organisation') AS is_own
FROM standard AS s
