-- The districts that plans count, on each day of "as_of_days": district units that have a rural commune on that day.
--
-- Setting of the plan: district_population = 'rural_districts' counts districts of type huyện only, 'all_district_units' all of them.
SELECT
  u.day, u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from
FROM units AS u
CROSS JOIN parameters AS p
LEFT JOIN (
  SELECT DISTINCT day, district_code, district_valid_from FROM rural_communes WHERE district_code IS NOT NULL
) AS r
  ON r.day = u.day AND r.district_code = u.unit_code AND r.district_valid_from = u.unit_valid_from
WHERE
  u.unit_level = 'district'
  AND CASE p.district_population
    WHEN 'all_district_units' THEN TRUE
    WHEN 'rural_districts' THEN u.unit_type = 'Huyện'
    ELSE r.district_code IS NOT NULL
  END
