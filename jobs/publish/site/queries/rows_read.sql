-- How many records of a landed table a province has from each object, the most first; deleted ones are left out, and those after the first $most are summed:
-- object_id NULL, objects: how many. A record is of the province of its own unit, and of that in which the unit lies on the day: a code may have passed to a
-- merged province since. Reads "read_table", the table, and "landed" (landed.sql).
WITH home AS (
  SELECT
    unit_code, unit_valid_from,
    max_by(province_code, version_from) AS province_code, max_by(province_valid_from, version_from) AS province_valid_from
  FROM silver.administrative_unit
  WHERE version_from <= $as_of
  GROUP BY unit_code, unit_valid_from
),
of_unit AS (
  SELECT r.unit_code, r.unit_valid_from, h.province_code, h.province_valid_from, r.object_id, count(*) AS row_count
  FROM read_table AS r
  JOIN home AS h ON h.unit_code = r.unit_code AND h.unit_valid_from = r.unit_valid_from
  WHERE NOT r.withdrawn
  GROUP BY ALL
),
of_province AS (
  SELECT province_code, province_valid_from, object_id, row_count FROM of_unit
  UNION ALL
  SELECT l.province_code, l.province_valid_from, r.object_id, r.row_count
  FROM of_unit AS r
  JOIN silver.unit_lineage AS l
    ON l.unit_code = r.unit_code AND l.unit_valid_from = r.unit_valid_from AND l.from_day <= $as_of AND (l.to_day IS NULL OR $as_of <= l.to_day)
  WHERE (l.province_code, l.province_valid_from) <> (r.province_code, r.province_valid_from)
),
of_object AS (
  SELECT province_code, province_valid_from, object_id, CAST(sum(row_count) AS BIGINT) AS row_count FROM of_province GROUP BY ALL
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY province_code, province_valid_from ORDER BY row_count DESC, object_id) AS place FROM of_object
),
shown AS (
  SELECT
    province_code, province_valid_from,
    CASE WHEN place <= $most THEN object_id END AS object_id,
    min(place) AS place, count(*) AS objects, CAST(sum(row_count) AS BIGINT) AS row_count
  FROM ranked
  GROUP BY ALL
)
SELECT s.*, l.folder, l.received_at
FROM shown AS s
LEFT JOIN landed AS l USING (object_id)
ORDER BY s.province_code, s.province_valid_from, s.place
