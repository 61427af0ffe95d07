-- Keys of which landed rows say something else under the same version than other rows of the batch, or than the row of the table.
--
-- The greatest hash wins, so that the order of arrival does not matter; but nobody has said which of them is right.
--
-- In: judged, existing. Out: keys, their number.
WITH landed AS (
  SELECT record_key, record_version, row_hash
  FROM judged
  WHERE outcome = 'row' AND valid AND origin = 'landed' AND record_key IS NOT NULL
)
SELECT count(*) AS keys
FROM (
  SELECT v.record_key
  FROM (SELECT record_key, record_version, row_hash FROM landed UNION ALL SELECT record_key, record_version, row_hash FROM existing) AS v
  LEFT SEMI JOIN landed AS n ON v.record_key = n.record_key AND v.record_version = n.record_version
  GROUP BY v.record_key, v.record_version
  HAVING count(DISTINCT v.row_hash) > 1
) AS found
