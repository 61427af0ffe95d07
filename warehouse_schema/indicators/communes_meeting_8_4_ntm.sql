-- Share of rural communes that meet criterion 8.4 (of 8, information and communication) of the new rural standard
-- (QĐ 318/QĐ-TTg), on each day of "as_of_days".
--
--   numerator    rural communes whose newest assessment of it says "met" and is in force (criteria_met)
--   denominator  rural communes
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'commune' AS level,
  u.day,
  '' AS breakdown,
  CAST(CASE WHEN u.meets_8_4_ntm THEN 1 ELSE 0 END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM criteria_met AS u
WHERE u.unit_level = 'commune'
