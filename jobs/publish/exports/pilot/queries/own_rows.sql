-- The rows of a dataset that are the pilot's: received (as sent, what passed the border alone), what became of each, and what it was standardised to.
--
-- Whose a row is says silver where it is the newest valid version of its record. Any other version, copy or rejected row is told by the code that it names,
-- if it was written while the district was there: codes of units were given anew on 1 July 2025. pad: digits of a unit's code, 0 for other codes.
-- standard: NULL where the row is no newest valid version.
CREATE OR REPLACE TEMP TABLE own AS
WITH named AS (
  SELECT r.object_id, r.line, json_extract_string(to_json(r), '$.' || $field) AS code
  FROM received AS r
), spelt AS (
  SELECT
    object_id, line,
    CASE
      WHEN $pad > 0 AND regexp_full_match(trim(code), '[0-9]+') THEN lpad(trim(code), CAST(greatest($pad, length(trim(code))) AS INTEGER), '0')
      ELSE upper(regexp_replace(code, '\s', '', 'g'))
    END AS code
  FROM named
), mine AS (
  SELECT s.object_id, s.line
  FROM spelt AS s
  JOIN received AS r USING (object_id, line)
  LEFT JOIN placed AS p USING (object_id, line)
  WHERE
    coalesce(
      p.is_own,
      s.code IN (SELECT code FROM own_code WHERE kind = $kind) AND coalesce(CAST(r.record_version AS DATE) <= $day, true)
    )
)
SELECT
  r.object_id, r.line, r.record_version,
  CASE WHEN q.object_id IS NOT NULL THEN 'rejected' WHEN r.copy THEN 'duplicate' ELSE 'accepted' END AS fate,
  q.errors,
  to_json(r) AS received,
  CASE WHEN s.object_id IS NOT NULL THEN to_json(s) END AS standard
FROM received AS r
SEMI JOIN mine USING (object_id, line)
LEFT JOIN rejected AS q ON q.object_id = r.object_id AND q.line = r.line
LEFT JOIN standard AS s ON s.object_id = r.object_id AND s.line = r.line
