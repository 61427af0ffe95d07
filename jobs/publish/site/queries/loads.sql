-- What was received, by dataset: of all senders of the warehouse.
SELECT
  dataset,
  count(*) AS objects,
  count(*) FILTER (WHERE state = 'failed') AS failed,
  count(*) FILTER (WHERE state = 'held') AS held,
  sum(rows_read) AS rows_read,
  sum(rows_accepted) AS rows_accepted,
  sum(rows_rejected) AS rows_rejected,
  sum(rows_duplicate) AS rows_duplicate,
  sum(rows_withheld) AS rows_withheld,
  max(received_at) AS last_received
FROM ops.load
GROUP BY dataset
ORDER BY dataset
