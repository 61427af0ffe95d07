-- Number of growing areas with a code (mã số vùng trồng) in force, on each day of "as_of_days": issued on the day or before it, and in use
-- as the sheet says now (it tells no day on which an area was paused or cancelled).
--
-- A count: there is no denominator. An area counts where it is located on the day; where that cannot be told, for the province.
-- Breakdowns: '' total; 'crop=<crop as the sheet names it>'.
WITH dimension AS (
  SELECT name FROM VALUES ('total'), ('crop') AS dimension_name(name)
)
SELECT /*+ BROADCAST(b) */
  l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  'all' AS level,
  l.day,
  CASE b.name WHEN 'crop' THEN CONCAT('crop=', g.crop) ELSE '' END AS breakdown,
  COUNT(*) AS numerator,
  CAST(NULL AS BIGINT) AS denominator
FROM silver.growing_area AS g
JOIN located AS l ON l.in_unit_code = g.unit_code AND l.in_unit_valid_from = g.unit_valid_from
CROSS JOIN dimension AS b
WHERE NOT g.withdrawn AND g.status = 'in_use' AND g.issued_on <= l.day
GROUP BY
  l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  l.day,
  CASE b.name WHEN 'crop' THEN CONCAT('crop=', g.crop) ELSE '' END
