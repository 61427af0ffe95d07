-- How many of the pilot's rows were read, and what became of them.
SELECT
  count(*) AS rows_read,
  count(*) FILTER (WHERE fate = 'accepted') AS rows_accepted,
  count(*) FILTER (WHERE fate = 'duplicate') AS rows_duplicate,
  count(*) FILTER (WHERE fate = 'rejected') AS rows_rejected
FROM own
