-- Number of smart villages (plans of Lạng Sơn, Nghệ An and Bắc Giang) on each day of "as_of_days": villages whose recognition by a
-- decision is in force (recognised_smart_villages), each once.
--
-- A count: there is no denominator. A village counts where it is located on the day; where that cannot be told, for the province.
-- Breakdowns: '' total; 'field=<field as the sheet names it>', in which a village recognised in several fields counts in each of them.
WITH dimension AS (
  SELECT name FROM VALUES ('total'), ('field') AS dimension_name(name)
)
SELECT /*+ BROADCAST(b) */
  v.unit_code, v.unit_valid_from, v.unit_level, v.district_code, v.district_valid_from, v.province_code, v.province_valid_from,
  'village' AS level,
  v.day,
  CASE b.name WHEN 'field' THEN CONCAT('field=', v.field) ELSE '' END AS breakdown,
  COUNT(DISTINCT v.village_id) AS numerator,
  CAST(NULL AS BIGINT) AS denominator
FROM recognised_smart_villages AS v
CROSS JOIN dimension AS b
WHERE b.name = 'total' OR v.field IS NOT NULL
GROUP BY
  v.unit_code, v.unit_valid_from, v.unit_level, v.district_code, v.district_valid_from, v.province_code, v.province_valid_from,
  v.day,
  CASE b.name WHEN 'field' THEN CONCAT('field=', v.field) ELSE '' END
