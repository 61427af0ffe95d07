-- Share of districts with a linkage model tied to a raw-material zone that uses digital technology (plan of Long An), on each day of
-- "as_of_days".
--
--   numerator    districts in which such a model runs (running_linkage_models), be it of the district or of one of its communes
--   denominator  districts; none after 30 June 2025
WITH found AS (
  SELECT DISTINCT m.day, m.district_code, m.district_valid_from FROM running_linkage_models AS m WHERE m.in_raw_material_zone AND m.digital
)
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'district' AS level,
  u.day,
  '' AS breakdown,
  CAST(CASE WHEN f.district_code IS NULL THEN 0 ELSE 1 END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM districts AS u
LEFT JOIN found AS f ON f.day = u.day AND f.district_code = u.unit_code AND f.district_valid_from = u.unit_valid_from
