-- How many rows of a landed table a province has from each object, the most first; deleted ones are left out.
WITH landed AS (
  SELECT object_id, arg_min(path, (received_at, path)) AS path, min(received_at) AS received_at FROM ops.load GROUP BY object_id
)
SELECT r.province_code, r.object_id, l.path, l.received_at, count(*) AS row_count
FROM read_table AS r
LEFT JOIN landed AS l USING (object_id)
WHERE NOT r.withdrawn AND r.province_code IS NOT NULL
GROUP BY ALL
ORDER BY r.province_code, row_count DESC, l.path
