-- Share of measuring stations over a limit, on each day of "as_of_days".
--
--   numerator    stations of which the newest measurement of some parameter is over its limit (newest_measurements)
--   denominator  stations with a measurement up to the day and a limit for it
--
-- Breakdowns: '' total; 'parameter=<parameter as the sheet names it>', each with both sides of its own.
WITH dimension AS (
  SELECT name FROM VALUES ('total'), ('parameter') AS dimension_name(name)
)
SELECT /*+ BROADCAST(b) */
  m.unit_code, m.unit_valid_from, m.unit_level, m.district_code, m.district_valid_from, m.province_code, m.province_valid_from,
  'all' AS level,
  m.day,
  CASE b.name WHEN 'parameter' THEN CONCAT('parameter=', m.parameter) ELSE '' END AS breakdown,
  COUNT(DISTINCT CASE WHEN m.over_limit THEN m.station_id END) AS numerator,
  COUNT(DISTINCT m.station_id) AS denominator
FROM newest_measurements AS m
CROSS JOIN dimension AS b
WHERE m.over_limit IS NOT NULL
GROUP BY
  m.unit_code, m.unit_valid_from, m.unit_level, m.district_code, m.district_valid_from, m.province_code, m.province_valid_from,
  m.day,
  CASE b.name WHEN 'parameter' THEN CONCAT('parameter=', m.parameter) ELSE '' END
