-- All communes, of whatever type, with what they are called and which class and standard they have, on each day of "as_of_days".
--
-- area_i_ii_iii, mountainous, ethnic_minority, group_2026: see commune_classes; standard: see commune_standards. NULL where no row says it.
WITH class AS (
  SELECT
    f.day, f.unit_code, f.unit_valid_from,
    MAX(CASE WHEN f.scheme = 'area_i_ii_iii' THEN f.class END) AS area_i_ii_iii,
    MAX(CASE WHEN f.scheme = 'mountainous' THEN f.class END) AS mountainous,
    MAX(CASE WHEN f.scheme = 'ethnic_minority' THEN f.class END) AS ethnic_minority,
    MAX(CASE WHEN f.scheme = 'group_2026' THEN f.class END) AS group_2026
  FROM commune_classes AS f
  GROUP BY f.day, f.unit_code, f.unit_valid_from
)
SELECT
  u.day, u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  u.unit_name, u.unit_type, u.is_rural,
  s.standard,
  k.area_i_ii_iii, k.mountainous, k.ethnic_minority, k.group_2026
FROM units AS u
LEFT JOIN commune_standards AS s ON s.day = u.day AND s.unit_code = u.unit_code AND s.unit_valid_from = u.unit_valid_from
LEFT JOIN class AS k ON k.day = u.day AND k.unit_code = u.unit_code AND k.unit_valid_from = u.unit_valid_from
WHERE u.unit_level = 'commune'
