-- Share of districts with a pilot of a smart commune or an e-commerce commune (Hà Nội, plan 236/KH-UBND), on each day of
-- "as_of_days".
--
--   numerator    districts in which a commune lies, on the day, that is selected as one or the other (commune_models)
--   denominator  districts; none after 30 June 2025
WITH found AS (
  SELECT DISTINCT m.day, m.district_code, m.district_valid_from FROM commune_models AS m WHERE m.selected
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
