-- A measurement of a commune in which more households have clean water than there are households. The day is that of the measurement.
--
-- Both numbers stand in one row. The households of the commune's villages are not held against it: not every village has to be in the sheet.
SELECT
  c.unit_code, c.unit_valid_from, 'commune' AS unit_level,
  l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  c.measured_on AS day,
  '' AS subject,
  'more_than_all' AS reason,
  CONCAT('households_with_clean_water=', CAST(c.households_with_clean_water AS STRING), ' households=', CAST(c.households AS STRING)) AS detail,
  'silver/clean_water' AS table_name,
  CONCAT_WS(' ', c.unit_code, CAST(c.unit_valid_from AS STRING), CAST(c.measured_on AS STRING)) AS record_key,
  c.object_id,
  c.line
FROM silver.clean_water AS c
JOIN located AS l ON l.in_unit_code = c.unit_code AND l.in_unit_valid_from = c.unit_valid_from
WHERE NOT c.withdrawn AND c.measured_on <= l.day AND c.households_with_clean_water > c.households
