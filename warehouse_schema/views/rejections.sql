-- Every reason for which a row, or an object that could not be read, is in quarantine. Grain: table, object, line and number of the reason in its row.
--
-- A row whose record has come right in a newer version since is here too: `ntm quarantine list` tells those apart. What the row held is in
-- quarantine.<dataset>, masked.
SELECT
  d.day, r.dataset, r.object_id, r.path, r.line,
  number + 1 AS number, error.code AS code, error.field AS field, error.message AS message, error.rule AS rule,
  r.received_at, r.run_id
FROM rejected_rows AS r
CROSS JOIN as_of_days AS d
LATERAL VIEW POSEXPLODE(r.errors) e AS number, error
