-- Share of exemplary communes (xã nông thôn mới kiểu mẫu) with a smart village (plans of Lạng Sơn and Bắc Giang), on each day of
-- "as_of_days".
--
--   numerator    those in which a village is located that is recognised as smart on the day (recognised_smart_villages)
--   denominator  rural communes that are exemplary on the day (commune_standards)
WITH with_smart_village AS (
  SELECT DISTINCT v.day, v.unit_code, v.unit_valid_from FROM recognised_smart_villages AS v
)
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'commune' AS level,
  u.day,
  '' AS breakdown,
  CAST(CASE WHEN v.unit_code IS NULL THEN 0 ELSE 1 END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM rural_communes AS u
JOIN commune_standards AS s
  ON s.day = u.day AND s.unit_code = u.unit_code AND s.unit_valid_from = u.unit_valid_from AND s.standard = 'exemplary'
LEFT JOIN with_smart_village AS v ON v.day = u.day AND v.unit_code = u.unit_code AND v.unit_valid_from = u.unit_valid_from
