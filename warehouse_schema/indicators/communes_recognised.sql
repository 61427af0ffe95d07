-- Number of rural communes that are recognised as meeting a standard of new rural areas (QĐ 318/QĐ-TTg, 319/QĐ-TTg of 2022; Decision
-- 51/2025/QĐ-TTg), on each day of "as_of_days".
--
-- A commune counts once, by the status in force on the day (commune_standards); 'none' is no recognition. A count: there is no denominator.
-- Breakdowns: '' total; 'standard=<ntm|advanced|exemplary|modern>', of which a commune has one.
WITH dimension AS (
  SELECT name FROM VALUES ('total'), ('standard') AS dimension_name(name)
)
SELECT /*+ BROADCAST(b) */
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'commune' AS level,
  u.day,
  CASE b.name WHEN 'standard' THEN CONCAT('standard=', s.standard) ELSE '' END AS breakdown,
  CAST(1 AS BIGINT) AS numerator,
  CAST(NULL AS BIGINT) AS denominator
FROM rural_communes AS u
JOIN commune_standards AS s
  ON s.day = u.day AND s.unit_code = u.unit_code AND s.unit_valid_from = u.unit_valid_from AND s.standard <> 'none'
CROSS JOIN dimension AS b
