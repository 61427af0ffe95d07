-- Rows of one file that have their key in common: versions of one record. Of a key that only a registry completes, what the sender writes of it counts.
--
-- In: judged. Out: line, same_key, record_version, record_withdrawn, row_hash. Grain: a line whose key another line has too.
SELECT line, same_key, record_version, record_withdrawn, row_hash
FROM (
  SELECT line, same_key, record_version, record_withdrawn, row_hash, count(*) OVER (PARTITION BY same_key) AS lines
  FROM (
    SELECT line, coalesce(record_key, sent_key) AS same_key, record_version, record_withdrawn, row_hash
    FROM judged
    WHERE outcome = 'row'
  ) AS keyed
  WHERE same_key IS NOT NULL
) AS counted
WHERE lines > 1
