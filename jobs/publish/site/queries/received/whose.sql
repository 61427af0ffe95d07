-- Rejected rows by dataset and by whose they are. Grain: dataset, province, sender. province_code NULL: nobody can say, since nothing of the row was kept (or
-- its object cannot be read at all) or no register knows its code. rows = settled + open; a row with two reasons is one row here and counts under both in `reasons`.
WITH told AS (
  SELECT r.*, p.province_code, p.sender, p.name
  FROM rejected_row AS r
  LEFT JOIN place AS p ON p.kind = r.kind AND p.code = r.code
),
reason AS (
  SELECT dataset, province_code, sender, code, count(*) AS row_count
  FROM (SELECT dataset, province_code, sender, unnest(codes) AS code FROM told WHERE NOT settled)
  GROUP BY ALL
),
reasons AS (
  SELECT dataset, province_code, sender, list({'code': code, 'row_count': row_count} ORDER BY row_count DESC, code) AS reasons
  FROM reason GROUP BY ALL
),
whose AS (
  SELECT
    dataset, province_code, sender, any_value(kind) AS kind, any_value(name) AS name,
    count(*) AS row_count, count(*) FILTER (WHERE settled) AS settled, count(*) FILTER (WHERE line IS NULL) AS objects
  FROM told GROUP BY dataset, province_code, sender
)
SELECT w.*, coalesce(r.reasons, []) AS reasons
FROM whose AS w
LEFT JOIN reasons AS r
  ON r.dataset = w.dataset AND r.province_code IS NOT DISTINCT FROM w.province_code AND r.sender IS NOT DISTINCT FROM w.sender
ORDER BY w.dataset, w.province_code, w.name COLLATE vi, w.sender
