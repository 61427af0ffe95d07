-- Keys of which landed rows say something else under the same version than other rows of the batch, or than the row of the table.
--
-- The greatest hash wins, so that the order of arrival does not matter; but nobody has said which of them is right.
--
-- In: judged, existing. Out: keys, their number.
SELECT count(*) AS keys
FROM (
  SELECT v.record_key
  FROM (
    SELECT record_key, record_version, row_hash, true AS is_landed
    FROM judged
    WHERE outcome = 'row' AND valid AND origin = 'landed' AND record_key IS NOT NULL
    UNION ALL
    SELECT record_key, record_version, row_hash, false AS is_landed
    FROM existing
  ) AS v
  GROUP BY v.record_key, v.record_version
  HAVING max(v.is_landed) AND min(v.row_hash) <> max(v.row_hash)
) AS found
