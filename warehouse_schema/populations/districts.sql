-- The districts that plans count, on each day of "as_of_days": district units that have a rural commune on that day.
--
-- Setting of the plan: district_population = 'rural_districts' counts districts of type huyện only, 'all_district_units' all of them.
SELECT
  d.day,
  u.unit_code, u.unit_valid_from, u.level AS unit_level,
  u.unit_code AS district_code, u.unit_valid_from AS district_valid_from,
  u.province_code, u.province_valid_from
FROM silver.administrative_unit AS u
JOIN as_of_days AS d ON u.version_from <= d.day AND (u.version_to IS NULL OR d.day <= u.version_to)
CROSS JOIN parameters AS p
LEFT JOIN (
  SELECT DISTINCT day, district_code, district_valid_from FROM rural_communes WHERE district_code IS NOT NULL
) AS r
  ON r.day = d.day AND r.district_code = u.unit_code AND r.district_valid_from = u.unit_valid_from
WHERE
  u.level = 'district'
  AND CASE p.district_population
    WHEN 'all_district_units' THEN TRUE
    WHEN 'rural_districts' THEN u.unit_type = 'Huyện'
    ELSE r.district_code IS NOT NULL
  END
