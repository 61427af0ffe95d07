-- Cooperatives. One row for each row that was accepted; the code is the register's. Silver may name
-- another object than this row's for the same content, so that is what they are joined by.
SELECT
  b.record_key AS source_code,
  b.record_version AS version_at,
  b.row_hash AS tie,
  s.row_hash IS NOT NULL AS holds,
  TRIM(b.name) AS name,
  TRIM(b.commune_code) AS unit_code_sent,
  s.unit_code, s.unit_valid_from, s.province_code,
  s.registered_on AS exists_from,
  DATE_SUB(s.dissolved_on, 1) AS exists_to,
  s.withdrawn
FROM bronze.cooperative AS b
LEFT ANTI JOIN quarantine.cooperative AS q ON q.object_id = b.object_id AND q.line = b.line
LEFT JOIN silver.cooperative AS s ON s.row_hash = b.row_hash
WHERE b.record_key IS NOT NULL
