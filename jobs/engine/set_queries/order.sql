-- Which rows are not the newest valid version of their key, and which are equal to a row that was there before; the others are not listed.
--
-- The newest is the maximum of (valid, version, withdrawn, row_hash): a total order, so the order of arrival does not matter. Of equal rows the one of the
-- smallest object is named. A row of bronze stays what it was, a copy or not; where its standardisation changed, that is found out again.
--
-- In: judged; known (row_hash of the rows of bronze that are no copies); run (redefined).
-- Out: object_id, line, newest, repeats.
SELECT object_id, line, newest, repeats
FROM (
  SELECT
    r.object_id, r.line, r.place = 1 AS newest,
    CASE
      WHEN r.origin = 'landed' THEN r.place_among_equals > 1 OR r.is_known
      WHEN run.redefined THEN r.place_among_equals > 1
      ELSE r.origin = 'bronze_copy'
    END AS repeats
  FROM (
    SELECT
      object_id, line, origin, is_known,
      row_number() OVER (
        PARTITION BY version_group
        ORDER BY valid DESC, record_version DESC NULLS LAST, record_withdrawn DESC, row_hash DESC, object_id, line
      ) AS place,
      row_number() OVER (
        PARTITION BY version_group, row_hash
        ORDER BY CASE origin WHEN 'bronze' THEN 0 WHEN 'landed' THEN 1 ELSE 2 END, object_id, line
      ) AS place_among_equals
    FROM (
      SELECT
        object_id, line, origin, valid, row_hash, record_version, record_withdrawn,
        -- A row without a key stands for itself.
        coalesce(record_key, row_hash) AS version_group,
        row_hash IN (SELECT row_hash FROM known) AS is_known
      FROM judged
      WHERE outcome = 'row'
    ) AS lines
  ) AS r
  CROSS JOIN run
) AS ordered
WHERE NOT newest OR repeats
