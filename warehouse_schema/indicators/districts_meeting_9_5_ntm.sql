-- Share of districts that meet criterion 9.5 (of 9, security and public administration) of the new rural standard (QĐ 320/QĐ-TTg), on each day of
-- "as_of_days".
--
--   numerator    districts whose newest assessment of it says "met" and is in force (criteria_met)
--   denominator  districts; none after 30 June 2025
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'district' AS level,
  u.day,
  '' AS breakdown,
  CAST(CASE WHEN u.meets_9_5_ntm THEN 1 ELSE 0 END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM criteria_met AS u
WHERE u.unit_level = 'district'
