-- Share of rural communes with a cooperative that takes part in a linkage to sell key produce (QĐ 924/QĐ-TTg), on each day of
-- "as_of_days".
--
--   numerator    rural communes in which a cooperative is located that is registered, not dissolved and in a linkage on the day
--                (cooperatives_in_business)
--   denominator  rural communes
WITH found AS (
  SELECT DISTINCT c.day, c.unit_code, c.unit_valid_from FROM cooperatives_in_business AS c WHERE c.in_linkage
)
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'commune' AS level,
  u.day,
  '' AS breakdown,
  CAST(CASE WHEN f.unit_code IS NULL THEN 0 ELSE 1 END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM rural_communes AS u
LEFT JOIN found AS f ON f.day = u.day AND f.unit_code = u.unit_code AND f.unit_valid_from = u.unit_valid_from
