-- Share of rural communes that meet criterion 15.2 (of 15, public administration) of the advanced new rural standard
-- (QĐ 318/QĐ-TTg), on each day of "as_of_days".
--
--   numerator    rural communes whose newest assessment of it says "met" and is in force (criteria_met)
--   denominator  rural communes
--
-- A plan that names 8.4 and 15.2 in one breath may mean both by the same commune: with the setting shares_of_criteria_8_4_and_15_2 =
-- 'same_commune' a commune has to meet 8.4 too.
SELECT
  u.unit_code, u.unit_valid_from, u.unit_level, u.district_code, u.district_valid_from, u.province_code, u.province_valid_from,
  'commune' AS level,
  u.day,
  '' AS breakdown,
  CAST(CASE
    WHEN u.meets_15_2_advanced AND (u.meets_8_4_advanced OR p.shares_of_criteria_8_4_and_15_2 = 'each_by_itself') THEN 1 ELSE 0
  END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM criteria_met AS u
CROSS JOIN parameters AS p
WHERE u.unit_level = 'commune'
