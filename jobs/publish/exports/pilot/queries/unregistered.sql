-- Rows whose organisation the registry does not know, and whose code is of the family of one of the pilot's agencies of district level: below its code
-- (H41.45.…), or ending as its earlier code does (….45.H41). A guess by how the code is made: the registry says nothing of it.
WITH head AS (
  SELECT DISTINCT upper(o.organ_id) || '.' AS starts, '.' || regexp_replace(upper(o.old_organ_id), '^(0+[.])+', '') AS ends
  FROM silver.organisation AS o
  WHERE o.level = 'district' AND NOT o.withdrawn AND upper(o.organ_id) IN (SELECT code FROM own_code WHERE kind = 'organisation')
), unknown AS (
  SELECT q.object_id, q.line, upper(regexp_replace(json_extract_string(to_json(r), '$.' || $field), '\s', '', 'g')) AS code, r.record_version
  FROM rejected AS q
  JOIN received AS r USING (object_id, line)
  WHERE list_contains([e.code FOR e IN q.errors], 'unknown_organisation')
)
SELECT count(*) AS row_count
FROM unknown AS u
WHERE coalesce(CAST(u.record_version AS DATE) <= $day, true)
  AND EXISTS (FROM head AS h WHERE starts_with(u.code, h.starts) OR ends_with(u.code, h.ends))
